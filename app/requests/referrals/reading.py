"""A referral judged against the form: what can be kept, and every fault, each with its field, its place and its value.

Pure: nothing here knows the database. What is wrong and can be kept stays in the draft as it was written; what a draft
may not hold (a code that the form does not know, a name of no field) is a fault whose value is listed beside the draft.
What is merely missing is no fault: the draft lists its gaps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from marshmallow import ValidationError

from app.children.codes import ethnicities
from app.children.records import SEXES
from app.core.geography import normalise_postcode
from app.requests.answers import is_empty, judge, read_date
from app.requests.form import Audience, FieldDefinition, FormDefinition, Raw
from app.requests.referrals.parsing import Cell, ChildCells, Parsed, shown
from app.requests.referrals.values import raw_of

LONGEST_VALUE = 5_000
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
    """A referral as far as it could be read."""

    children: list[ReadChild]
    answers: dict[str, Raw]
    faults: list[Fault]

    @property
    def all_faults(self) -> list[Fault]:
        """Those of the children and those of the answers, in the order of the file's parts."""
        return [fault for child in self.children for fault in child.faults] + self.faults


def read(definition: FormDefinition, parsed: Parsed, today: dt.date) -> Referral:
    """Judge a file that was taken apart. `today` is for dates that must not be past or to come."""
    faults = [
        Fault(where, name, name, value[:LONGEST_VALUE], message, False) for where, name, value, message in parsed.faults
    ]
    known = {one.name: one for one in definition.fields}
    answers = _answers(known, parsed.answers, faults)
    children = [_child(known, cells, number, faults) for number, cells in enumerate(parsed.children, start=1)]
    _judge(definition, known, answers, parsed.answers, today, faults)
    return Referral(children, answers, faults)


def _answers(known: Mapping[str, FieldDefinition], cells: Mapping[str, Cell], faults: list[Fault]) -> dict[str, Raw]:
    kept: dict[str, Raw] = {}
    for name, cell in cells.items():
        one = known.get(name)
        if one is None:
            faults.append(_lost(cell, name, name, "The form has no field of this name"))
            continue
        try:
            raw = raw_of(one, cell.value)
        except ValidationError as error:
            faults.append(_lost(cell, name, one.label, str(error.messages[0])))
            continue
        if not is_empty(raw):
            kept[name] = raw
    return kept


def _judge(
    definition: FormDefinition,
    known: Mapping[str, FieldDefinition],
    answers: Mapping[str, Raw],
    cells: Mapping[str, Cell],
    today: dt.date,
    faults: list[Fault],
) -> None:
    """Name what is kept and wrong; what is missing is left to the draft's own list of gaps. An answer that waits for
    one that could not be read is not blamed for it.
    """
    lost = {name for name in cells if name in known and name not in answers}
    for name, message in judge(definition, answers, today).errors.items():
        waits_for = known[name].when if name in known else None
        if name in answers and not (waits_for is not None and waits_for.field in lost):
            cell = cells[name]
            faults.append(Fault(cell.where, name, known[name].label, _said(cell), message, True))


def _child(known: Mapping[str, FieldDefinition], cells: ChildCells, number: int, faults: list[Fault]) -> ReadChild:
    child = ReadChild(answers=_answers(known, cells.answers, faults))
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
