"""A company claims a registration, applies to a lot and is enrolled, refused or suspended: the rules of joining."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale, WrongMove
from app.core.events import publish
from app.identity.permissions import Actor
from notifications.models import OutboxMessage
from providers.market.status import ProcurementMode
from providers.passport import queries
from providers.passport.applications import decide_application, extend_application, withdraw_application
from providers.passport.basis import Basis
from providers.passport.claims import claim_service, decide_claim, withdraw_claim
from providers.passport.drafting import start_application
from providers.passport.enrolment import reinstate, suspend
from providers.passport.models import Application, Claim, Enrolment
from providers.passport.status import ApplicationStatus, ClaimStatus, EnrolmentStatus
from providers.register.events import RegistrationSuspended, Regraded
from providers.register.status import Grade, ProvisionType, SupportedOutcome
from providers.services.models import Service
from providers.services.profile import confirm_places, describe_service
from tests.factories import accreditation as joining
from tests.factories import providers as factory
from tests.factories.providers import BASE_URL, NOW, Market, make_registration


def claim(session: Session, actor: Actor, urn: str, postcode: str = "CR0 1EA") -> Claim:
    return claim_service(session, actor=actor, urn=urn, postcode=postcode, now=NOW)


def decide(session: Session, actor: Actor, claim: Claim, *, confirm: bool, reason: str | None = None) -> Claim:
    """A decision; a confirmation says by default how it is known, since the made-up register names another owner."""
    reason = reason if reason is not None else "Seen on the certificate" if confirm else ""
    return decide_claim(
        session,
        actor=actor,
        claim_id=claim.id,
        confirm=confirm,
        reason=reason,
        now=NOW,
        version=claim.version,
        base_url=BASE_URL,
    )


def test_a_registration_of_another_owner_is_confirmed_only_with_how_it_is_known(
    session: Session, commissioner: Actor, provider: Actor
) -> None:
    made = claim(session, provider, make_registration(session, provision_type=ProvisionType.CHILDRENS_HOME).urn)
    with pytest.raises(Invalid) as refused:
        decide(session, commissioner, made, confirm=True, reason="")
    assert refused.value.field == "reason"
    assert decide(session, commissioner, made, confirm=True, reason="Bought in 2026").status is ClaimStatus.CONFIRMED


def ready_service(
    session: Session, provider: Actor, commissioner: Actor, *, grade: Grade | None = Grade.GOOD
) -> Service:
    registration = factory.make_registration(session)
    if grade is not None:
        factory.make_inspection(session, registration.urn, overall=grade)
    service = factory.make_claimed_service(session, provider=provider, commissioner=commissioner, urn=registration.urn)
    describe_service(session, actor=provider, service_id=service.id, now=NOW, sexes=["F", "M"], capability=[2] * 12)
    return confirm_places(session, actor=provider, service_id=service.id, places=1, now=NOW)


def apply(session: Session, provider: Actor, service: Service, market: Market, now: dt.datetime = NOW) -> Application:
    return joining.make_application(session, provider, service, market.residential, now=now)


def settle(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    approve: bool,
    marked: bool = True,
    now: dt.datetime = NOW,
) -> None:
    """Marked by two people, and decided."""
    if marked:
        joining.assess(session, application, actor, factory.make_commissioner(session), now=now)
    decide_application(
        session,
        actor=actor,
        application_id=application.id,
        approve=approve,
        reason="As the evidence says.",
        now=now,
        version=application.version,
        base_url=BASE_URL,
    )


def enrolment_of(session: Session, service: Service) -> Enrolment:
    return session.scalars(select(Enrolment).where(Enrolment.claim_id == service.claim_id)).one()


@pytest.mark.parametrize("urn", ["", "99", "SC12345", "ABCDEFG", "99000011"])
def test_a_urn_that_has_not_its_shape_is_refused_at_its_field(session: Session, provider: Actor, urn: str) -> None:
    with pytest.raises(Invalid) as refused:
        claim(session, provider, urn)
    assert refused.value.field == "urn"


def test_a_urn_that_is_not_in_the_register_is_refused(session: Session, provider: Actor) -> None:
    with pytest.raises(Invalid, match="9999999 is not in"):
        claim(session, provider, "9999999")


def test_a_registration_that_somebody_else_claims_is_refused_without_saying_who(
    session: Session, provider: Actor
) -> None:
    urn = factory.make_registration(session).urn
    claim(session, provider, urn)
    other = factory.make_provider(session, "Second Sample Ltd")
    with pytest.raises(Invalid) as refused:
        claim(session, other, urn)
    assert "another company" in refused.value.message
    assert "Made-up Homes" not in refused.value.message


def test_a_postcode_that_does_not_exist_is_refused_at_its_field(session: Session, provider: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        claim(session, provider, factory.make_registration(session).urn, "ZZ99 9ZZ")
    assert refused.value.field == "postcode"


def test_a_postcode_unlike_the_registers_is_shown_to_the_hub(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    agency = factory.make_registration(
        session, provision_type=ProvisionType.FOSTERING_AGENCY, name="Sample Fostering", postcode="SM1 1EA"
    )
    home = factory.make_registration(session)
    for urn in (agency.urn, home.urn):
        claim(session, provider, urn)
    differs = {facts.claim.urn: facts.postcode_differs for facts in queries.claims_waiting(session, commissioner)}
    assert differs == {agency.urn: True, home.urn: None}


def test_a_confirmed_claim_makes_the_services_profile_scores_it_and_tells_the_claimant(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    registration = factory.make_registration(session)
    factory.make_inspection(session, registration.urn, overall=Grade.GOOD, inspected_on=dt.date(2026, 5, 12))
    made = claim(session, provider, registration.urn)
    decide(session, commissioner, made, confirm=True)
    service = session.scalars(select(Service)).one()
    assert (service.urn, service.easting is not None, service.sexes, service.capability) == (
        registration.urn,
        True,
        [],
        [],
    )
    message = session.scalars(select(OutboxMessage)).one()
    assert message.template == "claim_decided"
    assert message.address.startswith("person")


def test_a_fostering_agencys_office_is_no_place_on_the_map(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    agency = factory.make_registration(session, provision_type=ProvisionType.FOSTERING_AGENCY)
    service = factory.make_claimed_service(session, provider=provider, commissioner=commissioner, urn=agency.urn)
    assert (service.easting, service.northing) == (None, None)


def test_a_claim_is_refused_with_a_reason_only_and_may_be_made_again(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    made = claim(session, provider, factory.make_registration(session).urn)
    with pytest.raises(Invalid) as refused:
        decide(session, commissioner, made, confirm=False)
    assert refused.value.field == "reason"
    decide(session, commissioner, made, confirm=False, reason="The certificate names another company.")
    assert claim(session, provider, made.urn).status is ClaimStatus.PENDING


def test_a_decided_claim_cannot_be_decided_again_nor_with_an_old_page(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    made = claim(session, provider, factory.make_registration(session).urn)
    version = made.version
    decide(session, commissioner, made, confirm=True)
    with pytest.raises(WrongMove):
        decide(session, commissioner, made, confirm=False, reason="No.")
    with pytest.raises(Stale):
        decide_claim(
            session,
            actor=commissioner,
            claim_id=made.id,
            confirm=True,
            reason="",
            now=NOW,
            version=version,
            base_url=BASE_URL,
        )


def test_only_the_hub_decides_and_only_the_company_withdraws(session: Session, provider: Actor) -> None:
    made = claim(session, provider, factory.make_registration(session).urn)
    with pytest.raises(NotAllowed):
        decide(session, provider, made, confirm=True)
    with pytest.raises(NotFound):
        withdraw_claim(session, actor=factory.make_provider(session), claim_id=made.id, now=NOW)
    assert withdraw_claim(session, actor=provider, claim_id=made.id, now=NOW).status is ClaimStatus.WITHDRAWN


def test_a_service_applies_only_once_its_profile_is_complete(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    urn = factory.make_registration(session).urn
    service = factory.make_claimed_service(session, provider=provider, commissioner=commissioner, urn=urn)
    with pytest.raises(Invalid) as refused:
        apply(session, provider, service, market)
    assert list(refused.value.errors.values()) == [
        f"In the service's profile: say {topic}" for topic in ("who you take", "needs you meet", "free places")
    ]


def test_a_service_applies_only_to_a_lot_that_its_registration_fits(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    service = ready_service(session, provider, commissioner)
    with pytest.raises(Invalid) as refused:
        start_application(session, actor=provider, claim_id=service.claim_id, lot_id=market.fostering.id, now=NOW)
    assert refused.value.field == "lot"


@pytest.mark.parametrize(
    ("day", "taken"),
    [("2024-03-31", False), ("2024-04-01", True), ("2028-03-31", True), ("2028-04-01", False)],
)
def test_a_lot_takes_applications_on_every_day_of_its_validity_and_on_no_other(
    session: Session, provider: Actor, commissioner: Actor, market: Market, day: str, taken: bool
) -> None:
    service = ready_service(session, provider, commissioner)
    now = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    if taken:
        assert apply(session, provider, service, market, now=now).status is ApplicationStatus.SUBMITTED
    else:
        with pytest.raises(Invalid, match="This lot is open from 1 April 2024 to 31 March 2028"):
            apply(session, provider, service, market, now=now)


def test_an_application_to_a_regulation_34_system_is_due_in_ten_working_days_and_extended_once_to_fifteen(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    market = factory.make_system_and_lots(session, mode=ProcurementMode.PCR34)
    service = ready_service(session, provider, commissioner)
    received = dt.datetime(2026, 12, 18, 9, 0, tzinfo=dt.UTC)  # Friday before Christmas: three bank holidays follow
    application = apply(session, provider, service, market, now=received)
    assert application.due_on == dt.date(2027, 1, 6)
    extended = extend_application(
        session,
        actor=commissioner,
        application_id=application.id,
        reason="Two certificates are being checked.",
        now=received,
        version=application.version,
    )
    assert extended.due_on == dt.date(2027, 1, 13)
    with pytest.raises(Conflict, match="extended once"):
        extend_application(
            session,
            actor=commissioner,
            application_id=application.id,
            reason="Again.",
            now=received,
            version=application.version,
        )


def test_an_approved_application_enrols_and_a_second_one_is_refused(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    service = ready_service(session, provider, commissioner)
    application = apply(session, provider, service, market)
    with pytest.raises(Conflict, match="already has an application"):
        apply(session, provider, service, market)
    settle(session, commissioner, application, approve=True)
    assert enrolment_of(session, service).status is EnrolmentStatus.ENROLLED
    assert [
        move.reason for move in queries.enrolments_of_claims(session, [service.claim_id])[service.claim_id][0].moves
    ]
    with pytest.raises(Conflict, match="already enrolled"):
        apply(session, provider, service, market)
    assert "application_decided" in set(session.scalars(select(OutboxMessage.template)))


def test_a_refused_company_may_apply_again(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    service = ready_service(session, provider, commissioner)
    settle(session, commissioner, apply(session, provider, service, market), approve=False)
    assert apply(session, provider, service, market).status is ApplicationStatus.SUBMITTED


def test_a_company_withdraws_its_own_waiting_application_and_may_apply_again(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    service = ready_service(session, provider, commissioner)
    application = apply(session, provider, service, market)
    with pytest.raises(NotFound):
        withdraw_application(session, actor=factory.make_provider(session), application_id=application.id, now=NOW)
    withdraw_application(session, actor=provider, application_id=application.id, now=NOW)
    assert apply(session, provider, service, market).status is ApplicationStatus.SUBMITTED
    with pytest.raises(WrongMove):
        settle(session, commissioner, application, approve=True, marked=False)


def test_an_inadequate_registration_cannot_be_enrolled(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    service = ready_service(session, provider, commissioner, grade=Grade.INADEQUATE)
    application = apply(session, provider, service, market)
    with pytest.raises(Conflict, match="Inadequate"):
        settle(session, commissioner, application, approve=True)
    settle(session, commissioner, application, approve=False, marked=False)


def test_a_new_inadequate_suspends_that_registration_only_and_a_better_grade_lifts_nothing(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    service, other = (ready_service(session, provider, commissioner) for _ in range(2))
    for one in (service, other):
        settle(session, commissioner, apply(session, provider, one, market), approve=True)
    worse = factory.make_inspection(session, service.urn, overall=Grade.INADEQUATE, inspected_on=dt.date(2026, 11, 2))
    publish(session, Regraded(service.urn, Grade.GOOD, Grade.INADEQUATE, worse.id, worse.inspected_on, None))
    suspended = enrolment_of(session, service)
    assert suspended.status is EnrolmentStatus.SUSPENDED
    assert enrolment_of(session, other).status is EnrolmentStatus.ENROLLED
    facts = queries.enrolments_of_claims(session, [service.claim_id])[service.claim_id][0]
    assert facts.latest is not None
    assert (facts.latest.who, "Inadequate" in str(facts.latest.basis)) == (None, True)

    def sign_off(*, signed: bool = True) -> Enrolment:
        return reinstate(
            session,
            actor=commissioner,
            enrolment_id=suspended.id,
            basis=Basis.QUALITY_ASSURED,
            reason="Visited twice; the new manager is in post.",
            now=NOW,
            version=suspended.version,
            signed=signed,
        )

    with pytest.raises(Invalid, match="Sign off, or leave"):
        sign_off(signed=False)
    with pytest.raises(Conflict, match="cannot be lifted"):
        sign_off()
    better = factory.make_inspection(session, service.urn, overall=Grade.GOOD, inspected_on=dt.date(2026, 11, 20))
    publish(session, Regraded(service.urn, Grade.INADEQUATE, Grade.GOOD, better.id, better.inspected_on, None))
    assert suspended.status is EnrolmentStatus.SUSPENDED
    assert sign_off().status is EnrolmentStatus.ENROLLED


def test_serious_weaknesses_and_a_suspended_registration_suspend_too(session: Session, market: Market) -> None:
    weak = factory.make_enrolled_service(session, lot=market.supported, grade=SupportedOutcome.STRONG)
    stopped = factory.make_enrolled_service(session, lot=market.residential)
    publish(
        session,
        Regraded(
            weak.urn,
            SupportedOutcome.STRONG,
            SupportedOutcome.SERIOUS_WEAKNESSES,
            "x",
            dt.date(2026, 11, 3),
            None,
        ),
    )
    publish(session, RegistrationSuspended(stopped.urn, dt.date(2026, 10, 31)))
    assert enrolment_of(session, weak).status is EnrolmentStatus.SUSPENDED
    assert enrolment_of(session, stopped).status is EnrolmentStatus.SUSPENDED


def test_a_commissioner_suspends_with_a_reason(session: Session, commissioner: Actor, market: Market) -> None:
    enrolment = enrolment_of(session, factory.make_enrolled_service(session, lot=market.residential))
    with pytest.raises(Invalid):
        suspend(
            session,
            actor=commissioner,
            enrolment_id=enrolment.id,
            basis=Basis.SAFEGUARDING,
            reason=" ",
            now=NOW,
            version=enrolment.version,
        )
    suspend(
        session,
        actor=commissioner,
        enrolment_id=enrolment.id,
        basis=Basis.SAFEGUARDING,
        reason="A safeguarding concern is being looked into.",
        now=NOW,
        version=enrolment.version,
    )
    assert enrolment.status is EnrolmentStatus.SUSPENDED


def test_another_companys_claim_and_application_are_not_found(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    service = ready_service(session, provider, commissioner)
    application = apply(session, provider, service, market)
    stranger = factory.make_provider(session)
    with pytest.raises(NotFound):
        apply(session, stranger, service, market)
    with pytest.raises(NotFound):
        queries.own_application(session, stranger, application.id, NOW.date())
    with pytest.raises(NotFound):
        confirm_places(session, actor=stranger, service_id=service.id, places=1, now=NOW)
