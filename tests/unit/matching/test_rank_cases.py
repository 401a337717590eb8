"""Worked cases, reckoned by hand in the files beside their figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from matching.rank import rank_market, read_market
from matching.rank.strict import parse_json
from tests.unit.matching import slow
from tests.unit.matching.markets import market

FOLDER = Path(__file__).parents[2] / "cases" / "matching"
CASES = [case for path in sorted(FOLDER.glob("*.json")) for case in parse_json(path.read_bytes())]


def look(result: Any, path: str) -> Any:
    """`funnel.age`, `candidates[0].total`, or `NAME.parts.price` for the candidate of that service."""
    if path == "services":
        return [candidate["service"] for candidate in result["candidates"]]
    first, *rest = path.split(".")
    numbered = re.fullmatch(r"candidates\[(\d+)\]", first)
    if numbered:
        found = result["candidates"][int(numbered[1])]
    elif first in result:
        found = result[first]
    else:
        found = next(one for one in result["candidates"] if one["service"] == first)
    for name in rest:
        found = found[name]
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_the_case_comes_out_as_reckoned(case: Any) -> None:
    facts = market(case.get("policy"), case.get("requests"), case["services"], case.get("offers", ()))
    result = rank_market(read_market(facts)).to_dict()
    [one] = result["requests"]
    assert {path: look(one, path) for path in case["expect"]} == case["expect"]
    assert result == slow.rank(facts)
