"""Reading about children's records: who looked at one, by name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child, ChildView
from app.children.records import child_for
from app.core.errors import NotFound
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission


@dataclass(frozen=True)
class Seen:
    """Somebody was shown a child's data."""

    at: dt.datetime
    person: str
    organisation: str
    what: str


def views_with_names(session: Session, *, actor: Actor, child_id: str, limit: int = 200) -> list[Seen]:
    """Who was shown this child's data, the latest first. For the child's own borough."""
    child = child_for(session, actor=actor, child_id=child_id)
    rows = session.execute(
        select(ChildView.at, Person.name, Organisation.name, ChildView.what)
        .join(Person, Person.id == ChildView.person_id)
        .join(Organisation, Organisation.id == ChildView.organisation_id)
        .where(ChildView.child_id == child.id)
        .order_by(ChildView.at.desc(), ChildView.id)
        .limit(limit)
    )
    return [Seen(*row) for row in rows]


def referenced_child(session: Session, *, actor: Actor, reference: str) -> Child:
    """The borough's child with a reference, however it is typed, or NotFound. One that was erased is not found."""
    actor.require(Permission.CHILD_READ)
    child = session.scalar(
        select(Child).where(
            Child.organisation_id == actor.organisation_id,
            Child.reference == reference.strip().upper(),
            Child.erased_at.is_(None),
        )
    )
    if child is None:
        raise NotFound("child")
    return child_for(session, actor=actor, child_id=child.id)
