"""Rows of a file and their cells: numbered as a spreadsheet numbers them, rejected with a line and a column, warned of.

Common to every kind of file that comes into the register.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from app.core.errors import Invalid
from app.core.geography import authority_by_name
from providers.register import cells
from providers.register.headings import Headings
from providers.register.opening import Opened
from providers.register.status import PROVISION_LABELS, fold
from providers.register.urn import URN_WORDS, clean_urn

Progress: TypeAlias = Callable[[int, int | None], None]
T = TypeVar("T")

_AT = re.compile(r"\bat (\d{1,2} [A-Za-z]+ \d{4})")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about a cell: the line as in a spreadsheet, the column as headed in the file, and what is the
    matter.
    """

    line: int
    column: str
    message: str

    def words(self) -> str:
        where = f"Line {self.line:,}" if self.line else "The file"
        return f"{where}, {self.column}: {self.message}" if self.column else f"{where}: {self.message}"

    def to_dict(self) -> dict[str, Any]:
        return {"line": self.line, "column": self.column, "message": self.message}


@dataclass(slots=True)
class Sheet:
    """What is true of any file read. `says_as_of` is the date in its title ("as at 31 March 2025"), if it has one.
    `rows_read` counts every row below the headings that is not blank: accepted ones and `rejected` ones.
    """

    file_name: str
    sha256: str
    encoding: str
    says_as_of: dt.date | None = None
    rows_read: int = 0
    rejected: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)


class Rejected(Exception):
    """A row that cannot be trusted, with the first reason why."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.words())
        self.remark = remark


def remark_on_headings(sheet: Sheet, headings: Headings) -> None:
    """Warn of headings that nobody knows and of expected ones that are absent."""
    for title in headings.unknown:
        sheet.warnings.append(Remark(headings.row_number, title, "is a heading that we do not know; it is passed over"))
    for absent in headings.absent:
        words = f"has no column for {absent.replace('_', ' ')}, which is therefore unknown for every row"
        sheet.warnings.append(Remark(0, "", words))


def rows_of(
    opened: Opened, headings: Headings, sheet: Sheet, progress: Progress | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Each row below the headings that is not blank, with its line, counted in `sheet`. `progress` is called with the
    rows done and None, for the total is not known. Raises `Invalid` for a file that is cut off or has no rows.
    """
    last: tuple[int, list[str]] | None = None
    for line, row in opened.rows(headings.delimiter):
        if line < headings.row_number:
            sheet.says_as_of = sheet.says_as_of or _titled(row)
        if line <= headings.row_number or not any(cell.strip() for cell in row):
            continue
        last = (line, row)
        sheet.rows_read += 1
        yield line, row
        if progress is not None and sheet.rows_read % 500 == 0:
            progress(sheet.rows_read, None)
    if last is not None and len(last[1]) < headings.width and not opened.ends_with_line_break:
        raise Invalid(
            f"{opened.name} is cut off: its last line ({last[0]:,}) has {len(last[1])} of {headings.width} cells and "
            "no line end. Get the file again. Nothing was imported.",
            field="file",
        )
    if last is None:
        raise Invalid(f"{opened.name} has headings and no rows. Nothing was imported.", field="file")


def _titled(row: list[str]) -> dt.date | None:
    for cell in row:
        if found := _AT.search(cells.tidy(cell)):
            try:
                return cells.date(found[1])
            except cells.Bad:
                continue
    return None


class RowReader:
    """Reads the cells of one row. What is to be said of an accepted row is collected in `own`; a rejected row has one
    reason, its first.
    """

    def __init__(self, line: int, row: list[str], headings: Headings) -> None:
        self.line = line
        self.row = row
        self.headings = headings
        self.own: list[Remark] = []

    def cell(self, name: str) -> str:
        place = self.headings.columns.get(name)
        return "" if place is None or place >= len(self.row) else cells.tidy(self.row[place])

    def title(self, name: str) -> str:
        return self.headings.titles.get(name, name)

    def bad(self, name: str, message: str) -> Rejected:
        return Rejected(Remark(self.line, self.title(name), message))

    def warn(self, name: str, message: str) -> None:
        self.own.append(Remark(self.line, self.title(name), message))

    def optional(self, name: str, read: Callable[[str], T], unknown: T) -> T:
        cell = self.cell(name)
        try:
            return read(cell)
        except cells.Junk:
            self.warn(name, f"{show(cell)} says nothing; it is taken as unknown")
            return unknown

    def strict(self, name: str, read: Callable[[str], T]) -> T:
        cell = self.cell(name)
        try:
            return read(cell)
        except cells.Bad as error:
            raise self.bad(name, f"{show(cell)} {error}") from None

    def check_shape(self) -> None:
        """Reject a row with a spreadsheet's formula, or with more cells than there are headings."""
        for name, place in self.headings.columns.items():
            if place < len(self.row) and cells.is_formula(self.row[place].strip()):
                raise self.bad(name, f"{show(self.row[place])} is a spreadsheet formula, not a fact")
        spare = [cell for cell in self.row[self.headings.row_width :] if cell.strip()]
        if spare:
            raise Rejected(
                Remark(self.line, "", f"has more cells than there are headings, beginning with {show(spare[0])}")
            )

    # Cells that every kind of file has

    def urn(self) -> str:
        """The URN. Rejects a row without one."""
        urn = clean_urn(self.cell("urn"))
        if urn is None:
            raise self.bad("urn", f"{show(self.cell('urn'))} is not a URN ({URN_WORDS})")
        return urn

    def provision_type(self) -> str:
        """The type as stored; one that nobody here knows is kept as it stands, with a warning."""
        cell = self.cell("provision_type")
        if cells.is_unknown(cell) or not any(letter.isalpha() for letter in cell) or len(cell) > 120:
            raise self.bad("provision_type", f"{show(cell)} is not a type of provision")
        known = PROVISION_LABELS.get(fold(cell))
        if known is None:
            self.warn("provision_type", f"{show(cell)} is a type that we do not know; it is kept as it stands")
            return cell
        return known.value

    def text(self, name: str, limit: int) -> str | None:
        """Free text, or None where it is unknown or says nothing."""
        return self.optional(name, lambda cell: cells.text(cell, limit), None)

    def authority(self) -> tuple[str | None, str | None]:
        """The local authority's name as the file has it, and its code; a name that nobody here knows is warned of."""
        name = self.text("local_authority", 120)
        known = authority_by_name(name) if name else None
        if name and known is None:
            self.warn("local_authority", f"{show(name)} is not an authority that we know")
        return name, known.gss if known else None


def show(cell: str) -> str:
    """A cell in quotation marks, short and printable, for a message."""
    cell = "".join(letter if letter.isprintable() else "�" for letter in cells.tidy(cell))
    return "an empty cell" if not cell else f"“{cell[:_SHOWN]}…”" if len(cell) > _SHOWN else f"“{cell}”"
