"""A person prefers one offer of the frozen shortlist, with a reason also for the first, and it holds its places."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, jobs, policies
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.identity.permissions import Actor, Permission
from app.offers.holds import expire_hold, held_places, locked_request, locked_service, release
from app.offers.links import opportunity_link
from app.offers.models import Choice, Offer, PlaceHold
from app.offers.queries import evaluation_of, live_hold, preferred
from app.offers.shortlist import recomputes, standing_of
from app.offers.standing import must_be_enrolled, must_not_be_disregarded
from app.offers.status import OFFER, OfferStatus
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service

HOLDS = "holds"


def choose(
    session: Session, *, actor: Actor, request_id: str, offer_id: str, reason: str, now: dt.datetime, base_url: str
) -> Choice:
    """Prefer one eligible offer and hold its places until the policy's time. A change of mind releases the earlier
    hold.

    Conflict where the places are held by others by now. The reason is asked for whatever the rank.
    """
    actor.require(Permission.SHORTLIST_DECIDE)
    request_for(session, actor=actor, request_id=request_id)
    request = locked_request(session, request_id)
    evaluation = evaluation_of(session, actor=actor, request_id=request_id)
    if request.status is not RequestStatus.PUBLISHED or evaluation is None:
        raise Conflict("There is no open shortlist to choose from.")
    if not recomputes(evaluation):
        raise Conflict("The shortlist no longer computes to what was frozen, so nothing can be decided on it.")
    if not reason.strip():
        raise Invalid("Give your reason, also for following the order.", field="reason")
    standing = standing_of(evaluation, offer_id)
    if standing is None or standing.rank is None:
        raise Invalid("Choose an offer that passed every gate.", field="offer_id")
    offer = session.scalars(select(Offer).where(Offer.id == offer_id, Offer.request_id == request_id)).one()
    must_be_enrolled(session, offer)
    must_not_be_disregarded(session, offer, local_date(now))
    before = preferred(session, actor=actor, request_id=request_id)
    if before is not None and before.id == offer.id and live_hold(session, offer.id, now):
        raise Conflict("This offer is already preferred and holds its places.")
    if before is not None:
        _let_go(session, before, now, base_url)
    service = locked_service(session, offer.service_id)
    held = held_places(session, [service.id], now=now, but_not=request_id).get(service.id, 0)
    if service.places_free - held < request.places:
        raise Conflict("The places of this service are held for others now. Choose another offer, or ask the provider.")
    offer.status = OFFER.require(offer.status, OfferStatus.PREFERRED, "The offer")
    session.flush()
    days = int(policies.in_force(session, HOLDS, local_date(now)).content["days"])
    hold = PlaceHold(
        offer_id=offer.id,
        service_id=service.id,
        places=request.places,
        held_at=now,
        valid_until=now + dt.timedelta(days=days),
    )
    choice = Choice(
        request_id=request_id,
        evaluation_id=evaluation.id,
        offer_id=offer.id,
        rank=standing.rank,
        reason=reason.strip(),
        chosen_by=actor.person_id,
        chosen_at=now,
    )
    session.add_all([hold, choice])
    session.flush()
    jobs.schedule(session, kind="expire_hold", key=hold.id, payload={"hold_id": hold.id}, due_at=hold.valid_until)
    queue(
        session,
        key=f"offer.preferred:{hold.id}",
        address=service.alert_email,
        message=messages.preferred_offer(request.reference, hold.valid_until, opportunity_link(base_url, request_id)),
        now=now,
    )
    audit.record(
        session,
        now=now,
        who=actor,
        act="offers.offer.prefer",
        subject_kind="request",
        subject_id=request_id,
        offer_id=offer.id,
        rank=standing.rank,
    )
    return choice


def _let_go(session: Session, offer: Offer, now: dt.datetime, base_url: str) -> None:
    hold = session.scalar(select(PlaceHold).where(PlaceHold.offer_id == offer.id, PlaceHold.released_at.is_(None)))
    if hold is not None and expire_hold(session, hold_id=hold.id, now=now, base_url=base_url):
        return
    if hold is not None:
        release(session, hold, reason="another_preferred", now=now)
        request = session.get_one(PlacementRequest, offer.request_id)
        queue(
            session,
            key=f"hold.released:{hold.id}",
            address=session.get_one(Service, hold.service_id).alert_email,
            message=messages.hold_released(request.reference, opportunity_link(base_url, request.id)),
            now=now,
        )
    offer.status = OFFER.require(offer.status, OfferStatus.SUBMITTED, "The offer")
    session.flush()
