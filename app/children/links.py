"""Brothers and sisters: links between children of one borough. A link is one row and holds for both.

Section 22C(8)(c) of the Children Act 1989: a child is to live with a sibling whom the council looks after too, so far
as is reasonably practicable. Matching and the request ask here who they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from app.children.models import Child, ChildLink
from app.children.pairs import in_order, required, seal, unseal
from app.children.records import child_by_reference, child_for, for_writing
from app.children.status import SiblingKind
from app.core import audit
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.models import Person
from app.identity.permissions import Actor, Permission


@dataclass(frozen=True)
class Sibling:
    """A sibling of a child, how they are related, and who said so when and why."""

    child: Child
    kind: SiblingKind
    added_by: str
    added_at: dt.datetime
    reason: str | None


def link_siblings(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    child_id: str,
    reference: str,
    kind: SiblingKind,
    reason: str,
    now: dt.datetime,
) -> ChildLink:
    """Say that the child with a reference is a sibling of another of the borough, and how that is known.

    Invalid for the child themselves, for an unknown reference and without a reason; Conflict where they are linked.
    """
    actor.require(Permission.CHILD_WRITE)
    other_id = child_by_reference(session, actor=actor, reference=reference, field="reference").id
    own_id = child_for(session, actor=actor, child_id=child_id).id
    if own_id == other_id:
        raise Invalid("That is the reference of this child. Enter the sibling's.", field="reference")
    said = required(reason, "Say how it is known that they are siblings.")
    pair = in_order(own_id, other_id)
    # Both are locked in one order, so that two people linking at once take turns.
    one, two = (for_writing(session, actor=actor, child_id=id_) for id_ in pair)
    if _links_between(session, one.id, two.id):
        raise Conflict(f"{one.reference} and {two.reference} are linked already. Remove that link to change it.")
    link = ChildLink(
        child_a=pair[0],
        child_b=pair[1],
        kind=kind,
        sealed_reason=seal(session, vault, pair, said, "child_link.reason"),
        added_by=actor.person_id,
        added_at=now,
    )
    session.add(link)
    session.flush()
    _audit(session, actor, "link", one, two, now, kind=kind.value)
    return link


def unlink_siblings(
    session: Session, *, actor: Actor, vault: Vault, child_id: str, reference: str, reason: str, now: dt.datetime
) -> None:
    """Take a link back, with the reason. NotFound where the two are not linked."""
    actor.require(Permission.CHILD_WRITE)
    other_id = child_by_reference(session, actor=actor, reference=reference, field="reference").id
    pair = in_order(child_for(session, actor=actor, child_id=child_id).id, other_id)
    if pair[0] == pair[1]:
        raise NotFound("link")
    one, two = (for_writing(session, actor=actor, child_id=id_) for id_ in pair)
    links = _links_between(session, one.id, two.id)
    if not links:
        raise NotFound("link")
    said = required(reason, "Say why they are not to be linked.")
    for link in links:
        own = (link.child_a, link.child_b)
        link.sealed_end_reason = seal(session, vault, own, said, "child_link.end_reason")
        link.ended_by, link.ended_at = actor.person_id, now
    session.flush()
    _audit(session, actor, "unlink", one, two, now)


def siblings_of(session: Session, *, actor: Actor, child_id: str) -> list[Child]:
    """The siblings of a child of the borough, by reference. Those whose records were erased are not among them."""
    return [child for child, _, _ in _rows(session, child_for(session, actor=actor, child_id=child_id).id)]


def siblings_known(session: Session, *, child_ids: Iterable[str]) -> list[Child]:
    """Every sibling of some children, for the rooms above, which decide who may know: their names give a child away."""
    kept = session.scalars(select(func.coalesce(Child.merged_into, Child.id)).where(Child.id.in_(list(child_ids))))
    found = {child.id: child for kept_id in kept.all() for child, _, _ in _rows(session, kept_id)}
    return list(found.values())


def sibling_lines(session: Session, *, actor: Actor, vault: Vault, child_id: str) -> list[Sibling]:
    """As `siblings_of`, with how they are related and who said so."""
    child = child_for(session, actor=actor, child_id=child_id)
    return [
        Sibling(
            other,
            link.kind,
            name,
            link.added_at,
            unseal(session, vault, (link.child_a, link.child_b), link.sealed_reason, "child_link.reason"),
        )
        for other, link, name in _rows(session, child.id)
    ]


def end_all(session: Session, *, actor: Actor, child_ids: list[str], now: dt.datetime) -> None:
    """Take back every link of a child whose record is erased."""
    for link in session.scalars(
        select(ChildLink).where(
            ChildLink.ended_at.is_(None), or_(ChildLink.child_a.in_(child_ids), ChildLink.child_b.in_(child_ids))
        )
    ):
        link.ended_by, link.ended_at = actor.person_id, now
    session.flush()


def are_siblings(session: Session, one: str, two: str) -> bool:
    """Whether two children are linked."""
    return bool(_links_between(session, one, two))


def end_doubled(session: Session, *, actor: Actor, kept_id: str, merged_ids: list[str], now: dt.datetime) -> None:
    """After a merge: where a merged record and the kept one were both linked to a child, one of the links ends."""
    seen: set[str] = set()
    rows = _linked(session, [kept_id, *merged_ids], kept_id)
    for link, other in sorted(rows, key=lambda row: (kept_id not in (row[0].child_a, row[0].child_b), row[0].added_at)):
        if other.id in seen:
            link.ended_by, link.ended_at = actor.person_id, now
        seen.add(other.id)
    session.flush()


def _linked(session: Session, ids: list[str], kept_id: str) -> list[tuple[ChildLink, Child]]:
    """Every live link of the records of a child, with the record that stands for the one at its other end."""
    a, b, standing = aliased(Child), aliased(Child), aliased(Child)
    kept_a, kept_b = func.coalesce(a.merged_into, a.id), func.coalesce(b.merged_into, b.id)
    rows = session.execute(
        select(ChildLink, standing)
        .join(a, a.id == ChildLink.child_a)
        .join(b, b.id == ChildLink.child_b)
        .join(
            standing,
            or_((kept_a == kept_id) & (standing.id == kept_b), (kept_b == kept_id) & (standing.id == kept_a)),
        )
        .where(ChildLink.ended_at.is_(None), or_(ChildLink.child_a.in_(ids), ChildLink.child_b.in_(ids)))
        .order_by(standing.reference, ChildLink.added_at, ChildLink.id)
    )
    return [(link, other) for link, other in rows]


def _ids(session: Session, kept_id: str) -> list[str]:
    return list(session.scalars(select(Child.id).where(or_(Child.id == kept_id, Child.merged_into == kept_id))))


def _rows(session: Session, kept_id: str) -> list[tuple[Child, ChildLink, str]]:
    rows = [
        (other, link)
        for link, other in _linked(session, _ids(session, kept_id), kept_id)
        if other.erased_at is None and other.id != kept_id
    ]
    people = [link.added_by for _, link in rows]
    names: dict[str, str] = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
    return [(other, link, names[link.added_by]) for other, link in rows]


def _links_between(session: Session, one: str, two: str) -> list[ChildLink]:
    return [link for link, other in _linked(session, _ids(session, one), one) if other.id == two]


def _audit(session: Session, actor: Actor, act: str, one: Child, two: Child, now: dt.datetime, **facts: str) -> None:
    for child, other in ((one, two), (two, one)):
        audit.record(
            session,
            now=now,
            who=actor,
            act=f"children.sibling.{act}",
            subject_kind="child",
            subject_id=child.id,
            other=other.reference,
            **facts,
        )
