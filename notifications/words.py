"""Times and lists as people say them, for messages: London time, plain English."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

from app.core.clock import LONDON

When: TypeAlias = dt.datetime | dt.date | str
"""A moment, a date, or words that already say it."""


def say_when(when: When) -> str:
    """`5pm on Thursday 3 December 2026` for a moment, `Thursday 3 December 2026` for a date; words stay as they are.

    Raises ValueError for a moment without a time zone, because a naive time is a time whose zone somebody guessed.
    """
    if isinstance(when, str):
        return when
    if isinstance(when, dt.datetime):
        if when.tzinfo is None:
            raise ValueError("a time in a message needs a time zone")
        local = when.astimezone(LONDON)
        return f"{say_time(local.time())} on {say_date(local.date())}"
    return say_date(when)


def say_date(date: dt.date) -> str:
    """`Thursday 3 December 2026`."""
    return f"{date:%A} {date.day} {date:%B} {date.year}"


def say_time(time: dt.time) -> str:
    """`5pm`, `4:30pm`, `midday`, `midnight`."""
    if (time.hour, time.minute) in ((0, 0), (12, 0)):
        return "midday" if time.hour else "midnight"
    hour = time.hour % 12 or 12
    half = "am" if time.hour < 12 else "pm"
    return f"{hour}:{time.minute:02}{half}" if time.minute else f"{hour}{half}"


def say_list(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(([", ".join(items[:-1])] if len(items) > 1 else []) + items[-1:])
