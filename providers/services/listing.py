"""A company's own services as a list: searched, filtered, sorted and paged in the database, whatever their number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.identity.permissions import Actor, Permission
from providers.passport.kinds import RegistrationKind, kind_of
from providers.passport.models import Claim, Enrolment
from providers.passport.status import ClaimStatus, EnrolmentStatus
from providers.register.models import Registration
from providers.services.models import Service


class Standing(StrEnum):
    """What a company looks for among its services."""

    ENROLLED = "enrolled"
    SUSPENDED = "suspended"
    NOT_ENROLLED = "not_enrolled"
    PENDING = "pending"
    REFUSED = "refused"
    STALE = "stale"
    FREE = "free"


STANDING_WORDS: dict[Standing, str] = {
    Standing.ENROLLED: "Enrolled on a lot",
    Standing.SUSPENDED: "Suspended on a lot",
    Standing.NOT_ENROLLED: "Confirmed, on no lot yet",
    Standing.PENDING: "Claim waiting for the hub",
    Standing.REFUSED: "Claim refused or withdrawn",
    Standing.STALE: "Free places to confirm",
    Standing.FREE: "Has a free place now",
}


@dataclass(frozen=True)
class Row:
    """One claim of the company, with the service behind it where the claim is confirmed."""

    claim: Claim
    registration: Registration
    service: Service | None

    @property
    def kind(self) -> RegistrationKind:
        """What the registration lets it be."""
        return kind_of(self.registration.provision_type)


def own_rows(
    session: Session,
    actor: Actor,
    *,
    stale_before: dt.datetime,
    search: str = "",
    standing: str = "",
    order: str = "name",
    descending: bool = False,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[Row], int]:
    """The claims of the actor's company and how many there are in all.

    `search` is a part of a name or of a URN, `standing` a `Standing`; `order`: name, urn, places or confirmed.
    Confirmations before `stale_before` are stale.
    """
    actor.require(Permission.SERVICE_READ)
    where = [Claim.organisation_id == actor.organisation_id, *_matching(search, standing, stale_before)]
    columns = {
        "name": func.lower(func.coalesce(Service.name, Registration.name, Claim.urn)),
        "urn": Claim.urn,
        "places": Service.places_free,
        "confirmed": Service.places_confirmed_at,
    }
    first = columns.get(order, columns["name"])
    rows = session.execute(
        _joined(select(Claim, Registration, Service))
        .where(*where)
        .order_by(
            first.is_(None),  # both engines: what is not known comes last
            first.desc() if descending else first.asc(),
            columns["name"],
            Claim.id,
        )
        .limit(limit)
        .offset(offset)
    )
    total = session.scalar(_joined(select(func.count())).where(*where)) or 0
    return [Row(*row) for row in rows], total


def services_to_copy_to(session: Session, actor: Actor, service: Service) -> list[Service]:
    """The other services of the company, by name."""
    actor.require(Permission.SERVICE_READ)
    return list(
        session.scalars(
            select(Service)
            .where(Service.organisation_id == actor.organisation_id, Service.id != service.id)
            .order_by(Service.name, Service.id)
        )
    )


def _joined(query: Select) -> Select:  # type: ignore[type-arg]  # whatever is asked for
    return (
        query.select_from(Claim)
        .join(Registration, Registration.urn == Claim.urn)
        .outerjoin(Service, Service.claim_id == Claim.id)
    )


def _matching(search: str, standing: str, stale_before: dt.datetime) -> Iterable[ColumnElement[bool]]:
    if search.strip():
        words = search.strip().lower()
        yield or_(
            func.lower(Service.name).contains(words, autoescape=True),
            func.lower(Registration.name).contains(words, autoescape=True),
            func.lower(Claim.urn).contains(words, autoescape=True),
        )
    if standing not in {one.value for one in Standing}:
        return
    on_a_lot = select(Enrolment.claim_id).where(
        Enrolment.status.in_([EnrolmentStatus.ENROLLED, EnrolmentStatus.SUSPENDED])
    )
    enrolled = select(Enrolment.claim_id).where(Enrolment.status == EnrolmentStatus.ENROLLED)
    suspended = select(Enrolment.claim_id).where(Enrolment.status == EnrolmentStatus.SUSPENDED)
    stale = or_(Service.places_confirmed_at.is_(None), Service.places_confirmed_at < stale_before)
    yield {
        Standing.ENROLLED: Claim.id.in_(enrolled),
        Standing.SUSPENDED: Claim.id.in_(suspended),
        Standing.NOT_ENROLLED: and_(Claim.status == ClaimStatus.CONFIRMED, Claim.id.not_in(on_a_lot)),
        Standing.PENDING: Claim.status == ClaimStatus.PENDING,
        Standing.REFUSED: Claim.status.in_([ClaimStatus.REFUSED, ClaimStatus.WITHDRAWN]),
        Standing.STALE: and_(Claim.id.in_(on_a_lot), stale),
        Standing.FREE: Service.places_free > 0,
    }[Standing(standing)]
