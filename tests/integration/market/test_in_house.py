"""A borough's in-house services: on a lot without an application, and never in the competition."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed
from app.core.events import install
from app.demo.stage import token_sent_to
from app.identity.invitations import accept_invitation, invite
from app.identity.models import Organisation
from app.identity.organisations import found_organisation
from app.identity.permissions import Actor
from app.identity.queries import actor_for, choices_of, organisations
from app.identity.status import OrganisationKind, Role
from app.offers.invitations import invite_enrolled
from app.offers.models import Invitation
from app.requests.events import RequestPublished
from providers.market.models import Lot
from providers.passport.in_house import enrol_in_house, in_house_names, lots_to_enrol_on
from providers.passport.models import Claim, Enrolment
from providers.passport.queries import companies_by_lot, in_house_by_lot
from providers.passport.status import EnrolmentStatus
from providers.register.status import Grade
from providers.services.models import Service
from providers.services.queries import enrolled_services, is_enrolled
from tests.factories import offers as made
from tests.factories import providers as factory
from tests.factories.identity import NOW, make_actor, make_membership, make_organisation, make_person
from tests.factories.providers import BASE_URL, Market


@pytest.fixture
def commissioner(session: Session) -> Actor:
    return factory.make_commissioner(session)


@pytest.fixture
def market(session: Session) -> Market:
    return factory.make_system_and_lots(session)


@pytest.fixture
def administrator(session: Session, commissioner: Actor) -> Actor:
    hub = session.get_one(Organisation, commissioner.organisation_id)
    return make_actor(session, hub, Role.HUB_ADMINISTRATOR)


@pytest.fixture
def borough(session: Session) -> Organisation:
    return make_organisation(session, OrganisationKind.BOROUGH, "Made-up Sutton")


def founded(session: Session, administrator: Actor, borough: Organisation) -> Organisation:
    return found_organisation(
        session,
        actor=administrator,
        kind=OrganisationKind.PROVIDER,
        name="Made-up Sutton Homes",
        in_house_of=borough.id,
        now=NOW,
    )


def own_service(session: Session, lot: Lot, company: Organisation, grade: Grade = Grade.GOOD) -> Service:
    """A service of an in-house provider that is on no lot yet."""
    service = factory.make_enrolled_service(session, lot=lot, organisation=company, grade=grade)
    session.scalars(
        select(Enrolment).where(Enrolment.claim_id == service.claim_id)
    ).one().status = EnrolmentStatus.REMOVED
    session.flush()
    return service


def put(session: Session, actor: Actor, service: Service, lot: Lot, reason: str = "The borough runs it.") -> Enrolment:
    return enrol_in_house(
        session, actor=actor, claim_id=service.claim_id, lot_id=lot.id, reason=reason, now=factory.NOW
    )


def test_the_hub_founds_one_for_a_borough_and_its_people_come_in(
    session: Session, administrator: Actor, borough: Organisation
) -> None:
    company = founded(session, administrator, borough)
    lines = {line.name: line.in_house_of for line in organisations(session, administrator)}
    assert lines["Made-up Sutton Homes"] == "Made-up Sutton"
    assert lines["Made-up Sutton"] is None
    person = make_person(session)
    make_membership(session, person, borough, Role.TEAM_MANAGER)
    invite(
        session,
        actor=administrator,
        email=person.email,
        role=Role.PROVIDER_ADMINISTRATOR,
        organisation_id=company.id,
        now=NOW,
        base_url=BASE_URL,
    )
    accept_invitation(
        session,
        token=token_sent_to(session, person.email),
        now=NOW,
        actor=actor_for(session, person.id, borough.id),
    )
    assert {one.organisation_id for one in choices_of(session, person.id)} == {borough.id, company.id}


def test_only_a_provider_is_in_house_and_only_of_a_borough(
    session: Session, administrator: Actor, borough: Organisation
) -> None:
    for kind, of in (
        (OrganisationKind.AGENCY, borough.id),
        (OrganisationKind.PROVIDER, administrator.organisation_id),
        (OrganisationKind.PROVIDER, "nobody"),
    ):
        with pytest.raises(Invalid) as refused:
            found_organisation(session, actor=administrator, kind=kind, name="Made up", in_house_of=of, now=NOW)
        assert refused.value.field == "in_house_of"


def test_the_hub_enrols_an_in_house_service_without_an_application(
    session: Session, commissioner: Actor, administrator: Actor, borough: Organisation, market: Market
) -> None:
    company = founded(session, administrator, borough)
    lot = market.residential
    service = own_service(session, lot, company)
    claim = session.get_one(Claim, service.claim_id)
    assert [one.id for one in lots_to_enrol_on(session, commissioner, claim, factory.NOW.date())] == [lot.id]
    for where, reason, field in ((market.fostering, "Ours.", "lot_id"), (lot, " ", "reason")):
        with pytest.raises(Invalid) as refused:
            put(session, commissioner, service, where, reason)
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        put(session, administrator, service, lot)
    assert put(session, commissioner, service, lot).status is EnrolmentStatus.ENROLLED
    with pytest.raises(Conflict, match="already on"):
        put(session, commissioner, service, lot)
    assert lots_to_enrol_on(session, commissioner, claim, factory.NOW.date()) == []
    stranger = factory.make_enrolled_service(session, lot=market.fostering)
    with pytest.raises(Conflict, match="joins by applying"):
        put(session, commissioner, stranger, lot)
    inadequate = own_service(session, lot, company, Grade.INADEQUATE)
    with pytest.raises(Conflict, match="Inadequate"):
        put(session, commissioner, inadequate, lot)


def test_an_in_house_service_is_invited_to_nothing_and_offers_for_nothing(
    session: Session, commissioner: Actor, administrator: Actor, borough: Organisation, market: Market
) -> None:
    company = founded(session, administrator, borough)
    lot = market.residential
    own = own_service(session, lot, company)
    put(session, commissioner, own, lot)
    competitor = factory.make_enrolled_service(session, lot=lot)
    assert [one.service_id for one in enrolled_services(session, lot.id, factory.NOW.date())] == [competitor.id]
    assert [is_enrolled(session, one.id, lot.id) for one in (own, competitor)] == [False, True]
    install(session, {RequestPublished: (lambda s, event: invite_enrolled(s, event, base_url=BASE_URL),)})
    scene = made.make_request_in(session, lot=lot, services=[competitor])
    invited = session.scalars(select(Invitation.service_id).where(Invitation.request_id == scene.request.id)).all()
    assert invited == [competitor.id]


def test_everybody_reads_who_is_in_house_of_whom_apart_from_the_companies(
    session: Session, commissioner: Actor, administrator: Actor, borough: Organisation, market: Market
) -> None:
    company = founded(session, administrator, borough)
    lot = market.residential
    put(session, commissioner, own_service(session, lot, company), lot)
    factory.make_enrolled_service(session, lot=lot, name="Sample Lodge")
    assert companies_by_lot(session) == {lot.id: ["Sample Lodge Care Ltd"]}
    assert in_house_by_lot(session) == {lot.id: [("Made-up Sutton Homes", "Made-up Sutton")]}
    assert in_house_names(session) == {company.id: "Made-up Sutton"}
