"""From a register file to rows of facts and inspections, with every row that had to be rejected and every cell that
says nothing.

Pure: a file in, a `ReadResult` out; no database. A file that is no register at all raises `Invalid`; a row that
cannot be trusted is rejected with its line, as a spreadsheet numbers it, and its column.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from providers.register import cells
from providers.register.headings import Headings, find_headings
from providers.register.judgements import contradicts, is_full_judgement
from providers.register.opening import Opened, open_register
from providers.register.rows import (
    Progress,
    Rejected,
    RowReader,
    Sheet,
    remark_on_headings,
    rows_of,
    show,
)
from providers.register.status import (
    EVENT_WORDS,
    GRADE_WORDS,
    OUTCOME_WORDS,
    STATUS_LABELS,
    Coverage,
    Grade,
    SupportedOutcome,
    fold,
)

_GRADED = ("overall", "helped_protected", "leaders_managers", "education", "health")


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """One inspection or visit as a row tells it. `facts` are the columns of the inspection table that a file can
    fill.
    """

    event_number: str | None
    inspected_on: dt.date
    facts: dict[str, Any]


@dataclass(slots=True)
class RegisterRow:
    """One row of a file: the registration's facts (columns of the registration table) and the inspections it tells
    of, latest first.
    """

    line: int
    urn: str
    facts: dict[str, Any]
    inspections: list[InspectionRow]


@dataclass(slots=True)
class ReadResult(Sheet):
    """All that a file says."""

    coverage: Coverage = Coverage.EVERY_PROVIDER
    rows: list[RegisterRow] = field(default_factory=list)


def read_register(source: Path | BinaryIO, *, name: str | None = None, progress: Progress | None = None) -> ReadResult:
    """Read a file of providers or of inspections, of any year, given by its path or as a stream of bytes.

    Raises `Invalid` (field "file") for what is no such file: unreadable, binary, cut off, without its headings, far
    too large. A row with a bad URN, a bad date, an unknown grade, a formula, or a URN or inspection given before in
    the file is rejected; a junk optional cell becomes unknown and is warned of. `progress` is called with the rows
    done and None, for the total is not known.
    """
    return read_opened(open_register(source, name), progress)


def read_opened(opened: Opened, progress: Progress | None = None) -> ReadResult:
    """The same for a file that is open already."""
    headings = find_headings(opened)
    result = ReadResult(opened.name, opened.sha256, opened.encoding)
    remark_on_headings(result, headings)
    seen: dict[str, int] = {}
    for line, row in rows_of(opened, headings, result, progress):
        reader = _RowReader(line, row, headings)
        try:
            read = reader.read()
            key = read.urn
            if headings.is_of_visits:
                visit = read.inspections[0]
                key = f"{read.urn} {visit.event_number or visit.inspected_on}"
            result.warnings.extend(reader.own)
            if key in seen:
                what = "inspection" if headings.is_of_visits else "URN"
                raise reader.bad("urn", f"{read.urn}: the same {what} stands at line {seen[key]:,}")
            seen[key] = line
        except Rejected as rejected:
            result.rejected.append(rejected.remark)
        else:
            result.rows.append(read)
    result.coverage = _coverage(headings, result)
    return result


def _coverage(headings: Headings, result: ReadResult) -> Coverage:
    if headings.is_of_visits:
        return Coverage.INSPECTIONS_IN_YEAR
    if headings.has_previous and all(row.inspections for row in result.rows):
        return Coverage.INSPECTED_PROVIDERS
    return Coverage.EVERY_PROVIDER


class _RowReader(RowReader):
    """Reads one row of providers or of visits."""

    def read(self) -> RegisterRow:
        self.check_shape()
        urn = self.urn()
        facts = self._facts()
        latest = self._inspection("")
        previous = self._inspection("previous_")
        if latest is None and self.headings.is_of_visits:
            raise self.bad("inspected_on", "is empty, and the row is about an inspection")
        if latest is None:
            facts["ungraded_label"] = None if cells.is_unknown(self.cell("overall")) else self.cell("overall")[:120]
        inspections = [one for one in (latest, previous) if one is not None]
        if latest and previous and self._is_same(latest, previous):
            self.warn("previous_inspected_on", "is the latest inspection again; it is kept once")
            inspections = [latest]
        return RegisterRow(self.line, urn, facts, inspections)

    # Parts of a row

    def _facts(self) -> dict[str, Any]:
        authority, gss = self.authority()
        return {
            "provision_type": self.provision_type(),
            "name": self.text("name", 300),
            "owner": self.text("owner", 300),
            "registered_on": self._registered_on(),
            "registration_status": self._status(),
            "address_1": self.optional("address_1", lambda cell: cells.address_line(cell, 300), None),
            "address_2": self.optional("address_2", lambda cell: cells.address_line(cell, 300), None),
            "town": self.text("town", 120),
            "county": self.text("county", 120),
            "postcode": self.optional("postcode", cells.postcode, None),
            "region": self.text("region", 120),
            "local_authority": authority,
            "local_authority_gss": gss,
            "sector": self.text("sector", 60),
            "places": self.optional("places", cells.whole_number, None),
            "supported_premises": self.optional("supported_premises", cells.whole_number, None),
            "short_breaks_only": self.optional("short_breaks_only", cells.yes_or_no, False),
            "several_buildings": self.optional("several_buildings", cells.yes_or_no, False),
            "linked_education_urn": self.optional("linked_education_urn", cells.school_urn, None),
            "ungraded_label": None,
        }

    def _status(self) -> str | None:
        cell = self.cell("registration_status")
        known = STATUS_LABELS.get(fold(cell))
        if known is not None:
            return known.value
        found = self.text("registration_status", 60)
        if found is not None:
            self.warn("registration_status", f"{show(cell)} is a status that we do not know; it is kept as it stands")
        return found

    def _registered_on(self) -> dt.date | None:
        found = self.strict("registered_on", cells.date)
        if found is not None and found < cells.OLDEST:
            self.warn("registered_on", f"{show(self.cell('registered_on'))} says nothing; it is taken as unknown")
            return None
        return found

    def _inspection(self, prefix: str) -> InspectionRow | None:
        inspected_on = self.strict(f"{prefix}inspected_on", cells.date)
        grades = {name: self.strict(f"{prefix}{name}", cells.grade) for name in _GRADED}
        outcome = self.strict(f"{prefix}supported_outcome", cells.supported_outcome)
        published_on = self.strict(f"{prefix}published_on", cells.date)
        if inspected_on is None:
            if any(grades.values()) or outcome is not None:
                raise self.bad(f"{prefix}inspected_on", "is empty, and the row has a judgement")
            return None
        if inspected_on < cells.OLDEST:
            raise self.bad(f"{prefix}inspected_on", f"{show(self.cell(f'{prefix}inspected_on'))} is too long ago")
        if published_on is not None and published_on < inspected_on:
            self.warn(f"{prefix}published_on", "is before the inspection; it is taken as unknown")
            published_on = None
        event_label = self.cell(f"{prefix}event_type") or "Full inspection"
        event_type = cells.event_type(event_label)
        if f"{prefix}event_type" in self.headings.columns and not self.cell(f"{prefix}event_type"):
            self.warn(f"{prefix}event_type", "is empty; the inspection is taken as a full one")
        full = is_full_judgement(event_type, grades["overall"], outcome)
        contradictory = full and contradicts(grades["overall"], grades["helped_protected"], grades["leaders_managers"])
        if contradictory:
            self.warn(
                f"{prefix}overall", "contradicts the other judgements; it is not scored until a person resolves it"
            )
        if not full and not self.headings.is_of_visits:
            self.warn(
                f"{prefix}event_type", f"{show(event_label)} makes no full judgement; it is kept and never scored"
            )
        return InspectionRow(
            self._event_number(prefix),
            inspected_on,
            {
                "event_type": event_type,
                "event_label": EVENT_WORDS.get(event_type, event_label[:120]),
                "inspected_on": inspected_on,
                "published_on": published_on,
                "full_judgement": full,
                **grades,
                "supported_outcome": outcome,
                "labels": self._labels(prefix, grades, outcome),
                "contradictory": contradictory,
            },
        )

    def _event_number(self, prefix: str) -> str | None:
        cell = self.cell(f"{prefix}event_number")
        if cells.is_unknown(cell) or len(cell) > 20 or not cell.isascii() or not cell.isalnum():
            if f"{prefix}event_number" in self.headings.columns:
                self.warn(f"{prefix}event_number", f"{show(cell)} is no number; the inspection is known by its day")
            return None
        return cell

    def _labels(self, prefix: str, grades: dict[str, Grade | None], outcome: SupportedOutcome | None) -> dict[str, str]:
        labels: dict[str, str] = {}
        for name, value in (*grades.items(), ("supported_outcome", outcome)):
            cell = self.cell(f"{prefix}{name}")
            if cells.is_unknown(cell):
                continue
            words = GRADE_WORDS[value] if isinstance(value, Grade) else OUTCOME_WORDS[value] if value else ""
            if fold(cell) != fold(words):
                labels[name] = cell[:200]
        return labels

    @staticmethod
    def _is_same(one: InspectionRow, other: InspectionRow) -> bool:
        if one.event_number and other.event_number:
            return one.event_number == other.event_number
        return one.inspected_on == other.inspected_on


def count_by_type(result: ReadResult) -> Counter[str]:
    """Rows accepted, by provision type as stored."""
    return Counter(row.facts["provision_type"] for row in result.rows)
