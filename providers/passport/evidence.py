"""Evidence: a file that shows something, kept beside the question that it answers."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import NotFound
from app.core.files import Accepted, Store, keep
from app.identity.permissions import Actor, Permission
from providers.passport.models import Claim, Evidence


def add_evidence(
    session: Session,
    *,
    actor: Actor,
    store: Store,
    accepted: Accepted,
    question: str,
    last_day: dt.date | None,
    now: dt.datetime,
    claim_id: str | None = None,
) -> Evidence:
    """Add a file to the company's evidence, or to that of one of its services. What was there stays and counts no
    more. `NotFound` for another company's service.
    """
    actor.require(Permission.PASSPORT_WRITE)
    if claim_id is not None:
        own = select(Claim.id).where(Claim.id == claim_id, Claim.organisation_id == actor.organisation_id)
        if session.scalar(own) is None:
            raise NotFound("service")
    stored = keep(session, store, accepted, now=now)
    row = Evidence(
        organisation_id=actor.organisation_id,
        claim_id=claim_id,
        question=question,
        sha256=stored.sha256,
        file_name=accepted.name,
        last_day=last_day,
        added_by=actor.person_id,
        added_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="passport.evidence.add",
        subject_kind="evidence",
        subject_id=row.id,
        question=question,
        claim_id=claim_id,
        sha256=stored.sha256,
    )
    return row
