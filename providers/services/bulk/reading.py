"""From a company's file to lines of text: CSV or Excel, bounded in every direction, never run and never guessed at.

An Excel file is a zip file of XML: what it would unpack to is added up from its directory before any of it is
unpacked, and macros, formulas and XML with definitions of its own are refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.cells import unmarked
from app.core.errors import Invalid
from app.core.files import MEGABYTE, FileKind
from providers.services.bulk.sheets import NEED_COLUMNS, NOTES, SHEETS, URN, Sheet

MOST_BYTES = 5 * MEGABYTE
MOST_UNPACKED = 60 * MEGABYTE
MOST_PARTS = 200
MOST_COLUMNS = 40
LONGEST_CELL = 500
KINDS = (FileKind.EXCEL, FileKind.CSV)


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a cell: the line as a spreadsheet numbers it, the column as it is headed ("" for the whole
    line).
    """

    sheet: str
    line: int
    column: str
    message: str


@dataclass(frozen=True)
class Line:
    """One line of a sheet: its number and the text of its cells by column, empty ones left out."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A sheet as it was sent, with what could not be read in it."""

    sheet: Sheet
    lines: tuple[Line, ...]
    mistakes: tuple[Mistake, ...]


def read_tables(data: bytes, kind: FileKind) -> list[Table]:
    """Every known sheet of a file. `Invalid` at `file` for what cannot be read as one: too much of anything, no
    headings that we know, a zip file that is broken or larger than it looks.
    """
    if len(data) > MOST_BYTES:
        raise _refused(f"The file must be smaller than {MOST_BYTES // MEGABYTE} MB")
    tables = list(_excel(data)) if kind is FileKind.EXCEL else [_csv(data)]
    if not tables:
        raise _refused(f"The file has none of the sheets {_listed([sheet.name for sheet in SHEETS])}")
    return tables


def _csv(data: bytes) -> Table:
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    try:
        rows = [
            (number, [*row])
            for number, row in _numbered(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        ]
    except csv.Error as error:
        raise _refused(f"The file is not a readable CSV file: {error}") from error
    if not rows:
        raise _refused("The file is empty")
    titles = {_heading(cell) for cell in rows[0][1]}
    sheet = max(SHEETS, key=lambda one: len(titles & {column.casefold() for column in one.columns}))
    return _table(sheet, rows)


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    for row in reader:
        yield reader.line_num, row
        if reader.line_num > max(sheet.most_rows for sheet in SHEETS) + 1:
            raise _refused("The file has more lines than a file may have")


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise _refused("The file is not text in a known encoding. Save it as CSV UTF-8")


def _excel(data: bytes) -> Iterator[Table]:
    _check_package(data)
    from openpyxl import load_workbook  # slow to import, and most processes never need it

    known = {sheet.name.casefold(): sheet for sheet in SHEETS}
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        names = list(book.sheetnames)
        for name in names:
            sheet = known.get(name.strip().casefold())
            if sheet is None:
                if name.strip() != NOTES:
                    raise _refused(
                        f"There is no sheet called {_shown(name)}: use {_listed([one.name for one in SHEETS])}"
                    )
                continue
            page = book[name]
            page.reset_dimensions()  # what the file says of its size is not believed
            cells = page.iter_rows(max_row=sheet.most_rows + 2, max_col=MOST_COLUMNS + 1)
            rows = [(number, [_cell(cell) for cell in row]) for number, row in enumerate(cells, start=1)]
            yield _table(sheet, rows)
        book.close()
    except Invalid:
        raise
    except Exception as error:  # a file made to break a reader breaks it in every way there is
        raise _refused(
            "The Excel file is damaged or is not one that we can read. Save it again and try once more"
        ) from error


def _check_package(data: bytes) -> None:
    """What the zip file says of itself, before anything is unpacked. Reading stops at the size that it states, so a
    lie about it breaks the file and nothing else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise _refused("The Excel file unpacks to more than a file of services can hold")
            names = [part.filename.lower() for part in parts]
            if any("vbaproject" in name or name.startswith("xl/externallinks") for name in names):
                raise _refused("The Excel file holds macros or links to other files. Send one without")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    content = package.read(part)
                    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                        raise _refused("The Excel file holds definitions that no spreadsheet writes")
    except Invalid:
        raise
    except Exception as error:  # as above
        raise _refused("The Excel file is damaged. Save it again and try once more") from error


class _Formula(str):
    """A cell that a spreadsheet would work out."""

    __slots__ = ()


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if getattr(cell, "data_type", "") == "f":
        return _Formula(value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(round(value, 6))
    return str(value)


def _table(sheet: Sheet, rows: Sequence[tuple[int, list[str]]]) -> Table:
    columns = _columns(sheet, rows[0][1] if rows else [])
    if len(rows) - 1 > sheet.most_rows:
        raise _refused(f"The sheet {sheet.name} may have {sheet.most_rows:,} lines below its headings")
    lines, mistakes = [], []
    for number, row in rows[1:]:
        cells: dict[str, str] = {}
        for column, raw in zip(columns, row, strict=False):
            text = " ".join(raw.split())
            if not text:
                continue
            wrong = _wrong(raw, text, column)
            if wrong:
                mistakes.append(Mistake(sheet.name, number, column or "", wrong))
            elif column:
                cells[column] = unmarked(text)
        if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
            mistakes.append(Mistake(sheet.name, number, "", "The line has more cells than there are headings"))
        if cells:
            lines.append(Line(number, cells))
    return Table(sheet, tuple(lines), tuple(mistakes))


def _wrong(raw: str, text: str, column: str | None) -> str | None:
    if column is None:
        return "The cell has no heading above it"
    if isinstance(raw, _Formula) or (len(text) > 1 and text.startswith(("=", "@", "＝", "＠"))):
        return "The cell is a formula: type the value itself"
    if len(text) > LONGEST_CELL:
        return f"The cell is longer than {LONGEST_CELL} characters"
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        return "The cell has characters in it that cannot be seen: type it again"
    return None


def _columns(sheet: Sheet, titles: Sequence[str]) -> list[str | None]:
    """The sheet's own name of each column of a file, by what it is headed; None for a column without a heading."""
    while titles and not titles[-1].strip():
        titles = titles[:-1]
    if len(titles) > MOST_COLUMNS:
        raise _refused(f"The sheet {sheet.name} has more than {MOST_COLUMNS} columns")
    known = {column.casefold(): column for column in sheet.columns}
    found: list[str | None] = []
    for title in titles:
        name = known.get(_heading(title))
        if title.strip() and name is None:
            raise _refused(f"The sheet {sheet.name} has no column called {_shown(title)}")
        if name is not None and name in found:
            raise _refused(f"The sheet {sheet.name} has the column {name} twice")
        found.append(name)
    if URN not in found:
        raise _refused(f"The sheet {sheet.name} needs the column {URN} in its first line")
    return found


def _heading(title: str) -> str:
    """A heading without its case, doubled spaces, and what stands behind "Need 3:"."""
    folded = " ".join(title.replace("\ufeff", "").split()).casefold()
    need = re.match(r"(need \d{1,2})\b", folded)
    return need[1] if need and need[1] in {column.casefold() for column in NEED_COLUMNS} else folded


def _refused(message: str) -> Invalid:
    return Invalid(message, field="file")


def _shown(text: str) -> str:
    kept = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))
    return f"“{kept[:40]}…”" if len(kept) > 40 else f"“{kept}”"


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
