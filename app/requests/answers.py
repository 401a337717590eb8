"""Answers: what a whole form must be to be submitted.

Submission has a marshmallow schema, built from the form's definition, judge all of it at once and names every gap by
its field (F-22, F-23). What one answer may be is in `typed.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow import fields as ma

from app.requests.definitions import NOT_MEASURED, TODAY, FieldDefinition, FormDefinition, Raw
from app.requests.typed import clean, is_empty, read_date, row_name, value_of, words_of

_ASK = {"radios": "Choose", "select": "Choose", "checkboxes": "Choose", "picks": "Choose"}


@dataclass(frozen=True)
class Judged:
    """A whole form judged: clean values by field where there are no errors, else a message for each field to blame."""

    values: dict[str, Any]
    errors: dict[str, str]


@dataclass(frozen=True)
class Gap:
    """What is missing or wrong in a request: the field, its message, and the position of the child whom it is about (0
    where it is about the whole request).
    """

    field: FieldDefinition
    position: int
    message: str

    @property
    def key(self) -> str:
        """The gap's name among others: the field's, with the child where it is not the first."""
        return keyed(self.field.name, self.position)


def keyed(name: str, position: int) -> str:
    """How an answer of one of several children is named: "enjoys" of the first, "enjoys@2" of the second."""
    return name if position <= 1 else f"{name}@{position}"


class _Answer(ma.Field[Any]):
    """An answer of any kind but lines, judged by its definition."""

    def __init__(self, definition: FieldDefinition) -> None:
        self.definition = definition
        super().__init__(required=False, load_default=None, allow_none=True, metadata={"definition": definition})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value_of(self.definition, value)


class _Lines(_Answer):
    """Several lines, each judged column by column; the first that is wrong is named."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        lines = clean(self.definition, value)
        if is_empty(lines):
            return None
        read = []
        for number, line in enumerate(lines, start=1):
            row = line if isinstance(line, dict) else {}
            judged: dict[str, Any] = {}
            for column in self.definition.columns:
                fault = None
                try:
                    judged[column.name] = value_of(column, row.get(column.name))
                except ValidationError as error:
                    fault = str(error.messages[0])
                fault = fault or _presence_fault(self.definition.columns, column, judged, row)
                if fault:
                    raise ValidationError(f"{row_name(self.definition, number)}: {fault}")
            read.append(judged)
        return read


def schema_of(definition: FormDefinition) -> Schema:
    """The marshmallow schema of a version of the form: one field for each question, with its definition as metadata."""
    fields = {one.name: (_Lines if one.kind == "rows" else _Answer)(one) for one in definition.fields}
    return Schema.from_dict(fields, name="StandardForm")()  # type: ignore[arg-type]  # from_dict says Field[Unknown]


def judge(definition: FormDefinition, answers: Mapping[str, Any], today: dt.date) -> Judged:
    """Whether a whole form may be submitted on a day: required answers, conditional ones (F-22, F-23) and dates. A
    section that is not part of the request counts as empty, whatever a draft still holds of it.
    """
    part = {one.name for section in definition.sections if section.is_asked(answers) for one in section.fields}
    given = {name: raw for name, raw in answers.items() if name in part}
    errors: dict[str, str] = {}
    try:
        values = dict(schema_of(definition).load(given, unknown=EXCLUDE))
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        errors = {str(name): str(said[0]) for name, said in messages.items()}
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        values = {**dict.fromkeys((one.name for one in definition.fields), None), **valid}
    asked_fields = [one for one in definition.fields if one.name in part]
    for one in asked_fields:
        if one.name not in errors:
            fault = _presence_fault(asked_fields, one, values, given)
            fault = fault or _date_fault(definition.field, one, values, today) or _line_fault(one, values, today)
            if fault:
                errors[one.name] = fault
    in_order = {one.name: errors[one.name] for one in definition.fields if one.name in errors}
    return Judged({} if in_order else values, in_order)


def judge_each(
    definition: FormDefinition, each: Sequence[Mapping[str, Any]], today: dt.date
) -> tuple[list[dict[str, Any]], list[Gap]]:
    """All children of a request judged, in their order, each with the answers for all and its own: the values of each
    (empty where there are gaps) and every gap once, in the order of the form.
    """
    judged = [judge(definition, answers, today) for answers in each]
    gaps = [
        Gap(definition.field(name), 0 if not definition.section(section).per_child else position, message)
        for position, one in enumerate(judged, start=1)
        for name, message in one.errors.items()
        if (section := definition.field(name).section) and (position == 1 or definition.section(section).per_child)
    ]
    return [one.values for one in judged], gaps


def asked(definition: FieldDefinition, answers: Mapping[str, Any]) -> bool:
    """Whether a field is asked, given the answers so far."""
    return all(one.holds(answers) for one in definition.conditions)


def needed(definition: FieldDefinition, answers: Mapping[str, Any]) -> bool:
    """Whether a field that is asked must be answered, given the answers so far."""
    if definition.required_when is not None and definition.required_when.holds(answers):
        return True
    return definition.required or (bool(definition.needed_with) and not is_empty(answers.get(definition.needed_with)))


def _presence_fault(
    fields: Sequence[FieldDefinition], one: FieldDefinition, values: Mapping[str, Any], answers: Mapping[str, Any]
) -> str | None:
    given = values.get(one.name) is not None
    if not asked(one, answers):
        failing = next(when for when in one.conditions if not when.holds(answers))
        other = next((other for other in fields if other.name == failing.field), None)
        if not given or other is None:
            return None
        wanted = " or ".join(other.words(code) for code in failing.answers)
        return f"{one.label}: leave this empty unless the answer to “{other.label}” is {wanted}"
    if needed(one, answers) and not given:
        return f"{_ASK.get(one.kind, 'Enter')} an answer to “{one.label}”"
    return None


def _date_fault(find: Any, one: FieldDefinition, values: Mapping[str, Any], today: dt.date) -> str | None:
    """What is wrong with a date in relation to today or to another date of the form."""
    day = values.get(one.name)
    if not isinstance(day, dt.date):
        return None
    if one.not_after:
        latest = today if one.not_after == TODAY else values.get(one.not_after)
        if latest and day > latest:
            return f"{one.label} must not be " + (
                "in the future" if one.not_after == TODAY else f"after “{find(one.not_after).label}”"
            )
    if one.not_before:
        earliest = today if one.not_before == TODAY else values.get(one.not_before)
        if earliest and day < earliest:
            return f"{one.label} must " + (
                "be today or later" if one.not_before == TODAY else f"not be before “{find(one.not_before).label}”"
            )
    return None


def _line_fault(one: FieldDefinition, values: Mapping[str, Any], today: dt.date) -> str | None:
    """The first date of several lines that today forbids."""
    for number, line in enumerate(values.get(one.name) or () if one.columns else (), start=1):
        for column in one.columns:
            fault = _date_fault(one.column, column, line, today)
            if fault:
                return f"{row_name(one, number)}: {fault}"
    return None


def scores_of(values: Mapping[str, Any]) -> list[int | None]:
    """The 12 needs from judged or typed answers; not measured, and anything not answered, is None (F-57)."""
    typed = [values.get(f"need_{number}") for number in range(1, 13)]
    return [int(one) if one not in (None, "", NOT_MEASURED) else None for one in typed]


__all__ = [
    "Gap",
    "Judged",
    "Raw",
    "asked",
    "clean",
    "is_empty",
    "judge",
    "judge_each",
    "keyed",
    "needed",
    "read_date",
    "schema_of",
    "scores_of",
    "words_of",
]
