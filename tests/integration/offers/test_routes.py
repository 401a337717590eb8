"""The route to the market: the own services first, then who is told and who not, in which order and until when."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.core.models import Job
from app.identity.models import Organisation
from app.identity.status import OrganisationKind
from app.offers import in_house, waves
from app.offers.including import include
from app.offers.invitations import left_out_of
from app.offers.models import Invitation, LeftOut
from app.offers.waves import open_due, open_next
from app.requests import deadlines
from app.requests.in_house import InHouse, asked_in_house, place_in_house, record_answer, state_of
from app.requests.models import PlacementRequest, RequestChange, RequestWave
from app.requests.status import ChangeKind, RequestStatus, Siblings
from app.requests.unmet import unmet_needs
from matching.rank import Gate
from providers.market.status import ProcurementMode
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.register.status import Grade
from providers.services.models import Service
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
)
from tests.factories.routes import BRIGHTON, DAY, HOUR, URL, build, react

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For rules in which the engines have no part."""


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
