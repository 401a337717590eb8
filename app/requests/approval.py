"""A second person's approval of a submitted request. No single person can do everything."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.core.errors import NotAllowed
from app.core.events import publish
from app.identity.permissions import Actor, Permission
from app.requests.events import RequestReturned
from app.requests.findings import must_point_at_nobody
from app.requests.models import PlacementRequest
from app.requests.moves import for_change, last_move, move, required_reason
from app.requests.status import REQUEST, RequestStatus
from app.requests.submitting import submit

TWO_PEOPLE = (
    "You submitted this request, so somebody else must approve it. No single person can take a request to the market."
)


def approve(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, version: int, now: dt.datetime
) -> PlacementRequest:
    """A manager agrees that the request may go to the market as it reads now. NotAllowed for whoever submitted it;
    Conflict while its text still points at the child.
    """
    actor.require(Permission.REQUEST_APPROVE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    submitted = last_move(session, request.id, RequestStatus.SUBMITTED)
    if submitted is not None and submitted.person_id == actor.person_id:
        raise NotAllowed(TWO_PEOPLE)
    REQUEST.require(request.status, RequestStatus.APPROVED, f"Request {request.reference}")
    must_point_at_nobody(
        session,
        vault=vault,
        request=request,
        otherwise="Say of each why it identifies nobody, or send the request back.",
    )
    request.approved_at = now
    move(session, request, RequestStatus.APPROVED, now=now, actor=actor)
    return request


def send_back(
    session: Session, *, actor: Actor, request_id: str, reason: str, version: int, now: dt.datetime
) -> PlacementRequest:
    """Return a submitted or approved request to its writer as a draft, saying what must change."""
    actor.require(Permission.REQUEST_APPROVE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    said = required_reason(reason, "Say what must change before it can be approved.")
    request.submitted_at = request.approved_at = None
    move(session, request, RequestStatus.DRAFT, now=now, actor=actor, reason=said)
    publish(session, RequestReturned(request.id, now))
    return request


__all__ = ["TWO_PEOPLE", "approve", "send_back", "submit"]
