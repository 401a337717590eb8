"""How a cost line counts in reports: which days of it are owed, awaited or unauthorised, and what each month of them
costs. Pure rules over what placements say.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from app.panels.status import PayerKind
from app.placements.costs import Line, by_month, days_charged
from app.placements.status import PlacementStatus


@dataclass(frozen=True)
class Stay:
    """A placement that still stands, as far as money asks."""

    status: PlacementStatus
    planned_start: dt.date
    started_on: dt.date | None
    ended_on: dt.date | None


@dataclass(frozen=True)
class Counted:
    """The days of a cost line that count, both included. See `app.reporting.models.SpendLine` for the last three."""

    weekly_pence: int
    first_day: dt.date
    last_day: dt.date
    started: bool
    goes_on: bool
    left_on: dt.date | None


@dataclass(frozen=True, order=True)
class Cell:
    """Where a sum stands in the rollup: a borough, a lot, a kind of budget and the first of a month."""

    organisation_id: str
    lot_id: str
    payer_kind: PayerKind
    month: dt.date


@dataclass(frozen=True)
class Sums:
    """Pence of one cell."""

    started: int = 0
    planned: int = 0
    unauthorised: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.started + other.started, self.planned + other.planned, self.unauthorised + other.unauthorised)

    def __neg__(self) -> Sums:
        return Sums(-self.started, -self.planned, -self.unauthorised)


def last_authorised_day(lines: Iterable[Line]) -> dt.date | None:
    """The last day that any line of a placement covers."""
    return max((line.last_day for line in lines), default=None)


def counted(line: Line, stay: Stay, *, last_authorised: dt.date) -> Counted | None:
    """The days of a line that count, or None where none does: cancelled, or left before the line began.

    `last_authorised` is the placement's last authorised day: lines that end on it are the ones whose price goes on
    being owed when the child stays longer.
    """
    if stay.status is PlacementStatus.CANCELLED:
        return None
    begun = stay.started_on is not None
    days = days_charged(
        line, started_on=stay.started_on or stay.planned_start, ended_on=stay.ended_on, upto=line.last_day
    )
    if days is None:
        return None
    final = begun and line.last_day == last_authorised
    last_night = stay.ended_on - dt.timedelta(days=1) if stay.ended_on else None
    return Counted(
        weekly_pence=line.weekly_pence,
        first_day=days[0],
        last_day=days[1],
        started=begun,
        goes_on=final and stay.ended_on is None,
        left_on=last_night if final and last_night and last_night > line.last_day else None,
    )


def months_of(line: Counted) -> dict[dt.date, Sums]:
    """What each calendar month of a line comes to, rounded once a month."""
    found: dict[dt.date, Sums] = defaultdict(Sums)
    for month, pence in by_month(line.weekly_pence, line.first_day, line.last_day):
        found[month] += Sums(started=pence) if line.started else Sums(planned=pence)
    if line.left_on is not None:
        for month, pence in unauthorised_months(line.weekly_pence, line.last_day, line.left_on):
            found[month] += Sums(unauthorised=pence)
    return dict(found)


def unauthorised_months(weekly_pence: int, last_authorised: dt.date, upto: dt.date) -> list[tuple[dt.date, int]]:
    """(month, pence) of the days after the last authorised one, to the end of `upto`."""
    return list(by_month(weekly_pence, last_authorised + dt.timedelta(days=1), upto))
