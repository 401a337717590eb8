"""Who did what, when and to which thing: append-only, sealed into a hash chain, never holding a child's particulars in
the clear.

Writers only append. A separate step (`seal`) links new entries a moment later, so that writers never queue on one
lock.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import Any, Protocol

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.models import AuditEntry, AuditSeal

GENESIS = "0" * 64


class Who(Protocol):
    """The part of an actor that the audit needs."""

    @property
    def person_id(self) -> str: ...
    @property
    def organisation_id(self) -> str: ...


def record(
    session: Session, *, now: dt.datetime, who: Who | None, act: str, subject_kind: str, subject_id: str, **facts: Any
) -> None:
    """Append one entry. `act` is `room.thing.verb`; `facts` are references, ids, amounts and codes, never names of
    children.
    """
    session.add(
        AuditEntry(
            at=now,
            act=act,
            subject_kind=subject_kind,
            subject_id=subject_id,
            person_id=who.person_id if who else None,
            organisation_id=who.organisation_id if who else None,
            facts=facts,
        )
    )
    session.flush()


def link(position: int, previous_hash: str, entry: AuditEntry) -> str:
    """The hash of one link, over canonical JSON of all that the entry says."""
    said = {
        "position": position,
        "previous": previous_hash,
        "id": entry.id,
        "at": entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "act": entry.act,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "person_id": entry.person_id,
        "organisation_id": entry.organisation_id,
        "facts": entry.facts,
    }
    return hashlib.sha256(
        json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def seal(session: Session, now: dt.datetime) -> int:
    """Link every entry that has no seal yet. Returns how many. One sealer at a time; a second one waits."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(7146001)"))
    last = session.execute(select(AuditSeal).order_by(AuditSeal.position.desc()).limit(1)).scalar_one_or_none()
    position, previous = (last.position, last.hash) if last else (0, GENESIS)
    unsealed = session.scalars(
        select(AuditEntry)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.position.is_(None))
        .order_by(AuditEntry.id)
    ).all()
    for entry in unsealed:
        position += 1
        previous_hash, previous = previous, link(position, previous, entry)
        session.add(
            AuditSeal(position=position, entry_id=entry.id, previous_hash=previous_hash, hash=previous, sealed_at=now)
        )
    session.flush()
    return len(unsealed)


def verify(session: Session) -> tuple[int, list[str]]:
    """Recompute the whole chain. Returns how many links were checked and what is wrong, in words; nothing wrong is an
    empty list.
    """
    faults: list[str] = []
    previous, expected, checked = GENESIS, 0, 0
    rows: Iterable[tuple[AuditSeal, AuditEntry | None]] = session.execute(
        select(AuditSeal, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.position)
        .execution_options(yield_per=1000)
    )
    for found, entry in rows:
        checked += 1
        expected += 1
        if found.position != expected:
            faults.append(f"Link {expected} is missing: the chain goes on at {found.position}.")
            expected = found.position
        if entry is None:
            faults.append(f"Link {found.position} seals an entry that is not there.")
        elif found.previous_hash != previous:
            faults.append(f"Link {found.position} does not follow from the link before it.")
        elif link(found.position, found.previous_hash, entry) != found.hash:
            faults.append(f"Entry {entry.id} ({entry.act}) is not what was sealed at link {found.position}.")
        previous = found.hash
    return checked, faults


def unsealed(session: Session) -> int:
    """How many entries wait for their seal."""
    entries = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    seals = session.scalar(select(func.count()).select_from(AuditSeal)) or 0
    return entries - seals
