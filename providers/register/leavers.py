"""The file of leavers and joiners: who came into the register in a year and who left it, when, and why as published.

A leaver closes the registration that the register holds. Being absent from a file never does.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.core.database import new_id
from providers.register import cells
from providers.register.comparing import Columns, Left, closed_by
from providers.register.events import RegistrationLeft
from providers.register.headings import Layout, find_headings
from providers.register.models import Registration, RegistrationChange
from providers.register.opening import Opened
from providers.register.prepared import Changes, Prepared
from providers.register.provider_files import newest_left, pieces, registrations_by_urn
from providers.register.rows import Progress, Rejected, Remark, RowReader, Sheet, remark_on_headings, rows_of, show
from providers.register.status import (
    CLOSED_STATUSES,
    STATUS_LABELS,
    ChangeKind,
    Coverage,
    RegistrationStatus,
    fold,
    provision_words,
)

_ALIASES = {
    alias: field
    for field, aliases in {
        "urn": ("urn", "provider urn", "unique reference number"),
        "provision_type": ("provision type", "provider type"),
        "region": ("government office region", "region"),
        "local_authority": ("local authority", "local authority name"),
        "sector": ("sector", "provider sector"),
        "places": ("places", "number of places"),
        "active_on": ("first effective date that the provider became active", "date that the provider became active"),
        "resigned_on": ("first effective date that the provider became resigned", "date resigned"),
        "closed_on": ("first effective date that the provider closed", "date closed"),
        "cancelled_on": ("first effective date that the provider became cancelled", "date cancelled"),
        "joiner": ("joiner status", "joiner"),
        "leaver": ("leaver status", "leaver"),
        "name": ("setting name", "name", "provider name"),
        "reason": ("reason", "reason for leaving or joining"),
    }.items()
    for alias in aliases
}
_UNUSED = ("ofsted region", "parliamentary constituency", "supported accommodation premises",
           "short break only childrens home", "")  # fmt: skip
_STATUS = re.compile(r"registration status as at \d{1,2} ([a-z]+) \d{4}")
_INSPECTORATE = re.compile(r"inspectorate as at \d{1,2} [a-z]+ \d{4}")
_SAID = ("joiner", "leaver")
_FACTS = ("happened_on", "registration_status", "reason", "provision_type", "name", "region", "local_authority",
          "local_authority_gss", "sector", "places")  # fmt: skip


def _field_of(folded: str) -> str | None:
    if match := _STATUS.fullmatch(folded):
        return "status_before" if match[1] == "april" else "status"
    return "inspectorate_" + folded if _INSPECTORATE.fullmatch(folded) else _ALIASES.get(folded)


LAYOUT = Layout(
    what="a list of leavers and joiners",
    field_of=_field_of,
    required={
        "urn": "URN",
        "provision_type": "Provision type",
        "joiner": "Joiner status",
        "leaver": "Leaver status",
        "active_on": "First effective date (that the provider became active)",
        "closed_on": "First effective date (that the provider closed)",
    },
    expected=("local_authority", "status", "name", "reason"),
    unused=frozenset(_UNUSED),
    marks=frozenset({"urn", "joiner", "leaver"}),
)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """That a provider joined or left, as one row tells it. `facts` are columns of the table."""

    urn: str
    kind: ChangeKind
    facts: dict[str, Any]


def read_changes(opened: Opened, progress: Progress | None = None) -> tuple[Sheet, list[list[ChangeRow]]]:
    """Read the file: for each accepted row that it joined, that it left, or both. Raises `Invalid` for what is no such
    file; a row that says neither, or not when, is rejected.
    """
    headings = find_headings(opened, LAYOUT)
    sheet = Sheet(opened.name, opened.sha256, opened.encoding)
    remark_on_headings(sheet, headings)
    found: list[list[ChangeRow]] = []
    seen: dict[str, int] = {}
    for line, row in rows_of(opened, headings, sheet, progress):
        reader = _Reader(line, row, headings)
        try:
            changes = reader.read()
            urn = changes[0].urn
            if urn in seen:
                raise reader.bad("urn", f"{urn}: the same URN stands at line {seen[urn]:,}")
            seen[urn] = line
        except Rejected as rejected:
            sheet.rejected.append(rejected.remark)
        else:
            found.append(changes)
            sheet.warnings.extend(reader.own)
    return sheet, found


class _Reader(RowReader):
    def read(self) -> list[ChangeRow]:
        self.check_shape()
        urn = self.urn()
        authority, gss = self.authority()
        facts = {
            "reason": self.text("reason", 300),
            "provision_type": self.provision_type(),
            "name": self.text("name", 300),
            "region": self.text("region", 120),
            "local_authority": authority,
            "local_authority_gss": gss,
            "sector": self.text("sector", 60),
            "places": self.optional("places", cells.whole_number, None),
        }
        joined, left = (self._says(name) for name in _SAID)
        if not (joined or left):
            raise self.bad(
                "leaver", "is empty, and so is the joiner status: the row says neither that it joined nor left"
            )
        found = []
        if joined:
            on = self._day("active_on", "the provider joined")
            found.append(ChangeRow(urn, ChangeKind.JOINED, {"happened_on": on, "registration_status": None, **facts}))
        if left:
            on = self._day(self._left_in(), "the provider left")
            status = self._ended().value
            found.append(ChangeRow(urn, ChangeKind.LEFT, {"happened_on": on, "registration_status": status, **facts}))
        return found

    def _says(self, name: str) -> bool:
        cell = self.cell(name)
        if cells.is_unknown(cell):
            return False
        if fold(cell) in (name, "yes", "y"):
            return True
        raise self.bad(name, f"{show(cell)} is neither “{name.capitalize()}” nor empty")

    def _left_in(self) -> str:
        columns = ("closed_on", "resigned_on", "cancelled_on")
        return next((name for name in columns if not cells.is_unknown(self.cell(name))), "closed_on")

    def _day(self, name: str, what: str) -> dt.date:
        found = self.strict(name, cells.date)
        if found is None:
            raise self.bad(name, f"is empty, and {what}")
        if found < cells.OLDEST:
            raise self.bad(name, f"{show(self.cell(name))} is too long ago")
        return found

    def _ended(self) -> RegistrationStatus:
        """How it ended: as the status says, or by which of the dates is filled in."""
        cell = self.cell("status")
        known = STATUS_LABELS.get(fold(cell))
        if known in CLOSED_STATUSES and known is not None:
            return known
        if not cells.is_unknown(cell):
            raise self.bad("status", f"{show(cell)} is not how a registration ends, and the provider left")
        if not cells.is_unknown(self.cell("cancelled_on")):
            return RegistrationStatus.CANCELLED
        resigned = not cells.is_unknown(self.cell("resigned_on"))
        return RegistrationStatus.RESIGNED if resigned else RegistrationStatus.CLOSED


@dataclass(slots=True)
class _Plan:
    """Rows to write, and how many rows of the file are new, changed and unchanged."""

    inserts: list[Columns] = field(default_factory=list)
    updates: list[Columns] = field(default_factory=list)
    closings: list[Columns] = field(default_factory=list)
    left: list[RegistrationLeft] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def prepare_changes(session: Session, opened: Opened, *, as_of: dt.date, progress: Progress | None) -> Prepared:
    """What the file would do: rows that its date does not hold yet, and registrations that it closes."""
    sheet, rows = read_changes(opened, progress)
    urns = [changes[0].urn for changes in rows]
    plan = _Plan()
    held = {
        (row.urn, row.kind): dict(row._mapping)
        for row in session.execute(select(RegistrationChange.__table__).where(RegistrationChange.as_of == as_of))
    }
    for changes in rows:
        plan.counts[max((_compare(plan, change, as_of, held) for change in changes), key=_WEIGHT.__getitem__)] += 1
    leaving = {change.urn: change for changes in rows for change in changes if change.kind is ChangeKind.LEFT}
    _close(session, plan, leaving, as_of)
    late = sum(change.facts["happened_on"] > as_of for changes in rows for change in changes)
    if late:
        sheet.warnings.append(Remark(0, "", f"has changes after its own date ({late:,}); check the date given"))

    def write(session: Session, progress: Progress | None) -> None:
        steps = (
            (insert(RegistrationChange), plan.inserts),
            (update(RegistrationChange), plan.updates),
            (update(Registration), plan.closings),
        )
        total, done = sum(len(rows) for _, rows in steps), 0
        for statement, rows in steps:
            for piece in pieces(rows):
                session.execute(statement, piece)
                done += len(piece)
                if progress is not None:
                    progress(done, total)
        for found in list(session.identity_map.values()):
            if isinstance(found, Registration):
                session.expire(found)

    types = Counter(changes[0].facts["provision_type"] for changes in rows)
    return Prepared(
        sheet=sheet,
        coverage=Coverage.LEAVERS_AND_JOINERS,
        urns=urns,
        new=plan.counts["new"],
        changed=plan.counts["changed"],
        unchanged=plan.counts["unchanged"],
        changes=Changes(left=plan.left),
        writes_nothing=not (plan.inserts or plan.updates or plan.closings),
        touched=[f"{row['urn']} {row['kind']}" for row in (*plan.inserts, *plan.updates)]
        + [row["urn"] for row in plan.closings],
        write=write,
        joined=sum(change.kind is ChangeKind.JOINED for changes in rows for change in changes),
        by_provision_type={provision_words(kind): count for kind, count in types.most_common()},
    )


_WEIGHT = {"unchanged": 0, "changed": 1, "new": 2}


def _compare(plan: _Plan, change: ChangeRow, as_of: dt.date, held: dict[tuple[str, ChangeKind], Columns]) -> str:
    before = held.get((change.urn, change.kind))
    if before is None:
        plan.inserts.append({"id": new_id(), "as_of": as_of, "urn": change.urn, "kind": change.kind, **change.facts})
        return "new"
    if all(before[name] == change.facts[name] for name in _FACTS):
        return "unchanged"
    plan.updates.append({**before, **change.facts})
    return "changed"


def _close(session: Session, plan: _Plan, leaving: dict[str, ChangeRow], as_of: dt.date) -> None:
    """The registrations that end: those that the register holds, with facts no younger than the list that says so."""
    urns = list(leaving)
    registrations, others = registrations_by_urn(session, urns), newest_left(session, urns)
    for urn, change in leaving.items():
        registration = registrations.get(urn)
        if registration is None:
            continue
        newest = Left(as_of, change.facts["happened_on"], change.facts["registration_status"])
        if urn in others and others[urn].as_of > as_of:
            newest = others[urn]
        closed = closed_by(newest, registration["facts_as_of"])
        if closed["left_on"] is None or all(registration[name] == value for name, value in closed.items()):
            continue
        plan.closings.append({**registration, **closed})
        if registration["left_on"] is None:
            plan.left.append(RegistrationLeft(urn, newest.left_on, str(newest.status), as_of))
