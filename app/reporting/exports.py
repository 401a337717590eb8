"""Tables as CSV files that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from app.core.cells import Cell, safe_cell

__all__ = ["Cell", "Pounds", "csv_of", "safe_cell"]


def csv_of(headings: Sequence[str], rows: Iterable[Sequence[Cell | Pounds]]) -> str:
    """A CSV file with a line of headings, in the line ends and the mark by which spreadsheets know UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe_cell(heading) for heading in headings])
    writer.writerows([[cell.text if isinstance(cell, Pounds) else safe_cell(cell) for cell in row] for row in rows])
    return "\ufeff" + out.getvalue()


class Pounds:
    """An amount in a CSV file: pounds with two decimals and no sign of currency, which a spreadsheet can add up."""

    def __init__(self, pence: int) -> None:
        self.pence = pence

    @property
    def text(self) -> str:
        sign = "-" if self.pence < 0 else ""
        return f"{sign}{abs(self.pence) // 100}.{abs(self.pence) % 100:02}"
