"""Suppliers that are excluded, or could be (F-7): what the company says of itself, what the hub records, and what a
person decided of it.

An excluded supplier is disregarded: its applications are refused unread and its offers are not chosen. Of an excludable
one a person decides, with reasons and after reading what it has done since, before its application is decided or its
offer chosen. Nobody is taken off a lot by this: section 37 leaves that to a decision of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from providers.passport.directory import company
from providers.passport.dossier import answers_of
from providers.passport.frozen import thawed
from providers.passport.models import Application, SupplierExclusion
from providers.passport.status import EXCLUSION, ExclusionKind, ExclusionStatus

QUESTIONS: dict[ExclusionKind, str] = {
    ExclusionKind.EXCLUDED: "mandatory_exclusion",
    ExclusionKind.EXCLUDABLE: "discretionary_exclusion",
}
"""The selection questions by which a company says of itself that a ground applies."""

SELF_CLEANING = "self_cleaning"
BY_RULE = "A mandatory ground applies, so the supplier is disregarded without a decision of anybody's."
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Declared:
    """A ground that the company says applies to it, and since when it says so."""

    kind: ExclusionKind
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands against a company on a day, as sentences: `bars` where it is disregarded, `undecided` where a person
    has still to decide. Both None: nothing.
    """

    bars: str | None = None
    undecided: str | None = None


@dataclass(frozen=True, slots=True)
class ExclusionFacts:
    """A recorded ground with the names around it."""

    exclusion: SupplierExclusion
    organisation_name: str
    recorded_by: str
    decided_by: str | None
    ended_by: str | None


def record_exclusion(
    session: Session,
    *,
    actor: Actor,
    organisation_id: str,
    kind: ExclusionKind,
    ground: str,
    basis: str,
    from_day: dt.date,
    to_day: dt.date | None,
    now: dt.datetime,
) -> SupplierExclusion:
    """Record a ground against a company, with its basis in statute. A mandatory one is disregarded from now on; a
    discretionary one waits for a decision. `Invalid` at `ground`, `basis` or `to_day`.
    """
    actor.require(Permission.APPLICATION_DECIDE)
    found = company(session, actor, organisation_id)
    ground = _words(ground, "ground", "Enter which ground applies, and to whom")
    basis = _words(basis, "basis", "Enter the statute and the facts that this rests on")
    if to_day is not None and to_day < from_day:
        raise Invalid("The last day must be the same as or after the first", field="to_day")
    by_rule = kind is ExclusionKind.EXCLUDED
    row = SupplierExclusion(
        organisation_id=found.id,
        kind=kind,
        status=ExclusionStatus.DISREGARDED if by_rule else ExclusionStatus.WAITING,
        ground=ground,
        basis=basis,
        from_day=from_day,
        to_day=to_day,
        recorded_by=actor.person_id,
        recorded_at=now,
        decision=BY_RULE if by_rule else None,
        decided_by=actor.person_id if by_rule else None,
        decided_at=now if by_rule else None,
    )
    session.add(row)
    session.flush()
    _record(session, actor, row, "record", now, organisation=found.id, kind=kind.value)
    return row


def decide_exclusion(
    session: Session, *, actor: Actor, exclusion_id: str, admit: bool, reason: str, now: dt.datetime, version: int
) -> SupplierExclusion:
    """Decide of an excludable supplier: admit it all the same, or disregard it, with reasons. May be decided anew, as
    after self-cleaning. `Conflict` for a mandatory ground, of which there is nothing to decide.
    """
    actor.require(Permission.APPLICATION_DECIDE)
    row = _exclusion(session, exclusion_id, version)
    if row.kind is ExclusionKind.EXCLUDED:
        raise Conflict("A mandatory ground leaves nothing to decide: the supplier is disregarded until it has ended.")
    reason = _words(reason, "reason", "Enter your reasons, and what the company has done since")
    target = ExclusionStatus.ADMITTED if admit else ExclusionStatus.DISREGARDED
    row.status = EXCLUSION.require(row.status, target, "This ground")
    row.decision, row.decided_by, row.decided_at = reason, actor.person_id, now
    session.flush()
    _record(session, actor, row, "admit" if admit else "disregard", now)
    return row


def end_exclusion(
    session: Session, *, actor: Actor, exclusion_id: str, reason: str, now: dt.datetime, version: int
) -> SupplierExclusion:
    """Say that a ground no longer applies, or never did, with reasons. It stays in the record."""
    actor.require(Permission.APPLICATION_DECIDE)
    row = _exclusion(session, exclusion_id, version)
    reason = _words(reason, "reason", "Enter why the ground no longer applies")
    row.status = EXCLUSION.require(row.status, ExclusionStatus.ENDED, "This ground")
    row.ended_by, row.ended_at, row.end_reason = actor.person_id, now, reason
    session.flush()
    _record(session, actor, row, "end", now)
    return row


def standing_of(session: Session, organisation_id: str, on: dt.date, declared: Iterable[Declared] = ()) -> Standing:
    """What stands against a company on a day: what the hub recorded, what its passport says, and what `declared` adds.

    What a company says of itself counts until the hub has decided on a ground of that kind after it was said.
    """
    rows = _live(session, organisation_id, on)
    said = [*_declared_in_passport(session, organisation_id), *declared]
    for row in rows:
        if row.status is ExclusionStatus.DISREGARDED:
            if row.kind is ExclusionKind.EXCLUDED:
                return Standing(bars=f"The company is an excluded supplier: {_stop(row.ground)}")
            return Standing(bars=f"The hub decided to disregard the company: {_stop(row.decision or row.ground)}")
    if any(one.kind is ExclusionKind.EXCLUDED for one in said):
        return Standing(bars="The company is an excluded supplier: it says that a mandatory ground applies to it.")
    for row in rows:
        if row.status is ExclusionStatus.WAITING:
            return Standing(undecided=f"A discretionary ground for exclusion was recorded: {_stop(row.ground)}")
    admitted = [row.decided_at for row in rows if row.status is ExclusionStatus.ADMITTED and row.decided_at]
    if any(one.kind is ExclusionKind.EXCLUDABLE and not any(at >= one.at for at in admitted) for one in said):
        return Standing(undecided="The company says that a discretionary ground for exclusion applies to it.")
    return Standing()


def standing_for(session: Session, application: Application, on: dt.date) -> Standing:
    """What stands against the company of an application, with what it said when it sent it."""
    given = thawed(application)
    declared = [
        Declared(kind, given[key].at) for kind, key in QUESTIONS.items() if key in given and given[key].value == "yes"
    ]
    return standing_of(session, application.claim.organisation_id, on, declared)


def exclusions(session: Session, actor: Actor, organisation_id: str | None = None) -> list[ExclusionFacts]:
    """Every ground that was recorded, of one company or of all: those that wait for a decision first, then the
    latest.
    """
    actor.require(Permission.MARKET_READ)
    rows = select(SupplierExclusion, Organisation.name).join(
        Organisation, Organisation.id == SupplierExclusion.organisation_id
    )
    if organisation_id is not None:
        rows = rows.where(SupplierExclusion.organisation_id == organisation_id)
    found = session.execute(rows.order_by(SupplierExclusion.recorded_at.desc(), SupplierExclusion.id)).all()
    facts = _with_names(session, [(row, name) for row, name in found])
    order = list(ExclusionStatus)
    return sorted(facts, key=lambda one: order.index(one.exclusion.status))


def exclusion(session: Session, actor: Actor, exclusion_id: str) -> ExclusionFacts:
    """One recorded ground. `NotFound` otherwise."""
    actor.require(Permission.MARKET_READ)
    row = session.get(SupplierExclusion, exclusion_id)
    if row is None:
        raise NotFound("ground for exclusion")
    return _with_names(session, [(row, session.get_one(Organisation, row.organisation_id).name)])[0]


def self_cleaning(session: Session, organisation_id: str) -> str:
    """What a company says in its passport that it has done since; "" where it says nothing. The caller has checked that
    the actor may see the company.
    """
    answer = answers_of(session, organisation_id).get(SELF_CLEANING)
    return answer.value if answer else ""


def is_standing(row: SupplierExclusion, on: dt.date) -> bool:
    """Whether a recorded ground counts on a day: not ended, and the day between its own."""
    return row.status is not ExclusionStatus.ENDED and row.from_day <= on and (row.to_day is None or on <= row.to_day)


def _live(session: Session, organisation_id: str, on: dt.date) -> list[SupplierExclusion]:
    """The grounds that count on a day, mandatory ones first."""
    rows = session.scalars(
        select(SupplierExclusion)
        .where(
            SupplierExclusion.organisation_id == organisation_id,
            SupplierExclusion.status != ExclusionStatus.ENDED,
            SupplierExclusion.from_day <= on,
            or_(SupplierExclusion.to_day.is_(None), SupplierExclusion.to_day >= on),
        )
        .order_by(SupplierExclusion.recorded_at, SupplierExclusion.id)
    )
    return sorted(rows, key=lambda row: row.kind is not ExclusionKind.EXCLUDED)


def _declared_in_passport(session: Session, organisation_id: str) -> list[Declared]:
    answers = answers_of(session, organisation_id)
    return [
        Declared(kind, answers[key].answered_at)
        for kind, key in QUESTIONS.items()
        if key in answers and answers[key].value == "yes"
    ]


def _with_names(session: Session, rows: list[tuple[SupplierExclusion, str]]) -> list[ExclusionFacts]:
    people = {one for row, _ in rows for one in (row.recorded_by, row.decided_by, row.ended_by) if one}
    names: dict[str, str] = (
        dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all()) if people else {}
    )
    return [
        ExclusionFacts(
            row,
            organisation,
            names[row.recorded_by],
            names.get(row.decided_by or ""),
            names.get(row.ended_by or ""),
        )
        for row, organisation in rows
    ]


def _exclusion(session: Session, exclusion_id: str, version: int) -> SupplierExclusion:
    row = session.get(SupplierExclusion, exclusion_id)
    if row is None:
        raise NotFound("ground for exclusion")
    if row.version != version:
        raise Stale("This ground changed since you opened the page. Read it again and decide.")
    return row


def _words(text: str, field: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(missing, field=field)
    if len(text) > LONGEST:
        raise Invalid(f"Use {LONGEST:,} characters or fewer", field=field)
    return text


def _stop(text: str) -> str:
    """A typed sentence with its full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _record(
    session: Session, actor: Actor, row: SupplierExclusion, verb: str, now: dt.datetime, **facts: object
) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"passport.exclusion.{verb}",
        subject_kind="exclusion",
        subject_id=row.id,
        **facts,
    )
