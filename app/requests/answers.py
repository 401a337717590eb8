"""Answers: what a draft may hold as typed, what a whole form must be to be submitted, and how an answer reads.

A draft keeps whatever was typed, except a code that the form does not know (F-26). Submission has a marshmallow
schema, built from the form's definition, judge all of it at once and names every gap by its field (F-22, F-23).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow import fields as ma

from app.core.workdays import date_words
from app.requests.form import NOT_MEASURED, FieldDefinition, FormDefinition, Raw

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = ("day", "month", "year")
_ASK = {"radios": "Choose", "select": "Choose", "checkboxes": "Choose"}


@dataclass(frozen=True)
class Judged:
    """A whole form judged: clean values by field where there are no errors, else a message for each field to blame."""

    values: dict[str, Any]
    errors: dict[str, str]


def is_empty(raw: Raw | None) -> bool:
    """Whether nothing was answered."""
    return not (any(raw.values()) if isinstance(raw, dict) else raw)


def clean(definition: FieldDefinition, raw: object) -> Raw:
    """One typed answer in the shape of its kind, its edges trimmed. A code that the form does not know raises
    ValidationError; so do hidden characters and text past all bounds. Anything else a draft may hold.
    """
    if definition.kind == "date":
        parts = raw if isinstance(raw, Mapping) else {}
        return {part: _visible(definition, str(parts.get(part, "")), 20) for part in _PARTS}
    if definition.kind == "checkboxes":
        chosen = [str(code) for code in raw] if isinstance(raw, (list, tuple)) else []
        if not set(chosen) <= definition.codes:
            raise ValidationError(f"{definition.label}: choose from the list")
        return chosen
    text = _visible(definition, "" if raw is None else str(raw), definition.max_length or 200)
    if definition.choices and text and text not in definition.codes:
        raise ValidationError(f"{definition.label}: choose from the list")
    return text


def _visible(definition: FieldDefinition, text: str, most: int) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    allowed = "\n\t" if definition.kind == "textarea" else ""
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in allowed for letter in text):
        raise ValidationError(f"{definition.label} has characters in it that cannot be seen. Type it again")
    if len(text) > most:
        raise ValidationError(f"{definition.label} must be {most:,} characters or fewer")
    return text


class _Answer(ma.Field[Any]):
    """An answer of any kind, judged by its definition."""

    def __init__(self, definition: FieldDefinition) -> None:
        self.definition = definition
        super().__init__(required=False, load_default=None, allow_none=True)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        typed = clean(self.definition, value)
        if is_empty(typed):
            return None
        if isinstance(typed, dict):
            return read_date(self.definition.label, typed)
        if self.definition.kind == "number" and isinstance(typed, str):
            return _whole(self.definition, typed)
        return typed


def schema_of(definition: FormDefinition) -> Schema:
    """The marshmallow schema of a version of the form: one field for each question."""
    return Schema.from_dict({one.name: _Answer(one) for one in definition.fields}, name="StandardForm")()


def judge(definition: FormDefinition, answers: Mapping[str, Raw], today: dt.date) -> Judged:
    """Whether a whole form may be submitted on a day: required answers, conditional ones (F-22, F-23) and dates."""
    errors: dict[str, str] = {}
    try:
        values = dict(schema_of(definition).load(dict(answers), unknown=EXCLUDE))
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        errors = {str(name): str(said[0]) for name, said in messages.items()}
        valid = error.valid_data if isinstance(error.valid_data, dict) else {}
        values = {**dict.fromkeys((one.name for one in definition.fields), None), **valid}
    for one in definition.fields:
        if one.name not in errors:
            fault = _presence_fault(definition, one, values, answers)
            if fault:
                errors[one.name] = fault
    _judge_dates(values, errors, today)
    in_order = {one.name: errors[one.name] for one in definition.fields if one.name in errors}
    return Judged({} if in_order else values, in_order)


def asked(definition: FieldDefinition, answers: Mapping[str, Raw]) -> bool:
    """Whether a field is asked, given the answers so far."""
    return definition.when is None or answers.get(definition.when.field) == definition.when.answer


def _presence_fault(
    definition: FormDefinition, one: FieldDefinition, values: Mapping[str, Any], answers: Mapping[str, Raw]
) -> str | None:
    given = values.get(one.name) is not None
    if not asked(one, answers):
        if not given or one.when is None:
            return None
        other = definition.field(one.when.field)
        return f"{one.label}: leave this empty unless the answer to “{other.label}” is {other.words(one.when.answer)}"
    if one.required and not given:
        return f"{_ASK.get(one.kind, 'Enter')} an answer to “{one.label}”"
    return None


def _judge_dates(values: Mapping[str, Any], errors: dict[str, str], today: dt.date) -> None:
    referred, needed = values.get("referral_date"), values.get("needed_from")
    if referred and referred > today:
        errors.setdefault("referral_date", "The date of referral must not be in the future")
    if needed and needed < today:
        errors.setdefault("needed_from", "The date the placement is needed must be today or later")


def read_date(label: str, parts: Mapping[str, str]) -> dt.date:
    """A date from its three boxes; the month may be a word. ValidationError says what is wrong."""
    absent = [part for part in _PARTS if not parts.get(part)]
    if absent:
        raise ValidationError(f"{label} must include a {' and '.join(absent)}")
    month = parts["month"][:3].lower()
    number = str(_MONTHS.index(month) + 1) if month in _MONTHS else parts["month"]
    digits = (parts["day"], number, parts["year"])
    if not all(text.isascii() and text.isdigit() for text in digits) or len(parts["year"]) != 4:
        raise ValidationError(f"{label} must be a real date, like 27 3 2027")
    try:
        return dt.date(int(parts["year"]), int(number), int(parts["day"]))
    except (ValueError, OverflowError):
        raise ValidationError(f"{label} must be a real date, like 27 3 2027") from None


def _whole(definition: FieldDefinition, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValidationError(f"{definition.label}: enter a whole number, like 12")
    number = int(text)
    if not definition.least <= number <= definition.most:
        raise ValidationError(f"{definition.label}: enter a number between {definition.least} and {definition.most:,}")
    return number


def scores_of(values: Mapping[str, Any]) -> list[int | None]:
    """The 12 needs from judged or typed answers; not measured, and anything not answered, is None (F-57)."""
    typed = [values.get(f"need_{number}") for number in range(1, 13)]
    return [int(one) if one not in (None, "", NOT_MEASURED) else None for one in typed]


def words_of(definition: FieldDefinition, raw: Raw | None) -> str:
    """An answer as people read it; "" where there is none."""
    if raw is None or is_empty(raw):
        return ""
    if isinstance(raw, dict):
        try:
            return date_words(read_date(definition.label, raw))
        except ValidationError:
            return " ".join(raw.get(part, "") for part in _PARTS).strip()
    if isinstance(raw, list):
        return ", ".join(definition.words(code) for code in raw)
    return definition.words(raw) if definition.choices else raw
