"""Working days, and deadlines in words."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import LONDON
from app.core.workdays import (
    CalendarEndsError,
    add_working_days,
    clock_words,
    date_words,
    deadline_words,
    is_working_day,
    known_years,
    time_left_words,
    working_days_between,
)

days = st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 31))


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


def test_weekends_and_english_bank_holidays_are_not_working_days() -> None:
    assert is_working_day(dt.date(2026, 11, 23))
    assert not is_working_day(dt.date(2026, 11, 22))
    assert not is_working_day(dt.date(2026, 12, 25))
    assert not is_working_day(dt.date(2026, 12, 28))  # Boxing Day, put off from Saturday
    assert not is_working_day(dt.date(2027, 3, 29))  # Easter Monday, a working day in Scotland
    assert is_working_day(dt.date(2026, 11, 30))  # St Andrew's Day, a holiday in Scotland


def test_a_decision_is_due_ten_working_days_after_the_application_came() -> None:
    """F-2: D + 10 working days, with Christmas, Boxing Day (put off) and New Year's Day left out."""
    assert add_working_days(dt.date(2026, 11, 23), 10) == dt.date(2026, 12, 7)
    assert add_working_days(dt.date(2026, 12, 18), 10) == dt.date(2027, 1, 6)
    assert add_working_days(dt.date(2026, 11, 21), 10) == dt.date(2026, 12, 4)  # came on a Saturday


def test_no_working_days_on_is_the_day_itself_or_the_next_that_works() -> None:
    assert add_working_days(dt.date(2026, 11, 23), 0) == dt.date(2026, 11, 23)
    assert add_working_days(dt.date(2026, 12, 25), 0) == dt.date(2026, 12, 29)


def test_counting_back() -> None:
    assert add_working_days(dt.date(2026, 12, 29), -1) == dt.date(2026, 12, 24)


@given(days, st.integers(1, 60))
def test_adding_and_counting_agree(day: dt.date, n: int) -> None:
    due = add_working_days(day, n)
    assert is_working_day(due)
    assert working_days_between(day, due) == n
    assert working_days_between(due, day) == -n
    assert add_working_days(day, n + 1) > due


def test_beyond_the_list_we_refuse_to_guess() -> None:
    _, last = known_years()
    assert last.year >= 2028
    with pytest.raises(CalendarEndsError, match=f"to {date_words(last)}"):
        is_working_day(last + dt.timedelta(days=1))
    with pytest.raises(CalendarEndsError):
        add_working_days(last, 1)
    with pytest.raises(CalendarEndsError):
        is_working_day(dt.date(2011, 12, 30))


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (dt.time(17), "5pm"),
        (dt.time(17, 30), "5:30pm"),
        (dt.time(9, 5), "9:05am"),
        (dt.time(12), "midday"),
        (dt.time(12, 30), "12:30pm"),
        (dt.time(0), "midnight"),
        (dt.time(0, 1), "12:01am"),
        (dt.time(23, 59, 59), "11:59pm"),
    ],
)
def test_the_time_as_people_say_it(time: dt.time, words: str) -> None:
    assert clock_words(time) == words


def test_a_deadline_is_said_in_london_time() -> None:
    now = utc(2026, 11, 23, 9)
    assert deadline_words(utc(2026, 12, 3, 17), now) == "Thursday 3 December at 5pm"
    assert deadline_words(utc(2026, 7, 1, 11), now) == "Wednesday 1 July at midday"  # summer time
    assert deadline_words(utc(2027, 1, 4, 17, 30), now) == "Monday 4 January 2027 at 5:30pm"


def test_midnight_belongs_to_the_day_that_ends() -> None:
    now = utc(2026, 11, 23, 9)
    assert deadline_words(utc(2026, 12, 3), now) == "Wednesday 2 December at midnight (end of the day)"
    assert deadline_words(utc(2027, 1, 1), now) == "Thursday 31 December at midnight (end of the day)"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (dt.timedelta(days=3, hours=23), "3 days left"),
        (dt.timedelta(days=1, hours=4, minutes=59), "1 day and 4 hours left"),
        (dt.timedelta(days=1), "1 day left"),
        (dt.timedelta(hours=2, minutes=5), "2 hours and 5 minutes left"),
        (dt.timedelta(hours=1), "1 hour left"),
        (dt.timedelta(seconds=119), "1 minute left"),
        (dt.timedelta(seconds=59), "less than a minute left"),
        (dt.timedelta(0), "time is up"),
        (dt.timedelta(days=-1), "time is up"),
    ],
)
def test_the_time_left_never_promises_more_than_there_is(left: dt.timedelta, words: str) -> None:
    now = utc(2026, 11, 23, 9)
    assert time_left_words(now + left, now) == words


def test_the_hour_that_the_clocks_take_is_not_counted_as_left() -> None:
    before, after = dt.datetime(2026, 3, 29, 0, 30, tzinfo=LONDON), dt.datetime(2026, 3, 29, 2, 30, tzinfo=LONDON)
    assert time_left_words(after, before) == "1 hour left"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        deadline_words(dt.datetime(2026, 12, 3, 17), utc(2026, 11, 23))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        time_left_words(utc(2026, 11, 23), dt.datetime(2026, 12, 3, 17))  # noqa: DTZ001
