"""Offers within an actor's reach."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Select, case, exists, func, or_, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.offers.children import children_words, positions_of
from app.offers.exemptions import exempt_there
from app.offers.holds import live_hold
from app.offers.models import Evaluation, Invitation, Offer
from app.offers.status import OFFER, OfferStatus
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.services.models import Service

__all__ = ["live_hold", "preferred"]


@dataclass(frozen=True)
class OpportunityLine:
    """A published request as a provider's list shows it: nothing that identifies. Age and sex are the first child's."""

    request_id: str
    reference: str
    lot: str
    service_type: ServiceType
    offers_close_at: dt.datetime
    needed_from: dt.date | None
    age_weeks: int
    sex: str
    service_names: str
    offered: int
    declined: bool
    children: int


@dataclass(frozen=True)
class OwnOffer:
    """A company's own offer with its request's reference, state and lot, and its service's name."""

    offer: Offer
    reference: str
    service_name: str
    lot: str
    request_status: RequestStatus
    offers_close_at: dt.datetime
    children: str
    """Whom the offer is for, in words, where the request has several children; else empty."""

    @property
    def ended_words(self) -> str:
        """How the request ended without an award; "" where it has not."""
        ended = {RequestStatus.WITHDRAWN: "Request withdrawn", RequestStatus.UNPLACED: "Closed without a placement"}
        return ended.get(self.request_status, "")

    def words(self, now: dt.datetime) -> str:
        """Where the offer stands, in words that give nothing of anybody else away."""
        ended = self.ended_words
        if ended and self.offer.status not in (OfferStatus.WITHDRAWN, OfferStatus.WON):
            return ended
        if self.offer.status is OfferStatus.SUBMITTED:
            return "Sent, sealed" if now < self.offers_close_at else "With the council"
        return {OfferStatus.PREFERRED: "Preferred, place held"}.get(self.offer.status, OFFER.words[self.offer.status])


@dataclass(frozen=True)
class OpenedOffer:
    """An offer after the deadline, with the names of its service and its provider, and whom it is for in words, where
    its request has several children.
    """

    offer: Offer
    service_name: str
    provider_name: str
    children: str


def chosen_offers(session: Session, *, actor: Actor, request_id: str) -> list[Offer]:
    """The offers that the borough prefers or has awarded, by the children whom they are for: at most one for each."""
    request_for(session, actor=actor, request_id=request_id)
    offers = session.scalars(
        select(Offer).where(Offer.request_id == request_id, Offer.status.in_([OfferStatus.PREFERRED, OfferStatus.WON]))
    )
    return sorted(offers, key=lambda offer: positions_of(offer.children_key))


def preferred(session: Session, *, actor: Actor, request_id: str, offer_id: str | None = None) -> Offer | None:
    """The offer that the borough prefers, or has awarded. Where there are several, for different children, the one
    that is asked for, or else the first that still waits.
    """
    found = chosen_offers(session, actor=actor, request_id=request_id)
    if offer_id is not None:
        return next((offer for offer in found if offer.id == offer_id), None)
    return min(found, key=lambda offer: offer.status is OfferStatus.WON, default=None)


def evaluation_of(session: Session, *, actor: Actor, request_id: str) -> Evaluation | None:
    """The frozen shortlist of one's own borough's request."""
    actor.require(Permission.OFFER_READ)
    request_for(session, actor=actor, request_id=request_id)
    return session.scalar(select(Evaluation).where(Evaluation.request_id == request_id))


def opened_offer(session: Session, *, actor: Actor, request_id: str, offer_id: str) -> OpenedOffer:
    """One opened offer for the borough's own request, with its names. NotFound before it is opened."""
    actor.require(Permission.OFFER_READ)
    request = request_for(session, actor=actor, request_id=request_id)
    row = session.execute(
        select(Offer, Service.name, Organisation.name)
        .join(Service, Service.id == Offer.service_id)
        .join(Organisation, Organisation.id == Offer.organisation_id)
        .where(Offer.id == offer_id, Offer.request_id == request_id, Offer.opened_at.is_not(None))
    ).one_or_none()
    if row is None:
        raise NotFound("offer")
    offer, service_name, provider_name = row
    return OpenedOffer(offer, service_name, provider_name, children_words(offer.children_key, request.places))


def opportunities(
    session: Session, *, actor: Actor, now: dt.datetime, limit: int = 25, offset: int = 0
) -> tuple[list[OpportunityLine], int]:
    """Open requests that the actor's company was invited to and may still read, the first to close first, and how many
    there are. Those it declined come last.
    """
    actor.require(Permission.OPPORTUNITY_READ)
    enrolled = exists().where(
        Enrolment.claim_id == Service.claim_id,
        Enrolment.lot_id == PlacementRequest.lot_id,
        or_(Enrolment.status == EnrolmentStatus.ENROLLED, exempt_there()),
    )
    mine = (
        select(
            Invitation.request_id,
            func.count(Offer.id).label("offered"),
            func.min(Service.name).label("first_name"),
            func.count(Service.id.distinct()).label("services"),
            func.count(Invitation.declined_at).label("declined"),
        )
        .join(Service, Service.id == Invitation.service_id)
        .join(PlacementRequest, PlacementRequest.id == Invitation.request_id)
        .outerjoin(
            Offer,
            (Offer.request_id == Invitation.request_id)
            & (Offer.service_id == Invitation.service_id)
            & (Offer.status != OfferStatus.WITHDRAWN),
        )
        .where(Invitation.organisation_id == actor.organisation_id, or_(enrolled, Offer.id.is_not(None)))
        .group_by(Invitation.request_id)
        .subquery()
    )
    declined = case((mine.c.declined == mine.c.services, 1), else_=0)
    statement = (
        select(PlacementRequest, Lot, mine.c.offered, mine.c.first_name, mine.c.services, declined)
        .join(mine, mine.c.request_id == PlacementRequest.id)
        .join(Lot, Lot.id == PlacementRequest.lot_id)
        .where(PlacementRequest.status == RequestStatus.PUBLISHED, PlacementRequest.offers_close_at > now)
    )
    total = session.scalar(statement.with_only_columns(func.count(PlacementRequest.id))) or 0
    order = (declined, PlacementRequest.offers_close_at, PlacementRequest.id)
    rows = session.execute(statement.order_by(*order).limit(limit).offset(offset))
    return [
        OpportunityLine(
            request_id=request.id,
            reference=request.reference,
            lot=lot.name,
            service_type=lot.service_type,
            offers_close_at=request.offers_close_at or now,
            needed_from=request.needed_from,
            age_weeks=request.age_weeks or 0,
            sex=request.sex or "",
            service_names=first if services == 1 else f"{first} and {services - 1} more",
            offered=offered,
            declined=bool(said_no),
            children=request.places,
        )
        for request, lot, offered, first, services, said_no in rows
    ], total


def own_offers(session: Session, *, actor: Actor, limit: int = 25, offset: int = 0) -> tuple[list[OwnOffer], int]:
    """The actor's company's offers, the latest first, and how many there are."""
    actor.require(Permission.OPPORTUNITY_READ)
    statement = _own(actor)
    total = session.scalar(statement.with_only_columns(func.count(Offer.id))) or 0
    rows = session.execute(statement.order_by(Offer.changed_at.desc(), Offer.id).limit(limit).offset(offset))
    return [_line(*row) for row in rows], total


def own_offer_line(session: Session, *, actor: Actor, offer_id: str) -> OwnOffer:
    """One offer of the actor's company, or NotFound."""
    actor.require(Permission.OPPORTUNITY_READ)
    row = session.execute(_own(actor).where(Offer.id == offer_id)).one_or_none()
    if row is None:
        raise NotFound("offer")
    return _line(*row)


def own_offers_for(session: Session, *, actor: Actor, request_id: str) -> list[OwnOffer]:
    """The offers that the actor's company has in for a request, by service."""
    actor.require(Permission.OPPORTUNITY_READ)
    statement = _own(actor).where(Offer.request_id == request_id, Offer.status != OfferStatus.WITHDRAWN)
    return [_line(*row) for row in session.execute(statement.order_by(Service.name, Offer.id))]


def _own(actor: Actor) -> Select[Offer, PlacementRequest, str, str]:
    return (
        select(Offer, PlacementRequest, Service.name, Lot.name)
        .join(PlacementRequest, PlacementRequest.id == Offer.request_id)
        .join(Service, Service.id == Offer.service_id)
        .join(Lot, Lot.id == PlacementRequest.lot_id)
        .where(Offer.organisation_id == actor.organisation_id)
    )


def _line(offer: Offer, request: PlacementRequest, service_name: str, lot: str) -> OwnOffer:
    closes = request.offers_close_at or offer.changed_at
    children = children_words(offer.children_key, request.places)
    return OwnOffer(offer, request.reference, service_name, lot, request.status, closes, children)


@dataclass(frozen=True)
class Told:
    """How many services were told of a request, and how many said that they will not offer."""

    invited: int
    declined: int


def told(session: Session, *, actor: Actor, request_id: str) -> Told:
    """For the request's own borough. The number of offers is not in it: nobody is told that before the deadline."""
    request_for(session, actor=actor, request_id=request_id)
    invited, declined = session.execute(
        select(func.count(Invitation.id), func.count(Invitation.declined_at)).where(Invitation.request_id == request_id)
    ).one()
    return Told(invited, declined)
