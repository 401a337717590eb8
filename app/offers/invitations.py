"""Telling the enrolled services of a lot that a request is published, and who may read it from then on (F-3, F-8).

The invitation and its e-mail are written in the publishing transaction: whoever is invited is told, or nobody is.
Where the lot's mode lets us choose, a service whose free places nobody confirmed lately is left out, and why is kept.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.errors import NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.offers.links import opportunity_link
from app.offers.market import policy_of
from app.offers.models import Invitation, LeftOut, Offer
from app.offers.standing import may_take_part
from app.offers.status import OfferStatus
from app.requests.events import RequestPublished
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from matching.rank import Gate
from notifications import messages
from notifications.outbox import queue
from providers.market.clocks import mode_rules
from providers.market.models import Lot
from providers.services.models import Service
from providers.services.queries import EnrolledService, enrolled_services, is_stale


@dataclass(frozen=True)
class Opportunity:
    """A request as a provider reaches it: through which of its services, and how much it may see (stage 1 to 3)."""

    request: PlacementRequest
    services: tuple[Service, ...]
    stage: int


def invite_enrolled(session: Session, event: RequestPublished, *, base_url: str) -> int:
    """Invite every service that is enrolled on the request's lot today and not suspended. Returns how many.

    Under a mode that invites everyone that is all of them; under the others those with a stale vacancy are left out.
    """
    request = session.get_one(PlacementRequest, event.request_id)
    lot = session.get_one(Lot, request.lot_id)
    everyone = mode_rules(session, lot.system.mode, local_date(event.now)).invite_everyone
    days = policy_of(session, request, lot.service_type).stale_after_days
    invited = 0
    for service in enrolled_services(session, lot.id, local_date(event.now), with_suspended=False):
        if not everyone and is_stale(service.places_confirmed_at, days, event.now):
            session.add(_left_out(request, service, days, event.now))
            continue
        session.add(
            Invitation(
                request_id=request.id,
                service_id=service.service_id,
                organisation_id=service.organisation_id,
                invited_at=event.now,
            )
        )
        queue(
            session,
            key=f"request.published:{request.id}:{service.service_id}",
            address=service.alert_email,
            message=messages.request_alert(
                request.reference,
                lot.name,
                request.offers_close_at or event.now,
                opportunity_link(base_url, request.id),
            ),
            now=event.now,
        )
        invited += 1
    session.flush()
    return invited


def _left_out(request: PlacementRequest, service: EnrolledService, days: int, now: dt.datetime) -> LeftOut:
    at = service.places_confirmed_at
    return LeftOut(
        request_id=request.id,
        service_id=service.service_id,
        organisation_id=service.organisation_id,
        reason=Gate.STALE_VACANCY.value,
        facts={"confirmed_days_ago": (now - at).days if at else None, "stale_after_days": days},
        at=now,
    )


def missed(session: Session, *, actor: Actor, now: dt.datetime) -> dict[str, int]:
    """How many requests that are still open each service of the actor's company was not told of, by service id,
    because its free places were stale.
    """
    actor.require(Permission.OPPORTUNITY_READ)
    rows = session.execute(
        select(LeftOut.service_id, func.count())
        .join(PlacementRequest, PlacementRequest.id == LeftOut.request_id)
        .where(
            LeftOut.organisation_id == actor.organisation_id,
            PlacementRequest.status == RequestStatus.PUBLISHED,
            PlacementRequest.offers_close_at > now,
        )
        .group_by(LeftOut.service_id)
    )
    return dict(rows.all())


def left_out_of(session: Session, *, actor: Actor, request_id: str) -> list[tuple[LeftOut, str, str]]:
    """Who was not told of the borough's own request although enrolled: why, its service's name and its provider's."""
    actor.require(Permission.OFFER_READ)
    request_for(session, actor=actor, request_id=request_id)
    return list(
        session.execute(
            select(LeftOut, Service.name, Organisation.name)
            .join(Service, Service.id == LeftOut.service_id)
            .join(Organisation, Organisation.id == LeftOut.organisation_id)
            .where(LeftOut.request_id == request_id)
            .order_by(Organisation.name, Service.name, LeftOut.id)
        )
    )


def opportunity_for(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> Opportunity:
    """A published request that the actor's company was invited to and may still read, or NotFound.

    An enrolment that is suspended or removed closes the door, unless the company has an offer in or its service is
    exempt for this request. So does the deadline
    for a company without an offer; at award the losers' access ends (F-39).
    """
    request, services, offers = _reach(session, actor, request_id)
    stage = stage_of(request, offers, now)
    if stage == 0:
        raise NotFound("request")
    return Opportunity(request, services, stage)


def may_read(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> bool:
    """Whether `opportunity_for` would show the request to the actor's company now."""
    try:
        opportunity_for(session, actor=actor, request_id=request_id, now=now)
    except NotFound:
        return False
    return True


def invited_to(session: Session, *, actor: Actor, request_id: str) -> tuple[PlacementRequest, tuple[Service, ...]]:
    """A published request that the actor's company was invited to, whatever the hour, and the services with which it
    may answer. NotFound for any other.

    For acts on it, which a deadline refuses by name. What it says is read through `opportunity_for`.
    """
    request, services, _ = _reach(session, actor, request_id)
    if request.status is not RequestStatus.PUBLISHED:
        raise NotFound("request")
    return request, services


def _reach(
    session: Session, actor: Actor, request_id: str
) -> tuple[PlacementRequest, tuple[Service, ...], list[Offer]]:
    actor.require(Permission.OPPORTUNITY_READ)
    request = session.get(PlacementRequest, request_id)
    rows = session.execute(
        select(Invitation, Service)
        .join(Service, Service.id == Invitation.service_id)
        .where(Invitation.request_id == request_id, Invitation.organisation_id == actor.organisation_id)
        .order_by(Service.name, Service.id)
    )
    invited = [service for _, service in rows]
    if request is None or not invited or request.lot_id is None:
        raise NotFound("request")
    offers = _own_offers(session, actor, request_id)
    open_to = tuple(
        service
        for service in invited
        if may_take_part(session, request=request, service_id=service.id)
        or any(offer.service_id == service.id for offer in offers)
    )
    if not open_to:
        raise NotFound("request")
    return request, open_to, offers


def _own_offers(session: Session, actor: Actor, request_id: str) -> list[Offer]:
    return list(
        session.scalars(
            select(Offer).where(
                Offer.request_id == request_id,
                Offer.organisation_id == actor.organisation_id,
                Offer.status != OfferStatus.WITHDRAWN,
            )
        )
    )


def stage_of(request: PlacementRequest, offers: list[Offer], now: dt.datetime) -> int:
    """How much a company with these offers may see now, 0 for nothing: computed at every view, stored nowhere.

    Who has not offered by the deadline has no more reason to read about the child, nor who can win no more where the
    children of a request are placed one after the other.
    """
    if any(offer.status is OfferStatus.WON for offer in offers):
        return 3
    if request.status is not RequestStatus.PUBLISHED or request.offers_close_at is None:
        return 0
    if now >= request.offers_close_at and all(offer.status is OfferStatus.LOST for offer in offers):
        return 0
    return 2 if any(offer.status is OfferStatus.PREFERRED for offer in offers) else 1


def invitations_of(session: Session, *, actor: Actor, request_id: str) -> list[tuple[Invitation, str, str]]:
    """Who was told of the borough's own request: the invitation, its service's name and its provider's, by provider."""
    actor.require(Permission.OFFER_READ)
    request_for(session, actor=actor, request_id=request_id)
    return list(
        session.execute(
            select(Invitation, Service.name, Organisation.name)
            .join(Service, Service.id == Invitation.service_id)
            .join(Organisation, Organisation.id == Invitation.organisation_id)
            .where(Invitation.request_id == request_id)
            .order_by(Organisation.name, Service.name, Invitation.id)
        )
    )


def mark_seen(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> None:
    """Note that the company has read the request, once. Called when it acts on it, never by looking."""
    for invitation in session.scalars(
        select(Invitation).where(
            Invitation.request_id == request_id,
            Invitation.organisation_id == actor.organisation_id,
            Invitation.first_seen_at.is_(None),
        )
    ):
        invitation.first_seen_at = now
    session.flush()
