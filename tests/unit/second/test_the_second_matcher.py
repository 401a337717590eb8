"""What the second matcher does beside ranking: plans by trying everything, and where a file of prices is refused."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from tests.second import allocating, canonical, generator, prices
from tests.second.reading import Refused, parse

ROW = ["fostering", "11", *["1"] * 12, "2025-04-01", "100000"]
ASKED: dict[str, Any] = {
    "id": "A",
    "placement_type": "fostering",
    "age_years": 11,
    "needs": [1] * 12,
    "as_of": "2026-04-01",
}


def every_plan(made: dict[str, Any]) -> list[dict[str, Any]]:
    """Each way to give each request one service or none, as a PLAN, that leaves no service short of places."""
    requests = allocating.wanted(made)
    plans = []
    for choice in itertools.product(*([None, *one.totals] for one in requests)):
        taken = Counter[str]()
        for one, service in zip(requests, choice, strict=True):
            if service is not None:
                taken[service] += one.places
        if any(taken[service["id"]] > service["places"] for service in made["services"]):
            continue
        pairs = [(one, service) for one, service in zip(requests, choice, strict=True) if service is not None]
        totals = [one.totals[service] for one, service in pairs]
        plans.append(
            {
                "schema": "homeward-plan/1",
                "assignments": [
                    {
                        "request": one.request,
                        "service": service,
                        "total": one.totals[service],
                        "best_alone": max(one.totals.values()),
                    }
                    for one, service in pairs
                ],
                "unplaced": [one.request for one, service in zip(requests, choice, strict=True) if service is None],
                "objective": {
                    "placed": len(pairs),
                    "urgent_placed": sum(one.urgent for one, _ in pairs),
                    "worst_total": min(totals, default=None),
                    "sum_total": sum(totals),
                },
            }
        )
    return plans


def test_the_best_objective_is_that_of_the_best_of_all_plans() -> None:
    contested = singles = 0
    for number in range(25):
        made = generator.crowded(Random(f"plan {number}"))
        plans = every_plan(made)
        best = max(map(allocating.stated, plans), key=lambda one: (one[0], one[1], one[2] or 0, one[3]))
        assert allocating.best(made) == best
        assert all(allocating.faults(made, parse(canonical.write(plan))) == [] for plan in plans[:20])
        if all(one.places == 1 for one in allocating.wanted(made)):
            assert allocating.best_of_singles(made) == best
            singles += 1
        contested += 0 < best[0] < sum(bool(one.totals) for one in allocating.wanted(made))
    assert contested > 5
    assert singles > 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda plan: plan["assignments"].pop(),
        lambda plan: plan["assignments"][0].update(total=plan["assignments"][0]["total"] + 1),
        lambda plan: plan["assignments"][0].update(best_alone=plan["assignments"][0]["best_alone"] + 1),
        lambda plan: plan["assignments"][0].update(service="another"),
        lambda plan: plan["objective"].update(placed=plan["objective"]["placed"] + 1),
        lambda plan: plan["objective"].update(worst_total=None),
        lambda plan: plan.update(unplaced=["R99"]),
        lambda plan: plan.pop("schema"),
    ],
)
def test_a_plan_with_a_fault_is_told(wrong: Any) -> None:
    made, plan = next(
        (made, plan)
        for number in range(60)
        for made in [generator.crowded(Random(f"fault {number}"))]
        for plan in every_plan(made)
        if len(plan["assignments"]) > 1
    )
    wrong(plan)
    assert allocating.faults(made, parse(canonical.write(plan)))


def history(*rows: list[str], header: tuple[str, ...] = prices.COLUMNS) -> str:
    return "".join(",".join(row) + "\n" for row in [list(header), *rows])


@pytest.mark.parametrize(
    ("place", "cell", "path"),
    [
        (0, "", "line 3.placement_type"),
        (1, "", "line 3.age_years"),
        (1, "11.", "line 3.age_years"),
        (1, "-1", "line 3.age_years"),
        (4, "4", "line 3.n3"),
        (4, "x", "line 3.n3"),
        (13, "1.0", "line 3.n12"),
        (14, "2025-02-29", "line 3.start_date"),
        (14, "1/4/2025", "line 3.start_date"),
        (15, "", "line 3.pence_week"),
        (15, "1000000001", "line 3.pence_week"),
    ],
)
def test_a_history_is_refused_at_its_line_and_column(place: int, cell: str, path: str) -> None:
    wrong = [*ROW[:place], cell, *ROW[place + 1 :]]
    with pytest.raises(Refused) as refused:
        prices.history(history(ROW, wrong, ROW))
    assert refused.value.paths == {path}


def test_a_history_counts_its_rows_by_type_and_takes_an_empty_need_for_not_measured() -> None:
    other = ["any, text", "0", *[""] * 12, "2024-02-29", "0"]
    written = history(ROW, ROW) + ",".join(['"any, text"', *other[1:]]) + "\n"
    assert prices.history(written) == {"fostering": 2, "any, text": 1}


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ([{**ASKED, "needs": [*[1] * 11, 4]}], "[0].needs[11]"),
        ([ASKED, {**ASKED, "needs": [1] * 11, "id": "B"}], "[1].needs"),
        ([ASKED, ASKED], "[1].id"),
        ([{key: value for key, value in ASKED.items() if key != "as_of"}], "[0].as_of"),
        ([{**ASKED, "as_of": "2026-02-30"}], "[0].as_of"),
        ([{**ASKED, "colour": 1}], "[0].colour"),
        ({}, "$"),
    ],
)
def test_requests_for_prices_are_refused_at_their_path(asked: Any, path: str) -> None:
    with pytest.raises(Refused) as refused:
        prices.requests(json.dumps(asked))
    assert refused.value.paths == {path}


def test_prices_are_null_exactly_below_thirty_comparables_and_stand_in_order_of_id() -> None:
    asked = prices.requests(json.dumps([{**ASKED, "id": "B"}, {**ASKED, "placement_type": "rare"}]))
    types = Counter({"fostering": 30, "rare": 29})
    priced = {"id": "B", "expected_pence_week": 2, "p80_pence_week": 3, "p90_pence_week": 4, "comparables": 30}
    unpriced = {**dict.fromkeys(prices.PRICES), "id": "A", "comparables": 29}
    assert prices.faults(types, asked, json.dumps([unpriced, priced])) == []
    assert prices.faults(types, asked, json.dumps([priced, unpriced]))
    assert prices.faults(types, asked, json.dumps([{**unpriced, "p80_pence_week": 1}, priced]))
    assert prices.faults(types, asked, json.dumps([unpriced, {**priced, "comparables": 31}]))
