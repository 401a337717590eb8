"""What a file would change: the register as it is beside the file as it reads, and a plan of inserts and updates.
Pure.

The order in which files arrive does not matter. A registration's facts, and those of an inspection, come from the
file of the latest date; on one date a list of providers comes before a list of visits. Any file adds the inspections
that the register lacks. Nothing is ever closed because a file leaves it out. Two different files of one date and
coverage are a file and its correction: the one imported last stands. Who has left by a list of leavers stays closed
until a list of providers of a later date has the registration again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from app.core.database import new_id
from providers.register.events import RegistrationSuspended, Regraded
from providers.register.judgements import Judgement, latest_graded
from providers.register.reading import InspectionRow, ReadResult, RegisterRow
from providers.register.status import Coverage, Grade, RegistrationStatus, Source, SupportedOutcome
from providers.register.urn import is_demonstration

Columns: TypeAlias = dict[str, Any]

_RANK = {Coverage.INSPECTIONS_IN_YEAR: 1, Coverage.INSPECTED_PROVIDERS: 2, Coverage.EVERY_PROVIDER: 2}
_OF_SCHOOLS = ("standards_met", "safeguarding_met", "report_card", "inspectorate")
_TYPED = ("source_note", "source_read_on", "added_by")
_RESOLUTION = ("resolution", "resolved_by", "resolved_at", "reason")
_SEARCHED = ("urn", "name", "owner", "town", "postcode", "local_authority")
JUDGED = ("overall", "helped_protected", "leaders_managers", "supported_outcome", "event_type")


@dataclass(frozen=True, slots=True)
class Left:
    """What a list of leavers, as at `as_of`, says of one registration."""

    as_of: dt.date
    left_on: dt.date
    status: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A registration that the register already held has another inspection, which leaves its grade as it was."""

    urn: str
    result: Grade | SupportedOutcome | None
    inspection_id: str
    inspected_on: dt.date


@dataclass(slots=True)
class Plan:
    """Rows to insert and update, by table, and what the report tells of them. Counts are of rows of the file."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    registrations_to_insert: list[Columns] = field(default_factory=list)
    registrations_to_update: list[Columns] = field(default_factory=list)
    registrations_seen_again: list[str] = field(default_factory=list)
    inspections_to_insert: list[Columns] = field(default_factory=list)
    inspections_to_update: list[Columns] = field(default_factory=list)
    inspections_seen_again: list[str] = field(default_factory=list)
    inspections_corrected: int = 0
    changed_urns: list[str] = field(default_factory=list)
    regraded: list[Regraded] = field(default_factory=list)
    judged_again: list[Judged] = field(default_factory=list)
    suspended: list[RegistrationSuspended] = field(default_factory=list)

    @property
    def writes_nothing(self) -> bool:
        return not (
            self.registrations_to_insert
            or self.registrations_to_update
            or self.registrations_seen_again
            or self.inspections_to_insert
            or self.inspections_to_update
            or self.inspections_seen_again
        )


def search_words(facts: Mapping[str, Any]) -> str:
    """The words by which a registration is searched for, case folded."""
    return " ".join(str(facts[name]) for name in _SEARCHED if facts.get(name)).casefold()[:1500]


def judgement_of(columns: Mapping[str, Any]) -> Judgement:
    """An inspection row of the database, as mapping, as the judgement it is."""
    return Judgement(
        inspection_id=columns["id"],
        urn=columns["urn"],
        event_number=columns["event_number"],
        event_type=columns["event_type"],
        event_label=columns["event_label"],
        inspected_on=columns["inspected_on"],
        published_on=columns["published_on"],
        full_judgement=columns["full_judgement"],
        overall_as_published=columns["overall"],
        helped_protected=columns["helped_protected"],
        leaders_managers=columns["leaders_managers"],
        education=columns["education"],
        health=columns["health"],
        supported_outcome=columns["supported_outcome"],
        contradictory=columns["contradictory"],
        resolution=columns["resolution"],
        labels=columns["labels"],
        standards_met=columns["standards_met"],
        safeguarding_met=columns["safeguarding_met"],
        report_card=columns["report_card"],
        inspectorate=columns["inspectorate"],
    )


def compare(
    result: ReadResult,
    *,
    as_of: dt.date,
    today: dt.date,
    registrations: Mapping[str, Columns],
    inspections: Mapping[str, list[Columns]],
    left: Mapping[str, Left] | None = None,
) -> Plan:
    """The plan for a file read. `registrations` and `inspections` are the register's rows for the file's URNs, by
    URN, and `left` what the newest list of leavers says of them.
    """
    plan = Plan()
    by_urn: dict[str, list[RegisterRow]] = {}
    for row in result.rows:
        by_urn.setdefault(row.urn, []).append(row)
    for urn, rows in by_urn.items():
        one = _One(plan, urn, as_of, result.coverage, registrations.get(urn), inspections.get(urn, []))
        one.left = (left or {}).get(urn)
        one.take(rows, today)
    return plan


def closed_by(left: Left | None, facts_as_of: dt.date) -> Columns:
    """The columns of a registration whose facts are of a day and that a list of leavers of that day or a later one says
    has ended; none where it has not.
    """
    if left is None or left.as_of < facts_as_of:
        return {"left_on": None}
    return {"left_on": left.left_on, "registration_status": left.status}


def standing_change(
    urn: str, before: Iterable[Judgement], after: Iterable[Judgement], today: dt.date
) -> Regraded | None:
    """The event to publish when a registration's judgements went from `before` to `after`, or None when it stands as
    it stood.
    """
    was, now = latest_graded(before, today), latest_graded(after, today)
    if now is None:
        return None
    old = was.result if was else None
    found_anew = set(now.findings) - set(was.findings if was else ())
    found_again = was is not None and now.inspection_id != was.inspection_id and bool(now.findings)
    if old is now.result and not found_anew and not found_again:
        return None
    return Regraded(urn, old, now.result, now.inspection_id, now.inspected_on, now.published_on, now.not_met)


def judged_again(urn: str, before: Iterable[Judgement], after: Iterable[Judgement], today: dt.date) -> Judged | None:
    """Another inspection that counts now, for a registration whose grade it leaves alone."""
    was, now = latest_graded(before, today), latest_graded(after, today)
    if was is None or now is None or was.inspection_id == now.inspection_id:
        return None
    return Judged(urn, now.result, now.inspection_id, now.inspected_on)


class _One:
    """Compares the rows of one URN with what the register holds of it."""

    def __init__(
        self, plan: Plan, urn: str, as_of: dt.date, coverage: Coverage, held: Columns | None, visits: list[Columns]
    ) -> None:
        self.plan = plan
        self.urn = urn
        self.as_of = as_of
        self.coverage = coverage
        self.held = held
        self.visits = [dict(visit) for visit in visits]
        self.before = [judgement_of(visit) for visit in visits]
        self.left: Left | None = None
        self.touched: dict[str, Columns] = {}
        self.added: list[Columns] = []

    def take(self, rows: list[RegisterRow], today: dt.date) -> None:
        newest = max(
            rows, key=lambda row: (row.inspections[0].inspected_on if row.inspections else dt.date.min, row.line)
        )
        facts_changed = self._registration(newest)
        news = facts_changed
        for row in rows:
            changed = [self._inspection(inspection) for inspection in row.inspections]
            news = news or any(changed)
            if self.held is None:
                self.plan.new += 1
            elif any(changed) or (row is newest and facts_changed):
                self.plan.changed += 1
            else:
                self.plan.unchanged += 1
        if news:
            self.plan.changed_urns.append(self.urn)
        self.plan.inspections_to_insert.extend(self.added)
        self.plan.inspections_to_update.extend(self.touched.values())
        if self.held is not None and (self.added or self.touched):
            after = [judgement_of(visit) for visit in self.visits]
            if event := standing_change(self.urn, self.before, after, today):
                self.plan.regraded.append(event)
            elif again := judged_again(self.urn, self.before, after, today):
                self.plan.judged_again.append(again)

    def _outranks(self, facts_as_of: dt.date, facts_from: Coverage | None) -> bool:
        if facts_from is Coverage.BY_HAND:  # what is published replaces what was typed
            return True
        return (self.as_of, _RANK[self.coverage]) >= (facts_as_of, _RANK[facts_from] if facts_from else 0)

    def _registration(self, row: RegisterRow) -> bool:
        source = Source.DEMONSTRATION if is_demonstration(self.urn) else Source.OFSTED
        facts = {"urn": self.urn, **row.facts, "source": source}
        facts["search_words"] = search_words(facts)
        origin = {"facts_as_of": self.as_of, "facts_from": self.coverage}
        if self.held is None:
            seen = {"first_seen": self.as_of, "last_seen": self.as_of}
            typed = dict.fromkeys(_TYPED)
            closed = closed_by(self.left, self.as_of)
            self.plan.registrations_to_insert.append(facts | origin | seen | typed | closed)
            return True
        held = self.held
        seen = {"first_seen": min(held["first_seen"], self.as_of), "last_seen": max(held["last_seen"], self.as_of)}
        takes = held["source"] is Source.BY_HAND or self._outranks(held["facts_as_of"], held["facts_from"])
        if takes:
            facts |= closed_by(self.left, self.as_of)
        update = {**held, **seen, **(facts | origin if takes else {})}
        if update != held:
            # Most of a file is rows that say what the register holds: those only become as old as the file.
            fresh = {"last_seen": self.as_of, **origin}
            if takes and {**held, **fresh} == update:
                self.plan.registrations_seen_again.append(self.urn)
            else:
                self.plan.registrations_to_update.append(update)
        suspended = RegistrationStatus.SUSPENDED.value
        if takes and facts["registration_status"] == suspended != held["registration_status"]:
            self.plan.suspended.append(RegistrationSuspended(self.urn, self.as_of))
        return takes and any(held[name] != value for name, value in facts.items())

    def _inspection(self, row: InspectionRow) -> bool:
        """Whether the row tells something of this inspection that the register did not hold."""
        held = self._find(row)
        origin = {"facts_as_of": self.as_of, "facts_from": self.coverage}
        if held is None:
            added = {"id": new_id(), "urn": self.urn, "event_number": row.event_number, **row.facts, **origin}
            added |= dict.fromkeys((*_RESOLUTION, *_OF_SCHOOLS, *_TYPED))
            self.visits.append(added)
            self.added.append(added)
            return True
        takes = self._outranks(held["facts_as_of"], held["facts_from"])
        differs = takes and any(held[name] != value for name, value in row.facts.items())
        numbered = held["event_number"] is None and row.event_number is not None
        if takes and not differs and not numbered:
            if (held["facts_as_of"], held["facts_from"]) != (self.as_of, self.coverage):
                held.update(origin)
                if not self._is_pending(held):
                    self.plan.inspections_seen_again.append(held["id"])
            return False
        if not (differs or numbered):
            return False
        if takes:
            if any(held[name] != row.facts[name] for name in JUDGED) or not row.facts["contradictory"]:
                held.update(dict.fromkeys(_RESOLUTION))
            held.update(row.facts | origin)
        held["event_number"] = held["event_number"] or row.event_number
        if not self._is_pending(held):
            self.touched[held["id"]] = held
            self.plan.inspections_corrected += 1
        return True

    def _is_pending(self, held: Columns) -> bool:
        return held["id"] in self.touched or any(held is added for added in self.added)

    def _find(self, row: InspectionRow) -> Columns | None:
        for visit in self.visits:
            if row.event_number is not None and visit["event_number"] == row.event_number:
                return visit
        for visit in self.visits:
            nameless = row.event_number is None or visit["event_number"] is None
            if nameless and visit["inspected_on"] == row.inspected_on:
                return visit
        return None
