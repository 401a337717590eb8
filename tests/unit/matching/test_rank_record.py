"""A record recomputes to the same bytes, or the path of its first difference is named."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from matching.rank import (
    Market,
    MarketError,
    canonical_json,
    make_record,
    rank_market,
    read_market,
    record_document,
    verify,
    verify_text,
)
from matching.rank.facts import INDICATORS
from tests.unit.matching import slow
from tests.unit.matching.markets import MISSING, example, market, markets, put

EXAMPLE_HASH = "sha256:4a1d06b0e8d7d19b35eda384784e924d2fb1b02d4d86e8cdd03d50228dad4e1b"


def rivals() -> Market:
    made = [{"id": "O1", "service": "S1"}, {"id": "O2", "service": "S2", "care": 490_000}]
    return read_market(market(services=[{"id": "S1"}, {"id": "S2"}], offers=made))


def record() -> Any:
    return json.loads(json.dumps(make_record(rivals())[1]))


def test_the_hash_of_the_example_stays_what_it_was() -> None:
    assert slow.rank(example())["hash"] == EXAMPLE_HASH
    assert rank_market(read_market(example())).hash == EXAMPLE_HASH


@settings(max_examples=50, deadline=None)
@given(markets())
def test_every_record_verifies(document: Any) -> None:
    result, made = make_record(read_market(document))
    verdict = verify_text(canonical_json(made))
    assert verdict.verified
    assert verdict.hash == result.hash


def test_a_record_of_a_file_verifies_whatever_its_protected_facts_and_additions() -> None:
    document = example() | {"x_note": "made up"}
    result = rank_market(read_market(document)).to_dict() | {"x_note": 1}
    verdict = verify({"schema": "homeward-record/1", "algorithm": 1, "market": document, "result": result, "x_note": 2})
    assert verdict.verified
    assert verdict.hash == EXAMPLE_HASH


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("result.hash", "sha256:0"),
        ("result.requests[0].request", "R9"),
        ("result.requests[0].candidates[0].total", 716369),
        ("result.requests[0].candidates[1].to_tie_above", 9999),
        ("result.requests[0].candidates[1].to_tie_above", None),
        ("result.requests[0].candidates[0].eligible", False),
        ("result.requests[0].candidates[0].gates_failed", ["age"]),
        ("result.requests[0].candidates[0].flags", ["quality_unknown"]),
        ("result.requests[0].candidates[0].parts.price", None),
        ("result.requests[0].candidates[0].offer", None),
        ("result.requests[0].funnel.age", 1),
        ("result.requests[0].relaxations", [["age"]]),
        ("result.requests[0].candidates", []),
        ("result.requests", []),
    ],
)
def test_a_changed_result_is_found_at_its_place(path: str, value: Any) -> None:
    verdict = verify(put(record(), path, value))
    assert verdict.difference == path
    assert not verdict.verified


def test_a_changed_input_is_found_at_the_hash_first() -> None:
    assert verify(put(record(), "market.services[0].quality", 72)).difference == "result.hash"
    assert verify(put(record(), "market.policy.version", "another")).difference == "result.hash"


def test_of_several_differences_the_first_in_order_is_named() -> None:
    changed = put(record(), "result.requests[0].candidates[0].total", 1)
    put(changed, "result.requests[0].candidates[0].contributions.quality", 1)
    put(changed, "result.requests[0].candidates[0].contributions.needs", 1)
    assert verify(changed).difference == "result.requests[0].candidates[0].contributions.needs"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "homeward-record/2"),
        ("algorithm", 2),
        ("algorithm", 0),
        ("algorithm", "1"),
        ("algorithm", MISSING),
        ("market", MISSING),
        ("market.services[0].places", -1),
        ("market.offers[0].service", "S9"),
        ("result", MISSING),
        ("result.schema", "homeward-result/2"),
        ("result.hash", 1),
        ("result.requests[0].candidates[0].total", MISSING),
        ("result.requests[0].candidates[0].total", "716368"),
        ("result.requests[0].candidates[0].total", 716368.0),
        ("result.requests[0].candidates[0].note", "made up"),
        ("result.requests[0].candidates[0].rank", True),
        ("result.requests[0].candidates[0].flags", ["cheap"]),
        ("result.requests[0].candidates[0].parts.needs", None),
        ("result.requests[0].funnel.age", None),
    ],
)
def test_a_malformed_record_is_refused(path: str, value: Any) -> None:
    with pytest.raises(MarketError) as caught:
        verify(put(record(), path, value))
    assert caught.value.path == (f"{path}[0]" if path.endswith("flags") else path)


def test_a_market_that_could_not_be_read_back_is_not_recorded() -> None:
    made = rivals()
    broken = dataclasses.replace(made.services[0], capability=(1,) * (INDICATORS - 1))
    with pytest.raises(MarketError) as caught:
        make_record(dataclasses.replace(made, services=(broken, made.services[1])))
    assert caught.value.path == "services[0].capability"


def test_protected_facts_are_not_in_a_record() -> None:
    document = example()
    document["requests"][0]["protected"]["ethnicity"] = "made-up word"
    made = read_market(document)
    assert "made-up word" not in canonical_json(record_document(made, rank_market(made)))


def test_other_processes_with_other_hash_seeds_find_the_same_hash() -> None:
    program = (
        "import sys; from matching.rank import rank_market, read_market_text as read;"
        "print(rank_market(read(sys.stdin.buffer.read())).hash)"
    )
    root = Path(__file__).parents[3]
    services = [{"id": f"S{number}", "languages": ["en", "ur", "bsl"], "places": number % 3} for number in range(30)]
    text = canonical_json(copy.deepcopy(market(services=services)))
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env=os.environ | {"PYTHONHASHSEED": seed},
            input=text.encode(),
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {f"{rank_market(read_market(market(services=services))).hash}\n".encode()}
