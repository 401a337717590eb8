"""Markets for tests: policies, people, a system with lots, and services that are enrolled on them. All names are made
up.

The short way writes rows (`make_enrolled_service`); the long way goes through the use cases (`make_claimed_service`),
with the reactions that the wiring would install. URNs are in the range 99..... that Ofsted does not use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.database import new_id
from app.core.events import install
from app.core.geography import locate
from app.core.models import PolicyVersion
from app.core.policies import in_force, load_shipped
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from providers.market.models import Lot, Participation, PurchasingSystem
from providers.market.status import ProcurementMode, ServiceType, Strand
from providers.passport.claims import claim_service, decide_claim
from providers.passport.kinds import RegistrationKind, kind_of
from providers.passport.models import Claim, Enrolment, EnrolmentMove
from providers.passport.status import ClaimStatus, EnrolmentStatus
from providers.quality.scoring import append
from providers.reactions import reactions
from providers.register.models import Inspection, Registration
from providers.register.status import (
    Coverage,
    EventType,
    Grade,
    ProvisionType,
    RegistrationStatus,
    Source,
    SupportedOutcome,
)
from providers.services.models import INDICATORS, Service
from tests.factories.identity import make_actor, make_organisation
from tests.remembering import remembered

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
BASE_URL = "https://homeward.example"

_numbers = count(1)


@dataclass(frozen=True)
class Market:
    """A purchasing system and its lots by service type."""

    system: PurchasingSystem
    lots: dict[ServiceType, Lot]

    @property
    def residential(self) -> Lot:
        """The lot of children's homes."""
        return self.lots[ServiceType.RESIDENTIAL]

    @property
    def fostering(self) -> Lot:
        """The lot of fostering agencies."""
        return self.lots[ServiceType.FOSTERING]

    @property
    def supported(self) -> Lot:
        """The lot of supported accommodation."""
        return self.lots[ServiceType.SUPPORTED]


PROVISION: dict[ServiceType, ProvisionType] = {
    ServiceType.FOSTERING: ProvisionType.FOSTERING_AGENCY,
    ServiceType.RESIDENTIAL: ProvisionType.CHILDRENS_HOME,
    ServiceType.SUPPORTED: ProvisionType.SUPPORTED_ACCOMMODATION,
    ServiceType.NMI_DAY: ProvisionType.SPECIAL_SCHOOL,
    ServiceType.NMI_38: ProvisionType.RESIDENTIAL_SPECIAL_SCHOOL,
    ServiceType.NMI_52: ProvisionType.RESIDENTIAL_SPECIAL_SCHOOL_AS_HOME,
}


def install_reactions(session: Session, now: dt.datetime = NOW) -> None:
    """Let this session answer events as the wiring would, at one fixed moment."""
    install(session, reactions(lambda _: now))


@remembered
def make_policies(session: Session, now: dt.datetime = NOW) -> None:
    """Load the shipped policies once."""
    if session.scalar(select(PolicyVersion.id).limit(1)) is None:
        load_shipped(session, now)


@remembered
def make_commissioner(session: Session) -> Actor:
    """A commissioner of the hub, which is made if there is none."""
    hub = session.scalar(select(Organisation).where(Organisation.kind == OrganisationKind.HUB))
    hub = hub or make_organisation(session, OrganisationKind.HUB, "Made-up Hub")
    return make_actor(session, hub, Role.COMMISSIONER)


@remembered
def make_provider(session: Session, name: str | None = None) -> Actor:
    """The administrator of a new provider company."""
    return make_actor(session, make_organisation(session, OrganisationKind.PROVIDER, name))


@remembered
def make_system_and_lots(
    session: Session,
    now: dt.datetime = NOW,
    *,
    mode: ProcurementMode = ProcurementMode.PCR_LIGHT_TOUCH,
    boroughs: Sequence[Organisation] = (),
) -> Market:
    """A live system with a lot for each service type, in which the given boroughs take part from its first day.
    Writes rows; loads policies.
    """
    make_policies(session, now)
    of_the_act = mode in (ProcurementMode.PA23_DYNAMIC_MARKET, ProcurementMode.PA23_LIGHT_TOUCH)
    system = PurchasingSystem(
        name=f"Sample system {next(_numbers)}",
        mode=mode,
        begun_on=dt.date(2025, 3, 3) if of_the_act else dt.date(2024, 2, 1),
        starts_on=dt.date(2025, 4, 1) if of_the_act else dt.date(2024, 4, 1),
        ends_on=dt.date(2028, 3, 31),
        established_on=dt.date(2025, 4, 1) if of_the_act else dt.date(2024, 4, 1),
        conditions="Made-up conditions of membership.",
        created_at=now,
    )
    session.add(system)
    session.flush()
    lots: dict[ServiceType, Lot] = {}
    for service_type in PROVISION:
        school = service_type.value.startswith("nmi")
        lots[service_type] = Lot(
            system=system,
            system_id=system.id,
            name=f"Lot {len(lots) + 1} {service_type.name.replace('_', ' ').capitalize()}",
            strand=Strand.SEND if school else Strand.LOOKED_AFTER,
            service_type=service_type,
            opens_on=system.starts_on,
            closes_on=system.ends_on,
        )
    session.add_all(lots.values())
    session.flush()
    for lot in lots.values():
        session.add_all(
            Participation(lot_id=lot.id, organisation_id=borough.id, first_day=system.starts_on) for borough in boroughs
        )
    session.flush()
    return Market(system, lots)


@remembered
def make_registration(
    session: Session,
    *,
    urn: str | None = None,
    provision_type: ProvisionType = ProvisionType.CHILDRENS_HOME,
    name: str | None = None,
    postcode: str | None = None,
    local_authority_gss: str | None = None,
    places: int | None = None,
    status: RegistrationStatus = RegistrationStatus.ACTIVE,
) -> Registration:
    """A made-up registration. A children's home has no name and no address, as in the real register."""
    urn = urn or f"99{next(_numbers):05d}"
    registration = Registration(
        urn=urn,
        provision_type=provision_type.value,
        name=name,
        owner="Sample Owner Ltd",
        registration_status=status.value,
        postcode=postcode,
        local_authority_gss=local_authority_gss,
        places=places,
        short_breaks_only=False,
        several_buildings=False,
        source=Source.DEMONSTRATION,
        first_seen=dt.date(2026, 3, 31),
        last_seen=dt.date(2026, 3, 31),
        facts_as_of=dt.date(2026, 3, 31),
        facts_from=Coverage.EVERY_PROVIDER,
        search_words=urn.lower(),
    )
    session.add(registration)
    session.flush()
    return registration


@remembered
def make_inspection(
    session: Session,
    urn: str,
    *,
    overall: Grade | None = Grade.GOOD,
    protected: Grade | None = None,
    leaders: Grade | None = None,
    outcome: SupportedOutcome | None = None,
    inspected_on: dt.date = dt.date(2026, 5, 12),
    event_type: EventType = EventType.FULL,
    contradictory: bool = False,
    labels: dict[str, str] | None = None,
) -> Inspection:
    """An inspection; the two sub-judgements are as the overall one unless given."""
    full = event_type is EventType.FULL and (overall is not None or outcome is not None)
    inspection = Inspection(
        urn=urn,
        event_number=f"{next(_numbers):08d}",
        event_type=event_type,
        event_label="Full inspection" if event_type is EventType.FULL else event_type.value.capitalize(),
        inspected_on=inspected_on,
        published_on=inspected_on,
        full_judgement=full,
        overall=overall,
        helped_protected=protected or overall,
        leaders_managers=leaders or overall,
        supported_outcome=outcome,
        labels=labels or {},
        contradictory=contradictory,
        facts_as_of=inspected_on,
        facts_from=Coverage.EVERY_PROVIDER,
    )
    session.add(inspection)
    session.flush()
    return inspection


@remembered
def make_claimed_service(
    session: Session,
    *,
    provider: Actor,
    commissioner: Actor,
    urn: str,
    postcode: str = "CR0 1EA",
    now: dt.datetime = NOW,
) -> Service:
    """A service through the use cases: claimed, confirmed, its profile made by the reaction and not yet completed."""
    install_reactions(session, now)
    claim = claim_service(session, actor=provider, urn=urn, postcode=postcode, now=now)
    decide_claim(
        session,
        actor=commissioner,
        claim_id=claim.id,
        confirm=True,
        reason="Seen on the certificate",
        now=now,
        version=claim.version,
        base_url=BASE_URL,
    )
    return session.scalars(select(Service).where(Service.claim_id == claim.id)).one()


@remembered
def make_enrolled_service(
    session: Session,
    *,
    lot: Lot,
    name: str | None = None,
    urn: str | None = None,
    organisation: Organisation | None = None,
    grade: Grade | SupportedOutcome | None = Grade.GOOD,
    quality: int | None = 78,
    status: EnrolmentStatus = EnrolmentStatus.ENROLLED,
    postcode: str = "CR0 1EA",
    min_age: int = 8,
    max_age: int = 17,
    sexes: Sequence[str] = ("F", "M"),
    capability: Sequence[int] = (2,) * INDICATORS,
    evidence: Sequence[str] = ("declared",) * INDICATORS,
    places: int = 2,
    confirmed_at: dt.datetime | None = None,
    alert_email: str | None = None,
    now: dt.datetime = NOW,
) -> Service:
    """A service enrolled on a lot, as rows: company, registration, judgement, confirmed claim, profile, enrolment and
    score.

    `grade` None: not yet inspected, and then give `quality=None`. `quality` is the score row at `now`. `confirmed_at`
    defaults to `now`.
    """
    make_policies(session, now)
    name = name or f"Sample House {next(_numbers)}"
    company = organisation or make_organisation(session, OrganisationKind.PROVIDER, f"{name} Care Ltd")
    registration = make_registration(session, urn=urn, provision_type=PROVISION[lot.service_type])
    if isinstance(grade, Grade):
        make_inspection(session, registration.urn, overall=grade)
    elif grade is not None:
        make_inspection(session, registration.urn, overall=None, outcome=grade)
    claimant = make_actor(session, company)
    claim = Claim(
        organisation_id=company.id,
        urn=registration.urn,
        postcode=postcode,
        status=ClaimStatus.CONFIRMED,
        made_by=claimant.person_id,
        made_at=now,
        decided_at=now,
    )
    session.add(claim)
    session.flush()
    place = locate(postcode)
    assert place is not None, f"{postcode} is not a postcode"
    fostering = kind_of(registration.provision_type) is RegistrationKind.FOSTERING
    service = Service(
        claim=claim,
        claim_id=claim.id,
        organisation_id=company.id,
        urn=registration.urn,
        name=name,
        alert_email=alert_email or f"alerts{next(_numbers)}@example.test",
        postcode=place.postcode,
        easting=None if fostering else place.easting,
        northing=None if fostering else place.northing,
        authority_gss=place.authority_gss,
        min_age=min_age,
        max_age=max_age,
        sexes=list(sexes),
        capability=list(capability),
        evidence=list(evidence),
        places_free=places,
        places_confirmed_at=confirmed_at or now,
        created_at=now,
    )
    enrolment = Enrolment(claim_id=claim.id, lot_id=lot.id, status=status, enrolled_at=now)
    session.add_all([service, enrolment])
    session.flush()
    session.add(EnrolmentMove(enrolment_id=enrolment.id, number=1, to_status=status, at=now, reason="Made for a test"))
    make_score(session, registration.urn, quality, now=now)
    return service


@remembered
def make_score(session: Session, urn: str, score: int | None, *, now: dt.datetime = NOW, number: int = 1) -> None:
    """A score that stands from `now` on, as a row that rests on nothing."""
    session.flush()
    append(
        session,
        [
            {
                "id": new_id(),
                "urn": urn,
                "score": score,
                "parts": {"parts": [], "unknown": None if score is not None else "not_inspected", "inspected_on": None},
                "policy_version_id": in_force(session, "quality", local_date(now)).id,
                "why": "Made for a test",
                "computed_at": now,
                "run_id": None,
                "number": number,
            }
        ],
    )
