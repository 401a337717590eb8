"""Ages to the week (F-24) and sums of the needs measure (F-57)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.children.ages import age_weeks, age_words, age_years, years_of
from app.children.needs import check_scores, totals
from app.core.errors import Invalid

DOMAINS = [name for name in ("Healthy", "Safe", "Ambitious", "Resilient", "Independent", "Happy") for _ in range(2)]
SCORES = st.lists(st.sampled_from([0, 1, 2, 3, None]), min_size=12, max_size=12)


@pytest.mark.parametrize(
    ("weeks", "words"),
    [
        (0, "0 weeks (0 years)"),
        (1, "1 week (0 years)"),
        (26, "26 weeks (0 years)"),
        (103, "103 weeks (1 year)"),
        (104, "1 year"),
        (105, "2 years"),
        (626, "11 years"),
        (627, "12 years"),
    ],
)
def test_a_baby_is_shown_in_weeks(weeks: int, words: str) -> None:
    assert age_words(weeks) == words


def test_weeks_are_completed_ones() -> None:
    born = dt.date(2026, 5, 25)
    assert age_weeks(born, dt.date(2026, 11, 22)) == 25
    assert age_weeks(born, dt.date(2026, 11, 23)) == 26
    assert age_weeks(born, dt.date(2026, 1, 1)) == 0


@given(st.dates(dt.date(2000, 1, 1), dt.date(2026, 1, 1)), st.integers(0, 25 * 365))
def test_years_from_weeks_are_never_more_than_birthdays_and_at_most_one_less(born: dt.date, days: int) -> None:
    on = born + dt.timedelta(days=days)
    by_birthday = age_years(born, on)
    assert by_birthday - 1 <= years_of(age_weeks(born, on)) <= by_birthday


@given(SCORES)
def test_missing_scores_are_counted_and_never_zero(scores: list[int | None]) -> None:
    sums = totals(scores, DOMAINS)
    measured = [one for one in scores if one is not None]
    assert sums.total == sum(measured) <= 36
    assert sums.missing == scores.count(None)
    assert sums.highest == 3 * len(measured)
    assert all(0 <= part <= 6 for part in sums.by_domain.values())
    assert sum(sums.by_domain.values()) == sums.total


@pytest.mark.parametrize("scores", [[1] * 11, [1] * 13, [4, *[0] * 11], [True, *[0] * 11], [-1, *[None] * 11]])
def test_anything_but_twelve_scores_of_0_to_3_is_refused(scores: list[int | None]) -> None:
    with pytest.raises(Invalid):
        check_scores(scores)
