"""The dates of a body that meets in a cycle. Agenda due 14 days before a meeting (F-48) unless
the body sits more often, minutes 7 days after."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound
from app.meetings.models import Meeting, MeetingSeries

AGENDA_DAYS = 14
MINUTES_AFTER = dt.timedelta(days=7)


def start_series(
    session: Session,
    *,
    organisation_id: str,
    name: str,
    every_weeks: int,
    first_on: dt.date,
    count: int,
    agenda_days: int = AGENDA_DAYS,
) -> MeetingSeries:
    """A new body with its first `count` meetings, `every_weeks` apart."""
    if every_weeks < 1:
        raise Invalid("A cycle has at least one week.", field="every_weeks")
    series = MeetingSeries(organisation_id=organisation_id, name=name, every_weeks=every_weeks, agenda_days=agenda_days)
    session.add(series)
    session.flush()
    for position in range(count):
        schedule(session, series_id=series.id, held_on=first_on + dt.timedelta(weeks=every_weeks * position))
    return series


def schedule(session: Session, *, series_id: str, held_on: dt.date) -> Meeting:
    """One more meeting of a series."""
    series = session.get(MeetingSeries, series_id)
    if series is None:
        raise NotFound("meeting")
    if session.scalar(select(Meeting.id).where(Meeting.series_id == series_id, Meeting.held_on == held_on)):
        raise Conflict("There is already a meeting on that day.", field="held_on")
    meeting = Meeting(
        series_id=series_id,
        held_on=held_on,
        agenda_due_on=held_on - dt.timedelta(days=series.agenda_days),
        minutes_due_on=held_on + MINUTES_AFTER,
    )
    session.add(meeting)
    session.flush()
    return meeting


def next_meeting(session: Session, series_id: str, on_or_after: dt.date) -> Meeting | None:
    """The next sitting of a series on or after a day, or None where none is fixed."""
    return session.scalar(
        select(Meeting)
        .where(Meeting.series_id == series_id, Meeting.held_on >= on_or_after)
        .order_by(Meeting.held_on)
        .limit(1)
    )


def meetings_of(session: Session, series_ids: list[str], *, since: dt.date, limit: int = 50) -> list[Meeting]:
    """Meetings of some series from a day on, in order of date."""
    return list(
        session.scalars(
            select(Meeting)
            .where(Meeting.series_id.in_(series_ids), Meeting.held_on >= since)
            .order_by(Meeting.held_on, Meeting.id)
            .limit(limit)
        )
    )
