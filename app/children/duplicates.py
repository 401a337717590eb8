"""One child, one record: who may be the same is suggested before a record is made, and kept in a list until somebody
has decided.

All of it works on blind indexes (`app.children.indexes`): a name is never compared in the clear.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from app.children.indexes import Marks, marks_of, marks_on
from app.children.models import Child, ChildDistinct, ChildLink
from app.children.pairs import in_order, required, seal, unseal
from app.children.records import checked, child_by_reference, child_for, for_writing, record_child
from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.identity.permissions import Actor, Permission

MOST = 20
"""How many suggestions are shown: with more the name is so common that a list helps nobody."""


class Alike(StrEnum):
    """Why two records may be of one child, the surest first."""

    NAME_AND_BIRTH = "name_and_birth"
    SOUND_AND_BIRTH = "sound_and_birth"
    GIVEN_AND_BIRTH = "given_and_birth"
    FAMILY_AND_BIRTH = "family_and_birth"
    NAME = "name"


ALIKE_WORDS: dict[Alike, str] = {
    Alike.NAME_AND_BIRTH: "The same name and the same date of birth",
    Alike.SOUND_AND_BIRTH: "A name that sounds the same, or its parts the other way round, and the same date of birth",
    Alike.GIVEN_AND_BIRTH: "A first name that sounds the same and the same date of birth, with another last name",
    Alike.FAMILY_AND_BIRTH: "A last name that sounds the same and the same date of birth, with another first name. "
    "It may be a twin",
    Alike.NAME: "The same name with another date of birth",
}


def alike(one: Marks, other: Marks) -> Alike | None:
    """Why two records may be of one child; None where nothing suggests it. An index that is not there equals
    nothing.
    """

    def same(name: str) -> bool:
        value = getattr(one, name)
        return value is not None and value == getattr(other, name)

    if same("name_index"):
        return Alike.NAME_AND_BIRTH if same("birth_index") else Alike.NAME
    given, family = same("given_birth_index"), same("family_birth_index")
    if (given and family) or (same("sound_index") and same("birth_index")):
        return Alike.SOUND_AND_BIRTH
    if given:
        return Alike.GIVEN_AND_BIRTH
    return Alike.FAMILY_AND_BIRTH if family else None


@dataclass(frozen=True)
class Suggestion:
    """A record that may be of the same child, and why."""

    child: Child
    why: Alike

    @property
    def words(self) -> str:
        """Why, for people."""
        return ALIKE_WORDS[self.why]


class LikelyKnown(Conflict):
    """The child may be recorded already. Carries the references of those who it may be; somebody must open one or say
    that it is another child.
    """

    def __init__(self, suggestions: Sequence[Suggestion]) -> None:
        count = len(suggestions)
        super().__init__(
            f"{'A child' if count == 1 else f'{count} children'} of your council may be this child."
            " Open the record, or say why this is another child."
        )
        self.references = [one.child.reference for one in suggestions]


def suggestions_for(
    session: Session, *, actor: Actor, vault: Vault, given_name: str, family_name: str, date_of_birth: dt.date
) -> list[Suggestion]:
    """Children of the actor's borough who may be this one, the surest first, at most `MOST`."""
    actor.require(Permission.CHILD_READ)
    marks = marks_of(session, vault, given_name, family_name, date_of_birth)
    return _suggestions(session, actor, marks, apart_from=())


def _suggestions(session: Session, actor: Actor, marks: Marks, apart_from: Sequence[str]) -> list[Suggestion]:
    rows = session.scalars(
        select(Child)
        .where(
            Child.organisation_id == actor.organisation_id,
            Child.erased_at.is_(None),
            Child.id.not_in(apart_from),
            or_(
                Child.name_index == marks.name_index,
                and_(Child.sound_index == marks.sound_index, Child.birth_index == marks.birth_index),
                Child.given_birth_index == marks.given_birth_index,
                Child.family_birth_index == marks.family_birth_index,
            ),
        )
        .order_by((func.coalesce(Child.birth_index, "") == marks.birth_index).desc(), Child.created_at, Child.id)
        .limit(4 * MOST)
    ).all()
    wanted = {row.merged_into for row in rows if row.merged_into}
    standing = {one.id: one for one in session.scalars(select(Child).where(Child.id.in_(wanted)))}
    best: dict[str, Suggestion] = {}
    order = list(Alike)
    for row in rows:
        why = alike(marks, marks_on(row))
        child = standing[row.merged_into] if row.merged_into else row
        if why is None or child.id in apart_from:
            continue
        before = best.get(child.id)
        if before is None or order.index(why) < order.index(before.why):
            best[child.id] = Suggestion(child, why)
    return sorted(best.values(), key=lambda one: (order.index(one.why), one.child.reference))[:MOST]


def record_new_child(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    now: dt.datetime,
    given_name: str,
    family_name: str,
    date_of_birth: dt.date,
    another: bool = False,
    reason: str = "",
    seen: Sequence[str] = (),
    **rest: Any,
) -> Child:
    """Record a child who is not known yet. The rest is what `record_child` takes.

    LikelyKnown carries who it may be, until somebody says `another` child, with a reason, having seen all of them
    (`seen` holds the references that were shown). What was decided is kept with each of them. Invalid as
    `record_child`.
    """
    actor.require(Permission.CHILD_WRITE)
    identity = {"given_name": given_name, "family_name": family_name, "date_of_birth": date_of_birth, **rest}
    checked(**identity, today=local_date(now))
    marks = marks_of(session, vault, given_name, family_name, date_of_birth)
    found = _suggestions(session, actor, marks, apart_from=())
    said = ""
    if found:
        if not another or not {one.child.reference for one in found} <= set(seen):
            raise LikelyKnown(found)
        said = required(reason, "Say why this is another child.")
    child = record_child(session, actor=actor, vault=vault, now=now, **identity)
    for one in found:
        _keep_distinct(session, actor, vault, child, one.child, said, now)
    return child


def tell_apart(
    session: Session, *, actor: Actor, vault: Vault, child_id: str, reference: str, reason: str, now: dt.datetime
) -> ChildDistinct:
    """Two records that look alike are of two children. Invalid without a reason, for one and the same record, and where
    it was said before.
    """
    actor.require(Permission.CHILD_WRITE)
    other = child_by_reference(session, actor=actor, reference=reference, field="reference")
    first, second = in_order(child_for(session, actor=actor, child_id=child_id).id, other.id)
    if first == second:
        raise Invalid("These are one record.", field="reference")
    one, two = (for_writing(session, actor=actor, child_id=id_) for id_ in (first, second))
    said = required(reason, "Say why these are two children.")
    if are_distinct(session, one.id, two.id):
        raise Conflict(f"Somebody has said already that {one.reference} and {two.reference} are two children.")
    return _keep_distinct(session, actor, vault, one, two, said, now)


def _keep_distinct(
    session: Session, actor: Actor, vault: Vault, one: Child, two: Child, reason: str, now: dt.datetime
) -> ChildDistinct:
    pair = in_order(one.id, two.id)
    kept = ChildDistinct(
        child_a=pair[0],
        child_b=pair[1],
        sealed_reason=seal(session, vault, pair, reason, "child_distinct.reason"),
        decided_by=actor.person_id,
        decided_at=now,
    )
    session.add(kept)
    session.flush()
    for child, other in ((one, two), (two, one)):
        audit.record(
            session,
            now=now,
            who=actor,
            act="children.child.tell_apart",
            subject_kind="child",
            subject_id=child.id,
            other=other.reference,
        )
    return kept


def distinct_reason(session: Session, *, vault: Vault, one: Child, two: Child) -> str | None:
    """Why somebody said that two records are of two children; None where nobody did, or one was erased since."""
    pair = in_order(one.id, two.id)
    row = session.scalar(
        select(ChildDistinct).where(ChildDistinct.child_a == pair[0], ChildDistinct.child_b == pair[1])
    )
    return unseal(session, vault, pair, row.sealed_reason, "child_distinct.reason") if row else None


def are_distinct(session: Session, one: str, two: str) -> bool:
    """Whether somebody has said that two records (or records merged into them) are of two children."""
    a, b = aliased(Child), aliased(Child)
    query = _told_apart(a, b).where(or_(_stands_for(a, b, one, two), _stands_for(a, b, two, one)))
    return session.scalar(query.limit(1)) is not None


def _told_apart(a: Any, b: Any) -> Select[Any]:
    return select(ChildDistinct.id).join(a, a.id == ChildDistinct.child_a).join(b, b.id == ChildDistinct.child_b)


def _stands_for(a: Any, b: Any, one: Any, two: Any) -> ColumnElement[bool]:
    return and_(func.coalesce(a.merged_into, a.id) == one, func.coalesce(b.merged_into, b.id) == two)


@dataclass(frozen=True)
class Suspected:
    """Two records of a borough that may be of one child, the older one first."""

    one: Child
    two: Child
    why: Alike

    @property
    def words(self) -> str:
        """Why, for people."""
        return ALIKE_WORDS[self.why]


def suspected(session: Session, *, actor: Actor, limit: int = 25, offset: int = 0) -> tuple[list[Suspected], int]:
    """A page of the borough's pairs that may be one child, those about whom nobody has decided: not told apart, and not
    linked as siblings. The latest record first, with how many there are.
    """
    actor.require(Permission.CHILD_READ)
    pairs = _pairs(actor.organisation_id).subquery()
    one, two = aliased(Child), aliased(Child)
    query = (
        select(one, two)
        .select_from(pairs)
        .join(one, one.id == pairs.c.one)
        .join(two, two.id == pairs.c.two)
        .where(~_decided(ChildDistinct, one, two), ~_decided(ChildLink, one, two))
    )
    total = session.scalar(query.with_only_columns(func.count())) or 0
    latest = func.max if session.get_bind().dialect.name == "sqlite" else func.greatest
    rows = session.execute(
        query.order_by(latest(one.created_at, two.created_at).desc(), one.id, two.id).limit(limit).offset(offset)
    )
    found = []
    for a, b in rows:
        why = alike(marks_on(a), marks_on(b))
        if why is not None:
            older, newer = sorted((a, b), key=lambda child: (child.created_at, child.id))
            found.append(Suspected(older, newer, why))
    return found, total


def _pairs(organisation_id: str) -> Any:
    """Every two living records with an index in common by which `alike` finds something."""
    parts = []
    for same in (("name_index",), ("sound_index", "birth_index"), ("given_birth_index",), ("family_birth_index",)):
        one, two = aliased(Child), aliased(Child)
        parts.append(
            select(one.id.label("one"), two.id.label("two"))
            .join(two, and_(*(getattr(one, name) == getattr(two, name) for name in same), one.id < two.id))
            .where(
                one.organisation_id == organisation_id,
                two.organisation_id == organisation_id,
                one.merged_into.is_(None),
                two.merged_into.is_(None),
            )
        )
    return union(*parts)


def _decided(table: type[ChildDistinct] | type[ChildLink], one: Any, two: Any) -> ColumnElement[bool]:
    """Whether a row of a table of pairs is about these two, or about records that were merged into them."""
    a, b = aliased(Child), aliased(Child)
    query = (
        select(table.id)
        .join(a, a.id == table.child_a)
        .join(b, b.id == table.child_b)
        .where(or_(_stands_for(a, b, one.id, two.id), _stands_for(a, b, two.id, one.id)))
    )
    if table is ChildLink:
        query = query.where(ChildLink.ended_at.is_(None))
    return query.exists()
