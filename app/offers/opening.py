"""Opening sealed offers after the deadline and freezing the shortlist: once, whole, hashed and recomputable."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.crypto import Vault
from app.core.errors import Conflict
from app.core.events import publish
from app.core.geography import locate
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.offers.events import ShortlistFrozen
from app.offers.holds import held_places, locked_request
from app.offers.market import market_of, note_facts
from app.offers.models import Evaluation, Offer
from app.offers.offering import unsealed_for_owner
from app.offers.status import OfferStatus
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from app.requests.zones import zones_of
from matching.rank import CURRENT, make_record
from providers.services.models import Service


def still_to_open(session: Session, request_id: str) -> bool:
    """Whether a request is still published and its offers were not opened yet: one that was withdrawn never will be."""
    status = session.scalar(select(PlacementRequest.status).where(PlacementRequest.id == request_id))
    frozen = session.scalar(select(Evaluation.id).where(Evaluation.request_id == request_id))
    return status is RequestStatus.PUBLISHED and frozen is None


def open_by_officer(session: Session, *, actor: Actor, vault: Vault, request_id: str, now: dt.datetime) -> Evaluation:
    """Open the offers of one's own borough's request, when the deadline has passed."""
    actor.require(Permission.OFFER_READ)
    request_for(session, actor=actor, request_id=request_id)
    return open_and_freeze(session, vault=vault, request_id=request_id, now=now, actor=actor)


def open_and_freeze(
    session: Session, *, vault: Vault, request_id: str, now: dt.datetime, actor: Actor | None = None
) -> Evaluation:
    """Open every offer of a request after its deadline, rank them on the facts of the deadline, and freeze the record.

    Done once: a second call returns what the first one froze. Conflict before the deadline, whoever asks.
    """
    request = locked_request(session, request_id)
    frozen = session.scalar(select(Evaluation).where(Evaluation.request_id == request_id))
    if frozen:
        return frozen
    if request.status is not RequestStatus.PUBLISHED or request.offers_close_at is None:
        raise Conflict("Only a published request has offers to open.")
    if now < request.offers_close_at:
        raise Conflict("Offers are sealed until the deadline.")
    offers = list(
        session.scalars(
            select(Offer)
            .where(Offer.request_id == request_id, Offer.status == OfferStatus.SUBMITTED)
            .order_by(Offer.id)
        )
    )
    for offer in offers:
        _open(session, vault, offer, now)
    session.flush()
    market = market_of(
        session,
        request=request,
        borough_gss=session.get_one(Organisation, request.organisation_id).gss_code or "unknown",
        offers=offers,
        held=held_places(session, [offer.service_id for offer in offers], now=now, but_not=request_id),
        on=request.offers_close_at,
        zones=zones_of(session, vault=vault, request=request),
    )
    result, record = make_record(market)
    note_facts(session, request, record, offers, request.offers_close_at)
    evaluation = Evaluation(
        request_id=request.id,
        algorithm=CURRENT,
        policy_version_id=request.evaluation_policy_id,
        record=record,
        hash=result.hash,
        frozen_at=now,
        frozen_by=actor.person_id if actor else None,
    )
    session.add(evaluation)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="offers.shortlist.freeze",
        subject_kind="request",
        subject_id=request.id,
        evaluation_id=evaluation.id,
        hash=result.hash,
        offers=len(offers),
    )
    publish(session, ShortlistFrozen(request.id, evaluation.id, len(offers), now))
    return evaluation


def _open(session: Session, vault: Vault, offer: Offer, now: dt.datetime) -> None:
    content = unsealed_for_owner(vault=vault, offer=offer)
    place = locate(content.place_postcode)
    offer.care_pence, offer.education_pence = content.care_pence, content.education_pence
    offer.health_pence, offer.transport_pence = content.health_pence, content.transport_pence
    offer.weekly_pence, offer.weeks_per_year = content.weekly_pence, content.weeks_per_year
    offer.can_start_on = content.can_start_on
    if place is not None:
        offer.place_easting, offer.place_northing = place.easting, place.northing
        offer.place_authority_gss = place.authority_gss
    else:
        offer.place_authority_gss = session.get_one(Service, offer.service_id).authority_gss
    offer.opened_at = now
