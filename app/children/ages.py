"""Ages, to the week for babies (F-24)."""

from __future__ import annotations

import datetime as dt

WEEKS_SHOWN_BELOW = 104


def age_weeks(date_of_birth: dt.date, on: dt.date) -> int:
    """Completed weeks of age on a day; 0 where the child is not born yet."""
    return max(0, (on - date_of_birth).days // 7)


def age_years(date_of_birth: dt.date, on: dt.date) -> int:
    """Completed years of age on a day, by birthdays; somebody born on 29 February has theirs on 1 March."""
    return max(0, on.year - date_of_birth.year - ((on.month, on.day) < (date_of_birth.month, date_of_birth.day)))


def years_of(weeks: int) -> int:
    """Years from completed weeks: floor(weeks x 7 / 365.25), the rule of the market files, in whole numbers."""
    return weeks * 2800 // 146100


def age_words(weeks: int) -> str:
    """`26 weeks (0 years)` for a baby, `12 years` later."""
    years = years_of(weeks)
    in_years = f"{years} {'year' if years == 1 else 'years'}"
    if weeks < WEEKS_SHOWN_BELOW:
        return f"{weeks} {'week' if weeks == 1 else 'weeks'} ({in_years})"
    return in_years
