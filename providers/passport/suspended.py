"""The hub's list of services that take no new placements: since when, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot
from providers.passport.models import Claim, Enrolment, EnrolmentMove
from providers.passport.status import EnrolmentStatus
from providers.register.models import Registration


@dataclass(frozen=True, slots=True)
class SuspendedService:
    """A suspended enrolment with its names, and the move that suspended it."""

    enrolment_id: str
    urn: str
    registration_name: str | None
    claim_id: str
    organisation_id: str
    company: str
    lot: str
    since: dt.datetime
    basis: str


def suspended_services(
    session: Session, actor: Actor, *, limit: int = 25, offset: int = 0
) -> tuple[list[SuspendedService], int]:
    """A page of the suspended enrolments, the latest first, and how many in all."""
    actor.require(Permission.MARKET_READ)
    suspended = Enrolment.status == EnrolmentStatus.SUSPENDED
    total = session.scalar(select(func.count(Enrolment.id)).where(suspended)) or 0
    rows = session.execute(
        select(
            Enrolment.id,
            Claim.urn,
            func.coalesce(Registration.name, Registration.owner),
            Claim.id,
            Organisation.id,
            Organisation.name,
            Lot.name,
            EnrolmentMove.at,
            func.coalesce(EnrolmentMove.basis, EnrolmentMove.reason),
        )
        .join(EnrolmentMove, (EnrolmentMove.enrolment_id == Enrolment.id) & (EnrolmentMove.number == Enrolment.version))
        .join(Claim, Claim.id == Enrolment.claim_id)
        .join(Registration, Registration.urn == Claim.urn)
        .join(Organisation, Organisation.id == Claim.organisation_id)
        .join(Lot, Lot.id == Enrolment.lot_id)
        .where(suspended)
        .order_by(EnrolmentMove.at.desc(), Enrolment.id)
        .limit(limit)
        .offset(offset)
    )
    return [SuspendedService(*row) for row in rows], total
