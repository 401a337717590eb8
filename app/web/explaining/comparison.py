"""The offers of a shortlist side by side: the numbers that people compare, each column to sort by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.web.explaining.rows import Row
from app.web.tables import Column, Listing

COMPARED = (
    Column("rank", "Place", sort=True),
    Column("service", "Offer", sort=True),
    Column("price", "A week over the year", sort=True, numeric=True),
    Column("quality", "Quality", sort=True, numeric=True),
    Column("needs", "Needs", sort=True, numeric=True),
    Column("miles", "Distance", sort=True, numeric=True),
    Column("start", "Can start", sort=True),
    Column("total", "Points", sort=True, numeric=True),
    Column("tie", "To be level with the next above"),
)
FIXED = tuple(Column(one.name, one.label, numeric=one.numeric) for one in COMPARED)
"""The same for paper, and for pages that sort something else."""

ORDERS: dict[str, Callable[[Row], Any]] = {
    "rank": lambda row: row.entry.rank,
    "service": lambda row: row.entry.service_name.casefold(),
    "price": lambda row: row.offer.payable_pence,
    "quality": lambda row: row.entry.quality,
    "needs": lambda row: row.entry.candidate.parts.needs,
    "miles": lambda row: row.entry.fit.squared_metres,
    "start": lambda row: row.offer.can_start_on,
    "total": lambda row: row.entry.candidate.total,
}


def compared(rows: Iterable[Row], listing: Listing) -> list[Row]:
    """Rows as their table is asked to show them. What is not known comes last either way; what is level keeps the order
    of the shortlist.
    """
    key = ORDERS.get(listing.order, ORDERS["rank"])
    listed = list(rows)
    known = [row for row in listed if key(row) is not None]
    unknown = [row for row in listed if key(row) is None]
    return sorted(known, key=key, reverse=listing.descending) + unknown
