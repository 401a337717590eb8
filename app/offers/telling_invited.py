"""E-mails to everybody who was invited to a request when its terms move: more time, other answers, or its withdrawal.

All are told the same at the same time (F-34). No message says anything about the child.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.errors import Conflict
from app.identity.permissions import Actor, Permission
from app.offers.invitations import invited_to
from app.offers.links import opportunity_link
from app.offers.models import Invitation, Offer
from app.offers.status import OfferStatus
from app.requests.changes import told_changes
from app.requests.events import DeadlineExtended, RequestAmended, RequestWithdrawn
from app.requests.models import PlacementRequest
from app.requests.status import ChangeKind
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service


def _told(session: Session, request_id: str) -> list[tuple[str, str, bool]]:
    """Each invited service: its id, its address, and whether it has an offer in. Whose offers are all decided knows how
    they ended, and is told no more.
    """
    offered = _has_offer(OfferStatus.SUBMITTED, OfferStatus.PREFERRED)
    rows = session.execute(
        select(Service.id, Service.alert_email, offered)
        .join(Invitation, Invitation.service_id == Service.id)
        .where(Invitation.request_id == request_id, offered | ~_has_offer(OfferStatus.WON, OfferStatus.LOST))
        .order_by(Service.id)
    )
    return [(id_, address, bool(has)) for id_, address, has in rows]


def _has_offer(*statuses: OfferStatus) -> ColumnElement[bool]:
    return exists().where(
        Offer.request_id == Invitation.request_id,
        Offer.service_id == Invitation.service_id,
        Offer.status.in_(statuses),
    )


def tell_extension(session: Session, event: DeadlineExtended, *, base_url: str) -> int:
    """Write to every invited service that all have longer. Returns to how many."""
    request = session.get_one(PlacementRequest, event.request_id)
    message = messages.deadline_extended(
        request.reference, request.offers_close_at or event.now, opportunity_link(base_url, request.id)
    )
    told = _told(session, request.id)
    for service_id, address, _ in told:
        key = f"request.extended:{request.id}:{event.position}:{service_id}"
        queue(session, key=key, address=address, message=message, now=event.now)
    return len(told)


def tell_amendment(session: Session, event: RequestAmended, *, base_url: str) -> int:
    """Write to every invited service which answers changed; who has an offer in is asked whether it stands."""
    request = session.get_one(PlacementRequest, event.request_id)
    link, closes_at = opportunity_link(base_url, request.id), request.offers_close_at or event.now
    told = _told(session, request.id)
    for service_id, address, offered in told:
        message = messages.request_amended(request.reference, event.labels, closes_at, link, offered=offered)
        key = f"request.amended:{request.id}:{event.position}:{service_id}"
        queue(session, key=key, address=address, message=message, now=event.now)
    return len(told)


def tell_withdrawal(session: Session, event: RequestWithdrawn, *, base_url: str) -> int:
    """Write to every invited service that has no offer in: the others learn it with the end of their offer. It comes
    before the offers are closed.
    """
    request = session.get_one(PlacementRequest, event.request_id)
    told = [(service_id, address) for service_id, address, offered in _told(session, request.id) if not offered]
    for service_id, address in told:
        key = f"request.withdrawn:{request.id}:{service_id}"
        message = messages.request_withdrawn(request.reference, f"{base_url}/provider/opportunities")
        queue(session, key=key, address=address, message=message, now=event.now)
    return len(told)


def must_say_whether_it_stands(session: Session, *, actor: Actor, request_id: str) -> bool:
    """Whether the actor's company has an offer in that it made before the answers last changed, and has not said yet
    that it stands.
    """
    changed = _last_amended(session, request_id)
    if changed is None:
        return False
    position, at = changed
    waiting = select(Offer.id).join(
        Invitation, (Invitation.request_id == Offer.request_id) & (Invitation.service_id == Offer.service_id)
    )
    waiting = waiting.where(
        Offer.request_id == request_id,
        Offer.organisation_id == actor.organisation_id,
        Offer.status == OfferStatus.SUBMITTED,
        Offer.changed_at <= at,
        (Invitation.stands_since.is_(None)) | (Invitation.stands_since < position),
    )
    return session.scalar(waiting.limit(1)) is not None


def say_it_stands(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> None:
    """The company has read what changed: its offers stand as they are. Conflict after the deadline, or where nothing
    changed.
    """
    actor.require(Permission.OFFER_WRITE)
    request, _ = invited_to(session, actor=actor, request_id=request_id)
    changed = _last_amended(session, request_id)
    if request.offers_close_at is None or now >= request.offers_close_at:
        raise Conflict("The deadline has passed, so there is nothing to answer any more.")
    if changed is None:
        raise Conflict("The request has not changed.")
    for invitation in session.scalars(
        select(Invitation).where(
            Invitation.request_id == request_id, Invitation.organisation_id == actor.organisation_id
        )
    ):
        invitation.stands_since = changed[0]
    session.flush()
    record(session, now=now, who=actor, act="offers.offer.stands", subject_kind="request", subject_id=request_id)


def _last_amended(session: Session, request_id: str) -> tuple[int, dt.datetime] | None:
    for change in told_changes(session, request_id):
        if change.kind is ChangeKind.AMENDED:
            return change.position, change.at
    return None
