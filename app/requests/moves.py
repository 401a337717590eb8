"""Moving a request along its table of moves, and loading it for a change: locked, within reach, as it was shown."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Invalid, NotFound, Stale
from app.core.events import publish
from app.identity.models import Person
from app.identity.permissions import Actor
from app.requests.events import RequestApproved
from app.requests.models import PlacementRequest, RequestMove
from app.requests.status import REQUEST, RequestStatus


def for_change(session: Session, *, actor: Actor, request_id: str, version: int | None) -> PlacementRequest:
    """The borough's own request, locked until the transaction ends. NotFound; Stale where it has moved on since the
    page was shown, with what it has become.
    """
    request = session.scalar(
        select(PlacementRequest)
        .where(PlacementRequest.id == request_id, PlacementRequest.organisation_id == actor.organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is None:
        raise NotFound("request")
    if version is not None and request.version != version:
        raise Stale(
            f"{request.reference} changed while you were looking at it. It is now {what_it_is(request)}."
            f"{_who_last(session, request)} Look at it again before you go on.",
            request_id=request.id,
        )
    return request


def what_it_is(request: PlacementRequest) -> str:
    """The stored status inside a sentence."""
    words = REQUEST.words[request.status].lower()
    return f"a {words}" if request.status is RequestStatus.DRAFT else words


def _who_last(session: Session, request: PlacementRequest) -> str:
    last = session.execute(
        select(Person.name)
        .join(RequestMove, RequestMove.person_id == Person.id)
        .where(RequestMove.request_id == request.id)
        .order_by(RequestMove.position.desc())
        .limit(1)
    ).scalar_one_or_none()
    return f" {last} changed its status last." if last else ""


def move(
    session: Session,
    request: PlacementRequest,
    to: RequestStatus,
    *,
    now: dt.datetime,
    actor: Actor | None = None,
    person_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Change the status by the table of moves and keep the move. WrongMove where the table does not allow it.

    Whichever way a request is approved, RequestApproved follows from here.
    """
    request.status = REQUEST.require(request.status, to, f"Request {request.reference}")
    request.changed_at = now
    who = actor.person_id if actor else person_id
    keep_move(session, request.id, to, now=now, person_id=who, reason=reason)
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"requests.request.{to.value}",
        subject_kind="request",
        subject_id=request.id,
        reference=request.reference,
        **({"person_id": person_id} if actor is None and person_id else {}),
    )
    if to is RequestStatus.APPROVED:
        publish(session, RequestApproved(request.id, now))


def keep_move(
    session: Session, request_id: str, to: RequestStatus, *, now: dt.datetime, person_id: str | None, reason: str | None
) -> None:
    """Number and keep one move. The caller holds the lock on the request, or has just made it."""
    before = session.scalar(select(func.max(RequestMove.position)).where(RequestMove.request_id == request_id)) or 0
    session.add(
        RequestMove(
            request_id=request_id, position=before + 1, to_status=to, at=now, person_id=person_id, reason=reason
        )
    )
    session.flush()


def required_reason(reason: str, message: str) -> str:
    """A reason that says something. Invalid at the field `reason`."""
    reason = reason.strip()
    if not reason:
        raise Invalid(message, field="reason")
    if len(reason) > 2000:
        raise Invalid("The reason must be 2,000 characters or fewer.", field="reason")
    return reason


def last_move(session: Session, request_id: str, to: RequestStatus) -> RequestMove | None:
    """The latest move of a request to a status."""
    return session.scalar(
        select(RequestMove)
        .where(RequestMove.request_id == request_id, RequestMove.to_status == to)
        .order_by(RequestMove.position.desc())
        .limit(1)
    )
