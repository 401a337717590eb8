"""The cycle of a panel's meetings: agenda due 14 days before each, minutes 7 days after (F-48)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound
from app.meetings.calendar import meetings_of, next_meeting, schedule, start_series
from app.panels.setting_up import found_panel
from tests.factories.requests import make_borough

FIRST = dt.date(2026, 12, 10)


def test_a_series_meets_every_so_many_weeks_and_knows_what_is_due_when(session: Session) -> None:
    body = start_series(
        session, organisation_id=make_borough(session).id, name="Made-up body", every_weeks=4, first_on=FIRST, count=3
    )
    held = meetings_of(session, [body.id], since=FIRST)
    assert [meeting.held_on for meeting in held] == [FIRST, dt.date(2027, 1, 7), dt.date(2027, 2, 4)]
    assert all(meeting.held_on - meeting.agenda_due_on == dt.timedelta(days=14) for meeting in held)
    assert all(meeting.minutes_due_on - meeting.held_on == dt.timedelta(days=7) for meeting in held)
    assert next_meeting(session, body.id, FIRST) is held[0]
    assert next_meeting(session, body.id, FIRST + dt.timedelta(days=1)) is held[1]
    assert next_meeting(session, body.id, dt.date(2027, 2, 5)) is None


def test_two_meetings_of_a_body_never_fall_on_one_day(session: Session) -> None:
    borough = make_borough(session).id
    with pytest.raises(Invalid):
        start_series(session, organisation_id=borough, name="Made-up", every_weeks=0, first_on=FIRST, count=1)
    body = start_series(session, organisation_id=borough, name="Made-up", every_weeks=1, first_on=FIRST, count=1)
    with pytest.raises(Conflict):
        schedule(session, series_id=body.id, held_on=FIRST)
    with pytest.raises(NotFound):
        schedule(session, series_id="nobody's", held_on=FIRST)


def test_no_agenda_goes_out_before_it_is_closed(session: Session) -> None:
    """One that takes cases until the day before sends it then; one that closes earlier, two weeks before (F-48)."""
    for lead_days, expected in ((1, 1), (14, 14), (21, 14)):
        borough = make_borough(session)
        panel = found_panel(
            session,
            organisation_id=borough.id,
            name=f"Made-up panel that closes {lead_days} days before",
            every_weeks=1,
            first_on=dt.date(2026, 12, 3),
            meetings=1,
            lead_days=lead_days,
        )
        meeting = next_meeting(session, panel.series_id, dt.date(2026, 12, 1))
        assert meeting is not None
        assert (meeting.held_on - meeting.agenda_due_on).days == expected
