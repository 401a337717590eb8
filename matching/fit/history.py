"""Placements on record as a fit sees them, and the strict reading of a HISTORY file.

A file is refused at the first place that is not what the format says, as `line 7.n3`: the line as an editor numbers it,
and the column. Lines may end in any way; a byte-order mark, fields in quotes and empty lines at the end are let pass.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from matching.rank.strict import MarketError, whole_if_whole

INDICATORS = 12
LEVELS = 3
"""The highest level of a need."""
MOST_PENCE = 10**9
COLUMNS = (
    "placement_type",
    "age_years",
    *(f"n{number}" for number in range(1, INDICATORS + 1)),
    "start_date",
    "pence_week",
)

_DIGITS = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = 40


@dataclass(frozen=True)
class Comparable:
    """One placement that was made: what it is, the child's age and needs at its start (0..3, None where not measured)
    and its price in pence a week.
    """

    placement_type: str
    age_years: int | Decimal
    needs: tuple[int | None, ...]
    start_date: date
    pence_week: int


def quarter_of(day: date) -> int:
    """Quarters since the year 0."""
    return day.year * 4 + (day.month - 1) // 3


def read_history(text: str) -> tuple[Comparable, ...]:
    """The rows of a HISTORY. MarketError at the place to blame."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[Comparable] = []
    began, header, blank = 1, False, 0
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise MarketError(f"line {began}", f"is not CSV: {error}") from None
        if fields is None:
            break
        if not fields:
            blank = blank or began
        elif blank:
            raise MarketError(f"line {blank}", "is empty")
        elif header:
            rows.append(_row(fields, f"line {began}"))
        else:
            _header(fields)
            header = True
        began = reader.line_num + 1
    if not header:
        raise MarketError("line 1", "must be the names of the columns")
    return tuple(rows)


def _header(fields: list[str]) -> None:
    seen: set[str] = set()
    for name in fields:
        if name in seen:
            raise MarketError(f"line 1.{name}", "stands twice")
        if name not in COLUMNS:
            raise MarketError(f"line 1.{name}", "is not a known column")
        seen.add(name)
    for name in COLUMNS:
        if name not in seen:
            raise MarketError(f"line 1.{name}", "is missing")
    if tuple(fields) != COLUMNS:
        raise MarketError("line 1", f"must have the columns in this order: {','.join(COLUMNS)}")


def _row(fields: list[str], line: str) -> Comparable:
    if len(fields) < len(COLUMNS):
        raise MarketError(f"{line}.{COLUMNS[len(fields)]}", "is missing")
    if len(fields) > len(COLUMNS):
        raise MarketError(line, f"must have {len(COLUMNS)} fields")
    kind, age, *needs, started, pence = fields
    if kind == "":
        raise MarketError(f"{line}.placement_type", "must not be empty")
    return Comparable(
        kind,
        _age(age, f"{line}.age_years"),
        tuple(_need(text, f"{line}.n{number}") for number, text in enumerate(needs, 1)),
        read_day(started, f"{line}.start_date"),
        _pence(pence, f"{line}.pence_week"),
    )


def _age(text: str, path: str) -> int | Decimal:
    if not _DECIMAL.fullmatch(text) or len(text) > _LONGEST:
        raise MarketError(path, "must be a number of years, 0 or more")
    return whole_if_whole(Decimal(text), path)


def _need(text: str, path: str) -> int | None:
    if text == "":
        return None
    if text not in {"0", "1", "2", "3"}:
        raise MarketError(path, "must be 0, 1, 2 or 3, or empty where it was not measured")
    return int(text)


def _pence(text: str, path: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise MarketError(path, "must be written as an integer")
    if len(text) > _LONGEST or int(text) > MOST_PENCE:
        raise MarketError(path, f"must be from 0 to {MOST_PENCE}")
    return int(text)


def read_day(text: object, path: str) -> date:
    """A date as 2026-04-01."""
    if isinstance(text, str) and _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise MarketError(path, "must be a date as 2026-04-01")
