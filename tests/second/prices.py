"""HISTORY, REQUESTS and PRICES: who is refused where, how many comparables there are, and when a price is null.

The prices themselves are a model's, so the page does not fix them and neither does this.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

from tests.second import reading
from tests.second.market import INDICATORS, MOST_PENCE
from tests.second.reading import ROOT, Reader, Refused, each, integer, is_date, name, or_null, record, unique

COLUMNS = ("placement_type", "age_years", *(f"n{number}" for number in range(1, 13)), "start_date", "pence_week")
ENOUGH = 30
PRICES = ("expected_pence_week", "p80_pence_week", "p90_pence_week")
DIGITS = frozenset("0123456789")
REQUESTS = each(
    record(
        {
            "id": name,
            "placement_type": name,
            "age_years": integer(0),
            "needs": each(or_null(integer(0, 3)), length=INDICATORS),
            "as_of": reading.date,
        }
    )
)
ANSWERS = each(
    record(
        {"id": name, **dict.fromkeys(PRICES, or_null(integer(0))), "comparables": integer(0)},
    )
)


def requests(written: bytes | str) -> list[dict[str, Any]]:
    reader = Reader()
    found = REQUESTS(reading.parse(written), ROOT, reader)
    unique(found, ROOT, "id", reader)
    reader.finish()
    return found  # type: ignore[no-any-return]


def history(written: bytes | str) -> Counter[str]:
    """How many rows there are of each type."""
    try:
        words = written.decode("utf-8") if isinstance(written, bytes) else written
        lines = csv.reader(io.StringIO(words, newline=""), strict=True)
        reader = Reader()
        rows = _rows(lines, reader)
    except (UnicodeDecodeError, csv.Error) as why:
        raise Refused([("$", f"this is not CSV in UTF-8: {why}")]) from why
    reader.finish()
    return rows


def _rows(lines: Any, reader: Reader) -> Counter[str]:
    header: list[str] = next(lines, [])
    for place, column in enumerate(header):
        if column not in COLUMNS or column in header[:place]:
            reader.refuse(f"line 1.{column}", "is unknown or given twice")
    for column in COLUMNS:
        if column not in header:
            reader.refuse(f"line 1.{column}", "is missing")
    types: Counter[str] = Counter()
    if reader.problems:
        return types
    end = lines.line_num
    for cells in lines:
        line, end = end + 1, lines.line_num
        if len(cells) > len(header):
            reader.refuse(f"line {line}", "has too many cells")
        row = dict(zip(header, cells, strict=False))
        for column in COLUMNS:
            _cell(column, row.get(column), f"line {line}.{column}", reader)
        types[row.get("placement_type", "")] += 1
    return types


def _cell(column: str, cell: str | None, path: str, reader: Reader) -> None:
    if cell is None:
        reader.refuse(path, "is missing")
    elif column == "placement_type":
        name(cell, path, reader)
    elif column == "start_date":
        if not is_date(cell):
            reader.refuse(path, "must be a date")
    elif column.startswith("n"):
        if cell and cell not in ("0", "1", "2", "3"):
            reader.refuse(path, "must be 0 to 3 or empty")
    elif not cell or not DIGITS.issuperset(cell) or (column == "pence_week" and int(cell) > MOST_PENCE):
        reader.refuse(path, "must be an integer in range")


def faults(types: Counter[str], asked: list[dict[str, Any]], answered: bytes | str) -> list[str]:
    """What is wrong with PRICES for these requests and a tariff fitted to that history."""
    reader = Reader()
    rows = ANSWERS(reading.parse(answered), ROOT, reader)
    if reader.problems:
        return [f"{path}: {reason}" for path, reason in reader.problems]
    by_id = {request["id"]: request for request in asked}
    if [row["id"] for row in rows] != sorted(by_id):
        return ["the answers are not those of the requests in order of id"]
    found = []
    for row in rows:
        expected = types[by_id[row["id"]]["placement_type"]]
        if row["comparables"] != expected:
            found.append(f"{row['id']}: comparables are {expected}, not {row['comparables']}")
        prices = [row[price] for price in PRICES]
        if (None in prices) != (expected < ENOUGH) or (None in prices and any(price is not None for price in prices)):
            found.append(f"{row['id']}: prices {prices} with {expected} comparables")
        elif None not in prices and prices[1] > prices[2]:
            found.append(f"{row['id']}: p80 is above p90")
    return found
