"""Councils' financial years, April to March, and months."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class FinancialYear:
    """The year from 1 April of `begins` to 31 March of the next."""

    begins: int

    @property
    def first_day(self) -> dt.date:
        return dt.date(self.begins, 4, 1)

    @property
    def last_day(self) -> dt.date:
        return dt.date(self.begins + 1, 3, 31)

    @property
    def words(self) -> str:
        """2026 to 2027."""
        return f"{self.begins} to {self.begins + 1}"

    @property
    def months(self) -> list[dt.date]:
        """The first day of each of its months."""
        return [month_after(self.first_day, number) for number in range(12)]


def year_of(day: dt.date) -> FinancialYear:
    """The financial year that a day falls in."""
    return FinancialYear(day.year if day.month >= 4 else day.year - 1)


def month_of(day: dt.date) -> dt.date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_after(month: dt.date, number: int = 1) -> dt.date:
    """The first day of the month so many months later, or earlier for a negative number."""
    years, place = divmod(month.month - 1 + number, 12)
    return dt.date(month.year + years, place + 1, 1)
