"""What a placement costs: by day, rounded once a month, so that the months sum to the whole; nothing owed is hidden."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.money import accrue
from app.placements.costs import Line, by_month, committed, days_charged, spent, unauthorised

DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31))
PENCE = st.integers(1, 2_000_000)
FIRST, LAST = dt.date(2026, 12, 10), dt.date(2027, 6, 9)
LINE = Line("made-up payer", 4_200_00, FIRST, LAST)


@given(PENCE, DAYS, st.integers(0, 900))
def test_the_months_sum_to_the_whole_and_each_is_rounded_once(weekly: int, first: dt.date, length: int) -> None:
    last = first + dt.timedelta(days=length)
    months = list(by_month(weekly, first, last))
    line = Line("made-up payer", weekly, first, last)
    assert sum(pence for _, pence in months) == spent(line, started_on=first, ended_on=None, upto=last)
    assert [month.day for month, _ in months] == [1] * len(months)
    # Each month is off by at most half a penny from the exact price of its days.
    assert abs(sum(pence for _, pence in months) - accrue(weekly, first, last)) <= (len(months) + 1) / 2


@given(PENCE, DAYS, st.integers(0, 900), st.integers(-30, 930), st.integers(0, 30))
def test_spent_and_still_to_come_are_the_whole_line_at_any_day(
    weekly: int, first: dt.date, length: int, seen: int, late: int
) -> None:
    line = Line("made-up payer", weekly, first, first + dt.timedelta(days=length))
    began, upto = first + dt.timedelta(days=late), first + dt.timedelta(days=seen)
    whole = spent(line, started_on=began, ended_on=None, upto=line.last_day)
    so_far = spent(line, started_on=began, ended_on=None, upto=upto)
    to_come = committed(line, planned_start=first, started_on=began, ended_on=None, after=upto)
    assert so_far + to_come == whole
    assert 0 <= so_far <= whole


def test_nothing_is_spent_before_a_start_and_everything_is_still_to_come() -> None:
    upto = FIRST + dt.timedelta(days=30)
    assert spent(LINE, started_on=None, ended_on=None, upto=upto) == 0
    whole = spent(LINE, started_on=FIRST, ended_on=None, upto=LAST)
    before = FIRST - dt.timedelta(days=1)
    assert committed(LINE, planned_start=FIRST, started_on=None, ended_on=None, after=before) == whole


def test_the_first_day_is_charged_and_the_day_of_leaving_is_not() -> None:
    left = FIRST + dt.timedelta(days=7)
    assert days_charged(LINE, started_on=FIRST, ended_on=left, upto=LAST) == (FIRST, left - dt.timedelta(days=1))
    assert spent(LINE, started_on=FIRST, ended_on=left, upto=LAST) == 4_200_00
    assert days_charged(LINE, started_on=FIRST, ended_on=FIRST, upto=LAST) is None


def test_days_after_the_last_authorised_one_are_owed_and_shown_apart() -> None:
    week_over = LAST + dt.timedelta(days=7)
    owed: dict[str, Any] = {"last_authorised": LAST, "started_on": FIRST, "ended_on": None}
    assert unauthorised(4_200_00, upto=LAST, **owed) == 0
    assert unauthorised(4_200_00, upto=week_over, **owed) == 4_200_00
    assert spent(LINE, started_on=FIRST, ended_on=None, upto=week_over) == spent(
        LINE, started_on=FIRST, ended_on=None, upto=LAST
    )
