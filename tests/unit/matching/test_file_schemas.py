"""The published JSON Schemas and the readers agree on what a file may hold, but for what a schema cannot say."""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from matching.allocate.files import plan_text
from matching.fit.files import price_text, read_requests
from matching.fit.history import COLUMNS, read_history
from matching.fit.reading import read_tariff
from matching.rank import MarketError, make_record, rank_market, read_market, read_market_text
from matching.rank.record import read_record
from tests.unit.matching.markets import MISSING, example, market, put

ROOT = Path(__file__).parents[3]
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "matching" / "schemas").glob("*.json"))}
CASES = json.loads((ROOT / "tests" / "cases" / "matching" / "files" / "market.json").read_text())

MARKET, RECORD, TARIFF, REQUESTS = "market", "record", "tariff", "requests"
CANNOT_SAY: dict[str, tuple[str, set[str]]] = {
    "a number that is whole is an integer to a schema": (
        r"must be written as an integer",
        {MARKET, RECORD, TARIFF, REQUESTS},
    ),
    "fields are not added up": (r"must sum to 100|must be the sum of", {MARKET, RECORD, TARIFF}),
    "fields are not compared": (r"must be above price_floor|must not be (below|before)", {MARKET, RECORD, TARIFF}),
    "what stands elsewhere is not looked up": (r"there is no (request|service) ", {MARKET, RECORD}),
    "items are not compared by one field": (
        r"is there already|has an offer for|no pair twice|must not fall|must not be narrower|must begin with the same",
        {MARKET, RECORD, TARIFF, REQUESTS},
    ),
    "a number is not held against the length of its list": (
        r"(\.age|\.base_age|\.count|\.indicator): must be from|must leave out no quarter",
        {TARIFF},
    ),
    "which algorithms there were": (r"there is no algorithm", {RECORD}),
}
"""What a schema leaves to the reader, by the words of its refusal, and in which files that is met. It also never sees a
key that stands twice, text that is no text, or a file that is not JSON.
"""


def validator(name: str) -> Any:
    return jsonschema_rs.Draft202012Validator(SCHEMAS[name], validate_formats=True)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_published_schema_is_a_schema(name: str) -> None:
    jsonschema_rs.meta.validate(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMAS[name]["$id"].endswith(f"/{name}.json")


def test_a_record_is_described_by_the_same_words_as_its_market_and_its_result() -> None:
    assert SCHEMAS["record"]["$defs"] == {"market": SCHEMAS["market"], "result": SCHEMAS["result"]}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['at']}: {case['text']}" for case in CASES])
def test_a_market_file_is_judged_as_the_page_says(case: Any) -> None:
    text = json.dumps(put(example(), case["at"], "HERE")).replace('"HERE"', case["text"])
    refusal = refused_by(read_market_text, text)
    path = None if refusal is None else refusal.path
    assert path == case["refused"]

    if path == "$" or case.get("schema") == "cannot read it":
        return
    says = "accepts" if validator("market").is_valid(json.loads(text)) else "rejects"
    assert says == case.get("schema", "rejects" if path else "accepts")


VALUES: list[Any] = [MISSING, None, True, -1, 0, 4, 53, 10**6 + 1, 10**9 + 1, Decimal("0.5"), Decimal("1.0")]
VALUES += ["", "S1", "2026-02-30", [], ["ifa", "ifa"], {}, [0] * 12, [0] * 13]


def changed(document: Any) -> Iterator[Any]:
    """The document with each place of it taking each value in turn, with a field too many, or an item twice."""
    kept = pickle.dumps(document)  # many times quicker to copy than an object

    def changed_at(path: str, value: Any) -> Any:
        return put(pickle.loads(kept), path, value)

    for path in places(document):
        for value in VALUES:
            if not (value is MISSING and path.endswith("]")):
                yield changed_at(path, value)
    for path in ["", *places(document)]:
        value = at(document, path)
        if isinstance(value, dict):
            yield changed_at(f"{path}.unknown" if path else "unknown", 1)
            yield changed_at(f"{path}.x_added" if path else "x_added", [{}, None])
        elif isinstance(value, list) and value:
            yield changed_at(path, [*value, value[0]]) if path else [*value, value[0]]


def places(value: Any, path: str = "") -> Iterator[str]:
    """The path of everything in the document; the first and last items stand for a list's items."""
    if isinstance(value, dict):
        steps = {f"{path}.{key}" if path else key: one for key, one in value.items()}
    elif isinstance(value, list) and value:
        steps = {f"{path}[{index}]": value[index] for index in {0, len(value) - 1}}
    else:
        steps = {}
    for step, one in steps.items():
        yield step
        yield from places(one, step)


def at(document: Any, path: str) -> Any:
    for name in re.findall(r"[^.\[\]]+", path):
        document = document[int(name) if isinstance(document, list) else name]
    return document


def refused_by(read: Callable[[Any], Any], document: Any) -> MarketError | None:
    try:
        read(document)
    except MarketError as error:
        return error
    return None


def small_market() -> Any:
    far = {"easting": Decimal("532000.5"), "northing": None}
    return market(
        requests=[{"exclude_authorities": ["X"], "adaptations": ["hoist"], "max_miles": Decimal("12.5")}, {"id": "R2"}],
        services=[{}, {"id": "S2", **dict.fromkeys(far)}],
        offers=[{}, {"id": "O2", "service": "S2"}],
    )


def small_record() -> Any:
    made = market(requests=[{}, {"id": "R2"}], services=[{}, {"id": "S2", "places": 0, "min_age": 16}], offers=[{}])
    return make_record(read_market(made))[1]


def small_tariff() -> Any:
    def table(name: str, count: int) -> list[Any]:
        return [{name: number, "multiplier": Decimal("1.5")} for number in range(count)]

    need = {
        "multipliers": dict.fromkeys(["0", "1", "2", "3", "not_measured"], Decimal("1.25")),
        "not_measured_counts_as": dict.fromkeys(["level_1_or_above", "level_2_or_above", "level_3"], Decimal("0.5")),
    }
    prices = {
        "base_pence_week": Decimal("450000.5"),
        "base_age": 1,
        "ages": table("age", 2),
        "quarters": [{"quarter": f"2024-Q{number}", "multiplier": Decimal("1.5")} for number in (1, 2)],
        "growth_per_year": Decimal("1.05"),
        "needs": [{"indicator": number} | copy.deepcopy(need) for number in range(1, 13)],
        "bands": [{"need_from": Decimal(number), "p80": Decimal("1.5"), "p90": Decimal("1.75")} for number in (0, 2)],
        "bands_of": "type",
    }
    days = {"first_start_date": "2024-01-01", "last_start_date": "2026-06-30"}
    errors = {"mean_error": Decimal("0.1"), "median_error": Decimal("0.1"), "at_or_below_p80": Decimal("0.8")}
    held_out = [{"placement_type": kind, "comparables": 3, "mean_error": Decimal("0.1")} for kind in ("home", "few")]
    return {
        "schema": "homeward-tariff/1",
        "method": ["made up"],
        "least_comparables": 30,
        "comparables": 104,
        **days,
        "held_out": {**days, "comparables": 8, **errors, "types": held_out},
        "types": [
            {"placement_type": "home", "comparables": 100, "prices": prices},
            {"placement_type": "few", "comparables": 4, "prices": None},
        ],
        "needs_together": {
            "pairs": [{"indicators": [one, 3], "multiplier": Decimal("1.25")} for one in (1, 2)],
            "sum_of_levels": table("count", 37),
            "needs_at_2_or_3": table("count", 13),
            "needs_at_3": table("count", 13),
        },
    }


def small_requests() -> Any:
    one = {"placement_type": "home", "age_years": Decimal("12.5"), "needs": [None, *[1] * 11], "as_of": "2026-04-01"}
    return [{"id": "Q1"} | one, {"id": "Q2"} | one]


@pytest.mark.parametrize(
    ("name", "document", "read"),
    [
        (MARKET, small_market(), read_market),
        (RECORD, small_record(), read_record),
        (TARIFF, small_tariff(), read_tariff),
        (REQUESTS, small_requests(), read_requests),
    ],
    ids=[MARKET, RECORD, TARIFF, REQUESTS],
)
def test_schema_and_reader_agree_on_every_change_of_a_document(
    name: str, document: Any, read: Callable[[Any], Any]
) -> None:
    schema = validator(name)
    assert schema.is_valid(document), next(iter(schema.iter_errors(document)))
    read(document)

    left: set[str] = set()
    accepted = refused = 0
    for one in changed(document):
        refusal = refused_by(read, one)
        if refusal is None:
            accepted += 1
            assert schema.is_valid(one), next(iter(schema.iter_errors(one)))
        else:
            refused += 1
            if schema.is_valid(one):
                why = [words for words, (reason, _) in CANNOT_SAY.items() if re.search(reason, str(refusal))]
                assert why, f"the schema accepts what the reader refuses: {refusal}"
                left.update(why)
    assert left == {words for words, (_, names) in CANNOT_SAY.items() if name in names}
    assert accepted > 20
    assert refused > 200


def test_what_is_written_is_what_its_schema_says() -> None:
    made = read_market_text(json.dumps(example()))
    assert validator("result").is_valid(rank_market(made).to_dict())
    assert validator("plan").is_valid(json.loads(plan_text(json.dumps(example()))))
    assert validator("plan").is_valid(json.loads(plan_text(json.dumps(market()))))
    asked = [small_requests()[0] | {"id": kind, "placement_type": kind} for kind in ("home", "few")]
    prices = json.loads(price_text(written(small_tariff()), written(asked)))
    assert [one["expected_pence_week"] is None for one in prices] == [True, False]
    assert validator("prices").is_valid(prices)
    assert not validator("prices").is_valid([prices[1] | {"comparables": 29}])
    assert not validator("prices").is_valid([prices[0] | {"comparables": 30}])


def written(document: Any) -> str:
    return json.dumps(document, default=float)


@pytest.mark.parametrize(
    ("cells", "fits"),
    [
        ({}, True),
        ({"age_years": "12.5", "n1": "", "n12": "0", "pence_week": "0"}, True),
        ({"pence_week": "1000000000"}, True),
        ({"pence_week": "1000000001"}, False),
        ({"pence_week": "4500.5"}, False),
        ({"placement_type": ""}, False),
        ({"age_years": "-1"}, False),
        ({"n3": "4"}, False),
        ({"n3": "1.0"}, False),
        ({"start_date": "2026-02-30"}, False),
        ({"start_date": "1/4/2026"}, False),
    ],
)
def test_a_row_of_a_history_is_described_as_it_is_read(cells: dict[str, str], fits: bool) -> None:
    plain = {"placement_type": "home", "age_years": "12", "start_date": "2026-04-01", "pence_week": "450000"}
    row = dict.fromkeys(COLUMNS, "1") | plain | cells
    assert validator("history").is_valid(row) == fits
    lines = ",".join(COLUMNS) + "\n" + ",".join(row[name] for name in COLUMNS) + "\n"
    assert (refused_by(read_history, lines) is None) == fits
