"""Register files for tests: the columns of 2025 with made-up rows, in the range of URNs kept for demonstrations."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

COLUMNS_2025 = (
    "Web link",
    "URN",
    "Linked Education URN",
    "Provision type",
    "Registration date",
    "Registration status",
    "Name",
    "Address 1",
    "Address 2",
    "Town",
    "County",
    "Postcode",
    "Ofsted Region",
    "Government Office Region",
    "Local authority",
    "Parliamentary constituency",
    "Sector",
    "Places",
    "Supported accommodation premises",
    "Short-break-only children's home",
    "Multi Building Children's Home",
    "Organisation which owns the provider",
    "\nLatest Full inspection event type",
    "\nLatest full inspection date",
    "Latest full inspection publication date",
    "\nLatest full inspection event number",
    "\nOverall experiences and progress of children and young people",
    "Outcomes in education and related learning activities",
    "Health services",
    "\nHow well children and young people are helped and protected",
    "The effectiveness of leaders and managers",
    "Supported Accommodation outcome",
)
EVENT, INSPECTED, PUBLISHED, NUMBER = COLUMNS_2025[22], COLUMNS_2025[23], COLUMNS_2025[24], COLUMNS_2025[25]
OVERALL, PROTECTED, LEADERS, OUTCOME = COLUMNS_2025[26], COLUMNS_2025[29], COLUMNS_2025[30], COLUMNS_2025[31]
PREAMBLE = ("Made-up register", "This worksheet contains one table, this table begins in cell A4.", "")


def home(urn: str = "9900001", **cells: str) -> dict[str, str]:
    """A row: an active children's home in Croydon, not inspected yet, with cells put over it by heading."""
    row = {
        "Web link": "Ofsted Social Care Provider Webpage",
        "URN": urn,
        "Provision type": "Children's home",
        "Registration date": "25/06/2020",
        "Registration status": "Active",
        "Name": "REDACTED",
        "Address 1": "REDACTED",
        "Postcode": "REDACTED",
        "Government Office Region": "London",
        "Local authority": "Croydon",
        "Sector": "Private",
        "Places": "3",
        "Organisation which owns the provider": "Made-up Homes Ltd",
    }
    return row | cells


def inspected(
    row: dict[str, str],
    overall: str = "Good",
    *,
    protected: str | None = None,
    leaders: str | None = None,
    on: str = "05/11/2024",
    published: str = "14/01/2025",
    number: str = "10360658",
    event: str = "Full inspection",
) -> dict[str, str]:
    """A row with its latest inspection; the two other judgements are as the overall one where not given."""
    return row | {
        EVENT: event,
        INSPECTED: on,
        PUBLISHED: published,
        NUMBER: number,
        OVERALL: overall,
        PROTECTED: overall if protected is None else protected,
        LEADERS: overall if leaders is None else leaders,
    }


def register_text(
    rows: Iterable[dict[str, str]],
    *,
    columns: Iterable[str] = COLUMNS_2025,
    preamble: Iterable[str] = PREAMBLE,
    delimiter: str = ",",
) -> str:
    """A whole file: preamble, headings, rows. The first row of data is line 5, as in Ofsted's files."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter)
    for line in preamble:
        writer.writerow([line])
    titles = list(columns)
    writer.writerow(titles)
    for row in rows:
        writer.writerow([row.get(title, "") for title in titles])
    return written.getvalue()


def register_file(folder: Path, rows: Iterable[dict[str, str]], name: str = "made_up_register.csv") -> Path:
    """The same, as a file."""
    path = folder / name
    path.write_bytes(register_text(rows).encode("utf-8-sig"))
    return path
