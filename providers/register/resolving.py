"""A person resolves a judgement that contradicts itself (F-10). Until then it is never scored."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, events
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.permissions import Actor, Permission
from providers.register.comparing import judgement_of, standing_change
from providers.register.events import JudgementResolved
from providers.register.judgements import Judgement
from providers.register.models import Inspection
from providers.register.status import Resolution

MAX_REASON = 2000


def inspection_in_doubt(session: Session, inspection_id: str) -> Inspection:
    """A judgement that contradicts itself, resolved or not; NotFound for any other id."""
    found = session.get(Inspection, inspection_id.replace("\0", " "))
    if found is None or not found.contradictory:
        raise NotFound("judgement to resolve")
    return found


def resolve_judgement(
    session: Session, *, actor: Actor, inspection_id: str, resolution: Resolution, reason: str, now: dt.datetime
) -> Inspection:
    """Record how a contradictory judgement counts from now on, by whom and why.

    Needs `REGISTER_RESOLVE`. `Invalid` (field "reason") without a reason, `Conflict` when somebody has resolved it
    already, `NotFound` for a judgement that is not contradictory. Publishes `JudgementResolved`, and `Regraded` when
    the registration now stands on another grade. A later file that corrects the judgement takes the resolution away,
    for it was about other words.
    """
    actor.require(Permission.REGISTER_RESOLVE)
    inspection = inspection_in_doubt(session, inspection_id)
    if inspection.resolution is not None:
        raise Conflict("Somebody has already resolved this judgement.")
    reason = reason.strip()
    if not reason:
        raise Invalid("Enter why you count it this way.", field="reason")
    if len(reason) > MAX_REASON:
        raise Invalid(f"The reason must be {MAX_REASON:,} characters or fewer.", field="reason")
    before = _history(session, inspection.urn)
    inspection.resolution = resolution
    inspection.resolved_by = actor.person_id
    inspection.resolved_at = now
    inspection.reason = reason
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="register.judgement.resolve",
        subject_kind="inspection",
        subject_id=inspection.id,
        urn=inspection.urn,
        resolution=resolution.value,
    )
    change = standing_change(inspection.urn, before, _history(session, inspection.urn), local_date(now))
    if change is not None:
        events.publish(session, change)
    events.publish(session, JudgementResolved(inspection.urn, inspection.id))
    return inspection


def _history(session: Session, urn: str) -> list[Judgement]:
    rows = session.execute(select(Inspection.__table__).where(Inspection.urn == urn).order_by(Inspection.id))
    return [judgement_of(dict(row._mapping)) for row in rows]
