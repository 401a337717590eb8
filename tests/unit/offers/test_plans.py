"""Every way to place brothers and sisters, against a slow search through all sets of offers."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.offers import plans
from app.offers.plans import Option, Plan, all_plans
from app.requests.status import Siblings

SEVERAL = (Siblings.TOGETHER, Siblings.PREFERRED, Siblings.APART)


def option(name: str, children: str, total: int, pence: int = 1_000_00, **given_: object) -> Option:
    facts: dict[str, object] = {"service": name, "home": name, "places": 6, **given_}
    named = frozenset(int(child) for child in children)
    return Option(name, named, total, pence, **facts)  # type: ignore[arg-type]


@st.composite
def offered(draw: st.DrawFn) -> tuple[tuple[int, ...], list[Option]]:
    """Two to four children and up to seven offers. Few services, homes and totals: ties and full homes are common."""
    children = tuple(range(1, draw(st.integers(2, 4)) + 1))
    made = []
    for number in range(draw(st.integers(0, 7))):
        named = draw(st.sets(st.sampled_from(children), min_size=1))
        service = draw(st.sampled_from("AB"))
        made.append(
            Option(
                f"offer{number}",
                frozenset(named),
                draw(st.sampled_from((300_000, 500_000, 500_001, 900_000))),
                draw(st.sampled_from((90_000, 100_000))),
                service,
                service + draw(st.sampled_from("xy")),
                {"A": 2, "B": 4}[service],
            )
        )
    return children, made


def allowed(chosen: tuple[Option, ...], children: tuple[int, ...], siblings: Siblings) -> bool:
    """The rules, said another way than the product says them."""
    if sum(len(one.children) for one in chosen) != len(frozenset().union(*(one.children for one in chosen))):
        return False
    if siblings is Siblings.TOGETHER and [one.children for one in chosen] != [frozenset(children)]:
        return False
    if siblings is Siblings.APART and not all(
        len(one.children) == 1 and one.home not in [other.home for other in chosen if other is not one]
        for one in chosen
    ):
        return False
    return all(
        sum(len(other.children) for other in chosen if other.service == one.service) <= one.places for one in chosen
    )


def slowly(children: tuple[int, ...], made: list[Option], siblings: Siblings) -> list[tuple[set[str], Fraction]]:
    """Every set of offers that is a plan to which none can be added, in order, with its exact mean."""
    sets = [
        chosen
        for size in range(1, len(made) + 1)
        for chosen in combinations(made, size)
        if allowed(chosen, children, siblings)
    ]
    found = []
    for chosen in sets:
        names = {one.offer_id for one in chosen}
        if any(names < {one.offer_id for one in other} for other in sets):
            continue
        placed = sum(len(one.children) for one in chosen)
        mean = Fraction(sum(one.total * len(one.children) for one in chosen), len(children))
        homes = len({one.home for one in chosen})
        price = sum(one.weekly_pence * len(one.children) for one in chosen)
        rounded = int(mean + Fraction(1, 2))
        found.append(((-placed, -rounded, homes, price, sorted(names)), names, mean))
    return [(names, mean) for _, names, mean in sorted(found, key=lambda row: row[0])]


@settings(max_examples=150)
@given(offered(), st.sampled_from(SEVERAL), st.integers(1, 60))
def test_the_plans_are_those_that_a_search_through_every_set_of_offers_finds_in_the_same_order(
    made: tuple[tuple[int, ...], list[Option]], siblings: Siblings, most: int
) -> None:
    children, options = made
    expected = slowly(children, options, siblings)
    found = all_plans(options, children, siblings, most=most)
    assert [{one.offer_id for one in plan.options} for plan in found.plans] == [names for names, _ in expected][:most]
    for plan, (_, mean) in zip(found.plans, expected, strict=False):
        assert abs(plan.score - mean) <= Fraction(1, 2)
        assert plan.score - mean != Fraction(-1, 2), "halves go up"
        assert sorted([*plan.unplaced, *(child for one in plan.options for child in one.children)]) == list(children)
    assert found.more == (len(expected) > most)
    assert found.searched
    together = [names for names, _ in expected if len({one.home for one in options if one.offer_id in names}) == 1]
    whole = [
        names
        for names in together
        if sum(len(one.children) for one in options if one.offer_id in names) == len(children)
    ]
    first = whole[0] if whole and siblings is not Siblings.APART else None
    assert (found.together and {one.offer_id for one in found.together.options}) == first


@settings(max_examples=50)
@given(offered(), st.sampled_from(SEVERAL))
def test_no_offer_of_a_plan_is_for_another_s_child_and_no_home_is_overfull(
    made: tuple[tuple[int, ...], list[Option]], siblings: Siblings
) -> None:
    children, options = made
    for plan in all_plans(options, children, siblings).plans:
        assert plans.fault(plan.options, children, siblings) is None
        assert plan.weekly_pence == sum(one.weekly_pence * len(one.children) for one in plan.options)


def test_where_two_plans_are_level_the_one_with_fewer_homes_comes_first_and_a_better_score_stands_before_it() -> None:
    together = option("together", "123", 600_000)
    apart = [option("one", "1", 600_000), option("two", "2", 600_000), option("three", "3", 600_000)]
    found = all_plans([*apart, together], (1, 2, 3), Siblings.PREFERRED)
    assert found.plans[0].options == (together,)
    better = [option("one", "1", 600_003), *apart[1:]]
    first = all_plans([*better, together], (1, 2, 3), Siblings.PREFERRED)
    assert (first.plans[0].homes, first.plans[0].score) == (3, 600_001)
    assert first.together is not None
    assert first.together.options == (together,)


def test_two_offers_that_lead_to_one_door_are_together_and_are_no_plan_for_children_who_live_apart() -> None:
    pair = [option("a", "1", 500_000, home="door", service="S"), option("b", "2", 500_000, home="door", service="S")]
    assert [plan.together for plan in all_plans(pair, (1, 2), Siblings.PREFERRED).plans] == [True]
    apart = all_plans(pair, (1, 2), Siblings.APART).plans
    assert sorted(plan.unplaced for plan in apart) == [(1,), (2,)]


def test_a_home_with_two_places_takes_no_third_child() -> None:
    pair = option("pair", "12", 500_000, service="S", places=2)
    single = option("single", "3", 500_000, service="S", places=2, home="other door")
    found = all_plans([pair, single], (1, 2, 3), Siblings.PREFERRED).plans
    assert [plan.unplaced for plan in found] == [(3,), (1, 2)]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("pair", "one"), "same child"),
        (("gone",), "placed already"),
    ],
)
def test_what_is_no_plan_says_why(names: tuple[str, ...], said: str) -> None:
    known = {"pair": option("pair", "12", 1), "one": option("one", "1", 1), "gone": option("gone", "4", 1)}
    assert said in (plans.fault([known[name] for name in names], (1, 2, 3), Siblings.PREFERRED) or "")


def test_a_search_that_would_take_too_long_says_that_it_was_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_STEPS", 20)
    many = [option(f"{child}{number}", str(child), 500_000) for child in (1, 2, 3) for number in range(9)]
    assert not all_plans(many, (1, 2, 3), Siblings.PREFERRED).searched


def test_six_children_with_ten_offers_each_are_searched_to_the_end() -> None:
    many = [
        option(f"{child}{number}", str(child), 400_000 + 7_919 * number * child % 90_001)
        for child in range(1, 7)
        for number in range(10)
    ]
    pairs = [option(f"pair{number}", f"{number}{number + 1}", 450_000) for number in range(1, 6)]
    found = all_plans([*many, *pairs], tuple(range(1, 7)), Siblings.PREFERRED)
    assert (found.searched, found.more, len(found.plans)) == (True, True, plans.MOST_PLANS)
    best = sum(max(one.total for one in many if child in one.children) for child in range(1, 7))
    assert found.plans[0] == Plan(found.plans[0].options, (), plans.half_up(best, 6), 6 * 1_000_00, 6)
