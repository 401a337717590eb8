"""Suspending, reinstating and removing a service: on a basis, with reasons, and everybody concerned is told."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, WrongMove
from app.core.events import Reactions, install
from app.identity.models import Organisation
from app.identity.permissions import Actor
from notifications.models import OutboxMessage
from providers.market.models import Lot
from providers.market.status import ProcurementMode
from providers.passport import enrolment as moves
from providers.passport import queries
from providers.passport.basis import Basis
from providers.passport.events import EnrolmentReinstated, EnrolmentRemoved, EnrolmentSuspended
from providers.passport.models import Claim, Enrolment
from providers.passport.status import EnrolmentStatus
from providers.passport.telling import tell_company
from providers.register.status import Grade
from providers.services.models import Service
from providers.services.queries import enrolled_services, is_enrolled
from tests.factories import providers as factory
from tests.factories.accreditation import make_application
from tests.factories.offers import somebody_of
from tests.factories.providers import BASE_URL, NOW, Market


@pytest.fixture
def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


@pytest.fixture
def market(session: Session) -> Market:
    return factory.make_system_and_lots(session)


def told(session: Session) -> None:
    """The reactions of the wiring to what happens to an enrolment, as far as the company is concerned."""
    events = (EnrolmentSuspended, EnrolmentReinstated, EnrolmentRemoved)
    table: Reactions = {one: (lambda s, event: tell_company(s, event, base_url=BASE_URL),) for one in events}
    install(session, table)


def enrolment_of(session: Session, service: Service) -> Enrolment:
    """The enrolment of a service that stands."""
    standing = select(Enrolment).where(
        Enrolment.claim_id == service.claim_id, Enrolment.status != EnrolmentStatus.REMOVED
    )
    return session.scalars(standing).one()


def move(
    session: Session, actor: Actor, one: Enrolment, to: str, basis: Basis, reason: str = "As it was found."
) -> None:
    said = {"enrolment_id": one.id, "basis": basis, "reason": reason, "version": one.version}
    getattr(moves, to)(session, actor=actor, now=NOW, **said, **({"signed": True} if to == "reinstate" else {}))


def letters(session: Session) -> Mapping[str, OutboxMessage]:
    rows = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "enrolment_moved"))
    return {row.key.partition(":")[0]: row for row in rows}


def test_the_company_reads_each_move_with_its_basis_and_its_reasons(
    session: Session, commissioner: Actor, market: Market
) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential)
    one = enrolment_of(session, service)
    told(session)
    move(session, commissioner, one, "suspend", Basis.SAFEGUARDING, "A concern is being looked into.")
    move(session, commissioner, one, "reinstate", Basis.CONCERN_CLOSED, "It was looked into.")
    move(session, commissioner, one, "remove", Basis.OWN_REQUEST, "The company closes the home.")
    found = letters(session)
    company = session.get_one(Organisation, service.organisation_id)
    assert set(found) == {"enrolment.suspended", "enrolment.enrolled", "enrolment.removed"}
    assert {letter.address for letter in found.values()} == {company.alert_email}
    for status, words in (
        ("suspended", ("Safeguarding concern", "A concern is being looked into.", "suspended from")),
        ("enrolled", ("Concern looked into and closed", "It was looked into.", "again")),
        ("removed", ("The provider's own request", "The company closes the home.", "apply again")),
    ):
        letter = found[f"enrolment.{status}"]
        assert all(word in letter.subject + letter.text for word in words), letter.text
        assert f"/provider/services/{service.claim_id}" in letter.text


def test_an_automatic_suspension_is_told_too_with_its_code_kept(session: Session, market: Market) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential)
    told(session)
    moves.suspend_urn(
        session, urn=service.urn, reason="By the rule", basis="Ofsted judgement: Inadequate", now=NOW,
        code=Basis.OFSTED_JUDGEMENT,
    )  # fmt: skip
    (letter,) = letters(session).values()
    assert "Ofsted judgement: Inadequate" in letter.text
    latest = queries.enrolments_of_claims(session, [service.claim_id])[service.claim_id][0].latest
    assert latest is not None
    assert (latest.who, latest.basis) == (None, "Ofsted judgement: Inadequate")


@pytest.mark.parametrize(
    ("mode", "to", "basis"),
    [
        (ProcurementMode.PCR34, "suspend", Basis.MANDATORY_GROUND),
        (ProcurementMode.PA23_LIGHT_TOUCH, "remove", Basis.REGULATION_57),
        (ProcurementMode.PA23_LIGHT_TOUCH, "remove", Basis.MARKET_MODIFICATION),
        (ProcurementMode.PA23_LIGHT_TOUCH, "suspend", Basis.QUALITY_ASSURED),
    ],
)
def test_a_basis_of_another_law_or_another_move_is_refused(
    session: Session, commissioner: Actor, mode: ProcurementMode, to: str, basis: Basis
) -> None:
    lot = factory.make_system_and_lots(session, mode=mode).residential
    one = enrolment_of(session, factory.make_enrolled_service(session, lot=lot))
    with pytest.raises(Invalid) as refused:
        move(session, commissioner, one, to, basis)
    assert refused.value.field == "basis"
    assert one.status is EnrolmentStatus.ENROLLED


def test_a_move_needs_reasons_and_somebody_who_may(session: Session, commissioner: Actor, market: Market) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential)
    one = enrolment_of(session, service)
    for to in ("suspend", "remove"):
        with pytest.raises(Invalid) as refused:
            move(session, commissioner, one, to, Basis.SAFEGUARDING, " ")
        assert refused.value.field == "reason"
        with pytest.raises(NotAllowed):
            move(session, somebody_of(session, service), one, to, Basis.SAFEGUARDING)


def test_a_removed_service_is_out_for_good_and_may_come_back_by_applying(
    session: Session, commissioner: Actor, market: Market
) -> None:
    lot = market.residential
    service = factory.make_enrolled_service(session, lot=lot)
    first = enrolment_of(session, service)
    move(session, commissioner, first, "remove", Basis.CONTRACT_TERMS)
    assert not is_enrolled(session, service.id, lot.id)
    assert enrolled_services(session, lot.id, NOW.date()) == []
    for to, basis in (("reinstate", Basis.QUALITY_ASSURED), ("suspend", Basis.SAFEGUARDING)):
        with pytest.raises(WrongMove):
            move(session, commissioner, first, to, basis)
    application = make_application(session, somebody_of(session, service), service, lot)
    assert application.lot_id == lot.id
    back(session, commissioner, service, lot)
    assert is_enrolled(session, service.id, lot.id)
    told_of = queries.enrolments_of_claims(session, [service.claim_id])[service.claim_id]
    assert sorted(one.enrolment.status.value for one in told_of) == ["enrolled", "removed"]


def back(session: Session, actor: Actor, service: Service, lot: Lot) -> Enrolment:
    claim = session.get_one(Claim, service.claim_id)
    return moves.enrol(session, actor=actor, claim=claim, lot=lot, reason="Convincing.", now=NOW)


def test_the_database_keeps_one_standing_enrolment_on_a_lot(
    session: Session, commissioner: Actor, market: Market
) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential)
    with pytest.raises(IntegrityError), session.begin_nested():
        back(session, commissioner, service, market.residential)


def test_reinstatement_stays_refused_while_ofsted_stands_against_it(
    session: Session, commissioner: Actor, market: Market
) -> None:
    """F-14, F-15."""
    service = factory.make_enrolled_service(session, lot=market.residential, grade=Grade.INADEQUATE)
    one = enrolment_of(session, service)
    move(session, commissioner, one, "suspend", Basis.OFSTED_JUDGEMENT)
    with pytest.raises(Conflict, match="cannot be lifted"):
        move(session, commissioner, one, "reinstate", Basis.GROUND_GONE)
