"""When an offer is asked to explain its price, and what an explanation must say."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from app.core.errors import Invalid
from app.offers.content import OfferContent
from app.offers.high_prices import checked_explanation, is_high, waits_for_words, with_explanation
from app.requests.prices.models import PriceExpectation

LINE = PriceExpectation(expected_pence=400_000, high_pence=450_000, comparables=30, explain=True)
KNOWN = ("staffing", "therapy", "other")


def content(care: int, weeks: int = 52) -> OfferContent:
    return OfferContent(care, 0, 0, 0, weeks, dt.date(2027, 1, 4), "CR0 1EA", {})


def test_above_the_line_is_asked_and_at_it_is_not() -> None:
    assert [is_high(pence, LINE) for pence in (449_999, 450_000, 450_001)] == [False, False, True]
    assert not is_high(10**9, None), "nothing was expected of the request"
    assert not is_high(10**9, PriceExpectation(high_pence=1, explain=False)), "the policy does not ask"


def test_fewer_weeks_are_put_on_the_whole_year_first() -> None:
    """£6,000 a week for 39 weeks is £4,500 a week over the year (F-32), which is at the line."""
    assert not waits_for_words(content(600_000, weeks=39), LINE)
    assert waits_for_words(content(600_002, weeks=39), LINE)


def test_an_explanation_stays_with_a_changed_offer_while_its_price_is_high() -> None:
    explained = replace(content(500_000), price_reasons=("staffing",), price_words="Two at night")
    kept = with_explanation(content(480_000), explained, LINE)
    assert (kept.price_reasons, kept.price_words) == (("staffing",), "Two at night")
    assert not with_explanation(content(450_000), explained, LINE).explained
    assert not with_explanation(explained, None, LINE).explained, "a new offer has none, whatever is sent with it"


@pytest.mark.parametrize(
    ("reasons", "words", "field"),
    [((), "  ", "reasons"), (("unheard of",), "", "reasons"), (("other",), "", "words"), ((), "x" * 2001, "words")],
)
def test_an_explanation_says_something(reasons: tuple[str, ...], words: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_explanation(reasons, words, KNOWN)
    assert refused.value.field == field


def test_reasons_stand_in_the_order_of_the_policy() -> None:
    assert checked_explanation(["therapy", "staffing"], " As agreed. ", KNOWN) == (
        ("staffing", "therapy"),
        "As agreed.",
    )
