"""What a plan means for each request and borough, and what steering and bounds may and may not change."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocate import Choice, Plan, Table, allocate, allocate_table, balance, bounded, shares, table_of
from matching.allocate.shadow import ShadowPrices, Stretch, learn, prices_of, steered


def of(totals: dict[str, dict[str, int]], **facts: Any) -> list[Choice]:
    return [Choice(name, service, total, **facts) for name, row in totals.items() for service, total in row.items()]


# R1 and R2 both want A most; R1 can go to B. R3 can only go to A and waits.
CONTEST = of({"R1": {"A": 900_000, "B": 400_000}, "R2": {"A": 300_000}, "R4": {"C": 500_000}})
LATE = of({"R3": {"A": 200_000}})
PLACES = {"A": 1, "B": 1, "C": 1}


def test_each_request_sees_what_it_yields_and_to_whom() -> None:
    table = table_of([*CONTEST, *LATE], PLACES, ["R5"])
    plan = allocate_table(table)
    found = {one.request: one for one in shares(table, plan)}
    assert (found["R1"].service, found["R1"].alone, found["R1"].loss) == ("B", "A", 500_000)
    assert (found["R1"].yields_to, found["R2"].gains_over) == (("R2",), ("R1", "R3"))
    assert found["R3"].waits
    assert found["R3"].yields_to == ("R2",)
    assert not found["R5"].waits
    assert found["R5"].best_alone is None
    assert (found["R4"].loss, found["R4"].yields_to, found["R4"].gains_over) == (0, (), ())


def test_boroughs_are_compared_by_the_mean_loss_of_their_placed_requests() -> None:
    table = table_of([*CONTEST, *LATE], PLACES, ["R5"])
    boroughs = {"R1": "X", "R2": "Y", "R3": "Y", "R4": "X", "R5": "Y"}
    found = balance(shares(table, allocate_table(table)), boroughs)
    first, second = found.boroughs
    assert (first.borough, first.placed, first.placed_share, first.mean_loss) == ("X", 2, 1_000_000, 250_000)
    assert (second.borough, second.requests, second.placeable, second.placed) == ("Y", 3, 2, 1)
    assert (second.placed_share, second.mean_loss, found.spread) == (500_000, 0, 250_000)


def test_a_bound_on_boroughs_counts_large_groups_to_the_place() -> None:
    """In A, X1 and Y1 lack a single place together, which no float that the solver allows for can tell. Either of them
    moves; within the bound both go to B.
    """
    size = 5 * 10**12
    choices = [
        Choice(name, service, total, places_needed=size)
        for name, service, total in (
            ("X1", "A", 900_000),
            ("X1", "B", 100_000),
            ("Y1", "A", 900_000),
            ("Y1", "B", 90_000),
        )
    ]
    table = table_of(choices, {"A": 2 * size - 1, "B": 2 * size})
    plan, kept = bounded(table, ["X", "Y"], 20_000)
    assert (kept, {one.service for one in plan.assignments}) == (True, {"B"})
    assert bounded(table, ["X", "Y"], 900_000)[0].objective.sum_total == 1_000_000


def test_a_bound_on_boroughs_moves_places_between_them_and_costs_nobody_one() -> None:
    # Unbounded: X has both its best (sum 1800000), Y loses 400000 a head. Exchanging one pair brings them together.
    totals = {
        "X1": {"A": 900_000, "C": 700_000},
        "X2": {"B": 900_000, "D": 700_000},
        "Y1": {"A": 800_000, "C": 700_000},
        "Y2": {"B": 800_000, "D": 700_000},
    }
    table = table_of(of(totals), dict.fromkeys("ABCD", 1))
    boroughs = ["X", "X", "Y", "Y"]
    free, kept = bounded(table, boroughs, 100_000)
    assert (free, kept) == (allocate_table(table), True)
    near, kept = bounded(table, boroughs, 50_000)
    assert kept
    assert [one.request for one in near.assignments] == [one.request for one in free.assignments]
    assert {one.request: one.loss for one in near.assignments} in (
        {"X1": 0, "X2": 200_000, "Y1": 100_000, "Y2": 0},
        {"X1": 200_000, "X2": 0, "Y1": 0, "Y2": 100_000},
    )
    alone = table_of(of({"X1": {"A": 1}, "Y1": {"B": 1, "C": 3}}), {"A": 1, "B": 1, "C": 0})
    assert bounded(alone, ["X", "Y"], 0)[1]


def stretch(today: Table, totals: list[list[int]], when: list[int], opened: list[list[int]]) -> Stretch:
    names = tuple(f"P{number}" for number in range(len(totals)))
    none = np.zeros(len(totals), dtype=np.bool_)
    rows = np.array(totals, dtype=np.int64).reshape(-1, len(today.services))
    later = Table(names, today.services, rows, np.ones(len(totals), dtype=np.int64), none, today.places)
    return Stretch(later, np.array(when, dtype=np.int64), np.array(opened, dtype=np.int64))


def test_places_that_are_fought_over_have_a_price_and_others_have_none() -> None:
    # P1 takes A at 800000 and P2 takes B at 400000. One more place in A is worth 300000 to P2; without A's place P1
    # would go to B at 100000 and 700000 would be lost; halfway between is 500000. B has a place to spare.
    today = table_of(of({"R1": {"A": 0, "B": 0}}), {"A": 1, "B": 3})
    past, nobody_came = [[800_000, 100_000], [700_000, 400_000]], stretch(today, [], [], [[0, 0]])
    fought = stretch(today, past, [0, 0], [[0, 0]])
    assert learn(today, [fought]) == ShadowPrices({"A": 500_000})
    assert learn(today, [fought, nobody_came]) == ShadowPrices({"A": 250_000})
    # A's second place opens before anyone comes, so a place today is worth nothing; opening after both, it helps none.
    assert learn(today, [stretch(today, past, [1, 1], [[0, 0], [2, 0]])]) == ShadowPrices({})
    assert learn(today, [stretch(today, past, [0, 0], [[0, 0], [2, 0]])]) == ShadowPrices({"A": 500_000})


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_prices_are_what_one_place_more_wins_and_one_place_fewer_loses(seed: int) -> None:
    draw = np.random.default_rng(seed)
    today = Table(
        ("R0", "R1"), ("A", "B"), draw.integers(-1, 9, (2, 2)), np.ones(2, np.int64), np.zeros(2, np.bool_), np.ones(2)
    )
    today = replace(today, places=draw.integers(0, 3, 2))
    came = stretch(today, draw.integers(-1, 9, (3, 2)).tolist(), draw.integers(0, 2, 3).tolist(), [[0, 0], [1, 0]])

    def highest(places: Any) -> int:
        """By trying every plan: A, B, the place of A that opens at time 1, or none."""
        totals = [*today.totals.tolist(), *came.arrivals.totals.tolist()]
        when = [-1, -1, *came.when.tolist()]
        ways = [
            [(None, 0), *[(at, row[at % 2]) for at in (0, 1, 2) if row[at % 2] >= 0 and (at < 2 or time >= 1)]]
            for row, time in zip(totals, when, strict=True)
        ]
        room = [*places, 1]
        return max(
            sum(total for _at, total in way)
            for way in product(*ways)
            if all(sum(at == one for at, _total in way) <= room[one] for one in range(3))
        )

    low, high = prices_of(today, came)
    for at in np.flatnonzero(today.places).tolist():
        one = np.eye(2, dtype=np.int64)[at]
        assert low[at] == highest(today.places + one) - highest(today.places)
        assert high[at] == highest(today.places) - highest(today.places - one)


def test_a_steered_plan_keeps_a_scarce_place_for_later_when_totals_are_near() -> None:
    today = of({"R1": {"A": 600_000, "B": 550_000}, "R2": {"C": 100_000}})
    places = {"A": 1, "B": 1, "C": 1}
    assert allocate(today, places).of("R1").service == "A"  # type: ignore[union-attr]
    assert steered(today, places, ShadowPrices({"A": 300_000})).of("R1").service == "B"  # type: ignore[union-attr]


def settled(plan: Plan) -> tuple[int, int, int | None]:
    return plan.objective.placed, plan.objective.urgent_placed, plan.objective.worst_total


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3]))
def test_no_steering_costs_a_placement_an_urgent_one_or_the_worst_total(seed: int, pairs: float) -> None:
    draw = random.Random(seed)
    places = {f"S{number}": draw.randint(0, 3) for number in range(5)}
    size = {f"R{number}": 2 if draw.random() < pairs else 1 for number in range(6)}
    hurry = {name: draw.random() < 0.3 for name in size}
    today = [
        Choice(name, home, draw.randint(0, 9), size[name], hurry[name])
        for name in size
        for home in places
        if draw.random() < 0.5
    ]
    prices = ShadowPrices({home: draw.randint(0, 30) for home in places})
    plain, other = allocate(today, places), steered(today, places, prices)
    assert settled(other) == settled(plain)
    worth = [
        sum(one.total - size[one.request] * prices.of([one.service])[0] for one in plan.assignments)
        for plan in (other, plain)
    ]
    assert worth[0] >= worth[1]
    assert np.all(np.array([one.loss for one in other.assignments]) >= 0)
