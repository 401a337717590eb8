"""Telling the enrolled services of a lot that a request is published, and who may read it from then on (F-3, F-8).

The invitation and its e-mail are written in the publishing transaction: whoever is invited is told, or nobody is.
Where the lot's mode lets us choose, a service that fails a gate is left out, and every gate is kept (`candidates`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.offers.alerting import tell_candidates
from app.offers.candidates import Candidate, candidates_of, stored
from app.offers.children import positions_of
from app.offers.funnel import Fallen, Funnel, funnel_of
from app.offers.models import Invitation, LeftOut, Offer
from app.offers.standing import may_take_part
from app.offers.status import OfferStatus
from app.offers.waves import plan_waves
from app.requests.events import RequestPublished
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.reach import AWARDED, INVITED, SHORTLISTED, Reach
from app.requests.status import RequestStatus
from matching.rank import Gate
from providers.market.models import Lot
from providers.passport.status import EnrolmentStatus
from providers.services.models import Service


@dataclass(frozen=True)
class Opportunity:
    """A request as a provider reaches it: through which of its services, and how much of each child it may see."""

    request: PlacementRequest
    services: tuple[Service, ...]
    reach: Reach

    @property
    def stage(self) -> int:
        """The latest stage (1 to 3) that the company has reached for any child."""
        return self.reach.furthest


def invite_enrolled(session: Session, event: RequestPublished, *, base_url: str) -> int:
    """Tell the services of the request's first wave, and keep why each other one was not. Returns how many are told.

    Under a mode that invites everyone that is every enrolled service; under the others those that pass every gate or
    that an officer included. Later waves are written down with the times at which they open.
    """
    request = session.get_one(PlacementRequest, event.request_id)
    found = candidates_of(session, request=request, lot=session.get_one(Lot, request.lot_id), now=event.now)
    tiers = found.tiers
    first = tiers[0] if tiers else 1
    told = tell_candidates(
        session,
        request,
        found.lot,
        [one for one in found.invited if one.tier == first],
        wave=1,
        now=event.now,
        base_url=base_url,
    )
    for one in found.left_out:
        if one.service.status is EnrolmentStatus.ENROLLED:
            session.add(_left_out(request, one, event.now))
    plan_waves(session, request, found, event.now)
    session.flush()
    return told


def _left_out(request: PlacementRequest, one: Candidate, now: dt.datetime) -> LeftOut:
    gates = [refusal.gate for refusal in one.refusals]
    other = [gate for gate in gates if gate is not Gate.STALE_VACANCY]
    return LeftOut(
        request_id=request.id,
        service_id=one.service.service_id,
        organisation_id=one.service.organisation_id,
        reason=(other or gates)[0].value,
        facts={"gates": stored(one.refusals), "miles": one.miles},
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
            LeftOut.reason == Gate.STALE_VACANCY.value,
            ~_told_later(),
            PlacementRequest.status == RequestStatus.PUBLISHED,
            PlacementRequest.offers_close_at > now,
        )
        .group_by(LeftOut.service_id)
    )
    return dict(rows.all())


def left_out_of(session: Session, *, actor: Actor, request_id: str) -> list[tuple[LeftOut, str, str]]:
    """Who has not been told of the borough's own request although enrolled, nor in a later wave: why, its service's
    name and its provider's.
    """
    actor.require(Permission.OFFER_READ)
    request_for(session, actor=actor, request_id=request_id)
    return list(
        session.execute(
            select(LeftOut, Service.name, Organisation.name)
            .join(Service, Service.id == LeftOut.service_id)
            .join(Organisation, Organisation.id == LeftOut.organisation_id)
            .where(LeftOut.request_id == request_id, ~_told_later())
            .order_by(Organisation.name, Service.name, LeftOut.id)
        )
    )


def untold_funnel(left_out: Iterable[tuple[LeftOut, str, str]]) -> Funnel:
    """Where the services fell of which none was told: rows of `left_out_of`. Old rows name the first gate alone."""
    return funnel_of(
        [
            Fallen(service, tuple(Gate(one["gate"]) for one in row.facts.get("gates", ())) or (Gate(row.reason),))
            for row, service, _ in left_out
        ]
    )


def _told_later() -> ColumnElement[bool]:
    return exists().where(Invitation.request_id == LeftOut.request_id, Invitation.service_id == LeftOut.service_id)


def opportunity_for(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> Opportunity:
    """A published request that the actor's company was invited to and may still read, or NotFound.

    An enrolment that is suspended or removed closes the door, unless the company has an offer in or its service is
    exempt for this request. So does the deadline
    for a company without an offer; at award the losers' access ends (F-39).
    """
    request, services, offers = _reach(session, actor, request_id)
    reach = reach_of(request, offers, placed_in(session, request_id), now)
    if reach.furthest == 0:
        raise NotFound("request")
    return Opportunity(request, services, reach)


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


def placed_in(session: Session, request_id: str) -> frozenset[int]:
    """The children of a request for whom an offer has won."""
    keys = session.scalars(
        select(Offer.children_key).where(Offer.request_id == request_id, Offer.status == OfferStatus.WON)
    )
    return frozenset(position for key in keys for position in positions_of(key))


def reach_of(request: PlacementRequest, offers: list[Offer], placed: Collection[int], now: dt.datetime) -> Reach:
    """How much of each child a company with these offers may see now: computed at every view, stored nowhere. `placed`
    are the children for whom any company's offer has won.

    What it has won or is preferred for counts for those children alone. Who has not offered by the deadline has no more
    reason to read about a child, nor who can win no more, nor anybody but the winner about a child who is placed.
    """
    live = any(offer.status in (OfferStatus.SUBMITTED, OfferStatus.PREFERRED) for offer in offers)
    published = request.status is RequestStatus.PUBLISHED and request.offers_close_at is not None
    before = request.offers_close_at is not None and now < request.offers_close_at

    def stage(position: int) -> int:
        own = [offer.status for offer in offers if position in positions_of(offer.children_key)]
        if OfferStatus.WON in own:
            return AWARDED
        if not published or position in placed or not (before or live):
            return 0
        if not before and own and all(status is OfferStatus.LOST for status in own):
            return 0
        return SHORTLISTED if OfferStatus.PREFERRED in own else INVITED

    return Reach({child.position: stage(child.position) for child in request.children})


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
