"""A company says that it will not offer, and why, in a code that adds up across requests. It may think again until the
deadline.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Conflict, Invalid
from app.identity.permissions import Actor, Permission
from app.offers.invitations import invited_to, mark_seen
from app.offers.models import Invitation, Offer
from app.offers.status import OfferStatus
from app.requests.models import PlacementRequest


class DeclineCode(StrEnum):
    """Why a company does not offer."""

    FULL = "full"
    OTHERS_HERE = "others_here"
    LOCATION = "location"
    STAFFING = "staffing"
    RISK = "risk"
    PRICE = "price"
    OTHER = "other"


DECLINE_WORDS: dict[DeclineCode, str] = {
    DeclineCode.FULL: "We have no free place",
    DeclineCode.OTHERS_HERE: "Not a good match for other children living here",
    DeclineCode.LOCATION: "The location does not fit",
    DeclineCode.STAFFING: "We do not have the staff or the skills now",
    DeclineCode.RISK: "We could not keep the child or others safe",
    DeclineCode.PRICE: "We could not do it at a price likely to be agreed",
    DeclineCode.OTHER: "Another reason",
}


def decline_words(code: str | None) -> str:
    """A stored code as people say it."""
    return DECLINE_WORDS[DeclineCode(code)] if code else ""


def decline(session: Session, *, actor: Actor, request_id: str, code: str, now: dt.datetime) -> int:
    """Say that the company will not offer, for every service of its that was invited. Returns for how many.

    Invalid for an unknown code; Conflict after the deadline, or where an offer stands: withdraw it first.
    """
    actor.require(Permission.OFFER_WRITE)
    request = _open(session, actor, request_id, now)
    if code not in set(DeclineCode):
        raise Invalid("Choose why you will not offer.", field="code")
    standing = session.scalar(
        select(Offer.id).where(
            Offer.request_id == request_id,
            Offer.organisation_id == actor.organisation_id,
            Offer.status != OfferStatus.WITHDRAWN,
        )
    )
    if standing is not None:
        raise Conflict("You have an offer in. Withdraw it before you decline.")
    mark_seen(session, actor=actor, request_id=request_id, now=now)
    changed = _mark(session, actor, request_id, at=now, code=code)
    audit.record(
        session,
        now=now,
        who=actor,
        act="offers.invitation.decline",
        subject_kind="request",
        subject_id=request.id,
        code=code,
    )
    return changed


def undo_decline(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> int:
    """Take a decline back before the deadline. Returns for how many services."""
    actor.require(Permission.OFFER_WRITE)
    request = _open(session, actor, request_id, now)
    changed = _mark(session, actor, request_id, at=None, code=None)
    audit.record(
        session,
        now=now,
        who=actor,
        act="offers.invitation.undo_decline",
        subject_kind="request",
        subject_id=request.id,
    )
    return changed


def declined_code(session: Session, *, actor: Actor, request_id: str) -> str | None:
    """The code with which the actor's company declined, or None where it has not."""
    return session.scalar(
        select(Invitation.decline_code)
        .where(
            Invitation.request_id == request_id,
            Invitation.organisation_id == actor.organisation_id,
            Invitation.declined_at.is_not(None),
        )
        .order_by(Invitation.id)
        .limit(1)
    )


def take_back_decline(session: Session, *, request_id: str, service_id: str) -> None:
    """Whoever offers has not declined."""
    session.execute(
        update(Invitation)
        .where(Invitation.request_id == request_id, Invitation.service_id == service_id)
        .values(declined_at=None, decline_code=None)
    )


def _open(session: Session, actor: Actor, request_id: str, now: dt.datetime) -> PlacementRequest:
    request, _ = invited_to(session, actor=actor, request_id=request_id)
    if request.offers_close_at is None or now >= request.offers_close_at:
        raise Conflict("The deadline has passed, so there is nothing to answer any more.")
    return request


def _mark(session: Session, actor: Actor, request_id: str, *, at: dt.datetime | None, code: str | None) -> int:
    rows = session.scalars(
        select(Invitation).where(
            Invitation.request_id == request_id, Invitation.organisation_id == actor.organisation_id
        )
    ).all()
    for row in rows:
        row.declined_at, row.decline_code = at, code
    session.flush()
    return len(rows)
