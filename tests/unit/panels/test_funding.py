"""Who pays what, to the penny, whether health has approved, and when a placement is reviewed (F-42, F-43, F-47)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import split
from app.panels.funding import (
    FundingRules,
    Share,
    add_months,
    care_is_split,
    faults,
    health_faults,
    health_pence_a_year,
    missing_pence,
    needs_executive,
    review_fault,
)
from app.panels.status import Element, PayerKind

RULES = FundingRules(5_000_000, 6, 12, 3, 156)
SOCIAL, SCHOOL, BOARD = "social care", "education", "health"
KINDS = {SOCIAL: PayerKind.SOCIAL_CARE, SCHOOL: PayerKind.EDUCATION, BOARD: PayerKind.HEALTH}
MEETING = dt.date(2026, 12, 10)
TODAY = MEETING
BEFORE = MEETING - dt.timedelta(days=1)


def share(payer: str, element: Element, pence: int) -> Share:
    return Share(payer, KINDS[payer], element, pence)


prices = st.fixed_dictionaries({element: st.integers(0, 2_000_000) for element in Element})


def right_split(price: dict[Element, int], weights: tuple[int, int]) -> list[Share]:
    """Education pays education; social care and health pay the rest by weight."""
    shares = [share(SCHOOL, Element.EDUCATION, price[Element.EDUCATION])]
    for element in (Element.CARE, Element.HEALTH, Element.TRANSPORT):
        for payer, pence in zip((SOCIAL, BOARD), split(price[element], weights), strict=True):
            shares.append(share(payer, element, pence))
    return [one for one in shares if one.weekly_pence]


@given(prices, st.tuples(st.integers(1, 9), st.integers(0, 9)))
def test_a_split_that_adds_up_has_no_fault_and_misses_nothing(
    price: dict[Element, int], weights: tuple[int, int]
) -> None:
    shares = right_split(price, weights)
    assert faults(price, shares) == []
    assert sum(one.weekly_pence for one in shares) == sum(price.values())
    assert set(missing_pence(price, shares).values()) <= {0}


@given(prices, st.integers(0, 20), st.integers(-500, 500).filter(bool))
def test_a_penny_more_or_less_anywhere_is_a_fault(price: dict[Element, int], place: int, wrong: int) -> None:
    shares = right_split(price, (3, 2))
    if not shares:
        return
    place %= len(shares)
    one = shares[place]
    shares[place] = share(one.payer_id, one.element, one.weekly_pence + wrong)
    assert faults(price, shares)
    assert missing_pence(price, shares)[one.element] == -wrong


def test_education_that_is_priced_apart_is_paid_by_education_in_full() -> None:
    price = {Element.CARE: 300_000, Element.EDUCATION: 100_000}
    wrong = faults(price, [share(SOCIAL, Element.CARE, 300_000), share(SOCIAL, Element.EDUCATION, 100_000)])
    assert wrong == ["Education is priced apart, so the education budget pays all of it."]


def test_a_part_without_a_price_has_no_shares_and_a_payer_stands_once() -> None:
    price = {Element.CARE: 300_000}
    assert "too much" in faults(price, [share(SOCIAL, Element.CARE, 300_000), share(BOARD, Element.HEALTH, 1)])[0]
    twice = [share(SOCIAL, Element.CARE, 100_000), share(SOCIAL, Element.CARE, 200_000)]
    assert faults(price, twice) == ["The same payer stands twice on one part of the price."]
    nothing = [share(SOCIAL, Element.CARE, 300_000), share(BOARD, Element.CARE, 0)]
    assert faults(price, nothing) == ["A share must be more than nothing. Remove a payer who pays nothing."]


def test_care_is_split_when_two_budgets_pay_for_it() -> None:
    assert not care_is_split([share(SOCIAL, Element.CARE, 1), share(BOARD, Element.HEALTH, 1)])
    assert care_is_split([share(SOCIAL, Element.CARE, 1), share(BOARD, Element.CARE, 1)])


AT, ABOVE = 96_153, 96_154
"""52 weeks of these are a penny or so under 50,000 pounds, and just over it."""


@pytest.mark.parametrize(
    ("weekly", "approved_on", "approved_by", "executive", "refused"),
    [
        (0, None, None, False, None),
        (1, None, None, False, "record who in health approved it"),
        (1, BEFORE, "  ", False, "record who in health approved it"),
        (1, MEETING, "Made-up commissioner", False, None),
        (1, TODAY + dt.timedelta(days=1), "Made-up commissioner", False, "must not be in the future"),
        (AT, MEETING, "Made-up commissioner", False, None),
        (ABOVE, BEFORE, "Made-up commissioner", False, "the approval must be its executive's"),
        (ABOVE, MEETING, "Made-up executive", True, "its executive must approve before the day of the meeting"),
        (ABOVE, BEFORE, "Made-up executive", True, None),
        (ABOVE, None, None, True, "record who in health approved it"),
    ],
)
def test_health_approves_its_share_and_its_executive_anything_above_fifty_thousand_a_year(
    weekly: int, approved_on: dt.date | None, approved_by: str | None, executive: bool, refused: str | None
) -> None:
    shares = [share(BOARD, Element.HEALTH, weekly)] if weekly else [share(SOCIAL, Element.CARE, 100)]
    said = health_faults(
        shares,
        RULES,
        approved_on=approved_on,
        approved_by=approved_by,
        by_executive=executive,
        meeting_on=MEETING,
        today=TODAY,
    )
    assert (said == {}) == (refused is None)
    assert refused is None or refused in next(iter(said.values()))


def test_an_approval_dated_after_the_meeting_came_too_late_for_it() -> None:
    said = health_faults(
        [share(BOARD, Element.HEALTH, 1)],
        RULES,
        approved_on=MEETING + dt.timedelta(days=1),
        approved_by="Made-up commissioner",
        by_executive=False,
        meeting_on=MEETING,
        today=MEETING + dt.timedelta(days=2),
    )
    assert "no later than the meeting" in said["health_approved_on"]


def test_fifty_thousand_exactly_is_not_above_fifty_thousand() -> None:
    shares = [share(BOARD, Element.HEALTH, 100_000)]
    assert health_pence_a_year(shares) == 5_200_000
    exactly = FundingRules(5_200_000, 6, 12, 3, 156)
    assert not needs_executive(shares, exactly)
    assert needs_executive(shares, FundingRules(5_199_999, 6, 12, 3, 156))


FIRST = dt.date(2026, 8, 31)


@pytest.mark.parametrize(
    ("residential", "review_on", "allowed"),
    [
        (True, FIRST, False),
        (True, FIRST + dt.timedelta(days=1), True),
        (True, dt.date(2027, 2, 28), True),
        (True, dt.date(2027, 3, 1), False),
        (False, dt.date(2027, 3, 1), True),
        (False, dt.date(2027, 8, 31), True),
        (False, dt.date(2027, 9, 1), False),
    ],
)
def test_a_review_is_within_six_months_for_residential_and_twelve_for_others(
    residential: bool, review_on: dt.date, allowed: bool
) -> None:
    assert (review_fault(FIRST, review_on, residential=residential, rules=RULES) is None) == allowed


@given(st.dates(dt.date(2020, 1, 1), dt.date(2060, 1, 1)), st.integers(0, 36))
def test_adding_months_lands_in_the_right_month_and_never_later_in_it(day: dt.date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert later.day == day.day or (later + dt.timedelta(days=1)).day == 1
