"""The readers against damage: bytes and cells of each kind of file, changed at random. Whatever comes in, what comes
out is a sentence, or a result in which every row is either accepted or rejected by its line; and it comes out soon.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from providers.register import leavers, premises
from providers.register.headings import is_laid_out
from providers.register.leavers import read_changes
from providers.register.opening import open_register
from providers.register.premises import read_premises
from providers.register.reading import read_opened
from tests.factories.register import home, inspected, register_text
from tests.factories.register_lists import building, changes_text, joined, left, premises_text

Reader: TypeAlias = Callable[[bytes], tuple[int, int, list[Any]]]
HOSTILE = ("=cmd|' /C calc'!A0", "\0", "\ud800", "9" * 400, "31/02/2025", "0", "-1", "1e9", "NULL", '"', "\r\n", ";",
           "\u202e", "Category 9", "4", "Inadequate", "Joiner", "Leaver", "SC000001", "")  # fmt: skip
FILES = {
    "providers": register_text([inspected(home(f"990000{number}"), number=str(number)) for number in range(1, 5)]),
    "premises": premises_text([building(f"990000{number}") for number in range(1, 5)]),
    "changes": changes_text([left("9900001"), joined("9900002"), left("9900003", status="Cancelled")]),
}


def read_any(data: bytes) -> tuple[int, int, list[Any]]:
    """(rows read, rows accepted, remarks on those rejected) of a file of whatever kind its headings say."""
    opened = open_register(io.BytesIO(data), "file.csv")
    if is_laid_out(opened, premises.LAYOUT):
        sheet, found = read_premises(opened)
        return sheet.rows_read, len(found), sheet.rejected
    if is_laid_out(opened, leavers.LAYOUT):
        sheet, rows = read_changes(opened)
        return sheet.rows_read, len(rows), sheet.rejected
    result = read_opened(opened)
    return result.rows_read, len(result.rows), result.rejected


def attempt(data: bytes) -> tuple[tuple[int, int, list[Any]] | None, Invalid | None]:
    try:
        return read_any(data), None
    except Invalid as refusal:
        return None, refusal


def holds(data: bytes) -> None:
    """That a file is refused in words, or that each of its rows is accepted or rejected with its line."""
    found, refusal = attempt(data)
    if refusal is not None:
        assert refusal.message.endswith("Nothing was imported.")
        assert refusal.field == "file"
    elif found is not None:
        read, accepted, rejected = found
        assert read == accepted + len(rejected)
        assert all(remark.line > 0 and remark.message for remark in rejected)


@pytest.mark.parametrize("kind", list(FILES))
@settings(max_examples=60, deadline=2000)
@given(
    damage=st.binary(max_size=60) | st.sampled_from([b"\xff\xfe", b"\0", b'"', b"\r", b"PK\x03\x04", b",,,,"]),
    at=st.floats(0, 1),
    gone=st.integers(0, 80),
)
def test_damaged_bytes_are_read_or_refused_in_words(kind: str, damage: bytes, at: float, gone: int) -> None:
    data = FILES[kind].encode("utf-8-sig")
    place = int(at * len(data))
    holds(data[:place] + damage + data[place + gone :])


@pytest.mark.parametrize("kind", list(FILES))
@settings(max_examples=60, deadline=2000)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 33), st.sampled_from(HOSTILE) | st.text(max_size=30)),
        min_size=1,
        max_size=6,
    )
)
def test_damaged_cells_are_read_or_rejected_by_line(kind: str, changes: list[tuple[int, int, str]]) -> None:
    table = list(csv.reader(io.StringIO(FILES[kind], newline="")))
    for row, column, cell in changes:
        line = table[row % len(table)]
        line[column % len(line)] = cell
    written = io.StringIO(newline="")
    csv.writer(written).writerows(table)
    holds(written.getvalue().encode("utf-8", "replace"))
