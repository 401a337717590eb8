"""The route to the market: who is told and who not, in which order, until when, and what follows when nobody offers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.core.events import install
from app.core.files import FolderStore
from app.core.models import Job
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor
from app.identity.service_keys import make_key
from app.identity.status import OrganisationKind, Role
from app.offers import escalating, in_house, telling_invited, waves
from app.offers.events import ShortlistFrozen
from app.offers.including import include
from app.offers.invitations import invite_enrolled, left_out_of
from app.offers.models import Invitation, LeftOut
from app.offers.opening import open_and_freeze
from app.offers.waves import open_due, open_next
from app.offers.widening import open_wider
from app.requests import amending, deadlines, extending, publication
from app.requests.changes import told_changes
from app.requests.drafting import answers
from app.requests.events import (
    DeadlineExtended,
    InHouseAnswered,
    RequestAmended,
    RequestApproved,
    RequestPublished,
    RequestWidened,
    RequestWithdrawn,
)
from app.requests.form import form
from app.requests.in_house import InHouse, asked_in_house, place_in_house, record_answer, state_of
from app.requests.models import PlacementRequest, RequestChange, RequestWave
from app.requests.status import ChangeKind, RequestStatus, Siblings
from app.requests.unmet import age_band, mark_unplaced, unmet_needs
from app.tasks.models import Task
from matching.rank import Gate
from notifications.models import OutboxMessage
from providers.market.models import Lot
from providers.market.status import ProcurementMode
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.register.status import Grade
from providers.services.models import Service
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
    make_child,
    request_answers,
)

URL = made.BASE_URL
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For rules in which the engines have no part."""

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SCOPE, EXPIRES = ["borough:request:write"], dt.date(2027, 6, 1)
BRIGHTON = "BN1 1JE"
"""Some 40 miles from the child's home in Croydon."""


@dataclass
class World:
    """An approved request of a borough with its people, and the lot that it would go to."""

    session: Session
    lot: Lot
    request: PlacementRequest
    officer: Actor
    manager: Actor

    def service(self, **given: Any) -> Service:
        return providers.make_enrolled_service(self.session, lot=self.lot, now=NOW, **given)

    def publish(self, closes: dt.datetime = NOW + 14 * DAY, **given: Any) -> None:
        publication.publish(
            self.session,
            actor=self.officer,
            vault=VAULT,
            request_id=self.request.id,
            lot_id=given.pop("lot_id", self.lot.id),
            offers_close_at=closes,
            version=self.request.version,
            now=given.pop("now", NOW),
            **given,
        )

    @property
    def told(self) -> set[str]:
        rows = select(Invitation.service_id).where(Invitation.request_id == self.request.id)
        return set(self.session.scalars(rows))

    def letters(self, template: str) -> list[str]:
        rows = select(OutboxMessage.address).where(OutboxMessage.template == template)
        return sorted(self.session.scalars(rows))


def told(reaction: Callable[..., object], **more: Any) -> Callable[..., object]:
    return lambda session, event: reaction(session, event, base_url=URL, **more)


def react(session: Session) -> None:
    """What the wiring would do."""
    install(
        session,
        {
            RequestApproved: (told(in_house.ask_in_house, vault=VAULT),),
            InHouseAnswered: (told(in_house.tell_answer),),
            RequestPublished: (told(invite_enrolled),),
            DeadlineExtended: (told(telling_invited.tell_extension),),
            RequestAmended: (told(telling_invited.tell_amendment),),
            RequestWithdrawn: (told(telling_invited.tell_withdrawal),),
            RequestWidened: (told(escalating.tell_widened),),
            ShortlistFrozen: (told(escalating.escalate),),
        },
    )


def build(
    session: Session,
    *,
    mode: ProcurementMode = ProcurementMode.PCR_LIGHT_TOUCH,
    own: int = 0,
    **answered: Any,
) -> World:
    """`own` is how many services the borough has itself, enrolled on the lot."""
    react(session)
    lot = providers.make_system_and_lots(session, NOW, mode=mode).residential
    borough = make_borough(session)
    join(session, borough.id, lot)
    for number in range(own):
        house = make_organisation(session, OrganisationKind.PROVIDER, f"Own house {number} of {borough.name}")
        house.in_house_of = borough.id
        providers.make_enrolled_service(session, lot=lot, organisation=house, name=f"Own {number}", now=NOW)
    request, officer, manager = make_approved_request(session, borough=borough, answers=request_answers(**answered))
    return World(session, lot, request, officer, manager)


@one_engine
def test_who_passes_every_gate_is_told_and_all_reasons_of_the_others_are_kept(session: Session) -> None:
    world = build(session, max_miles="20")
    fits = world.service()
    far_and_young = world.service(postcode=BRIGHTON, max_age=10, confirmed_at=NOW - 30 * DAY)
    judged = world.service(grade=Grade.INADEQUATE)
    suspended = world.service(status=EnrolmentStatus.SUSPENDED)
    world.publish()
    assert world.told == {fits.id}
    left = {row.service_id: row for row in session.scalars(select(LeftOut))}
    assert set(left) == {far_and_young.id, judged.id}, "who is suspended is not left out by this request"
    gates = [gate["gate"] for gate in left[far_and_young.id].facts["gates"]]
    assert gates == ["age", "stale_vacancy", "distance"]
    assert "squared_metres" not in str(left[far_and_young.id].facts), "where a home is stays out of what is kept"
    assert left[judged.id].reason == Gate.OFSTED_INADEQUATE
    assert suspended.id not in world.told


@one_engine
def test_a_soft_reason_is_set_aside_with_a_reason_and_a_hard_one_never(session: Session) -> None:
    world = build(session)
    young, judged, fits = world.service(max_age=10), world.service(grade=Grade.INADEQUATE), world.service()

    def add(service: Service, reason: str) -> None:
        include(
            session,
            actor=world.officer,
            vault=VAULT,
            request_id=world.request.id,
            lot_id=world.lot.id,
            service_id=service.id,
            reason=reason,
            version=world.request.version,
            now=NOW,
        )

    for service, reason, field in (
        (judged, "They are good", "service_id"),
        (fits, "It fits anyway", "service_id"),
        (young, " ", "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            add(service, reason)
        assert refused.value.field == field
    add(young, "It takes older children from January")
    world.publish()
    assert world.told == {young.id, fits.id}
    row = session.scalars(select(Invitation).where(Invitation.service_id == young.id)).one()
    assert row.included_reason == "It takes older children from January"
    assert [one["gate"] for one in row.against or []] == ["age"]


@one_engine
def test_regulation_34_invites_everybody_at_once_whatever_the_gates_say(session: Session) -> None:
    world = build(session, mode=ProcurementMode.PCR34)
    fits, young, judged = world.service(), world.service(max_age=10), world.service(grade=Grade.INADEQUATE)
    world.service(status=EnrolmentStatus.SUSPENDED)
    with pytest.raises(Invalid) as refused:
        world.publish(plan="near_first")
    assert refused.value.field == "plan"
    world.publish()
    assert world.told == {fits.id, young.id, judged.id}
    row = session.scalars(select(Invitation).where(Invitation.service_id == young.id)).one()
    assert [one["gate"] for one in row.against or []] == ["age"], "there the gates are labels"


@one_engine
def test_less_than_ten_days_need_every_candidates_agreement_to_the_same_deadline(session: Session) -> None:
    """F-34."""
    world = build(session, mode=ProcurementMode.PCR34)
    companies = [world.service().organisation_id for _ in range(2)]
    closes = NOW + 3 * DAY

    def agree(company: str, to: dt.datetime) -> None:
        deadlines.record_agreement(
            session,
            actor=world.officer,
            request_id=world.request.id,
            lot_id=world.lot.id,
            organisation_id=company,
            closes_at=to,
            agreed_by="Aisha Madeup",
            agreed_on=local_date(NOW),
            version=world.request.version,
            now=NOW,
        )

    def refused() -> None:
        with pytest.raises(Invalid) as error:
            world.publish(closes)
        assert error.value.field == "offers_close_at"

    refused()
    agree(companies[0], closes)
    refused()
    agree(companies[1], closes + HOUR)
    refused()
    agree(companies[1], closes)
    world.publish(closes)
    assert world.request.offers_close_at == closes


def test_the_second_wave_is_told_at_its_time_with_the_same_deadline_for_all(session: Session) -> None:
    world = build(session)
    near, far = world.service(), world.service(postcode=BRIGHTON)
    late = world.service(postcode=BRIGHTON)
    world.publish(NOW + 3 * DAY, plan="near_first")
    assert world.told == {near.id}
    assert left_out_of(session, actor=world.officer, request_id=world.request.id) == []
    second = session.scalars(select(RequestWave).where(RequestWave.number == 2)).one()
    assert second.opens_at == dt.datetime(2026, 11, 25, 17, tzinfo=dt.UTC), "two working days later, at 5pm"
    job = session.scalars(select(Job).where(Job.kind == waves.OPEN_WAVE)).one()
    assert job.due_at == second.opens_at
    session.scalars(
        select(Enrolment).where(Enrolment.claim_id == late.claim_id)
    ).one().status = EnrolmentStatus.SUSPENDED
    for _ in range(2):
        open_due(session, wave_id=second.id, now=second.opens_at, base_url=URL)
    assert world.told == {near.id, far.id}, "who was suspended meanwhile is not told (F-14)"
    # Two working days are owed to whoever is told now: all have until Friday at 5pm.
    assert world.request.offers_close_at == dt.datetime(2026, 11, 27, 17, tzinfo=dt.UTC)
    assert world.letters("deadline_extended") == [near.alert_email]
    assert world.letters("request_alert") == sorted([near.alert_email, far.alert_email])
    due = {row.due_at for row in session.scalars(select(Job).where(Job.kind == "open_offers"))}
    assert world.request.offers_close_at in due


@one_engine
def test_an_officer_opens_the_next_wave_early_and_nobody_is_told_twice(session: Session) -> None:
    world = build(session)
    near, far = world.service(), world.service(postcode=BRIGHTON)
    world.publish(plan="near_first")
    given = {"actor": world.officer, "request_id": world.request.id, "base_url": URL}
    assert open_next(session, version=world.request.version, now=NOW + HOUR, **given) == 1
    with pytest.raises(Conflict):
        open_next(session, version=world.request.version, now=NOW + HOUR, **given)
    assert world.told == {near.id, far.id}
    assert world.request.offers_close_at == NOW + 14 * DAY
    with pytest.raises(Invalid) as refused:
        build(session).publish(NOW + DAY, plan="near_first")
    assert refused.value.field == "plan", "a wave that opens after the deadline tells nobody anything"


def test_the_boroughs_own_services_are_asked_first_and_the_market_waits(session: Session) -> None:
    world = build(session, own=2)
    market = world.service()
    request = world.request
    asked = asked_in_house(session, request)
    assert [one.service for one in asked] == ["Own 0", "Own 1"]
    assert request.in_house_until == dt.datetime(2026, 11, 24, 17, tzinfo=dt.UTC), "one working day"
    with pytest.raises(Invalid) as refused:
        world.publish()
    assert refused.value.field == "in_house_reason"

    def answer(number: int, can: bool, code: str = "full") -> None:
        record_answer(
            session,
            actor=world.officer,
            ask_id=asked[number].ask.id,
            can_take=can,
            can_from=local_date(NOW + 7 * DAY) if can else None,
            code=code,
            words="",
            version=asked[number].ask.version,
            now=NOW + HOUR,
        )

    with pytest.raises(Invalid) as refused:
        answer(0, False, "because")
    assert refused.value.field == "code"
    answer(0, False)
    with pytest.raises(Invalid):
        world.publish()
    answer(1, True)
    assert state_of(request, asked, NOW + HOUR) is InHouse.CAN
    with pytest.raises(Invalid, match="can take the child"):
        world.publish(now=NOW + 5 * DAY, closes=NOW + 20 * DAY)
    world.publish(in_house_reason="The child must stay near the school")
    assert world.told == {market.id}, "in-house services stay outside the competition"
    kept = session.scalars(select(RequestChange).where(RequestChange.kind == ChangeKind.IN_HOUSE_CUT_SHORT)).one()
    assert (kept.words, kept.person_id) == ("The child must stay near the school", world.officer.person_id)


def test_the_window_ends_by_itself_or_with_the_last_cannot_and_a_place_in_house_ends_the_request(
    session: Session,
) -> None:
    world = build(session, own=1, urgency="urgent")
    request = world.request
    assert request.in_house_until == NOW + 4 * HOUR
    job = session.scalars(select(Job).where(Job.kind == in_house.END_WINDOW)).one()
    given = {"request_id": request.id, "asked_at": dt.datetime.fromisoformat(job.payload["asked_at"])}
    assert not in_house.end_window(session, now=NOW + HOUR, base_url=URL, **given)
    assert in_house.end_window(session, now=job.due_at, base_url=URL, **given)
    assert len(world.letters("in_house_over")) == 1
    ask = asked_in_house(session, request)[0].ask
    record_answer(
        session,
        actor=world.officer,
        ask_id=ask.id,
        can_take=True,
        can_from=local_date(NOW + 2 * DAY),
        code="",
        words="",
        version=ask.version,
        now=NOW + 5 * HOUR,
    )

    def place(day: dt.date) -> None:
        place_in_house(
            session,
            actor=world.officer,
            request_id=request.id,
            ask_id=ask.id,
            first_day=day,
            version=request.version,
            now=NOW + 6 * HOUR,
        )

    with pytest.raises(Invalid):
        place(local_date(NOW + DAY))
    place(local_date(NOW + 3 * DAY))
    assert request.status is RequestStatus.PLACED_IN_HOUSE
    assert (request.placed_service_id, request.placed_first_day) == (ask.service_id, local_date(NOW + 3 * DAY))
    found = unmet_needs(session, actor=world.officer, since=local_date(NOW), until=local_date(NOW + DAY))
    assert (found.lines, found.placed_in_house) == ([], 1), "placed in house is no unmet need"
    other = build(session, own=1, urgency="urgent")
    other.publish(now=NOW + 4 * HOUR)


@one_engine
def test_children_go_in_house_together_or_not_at_all(session: Session) -> None:
    react(session)
    lot = providers.make_system_and_lots(session, NOW).residential
    borough = make_borough(session)
    join(session, borough.id, lot)
    house = make_organisation(session, OrganisationKind.PROVIDER, "Own house for one")
    house.in_house_of = borough.id
    own = providers.make_enrolled_service(session, lot=lot, organisation=house, places=1, now=NOW)
    officer = make_actor(session, organisation=borough)
    children = [make_child(session, actor=officer, given_name=name) for name in ("Zebedee", "Yolanda")]
    request, _, _ = make_approved_request(session, borough=borough, officer=officer, children=children)
    (asked,) = asked_in_house(session, request)
    ask = record_answer(
        session,
        actor=officer,
        ask_id=asked.ask.id,
        can_take=True,
        can_from=local_date(NOW),
        code="",
        words="",
        version=asked.ask.version,
        now=NOW,
    )

    def place() -> PlacementRequest:
        given = {"request_id": request.id, "ask_id": ask.id, "version": request.version, "now": NOW + HOUR}
        return in_house.place_with_own(session, actor=officer, vault=VAULT, first_day=local_date(NOW), **given)

    with pytest.raises(Invalid, match="cannot take all 2 children") as refused:
        place()
    assert refused.value.field == "ask_id"
    own.places_free, request.siblings = 2, Siblings.APART
    session.flush()
    with pytest.raises(Invalid, match="placed apart"):
        place()
    request.siblings = Siblings.TOGETHER
    session.flush()
    assert place().status is RequestStatus.PLACED_IN_HOUSE


@one_engine
def test_who_could_not_take_the_child_is_not_asked_and_a_second_approval_asks_anew(session: Session) -> None:
    from app.requests import approval, submitting

    world = build(session, own=1)
    own = session.scalars(select(Service).where(Service.name == "Own 0")).one()
    own.max_age = 10
    session.flush()
    given = {"request_id": world.request.id, "now": NOW + HOUR}
    approval.send_back(session, actor=world.manager, reason="More", version=world.request.version, **given)
    submitting.submit(session, actor=world.officer, vault=VAULT, version=world.request.version, **given)
    own.max_age, own.places_confirmed_at = 17, None  # asking is how its places are confirmed
    session.flush()
    approval.approve(session, actor=world.manager, vault=VAULT, version=world.request.version, **given)
    assert [one.ask.asked_at for one in asked_in_house(session, world.request)] == [NOW + HOUR]
    own.max_age = 10
    session.flush()
    borough = session.get_one(Organisation, world.officer.organisation_id)
    again, _, _ = make_approved_request(session, borough=borough)
    assert asked_in_house(session, again) == []


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
