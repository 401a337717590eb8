"""Reading about children's records: who looked at one, by name, page by page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.children.models import Child, ChildView
from app.children.records import child_by_reference, ids_of
from app.core.clock import LONDON
from app.core.errors import Invalid, NotFound
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission


@dataclass(frozen=True)
class Seen:
    """Somebody was shown a child's data."""

    at: dt.datetime
    person: str
    organisation: str
    what: str


@dataclass(frozen=True)
class Looks:
    """Which looks at a record are asked for: those of one person, of one day in London, or all."""

    person_id: str = ""
    day: dt.date | None = None


ALL = Looks()
_ORDERS: dict[str, Any] = {"when": ChildView.at, "who": Person.name, "organisation": Organisation.name}


def views_with_names(
    session: Session,
    *,
    actor: Actor,
    child_id: str,
    looks: Looks = ALL,
    order: str = "when",
    descending: bool = True,
    limit: int | None = 200,
    offset: int = 0,
) -> list[Seen]:
    """Who was shown this child's data, the latest first unless told otherwise. For the child's own borough."""
    column = _ORDERS.get(order, ChildView.at)
    query = (
        _looks(select(ChildView.at, Person.name, Organisation.name, ChildView.what), session, actor, child_id, looks)
        .order_by(column.desc() if descending else column.asc(), ChildView.at.desc(), ChildView.id)
        .limit(limit)
        .offset(offset)
    )
    return [Seen(*row) for row in session.execute(query)]


def count_views(session: Session, *, actor: Actor, child_id: str, looks: Looks = ALL) -> int:
    """How many looks there were."""
    return session.scalar(_looks(select(func.count(ChildView.id)), session, actor, child_id, looks)) or 0


def viewers(session: Session, *, actor: Actor, child_id: str) -> Sequence[tuple[str, str]]:
    """Everybody who was shown this child's data: id and name, by name."""
    query = _looks(select(Person.id, Person.name).distinct(), session, actor, child_id, ALL)
    return [(row[0], row[1]) for row in session.execute(query.order_by(Person.name, Person.id))]


def _looks(query: Any, session: Session, actor: Actor, child_id: str, looks: Looks) -> Any:
    ids = ids_of(session, actor=actor, child_id=child_id)
    query = (
        query.select_from(ChildView)
        .join(Person, Person.id == ChildView.person_id)
        .join(Organisation, Organisation.id == ChildView.organisation_id)
        .where(ChildView.child_id.in_(ids))
    )
    if looks.person_id:
        query = query.where(ChildView.person_id == looks.person_id)
    if looks.day is not None:
        begins = dt.datetime.combine(looks.day, dt.time(), LONDON)
        ends = dt.datetime.combine(looks.day + dt.timedelta(days=1), dt.time(), LONDON)
        query = query.where(ChildView.at >= begins, ChildView.at < ends)
    return query


def referenced_child(session: Session, *, actor: Actor, reference: str) -> Child:
    """The borough's child with a reference, however it is typed, or NotFound. One that was erased is not found."""
    actor.require(Permission.CHILD_READ)
    try:
        child = child_by_reference(session, actor=actor, reference=reference)
    except Invalid:
        raise NotFound("child") from None
    if child.erased_at is not None:
        raise NotFound("child")
    return child
