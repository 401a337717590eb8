"""Which band a child falls in, how prices lie, and what an uplift makes of a price."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.policies import SHIPPED
from providers.market.models import PriceBand
from providers.market.status import BandLevel
from providers.services.prices.bands import LevelRule, band_of, level_of
from providers.services.prices.discounts import Itemised
from providers.services.prices.spread import spread_of
from providers.services.uplifts.applying import uplifted

POLICY = tomllib.loads((SHIPPED / "price_bands_1.toml").read_text("utf-8"))
RULE = LevelRule.of(POLICY)
scores = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=12, max_size=12)


@pytest.mark.parametrize(
    ("measured", "level"),
    [
        ([0] * 12, BandLevel.STANDARD),
        ([1] * 12, BandLevel.STANDARD),  # 12 of 36 is 33 per cent
        ([2] * 4 + [1] * 8, BandLevel.STANDARD),  # 16 of 36 is 44.4
        ([2] * 5 + [1] * 7, BandLevel.ENHANCED),  # 17 of 36 is 47.2
        ([2] * 11 + [1], BandLevel.ENHANCED),  # 23 of 36 is 63.9
        ([2] * 12, BandLevel.COMPLEX),  # 24 of 36 is 66.7
        ([None] * 6 + [2] * 6, BandLevel.COMPLEX),  # 12 of the 18 that six can come to
        ([None] * 7 + [3] * 5, None),  # five measured are too few to say
        ([None] * 12, None),
    ],
)
def test_a_level_is_a_share_of_what_was_measured(measured: list[int | None], level: BandLevel | None) -> None:
    assert level_of(measured, RULE) is level


@given(scores, st.integers(0, 11))
def test_a_higher_score_never_lowers_the_level(measured: list[int | None], place: int) -> None:
    before = level_of(measured, RULE)
    if measured[place] in (None, 3) or before is None:
        return
    more = [*measured]
    more[place] = (more[place] or 0) + 1
    order = list(BandLevel)
    after = level_of(more, RULE)
    assert after is not None
    assert order.index(after) >= order.index(before)


@pytest.mark.parametrize("wrong", [{"weights": [0] * 12}, {"weights": [-1] + [1] * 11}, {"complex_from": 40}])
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="weights"):
        LevelRule.of({**POLICY, **wrong})


def band(name: str, ages: tuple[int, int], level: BandLevel, position: int) -> PriceBand:
    return PriceBand(id=name, name=name, min_age=ages[0], max_age=ages[1], level=level, position=position)


def test_a_band_has_the_age_and_the_level_and_the_first_of_two_counts() -> None:
    bands = [
        band("b", (5, 10), BandLevel.STANDARD, 2),
        band("a", (0, 5), BandLevel.STANDARD, 1),
        band("c", (0, 17), BandLevel.COMPLEX, 3),
    ]
    found = [band_of(bands, age, BandLevel.STANDARD) for age in (0, 5, 6, 10, 11)]
    assert [one.name if one else None for one in found] == ["a", "a", "b", "b", None]
    assert band_of(bands, 5, BandLevel.ENHANCED) is None
    assert (band_of(bands, 17, BandLevel.COMPLEX) or bands[0]).name == "c"


def test_quartiles_are_those_of_a_spreadsheet() -> None:
    """1, 2, 4, 8 by QUARTILE.INC: 1, 1.75, 3, 5, 8; in pounds a week over 52 weeks."""
    found = spread_of([52 * pounds * 100 for pounds in (8, 1, 4, 2)], weeks=52)
    assert found
    assert found.figures == (100, 175, 300, 500, 800)
    assert spread_of([], weeks=52) is None
    alone = spread_of([52_000], weeks=52)
    assert alone
    assert alone.figures == (1000,) * 5


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_the_five_figures_go_up_and_lie_within(annual: list[int]) -> None:
    found = spread_of(annual, weeks=52)
    assert found
    assert list(found.figures) == sorted(found.figures)
    assert found.lowest == round(Fraction(min(annual), 52))
    assert found.highest == round(Fraction(max(annual), 52))
    assert found.count == len(annual)


def test_an_uplift_raises_each_element_and_rounds_it_once() -> None:
    """3% of £1,000.50 is 3,001.5 pence: 103,051.5 goes to the even 103,052; 3% of £0.50 is 1.5 pence: 51.5 to 52."""
    assert uplifted(Itemised(100_050, 50, 0, 33, 39), 300) == Itemised(103_052, 52, 0, 34, 39)


@given(st.builds(Itemised, *[st.integers(0, 10**8)] * 4, st.integers(1, 52)), st.integers(0, 5000))
def test_an_uplift_is_within_half_a_penny_an_element_and_keeps_the_weeks(one: Itemised, points: int) -> None:
    raised = uplifted(one, points)
    assert raised.weeks_per_year == one.weeks_per_year
    for before, after in zip(one.elements, raised.elements, strict=True):
        assert abs(Fraction(before * (10_000 + points), 10_000) - after) <= Fraction(1, 2)
