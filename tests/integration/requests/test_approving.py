"""Approval beyond a page: two people also under a cover, limits held to the lot, telephones that were denied."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.models import AuditEntry
from app.identity.permissions import Actor
from app.identity.service_keys import SCOPES, actor_of_key, make_key
from app.identity.status import Role
from app.requests import approval, publication, submitting
from app.requests.covering import end_cover, name_cover
from app.requests.duties import law_of
from app.requests.evidence import record_evidence
from app.requests.lists import WAITING, RequestFilter, requests_of
from app.requests.models import PlacementRequest, RequestApproval
from app.requests.queries import desk, story
from app.requests.status import RequestStatus
from app.requests.telephone import answer_telephoned, record_telephoned, telephoned
from app.requests.telling import whom_to_tell
from app.tasks.tasks import finish_task, open_tasks
from providers.market.status import ServiceType
from tests.factories.requests import (
    NOW,
    VAULT,
    join,
    load_policies,
    make_actor,
    make_borough,
    make_child,
    make_draft,
    make_lot,
    read_everything,
    request_answers,
)

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
T, S = Role.TEAM_MANAGER, Role.SERVICE_MANAGER


class Town:
    """A borough with an officer and managers, and requests of its officer's, or of somebody else's, that wait."""

    def __init__(self, session: Session) -> None:
        load_policies(session)
        self.session = session
        self.borough = make_borough(session, gss_code="E09000008")
        self.officer = make_actor(session, organisation=self.borough, name="Olu")

    def manager(self, *roles: Role, name: str = "Mina") -> Actor:
        return make_actor(self.session, *roles, organisation=self.borough, name=name)

    def waiting(self, by: Actor | None = None, born: dt.date = dt.date(2013, 4, 9), **answers: Any) -> PlacementRequest:
        by = by or self.officer
        child = make_child(self.session, actor=self.officer, date_of_birth=born)
        made = make_draft(self.session, actor=by, child=child, answers=request_answers(**answers))
        submitting.submit(self.session, actor=by, vault=VAULT, request_id=made.id, version=made.version, now=NOW)
        read_everything(self.session, self.officer, VAULT, made)
        return made

    def approve(self, request: PlacementRequest, by: Actor) -> PlacementRequest:
        return approval.approve(
            self.session, actor=by, vault=VAULT, request_id=request.id, version=request.version, now=NOW
        )

    def cover(self, away: Actor, by: Actor, days: int = 3) -> Any:
        first = NOW.date()
        return name_cover(
            self.session,
            actor=away,
            covering_id=by.person_id,
            first_day=first,
            last_day=first + days * DAY,
            reason="Made-up leave",
            now=NOW,
        )

    def telephone(self, request: PlacementRequest, manager: Actor, by: Actor, **replaced: Any) -> RequestApproval:
        given: dict[str, Any] = {"given_at": NOW, "version": request.version, "now": NOW + MINUTE} | replaced
        return record_telephoned(
            self.session, actor=by, vault=VAULT, request_id=request.id, manager_id=manager.person_id, **given
        )


def test_nobody_approves_under_a_cover_what_either_of_the_two_submitted(session: Session) -> None:
    town = Town(session)
    away, other = town.manager(T, S, name="Sal"), town.manager(T)
    of_away = town.waiting(by=away, expected_weeks="60")
    town.cover(away, other)
    with pytest.raises(NotAllowed, match="Sal submitted this request, so nobody approves it in their place"):
        town.approve(of_away, other)
    of_other = town.waiting(by=other, expected_weeks="60")
    with pytest.raises(NotAllowed, match="No single person"):
        town.approve(of_other, other)
    assert desk(session, actor=other, now=NOW).to_approve == []
    assert {one.id for one in whom_to_tell(session, of_away, vault=VAULT, now=NOW)} == set()
    assert {one.id for one in whom_to_tell(session, of_other, vault=VAULT, now=NOW)} == {away.person_id}


def test_whoever_made_the_key_that_submitted_is_one_of_the_two_people(session: Session) -> None:
    """The one who made a key had its secret: with it they would submit as a system and approve as a manager."""
    town = Town(session)
    maker, uma = town.manager(S, Role.BOROUGH_ADMINISTRATOR, name="Ada"), town.manager(T, name="Uma")
    second = town.manager(S, Role.PLACEMENT_OFFICER, name="Tess")
    last_day = NOW.date() + 90 * DAY
    made, secret = make_key(session, actor=maker, name="System", scope=list(SCOPES), expires_on=last_day, now=NOW)
    found = actor_of_key(session, secret, NOW)
    assert found is not None
    key, _ = found
    request = town.waiting(by=key, expected_weeks="60", urgency="same_day", same_day_reason="Nowhere to sleep")
    town.cover(maker, uma)
    wanted = RequestFilter(whose=WAITING)
    for person, theirs in ((maker, False), (uma, False), (second, True)):
        assert [one.id for one in desk(session, actor=person, now=NOW).to_approve] == [request.id] * theirs
    for person, theirs in ((maker, False), (second, True)):
        lines, _ = requests_of(session, actor=person, now=NOW, wanted=wanted)
        assert [one.id for one in lines] == [request.id] * theirs
    assert {one.id for one in whom_to_tell(session, request, vault=VAULT, now=NOW)} == {second.person_id}
    with pytest.raises(NotAllowed, match="A key that you made submitted this request"):
        town.approve(request, maker)
    with pytest.raises(NotAllowed, match="nobody approves it in their place"):
        town.approve(request, uma)
    with pytest.raises(Invalid, match="A key that they made submitted this request"):
        town.telephone(request, maker, second)
    town.approve(request, second)

    draft = make_draft(session, actor=key, child=make_child(session, actor=town.officer))
    assert made.person_id == draft.created_by
    lines, _ = requests_of(session, actor=town.officer, now=NOW, wanted=wanted)
    assert draft.id in {one.id for one in lines}, "what a system started waits for everybody who writes"


def test_a_cover_gives_the_limit_of_the_one_who_is_away_on_its_days_and_no_more(session: Session) -> None:
    town = Town(session)
    away, other, third = town.manager(S, name="Sal"), town.manager(T), town.manager(T, name="Tess")
    long, longest = town.waiting(expected_weeks="60"), town.waiting(expected_weeks="300")
    with pytest.raises(NotAllowed, match="60 weeks, and the limit is 52"):
        town.approve(long, other)
    cover = town.cover(away, other)
    with pytest.raises(Invalid, match="cannot be passed on"):
        town.cover(other, third)
    with pytest.raises(Invalid, match="away on some of these days"):
        town.cover(third, away)
    with pytest.raises(NotAllowed, match=r"in the place of Sal: it is expected to last 300 weeks"):
        town.approve(longest, other)
    reached = {one.id for one in whom_to_tell(session, long, vault=VAULT, now=NOW)}
    assert reached == {away.person_id, other.person_id}
    assert [one.id for one in desk(session, actor=other, now=NOW).to_approve] == [long.id]
    assert desk(session, actor=third, now=NOW).to_approve == []
    with pytest.raises(NotFound):
        end_cover(session, actor=third, cover_id=cover.id, version=1, now=NOW)
    with pytest.raises(Stale):
        end_cover(session, actor=other, cover_id=cover.id, version=2, now=NOW)
    town.approve(long, other)
    assert story(session, actor=other, request_id=long.id)[0].reason == "In the place of Sal"
    end_cover(session, actor=other, cover_id=cover.id, version=1, now=NOW)
    with pytest.raises(Conflict, match="ended already"):
        end_cover(session, actor=away, cover_id=cover.id, version=2, now=NOW)
    again = town.waiting(expected_weeks="60")
    with pytest.raises(NotAllowed):
        town.approve(again, other)


def test_an_approval_covers_only_the_lots_within_its_limit(session: Session) -> None:
    """At seven a team manager may have fostering sought, and no children's home."""
    town = Town(session)
    team, service = town.manager(T), town.manager(S)
    homes, carers = make_lot(session), make_lot(session, service_type=ServiceType.FOSTERING)
    for lot in (homes, carers):
        join(session, town.borough.id, lot)

    def publish(request: PlacementRequest, lot_id: str) -> PlacementRequest:
        return publication.publish(
            session,
            actor=town.officer,
            vault=VAULT,
            request_id=request.id,
            lot_id=lot_id,
            offers_close_at=NOW + 14 * DAY,
            version=request.version,
            now=NOW,
        )

    request = town.approve(town.waiting(born=dt.date(2019, 4, 9)), team)
    with pytest.raises(Invalid, match="limit of a team manager, which this lot is beyond: the child is 7"):
        publish(request, homes.id)
    publish(request, carers.id)
    publish(town.approve(town.waiting(born=dt.date(2019, 4, 9)), service), homes.id)


def test_a_telephone_is_for_a_same_day_request_a_manager_who_may_and_a_colleague_who_writes(session: Session) -> None:
    town = Town(session)
    manager, colleague = town.manager(T), make_actor(session, organisation=town.borough)
    planned, urgent = town.waiting(), town.waiting(urgency="same_day", same_day_reason="Nowhere to sleep")
    with pytest.raises(NotAllowed, match="same-day requests only"):
        town.telephone(planned, manager, colleague)
    with pytest.raises(NotAllowed, match="You submitted this request"):
        town.telephone(urgent, manager, town.officer)
    with pytest.raises(Invalid, match="must not be in the future"):
        town.telephone(urgent, manager, colleague, given_at=NOW + 2 * MINUTE)
    with pytest.raises(Invalid, match="after the request was submitted"):
        town.telephone(urgent, manager, colleague, given_at=NOW - MINUTE)
    with pytest.raises(Invalid, match="Choose the manager"):
        town.telephone(urgent, make_actor(session, T), colleague)
    long = town.waiting(urgency="same_day", same_day_reason="Nowhere to sleep", expected_weeks="60")
    with pytest.raises(Invalid, match="Mina may not approve this request"):
        town.telephone(long, manager, colleague)
    kept = town.telephone(urgent, manager, colleague)
    assert (kept.given_by, kept.recorded_by, kept.confirm_by) == (
        manager.person_id,
        colleague.person_id,
        dt.date(2026, 11, 24),
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE request_approval SET recorded_by = given_by WHERE how = 'telephone'"))


def test_a_yes_that_was_never_given_takes_the_request_back_or_asks_for_a_decision(session: Session) -> None:
    town = Town(session)
    manager, colleague = town.manager(T), make_actor(session, organisation=town.borough)
    lot = make_lot(session)
    join(session, town.borough.id, lot)
    same_day = {"urgency": "same_day", "same_day_reason": "Nowhere to sleep"}

    def deny(kept: RequestApproval, by: Actor = manager, reason: str = "I was never called") -> RequestApproval:
        return answer_telephoned(
            session, actor=by, approval_id=kept.id, confirm=False, reason=reason, version=kept.version, now=NOW + DAY
        )

    request = town.waiting(**same_day)
    kept = town.telephone(request, manager, colleague)
    (task,) = open_tasks(session, actor=colleague)
    with pytest.raises(Conflict, match="by the answer on its own page"):
        finish_task(session, actor=colleague, task_id=task.id, evidence="Done", version=task.version, now=NOW)
    with pytest.raises(NotAllowed, match="Only the manager"):
        deny(kept, by=town.manager(S, name="Sal"))
    with pytest.raises(NotFound):
        telephoned(session, actor=make_actor(session, T), approval_id=kept.id)
    with pytest.raises(Invalid, match="Say what happened"):
        deny(kept, reason=" ")
    deny(kept)
    assert request.status is RequestStatus.DRAFT
    with pytest.raises(Conflict, match="answered this already"):
        deny(kept)
    assert not [one for one in open_tasks(session, actor=colleague) if request.reference in one.title]

    public = town.waiting(**same_day)
    kept = town.telephone(public, manager, colleague)
    publication.publish(
        session,
        actor=colleague,
        vault=VAULT,
        request_id=public.id,
        lot_id=lot.id,
        offers_close_at=NOW + DAY,
        version=public.version,
        now=NOW + MINUTE,
    )
    deny(kept)
    assert public.status is RequestStatus.PUBLISHED
    (task,) = [one for one in open_tasks(session, actor=colleague) if public.reference in one.title]
    assert task.title.startswith("Decide on")


def test_evidence_is_kept_sealed_for_its_own_borough_and_says_nothing_in_the_audit(session: Session) -> None:
    town = Town(session)
    request = town.waiting()
    given: dict[str, Any] = {"vault": VAULT, "request_id": request.id, "duty": "fostering_explored", "now": NOW}
    with pytest.raises(NotFound):
        record_evidence(session, actor=make_actor(session), words="Zebedee", version=request.version, **given)
    with pytest.raises(NotFound):
        record_evidence(
            session, actor=town.officer, words="Zebedee", version=request.version, **given | {"duty": "own_area"}
        )
    record_evidence(session, actor=town.officer, words="Zebedee's aunt was asked", version=request.version, **given)
    state = {one.code: one.state.value for one in law_of(session, vault=VAULT, request=request, today=NOW.date())}
    assert state["fostering_explored"] == "met"
    assert "Zebedee" not in str(session.execute(text("SELECT * FROM request_evidence")).all())
    assert "Zebedee" not in str(session.scalars(select(AuditEntry.facts)).all())
