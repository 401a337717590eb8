"""A Head of Children's Social Care exempts a suspended service for one request (F-16)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.events import install
from app.core.models import AuditEntry
from app.identity.permissions import Actor
from app.identity.status import Role
from app.offers.choosing import choose
from app.offers.exemptions import (
    could_be_exempted,
    end_exemptions,
    exemption_of_offer,
    exemptions_of,
    give_exemption,
    is_exempt,
    withdraw_exemption,
)
from app.offers.invitations import invitations_of, may_read
from app.offers.models import Exemption
from app.offers.queries import opportunities
from app.offers.shortlist import shortlist
from app.offers.standing import must_be_enrolled, stopped_services
from app.panels.papers import papers
from app.placements.models import Placement
from app.placements.starting import start
from matching.rank import read_market, verify
from notifications.models import OutboxMessage
from providers.passport.basis import Basis
from providers.passport.enrolment import suspend, suspend_for_inadequate, suspend_for_registration
from providers.passport.events import ServiceUnderAssurance
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.register.events import RegistrationLeft, Regraded
from providers.register.models import Registration
from providers.register.status import Grade
from providers.services.models import Service
from tests.factories import offers as factory
from tests.factories import placements as cases
from tests.factories import providers
from tests.factories.offers import BASE_URL, Scene
from tests.factories.requests import NOW, VAULT, make_actor

INSPECTED = dt.date(2026, 11, 2)
LATER = NOW + dt.timedelta(hours=2)


def make_inadequate(session: Session, service: Service, now: dt.datetime = NOW) -> Enrolment:
    """The service is judged Inadequate, and suspended by it."""
    made = providers.make_inspection(session, service.urn, overall=Grade.INADEQUATE, inspected_on=INSPECTED)
    event = Regraded(service.urn, Grade.GOOD, Grade.INADEQUATE, made.id, INSPECTED, None)
    (enrolment,) = suspend_for_inadequate(session, event, now=now)
    return enrolment


@pytest.fixture
def scene(session: Session) -> Scene:
    """A published request whose third service is suspended by an inspection, and was not invited."""
    made = factory.make_scene(session)
    make_inadequate(session, made.services[2])
    return made


def head_of(scene: Scene) -> Actor:
    return make_actor(scene.session, Role.HEAD_OF_SERVICE, organisation=factory_borough(scene))


def factory_borough(scene: Scene) -> Any:
    return cases.borough_of(scene.session, scene)


def give(scene: Scene, actor: Actor, service: Service | None = None, **replaced: Any) -> Exemption:
    given: dict[str, Any] = {
        "request_id": scene.request.id,
        "service_id": (service or scene.services[2]).id,
        "reason": "The only home near the school",
        "conditions": "Two visits a week",
        "now": LATER,
        "base_url": BASE_URL,
        **replaced,
    }
    return give_exemption(scene.session, actor=actor, **given)


def test_an_exempt_service_takes_part_in_that_request_and_in_no_other(session: Session, scene: Scene) -> None:
    head, exempt = head_of(scene), scene.services[2]
    company = scene.provider(exempt)
    assert [one.service.id for one in could_be_exempted(session, actor=head, request_id=scene.request.id)] == [
        exempt.id
    ]
    assert not may_read(session, actor=company, request_id=scene.request.id, now=LATER)
    with pytest.raises((Conflict, NotFound)):
        factory.offer(scene, exempt, now=LATER)
    made = give(scene, head)
    assert made.against == "Inadequate, inspected on 2 November 2026"
    assert may_read(session, actor=company, request_id=scene.request.id, now=LATER)
    assert opportunities(session, actor=company, now=LATER)[1] == 1
    invited = [service for _, service, _ in invitations_of(session, actor=scene.officer, request_id=scene.request.id)]
    assert exempt.name in invited
    (sent,) = session.scalars(select(OutboxMessage).where(OutboxMessage.key == f"exemption.given:{made.id}"))
    assert sent.address == exempt.alert_email

    offers = [
        factory.offer(scene, service, care)
        for service, care in zip(scene.services, (4_400_00, 4_300_00, 4_000_00), strict=True)
    ]
    frozen = factory.open_offers(scene)
    assert verify(frozen.record).verified
    (noted,) = [one for one in frozen.record["market"]["services"] if "x_exempt" in one]
    assert noted["x_exempt"] == {
        "exemption": made.id,
        "against": "Inadequate, inspected on 2 November 2026",
        "status": "suspended",
        "ofsted": "Inadequate",
    }
    grades = {one.id: one.ofsted for one in read_market(frozen.record["market"]).services}
    assert grades[exempt.id] is None, "no other grade is put in the place of the true one"
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    exempt_entry = next(entry for entry in found.eligible if entry.offer.service_id == exempt.id)
    assert exempt_entry.exempt == "Inadequate, inspected on 2 November 2026"
    assert [entry.exempt for entry in found.eligible if entry is not exempt_entry] == ["", ""]
    assert found.recomputes

    choice = factory.prefer(scene, offers[2])
    assert choice.offer_id == offers[2].id
    must_be_enrolled(session, offers[2])
    given = exemption_of_offer(session, offers[2])
    assert given is not None
    assert (given.exemption.id, given.holds) == (made.id, True)
    assert exemption_of_offer(session, offers[0]) is None

    other = factory.make_request_in(session, lot=scene.lot, services=scene.services)
    assert not is_exempt(session, request_id=other.request.id, service_id=exempt.id)
    with pytest.raises((Conflict, NotFound)):
        factory.offer(other, exempt)
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == scene.request.id)).all()
    assert "offers.exemption.give" in acts


def test_without_an_exemption_the_suspended_service_falls_at_the_gate(session: Session) -> None:
    scene = factory.make_scene(session)
    offers = [factory.offer(scene, service) for service in scene.services]
    make_inadequate(session, scene.services[0])
    frozen = factory.open_offers(scene)
    fallen = next(one for one in frozen.record["result"]["requests"][0]["candidates"] if one["offer"] == offers[0].id)
    assert fallen["gates_failed"] == ["not_enrolled", "ofsted_inadequate"]
    assert not [one for one in frozen.record["market"]["services"] if "x_exempt" in one]


def test_a_withdrawn_exemption_opens_no_door(session: Session, scene: Scene) -> None:
    head, exempt = head_of(scene), scene.services[2]
    made = give(scene, head)
    offer = factory.offer(scene, exempt)
    factory.open_offers(scene)
    withdrawing: dict[str, Any] = {"actor": head, "exemption_id": made.id, "now": scene.deadline}
    with pytest.raises(Stale):
        withdraw_exemption(session, reason="x", version=made.version + 1, **withdrawing)
    with pytest.raises(Invalid):
        withdraw_exemption(session, reason=" ", version=made.version, **withdrawing)
    withdraw_exemption(session, reason="The manager has left", version=made.version, **withdrawing)
    with pytest.raises(Conflict):
        withdraw_exemption(session, reason="Again", version=made.version, **withdrawing)
    with pytest.raises(Conflict, match="suspended or has left the lot"):
        factory.prefer(scene, offer)
    (given,) = exemptions_of(session, actor=scene.officer, request_id=scene.request.id)
    assert (given.holds, given.by, given.exemption.withdrawal_reason) == (
        False,
        head.person_name,
        "The manager has left",
    )
    again = give(scene, head, now=scene.deadline)
    assert again.id != made.id, "after the deadline, because its offer is in"
    factory.prefer(scene, offer)


def test_only_a_head_of_service_of_the_borough_may_exempt(session: Session, scene: Scene) -> None:
    manager = make_actor(session, Role.TEAM_MANAGER, organisation=factory_borough(scene))
    elsewhere = make_actor(session, Role.HEAD_OF_SERVICE)
    for actor, refusal in ((manager, NotAllowed), (scene.officer, NotAllowed), (elsewhere, NotFound)):
        with pytest.raises(refusal):
            give(scene, actor)
    head = head_of(scene)
    assert head.roles == {Role.HEAD_OF_SERVICE}
    with pytest.raises(NotAllowed, match="does not let your role"):
        give(scene, replace(head, roles=frozenset({Role.DIRECTOR})))
    made = give(scene, head)
    with pytest.raises(NotFound):
        withdraw_exemption(session, actor=elsewhere, exemption_id=made.id, reason="x", version=1, now=LATER)
    with pytest.raises(NotFound):
        exemptions_of(session, actor=elsewhere, request_id=scene.request.id)


def test_what_is_missing_is_said_at_its_field(session: Session, scene: Scene) -> None:
    head = head_of(scene)
    with pytest.raises(Invalid) as refusal:
        give(scene, head, reason=" ", conditions="x" * 2001)
    assert set(refusal.value.errors) == {"reason", "conditions"}
    with pytest.raises(Invalid, match="Choose a service that an inspection has suspended"):
        give(scene, head, service=scene.services[0])
    with pytest.raises(Conflict, match="Offers are closed"):
        give(scene, head, now=scene.deadline)
    give(scene, head)
    with pytest.raises(Invalid):
        give(scene, head)


def test_the_database_keeps_one_live_exemption(session: Session, scene: Scene) -> None:
    made = give(scene, head_of(scene))
    same = Exemption(
        request_id=made.request_id, service_id=made.service_id, against="x",
        reason="x", conditions="x",
        given_by=made.given_by, given_at=LATER,
    )  # fmt: skip
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(same)


def test_what_a_commissioner_suspended_or_has_ended_cannot_be_exempted(session: Session) -> None:
    scene = factory.make_scene(session)
    by_hand, ended, judged = scene.services
    commissioner = providers.make_commissioner(session)
    enrolments = {one.claim_id: one for one in session.scalars(select(Enrolment))}
    stopped = enrolments[by_hand.claim_id]
    suspend(
        session,
        actor=commissioner,
        enrolment_id=stopped.id,
        basis=Basis.SAFEGUARDING,
        reason="A concern",
        now=NOW,
        version=stopped.version,
    )
    suspend_for_registration(session, RegistrationLeft(ended.urn, INSPECTED, "resigned", INSPECTED), now=NOW)
    make_inadequate(session, judged)
    head = head_of(scene)
    assert [one.service.id for one in could_be_exempted(session, actor=head, request_id=scene.request.id)] == [
        judged.id
    ]
    made = give(scene, head, service=judged)
    session.get_one(Registration, judged.urn).registration_status = "suspended"
    session.flush()
    assert not is_exempt(session, request_id=scene.request.id, service_id=judged.id), "it covers an inspection only"
    session.get_one(Registration, judged.urn).registration_status = "active"
    session.flush()
    assert is_exempt(session, request_id=made.request_id, service_id=judged.id)


def test_a_better_grade_is_not_hidden_by_an_exemption(session: Session, scene: Scene) -> None:
    exempt = scene.services[2]
    give(scene, head_of(scene))
    providers.make_inspection(session, exempt.urn, overall=Grade.GOOD, inspected_on=dt.date(2026, 11, 20))
    factory.offer(scene, exempt)
    frozen = factory.open_offers(scene)
    (service,) = read_market(frozen.record["market"]).services
    assert str(service.ofsted) == "Good"
    assert frozen.record["market"]["services"][0]["x_exempt"]["status"] == "suspended"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_exempt_service_is_placed_and_the_panel_sees_it(session: Session) -> None:
    case = cases.make_case(session, services=({},))
    service = case.scene.services[0]
    make_inadequate(session, service, now=case.preferred_at)
    cases.complete(case)
    cases.list_case(case)
    with pytest.raises(Conflict, match="suspended"):
        cases.decide(case)
    head = make_actor(session, Role.HEAD_OF_SERVICE, organisation=case.borough)
    made = give(case.scene, head, service=service, now=case.preferred_at)
    read = papers(session, vault=VAULT, referral=case.referral, day=case.meeting_on)
    assert read.exemption is not None
    assert read.exemption.exemption.id == made.id
    cases.decide(case)
    award = cases.award(case, cases.sign_all(case))[0]
    placement = session.scalars(select(Placement).where(Placement.award_id == award.id)).one()
    day = award.first_day
    starting: dict[str, Any] = {"actor": case.officer, "placement_id": placement.id, "started_on": day}
    moment = dt.datetime.combine(day, dt.time(15), dt.UTC)
    withdraw_exemption(session, actor=head, exemption_id=made.id, reason="x", version=made.version, now=moment)
    with pytest.raises(Conflict, match="cannot take the child"):
        start(session, version=placement.version, now=moment, **starting)
    give(case.scene, head, service=service, now=moment)
    start(session, version=placement.version, now=moment, **starting)
    assert session.scalars(select(Enrolment)).one().status is EnrolmentStatus.SUSPENDED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_choosing_asks_again(session: Session, scene: Scene) -> None:
    made = give(scene, head_of(scene))
    offer = factory.offer(scene, scene.services[2])
    factory.open_offers(scene)
    made.withdrawn_at, made.withdrawn_by, made.withdrawal_reason = LATER, made.given_by, "x"
    session.flush()
    with pytest.raises(Conflict):
        choose(
            session, actor=scene.officer, request_id=scene.request.id, offer_id=offer.id,
            reason_code=factory.REASON, reason="Nearest to school", now=scene.deadline, base_url=BASE_URL,
        )  # fmt: skip


def test_another_judgement_as_bad_ends_an_exemption_and_a_better_one_does_not(session: Session, scene: Scene) -> None:
    head, service = head_of(scene), scene.services[2]
    made = give(scene, head)
    sent = factory.offer(scene, service, now=LATER)
    providers.make_inspection(session, service.urn, overall=Grade.GOOD, inspected_on=INSPECTED + dt.timedelta(days=5))
    assert opportunities(session, actor=scene.provider(service), now=LATER)[1] == 1
    must_be_enrolled(session, sent)
    again = INSPECTED + dt.timedelta(days=10)
    worse = providers.make_inspection(session, service.urn, overall=Grade.INADEQUATE, inspected_on=again)
    found = Regraded(service.urn, Grade.GOOD, Grade.INADEQUATE, worse.id, again, None)
    install(session, {ServiceUnderAssurance: (end_exemptions,)})
    suspend_for_inadequate(session, found, now=LATER)
    assert not is_exempt(session, request_id=made.request_id, service_id=service.id)
    with pytest.raises(Conflict, match="cannot take the child"):
        must_be_enrolled(session, sent)
    (ended,) = exemptions_of(session, actor=head, request_id=made.request_id)
    assert (ended.holds, ended.newer) == (False, again)
    with pytest.raises(Conflict):
        withdraw_exemption(
            session, actor=head, exemption_id=made.id, reason="Late", version=ended.exemption.version, now=LATER
        )
    (could,) = could_be_exempted(session, actor=head, request_id=made.request_id)
    assert could.against == "Inadequate, inspected on 12 November 2026"
    assert give(scene, head).id != made.id
    must_be_enrolled(session, sent)


def test_what_is_exempt_is_not_said_to_be_stopped(session: Session, scene: Scene) -> None:
    head, service = head_of(scene), scene.services[2]
    made = give(scene, head)
    assert stopped_services(session, scene.officer, [made.request_id]) == {}
    withdraw_exemption(session, actor=head, exemption_id=made.id, reason="Late", version=made.version, now=LATER)
    (stopped,) = stopped_services(session, scene.officer, [made.request_id])[made.request_id]
    assert stopped.service == service.name
