"""Whether the service behind an offer may still take a child: what was true when it was ranked may no longer be (F-14).
An excluded supplier's offer is disregarded, and an excludable one's until a person has decided (F-7).

Asked again at every step that binds somebody: the choice, the panel's approval, an emergency authority and the award.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.offers.models import Offer
from app.requests.models import PlacementRequest
from providers.passport.exclusions import standing_of
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.services.models import Service


def must_be_enrolled(session: Session, offer: Offer) -> None:
    """Conflict where the offer's service is no longer enrolled on the request's lot: suspended, or removed from it.

    The enrolment is shared until this transaction ends, so that a suspension at the same moment either comes first and
    is seen here, or waits and finds what was decided.
    """
    enrolled = session.scalar(
        select(Enrolment.id)
        .join(Service, Service.claim_id == Enrolment.claim_id)
        .join(PlacementRequest, PlacementRequest.lot_id == Enrolment.lot_id)
        .where(
            Service.id == offer.service_id,
            PlacementRequest.id == offer.request_id,
            Enrolment.status == EnrolmentStatus.ENROLLED,
        )
        .with_for_update(read=True, of=Enrolment)
    )
    if enrolled is None:
        raise Conflict("This service is suspended or has left the lot since, so it cannot take the child.")


def must_not_be_disregarded(session: Session, offer: Offer, on: dt.date) -> None:
    """Conflict where the offer's company is excluded, or excludable with nobody's decision, on a day (F-7)."""
    standing = standing_of(session, offer.organisation_id, on)
    if standing.bars is not None:
        raise Conflict(f"{standing.bars} Its offer is disregarded, so choose another.")
    if standing.undecided is not None:
        raise Conflict(f"{standing.undecided} Ask the hub, which has to decide before this offer can go on.")
