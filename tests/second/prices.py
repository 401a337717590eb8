"""HISTORY, REQUESTS and PRICES: who is refused where, how many comparables there are, and when a price is null.

The prices themselves are a model's, so the page does not fix them and neither does this.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from typing import Any

from tests.second import reading
from tests.second.market import INDICATORS, MOST_PENCE
from tests.second.reading import ROOT, Reader, Refused, below, each, integer, is_date, name, or_null, record, unique

COLUMNS = ("placement_type", "age_years", *(f"n{number}" for number in range(1, 13)), "start_date", "pence_week")
ENOUGH = 30
PRICES = ("expected_pence_week", "p80_pence_week", "p90_pence_week")
REQUESTS = each(
    record(
        {
            "id": name,
            "placement_type": name,
            "age_years": reading.number,
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
    except UnicodeDecodeError as why:
        raise Refused([("$", f"this is not UTF-8: {why}")]) from why
    reader = Reader()
    lines = csv.reader(io.StringIO(words.removeprefix("\ufeff"), newline=""), strict=True)
    types: Counter[str] = Counter()
    end, blank = 0, None
    try:
        for cells in lines:
            line, end = end + 1, lines.line_num
            if line == 1:
                _header(cells, reader)
            elif not cells:
                blank = blank or line
            else:
                if blank is not None:
                    reader.refuse(f"line {blank}", "is blank")
                _row(cells, f"line {line}", reader)
                types[cells[0]] += 1
    except csv.Error as why:
        reader.refuse(f"line {end + 1}", f"is not CSV: {why}")
    if end == 0:
        reader.refuse("line 1", "has no columns")
    reader.finish()
    return types


def _header(cells: list[str], reader: Reader) -> None:
    for place, column in enumerate(cells):
        if column not in COLUMNS or column in cells[:place]:
            reader.refuse(f"line 1.{column}", "is unknown or given twice")
    for column in COLUMNS:
        if column not in cells:
            reader.refuse(f"line 1.{column}", "is missing")
    if tuple(cells) != COLUMNS:
        reader.refuse("line 1", "has other columns, or in another order")
    reader.finish()


def _row(cells: list[str], path: str, reader: Reader) -> None:
    if len(cells) > len(COLUMNS):
        reader.refuse(path, "has too many cells")
    for column, cell in itertools.zip_longest(COLUMNS, cells[: len(COLUMNS)]):
        _cell(column, cell, below(path, column), reader)


def _cell(column: str, cell: str | None, path: str, reader: Reader) -> None:
    if cell is None:
        reader.refuse(path, "is missing")
    elif column == "placement_type":
        name(cell, path, reader)
    elif column == "age_years":
        if not re.fullmatch(r"[0-9]{1,1000}(\.[0-9]{1,1000})?", cell):
            reader.refuse(path, "must be a number of years")
    elif column == "start_date":
        if not is_date(cell):
            reader.refuse(path, "must be a date")
    elif column == "pence_week":
        if not re.fullmatch(r"[0-9]{1,1000}", cell) or int(cell) > MOST_PENCE:
            reader.refuse(path, "must be whole pence in range")
    elif cell not in ("", "0", "1", "2", "3"):
        reader.refuse(path, "must be 0 to 3 or empty")


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
