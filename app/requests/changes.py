"""The numbered history of what happens to a request on its way, beside its moves from status to status."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.events import publish as tell
from app.identity.models import Person
from app.identity.permissions import Actor
from app.requests.events import DeadlineExtended
from app.requests.models import PlacementRequest, RequestChange
from app.requests.queries import request_for
from app.requests.status import ChangeKind

OPEN_OFFERS = "open_offers"


@dataclass(frozen=True)
class Change:
    """One change as it is shown: what, when, by whom, why, and its figures."""

    position: int
    kind: ChangeKind
    at: dt.datetime
    person: str | None
    words: str | None
    facts: dict[str, Any]


def keep_change(
    session: Session,
    request: PlacementRequest,
    kind: ChangeKind,
    *,
    now: dt.datetime,
    actor: Actor | None = None,
    words: str | None = None,
    sealed_detail: str | None = None,
    **facts: Any,
) -> RequestChange:
    """Number and keep one change, and audit it. The caller holds the lock on the request."""
    last = select(func.max(RequestChange.position)).where(RequestChange.request_id == request.id)
    row = RequestChange(
        request_id=request.id,
        position=(session.scalar(last) or 0) + 1,
        kind=kind,
        at=now,
        person_id=actor.person_id if actor else None,
        words=words,
        facts=facts,
        sealed_detail=sealed_detail,
    )
    session.add(row)
    request.changed_at = now
    session.flush()
    act = f"requests.route.{kind.value}"
    audit.record(
        session, now=now, who=actor, act=act, subject_kind="request", subject_id=request.id, position=row.position
    )
    return row


def changes_of(session: Session, *, actor: Actor, request_id: str) -> list[Change]:
    """Every change of the borough's own request, the latest first."""
    request = request_for(session, actor=actor, request_id=request_id)
    rows = session.execute(
        select(RequestChange, Person.name)
        .outerjoin(Person, Person.id == RequestChange.person_id)
        .where(RequestChange.request_id == request.id)
        .order_by(RequestChange.position.desc())
    )
    return [Change(row.position, row.kind, row.at, name, row.words, row.facts) for row, name in rows]


def told_changes(session: Session, request_id: str) -> list[Change]:
    """What everybody invited to a request was told of since it was published, the latest first: changed answers by
    their labels, and later deadlines. Who changed them and why is the borough's own. The caller has checked that the
    company was invited.
    """
    rows = session.scalars(
        select(RequestChange)
        .where(
            RequestChange.request_id == request_id,
            RequestChange.kind.in_([ChangeKind.AMENDED, ChangeKind.EXTENDED]),
        )
        .order_by(RequestChange.position.desc())
    )
    return [
        Change(row.position, row.kind, row.at, None, None, row.facts) for row in rows if row.facts.get("told", True)
    ]


def set_deadline(
    session: Session,
    request: PlacementRequest,
    closes_at: dt.datetime,
    *,
    now: dt.datetime,
    why: str,
    actor: Actor | None = None,
) -> None:
    """Move the deadline of a published request later, for everybody alike, tell all who were invited, and have the
    offers opened then (F-34). The caller has checked that it is later; the database refuses an earlier one.
    """
    before = request.offers_close_at
    request.offers_close_at = closes_at
    row = keep_change(
        session,
        request,
        ChangeKind.EXTENDED,
        now=now,
        actor=actor,
        words=why,
        before=before.isoformat() if before else None,
        closes_at=closes_at.isoformat(),
    )
    jobs.schedule(
        session,
        kind=OPEN_OFFERS,
        key=f"{request.id}:{row.position}",
        payload={"request_id": request.id},
        due_at=closes_at,
    )
    tell(session, DeadlineExtended(request.id, row.position, now))
