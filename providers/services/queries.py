"""Services as the other rooms need them: facts for matching, a company's own services, and who is enrolled where.

The quality score is not here: it is asked for at a moment (`providers.quality.queries.qualities_at`), which for an
offer is its deadline.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from app.core.clock import local_date
from app.core.errors import NotFound
from app.core.policies import in_force
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.passport.kinds import RegistrationKind, kind_of
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.register.judgements import Judgement
from providers.register.models import Registration
from providers.register.queries import latest_graded_judgements
from providers.register.status import GRADE_WORDS
from providers.services.homes import homes_of
from providers.services.models import Home, Service
from providers.services.profile import missing_topics
from providers.services.shown import takes_solo
from providers.services.status import HomeKind, HomeStatus

EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class HomePlace:
    """A home of a service as matching may know it: metres of the national grid and whom it takes, no name."""

    home_id: str
    kind: HomeKind
    status: HomeStatus
    easting: int
    northing: int
    authority_gss: str
    min_age: int
    max_age: int
    sexes: tuple[str, ...]
    approved_for: int
    solo: bool
    siblings: bool
    adaptations: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnrolledService:
    """What matching and alerts need to know of a service on a lot.

    `ofsted` is the overall grade in Ofsted's four-grade words, None where it was not so graded. `evidence` and
    `capability` have 12 places. Metres of the national grid, None for a fostering agency, whose office is not a home.
    `places_confirmed_at` None: never confirmed. `homes` are those that are not closed.
    """

    service_id: str
    organisation_id: str
    organisation_name: str
    urn: str
    name: str
    lot_id: str
    lot_service_type: ServiceType
    registration: RegistrationKind
    status: EnrolmentStatus
    ofsted: str | None
    judgement: Judgement | None
    min_age: int
    max_age: int
    sexes: tuple[str, ...]
    capability: tuple[int, ...]
    evidence: tuple[str, ...]
    places_free: int
    places_confirmed_at: dt.datetime | None
    easting: int | None
    northing: int | None
    authority_gss: str | None
    alert_email: str
    solo: bool
    adaptations: tuple[str, ...]
    languages: tuple[str, ...]
    education_on_site: bool | None
    homes: tuple[HomePlace, ...]


@dataclass(frozen=True, slots=True)
class OwnService:
    """A service of one's own company, with the lots it is enrolled on and what its profile still lacks."""

    service: Service
    registration: Registration
    kind: RegistrationKind
    enrolled_on: tuple[tuple[Lot, EnrolmentStatus], ...]
    missing: tuple[str, ...]

    @property
    def id(self) -> str:
        """The service's id."""
        return self.service.id


def enrolled_services(
    session: Session, lot_id: str, on: dt.date, *, with_suspended: bool = True
) -> list[EnrolledService]:
    """Services enrolled on a lot, by company and name, with the judgement that was known on a date.

    Suspended ones are in it, so that a ranking can say why they are out; they are not to be alerted
    (`with_suspended=False`; F-8, F-14). A borough's in-house services never are: they stand outside the competition.
    """
    standings = [EnrolmentStatus.ENROLLED, *([EnrolmentStatus.SUSPENDED] if with_suspended else [])]
    return _enrolled(
        session,
        on,
        Enrolment.lot_id == lot_id,
        Enrolment.status.in_(standings),
        Organisation.in_house_of.is_(None),
    )


def in_house_services(
    session: Session, organisation_id: str, lot_ids: Iterable[str], on: dt.date
) -> list[EnrolledService]:
    """A borough's own services that are enrolled on some lots, by company and name, once for each lot."""
    return _enrolled(
        session,
        on,
        Enrolment.lot_id.in_(list(lot_ids)),
        Enrolment.status == EnrolmentStatus.ENROLLED,
        Organisation.in_house_of == organisation_id,
    )


def _enrolled(session: Session, on: dt.date, *conditions: ColumnElement[bool]) -> list[EnrolledService]:
    rows = session.execute(
        select(Service, Enrolment.status, Lot, Organisation.name, Registration.provision_type)
        .join(Enrolment, Enrolment.claim_id == Service.claim_id)
        .join(Lot, Lot.id == Enrolment.lot_id)
        .join(Organisation, Organisation.id == Service.organisation_id)
        .join(Registration, Registration.urn == Service.urn)
        .where(*conditions)
        .order_by(Organisation.name, Service.name, Service.id)
    ).all()
    judged = latest_graded_judgements(session, [row[0].urn for row in rows], on=on)
    homes = homes_of(session, [row[0].id for row in rows])
    return [
        _facts(service, status, lot, company, provision_type, judged.get(service.urn), homes.get(service.id, []))
        for service, status, lot, company, provision_type in rows
    ]


def is_enrolled(session: Session, service_id: str, lot_id: str) -> bool:
    """Whether a service may be invited and may offer on a lot: enrolled, not suspended, and no borough's in-house
    service (F-3, F-8).
    """
    found = session.scalar(
        select(Enrolment.id)
        .join(Service, Service.claim_id == Enrolment.claim_id)
        .join(Organisation, Organisation.id == Service.organisation_id)
        .where(
            Service.id == service_id,
            Enrolment.lot_id == lot_id,
            Enrolment.status == EnrolmentStatus.ENROLLED,
            Organisation.in_house_of.is_(None),
        )
    )
    return found is not None


def services_of(session: Session, actor: Actor) -> list[OwnService]:
    """The services of the actor's company, by name."""
    actor.require(Permission.SERVICE_READ)
    return _own(session, select(Service.id).where(Service.organisation_id == actor.organisation_id))


def service_for_offer(session: Session, actor: Actor, service_id: str) -> OwnService:
    """One service of the actor's company, to offer with. `NotFound` for any other."""
    actor.require(Permission.SERVICE_READ)
    mine = select(Service.id).where(Service.id == service_id, Service.organisation_id == actor.organisation_id)
    found = _own(session, mine)
    if not found:
        raise NotFound("service")
    return found[0]


def services_by_claim(session: Session, claim_ids: Iterable[str]) -> dict[str, Service]:
    """Profiles by claim id. The caller has checked that the actor may see them."""
    found = session.scalars(select(Service).where(Service.claim_id.in_(list(claim_ids))))
    return {service.claim_id: service for service in found}


def _own(session: Session, ids: object) -> list[OwnService]:
    rows = session.execute(
        select(Service, Registration)
        .join(Registration, Registration.urn == Service.urn)
        .where(Service.id.in_(ids))  # type: ignore[arg-type]  # a subquery of ids
        .order_by(Service.name, Service.id)
    ).all()
    enrolled: dict[str, list[tuple[Lot, EnrolmentStatus]]] = {}
    for enrolment in session.scalars(
        select(Enrolment)
        .join(Enrolment.lot)
        .options(joinedload(Enrolment.lot).joinedload(Lot.system))
        .where(
            Enrolment.claim_id.in_([service.claim_id for service, _ in rows]),
            Enrolment.status != EnrolmentStatus.REMOVED,
        )
        .order_by(Lot.name)
    ):
        enrolled.setdefault(enrolment.claim_id, []).append((enrolment.lot, enrolment.status))
    return [
        OwnService(
            service=service,
            registration=registration,
            kind=kind_of(registration.provision_type),
            enrolled_on=tuple(enrolled.get(service.claim_id, ())),
            missing=tuple(missing_topics(service)),
        )
        for service, registration in rows
    ]


def _facts(
    service: Service,
    status: EnrolmentStatus,
    lot: Lot,
    company: str,
    provision_type: str,
    judgement: Judgement | None,
    homes: list[Home],
) -> EnrolledService:
    overall = judgement.overall if judgement else None
    return EnrolledService(
        service_id=service.id,
        organisation_id=service.organisation_id,
        organisation_name=company,
        urn=service.urn,
        name=service.name,
        lot_id=lot.id,
        lot_service_type=lot.service_type,
        registration=kind_of(provision_type),
        status=status,
        ofsted=GRADE_WORDS[overall] if overall is not None else None,
        judgement=judgement,
        min_age=service.min_age,
        max_age=service.max_age,
        sexes=tuple(service.sexes),
        capability=tuple(service.capability),
        evidence=tuple(service.evidence),
        places_free=service.places_free,
        places_confirmed_at=service.places_confirmed_at,
        easting=service.easting,
        northing=service.northing,
        authority_gss=service.authority_gss,
        alert_email=service.alert_email,
        solo=takes_solo(service),
        adaptations=tuple(service.adaptations or ()),
        languages=tuple(service.languages or ()),
        education_on_site=service.education_on_site,
        homes=tuple(_place(home) for home in homes if home.status is not HomeStatus.CLOSED),
    )


def _place(home: Home) -> HomePlace:
    return HomePlace(
        home_id=home.id,
        kind=home.kind,
        status=home.status,
        easting=home.easting,
        northing=home.northing,
        authority_gss=home.authority_gss,
        min_age=home.min_age,
        max_age=home.max_age,
        sexes=tuple(home.sexes),
        approved_for=home.approved_for,
        solo=home.solo,
        siblings=home.siblings,
        adaptations=tuple(home.adaptations),
        languages=tuple(home.languages),
    )


def is_stale(confirmed_at: dt.datetime | None, days: int, now: dt.datetime) -> bool:
    """Whether free places were never confirmed, or more than so many days ago: then nobody is matched by them."""
    return confirmed_at is None or confirmed_at < now - dt.timedelta(days=days)


def stale_days(session: Session, now: dt.datetime) -> int:
    """After how many days the evaluation policy in force calls a confirmation stale, where a lot says nothing else."""
    return int(in_force(session, EVALUATION, local_date(now)).content["common"]["stale_after_days"])


def places_to_confirm(session: Session, services: Iterable[OwnService], now: dt.datetime) -> list[OwnService]:
    """Enrolled services whose free places were never confirmed, or so long ago that the evaluation policy calls them
    stale.
    """
    days = stale_days(session, now)
    return [own for own in services if own.enrolled_on and is_stale(own.service.places_confirmed_at, days, now)]
