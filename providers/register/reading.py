"""From a register file to rows of facts and inspections, with every row that had to be rejected and every cell that
says nothing.

Pure: a file in, a `ReadResult` out; no database. A file that is no register at all raises `Invalid`; a row that
cannot be trusted is rejected with its line, as a spreadsheet numbers it, and its column.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar

from app.core.errors import Invalid
from app.core.geography import authority_by_name
from providers.register import cells
from providers.register.headings import Headings, find_headings
from providers.register.judgements import contradicts, is_full_judgement
from providers.register.opening import Opened, open_register
from providers.register.status import (
    EVENT_WORDS,
    GRADE_WORDS,
    OUTCOME_WORDS,
    PROVISION_LABELS,
    STATUS_LABELS,
    Coverage,
    Grade,
    SupportedOutcome,
    fold,
)
from providers.register.urn import URN_WORDS, clean_urn

Progress: TypeAlias = Callable[[int, int | None], None]
T = TypeVar("T")

_AS_AT = re.compile(r"\bas at (\d{1,2} [A-Za-z]+ \d{4})")
_SHOWN = 60
_GRADED = ("overall", "helped_protected", "leaders_managers", "education", "health")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about a cell: the line as in a spreadsheet, the column as headed in the file, and what is the
    matter.
    """

    line: int
    column: str
    message: str

    def words(self) -> str:
        where = f"Line {self.line:,}" if self.line else "The file"
        return f"{where}, {self.column}: {self.message}" if self.column else f"{where}: {self.message}"

    def to_dict(self) -> dict[str, Any]:
        return {"line": self.line, "column": self.column, "message": self.message}


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
class ReadResult:
    """All that a file says. `says_as_of` is the date in its title ("as at 31 March 2025"), if it has one. `rows_read`
    counts every row below the headings that is not blank: accepted ones and `rejected` ones.
    """

    file_name: str
    sha256: str
    encoding: str
    coverage: Coverage
    says_as_of: dt.date | None = None
    rows_read: int = 0
    rows: list[RegisterRow] = field(default_factory=list)
    rejected: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)


def read_register(source: Path | BinaryIO, *, name: str | None = None, progress: Progress | None = None) -> ReadResult:
    """Read a file of providers or of inspections, of any year, given by its path or as a stream of bytes.

    Raises `Invalid` (field "file") for what is no such file: unreadable, binary, cut off, without its headings, far
    too large. A row with a bad URN, a bad date, an unknown grade, a formula, or a URN or inspection given before in
    the file is rejected; a junk optional cell becomes unknown and is warned of. `progress` is called with the rows
    done and None, for the total is not known.
    """
    opened = open_register(source, name)
    headings = find_headings(opened)
    result = ReadResult(opened.name, opened.sha256, opened.encoding, Coverage.EVERY_PROVIDER)
    for title in headings.unknown:
        result.warnings.append(
            Remark(headings.row_number, title, "is a heading that we do not know; it is passed over")
        )
    for absent in headings.absent:
        words = f"has no column for {absent.replace('_', ' ')}, which is therefore unknown for every row"
        result.warnings.append(Remark(0, "", words))
    _read_rows(opened, headings, result, progress)
    if not result.rows_read:
        raise Invalid(f"{opened.name} has headings and no rows. Nothing was imported.", field="file")
    result.coverage = _coverage(headings, result)
    return result


def _read_rows(opened: Opened, headings: Headings, result: ReadResult, progress: Progress | None) -> None:
    seen: dict[str, int] = {}
    last: tuple[int, list[str]] | None = None
    for line, row in opened.rows(headings.delimiter):
        if line < headings.row_number:
            result.says_as_of = result.says_as_of or _titled(row)
        if line <= headings.row_number or not any(cell.strip() for cell in row):
            continue
        last = (line, row)
        result.rows_read += 1
        reader = _RowReader(line, row, headings, result.warnings)
        try:
            read = reader.read()
            key = read.urn
            if headings.is_of_visits:
                visit = read.inspections[0]
                key = f"{read.urn} {visit.event_number or visit.inspected_on}"
            if key in seen:
                what = "inspection" if headings.is_of_visits else "URN"
                raise reader.bad("urn", f"{read.urn}: the same {what} stands at line {seen[key]:,}")
            seen[key] = line
        except _Rejected as rejected:
            result.rejected.append(rejected.remark)
        else:
            result.rows.append(read)
        if progress is not None and result.rows_read % 500 == 0:
            progress(result.rows_read, None)
    if last is not None and len(last[1]) < headings.width and not opened.ends_with_line_break:
        raise Invalid(
            f"{opened.name} is cut off: its last line ({last[0]:,}) has {len(last[1])} of {headings.width} cells and "
            "no line end. Get the file again. Nothing was imported.",
            field="file",
        )


def _titled(row: list[str]) -> dt.date | None:
    for cell in row:
        if found := _AS_AT.search(cells.tidy(cell)):
            try:
                return cells.date(found[1])
            except cells.Bad:
                continue
    return None


def _coverage(headings: Headings, result: ReadResult) -> Coverage:
    if headings.is_of_visits:
        return Coverage.INSPECTIONS_IN_YEAR
    if headings.has_previous and all(row.inspections for row in result.rows):
        return Coverage.INSPECTED_PROVIDERS
    return Coverage.EVERY_PROVIDER


class _Rejected(Exception):
    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.words())
        self.remark = remark


class _RowReader:
    """Reads one row. Warnings go to the list it is given once the row is accepted; a rejected row has one reason, its
    first.
    """

    def __init__(self, line: int, row: list[str], headings: Headings, warnings: list[Remark]) -> None:
        self.line = line
        self.row = row
        self.headings = headings
        self.warnings = warnings
        self.own: list[Remark] = []

    def read(self) -> RegisterRow:
        self._check_shape()
        urn = clean_urn(self.cell("urn"))
        if urn is None:
            raise self.bad("urn", f"{_show(self.cell('urn'))} is not a URN ({URN_WORDS})")
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
        self.warnings.extend(self.own)
        return RegisterRow(self.line, urn, facts, inspections)

    # Cells

    def cell(self, name: str) -> str:
        place = self.headings.columns.get(name)
        return "" if place is None or place >= len(self.row) else cells.tidy(self.row[place])

    def title(self, name: str) -> str:
        return self.headings.titles.get(name, name)

    def bad(self, name: str, message: str) -> _Rejected:
        return _Rejected(Remark(self.line, self.title(name), message))

    def warn(self, name: str, message: str) -> None:
        self.own.append(Remark(self.line, self.title(name), message))

    def optional(self, name: str, read: Callable[[str], T], unknown: T) -> T:
        cell = self.cell(name)
        try:
            return read(cell)
        except cells.Junk:
            self.warn(name, f"{_show(cell)} says nothing; it is taken as unknown")
            return unknown

    def strict(self, name: str, read: Callable[[str], T]) -> T:
        cell = self.cell(name)
        try:
            return read(cell)
        except cells.Bad as error:
            raise self.bad(name, f"{_show(cell)} {error}") from None

    # Parts of a row

    def _check_shape(self) -> None:
        for name, place in self.headings.columns.items():
            if place < len(self.row) and cells.is_formula(self.row[place].strip()):
                raise self.bad(name, f"{_show(self.row[place])} is a spreadsheet formula, not a fact")
        spare = [cell for cell in self.row[self.headings.row_width :] if cell.strip()]
        if spare:
            raise _Rejected(
                Remark(self.line, "", f"has more cells than there are headings, beginning with {_show(spare[0])}")
            )

    def _facts(self) -> dict[str, Any]:
        authority = self.optional("local_authority", lambda cell: cells.text(cell, 120), None)
        known = authority_by_name(authority) if authority else None
        if authority and known is None:
            self.warn("local_authority", f"{_show(authority)} is not an authority that we know")
        return {
            "provision_type": self._provision_type(),
            "name": self.optional("name", lambda cell: cells.text(cell, 300), None),
            "owner": self.optional("owner", lambda cell: cells.text(cell, 300), None),
            "registered_on": self._registered_on(),
            "registration_status": self._status(),
            "address_1": self.optional("address_1", lambda cell: cells.address_line(cell, 300), None),
            "address_2": self.optional("address_2", lambda cell: cells.address_line(cell, 300), None),
            "town": self.optional("town", lambda cell: cells.text(cell, 120), None),
            "county": self.optional("county", lambda cell: cells.text(cell, 120), None),
            "postcode": self.optional("postcode", cells.postcode, None),
            "region": self.optional("region", lambda cell: cells.text(cell, 120), None),
            "local_authority": authority,
            "local_authority_gss": known.gss if known else None,
            "sector": self.optional("sector", lambda cell: cells.text(cell, 60), None),
            "places": self.optional("places", cells.whole_number, None),
            "supported_premises": self.optional("supported_premises", cells.whole_number, None),
            "short_breaks_only": self.optional("short_breaks_only", cells.yes_or_no, False),
            "several_buildings": self.optional("several_buildings", cells.yes_or_no, False),
            "linked_education_urn": self.optional("linked_education_urn", cells.school_urn, None),
            "ungraded_label": None,
        }

    def _provision_type(self) -> str:
        cell = self.cell("provision_type")
        if cells.is_unknown(cell) or not any(letter.isalpha() for letter in cell) or len(cell) > 120:
            raise self.bad("provision_type", f"{_show(cell)} is not a type of provision")
        known = PROVISION_LABELS.get(fold(cell))
        if known is None:
            self.warn("provision_type", f"{_show(cell)} is a type that we do not know; it is kept as it stands")
            return cell
        return known.value

    def _status(self) -> str | None:
        cell = self.cell("registration_status")
        known = STATUS_LABELS.get(fold(cell))
        if known is not None:
            return known.value
        found = self.optional("registration_status", lambda cell: cells.text(cell, 60), None)
        if found is not None:
            self.warn("registration_status", f"{_show(cell)} is a status that we do not know; it is kept as it stands")
        return found

    def _registered_on(self) -> dt.date | None:
        found = self.strict("registered_on", cells.date)
        if found is not None and found < cells.OLDEST:
            self.warn("registered_on", f"{_show(self.cell('registered_on'))} says nothing; it is taken as unknown")
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
            raise self.bad(f"{prefix}inspected_on", f"{_show(self.cell(f'{prefix}inspected_on'))} is too long ago")
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
                f"{prefix}event_type", f"{_show(event_label)} makes no full judgement; it is kept and never scored"
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
                self.warn(f"{prefix}event_number", f"{_show(cell)} is no number; the inspection is known by its day")
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


def _show(cell: str) -> str:
    cell = "".join(letter if letter.isprintable() else "�" for letter in cells.tidy(cell))
    return "an empty cell" if not cell else f"“{cell[:_SHOWN]}…”" if len(cell) > _SHOWN else f"“{cell}”"


def count_by_type(result: ReadResult) -> Counter[str]:
    """Rows accepted, by provision type as stored."""
    return Counter(row.facts["provision_type"] for row in result.rows)
