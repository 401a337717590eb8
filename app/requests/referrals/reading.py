"""A referral judged against the form: what can be kept, and every fault, each with its field, its place and its value.

Pure: nothing here knows the database. What is wrong and can be kept stays in the draft as it was written; what a draft
may not hold (a code that the form does not know, a name of no field) is a fault whose value is listed beside the draft.
What is merely missing is no fault: the draft lists its gaps.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marshmallow import ValidationError

from app.children.codes import ethnicities
from app.children.records import SEXES
from app.core.geography import normalise_postcode
from app.requests.answers import clean, is_empty, judge, read_date
from app.requests.form import Audience, FieldDefinition, FormDefinition, Raw, Row
from app.requests.referrals.parsing import Cell, ChildCells, Parsed, shown
from app.requests.referrals.values import UNKNOWN_COLUMN, lines_of, raw_of
from app.requests.typed import row_name

LONGEST_VALUE = 5_000
_OF_A_LINE = re.compile(r"(\w+)\.(\d{1,2})\.(\w+)")
"""A column of a line in CSV, like "consulted.2.school"."""

REFERENCE = "reference"


def _about(name: str, label: str, kind: str = "text", choices: tuple[tuple[str, ...], ...] = ()) -> FieldDefinition:
    return FieldDefinition(
        name=name,
        section="child",
        label=label,
        kind=kind,
        required=True,
        audience=Audience.BOROUGH,
        choices=choices,
        max_length=200,
    )


def child_fields() -> tuple[FieldDefinition, ...]:
    """What a child's record asks, described as the form describes its fields."""
    return (
        _about("given_name", "First name"),
        _about("family_name", "Last name"),
        _about("date_of_birth", "Date of birth", "date"),
        _about("sex", "Sex", "radios", tuple(SEXES.items())),
        _about("ethnicity", "Ethnicity", "select", ethnicities()),
        _about("home_postcode", "Home postcode"),
    )


@dataclass(frozen=True)
class Fault:
    """Something wrong with a referral: where, in which field, what was written, why not, and whether it was kept."""

    where: str
    field: str
    label: str
    value: str
    message: str
    kept: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class ReadChild:
    """What a referral says of a child. `identity` is as typed; `faults` are those that keep it from being recorded."""

    reference: str = ""
    identity: dict[str, Raw] = field(default_factory=dict)
    answers: dict[str, Raw] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass
class Referral:
    """A referral as far as it could be read. `answers` are about the request and its first child; those of another
    child alone stand with it.
    """

    children: list[ReadChild]
    answers: dict[str, Raw]
    faults: list[Fault]

    @property
    def all_faults(self) -> list[Fault]:
        """Those of the children and those of the answers, in the order of the file's parts."""
        return [fault for child in self.children for fault in child.faults] + self.faults


def read(definition: FormDefinition, parsed: Parsed, today: dt.date) -> Referral:
    """Judge a file that was taken apart. `today` is for dates that must not be past or to come.

    What is about the first child may stand among the answers of the request or in its own: they become one.
    """
    faults = [
        Fault(where, name, name, value[:LONGEST_VALUE], message, False) for where, name, value, message in parsed.faults
    ]
    answers = _Answers(definition, faults)
    answers.take(parsed.answers, position=1)
    children = []
    for number, cells in enumerate(parsed.children, start=1):
        child = _child(cells, number, faults)
        own = answers if number == 1 else _Answers(definition, faults)
        own.take(cells.answers, position=number)
        if number > 1:
            own.judge(answers.kept, number, today)
            child.answers = own.kept
        children.append(child)
    answers.judge({}, 1, today)
    return Referral(children, answers.kept, faults)


class _Answers:
    """The answers about a request and its first child, or those about one other child alone, as they are read."""

    def __init__(self, definition: FormDefinition, faults: list[Fault]) -> None:
        self.definition = definition
        self.faults = faults
        self.kept: dict[str, Raw] = {}
        self.from_cells: dict[str, Cell] = {}
        self.lost: set[str] = set()

    def take(self, cells: Mapping[str, Cell], *, position: int) -> None:
        """Keep what a draft may hold; whatever it may not is a fault."""
        lines: dict[str, dict[int, dict[str, Cell]]] = {}
        for name, cell in cells.items():
            numbered = _OF_A_LINE.fullmatch(name)
            field_name = numbered[1] if numbered else name
            one = self.definition.field(field_name) if self.definition.has(field_name) else None
            if one is None or (numbered and one.kind != "rows"):
                self.lose(cell, name, name, "The form has no field of this name")
            elif position > 1 and not self.definition.section(one.section).per_child:
                self.lose(cell, name, one.label, "This is about the whole request: give it once, outside the child")
            elif numbered:
                lines.setdefault(field_name, {}).setdefault(int(numbered[2]), {})[numbered[3]] = cell
            elif one.kind == "rows":
                lines |= self._lines(one, cell)
            else:
                self._take_one(one, cell)
        for name, found in lines.items():
            self._take_lines(self.definition.field(name), found)

    def _lines(self, one: FieldDefinition, cell: Cell) -> dict[str, dict[int, dict[str, Cell]]]:
        try:
            given = lines_of(one, cell.value)
        except ValidationError as error:
            self.lose(cell, one.name, one.label, str(error.messages[0]))
            return {}
        return {
            one.name: {
                number: {name: Cell(f"{cell.where}[{number}].{name}", value) for name, value in line.items()}
                for number, line in enumerate(given, start=1)
            }
        }

    def _take_one(self, one: FieldDefinition, cell: Cell) -> None:
        try:
            raw = raw_of(one, cell.value)
        except ValidationError as error:
            self.lose(cell, one.name, one.label, str(error.messages[0]))
            return
        if not is_empty(raw):
            self.kept[one.name], self.from_cells[one.name] = raw, cell

    def _take_lines(self, one: FieldDefinition, lines: Mapping[int, Mapping[str, Cell]]) -> None:
        columns = {column.name: column for column in one.columns}
        rows: list[Row] = []
        for number, cells in sorted(lines.items()):
            row: Row = {}
            for name, cell in cells.items():
                label = f"{row_name(one, number)}: {columns[name].label if name in columns else name}"
                try:
                    if name not in columns:
                        raise ValidationError(UNKNOWN_COLUMN)
                    row[name] = raw_of(columns[name], cell.value)  # type: ignore[assignment]  # no rows in rows
                except ValidationError as error:
                    self.lose(cell, one.name, label, str(error.messages[0]))
            rows.append(row)
        first = next((cell for cells in lines.values() for cell in cells.values()), None)
        if first is None:
            return
        try:
            raw = clean(one, rows)
        except ValidationError as error:
            self.lose(first, one.name, one.label, str(error.messages[0]))
            return
        if not is_empty(raw):
            self.kept[one.name], self.from_cells[one.name] = raw, Cell(first.where, "")

    def lose(self, cell: Cell, name: str, label: str, message: str) -> None:
        """Something that a draft may not hold."""
        self.lost.add(name)
        self.faults.append(_lost(cell, name, label, message))

    def judge(self, shared: Mapping[str, Raw], position: int, today: dt.date) -> None:
        """Name what is kept and wrong; what is missing is left to the draft's own list of gaps. An answer that waits
        for one that could not be read is not blamed for it.
        """
        per_child = {one.name for part in self.definition.sections if part.per_child for one in part.fields}
        common = {name: raw for name, raw in shared.items() if name not in per_child}
        for name, message in judge(self.definition, {**common, **self.kept}, today).errors.items():
            one = self.definition.field(name)
            if name not in self.kept or any(when.field in self.lost for when in one.conditions):
                continue
            label = one.label if position == 1 else f"Child {position}: {one.label}"
            cell = self.from_cells[name]
            self.faults.append(Fault(cell.where, name, label, _said(cell), message, True))


def _child(cells: ChildCells, number: int, faults: list[Fault]) -> ReadChild:
    child = ReadChild()
    asked = {one.name: one for one in child_fields()}
    for name, cell in cells.identity.items():
        if name == REFERENCE:
            child.reference = shown(cell.value).strip().upper()[:20]
            continue
        one = asked.get(name)
        if one is None:
            faults.append(_lost(cell, name, name, "A child's record has no field of this name"))
            continue
        try:
            child.identity[name] = raw_of(one, cell.value)
        except ValidationError as error:
            child.faults.append(_lost(cell, name, one.label, str(error.messages[0])))
            continue
        message = _identity_fault(one, child.identity[name])
        if message:
            child.faults.append(Fault(cell.where, name, one.label, _said(cell), message, False))
    if not child.reference:
        for one in asked.values():
            if one.name not in cells.identity:
                where = f"child {number}"
                child.faults.append(Fault(where, one.name, one.label, "", f"{one.label} is missing", False))
    return child


def _identity_fault(one: FieldDefinition, raw: Raw) -> str | None:
    if is_empty(raw):
        return f"{one.label} is missing"
    if one.kind == "date" and isinstance(raw, dict):
        try:
            read_date(one.label, raw)
        except ValidationError as error:
            return str(error.messages[0])
    if one.name == "home_postcode" and normalise_postcode(str(raw)) is None:
        return "Home postcode must be a full postcode, like CR0 1EA"
    return None


def _lost(cell: Cell, name: str, label: str, message: str) -> Fault:
    return Fault(cell.where, name, label, _said(cell), message, False)


def _said(cell: Cell) -> str:
    return shown(cell.value)[:LONGEST_VALUE]
