"""Strict reading of JSON files: every refusal names the place in the file that is to blame, as
`requests[3].needs[11]`.

Numbers are kept exactly as written (`int` or `Decimal`, never a float), and a key that stands twice in one object is
refused instead of the last one silently winning. Additions under keys that start with `x_` are ignored, whatever they
hold.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

MOST_DIGITS = 4300
"""The most digits that a number may have, written out in full: more is an attack, not a measurement."""


class TooLong:
    """A number that is written with more digits than any measurement has. It is refused where it stands, or ignored
    in an addition.
    """


class MarketError(ValueError):
    """A file that is not what its format says.

    `path` is the place (`$` for the file itself), `reason` says what is wrong with it.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path = path or "$"
        self.reason = reason
        super().__init__(f"{self.path}: {reason}")


class JsonObject(dict[str, Any]):
    """A JSON object that remembers a key which stood in it twice."""

    twice: str | None = None


def parse_json(text: str | bytes) -> Any:
    """The value written in `text`: objects as `JsonObject`, fractions as `Decimal`. MarketError at `$` when it is not
    JSON in UTF-8.
    """
    text = decoded(text)
    try:
        return json.loads(
            text, object_pairs_hook=_pairs, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
        )
    except RecursionError:
        raise MarketError("$", "is nested too deep") from None
    except ValueError as error:
        raise MarketError("$", f"is not JSON: {error}") from None


def decoded(text: str | bytes) -> str:
    """The text of a file. MarketError at `$` when it is not UTF-8."""
    try:
        return text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise MarketError("$", "is not UTF-8") from None


def _pairs(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = JsonObject(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        found.twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return found


def _integer(text: str) -> int | TooLong:
    return TooLong() if len(text) > MOST_DIGITS else int(text)


def _fraction(text: str) -> Decimal | TooLong:
    try:
        return Decimal(text)
    except InvalidOperation:
        return TooLong()


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def read_object(value: object, path: str, fields: Collection[str]) -> dict[str, Any]:
    """`value` as an object with exactly these fields, besides additions under `x_`."""
    if not isinstance(value, dict):
        raise MarketError(path, "must be an object")
    twice = value.twice if isinstance(value, JsonObject) else None
    if twice is not None:
        raise MarketError(under(path, twice), "stands twice in one object")
    for field in fields:
        if field not in value:
            raise MarketError(under(path, field), "is missing")
    for key in value:
        if not isinstance(key, str) or (key not in fields and not key.startswith("x_")):
            raise MarketError(under(path, str(key)), "is not a known field")
    return value


def read_list(value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise MarketError(path, "must be a list")
    return value


def read_each(value: object, path: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    return tuple(read(item, f"{path}[{index}]") for index, item in enumerate(read_list(value, path)))


def read_exactly(value: object, path: str, length: int, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    """A list whose positions mean something, so that its length is fixed."""
    if len(read_list(value, path)) != length:
        raise MarketError(path, f"must have {length} items")
    return read_each(value, path, read)


def read_integer(value: object, path: str, least: int = 0, most: int | None = None) -> int:
    if isinstance(value, TooLong):
        raise MarketError(path, "has too many digits")
    if isinstance(value, bool) or not isinstance(value, int):
        raise MarketError(path, "must be written as an integer")
    if value < least or (most is not None and value > most):
        raise MarketError(path, f"must be at least {least}" if most is None else f"must be from {least} to {most}")
    return value


def read_number(value: object, path: str) -> int | Decimal:
    """A number of 0 or more, exactly as written; 125.0 comes back as 125."""
    if isinstance(value, TooLong):
        raise MarketError(path, "has too many digits")
    if isinstance(value, float) and math.isfinite(value):
        value = Decimal(repr(value))
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise MarketError(path, "must be a number")
    if value < 0:
        raise MarketError(path, "must not be below 0")
    return value if isinstance(value, int) else whole_if_whole(value, path)


def whole_if_whole(value: Decimal, path: str = "") -> int | Decimal:
    """The same number, as an int where it is whole. MarketError when writing it out would take thousands of digits."""
    digits, exponent = len(value.as_tuple().digits), value.as_tuple().exponent
    if not isinstance(exponent, int) or digits + abs(exponent) > MOST_DIGITS:
        raise MarketError(path, "has too many digits")
    return int(value) if value == int(value) else value


def read_text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise MarketError(path, "must be text")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise MarketError(path, "holds half of a surrogate pair, which is not text")
    return value


def read_id(value: object, path: str) -> str:
    if read_text(value, path) == "":
        raise MarketError(path, "must not be empty")
    return str(value)


def read_flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise MarketError(path, "must be true or false")
    return value


def read_word(value: object, path: str, words: type[E]) -> E:
    """One of a closed list of words."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return words(value)
    raise MarketError(path, f"must be one of {', '.join(words)}")


def read_constant(value: object, path: str, expected: str) -> None:
    if value != expected:
        raise MarketError(path, f'must be "{expected}"')


def refuse_twice(ids: Iterable[str], path: str, field: str = "") -> None:
    """MarketError at the second of two equal ids."""
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if one in seen:
            raise MarketError(f"{path}[{index}]{'.' + field if field else ''}", f"{one} is there already")
        seen.add(one)
