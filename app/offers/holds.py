"""A preferred offer holds its places until a time. Expiry releases them and tells everyone concerned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.identity.models import Person
from app.offers.children import list_words, positions_of
from app.offers.models import Choice, Offer, PlaceHold
from app.offers.status import OFFER, OfferStatus
from app.requests.models import PlacementRequest
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service


def held_places(
    session: Session, service_ids: Iterable[str], *, now: dt.datetime, but_not: str | None = None
) -> dict[str, int]:
    """How many places of each service are held now, leaving out one request's own holds."""
    statement = (
        select(PlaceHold.service_id, func.sum(PlaceHold.places))
        .join(Offer, Offer.id == PlaceHold.offer_id)
        .where(
            PlaceHold.service_id.in_(set(service_ids)),
            PlaceHold.released_at.is_(None),
            PlaceHold.valid_until > now,
        )
        .group_by(PlaceHold.service_id)
    )
    if but_not is not None:
        statement = statement.where(Offer.request_id != but_not)
    return {service_id: int(places) for service_id, places in session.execute(statement)}


def live_hold(session: Session, offer_id: str, now: dt.datetime) -> PlaceHold | None:
    """The hold of an offer that is neither released nor past its time."""
    return session.scalar(
        select(PlaceHold).where(
            PlaceHold.offer_id == offer_id, PlaceHold.released_at.is_(None), PlaceHold.valid_until > now
        )
    )


def locked_request(session: Session, request_id: str) -> PlacementRequest:
    """A request on which nobody else decides until this transaction ends.

    Whoever changes its offers, choices or holds takes this row first and theirs after it: where all keep to one order,
    no two wait for each other.
    """
    session.flush()
    return session.get_one(PlacementRequest, request_id, with_for_update=True, populate_existing=True)


def locked_service(session: Session, service_id: str) -> Service:
    """A service whose places nobody else can count, hold or take until this transaction ends."""
    return session.get_one(Service, service_id, with_for_update=True, populate_existing=True)


def release(session: Session, hold: PlaceHold, *, reason: str, now: dt.datetime) -> None:
    """End a hold, once, with the reason in a word."""
    hold.released_at, hold.release_reason = now, reason
    session.flush()


def expire_hold(session: Session, *, hold_id: str, now: dt.datetime, base_url: str) -> bool:
    """Release a hold whose time has come, put its offer back among the submitted ones, and tell provider and officer.

    Returns whether there was anything to do: running it twice does it once.
    """
    hold = session.get(PlaceHold, hold_id)
    if hold is None:
        return False
    request = locked_request(session, session.get_one(Offer, hold.offer_id).request_id)
    session.refresh(hold)
    if hold.released_at is not None or hold.valid_until > now:
        return False
    release(session, hold, reason="expired", now=now)
    offer = session.get_one(Offer, hold.offer_id, populate_existing=True)
    if offer.status is OfferStatus.PREFERRED:
        offer.status = OFFER.require(offer.status, OfferStatus.SUBMITTED, "The offer")
        session.flush()
    service = session.get_one(Service, hold.service_id)
    officer = session.scalar(
        select(Person.email)
        .join(Choice, Choice.chosen_by == Person.id)
        .where(Choice.offer_id == offer.id)
        .order_by(Choice.chosen_at.desc())
        .limit(1)
    )
    own = f"{base_url}/borough/requests/{request.id}"
    told = messages.hold_expired(request.reference, own)
    if request.places > 1:
        told = messages.plan_hold_expired(request.reference, own, *_left_of_plan(session, request, offer, now))
    for side, address, message in (
        (
            "provider",
            service.alert_email,
            messages.hold_expired(request.reference, f"{base_url}/provider/opportunities/{request.id}"),
        ),
        ("borough", officer, told),
    ):
        queue(session, key=f"hold.expired:{hold.id}:{side}", address=address, message=message, now=now)
    audit.record(session, now=now, who=None, act="offers.hold.expire", subject_kind="request", subject_id=request.id)
    return True


def _left_of_plan(session: Session, request: PlacementRequest, gone: Offer, now: dt.datetime) -> tuple[str, str]:
    """Whom the offer was for whose hold has ended, and for whom of the same request places are still held or taken; in
    words, the second empty where nobody is left.
    """
    left = session.scalars(
        select(Offer).where(Offer.request_id == request.id, Offer.status.in_([OfferStatus.PREFERRED, OfferStatus.WON]))
    )
    standing = {
        position
        for offer in left
        if offer.status is OfferStatus.WON or live_hold(session, offer.id, now)
        for position in positions_of(offer.children_key)
    }
    return list_words(positions_of(gone.children_key)), list_words(standing) if standing else ""
