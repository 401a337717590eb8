"""One answer as it was typed: brought into the shape of its kind, read as a value, and said in words.

A draft keeps whatever was typed, except a code that the form does not know (F-26).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError

from app.children.sdq import SDQ_WORDS, band
from app.core.geography import locate, normalise_postcode
from app.core.workdays import date_words
from app.requests.definitions import FieldDefinition, Raw, Row

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PARTS = ("day", "month", "year")
BANDS: Mapping[str, Callable[[int], str]] = {"sdq": lambda total: SDQ_WORDS[band(total)]}
"""How a number is read, by the name that a field gives (F-57)."""


def is_empty(raw: Any) -> bool:
    """Whether nothing was answered."""
    if isinstance(raw, dict):
        return all(is_empty(part) for part in raw.values())
    if isinstance(raw, list):
        return all(is_empty(one) for one in raw)
    return not raw


def clean(definition: FieldDefinition, raw: object) -> Raw:
    """One typed answer in the shape of its kind, its edges trimmed. A code that the form does not know raises
    ValidationError; so do hidden characters and text past all bounds. Anything else a draft may hold.
    """
    if definition.kind == "rows":
        return _clean_rows(definition, raw)
    if definition.kind == "date":
        parts = raw if isinstance(raw, Mapping) else {}
        return {part: _visible(definition, str(parts.get(part, "")), 20) for part in PARTS}
    if definition.takes_several:
        chosen = [str(code) for code in raw if code] if isinstance(raw, (list, tuple)) else []
        if not set(chosen) <= definition.codes:
            raise ValidationError(f"{definition.label}: choose from the list")
        return list(dict.fromkeys(chosen))
    text = _visible(definition, "" if raw is None else str(raw), definition.max_length or 200)
    if definition.choices and text and text not in definition.codes:
        raise ValidationError(f"{definition.label}: choose from the list")
    return text


def _clean_rows(definition: FieldDefinition, raw: object) -> list[Row]:
    """The lines in which anything stands, each with all of its columns."""
    given = [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, (list, tuple)) else []
    rows: list[Row] = []
    for number, line in enumerate(given, start=1):
        row: Row = {}
        for column in definition.columns:
            try:
                row[column.name] = clean(column, line.get(column.name))  # type: ignore[assignment]  # no rows in rows
            except ValidationError as error:
                raise ValidationError(f"{row_name(definition, number)}: {error.messages[0]}") from None
        if not is_empty(row):
            rows.append(row)
    if len(rows) > definition.most_rows:
        raise ValidationError(f"{definition.label}: there can be {definition.most_rows} at most")
    return rows


def row_name(definition: FieldDefinition, number: int) -> str:
    """What one line of several is called: "School 2"."""
    return f"{definition.row_label or 'Line'} {number}"


def _visible(definition: FieldDefinition, text: str, most: int) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    allowed = "\n\t" if definition.kind == "textarea" else ""
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in allowed for letter in text):
        raise ValidationError(f"{definition.label} has characters in it that cannot be seen. Type it again")
    if len(text) > most:
        raise ValidationError(f"{definition.label} must be {most:,} characters or fewer")
    return text


def value_of(definition: FieldDefinition, raw: object) -> Any:
    """What a typed answer means: a date, a number, a postcode as the Post Office writes it, codes or text; None where
    nothing was answered. Lines of several columns are not judged here. ValidationError says what is wrong.
    """
    typed = clean(definition, raw)
    if is_empty(typed):
        return None
    if isinstance(typed, dict):
        return read_date(definition.label, typed)
    if not isinstance(typed, str):
        return typed
    if definition.kind == "number":
        return _whole(definition, typed)
    if definition.kind == "postcode":
        return _postcode(definition, typed)
    if definition.pattern and not re.fullmatch(definition.pattern, typed.upper()):
        raise ValidationError(f"{definition.label} {definition.pattern_says}")
    return typed.upper() if definition.pattern else typed


def read_date(label: str, parts: Mapping[str, Any]) -> dt.date:
    """A date from its three boxes; the month may be a word. ValidationError says what is wrong."""
    absent = [part for part in PARTS if not parts.get(part)]
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


def _postcode(definition: FieldDefinition, text: str) -> str:
    written = normalise_postcode(text)
    if written is None:
        raise ValidationError(f"{definition.label}: enter a full UK postcode, like CR0 1EA")
    if definition.on_map and locate(written) is None:
        raise ValidationError(f"{definition.label}: {written} is not on the map. Check it, or take one nearby")
    return written


def words_of(definition: FieldDefinition, raw: Raw | None) -> str:
    """An answer as people read it; "" where there is none. Several lines stand one under another."""
    if raw is None or is_empty(raw):
        return ""
    if isinstance(raw, dict):
        try:
            return date_words(read_date(definition.label, raw))
        except ValidationError:
            return " ".join(str(raw.get(part, "")) for part in PARTS).strip()
    if definition.kind == "rows":
        return "\n".join(_row_words(definition, row) for row in raw if isinstance(row, dict))
    if isinstance(raw, list):
        return ", ".join(definition.words(str(code)) for code in raw)
    if definition.bands:
        return _with_band(definition, raw)
    return definition.words(raw) if definition.choices else raw


def _row_words(definition: FieldDefinition, row: Row) -> str:
    said = [(column.label, words_of(column, row.get(column.name))) for column in definition.columns]
    return "; ".join(f"{label.rstrip('?')}: {words}" for label, words in said if words)


def _with_band(definition: FieldDefinition, text: str) -> str:
    try:
        return f"{text} ({BANDS[definition.bands](_whole(definition, text))})"
    except ValidationError:  # a draft may hold what is no number
        return text
