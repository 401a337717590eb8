"""Whole pence, exact shares, one rounding."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.money import (
    LARGEST_PENCE,
    WEEKS_FOR_COMPARISON,
    accrue,
    annual_pence,
    parse_pounds,
    per_day,
    pounds,
    round_half_even,
    split,
)

amounts = st.integers(0, LARGEST_PENCE)
weight_lists = st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any)


@pytest.mark.parametrize(
    ("pence", "whole", "words"),
    [
        (123_456, False, "£1,234.56"),
        (123_400, False, "£1,234.00"),
        (123_400, True, "£1,234"),
        (123_456, True, "£1,234.56"),
        (5, False, "£0.05"),
        (0, True, "£0"),
        (-500, False, "-£5.00"),
        (100_000_000, True, "£1,000,000"),
    ],
)
def test_pence_are_shown_as_pounds(pence: int, whole: bool, words: str) -> None:
    assert pounds(pence, whole=whole) == words


@pytest.mark.parametrize(
    ("typed", "pence"),
    [
        ("1,234.50", 123_450),
        ("£1234.5", 123_450),
        (" £ 900 ", 90_000),
        ("0", 0),
        ("0.07", 7),
        ("6,108", 610_800),
        ("1,000,000.01", 100_000_001),
    ],
)
def test_what_people_type_is_read_as_pence(typed: str, pence: int) -> None:
    assert parse_pounds(typed) == pence


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter an amount"),
        ("  ", "Enter an amount"),
        ("-5", "less than zero"),
        ("£-5", "less than zero"),
        ("12.345", "like 1,234.50"),
        ("1,23", "like 1,234.50"),
        ("12,34,567", "like 1,234.50"),
        (".50", "like 1,234.50"),
        ("1e6", "like 1,234.50"),
        ("nan", "like 1,234.50"),
        ("٣", "like 1,234.50"),
        ("€5", "like 1,234.50"),
        ("9" * 5000, "not be more than"),
        ("1000000000", "not be more than £999,999,999.99"),
    ],
)
def test_what_is_not_an_amount_is_refused_in_plain_words(typed: str, message: str) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        parse_pounds(typed, field="weekly_price")
    assert refused.value.field == "weekly_price"


@given(amounts, st.booleans())
def test_shown_and_typed_agree(pence: int, whole: bool) -> None:
    assert parse_pounds(pounds(pence, whole=whole)) == pence


def test_half_a_penny_goes_to_the_even_side() -> None:
    assert [round_half_even(Fraction(n, 2)) for n in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]


def test_a_week_is_seven_days_to_the_penny() -> None:
    first = dt.date(2026, 11, 23)
    assert per_day(100_000) == Fraction(100_000, 7)
    assert accrue(100_000, first, first) == 14_286
    assert accrue(100_000, first, first + dt.timedelta(days=6)) == 100_000
    assert accrue(100_000, first, first + dt.timedelta(days=13)) == 200_000
    assert accrue(610_800, dt.date(2026, 1, 1), dt.date(2026, 12, 31)) == 31_848_857


def test_a_last_day_before_the_first_is_refused() -> None:
    with pytest.raises(Invalid, match="before the first"):
        accrue(100, dt.date(2026, 11, 23), dt.date(2026, 11, 22))


@given(st.integers(0, 5_000_000), st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), st.integers(0, 1500))
def test_an_accrual_is_within_half_a_penny_and_grows_with_days(weekly: int, first: dt.date, more: int) -> None:
    last = first + dt.timedelta(days=more)
    sum_due = accrue(weekly, first, last)
    assert abs(sum_due - per_day(weekly) * (more + 1)) <= Fraction(1, 2)
    assert accrue(weekly, first, last + dt.timedelta(days=1)) >= sum_due


def test_thirty_eight_and_fifty_two_weeks_are_compared_on_one_year() -> None:
    assert WEEKS_FOR_COMPARISON == 52
    assert annual_pence(100_000) == 5_200_000
    assert annual_pence(130_000, 38) == 4_940_000
    with pytest.raises(Invalid):
        annual_pence(100_000, 53)


def test_shares_add_up_and_ties_go_to_the_first() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(101, [1, 1, 1]) == [34, 34, 33]
    assert split(1, [1, 1]) == [1, 0]
    assert split(610_801, [50, 30, 20]) == [305_401, 183_240, 122_160]
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split(0, [3, 4]) == [0, 0]
    assert split(99, [0, 1]) == [0, 99]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="Weights"):
        split(100, weights)


@given(st.integers(-LARGEST_PENCE, LARGEST_PENCE), weight_lists)
def test_shares_sum_exactly_and_stay_within_a_penny(total: int, weights: list[int]) -> None:
    shares = split(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1
        assert weight or not share


@given(amounts, weight_lists)
def test_a_larger_weight_never_gets_a_smaller_share(total: int, weights: list[int]) -> None:
    shares = split(total, sorted(weights, reverse=True))
    assert shares == sorted(shares, reverse=True)
