"""Two records of one child become one.

Nothing is moved. What was sealed under the merged record's key (a request's answers, say) can only be read under it,
and needs measures, questionnaires and views are never changed. So the merged record keeps its key and everything that
cites it, and points at the kept one: its address and its reference lead there, and everything of a child is read by the
ids of all their records (`records.ids_of`). Both then say the same of who the child is; what each said before is kept,
sealed. The merged record keeps the blind index of its former name, so that the child is found by that too.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.children.events import Holding
from app.children.holdings import holdings_of
from app.children.indexes import marks_of
from app.children.links import are_siblings, end_doubled
from app.children.models import Child, ChildMerge, ChildView, NeedsMeasure, SdqScore
from app.children.pairs import in_order, required
from app.children.records import (
    ChildIdentity,
    child_by_reference,
    child_for,
    for_writing,
    ids_of,
    reveal,
    say_of_all,
)
from app.core import audit
from app.core.crypto import KeyDestroyedError, Vault
from app.core.errors import Invalid, Stale
from app.identity.permissions import Actor, Permission

FIELDS = ("given_name", "family_name", "date_of_birth", "sex", "ethnicity", "home_postcode")
"""What of an identity is kept from one record or the other."""


@dataclass(frozen=True)
class Side:
    """One of two records and what it brings along."""

    child: Child
    identity: ChildIdentity
    holdings: list[Holding]
    measures: int
    questionnaires: int
    views: int

    @property
    def requests(self) -> list[Holding]:
        return [one for one in self.holdings if one.room == "requests"]

    @property
    def placements(self) -> list[Holding]:
        return [one for one in self.holdings if one.room == "placements"]


@dataclass(frozen=True)
class Preview:
    """What a merge would do: both sides, which parts of the identity differ, and what stands in its way."""

    kept: Side
    merged: Side
    differ: tuple[str, ...]
    hindrances: list[str]


def hindrances(kept: Sequence[Holding], merged: Sequence[Holding], *, siblings: bool) -> list[str]:
    """Why two records cannot become one, in words; nothing in the way is an empty list."""
    found = []
    requests = Counter(
        (one.id, one.reference)
        for side in (kept, merged)
        for one in {holding.id: holding for holding in side if holding.room == "requests"}.values()
    )
    both = [reference for (_, reference), count in requests.items() if count > 1]
    if both:
        found.append(
            f"Both are named in {', '.join(both)}. A request cannot name one child twice: if they are one child,"
            " withdraw it and write a new one."
        )
    drafts = [next((one.reference for one in side if one.draft), None) for side in (kept, merged)]
    if all(drafts) and drafts[0] != drafts[1]:
        found.append(f"Each has a draft request ({drafts[0]} and {drafts[1]}). Withdraw one of them first.")
    live = [
        next((one.reference for one in side if one.live and one.room == "placements"), None) for side in (kept, merged)
    ]
    if all(live):
        found.append(f"Each has a placement now ({live[0]} and {live[1]}). End the one that is wrong first.")
    if siblings:
        found.append("They are linked as siblings. Remove the link first.")
    return found


def preview(session: Session, *, actor: Actor, vault: Vault, child_id: str, reference: str) -> Preview:
    """What merging the record with a reference into another would do. Invalid for one record, KeyDestroyedError for one
    that was erased.
    """
    actor.require(Permission.CHILD_READ)
    kept = child_for(session, actor=actor, child_id=child_id)
    merged = child_by_reference(session, actor=actor, reference=reference, field="reference")
    if kept.id == merged.id:
        raise Invalid("These are one record. Enter the reference of the other one.", field="reference")
    sides = _side(session, actor, vault, kept), _side(session, actor, vault, merged)
    differ = tuple(name for name in FIELDS if getattr(sides[0].identity, name) != getattr(sides[1].identity, name))
    in_the_way = hindrances(sides[0].holdings, sides[1].holdings, siblings=are_siblings(session, kept.id, merged.id))
    return Preview(*sides, differ, in_the_way)


def merge(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    child_id: str,
    reference: str,
    keep: Mapping[str, str],
    reason: str,
    version: int,
    other_version: int,
    now: dt.datetime,
) -> Child:
    """Merge the record with a reference into another and answer with the kept one. `keep` says of each part of the
    identity that differs whether `kept` or `merged` is right.

    Invalid names what is in the way, or the parts that nobody chose; Stale where one of the records has changed.
    """
    actor.require(Permission.CHILD_MERGE)
    other = child_by_reference(session, actor=actor, reference=reference, field="reference")
    own = child_for(session, actor=actor, child_id=child_id)
    for id_ in in_order(own.id, other.id):  # both locked, in one order
        for_writing(session, actor=actor, child_id=id_)
    found = preview(session, actor=actor, vault=vault, child_id=child_id, reference=reference)
    kept, merged = found.kept.child, found.merged.child
    if (kept.version, merged.version) != (version, other_version):
        raise Stale("One of the two records changed after you opened this page. Look at both again before you go on.")
    if found.hindrances:
        raise Invalid(found.hindrances[0])
    said = required(reason, "Say why these are one child.")
    unanswered = {
        f"keep_{name}": "Choose which of the two is right."
        for name in found.differ
        if keep.get(name) not in ("kept", "merged")
    }
    if unanswered:
        raise Invalid(unanswered)
    right = {name: getattr(found.merged.identity, name) for name in found.differ if keep[name] == "merged"}
    identity = replace(found.kept.identity, **right)
    _keep_proof(session, actor, vault, found, said, now)
    session.execute(update(Child).where(Child.merged_into == merged.id).values(merged_into=kept.id))
    merged.merged_into, merged.merged_at = kept.id, now
    session.flush()
    say_of_all(session, vault=vault, child=kept, identity=identity)
    marks_of(session, vault, identity.given_name, identity.family_name, identity.date_of_birth).put_on(kept)
    session.flush()
    end_doubled(
        session,
        actor=actor,
        kept_id=kept.id,
        merged_ids=ids_of(session, actor=actor, child_id=kept.id)[1:],
        now=now,
    )
    for child, other_one, how in ((kept, merged, "kept"), (merged, kept, "merged")):
        audit.record(
            session,
            now=now,
            who=actor,
            act="children.child.merge",
            subject_kind="child",
            subject_id=child.id,
            other=other_one.reference,
            this_one=how,
            taken_over=sorted(right),
        )
    return kept


def _keep_proof(session: Session, actor: Actor, vault: Vault, found: Preview, reason: str, now: dt.datetime) -> None:
    kept, merged = found.kept, found.merged
    key = vault.open(kept.child.wrapped_key)
    before: dict[str, Any] = {"kept": asdict(kept.identity), "merged": asdict(merged.identity)}
    session.add(
        ChildMerge(
            kept_id=kept.child.id,
            merged_id=merged.child.id,
            sealed_reason=key.encrypt(reason, context=f"child_merge.reason:{merged.child.id}"),
            sealed_before=key.encrypt(json.dumps(before, default=str), context=f"child_merge.before:{merged.child.id}"),
            merged_by=actor.person_id,
            merged_at=now,
        )
    )
    session.flush()


@dataclass(frozen=True)
class Former:
    """A record that was merged into another: what it said of the child, when it was merged and why."""

    reference: str
    name: str
    merged_at: dt.datetime
    reason: str


def former_records(session: Session, *, actor: Actor, vault: Vault, child_id: str) -> list[Former]:
    """The records that were merged into a child's, the latest first."""
    ids = ids_of(session, actor=actor, child_id=child_id)
    rows = session.execute(
        select(ChildMerge, Child.reference)
        .join(Child, Child.id == ChildMerge.merged_id)
        .where(ChildMerge.merged_id.in_(ids[1:]))
        .order_by(ChildMerge.merged_at.desc(), ChildMerge.id)
    )
    found = []
    for row, reference in rows:
        try:
            key = vault.open(session.get_one(Child, row.kept_id).wrapped_key)
        except KeyDestroyedError:
            continue
        before = json.loads(key.decrypt(row.sealed_before, context=f"child_merge.before:{row.merged_id}"))["merged"]
        reason = key.decrypt(row.sealed_reason, context=f"child_merge.reason:{row.merged_id}")
        found.append(Former(reference, f"{before['given_name']} {before['family_name']}", row.merged_at, reason))
    return found


def _side(session: Session, actor: Actor, vault: Vault, child: Child) -> Side:
    ids = ids_of(session, actor=actor, child_id=child.id)

    def count(table: type[NeedsMeasure] | type[SdqScore] | type[ChildView]) -> int:
        return session.scalar(select(func.count(table.id)).where(table.child_id.in_(ids))) or 0

    return Side(
        child=child,
        identity=reveal(vault=vault, child=child),
        holdings=holdings_of(session, ids),
        measures=count(NeedsMeasure),
        questionnaires=count(SdqScore),
        views=count(ChildView),
    )
