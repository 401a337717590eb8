"""The joint allocation against plans worked by hand and against every plan there is."""

from __future__ import annotations

import importlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocate import Choice, Plan, allocate, single
from matching.allocate.files import plan_text
from matching.allocate.single import CROWD
from matching.rank import MarketError, rank_market, read_market
from tests.unit.matching.markets import market as a_market
from tests.unit.matching.markets import markets
from tests.unit.matching.slow_allocation import best_plan

CASES = json.loads((Path(__file__).parents[2] / "cases" / "allocation" / "plans.json").read_text("utf-8"))


def planned(case: dict[str, Any], shuffled: random.Random | None = None) -> Plan:
    needed, urgent, solo = case.get("needed", {}), case.get("urgent", ()), case.get("solo", ())
    choices = [
        Choice(name, service, total, needed.get(name, 1), name in urgent, name in solo)
        for name, totals in case["choices"].items()
        for service, total in totals.items()
    ]
    places = list(case["places"].items())
    if shuffled:
        shuffled.shuffle(choices)
        shuffled.shuffle(places)
    return allocate(choices, dict(places), case["choices"])


def answer(plan: Plan) -> tuple[dict[str, str | None], tuple[Any, ...]]:
    went: dict[str, str | None] = {one.request: one.service for one in plan.assignments}
    score = plan.objective
    return (
        went | dict.fromkeys(plan.unplaced),
        (score.placed, score.urgent_placed, score.worst_total, score.sum_total),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_the_plan_comes_out_as_reckoned(case: Any) -> None:
    expected = dict(case["expect"])
    objective = tuple(expected.pop("objective"))
    assert answer(planned(case)) == (expected, objective)


def contest(seed: int, groups: bool) -> dict[str, Any]:
    """A few requests for a few places, too few for all as often as not, with many equal totals or none. Urgent ones are
    no better matches than others, so that what an objective takes from the next shows.
    """
    draw = random.Random(seed)
    names = [f"R{number}" for number in range(draw.randint(2, 5))]
    most_places = draw.choice([1, 1, 2]) + 2 * groups
    places = {f"S{number}": draw.randint(0, most_places) for number in range(draw.randint(1, 4 if groups else 3))}
    most, open_ = draw.choice([1, 3, 1_000_000]), draw.choice([0.5, 0.9])
    return {
        "places": places,
        "choices": {
            name: {service: draw.randint(0, most) for service in places if draw.random() < open_} for name in names
        },
        "needed": {name: draw.choice([1, 1, 2, 3]) if groups else 1 for name in names},
        "urgent": [name for name in names if draw.random() < 0.5],
    }


@pytest.mark.parametrize(("groups", "examples"), [(False, 400), (True, 120)])
def test_no_plan_is_better_and_none_as_good_comes_first(groups: bool, examples: int) -> None:
    for seed in range(examples):
        case = contest(seed, groups)
        best = best_plan(case["choices"], case["places"], case["needed"], set(case["urgent"]))
        assert answer(planned(case, random.Random(seed))) == best, (seed, case)


def crowd(requests: int, services: int, seed: int, groups: bool) -> dict[str, Any]:
    """Too many requests for the places, with few different totals."""
    draw = random.Random(seed)
    names = [f"R{number:03}" for number in range(requests)]
    homes = {f"S{number:03}": draw.randint(1, 3) for number in range(services)}
    return {
        "places": homes,
        "choices": {name: {home: draw.randint(0, 4) for home in homes if draw.random() < 0.2} for name in names},
        "needed": {name: draw.choice([1, 1, 1, 2]) if groups else 1 for name in names},
        "urgent": names[::3],
    }


@pytest.mark.parametrize("groups", [False, True])
def test_the_order_of_rows_and_other_names_change_nothing_that_counts(groups: bool) -> None:
    case = crowd(40, 16, 5, groups)
    plan = planned(case)
    assert planned(case, random.Random(1)) == plan
    new = {name: f"Q{97 * number % 101:03}" for number, name in enumerate(case["choices"])}
    renamed = case | {
        "choices": {new[name]: totals for name, totals in case["choices"].items()},
        "needed": {new[name]: count for name, count in case["needed"].items()},
        "urgent": [new[name] for name in case["urgent"]],
    }
    assert planned(renamed).objective == plan.objective
    taken = dict.fromkeys(case["places"], 0)
    for one in plan.assignments:
        assert case["choices"][one.request][one.service] == one.total <= one.best_alone
        taken[one.service] += case["needed"][one.request]
    assert all(taken[home] <= case["places"][home] for home in taken)
    assert len(plan.assignments) + len(plan.unplaced) == 40


def test_who_proposes_the_plan_of_a_crowd_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five different totals, so that equally good plans abound."""
    importlib.import_module("scipy.optimize")  # a small crowd asks the solver only where it is there already
    cases = [crowd(CROWD + 22, 30, seed, groups=False) for seed in range(3)]
    asked = [planned(case) for case in cases]
    monkeypatch.setattr(single, "CROWD", 10**9)
    assert [planned(case) for case in cases] == asked


@settings(max_examples=20, deadline=None)
@given(markets(), st.randoms(use_true_random=False))
def test_a_market_file_is_planned_by_its_list_prices(market: Any, draw: random.Random) -> None:
    ranked = rank_market(read_market(market | {"offers": []}))
    plan, score = best_plan(
        {one.request: {each.service: each.total for each in one.eligible} for one in ranked.requests},
        {one["id"]: one["places"] for one in market["services"]},
        {one["id"]: one["places"] for one in market["requests"]},
        {one["id"] for one in market["requests"] if one["urgency"] != "planned"},
    )
    text = plan_text(json.dumps(market, default=float))
    written = json.loads(text)
    assert text.endswith("}\n")
    assert list(written["objective"].items()) == list(
        zip(("placed", "urgent_placed", "worst_total", "sum_total"), score, strict=True)
    )
    assert {one["request"]: one["service"] for one in written["assignments"]} == {
        name: service for name, service in plan.items() if service is not None
    }
    assert written["unplaced"] == sorted(name for name, service in plan.items() if service is None)
    for rows in (market["requests"], market["services"], market["offers"]):
        draw.shuffle(rows)
    assert plan_text(json.dumps(market, default=float)) == text


@pytest.mark.parametrize("size", [5 * 10**12, 10**15 + 7, 10**30])
def test_a_plan_never_fills_a_service_beyond_its_places_however_many_they_are(size: int) -> None:
    """Two of the three fit in S1 where it has twice the places, one where a single place is missing."""
    for missing, placed in ((0, 2), (1, 1)):
        document = a_market(
            requests=[{"id": f"R{at}", "places": size} for at in range(3)],
            services=[{"id": "S1", "places": 2 * size - missing}],
        )
        assert json.loads(plan_text(json.dumps(document)))["objective"]["placed"] == placed


def test_what_cannot_be_counted_exactly_is_no_plan() -> None:
    document = a_market(
        requests=[{"id": "R1", "places": 10**30}, {"id": "R2", "places": 10**30 + 1}],
        services=[{"id": "S1", "places": 2 * 10**30}],
    )
    with pytest.raises(ArithmeticError, match="counted exactly"):
        plan_text(json.dumps(document))


def test_counts_of_any_size_and_no_requests_are_planned() -> None:
    huge = a_market(requests=[{"places": 10**30}], services=[{"places": 10**30}, {"id": "S2", "places": 5}])
    assert json.loads(plan_text(json.dumps(huge)))["objective"]["placed"] == 1
    nobody = a_market(requests=[], services=[{}])
    assert json.loads(plan_text(json.dumps(nobody))) == {
        "schema": "homeward-plan/1",
        "assignments": [],
        "unplaced": [],
        "objective": {"placed": 0, "urgent_placed": 0, "worst_total": None, "sum_total": 0},
    }


def test_a_bad_market_is_refused_at_the_place_to_blame() -> None:
    bad = a_market(services=[{}])
    bad["requests"][0]["places"] = 0
    with pytest.raises(MarketError, match=r"requests\[0\]\.places"):
        plan_text(json.dumps(bad))
