"""Whether a service may take part in a request and take its child: what was true when it was ranked may no longer be
(F-14). An excluded supplier's offer is disregarded, and an excludable one's until a person has decided (F-7).

Enrolled on the lot, or exempt for this one request (F-16). Asked again at every step that binds somebody: the choice,
the panel's approval, an emergency authority, the award and the start; the start asks no more about the company's
exclusion, which ends contracts by their terms and not by a child at the door.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.errors import Conflict
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.offers.exemptions import exempt_there, is_exempt, not_ended
from app.offers.models import Evaluation, Exemption, Invitation, Offer
from app.offers.status import OfferStatus
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from providers.passport.exclusions import standing_of
from providers.passport.gateway import stopped_by_judgement
from providers.passport.models import Enrolment, EnrolmentMove
from providers.passport.status import EnrolmentStatus
from providers.services.models import Service
from providers.services.queries import is_enrolled


def may_take_part(session: Session, *, request: PlacementRequest, service_id: str) -> bool:
    """Whether a service may be invited to a request, read it, offer for it and take its child."""
    if request.lot_id is None:
        return False
    return is_enrolled(session, service_id, request.lot_id) or is_exempt(
        session, request_id=request.id, service_id=service_id
    )


@dataclass(frozen=True, slots=True)
class Stopped:
    """A service that a request was told to, or has an offer of, and that takes no new placements on its lot now.

    `offer_id` is its offer, None while offers are sealed: nobody then learns who offered. `status` is `suspended` or
    `removed`, `since` when that began, where it is known, and `basis` says in words on what.
    """

    request_id: str
    offer_id: str | None
    preferred: bool
    service: str
    provider: str
    status: EnrolmentStatus
    since: dt.datetime | None
    basis: str | None


def stopped_services(session: Session, actor: Actor, request_ids: Iterable[str]) -> dict[str, list[Stopped]]:
    """By published request of the actor's borough: the services that stand behind it and are suspended or removed now,
    by name. While its offers are sealed these are the ones that were told of it; once they are open, the ones with an
    offer that is undecided or preferred. A request without any is not in it. Derived, so a reinstatement takes it away.
    """
    actor.require(Permission.OFFER_READ)
    rows = session.execute(_stopped(actor).where(PlacementRequest.id.in_(list(request_ids))))
    found: dict[str, list[Stopped]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(
            Stopped(
                row.id,
                row.offer_id,
                row.offer_status is OfferStatus.PREFERRED,
                row.service,
                row.provider,
                row.status or EnrolmentStatus.REMOVED,
                row.at,
                row.basis,
            )
        )
    return found


def _stopped(actor: Actor) -> Select[str, str, OfferStatus, str, str, EnrolmentStatus, dt.datetime, str | None]:
    opened = exists().where(Evaluation.request_id == PlacementRequest.id)
    standing = aliased(Enrolment)
    enrolled = exists().where(
        standing.claim_id == Service.claim_id,
        standing.lot_id == PlacementRequest.lot_id,
        standing.status == EnrolmentStatus.ENROLLED,
    )
    live = and_(
        Offer.request_id == PlacementRequest.id,
        Offer.service_id == Service.id,
        Offer.status.in_([OfferStatus.SUBMITTED, OfferStatus.PREFERRED]),
        opened,
    )
    return (
        select(
            PlacementRequest.id,
            Offer.id.label("offer_id"),
            Offer.status.label("offer_status"),
            Service.name.label("service"),
            Organisation.name.label("provider"),
            Enrolment.status,
            EnrolmentMove.at,
            EnrolmentMove.basis,
        )
        .select_from(Invitation)
        .join(PlacementRequest, PlacementRequest.id == Invitation.request_id)
        .join(Service, Service.id == Invitation.service_id)
        .join(Organisation, Organisation.id == Service.organisation_id)
        .outerjoin(Offer, live)
        .outerjoin(Enrolment, Enrolment.id == _last_enrolment())
        .outerjoin(
            EnrolmentMove,
            and_(EnrolmentMove.enrolment_id == Enrolment.id, EnrolmentMove.number == Enrolment.version),
        )
        .where(
            PlacementRequest.organisation_id == actor.organisation_id,
            PlacementRequest.status == RequestStatus.PUBLISHED,
            ~enrolled,
            ~exempt_there(),
            or_(Offer.id.is_not(None), ~opened),
        )
        .order_by(PlacementRequest.id, Service.name, Service.id)
    )


def _last_enrolment() -> ScalarSelect[str]:
    """The enrolment of a service on a request's lot that stands, or else the one that was removed last."""
    one = aliased(Enrolment)
    return (
        select(one.id)
        .where(one.claim_id == Service.claim_id, one.lot_id == PlacementRequest.lot_id)
        .order_by(one.status == EnrolmentStatus.REMOVED, one.enrolled_at.desc(), one.id)
        .limit(1)
        .correlate(Service, PlacementRequest)
        .scalar_subquery()
    )


def must_be_enrolled(session: Session, offer: Offer) -> None:
    """Conflict where the offer's service is no longer enrolled on the request's lot, suspended or removed from it, and
    not exempt for this request either.

    The enrolment, and the exemption where that counts, is shared until this transaction ends, so that a suspension or a
    withdrawal at the same moment either comes first and is seen here, or waits and finds what was decided.
    """
    on_lot = (
        select(Enrolment.id)
        .join(Service, Service.claim_id == Enrolment.claim_id)
        .join(PlacementRequest, PlacementRequest.lot_id == Enrolment.lot_id)
        .where(Service.id == offer.service_id, PlacementRequest.id == offer.request_id)
    )
    enrolled = session.scalar(
        on_lot.where(Enrolment.status == EnrolmentStatus.ENROLLED).with_for_update(read=True, of=Enrolment)
    )
    if enrolled is not None:
        return
    exempt = session.scalar(
        on_lot.join(Exemption, (Exemption.service_id == Service.id) & (Exemption.request_id == PlacementRequest.id))
        .where(not_ended(), stopped_by_judgement())
        .with_for_update(read=True, of=[Enrolment, Exemption])
    )
    if exempt is None:
        raise Conflict("This service is suspended or has left the lot since, so it cannot take the child.")


def must_not_be_disregarded(session: Session, offer: Offer, on: dt.date) -> None:
    """Conflict where the offer's company is excluded, or excludable with nobody's decision, on a day (F-7)."""
    standing = standing_of(session, offer.organisation_id, on)
    if standing.bars is not None:
        raise Conflict(f"{standing.bars} Its offer is disregarded, so choose another.")
    if standing.undecided is not None:
        raise Conflict(f"{standing.undecided} Ask the hub, which has to decide before this offer can go on.")
