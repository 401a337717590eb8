"""That a person has read each text which providers see before an award. The detector finds much and not all: whatever
it finds or misses, nothing is approved that nobody has read. A tick is for the text as it stood: a changed one needs
another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.identity.models import Person
from app.identity.permissions import Actor
from app.requests.models import PlacementRequest
from app.requests.sections.models import RequestTextRead
from app.requests.texts import FieldText


@dataclass(frozen=True)
class Tick:
    """Who read a text, and when. `fingerprint` is of what was read."""

    by: str
    at: dt.datetime
    fingerprint: str


def what_is_unread(texts: Sequence[FieldText], ticks: Mapping[str, Tick]) -> list[FieldText]:
    """The texts that nobody has read as they stand now."""
    return [one for one in texts if one.key not in ticks or ticks[one.key].fingerprint != one.fingerprint]


def ticks_of(session: Session, request: PlacementRequest) -> dict[str, Tick]:
    """Every tick of a request by the key of its text, also of texts that have changed since."""
    rows = session.execute(
        select(RequestTextRead, Person.name)
        .join(Person, Person.id == RequestTextRead.read_by)
        .where(RequestTextRead.request_id == request.id)
        .order_by(RequestTextRead.read_at, RequestTextRead.id)
    )
    return {f"{row.child_position}-{row.field}": Tick(name, row.read_at, row.fingerprint) for row, name in rows}


def keep_tick(session: Session, *, actor: Actor, request: PlacementRequest, text: FieldText, now: dt.datetime) -> None:
    """The actor has read a text. The caller has checked that it is the text that they were shown."""
    name = text.definition.name
    row = session.scalar(
        select(RequestTextRead).where(
            RequestTextRead.request_id == request.id,
            RequestTextRead.child_position == text.position,
            RequestTextRead.field == name,
        )
    )
    if row is None:
        row = RequestTextRead(request_id=request.id, child_position=text.position, field=name)
        session.add(row)
    row.fingerprint, row.read_by, row.read_at = text.fingerprint, actor.person_id, now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.text.read",
        subject_kind="request",
        subject_id=request.id,
        field=name,
        child=text.position,
    )
