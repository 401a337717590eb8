"""A request that ends without an award: its offers are closed, held places are free again, and whoever offered is
told.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.offers.holds import locked_request, release
from app.offers.models import Offer, PlaceHold
from app.offers.status import OFFER, OfferStatus
from app.requests.events import RequestUnplaced, RequestWithdrawn
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service


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
