"""The made-up register of the demonstration, in the shape of Ofsted's own file, with URNs in a range that Ofsted
does not use.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

HEADINGS = (
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
    "Latest Full inspection event type",
    "Latest full inspection date",
    "Latest full inspection publication date",
    "Latest full inspection event number",
    "Overall experiences and progress of children and young people",
    "Outcomes in education and related learning activities",
    "Health services",
    "How well children and young people are helped and protected",
    "The effectiveness of leaders and managers",
    "Supported Accommodation outcome",
)

HOME, AGENCY = "Children's home", "Independent Fostering Agency"
SUPPORTED, SCHOOL = "Supported Accommodation", "Residential Special School"
GRADES = ("Outstanding", "Good", "Good", "Good", "Good", "Requires improvement to be good", None)
OUTCOMES = ("Consistently strong service delivery", "Inconsistent quality of service delivery", None)
RI, INADEQUATE = "Requires improvement to be good", "Inadequate"


@dataclass(frozen=True)
class Row:
    """One made-up registration. `grade` None: not yet inspected."""

    urn: str
    provision_type: str
    name: str
    owner: str
    postcode: str
    authority: str
    registered_on: dt.date
    places: int | None
    grade: str | None
    inspected_on: dt.date | None
    event: str


def drawn_grade(draw: random.Random, provision_type: str) -> str | None:
    """A grade as common as in the market."""
    return draw.choice(OUTCOMES if provision_type == SUPPORTED else GRADES)


def regraded(row: Row, grade: str, inspected_on: dt.date) -> Row:
    """The same registration after another full inspection."""
    return replace(row, grade=grade, inspected_on=inspected_on, event=str(int(row.event) + 500_000))


def as_file(rows: list[Row], as_of: dt.date, *, visits: bool = False) -> io.BytesIO:
    """The rows as a file of the kind that Ofsted publishes, with its preamble: providers, or `visits` in a year."""
    headings = [title.replace("Latest full", "").replace("Latest Full", "").strip() for title in HEADINGS]
    title = f"Made-up register of a demonstration - {'Inspections' if visits else 'Provider level'}"
    table = [_capital(headings) if visits else HEADINGS, *(_cells(row) for row in rows)]
    return io.BytesIO(as_text(f"{title} as at {as_of:%-d %B %Y}", table).encode("utf-8-sig"))


def as_text(title: str, table: Iterable[Iterable[str]]) -> str:
    """A table under three lines of preamble, as Ofsted's files have it: the headings are line 4."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([title])
    writer.writerow(["This worksheet contains one table, this table begins in cell A4."])
    writer.writerow(["Some cells in this table are empty."])
    writer.writerows(table)
    return text.getvalue()


def _capital(headings: Iterable[str]) -> list[str]:
    return [heading[:1].upper() + heading[1:] for heading in headings]


def _cells(row: Row) -> list[str]:
    hidden = row.provision_type == HOME
    outcome = row.grade if row.provision_type == SUPPORTED else None
    overall = "" if outcome or row.grade is None else row.grade
    helped = overall
    return [
        "Made-up page",
        row.urn,
        "",
        row.provision_type,
        f"{row.registered_on:%d/%m/%Y}",
        "Active",
        "REDACTED" if hidden else row.name,
        "REDACTED" if hidden else "1 Made-up Street",
        "",
        "REDACTED" if hidden else "Exampleton",
        "",
        "REDACTED" if hidden else row.postcode,
        "London",
        "London",
        row.authority,
        "",
        "Private",
        "" if row.places is None else str(row.places),
        "",
        "",
        "",
        row.owner,
        "" if row.grade is None else "Full inspection",
        "" if row.inspected_on is None else f"{row.inspected_on:%d/%m/%Y}",
        "" if row.inspected_on is None else f"{row.inspected_on + dt.timedelta(days=35):%d/%m/%Y}",
        "" if row.grade is None else row.event,
        overall,
        "",
        "",
        helped,
        overall,
        outcome or "",
    ]
