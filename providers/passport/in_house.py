"""A borough's in-house services: the hub enrols them without an application, as they stand outside the competition.

They are marked wherever they are listed, are invited to no request and offer for none.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.core.workdays import date_words
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot
from providers.market.queries import is_open, lot_by_id, open_lots
from providers.passport.enrolment import enrol, why_ineligible
from providers.passport.kinds import fits, kind_of
from providers.passport.models import Claim, Enrolment
from providers.passport.status import ClaimStatus, EnrolmentStatus
from providers.register.models import Registration


def in_house_names(session: Session) -> dict[str, str]:
    """The borough's name by the id of each in-house provider of one."""
    borough = Organisation.__table__.alias("borough")
    rows = session.execute(
        select(Organisation.id, borough.c.name).join(borough, borough.c.id == Organisation.in_house_of)
    )
    return dict(rows.all())


def enrol_in_house(
    session: Session, *, actor: Actor, claim_id: str, lot_id: str, reason: str, now: dt.datetime
) -> Enrolment:
    """The hub enrols a borough's own service on a lot, with the reason.

    `Invalid` names the field: no reason, a lot that is closed or does not fit. `Conflict` where the company is no
    in-house provider, the claim is not confirmed, the service is on the lot, or Ofsted stands against it.
    """
    actor.require(Permission.APPLICATION_DECIDE)
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound("claim")
    company = session.get_one(Organisation, claim.organisation_id)
    if company.in_house_of is None:
        raise Conflict(f"{company.name} is no borough's own provider, so it joins by applying.")
    if claim.status is not ClaimStatus.CONFIRMED:
        raise Conflict("Confirm first that this registration is the borough's own.")
    today = local_date(now)
    lot = lot_by_id(session, lot_id)
    if not is_open(lot, today):
        raise Invalid(
            f"This lot is open from {date_words(lot.opens_on)} to {date_words(lot.closes_on)}", field="lot_id"
        )
    if not fits(kind_of(session.get_one(Registration, claim.urn).provision_type), lot.service_type):
        raise Invalid(f"URN {claim.urn} is not registered for what {lot.name} buys", field="lot_id")
    reason = reason.strip()
    if not reason:
        raise Invalid("Enter why this service is enrolled", field="reason")
    if lot.id in _standing_on(session, claim.id):
        raise Conflict(f"This service is already on {lot.name}.")
    against = why_ineligible(session, claim.urn, today)
    if against is not None:
        raise Conflict(f"{against} It cannot be enrolled while that stands.")
    return enrol(session, actor=actor, claim=claim, lot=lot, reason=reason, now=now)


def lots_to_enrol_on(session: Session, actor: Actor, claim: Claim, on: dt.date) -> list[Lot]:
    """Open lots that an in-house service's registration fits and that it is not on, for the hub to choose from."""
    actor.require(Permission.MARKET_READ)
    kind = kind_of(session.get_one(Registration, claim.urn).provision_type)
    standing = _standing_on(session, claim.id)
    return [lot for lot in open_lots(session, on) if fits(kind, lot.service_type) and lot.id not in standing]


def _standing_on(session: Session, claim_id: str) -> set[str]:
    found = select(Enrolment.lot_id).where(Enrolment.claim_id == claim_id, Enrolment.status != EnrolmentStatus.REMOVED)
    return set(session.scalars(found))
