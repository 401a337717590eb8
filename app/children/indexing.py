"""Blind indexes for records that are older than an index: a job computes them from what is sealed, since that takes the
keys and a migration has none.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.indexes import marks_of
from app.children.models import Child
from app.children.records import reveal
from app.core.crypto import Vault
from app.core.jobs import schedule

KIND = "index_children"
AT_ONCE = 200
"""How many records are indexed in one step of the job."""


def index_missing(session: Session, vault: Vault, limit: int = AT_ONCE) -> int:
    """Index records that have no index of their birth. Returns how many were done: 0 says that all have theirs."""
    rows = session.scalars(
        select(Child)
        .where(Child.wrapped_key.is_not(None), Child.birth_index.is_(None))
        .order_by(Child.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for child in rows:
        who = reveal(vault=vault, child=child)
        marks_of(session, vault, who.given_name, who.family_name, who.date_of_birth).put_on(child)
    session.flush()
    return len(rows)


def index_step(session: Session, payload: dict[str, Any], now: dt.datetime, *, vault: Vault) -> None:
    """One step of the job: some records, and another step while there are more."""
    if index_missing(session, vault) == AT_ONCE:
        step = int(payload.get("step", 0)) + 1
        schedule(session, kind=KIND, key=f"step {step}", payload={"step": step}, due_at=now, at_once=True)
