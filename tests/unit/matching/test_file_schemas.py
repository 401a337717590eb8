"""The published JSON Schemas and the readers agree on what a file may hold, but for what a schema cannot say."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from matching.rank import MarketError, make_record, read_market, read_market_text
from matching.rank.record import read_record
from tests.unit.matching.markets import MISSING, example, market, put

ROOT = Path(__file__).parents[3]
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "matching" / "schemas").glob("*.json"))}
CASES = json.loads((ROOT / "tests" / "cases" / "matching" / "files" / "market.json").read_text())

CANNOT_SAY = {
    "a number that is whole is an integer to a schema": r"must be written as an integer",
    "fields are not added up": r"must sum to 100",
    "fields are not compared": r"must be above price_floor|must not be below min_age",
    "what stands elsewhere is not looked up": r"there is no (request|service) ",
    "items are not compared by one field": r"is there already|has an offer for",
    "which algorithms there were": r"there is no algorithm",
}
"""What a schema leaves to the reader, by the words of its refusal. It also never sees a key that stands twice, text
that is no text, or a file that is not JSON.
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


VALUES: list[Any] = [MISSING, None, True, -1, 0, 1, 3, 4, 8, 53, 101, 10**6 + 1, 10**9, 10**9 + 1, Decimal("0.5")]
VALUES += [Decimal("1.0"), "", "S1", "M", "2026-02-30", "verified", [], ["ifa", "ifa"], {}, [0] * 12, [0] * 13]


def changed(document: Any) -> Iterator[Any]:
    """The document with each place of it taking each value in turn, with a field too many, or an item twice."""
    for path in [*places(document)]:
        for value in VALUES:
            if not (value is MISSING and path.endswith("]")):
                yield put(copy.deepcopy(document), path, value)
    for path in ["", *places(document)]:
        value = at(document, path)
        if isinstance(value, dict):
            yield put(copy.deepcopy(document), f"{path}.unknown" if path else "unknown", 1)
            yield put(copy.deepcopy(document), f"{path}.x_added" if path else "x_added", [{}, None])
        elif isinstance(value, list) and value:
            yield put(copy.deepcopy(document), path, [*value, value[0]])


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


@pytest.mark.parametrize(
    ("name", "document", "read"),
    [("market", small_market(), read_market), ("record", small_record(), read_record)],
    ids=["market", "record"],
)
def test_schema_and_reader_agree_on_every_change_of_a_document(
    name: str, document: Any, read: Callable[[Any], Any]
) -> None:
    schema = validator(name)
    assert schema.is_valid(document)
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
                why = [words for words, reason in CANNOT_SAY.items() if re.search(reason, refusal.reason)]
                assert why, f"the schema accepts what the reader refuses: {refusal}"
                left.update(why)
    assert left == {words for words in CANNOT_SAY if (words == "which algorithms there were") <= (name == "record")}
    assert accepted > 200
    assert refused > 2000
