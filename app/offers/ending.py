"""A request that ends without an award: its offers are closed, held places are free again, and whoever offered is
told.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.offers.holds import locked_request, release
from app.offers.models import Offer, PlaceHold
from app.offers.status import OFFER, OfferStatus
from app.requests.events import RequestUnplaced, RequestWithdrawn
from app.requests.models import PlacementRequest
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service


def keep_what_is_placed(session: Session, event: RequestWithdrawn) -> None:
    """The reaction that comes first: a request of which some child has a home is not withdrawn. Conflict."""
    request = locked_request(session, event.request_id)
    if session.scalar(select(exists().where(Offer.request_id == request.id, Offer.status == OfferStatus.WON))):
        raise Conflict(
            f"An offer of {request.reference} was awarded already, so it cannot be withdrawn. Close it without a "
            "placement for the children who are not placed."
        )


def children_placed() -> ColumnElement[int]:
    """How many children of a request have an offer that won, as part of a query about requests: one for each position
    that its offers' keys name.
    """
    commas = func.length(Offer.children_key) - func.length(func.replace(Offer.children_key, ",", ""))
    won = select(func.coalesce(func.sum(commas + 1), 0)).where(
        Offer.request_id == PlacementRequest.id, Offer.status == OfferStatus.WON
    )
    return won.correlate(PlacementRequest).scalar_subquery()


def close_offers(session: Session, event: RequestWithdrawn | RequestUnplaced, *, base_url: str) -> int:
    """Close every offer of a request that was withdrawn or found no placement. Returns how many there were."""
    request = locked_request(session, event.request_id)
    offers = session.scalars(
        select(Offer)
        .where(Offer.request_id == request.id, Offer.status.in_([OfferStatus.SUBMITTED, OfferStatus.PREFERRED]))
        .order_by(Offer.id)
    ).all()
    for offer in offers:
        offer.status = OFFER.require(offer.status, OfferStatus.LOST, "The offer")
        hold = session.scalar(select(PlaceHold).where(PlaceHold.offer_id == offer.id, PlaceHold.released_at.is_(None)))
        if hold is not None:
            release(session, hold, reason="request_ended", now=event.now)
        queue(
            session,
            key=f"offer.ended:{offer.id}",
            address=session.get_one(Service, offer.service_id).alert_email,
            message=messages.request_ended(request.reference, f"{base_url}/provider/offers/{offer.id}"),
            now=event.now,
        )
    session.flush()
    return len(offers)
