"""Discounts against cases worked by hand, and the laws that hold for every list, every rule and every occasion."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.services.prices.discounts import (
    ELEMENTS,
    DiscountLine,
    Itemised,
    Occasion,
    Rule,
    discounted,
    rate_words,
    rule_words,
)
from providers.services.prices.models import DiscountKind

CASES = sorted((Path(__file__).parents[2] / "cases" / "prices").glob("*.toml"))

prices = st.builds(Itemised, *[st.integers(0, 2_000_000)] * 4, st.integers(1, 52))
rules = st.lists(st.builds(Rule, st.sampled_from(DiscountKind), st.integers(2, 60), st.integers(1, 10_000)), max_size=6)
occasions = st.builds(Occasion, st.integers(1, 6), st.one_of(st.none(), st.integers(0, 80)), st.integers(0, 60))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_case_comes_out_as_worked_by_hand(file: Path) -> None:
    case: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    listed = Itemised(*(case["list"].get(element, 0) for element in ELEMENTS), 52)
    given_rules = [Rule(DiscountKind(one["kind"]), one["threshold"], one["basis_points"]) for one in case["rules"]]
    found = discounted(listed, given_rules, Occasion(case["children"], case["weeks"], case["live_placements"]))
    expected = case["expected"]
    assert [{"kind": line.kind, "rate": line.rate, "pence": line.pence} for line in found.lines] == expected["lines"]
    assert found.net_pence == expected["net"]
    if "net_elements" in expected:
        assert dict(zip(ELEMENTS, found.net.elements, strict=True)) == expected["net_elements"]


@given(prices, rules, occasions)
def test_the_lines_sum_to_the_difference_and_nothing_goes_below_nothing(
    listed: Itemised, given_rules: list[Rule], occasion: Occasion
) -> None:
    found = discounted(listed, given_rules, occasion)
    assert all(line.pence > 0 for line in found.lines)
    assert listed.weekly_pence - sum(line.pence for line in found.lines) == found.net_pence >= 0
    assert sum(found.net.elements) == found.net_pence
    assert all(0 <= net <= was for net, was in zip(found.net.elements, listed.elements, strict=True))


@given(prices, rules, occasions, st.randoms(use_true_random=False))
def test_the_order_of_the_rules_does_not_matter(
    listed: Itemised, given_rules: list[Rule], occasion: Occasion, chance: Any
) -> None:
    shuffled = list(given_rules)
    chance.shuffle(shuffled)
    assert discounted(listed, given_rules, occasion) == discounted(listed, shuffled, occasion)


@given(prices, rules, occasions, st.integers(0, 4), st.integers(0, 40), st.integers(0, 40))
def test_more_of_what_earns_a_discount_never_makes_a_place_dearer(
    listed: Itemised, given_rules: list[Rule], occasion: Occasion, children: int, weeks: int, placements: int
) -> None:
    more = Occasion(
        occasion.children + children,
        None if occasion.weeks is None else occasion.weeks + weeks,
        occasion.live_placements + placements,
    )
    assert discounted(listed, given_rules, more).net_pence <= discounted(listed, given_rules, occasion).net_pence


@given(prices, rules, occasions)
def test_each_line_is_what_a_slow_computation_makes_of_it(
    listed: Itemised, given_rules: list[Rule], occasion: Occasion
) -> None:
    """Child by child and rule by rule, in exact fractions, with no shortcut."""
    exact: dict[DiscountKind, Fraction] = {}
    for kind in DiscountKind:
        own = [rule for rule in given_rules if rule.kind is kind]
        if kind is DiscountKind.SIBLING:
            children = range(1, occasion.children + 1)
            best = [
                max([rule.basis_points for rule in own if child >= rule.threshold], default=0) for child in children
            ]
            exact[kind] = Fraction(listed.weekly_pence * sum(best), 10_000 * occasion.children)
        else:
            reached = occasion.live_placements if kind is DiscountKind.VOLUME else occasion.weeks
            best_rate = max([r.basis_points for r in own if reached is not None and reached >= r.threshold], default=0)
            exact[kind] = Fraction(listed.weekly_pence * best_rate, 10_000)
    left, expected = listed.weekly_pence, []
    for kind in (DiscountKind.SIBLING, DiscountKind.LONG_TERM, DiscountKind.VOLUME):
        pence = min(left, round(exact[kind]))
        if pence:
            expected.append((kind, pence))
            left -= pence
    assert [(line.kind, line.pence) for line in discounted(listed, given_rules, occasion).lines] == expected


def test_a_reason_says_the_rule_and_what_it_met() -> None:
    found = discounted(
        Itemised(100_000, 0, 0, 0, 52),
        [Rule(DiscountKind.SIBLING, 2, 1000), Rule(DiscountKind.LONG_TERM, 52, 300), Rule(DiscountKind.VOLUME, 5, 250)],
        Occasion(3, 60, 8),
    )
    assert [line.reason for line in found.lines] == [
        "10% from the second child placed together; shared by all 3 children it is about 6.67% for each",
        "3% for placements expected to last 52 weeks or more; this one is expected to last 60 weeks",
        "2.5% from 5 live placements with the consortium; there are 8 today",
    ]
    assert DiscountLine(DiscountKind.VOLUME, "1%", "", 1).words == "Placements with the consortium"


@pytest.mark.parametrize(
    ("points", "words"), [(500, "5%"), (250, "2.5%"), (75, "0.75%"), (1, "0.01%"), (10_000, "100%")]
)
def test_a_rate_is_said_without_needless_digits(points: int, words: str) -> None:
    assert rate_words(points) == words


def test_a_rule_of_one_placement_is_said_of_one() -> None:
    assert rule_words(Rule(DiscountKind.VOLUME, 1, 100)) == "1% from 1 live placement with the consortium"
    assert rule_words(Rule(DiscountKind.SIBLING, 7, 100)) == "1% from the 7th child placed together"
