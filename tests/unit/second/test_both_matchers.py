"""The product's matcher and the second one, written from the page alone, agree on documents that neither has seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.second import differential, first, generator, ranking
from tests.second.example import EXAMPLE

CASES = 220
SEED = 20_260_401


def test_both_matchers_give_the_result_that_the_page_shows() -> None:
    shown = {
        "service": "S1",
        "offer": "O1",
        "eligible": True,
        "gates_failed": [],
        "parts": {"price": 500000, "quality": 710000, "needs": 962500, "practical": 982425},
        "contributions": {"price": 200000, "quality": 177500, "needs": 240625, "practical": 98243},
        "total": 716368,
        "rank": 1,
        "tie_group": 1,
        "flags": [],
        "to_tie_above": None,
    }
    written = json.dumps(EXAMPLE)
    assert first.rank(written)["requests"][0]["candidates"] == [shown]
    assert differential.second_rank(written)["requests"][0]["candidates"] == [shown]


def test_both_matchers_agree_on_markets_records_and_refusals() -> None:
    assert [differential.tell(found) for found in differential.run(CASES, SEED)] == []


def _one_penny(result: Any) -> None:
    for request in result["requests"]:
        for candidate in request["candidates"]:
            candidate["total"] += 1


def _no_reason(result: Any) -> None:
    for request in result["requests"]:
        request["relaxations"] = []


@pytest.mark.parametrize("wrong", [_one_penny, _no_reason])
def test_a_matcher_that_answers_otherwise_is_noticed(
    monkeypatch: pytest.MonkeyPatch, wrong: Callable[[Any], None]
) -> None:
    sound = first.rank

    def unsound(written: bytes | str) -> Any:
        result = sound(written)
        if not isinstance(result, first.Refusal):
            wrong(result)
        return result

    monkeypatch.setattr(first, "rank", unsound)
    found = differential.run(20, SEED)
    assert found
    assert "market" in {one.kind for one in found}


def test_the_made_up_markets_reach_every_gate_flag_and_kind_of_answer() -> None:
    gates, flags, falls, relaxed = set(), set(), set(), 0
    for number in range(80):
        for request in ranking.rank(generator.market(Random(f"reach {number}")))["requests"]:
            gates |= {gate for gate, count in request["funnel"].items() if count}
            relaxed += len(request["relaxations"]) > 1
            for one in request["candidates"]:
                flags |= set(one["flags"])
                fall = one["to_tie_above"]
                falls.add("null" if fall is None else "0" if fall == 0 else "some")
    assert gates == set(ranking.GATES)
    assert flags == set(ranking.FLAGS)
    assert falls == {"null", "0", "some"}
    assert relaxed > 0
