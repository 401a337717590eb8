"""What a placement costs whom: accrual by day on one stated basis, a week's price over seven. Pure rules.

Money owed is never hidden: an accrual is never refused. Days that no live authority covers show as unauthorised.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.money import accrue


@dataclass(frozen=True)
class Line:
    """A cost line: pence a week between two days, both included."""

    payer_id: str
    weekly_pence: int
    first_day: dt.date
    last_day: dt.date


def days_charged(
    line: Line, *, started_on: dt.date | None, ended_on: dt.date | None, upto: dt.date
) -> tuple[dt.date, dt.date] | None:
    """The first and last day of a line that are owed by the end of `upto`, or None. The day of leaving is not
    charged.
    """
    if started_on is None:
        return None
    first = max(line.first_day, started_on)
    last = min(line.last_day, upto)
    if ended_on is not None:
        last = min(last, ended_on - dt.timedelta(days=1))
    return (first, last) if first <= last else None


def spent(line: Line, *, started_on: dt.date | None, ended_on: dt.date | None, upto: dt.date) -> int:
    """Pence owed on a line by the end of a day, rounded once for each calendar month, so that months sum to it."""
    days = days_charged(line, started_on=started_on, ended_on=ended_on, upto=upto)
    return sum(pence for _, pence in by_month(line.weekly_pence, *days)) if days else 0


def committed(
    line: Line, *, planned_start: dt.date, started_on: dt.date | None, ended_on: dt.date | None, after: dt.date
) -> int:
    """Pence that fall due on a line after a day: to its end, from the actual start, or the planned one where it has
    not begun.
    """
    whole = days_charged(line, started_on=started_on or planned_start, ended_on=ended_on, upto=line.last_day)
    if whole is None:
        return 0
    total = sum(pence for _, pence in by_month(line.weekly_pence, *whole))
    return total - spent(line, started_on=started_on or planned_start, ended_on=ended_on, upto=after)


def unauthorised(
    weekly_pence: int, *, last_authorised: dt.date, started_on: dt.date | None, ended_on: dt.date | None, upto: dt.date
) -> int:
    """Pence owed for days of a placement that went on after its last authorised day: shown with an owner, never
    hidden.
    """
    over = Line("", weekly_pence, last_authorised + dt.timedelta(days=1), upto)
    return spent(over, started_on=started_on, ended_on=ended_on, upto=upto)


def by_month(weekly_pence: int, first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, int]]:
    """(first of the month, pence) for each calendar month that the days touch, each rounded once, half to even."""
    start = first
    while start <= last:
        end = min(last, start.replace(day=calendar.monthrange(start.year, start.month)[1]))
        yield start.replace(day=1), accrue(weekly_pence, start, end)
        start = end + dt.timedelta(days=1)
