"""Time is an argument everywhere inside; the edge reads it once per act, here, inside the writing transaction."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

LONDON = ZoneInfo("Europe/London")


def read_clock(session: Session, offset: dt.timedelta = dt.timedelta(0)) -> dt.datetime:
    """Now, in UTC: the database's clock on PostgreSQL, so that every process agrees, and the host's on SQLite.

    `offset` moves the clock in the demonstration and the tests only; production passes none.
    """
    bind = session.get_bind()
    if bind.dialect.name == "postgresql":
        now: dt.datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return now.astimezone(dt.UTC) + offset
    return dt.datetime.now(dt.UTC) + offset


def local_date(moment: dt.datetime) -> dt.date:
    """The date in London at a moment, which is the date that people and statutes mean."""
    return moment.astimezone(LONDON).date()


def start_of_day(day: dt.date) -> dt.datetime:
    """The moment, in UTC, at which a day begins in London."""
    return dt.datetime.combine(day, dt.time(), LONDON).astimezone(dt.UTC)
