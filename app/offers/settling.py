"""At award: one offer has won, the held places are taken, and the offers that can win no more are told and their access
ends (F-39). Where the award is for some children of a request, offers for the others go on.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.offers.children import positions_of
from app.offers.holds import locked_request, locked_service, release
from app.offers.models import Offer, PlaceHold
from app.offers.status import OFFER, OfferStatus
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service


def settle(session: Session, *, request_id: str, won_offer_id: str, now: dt.datetime, base_url: str) -> None:
    """Mark the winner and every offer for a child who is placed by it, turn the hold into places taken, and queue
    everybody's e-mail.
    """
    request = locked_request(session, request_id)
    offers = session.scalars(
        select(Offer)
        .where(Offer.request_id == request_id, Offer.status.in_([OfferStatus.SUBMITTED, OfferStatus.PREFERRED]))
        .order_by(Offer.id)
    ).all()
    winner = next((offer for offer in offers if offer.id == won_offer_id), None)
    if winner is None:
        raise Conflict("That offer can no longer win this request.")
    placed = set(positions_of(winner.children_key))
    for offer in offers:
        if not placed & set(positions_of(offer.children_key)):
            continue
        won = offer.id == won_offer_id
        offer.status = OFFER.require(offer.status, OfferStatus.WON if won else OfferStatus.LOST, "The offer")
        # Only the winner's service is locked: two awards at once must not wait for each other's losers.
        service = locked_service(session, offer.service_id) if won else session.get_one(Service, offer.service_id)
        hold = session.scalar(select(PlaceHold).where(PlaceHold.offer_id == offer.id, PlaceHold.released_at.is_(None)))
        if hold is not None:
            release(session, hold, reason="awarded" if won else "lost", now=now)
        if won:
            if hold is None or service.places_free < hold.places:
                raise Conflict("The service no longer has the places that the offer held.")
            service.places_free -= hold.places
        link = f"{base_url}/provider/offers/{offer.id}"
        queue(
            session,
            key=f"offer.settled:{offer.id}",
            address=service.alert_email,
            message=(messages.offer_won if won else messages.offer_lost)(request.reference, link),
            now=now,
        )
    session.flush()
