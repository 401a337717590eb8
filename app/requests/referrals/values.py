"""One answer out of another system, whatever it writes: a code or its words, a date as ISO or as people write it in
Britain, a number as a number or as text. Everything that arrives from outside is read here, by file and by the API.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError

from app.requests.answers import clean, is_empty, read_date
from app.requests.form import FieldDefinition, Raw

UNKNOWN_COLUMN = "A line has no column of this name"
SEVERAL = ";"
"""Between several codes in one cell."""

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?")
_PARTED = re.compile(r"[\s/.\-,]+")
_WORDS_OF_BOOLEANS = {True: "yes", False: "no"}


def raw_of(definition: FieldDefinition, value: object) -> Raw:
    """An answer in the shape that a draft keeps. ValidationError where a draft may not hold it, such as a code that the
    form does not know (F-26); what is merely wrong is kept as it was written.
    """
    if definition.kind == "rows":
        return _rows(definition, value)
    read = _READERS.get(definition.kind, _text)
    return clean(definition, read(definition, value))


def lines_of(definition: FieldDefinition, value: object) -> list[Mapping[str, object]]:
    """The lines of a question that is asked several times, not read yet. ValidationError where these are none."""
    given = [] if value is None or value == "" else value
    if not isinstance(given, (list, tuple)) or not all(isinstance(one, Mapping) for one in given):
        raise ValidationError("Send a list of objects")
    if len(given) > definition.most_rows:
        raise ValidationError(f"{definition.label}: there can be {definition.most_rows} at most")
    return list(given)


def _rows(definition: FieldDefinition, value: object) -> Raw:
    """Lines read column by column. ValidationError has a message for each place, by line and column."""
    faults: dict[int, dict[str, list[str]]] = {}
    rows = []
    known = {one.name: one for one in definition.columns}
    for number, line in enumerate(lines_of(definition, value), start=1):
        row: dict[str, Any] = {}
        for name, cell in line.items():
            try:
                if name not in known:
                    raise ValidationError(UNKNOWN_COLUMN)
                row[name] = raw_of(known[name], cell)
            except ValidationError as error:
                faults.setdefault(number, {})[str(name)] = [str(error.messages[0])]
        rows.append(row)
    if faults:
        raise ValidationError(faults)
    return clean(definition, rows)


def _text(_definition: FieldDefinition, value: object) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValidationError("Send text here")
    return str(value)


def _number(definition: FieldDefinition, value: object) -> Any:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str):
        return value.strip().removesuffix(".0") if re.fullmatch(r"\s*\d+\.0\s*", value) else value
    return _text(definition, value)


def _code(definition: FieldDefinition, value: object) -> Any:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        value = _WORDS_OF_BOOLEANS[value]
    if not isinstance(value, (str, int)):
        raise ValidationError(f"Choose one of: {_listed(definition)}")
    said = " ".join(str(value).split()).casefold()
    for choice in definition.choices:
        if said in (choice[0].casefold(), choice[1].casefold()):
            return choice[0]
    raise ValidationError(f"Choose one of: {_listed(definition)}")


def _codes(definition: FieldDefinition, value: object) -> Any:
    if value is None or value == "":
        return []
    given = value.split(SEVERAL) if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)):
        raise ValidationError(f"Send a list, of any of: {_listed(definition)}")
    chosen = [_code(definition, one.strip() if isinstance(one, str) else one) for one in given]
    return list(dict.fromkeys(code for code in chosen if code))


def _date(_definition: FieldDefinition, value: object) -> Any:
    if value is None or value == "":
        return {}
    if isinstance(value, Mapping):
        return {part: value.get(part) or "" for part in ("day", "month", "year")}
    if isinstance(value, dt.date):
        value = value.isoformat()
    if not isinstance(value, str):
        raise ValidationError("Send a date, like 2027-03-27 or 27/3/2027")
    iso = _ISO.fullmatch(value.strip())
    if iso:
        return {"day": str(int(iso[3])), "month": str(int(iso[2])), "year": iso[1]}
    parts = [part for part in _PARTED.split(value.strip()) if part]
    if len(parts) != 3 or any(len(part) > 20 for part in parts):
        raise ValidationError("Send a date, like 2027-03-27 or 27/3/2027")
    return dict(zip(("day", "month", "year"), parts, strict=True))


def _listed(definition: FieldDefinition) -> str:
    few = definition.choices[:8]
    listed = ", ".join(choice[1] for choice in few)
    return f"{listed} and {len(definition.choices) - len(few)} more" if len(definition.choices) > len(few) else listed


_READERS: Mapping[str, Callable[[FieldDefinition, object], Any]] = {
    "number": _number,
    "date": _date,
    "radios": _code,
    "select": _code,
    "checkboxes": _codes,
    "picks": _codes,
}
"""How an answer of each kind is read. A kind that is not here is text."""


def outward(definition: FieldDefinition, raw: Raw | None) -> Any:
    """An answer of a draft as another system reads it: a real date as ISO, a whole number as a number, nothing as null.
    What a draft holds and the form would refuse stays as it was written.
    """
    if raw is None or is_empty(raw):
        return None
    if definition.kind == "rows":
        lines = [one for one in raw if isinstance(one, dict)]
        return [{one.name: outward(one, line.get(one.name)) for one in definition.columns} for line in lines]
    if isinstance(raw, dict) and definition.kind == "date":
        try:
            return read_date(definition.label, raw).isoformat()
        except ValidationError:
            return " ".join(str(raw.get(part, "")) for part in ("day", "month", "year")).strip()
    if definition.kind == "number" and isinstance(raw, str) and re.fullmatch(r"[0-9]{1,9}", raw):
        return int(raw)
    return raw
