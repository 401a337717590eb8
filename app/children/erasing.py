"""Erasing a child's record: the keys are destroyed and the indexes emptied, and the proof stays.

Everything that identifies, the answers of the child's requests and the reasons that people gave are sealed under the
child's own key; without it nobody can read them again, in the audit neither. What stays names nobody: references,
dates, scores without a person, who did what. A backup that still holds the key must be left to expire.

An answer that a request for several children gives of all of them is sealed under the first child's key. It goes with
that child; of the others it stays, because it is the first child's record too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children import links, pairs
from app.children.events import Holding
from app.children.holdings import holdings_of
from app.children.indexes import NO_MARKS
from app.children.models import Child, ChildErasure
from app.children.records import ChildIdentity, child_for, for_writing, ids_of, reveal
from app.children.retention import Retention, retention_of
from app.children.status import ErasureBasis
from app.core import audit, policies
from app.core.clock import local_date
from app.core.crypto import Vault, name_for_index
from app.core.errors import Invalid
from app.core.references import normalise_reference
from app.core.workdays import date_words
from app.identity.models import Person
from app.identity.permissions import Actor, Permission


@dataclass(frozen=True)
class Plan:
    """What an erasure would destroy and what stays, and what is in its way."""

    child: Child
    records: list[Child]
    holdings: list[Holding]
    retention: Retention
    today: dt.date

    @property
    def hindrances(self) -> list[str]:
        """What must be over before the record can be erased, in words."""
        return [one.words for one in self.holdings if one.live]

    @property
    def bases(self) -> list[ErasureBasis]:
        """On which basis it may be erased today."""
        early = [ErasureBasis.ERROR, ErasureBasis.COURT]
        return [ErasureBasis.RETENTION, *early] if self.retention.over(self.today) else early


def plan(session: Session, *, actor: Actor, vault: Vault, child_id: str, now: dt.datetime) -> Plan:
    """What erasing a child's record would do. KeyDestroyedError where that was done."""
    actor.require(Permission.CHILD_ERASE)
    child = child_for(session, actor=actor, child_id=child_id)
    born = reveal(vault=vault, child=child).date_of_birth
    ids = ids_of(session, actor=actor, child_id=child.id)
    holdings, today = holdings_of(session, ids), local_date(now)
    records = [session.get_one(Child, id_) for id_ in ids]
    return Plan(child, records, holdings, retention_of(session, born=born, holdings=holdings, today=today), today)


def check(found: Plan, identity: ChildIdentity, basis: str, reason: str) -> tuple[ErasureBasis, str]:
    """The basis and the reason of an erasure, if it may be. Invalid says what is in its way: something that is not
    over, a day until which it must be kept, or a reason that names the child, which would outlive the erasure.
    """
    if found.hindrances:
        raise Invalid(f"The record cannot be erased while something goes on: {'; '.join(found.hindrances)}.")
    if basis not in set(ErasureBasis):
        raise Invalid("Choose on what basis the record is erased.", field="basis")
    if ErasureBasis(basis) not in found.bases:
        raise Invalid(
            f"The record must be kept until {date_words(found.retention.until)}. Before that day it is erased only"
            " where it was made in error or a court has ordered it.",
            field="basis",
        )
    said = pairs.required(reason, "Say why the record is erased.")
    if names_in(said, identity):
        raise Invalid("The reason must not name the child: it stays when the record is gone.", field="reason")
    return ErasureBasis(basis), said


def names_in(text: str, identity: ChildIdentity) -> bool:
    """Whether a text has the child's first or last name in it, however it is written, or their postcode."""
    words = set(name_for_index(text).replace("/", " ").replace(";", " ").replace(":", " ").split())
    names = {part for name in (identity.given_name, identity.family_name) for part in name_for_index(name).split()}
    squeezed = "".join(text.split()).upper()
    return (
        bool(words & {name for name in names if len(name) > 1}) or "".join(identity.home_postcode.split()) in squeezed
    )


def erase(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    child_id: str,
    basis: str,
    reason: str,
    typed_reference: str,
    version: int,
    now: dt.datetime,
) -> Child:
    """Destroy a child's keys: the record's and those of every record that was merged into it.

    Somebody has typed the child's reference, so that it is not done by a slip. Invalid as `check`; Stale where the
    record has changed; KeyDestroyedError where it is gone.
    """
    actor.require(Permission.CHILD_ERASE)
    child = for_writing(session, actor=actor, child_id=child_id, version=version)
    found = plan(session, actor=actor, vault=vault, child_id=child.id, now=now)
    kept_basis, said = check(found, reveal(vault=vault, child=child), basis, reason)
    if normalise_reference(typed_reference) != child.reference:
        raise Invalid(f"Type {child.reference} to show that it is this record.", field="typed_reference")
    ids = [one.id for one in found.records]
    links.end_all(session, actor=actor, child_ids=ids, now=now)
    pairs.forget(session, ids)
    for one in found.records:
        NO_MARKS.put_on(one)
        one.wrapped_key, one.erased_at = None, now
    session.add(
        ChildErasure(
            child_id=child.id,
            basis=kept_basis,
            reason=said,
            policy_version_id=found.retention.policy_version_id,
            erased_by=actor.person_id,
            erased_at=now,
        )
    )
    session.flush()
    for one in found.records:
        audit.record(
            session,
            now=now,
            who=actor,
            act="children.child.erase",
            subject_kind="child",
            subject_id=one.id,
            reference=one.reference,
            basis=kept_basis.value,
        )
    return child


@dataclass(frozen=True)
class Erased:
    """The proof of an erasure."""

    basis: ErasureBasis
    reason: str
    erased_by: str
    erased_at: dt.datetime
    source: str


def erasure_of(session: Session, *, actor: Actor, child_id: str) -> Erased | None:
    """The proof that a record was erased; None where it was not."""
    child = child_for(session, actor=actor, child_id=child_id)
    row = session.execute(
        select(ChildErasure, Person.name)
        .join(Person, Person.id == ChildErasure.erased_by)
        .where(ChildErasure.child_id == child.id)
    ).one_or_none()
    if row is None:
        return None
    erasure, name = row
    source = policies.by_id(session, erasure.policy_version_id).source
    return Erased(erasure.basis, erasure.reason, name, erasure.erased_at, source)
