"""A published request gets more time: for everybody alike, with a reason, and never less (F-34)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid
from app.core.workdays import deadline_words
from app.identity.permissions import Actor, Permission
from app.requests.changes import set_deadline
from app.requests.models import PlacementRequest
from app.requests.moves import for_change, required_reason
from app.requests.route import Route
from app.requests.status import RequestStatus, Urgency


def extend(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    closes_at: dt.datetime,
    reason: str,
    version: int,
    now: dt.datetime,
) -> PlacementRequest:
    """Give everybody invited until a later deadline, with the reason. Conflict once the deadline has passed: offers
    that came too late stay refused. Invalid at `closes_at` where it is not later, or `reason`.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    closes_now = must_be_open(request, now)
    if closes_at <= closes_now:
        raise Invalid(
            f"The new deadline must be later than {deadline_words(closes_now, now)}. It can never be brought forward.",
            field="closes_at",
        )
    said = required_reason(reason, "Say why the deadline is extended.")
    set_deadline(session, request, closes_at, now=now, why=said, actor=actor)
    return request


def leave_enough(
    session: Session,
    request: PlacementRequest,
    route: Route,
    *,
    why: str,
    now: dt.datetime,
    actor: Actor | None = None,
) -> bool:
    """Extend the deadline for all alike where less than the policy's time is left to whoever is told something now.
    Returns whether it was.
    """
    least = route.least_left(request.urgency or Urgency.PLANNED, now)
    if request.offers_close_at is None or request.offers_close_at >= least:
        return False
    set_deadline(session, request, least, now=now, why=why, actor=actor)
    return True


def must_be_open(request: PlacementRequest, now: dt.datetime) -> dt.datetime:
    """The deadline of a request that takes offers now. Conflict for any other."""
    if request.status is not RequestStatus.PUBLISHED or request.offers_close_at is None:
        raise Conflict("Only a request that is open for offers can be changed like this.")
    if request.offers_close_at <= now:
        raise Conflict("The deadline has passed, for everybody alike.")
    return request.offers_close_at
