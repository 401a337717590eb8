"""Working days of England and Wales, and the words in which a deadline is put to people.

Laws and market rules count working days (an application's decision is due ten working days after it came, F-2);
people read "Thursday 3 December at 5pm". Bank holidays come from the list that ships with `govuk-bank-holidays`, so
nothing is fetched; beyond that list's last year we refuse to guess.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

from govuk_bank_holidays.bank_holidays import BankHolidays

from app.core.clock import LONDON
from app.core.errors import HomewardError

_DAY = dt.timedelta(days=1)


class CalendarEndsError(HomewardError):
    """A working day was asked for in a year whose bank holidays are not known. `facts`: day, first, last."""


@cache
def _bank_holidays() -> frozenset[dt.date]:
    calendar = BankHolidays(use_cached_holidays=True)
    return frozenset(event["date"] for event in calendar.get_holidays(division=BankHolidays.ENGLAND_AND_WALES))


def known_years() -> tuple[dt.date, dt.date]:
    """The first and the last day for which bank holidays are known."""
    days = _bank_holidays()
    return dt.date(min(days).year, 1, 1), dt.date(max(days).year, 12, 31)


def is_working_day(day: dt.date) -> bool:
    """Not a Saturday, a Sunday or a bank holiday in England and Wales. Raises `CalendarEndsError` outside the known
    years.
    """
    first, last = known_years()
    if not first <= day <= last:
        raise CalendarEndsError(
            f"Bank holidays are known from {date_words(first)} to {date_words(last)}, "
            f"so working days cannot be counted on {date_words(day)}.",
            day=day,
            first=first,
            last=last,
        )
    return day.weekday() < 5 and day not in _bank_holidays()


def add_working_days(day: dt.date, n: int) -> dt.date:
    """The `n`th working day after `day`, which itself is not counted (F-2: received on D, due on D + 10 working days).

    A negative `n` counts back. With 0 the answer is `day`, or the next working day when `day` is not one.
    """
    step = _DAY if n >= 0 else -_DAY
    if n == 0:
        while not is_working_day(day):
            day += _DAY
        return day
    left = abs(n)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days_between(first: dt.date, last: dt.date) -> int:
    """How many working days come after `first`, up to and including `last`; negative when `last` is the earlier.

    Agrees with `add_working_days`: `working_days_between(d, add_working_days(d, n)) == n` for n of 1 or more.
    """
    if last < first:
        return -working_days_between(last, first)
    return sum(is_working_day(first + _DAY * n) for n in range(1, (last - first).days + 1))


def date_words(day: dt.date) -> str:
    """A date in the style of GOV.UK, with no leading zero: "3 December 2026"."""
    return f"{day.day} {day:%B %Y}"


def clock_words(time: dt.time) -> str:
    """The time as people say it: "5pm", "5:30pm", "midday", "midnight". Seconds are left out, so the words never
    promise more time than there is.
    """
    if time.minute == 0 and time.hour in (0, 12):
        return "midday" if time.hour else "midnight"
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes}{'am' if time.hour < 12 else 'pm'}"


def deadline_words(moment: dt.datetime, now: dt.datetime) -> str:
    """A deadline in London time: "Thursday 3 December at 5pm", with the year when it is not this year's.

    Midnight belongs to two days, so it is put as the end of the day before: "Wednesday 2 December at midnight (end of
    the day)". Both moments must know their zone.
    """
    _must_know_zone(moment, now)
    local = moment.astimezone(LONDON)
    time = clock_words(local.time())
    day = local.date()
    if time == "midnight":
        day, time = day - _DAY, "midnight (end of the day)"
    year = "" if day.year == now.astimezone(LONDON).year else f" {day.year}"
    return f"{day:%A} {day.day} {day:%B}{year} at {time}"


def time_left_words(moment: dt.datetime, now: dt.datetime) -> str:
    """How long is left: "3 days left", "1 day and 4 hours left", "less than a minute left" or "time is up".

    Rounds down, so the words never promise more time than there is. A day here is 24 hours.
    """
    _must_know_zone(moment, now)
    seconds = (moment.astimezone(dt.UTC) - now.astimezone(dt.UTC)).total_seconds()
    if seconds <= 0:
        return "time is up"
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days >= 2:
        words = [_count(days, "day")]
    elif days:
        words = [_count(days, "day"), _count(hours % 24, "hour")]
    elif hours:
        words = [_count(hours, "hour"), _count(minutes % 60, "minute")]
    elif minutes:
        words = [_count(minutes, "minute")]
    else:
        words = ["less than a minute"]
    return " and ".join(word for word in words if word) + " left"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def _must_know_zone(*moments: dt.datetime) -> None:
    if any(moment.tzinfo is None for moment in moments):
        raise ValueError("A moment must know its time zone.")
