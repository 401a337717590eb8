"""JSON read so strictly that nothing is lost on the way: a key given twice, 12.0 for 12, a decimal beyond a float.

A reader does not stop at the first problem. The page fixes where a problem is, not which of several is named first,
so whoever compares two readers needs them all.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NoReturn

Field = Callable[[Any, str, "Reader"], Any]

ROOT = ""
DIGITS_AT_ONCE = 4000  # Python refuses to turn longer texts into an int, or such an int into text


class Refused(Exception):
    """An input that says what no input may say; `problems` is every (path, reason) found."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(problems)
        self.problems = list(problems)

    @property
    def paths(self) -> set[str]:
        return {path for path, _ in self.problems}


class Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written, doubled keys and all."""


class _Bad:
    """The value of a field that was refused."""

    def __repr__(self) -> str:
        return "BAD"


BAD = _Bad()


def below(path: str, step: str | int) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _integer(text: str) -> int:
    return int(text) if len(text) < DIGITS_AT_ONCE else int(Decimal(text))


def parse(text: bytes | str) -> Any:
    """The tree of a text: `Pairs`, lists, str, int, Decimal, bool, None."""
    try:
        written = text.decode("utf-8") if isinstance(text, bytes) else text
        written.encode("utf-8")
        return json.loads(
            written,
            object_pairs_hook=Pairs,
            parse_int=_integer,
            parse_float=Decimal,
            parse_constant=_no_constant,
        )
    except (ValueError, ArithmeticError, RecursionError) as why:
        raise Refused([("$", f"this is not JSON: {why}")]) from why


class Reader:
    """Collects problems while the field functions below walk a tree."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def refuse(self, path: str, reason: str) -> Any:
        self.problems.append((path or "$", reason))
        return BAD

    def finish(self) -> None:
        if self.problems:
            raise Refused(self.problems)


def record(fields: dict[str, Field]) -> Field:
    """An object with exactly these fields, and additions under x_."""

    def read(value: Any, path: str, reader: Reader) -> Any:
        if not isinstance(value, Pairs):
            return reader.refuse(path, "must be an object")
        found: dict[str, Any] = {}
        for key, inner in value:
            where = below(path, key)
            if key in found:
                reader.refuse(where, "is given twice")
                continue
            if key.startswith("x_"):
                found[key] = None
            elif key not in fields:
                found[key] = None
                reader.refuse(where, "is not a known field")
            else:
                found[key] = fields[key](inner, where, reader)
        for key in fields:
            if key not in found:
                found[key] = reader.refuse(below(path, key), "is missing")
        return {key: found[key] for key in fields}

    return read


def each(field: Field, *, length: int | None = None, least: int = 0, once: bool = False) -> Field:
    """A list; a wrong length is the list's problem, a repeat the second one's."""

    def read(value: Any, path: str, reader: Reader) -> Any:
        if not isinstance(value, list) or isinstance(value, Pairs):
            return reader.refuse(path, "must be a list")
        if (length is not None and len(value) != length) or len(value) < least:
            reader.refuse(path, "has a wrong number of items")
        items = [field(inner, below(path, place), reader) for place, inner in enumerate(value)]
        if once:
            for place, item in enumerate(items):
                if item is not BAD and item in items[:place]:
                    reader.refuse(below(path, place), "is given twice")
        return items

    return read


def unique(items: Any, path: str, field: str, reader: Reader) -> None:
    """Refuses the second of two records with the same id."""
    seen: set[Any] = set()
    for place, item in enumerate(items if isinstance(items, list) else []):
        if item is BAD or item[field] is BAD:
            continue
        if item[field] in seen:
            reader.refuse(below(below(path, place), field), "is a duplicate")
        seen.add(item[field])


def or_null(field: Field) -> Field:
    return lambda value, path, reader: None if value is None else field(value, path, reader)


def integer(least: int = 0, most: int | None = None) -> Field:
    def read(value: Any, path: str, reader: Reader) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return reader.refuse(path, "must be an integer")
        if value < least or (most is not None and value > most):
            return reader.refuse(path, "is out of range")
        return value

    return read


def number(value: Any, path: str, reader: Reader) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return reader.refuse(path, "must be a number")
    if value < 0:
        return reader.refuse(path, "is below 0")
    if Decimal(value).adjusted() > DIGITS_AT_ONCE or Decimal(value).as_tuple().exponent < -DIGITS_AT_ONCE:  # type: ignore[operator]
        return reader.refuse(path, "has too many digits")
    return value


def text(value: Any, path: str, reader: Reader) -> Any:
    """Half of a surrogate pair is refused: no UTF-8 could ever say it again."""
    if not isinstance(value, str) or any("\ud800" <= letter <= "\udfff" for letter in value):
        return reader.refuse(path, "must be text")
    return value


def name(value: Any, path: str, reader: Reader) -> Any:
    return reader.refuse(path, "must not be empty") if value == "" else text(value, path, reader)


def boolean(value: Any, path: str, reader: Reader) -> Any:
    return value if isinstance(value, bool) else reader.refuse(path, "must be true or false")


def one_of(*words: str) -> Field:
    def read(value: Any, path: str, reader: Reader) -> Any:
        return value if isinstance(value, str) and value in words else reader.refuse(path, f"must be one of {words}")

    return read


def is_date(value: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        datetime.date(int(value[:4]), int(value[5:7]), int(value[8:]))
    except ValueError:
        return False
    return True


def date(value: Any, path: str, reader: Reader) -> Any:
    return value if isinstance(value, str) and is_date(value) else reader.refuse(path, "must be a date")
