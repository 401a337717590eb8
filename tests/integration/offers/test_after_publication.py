"""What follows a publication: more time, a change, a withdrawal, and what is done when nobody offers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.core.files import FolderStore
from app.identity.models import Person
from app.identity.service_keys import make_key
from app.identity.status import OrganisationKind, Role
from app.offers import in_house, telling_invited
from app.offers.models import Invitation
from app.offers.opening import open_and_freeze
from app.offers.widening import open_wider
from app.requests import amending, extending, publication
from app.requests.changes import told_changes
from app.requests.drafting import answers
from app.requests.form import form
from app.requests.models import PlacementRequest, RequestChange
from app.requests.status import ChangeKind, RequestStatus
from app.requests.unmet import age_band, mark_unplaced, unmet_needs
from app.tasks.models import Task
from notifications.models import OutboxMessage
from providers.register.status import Grade
from tests.factories import offers as made
from tests.factories import providers
from tests.factories.identity import make_organisation
from tests.factories.requests import (
    NOW,
    VAULT,
    join,
    make_actor,
    make_approved_request,
    make_borough,
)
from tests.factories.routes import BRIGHTON, DAY, HOUR, URL, World, build, react

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For rules in which the engines have no part."""

SCOPE, EXPIRES = ["borough:request:write"], dt.date(2027, 6, 1)


def test_more_time_is_for_everybody_alike_and_never_less(session: Session) -> None:
    world = build(session)
    services = [world.service() for _ in range(2)]
    world.publish()

    def extend(closes: dt.datetime, reason: str = "Carers are on holiday", now: dt.datetime = NOW + DAY) -> None:
        extending.extend(
            session,
            actor=world.officer,
            request_id=world.request.id,
            closes_at=closes,
            reason=reason,
            version=world.request.version,
            now=now,
        )

    for closes, reason, field in ((NOW + 14 * DAY, "Same", "closes_at"), (NOW + 15 * DAY, "", "reason")):
        with pytest.raises(Invalid) as refused:
            extend(closes, reason)
        assert refused.value.field == field
    with pytest.raises(Conflict):
        extend(NOW + 20 * DAY, now=NOW + 14 * DAY)
    extend(NOW + 15 * DAY)
    assert world.letters("deadline_extended") == sorted(service.alert_email for service in services)
    with pytest.raises(Conflict, match="sealed"):
        open_and_freeze(session, vault=VAULT, request_id=world.request.id, now=NOW + 14 * DAY)
    earlier = text("UPDATE placement_request SET offers_close_at = published_at WHERE id = :id")
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(earlier, {"id": world.request.id})


def test_a_change_tells_everybody_which_answers_and_never_what_they_say(session: Session) -> None:
    scene = made.make_scene(session, services=({}, {}))
    react(session)
    offered, silent = scene.services
    made.offer(scene, offered)
    request = scene.request

    def draft(section: str, **typed: str) -> None:
        amending.draft_change(
            session,
            actor=scene.officer,
            vault=VAULT,
            request_id=request.id,
            section=section,
            typed=answers(session, vault=VAULT, request=request) | typed,
            version=request.version,
            now=NOW + DAY,
        )

    def amend(now: dt.datetime = NOW + DAY) -> RequestChange:
        given = {"request_id": request.id, "version": request.version, "read": True, "now": now}
        return amending.amend(session, actor=scene.officer, vault=VAULT, reason="The school told us", **given)

    with pytest.raises(Conflict, match="Nothing differs"):
        amend()
    draft("the_child", enjoys="Chess with Zebedee")
    savepoint = session.begin_nested()
    with pytest.raises(Conflict, match="What do they enjoy"):
        amend()
    savepoint.rollback()
    draft("the_child", enjoys="Chess and swimming")
    draft("location", max_miles="90", preferred_area="Croydon or Sutton")
    change = amend()
    enjoys = form(request.form_version).field("enjoys").label
    assert change.facts["labels"] == [enjoys, "Preferred area"]
    now_says = answers(session, vault=VAULT, request=request)
    assert now_says["enjoys"] == "Chess and swimming"
    assert now_says.get("max_miles", "") == "", "a frozen fact stays, whatever was typed"
    rows = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "request_amended")).all()
    assert sorted(row.address for row in rows) == sorted([offered.alert_email, silent.alert_email])
    for row in rows:
        assert enjoys in row.text
        assert "swimming" not in row.text + row.html + row.subject
        assert ("offer stands" in row.subject) == (row.address == offered.alert_email)
    assert "swimming" not in str(change.facts) + str(change.sealed_detail)
    assert [one.kind for one in told_changes(session, request.id)] == [ChangeKind.AMENDED]
    theirs, other = scene.provider(offered), scene.provider(silent)
    given = {"request_id": request.id}
    assert telling_invited.must_say_whether_it_stands(session, actor=theirs, **given)
    assert not telling_invited.must_say_whether_it_stands(session, actor=other, **given)
    telling_invited.say_it_stands(session, actor=theirs, now=NOW + 2 * DAY, **given)
    assert not telling_invited.must_say_whether_it_stands(session, actor=theirs, **given)
    with pytest.raises(Conflict, match="deadline"):
        amend(scene.deadline)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE request_change SET words = 'x' WHERE id = :id"), {"id": change.id})


@one_engine
def test_a_late_change_gives_everybody_time_to_read_it(session: Session) -> None:
    world = build(session)
    world.service()
    world.publish(NOW + 6 * HOUR)
    amending.draft_change(
        session,
        actor=world.officer,
        vault=VAULT,
        request_id=world.request.id,
        section="the_child",
        typed=answers(session, vault=VAULT, request=world.request) | {"enjoys": "Chess"},
        version=world.request.version,
        now=NOW + HOUR,
    )
    given = {"request_id": world.request.id, "version": world.request.version, "read": True, "now": NOW + HOUR}
    amending.amend(session, actor=world.officer, vault=VAULT, reason="New", **given)
    assert world.request.offers_close_at == dt.datetime(2026, 11, 25, 17, tzinfo=dt.UTC)


@one_engine
def test_a_withdrawal_is_told_to_everybody_invited(session: Session) -> None:
    world = build(session)
    services = [world.service() for _ in range(2)]
    world.publish()
    given = {"request_id": world.request.id, "version": world.request.version, "now": NOW + DAY}
    publication.withdraw(session, actor=world.officer, reason="Went home", **given)
    assert world.letters("request_withdrawn") == sorted(service.alert_email for service in services)


def test_nobody_offers_so_a_manager_decides_by_a_time_and_the_search_goes_on_more_widely(
    session: Session, tmp_path: Path
) -> None:
    world = build(session, max_miles="20")
    far = world.service(postcode=BRIGHTON)
    old = world.request
    world.publish()
    deadline = NOW + 14 * DAY
    open_and_freeze(session, vault=VAULT, request_id=old.id, now=deadline)
    task = session.scalars(select(Task)).one()
    assert task.due_at == dt.datetime(2026, 12, 8, 17, tzinfo=dt.UTC), "one working day"
    assert len(world.letters("nobody_offered")) == 2

    def wider(**given: Any) -> PlacementRequest:
        return open_wider(
            session,
            actor=world.officer,
            vault=VAULT,
            store=FolderStore(tmp_path),
            request_id=old.id,
            reason="Nothing near",
            offers_close_at=deadline + 8 * DAY,
            version=old.version,
            now=deadline + HOUR,
            **{"lot_id": world.lot.id, "max_miles": 20, "left_out_too": False, **given},
        )

    for given, field in (({}, "wider"), ({"max_miles": 10}, "max_miles")):
        savepoint = session.begin_nested()
        with pytest.raises(Invalid) as refused:
            wider(**given)
        assert refused.value.field == field
        savepoint.rollback()
    far.places_confirmed_at = deadline
    follower = wider(max_miles=60)
    assert (old.status, follower.status) == (RequestStatus.UNPLACED, RequestStatus.PUBLISHED)
    assert (follower.follows_id, follower.max_miles, follower.age_weeks) == (old.id, 60, old.age_weeks)
    assert [one.child_id for one in follower.children] == [one.child_id for one in old.children]
    said = answers(session, vault=VAULT, request=follower)
    assert said == answers(session, vault=VAULT, request=old) | {"max_miles": "60"}
    invited = select(Invitation.service_id).where(Invitation.request_id == follower.id)
    assert session.scalars(invited).all() == [far.id]
    assert len(world.letters("request_widened")) == 1, "the manager is told that the limit is relaxed"
    assert task.done_at is not None
    days = {"since": local_date(NOW), "until": local_date(deadline + 60 * DAY)}
    assert unmet_needs(session, actor=world.officer, **days).lines == [], "the search goes on"
    late = deadline + 9 * DAY
    mark_unplaced(
        session,
        actor=world.officer,
        request_id=follower.id,
        code="no_place_in_area",
        words="",
        version=follower.version,
        now=late,
    )
    lines = unmet_needs(session, actor=world.officer, **days).lines
    assert [(one.code, one.requests, one.children, one.age_band) for one in lines] == [
        ("no_place_in_area", 1, 1, "10 to 15")
    ]
    commissioner = make_actor(session, Role.COMMISSIONER, organisation=make_organisation(session, OrganisationKind.HUB))
    assert unmet_needs(session, actor=commissioner, **days).requests == 1
    assert unmet_needs(session, actor=make_actor(session), **days).requests == 0


@one_engine
def test_mail_goes_to_whoever_approves_and_to_whoever_made_the_key_that_wrote_the_request(session: Session) -> None:
    """Here no team manager is there: a head of service approves."""
    react(session)
    lot = providers.make_system_and_lots(session, NOW).residential
    borough = make_borough(session)
    join(session, borough.id, lot)
    house = make_organisation(session, OrganisationKind.PROVIDER, "Own house of a key")
    house.in_house_of = borough.id
    providers.make_enrolled_service(session, lot=lot, organisation=house, now=NOW)
    head = make_actor(session, Role.HEAD_OF_SERVICE, organisation=borough)
    request, officer, _ = make_approved_request(session, borough=borough, manager=head)
    maker = make_actor(session, Role.BOROUGH_ADMINISTRATOR, organisation=borough)
    key, _ = make_key(session, actor=maker, name="Case system", scope=SCOPE, expires_on=EXPIRES, now=NOW)
    request.created_by = key.person_id
    session.flush()
    world = World(session, lot, request, officer, head)
    asked_at, until = request.in_house_asked_at, request.in_house_until
    assert asked_at is not None
    assert until is not None
    in_house.end_window(session, request_id=request.id, asked_at=asked_at, now=until, base_url=URL)
    made_it = session.get_one(Person, maker.person_id).email
    assert world.letters("in_house_over") == [made_it]
    world.publish(until + 14 * DAY, now=until)
    open_and_freeze(session, vault=VAULT, request_id=request.id, now=until + 14 * DAY)
    assert world.letters("nobody_offered") == sorted([made_it, session.get_one(Person, head.person_id).email])


@one_engine
def test_searching_wider_can_tell_those_that_were_left_out_and_a_withdrawn_follower_leaves_the_need_unmet(
    session: Session, tmp_path: Path
) -> None:
    world = build(session)
    young, judged = world.service(max_age=10), world.service(grade=Grade.INADEQUATE)
    world.publish(NOW + DAY)
    open_and_freeze(session, vault=VAULT, request_id=world.request.id, now=NOW + DAY)
    follower = open_wider(
        session,
        actor=world.officer,
        vault=VAULT,
        store=FolderStore(tmp_path),
        request_id=world.request.id,
        lot_id=world.lot.id,
        max_miles=None,
        left_out_too=True,
        reason="They could adapt",
        offers_close_at=NOW + 9 * DAY,
        version=world.request.version,
        now=NOW + DAY,
    )
    invited = set(session.scalars(select(Invitation.service_id).where(Invitation.request_id == follower.id)))
    assert invited == {young.id}
    assert judged.id not in invited
    assert world.letters("request_widened") == []
    given = {"request_id": follower.id, "version": follower.version, "now": NOW + 2 * DAY}
    publication.withdraw(session, actor=world.officer, reason="A relative was found", **given)
    days = {"since": local_date(NOW), "until": local_date(NOW + 9 * DAY)}
    assert [one.code for one in unmet_needs(session, actor=world.officer, **days).lines] == ["no_offer"]


def test_ages_fall_into_the_bands_of_the_statistics() -> None:
    weeks = {26: "Under 1", 53: "1 to 4", 300: "5 to 9", 700: "10 to 15", 840: "16 and over"}
    assert {one: age_band(one) for one in weeks} == weeks
