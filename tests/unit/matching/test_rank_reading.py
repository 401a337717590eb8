"""A market file is read whole or refused at the place that is to blame."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from matching.rank import MarketError, check_market, market_document, read_market, read_market_text
from tests.unit.matching.markets import MISSING, example, put


def refusal(document: Any) -> MarketError:
    with pytest.raises(MarketError) as caught:
        read_market(document)
    assert str(caught.value) == f"{caught.value.path}: {caught.value.reason}"
    return caught.value


REFUSED: list[tuple[str, Any]] = [
    ("schema", "homeward-market/2"),
    ("schema", None),
    ("as_of", "20260401"),
    ("as_of", "2026-02-30"),
    ("as_of", "2026-4-1"),
    ("as_of", "２026-04-01"),
    ("as_of", 20260401),
    ("policy", []),
    ("policy.version", 1),
    ("policy.weights.price", -40),
    ("policy.weights.price", 40.0),
    ("policy.indicator_weights[3]", -1),
    ("policy.indicator_weights[3]", True),
    ("policy.severe_need_cap", 1000001),
    ("policy.evidence_discount.verified", 1000001),
    ("policy.price_floor", -1),
    ("policy.price_formula", "min_max"),
    ("policy.price_formula", ["benchmark"]),
    ("policy.unknown_quality_prior", 101),
    ("policy.stale_after_days", -1),
    ("policy.max_useful_miles", 0),
    ("policy.max_useful_miles", 50.0),
    ("policy.tie_band", -1),
    ("services", {}),
    ("services[0].id", ""),
    ("services[0].id", 7),
    ("services[0].id", "half \ud800"),
    ("services[0].lot", "fostering"),
    ("services[0].registration", None),
    ("services[0].status", "Enrolled"),
    ("services[0].ofsted", "good"),
    ("services[0].min_age", -1),
    ("services[0].sexes[1]", "X"),
    ("services[0].capability[11]", 4),
    ("services[0].capability[11]", None),
    ("services[0].evidence[0]", "stated"),
    ("services[0].places", -1),
    ("services[0].places", 1.0),
    ("services[0].easting", None),
    ("services[0].northing", None),
    ("services[0].northing", -0.5),
    ("services[0].northing", float("nan")),
    ("services[0].northing", "165000"),
    ("services[0].northing", True),
    ("services[0].northing", Decimal("1E+999999999")),
    ("services[0].authority", None),
    ("services[0].quality", 101),
    ("services[0].quality", 71.5),
    ("services[0].solo", 0),
    ("services[0].solo", None),
    ("services[0].adaptations[0]", None),
    ("services[0].languages", "en"),
    ("services[0].list_price_pence_week", 1000000001),
    ("services[0].list_price_pence_week", -1),
    ("requests[0].lots", []),
    ("requests[0].lots[0]", "care"),
    ("requests[0].age_weeks", -1),
    ("requests[0].age_weeks", None),
    ("requests[0].sex", None),
    ("requests[0].needs[11]", 4),
    ("requests[0].needs[4]", -1),
    ("requests[0].easting", None),
    ("requests[0].max_miles", -1),
    ("requests[0].max_miles", "5"),
    ("requests[0].exclude_authorities[0]", 1),
    ("requests[0].places", 0),
    ("requests[0].language", 1),
    ("requests[0].urgency", "soon"),
    ("requests[0].benchmark_pence_week", 0),
    ("requests[0].benchmark_pence_week", 1000000001),
    ("requests[0].protected.ethnicity", 1),
    ("requests[0].protected.religion", False),
    ("requests[0].protected.disability", "no"),
    ("offers[0].id", ""),
    ("offers[0].request", "R2"),
    ("offers[0].service", "S2"),
    ("offers[0].elements.health", -1),
    ("offers[0].elements.care", 1000000001),
    ("offers[0].weeks_per_year", 0),
    ("offers[0].weeks_per_year", 53),
]


@pytest.mark.parametrize(("path", "value"), REFUSED)
def test_a_wrong_value_is_refused_at_its_place(path: str, value: Any) -> None:
    document = example()
    document["requests"][0]["exclude_authorities"] = ["E09000001"]
    assert refusal(put(document, path, value)).path == path


def places(value: Any, path: str = "") -> list[str]:
    """The path of every field of every object."""
    if isinstance(value, list):
        return [found for index, one in enumerate(value) for found in places(one, f"{path}[{index}]")]
    if not isinstance(value, dict):
        return []
    here = [f"{path}.{key}" if path else key for key in value]
    return [*here, *(found for key, where in zip(value, here, strict=True) for found in places(value[key], where))]


@pytest.mark.parametrize("path", places(example()))
def test_every_field_is_needed_and_stands_once(path: str) -> None:
    assert refusal(put(example(), path, MISSING)).path == path

    parent, name = path.rpartition(".")[::2]
    unknown = f"{parent}.{name}s" if parent else f"{name}s"
    assert refusal(put(example(), unknown, 1)).path == unknown
    read_market(put(example(), f"{parent}.x_{name}" if parent else f"x_{name}", {"any": [1.5, {"thing": None}]}))

    marked = json.dumps(put(example(), f"{parent}.twice" if parent else "twice", None))
    with pytest.raises(MarketError) as caught:
        read_market_text(marked.replace('"twice": null', f'"{name}": null'))
    assert (caught.value.path, caught.value.reason) == (path, "stands twice in one object")


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("policy.indicator_weights", 11),
        ("services[0].capability", 13),
        ("services[0].evidence", 0),
        ("requests[0].needs", 11),
    ],
)
def test_a_list_of_the_wrong_length_is_refused_as_a_list(path: str, length: int) -> None:
    assert refusal(put(example(), path, [1] * length)).path == path


def test_a_rule_over_several_fields_is_refused_at_the_second_or_at_their_object() -> None:
    assert refusal(put(example(), "policy.price_floor", 1500000)).path == "policy.price_ceiling"
    assert refusal(put(example(), "services[0].min_age", 18)).path == "services[0].max_age"
    assert refusal(put(example(), "policy.weights.price", 41)).path == "policy.weights"
    assert refusal(put(example(), "policy.indicator_weights", [0] * 12)).path == "policy.indicator_weights"


@pytest.mark.parametrize("name", ["services", "requests", "offers"])
def test_the_second_of_two_equal_ids_is_refused(name: str) -> None:
    document = example()
    document[name].append(document[name][0])
    assert refusal(document).path == f"{name}[1].id"


def test_a_second_offer_of_a_service_for_a_request_and_a_second_use_of_a_lot_are_refused() -> None:
    document = example()
    document["offers"].append(document["offers"][0] | {"id": "O2"})
    assert refusal(document).path == "offers[1].service"
    assert refusal(put(example(), "requests[0].lots", ["ifa", "residential", "ifa"])).path == "requests[0].lots[2]"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff{}",
        b'{"schema": NaN}',
        b'{"schema": Infinity}',
        b"[" * 100_000,
        b"[]",
        b"null",
        "\ufeff{}".encode(),
    ],
    ids=range(9),
)
def test_what_is_not_a_json_object_is_refused_as_a_file(text: bytes) -> None:
    with pytest.raises(MarketError) as caught:
        read_market_text(text)
    assert caught.value.path == "$"


@pytest.mark.parametrize("number", ["9" * 5000, "1e5000", "1e-5000", "1e99999999999999999999"], ids=range(4))
@pytest.mark.parametrize("path", ["requests[0].age_weeks", "requests[0].easting", "requests[0].max_miles"])
def test_a_number_of_thousands_of_digits_is_refused_where_it_stands_and_ignored_in_an_addition(
    number: str, path: str
) -> None:
    def text(path: str) -> str:
        return json.dumps(put(example(), path, "HERE")).replace('"HERE"', number)

    with pytest.raises(MarketError) as caught:
        read_market_text(text(path))
    assert caught.value.path == path
    read_market_text(text("requests[0].x_added"))


def test_what_is_written_is_read_again_as_the_same_market() -> None:
    document = example()
    document["requests"][0]["max_miles"] = Decimal("12.50")
    market = read_market(document)
    assert read_market(market_document(market)) == market
    check_market(market)
    assert market_document(market)["requests"][0]["protected"] == {
        "ethnicity": None,
        "religion": None,
        "disability": None,
    }
