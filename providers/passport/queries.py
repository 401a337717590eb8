"""Claims, applications and enrolments as people may see them: a company its own, the hub all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.core.errors import NotFound
from app.core.geography import current_gss, locate, normalise_postcode
from app.core.workdays import working_days_between
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot, PurchasingSystem
from providers.passport.claims import LIVE
from providers.passport.kinds import RegistrationKind, kind_of
from providers.passport.models import Application, Claim, Enrolment, EnrolmentMove
from providers.passport.owners import other_owner
from providers.passport.status import ApplicationStatus, ClaimStatus, EnrolmentStatus
from providers.register.models import Registration

T = TypeVar("T")

LATEST_FIRST = (func.coalesce(Application.submitted_at, Application.started_at).desc(), Application.id)
"""Applications by the moment at which each was sent or, while it is a draft, begun."""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """A claim beside what the register says. `postcode_differs`, `authority_differs` and `owner_differs` are
    None where the register does not say.
    """

    claim: Claim
    organisation_name: str
    made_by_name: str
    registration: Registration
    kind: RegistrationKind
    claimed_authority: str | None
    postcode_differs: bool | None
    authority_differs: bool | None
    owner_differs: bool | None
    decided_by_name: str | None


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """An application with its claim, lot and company. `days_left` are working days until it is due, below 0 when late;
    0 for a draft.
    """

    application: Application
    organisation_name: str
    registration: Registration
    days_left: int

    @property
    def lot(self) -> Lot:
        """The lot applied to, with its system."""
        return self.application.lot

    @property
    def claim(self) -> Claim:
        """The claim that applies."""
        return self.application.claim


@dataclass(frozen=True, slots=True)
class Move:
    """One change of an enrolment. `who` is None where the system acted on a judgement."""

    to_status: EnrolmentStatus
    at: dt.datetime
    who: str | None
    reason: str
    basis: str | None


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """An enrolment with its lot and its moves, latest first."""

    enrolment: Enrolment
    lot: Lot
    moves: tuple[Move, ...]

    @property
    def latest(self) -> Move | None:
        """The move that made it what it is."""
        return self.moves[0] if self.moves else None


def claims_waiting(session: Session, actor: Actor) -> list[ClaimFacts]:
    """Claims that the hub has to decide, oldest first."""
    actor.require(Permission.MARKET_READ)
    return _claim_facts(session, _claims().where(Claim.status == ClaimStatus.PENDING).order_by(Claim.made_at, Claim.id))


def claim_for_hub(session: Session, actor: Actor, claim_id: str) -> ClaimFacts:
    """One claim for the hub. `NotFound` otherwise."""
    actor.require(Permission.MARKET_READ)
    return _one(_claim_facts(session, _claims().where(Claim.id == claim_id)), "claim")


def claims_of(session: Session, organisation_id: str) -> list[ClaimFacts]:
    """All claims of a company, latest first. The caller has checked that the actor may see that company."""
    return _claim_facts(
        session, _claims().where(Claim.organisation_id == organisation_id).order_by(Claim.made_at.desc(), Claim.id)
    )


def own_claims(session: Session, actor: Actor) -> list[ClaimFacts]:
    """The claims of the actor's company, latest first."""
    actor.require(Permission.SERVICE_READ)
    return claims_of(session, actor.organisation_id)


def live_urns(session: Session) -> list[str]:
    """URNs that somebody claims or holds, in order: the registrations whose quality is of interest."""
    return list(session.scalars(select(Claim.urn).where(Claim.status.in_(LIVE)).order_by(Claim.urn)))


def is_live(session: Session, urn: str) -> bool:
    """Whether somebody claims or holds a registration."""
    return session.scalar(select(Claim.id).where(Claim.urn == urn, Claim.status.in_(LIVE))) is not None


def applications_waiting(session: Session, actor: Actor, today: dt.date) -> list[ApplicationFacts]:
    """Applications that the hub has to decide, the one due first on top."""
    actor.require(Permission.MARKET_READ)
    waiting = _applications().where(Application.status == ApplicationStatus.SUBMITTED)
    return _application_facts(session, waiting.order_by(Application.due_on, Application.submitted_at), today)


def application_for_hub(session: Session, actor: Actor, application_id: str, today: dt.date) -> ApplicationFacts:
    """One application for the hub. `NotFound` otherwise, and for a draft, which is the company's own."""
    actor.require(Permission.MARKET_READ)
    sent = _applications().where(Application.id == application_id, Application.status != ApplicationStatus.DRAFT)
    found = _application_facts(session, sent, today)
    return _one(found, "application")


def own_application(session: Session, actor: Actor, application_id: str, today: dt.date) -> ApplicationFacts:
    """One application of the actor's company. `NotFound` for any other."""
    actor.require(Permission.SERVICE_READ)
    mine = _applications().where(Application.id == application_id, Claim.organisation_id == actor.organisation_id)
    return _one(_application_facts(session, mine, today), "application")


def own_applications(session: Session, actor: Actor, today: dt.date) -> list[ApplicationFacts]:
    """Every application of the actor's company, latest first."""
    actor.require(Permission.SERVICE_READ)
    mine = _applications().where(Claim.organisation_id == actor.organisation_id)
    return _application_facts(session, mine.order_by(*LATEST_FIRST), today)


def applications_of_claims(session: Session, claim_ids: Iterable[str], today: dt.date) -> list[ApplicationFacts]:
    """Applications made with these claims, drafts among them, latest first. The caller has checked that the actor may
    see them.
    """
    made = _applications().where(Application.claim_id.in_(list(claim_ids)))
    return _application_facts(session, made.order_by(*LATEST_FIRST), today)


def enrolments_of_claims(session: Session, claim_ids: Iterable[str]) -> dict[str, list[EnrolmentFacts]]:
    """Enrolments by claim id, by lot name, each with its moves. The caller has checked that the actor may see them."""
    ids = list(claim_ids)
    enrolments = list(
        session.scalars(
            select(Enrolment)
            .join(Enrolment.lot)
            .options(joinedload(Enrolment.lot).joinedload(Lot.system))
            .where(Enrolment.claim_id.in_(ids))
            .order_by(Lot.name, Enrolment.enrolled_at.desc(), Enrolment.id)
        )
    )
    rows = session.execute(
        select(EnrolmentMove, Person.name)
        .outerjoin(Person, Person.id == EnrolmentMove.person_id)
        .where(EnrolmentMove.enrolment_id.in_([enrolment.id for enrolment in enrolments]))
        .order_by(EnrolmentMove.enrolment_id, EnrolmentMove.number.desc())
    )
    moves: dict[str, list[Move]] = {}
    for move, who in rows:
        moves.setdefault(move.enrolment_id, []).append(Move(move.to_status, move.at, who, move.reason, move.basis))
    found: dict[str, list[EnrolmentFacts]] = {claim_id: [] for claim_id in ids}
    for enrolment in enrolments:
        facts = EnrolmentFacts(enrolment, enrolment.lot, tuple(moves.get(enrolment.id, ())))
        found[enrolment.claim_id].append(facts)
    return found


def companies_by_lot(session: Session) -> dict[str, list[str]]:
    """Names of the companies with an enrolled service, by lot id, in order. For everybody: names no home and no
    place. A borough's in-house providers are not in it: `in_house_by_lot` has them.
    """
    rows = session.execute(
        select(Enrolment.lot_id, Organisation.name)
        .join(Claim, Claim.id == Enrolment.claim_id)
        .join(Organisation, Organisation.id == Claim.organisation_id)
        .where(Enrolment.status == EnrolmentStatus.ENROLLED, Organisation.in_house_of.is_(None))
        .distinct()
        .order_by(Enrolment.lot_id, Organisation.name)
    )
    found: dict[str, list[str]] = {}
    for lot_id, name in rows:
        found.setdefault(lot_id, []).append(name)
    return found


def in_house_by_lot(session: Session) -> dict[str, list[tuple[str, str]]]:
    """(provider, borough) of the in-house providers with an enrolled service, by lot id, in order. For everybody."""
    borough = aliased(Organisation)
    rows = session.execute(
        select(Enrolment.lot_id, Organisation.name, borough.name)
        .join(Claim, Claim.id == Enrolment.claim_id)
        .join(Organisation, Organisation.id == Claim.organisation_id)
        .join(borough, borough.id == Organisation.in_house_of)
        .where(Enrolment.status == EnrolmentStatus.ENROLLED)
        .distinct()
        .order_by(Enrolment.lot_id, Organisation.name)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for lot_id, name, of in rows:
        found.setdefault(lot_id, []).append((name, of))
    return found


def _claims() -> Select[Claim, Registration, str, str]:
    return (
        select(Claim, Registration, Organisation.name, Person.name)
        .join(Registration, Registration.urn == Claim.urn)
        .join(Organisation, Organisation.id == Claim.organisation_id)
        .join(Person, Person.id == Claim.made_by)
    )


def _claim_facts(session: Session, rows: Select[Claim, Registration, str, str]) -> list[ClaimFacts]:
    found = session.execute(rows).all()
    deciders = {claim.decided_by for claim, *_ in found if claim.decided_by}
    names: dict[str, str] = dict(
        session.execute(select(Person.id, Person.name).where(Person.id.in_(deciders))).all() if deciders else []
    )
    return [
        _beside_register(claim, registration, organisation, person, names.get(claim.decided_by or ""))
        for claim, registration, organisation, person in found
    ]


def _beside_register(
    claim: Claim, registration: Registration, organisation: str, person: str, decider: str | None
) -> ClaimFacts:
    place = locate(claim.postcode)
    published = normalise_postcode(registration.postcode or "")
    gss = registration.local_authority_gss
    return ClaimFacts(
        claim=claim,
        organisation_name=organisation,
        made_by_name=person,
        registration=registration,
        kind=kind_of(registration.provision_type),
        claimed_authority=place.authority_name if place else None,
        postcode_differs=None if published is None else published != claim.postcode,
        authority_differs=None if gss is None or place is None else current_gss(gss) != place.authority_gss,
        owner_differs=other_owner(registration, organisation),
        decided_by_name=decider,
    )


def _applications() -> Select[Application, str, Registration]:
    return (
        select(Application, Organisation.name, Registration)
        .join(Application.claim)
        .join(Organisation, Organisation.id == Claim.organisation_id)
        .join(Registration, Registration.urn == Claim.urn)
        .join(Application.lot)
        .join(PurchasingSystem, PurchasingSystem.id == Lot.system_id)
        .options(joinedload(Application.claim), joinedload(Application.lot).joinedload(Lot.system))
    )


def _application_facts(
    session: Session, rows: Select[Application, str, Registration], today: dt.date
) -> list[ApplicationFacts]:
    return [
        ApplicationFacts(
            application,
            name,
            registration,
            working_days_between(today, application.due_on) if application.due_on else 0,
        )
        for application, name, registration in session.execute(rows)
    ]


def _one(found: list[T], what: str) -> T:
    if not found:
        raise NotFound(what)
    return found[0]


def own_claim(session: Session, actor: Actor, claim_id: str) -> ClaimFacts:
    """One claim of the actor's company. `NotFound` for any other."""
    actor.require(Permission.SERVICE_READ)
    mine = _claims().where(Claim.id == claim_id, Claim.organisation_id == actor.organisation_id)
    return _one(_claim_facts(session, mine), "service")


def enrolment_for_hub(session: Session, actor: Actor, enrolment_id: str) -> tuple[EnrolmentFacts, ClaimFacts]:
    """One enrolment with its claim, for the hub. `NotFound` otherwise."""
    actor.require(Permission.MARKET_READ)
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("enrolment")
    found = enrolments_of_claims(session, [enrolment.claim_id])[enrolment.claim_id]
    facts = next(one for one in found if one.enrolment.id == enrolment_id)
    return facts, claim_for_hub(session, actor, enrolment.claim_id)


def suspended_count(session: Session, actor: Actor) -> int:
    """How many enrolments are suspended now."""
    actor.require(Permission.MARKET_READ)
    counted = select(func.count()).where(Enrolment.status == EnrolmentStatus.SUSPENDED)
    return session.scalar(counted) or 0


def names_of(session: Session, person_ids: Iterable[str]) -> dict[str, str]:
    """Names of people by id. The caller has checked that the actor may know them."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))).all())
