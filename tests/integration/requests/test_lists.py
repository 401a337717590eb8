"""The list of requests: what each filter lets through, its order, pages and cost, and the lists that people keep."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from app.requests import publication, submitting, views
from app.requests.lists import RequestFilter, RequestLine, requests_of
from app.requests.models import PlacementRequest
from tests.factories import requests as factory
from tests.factories.requests import NOW, VAULT

DAY = dt.timedelta(days=1)


@pytest.fixture
def borough(session: Session) -> Organisation:
    factory.load_policies(session)
    return factory.make_borough(session)


@pytest.fixture
def officer(session: Session, borough: Organisation) -> Actor:
    return factory.make_actor(session, Role.PLACEMENT_OFFICER, organisation=borough)


@pytest.fixture
def manager(session: Session, borough: Organisation) -> Actor:
    return factory.make_actor(session, Role.TEAM_MANAGER, organisation=borough)


def found(session: Session, actor: Actor, now: dt.datetime = NOW, **wanted: str) -> list[str]:
    rows, total = requests_of(session, actor=actor, now=now, wanted=RequestFilter(**wanted), limit=100)
    assert total == len(rows)
    return sorted(row.id for row in rows)


def submitted(session: Session, actor: Actor) -> PlacementRequest:
    request = factory.make_draft(session, actor=actor)
    approval_of: dict[str, Any] = {"vault": VAULT, "request_id": request.id, "version": request.version, "now": NOW}
    return submitting.submit(session, actor=actor, **approval_of)


def test_each_filter_lets_through_what_it_says(session: Session, officer: Actor, manager: Actor) -> None:
    given: dict[str, Any] = {"borough": session.get_one(Organisation, officer.organisation_id)}
    given |= {"officer": officer, "manager": manager}
    draft = factory.make_draft(session, actor=officer).id
    theirs = factory.make_draft(session, actor=manager).id
    to_approve, own = submitted(session, officer).id, submitted(session, manager).id
    approved = factory.make_approved_request(session, **given)[0].id
    closing = factory.make_published_request(session, **given, offers_close_at=NOW + dt.timedelta(hours=6))
    later = factory.make_published_request(session, **given).id
    ended = factory.make_published_request(session, **given)
    publication.withdraw(
        session, actor=officer, request_id=ended.id, reason="Not needed.", version=ended.version, now=NOW
    )
    every = sorted([draft, theirs, to_approve, own, approved, closing.id, later, ended.id])
    assert found(session, officer) == every
    assert found(session, officer, status="published") == sorted([closing.id, later])
    assert found(session, officer, NOW + DAY, status="closed") == [closing.id]
    assert found(session, officer, whose="mine") == sorted(set(every) - {theirs, own})
    assert found(session, officer, whose="waiting") == sorted([draft, approved])
    assert found(session, manager, whose="waiting") == sorted([theirs, to_approve, approved]), "not what one submitted"
    assert found(session, manager, NOW + DAY, whose="waiting") == sorted([theirs, to_approve, approved, closing.id])
    assert found(session, officer, due="offers_today") == [closing.id]
    alive = sorted({to_approve, own, approved, closing.id, later})
    assert found(session, officer, due="needed_soon") == [], "all are needed in three weeks"
    assert found(session, officer, NOW + 14 * DAY, due="needed_soon") == alive, "the seventh day counts"
    assert found(session, officer, NOW + 22 * DAY, due="late") == alive
    assert found(session, officer, urgency="urgent") == []
    assert found(session, officer, lot_id=closing.lot_id or "") == [closing.id]
    assert found(session, officer, text=closing.reference[-5:].lower()) == [closing.id]
    stranger = factory.make_actor(session, Role.PLACEMENT_OFFICER)
    assert found(session, stranger) == found(session, stranger, text=closing.reference) == []


@pytest.mark.parametrize("order", ["needed_from", "offers_close_at", "changed_at"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_put_together_are_the_whole_list_in_order_and_what_has_no_day_comes_last(
    session: Session, officer: Actor, order: str, descending: bool
) -> None:
    requests = [factory.make_draft(session, actor=officer) for _ in range(7)]
    for number, request in enumerate(requests):
        request.needed_from = None if number % 3 == 0 else (NOW + number % 2 * DAY).date()
        request.changed_at = NOW + number // 2 * DAY
    session.flush()
    pages: list[RequestLine] = []
    for offset in range(0, 9, 2):
        asked: dict[str, Any] = {"order": order, "descending": descending, "limit": 2, "offset": offset}
        rows, total = requests_of(session, actor=officer, now=NOW, **asked)
        assert total == 7
        pages += rows
    assert len({row.id for row in pages}) == 7
    values = [getattr(row, order) for row in pages]
    known = [value for value in values if value is not None]
    assert values == [*sorted(known, reverse=descending), *[None] * (7 - len(known))]


def test_a_page_costs_the_same_whatever_lies_behind_it(session: Session, officer: Actor, engine: Engine) -> None:
    def queries() -> int:
        counted = []
        session.expire_all()
        note = lambda *_: counted.append(1)  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        requests_of(session, actor=officer, now=NOW, wanted=RequestFilter(whose="waiting", text="-"), limit=25)
        event.remove(engine, "before_cursor_execute", note)
        return len(counted)

    factory.make_draft(session, actor=officer)
    one = queries()
    for _ in range(4):
        factory.make_draft(session, actor=officer)
    assert queries() == one


def test_a_list_is_kept_under_a_name_for_one_person_and_its_organisation(session: Session, officer: Actor) -> None:
    kept = views.keep_view(
        session, actor=officer, name=" Urgent  ones ", asked={"urgency": "urgent", "lot": ""}, now=NOW
    )
    assert (kept.name, kept.asked) == ("Urgent ones", {"urgency": "urgent"})
    again = views.keep_view(session, actor=officer, name="urgent ONES", asked={"due": "late"}, now=NOW)
    assert (again.id, again.asked) == (kept.id, {"due": "late"})
    colleague = factory.make_actor(session, organisation=session.get_one(Organisation, officer.organisation_id))
    assert views.views_of(session, actor=colleague) == []
    with pytest.raises(NotFound):
        views.drop_view(session, actor=colleague, view_id=kept.id)
    with pytest.raises(Invalid):
        views.keep_view(session, actor=officer, name="  ", asked={}, now=NOW)
    for number in range(views.MOST - 1):
        views.keep_view(session, actor=officer, name=f"List {number}", asked={"due": "late"}, now=NOW)
    with pytest.raises(Conflict, match="Remove one"):
        views.keep_view(session, actor=officer, name="One too many", asked={}, now=NOW)
    assert views.drop_view(session, actor=officer, view_id=kept.id) == "Urgent ones"
    assert len(views.views_of(session, actor=officer)) == views.MOST - 1
