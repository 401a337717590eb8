"""The three sheets of a company's file: what each column is called, and a company's own services as rows of them.

What goes out can come back: a file that nobody changed changes nothing.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.needs import indicators
from app.core.cells import marked
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot, PriceBand, PurchasingSystem
from providers.services.models import INDICATORS, Service
from providers.services.prices.models import ListPrice
from providers.services.prices.queries import bands_of, lists_of
from providers.services.prices.setting import priced_on

Value: TypeAlias = str | int | Decimal | dt.date | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, which is that of its CSV file too, its columns, and how many rows it may have."""

    name: str
    columns: tuple[str, ...]
    most_rows: int

    @property
    def file_name(self) -> str:
        return f"{self.name.lower()}.csv"


URN = "URN"
NAME, YOUNGEST, OLDEST = "Name", "Youngest age", "Oldest age"
GIRLS, BOYS, PLACES, ALERTS = "Takes girls", "Takes boys", "Free places", "Alerts go to"
LOT, BAND, WEEKS, FROM = "Lot", "Band", "Weeks a year", "From"
AMOUNTS = ("Care a week", "Education a week", "Health a week", "Transport a week")
NEED_COLUMNS = tuple(f"Need {number}" for number in range(1, INDICATORS + 1))

SERVICES = Sheet("Services", (URN, NAME, YOUNGEST, OLDEST, GIRLS, BOYS, PLACES, ALERTS), 2_000)
NEEDS = Sheet("Needs", (URN, *NEED_COLUMNS), 2_000)
PRICES = Sheet("Prices", (URN, LOT, BAND, *AMOUNTS, WEEKS, FROM), 30_000)
SHEETS = (SERVICES, NEEDS, PRICES)
NOTES = "How to fill this in"


@dataclass(frozen=True)
class Own:
    """What a company may change: its services by URN, the lots of each by what the sheet calls them, the bands of each
    lot, and the prices that count or will.
    """

    services: dict[str, Service]
    lots: dict[str, dict[str, Lot]]
    bands: dict[str, list[PriceBand]]
    prices: dict[tuple[str, str], list[ListPrice]]


def own_services(session: Session, actor: Actor) -> Own:
    """The actor's company, read whole in a few statements."""
    actor.require(Permission.SERVICE_READ)
    services = {
        service.urn: service
        for service in session.scalars(
            select(Service).where(Service.organisation_id == actor.organisation_id).order_by(Service.name, Service.urn)
        )
    }
    on_lots = priced_on(session, actor.organisation_id)
    lots = {lot.id: lot for found in on_lots.values() for lot in found.values()}
    called = _called(session, list(lots.values()))
    return Own(
        services=services,
        lots={
            service_id: {called[lot_id]: lot for lot_id, lot in found.items()} for service_id, found in on_lots.items()
        },
        bands=bands_of(session, lots),
        prices=lists_of(session, [service.id for service in services.values()]),
    )


def _called(session: Session, lots: Sequence[Lot]) -> dict[str, str]:
    """What a sheet calls each lot: its name, with its system's where two have one name."""
    names = [lot.name for lot in lots]
    systems = dict(session.execute(select(PurchasingSystem.id, PurchasingSystem.name)).all())
    return {lot.id: lot.name if names.count(lot.name) == 1 else f"{lot.name}, {systems[lot.system_id]}" for lot in lots}


def rows_of(own: Own, sheet: Sheet, today: dt.date) -> list[list[Value]]:
    """The company's services as rows of a sheet, in the order of its columns."""
    if sheet is SERVICES:
        return [_service_row(service) for service in own.services.values()]
    if sheet is NEEDS:
        return [
            [service.urn, *(service.capability if service.capability else [None] * INDICATORS)]
            for service in own.services.values()
        ]
    return [row for service in own.services.values() for row in _price_rows(own, service, today)]


def _service_row(service: Service) -> list[Value]:
    takes = [("Yes" if sex in service.sexes else "No") if service.sexes else None for sex in ("F", "M")]
    places = service.places_free if service.places_confirmed_at else None
    return [service.urn, service.name, service.min_age, service.max_age, *takes, places, service.alert_email]


def _price_rows(own: Own, service: Service, today: dt.date) -> list[list[Value]]:
    found: list[list[Value]] = []
    for name, lot in own.lots.get(service.id, {}).items():
        for band in own.bands.get(lot.id, []):
            prices = own.prices.get((service.id, band.id), [])
            begun = [price for price in prices if price.from_day <= today]
            wanted = [*begun[-1:], *(price for price in prices if price.from_day > today)]
            for price in wanted:
                amounts = (price.care_pence, price.education_pence, price.health_pence, price.transport_pence)
                found.append(
                    [
                        service.urn,
                        name,
                        band.name,
                        *(Decimal(pence) / 100 for pence in amounts),
                        price.weeks_per_year,
                        price.from_day,
                    ]
                )
            if not wanted:
                found.append([service.urn, name, band.name, *[None] * 6])
    return found


def as_text(value: Value) -> str:
    """A value as a CSV file has it: text marked against formulas, pounds with two decimals, days as 2027-04-01."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return marked(value) if isinstance(value, str) else str(value)


def csv_file(own: Own, sheet: Sheet, today: dt.date) -> bytes:
    """One sheet as a CSV file, in the line ends and with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(sheet.columns)
    writer.writerows([[as_text(value) for value in row] for row in rows_of(own, sheet, today)])
    return ("\ufeff" + out.getvalue()).encode("utf-8")


def excel_file(session: Session, own: Own, today: dt.date) -> bytes:
    """All three sheets in one Excel file, with a page that says how to fill them in."""
    from openpyxl import Workbook  # slow to import, and most processes never need it

    book = Workbook(write_only=True)
    notes = book.create_sheet(NOTES)
    for line in notes_of(session, today):
        notes.append([line])
    for sheet in SHEETS:
        page: Any = book.create_sheet(sheet.name)
        page.freeze_panes = "B2"
        for number, column in enumerate(sheet.columns):
            page.column_dimensions["ABCDEFGHIJKLMNOP"[number]].width = 34 if column in (NAME, LOT, BAND, ALERTS) else 16
        page.append(list(sheet.columns))
        for row in rows_of(own, sheet, today):
            page.append([marked(value) if isinstance(value, str) else value for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def notes_of(session: Session, today: dt.date) -> list[str]:
    """How to fill the sheets in, in lines."""
    needs = [f"Need {need.number}: {need.label}" for need in indicators(session, today)]
    return [
        "Change what has changed and send the file back. A cell that you leave empty changes nothing.",
        "Services: ages in years; Yes or No for girls and for boys; free places today.",
        "Needs: 0 not met, 1 low, 2 medium, 3 high.",
        *needs,
        "Prices: pounds a week for each child. To change a price, enter the new amounts and the day from which they "
        "count, today or later. For several changes of one band copy its line.",
        "No formulas: only what you type. Lines of services that are not your company's are refused.",
    ]
