"""HISTORY, TARIFF and REQUESTS are read whole or refused at the place to blame; prices come from the tariff alone."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from matching.fit.files import fit_text, price_text
from matching.fit.history import COLUMNS, read_history
from matching.fit.price import read_tariff
from matching.rank.strict import MarketError
from tests.unit.matching.histories import as_file, history

CASES = Path(__file__).parents[2] / "cases" / "prices_files"
ROOT = Path(__file__).parents[3]


def cases(name: str) -> list[Any]:
    found: list[Any] = json.loads((CASES / f"{name}.json").read_text())
    return found


def titles(case: Any) -> str:
    return str(case["title"])


@cache
def tariff() -> str:
    return fit_text(as_file(history(240, noise=0.1, blank=0.1)))


def request(**changes: Any) -> dict[str, Any]:
    plain = {"id": "Q1", "placement_type": "home", "age_years": 12, "needs": [1] * 12, "as_of": "2026-01-01"}
    return plain | changes


@pytest.mark.parametrize("case", cases("history"), ids=titles)
def test_a_history_is_read_whole_or_refused_at_its_place(case: Any) -> None:
    header = [case["header"]] if "header" in case else [",".join(COLUMNS)] if case.get("lines", [""]) else []
    text = "\n".join([*header, *case.get("lines", [])])
    for written in (text, text.replace("\n", "\r\n") if '"' not in text else text, "\ufeff" + text):
        if case.get("error") is None:
            assert len(read_history(written)) == case["rows"]
        else:
            with pytest.raises(MarketError) as refused:
                read_history(written)
            assert refused.value.path == case["error"]


@pytest.mark.parametrize("case", cases("requests"), ids=titles)
def test_requests_are_read_whole_or_refused_at_their_place(case: Any) -> None:
    document = case.get("document", [request(id="Q0"), request(**case.get("change", {}))])
    if case["error"] is None:
        assert [one["id"] for one in json.loads(price_text(tariff(), json.dumps(document)))] == ["Q0", "Q1"]
    else:
        with pytest.raises(MarketError) as refused:
            price_text(tariff(), json.dumps(document))
        assert refused.value.path == case["error"]


@pytest.mark.parametrize("case", cases("tariff"), ids=titles)
def test_a_tariff_from_outside_is_not_believed(case: Any) -> None:
    document = json.loads(tariff())
    *way, last = case["path"]
    place = document
    for key in way:
        place = place[key]
    place[last] = case["to"]
    with pytest.raises(MarketError) as refused:
        price_text(json.dumps(document), "[]")
    assert refused.value.path == case["error"]


def test_every_field_of_a_tariff_is_needed_and_its_lists_have_no_order() -> None:
    document = json.loads(tariff())
    assert read_tariff(document).to_dict() == document
    shuffled = copy.deepcopy(document)
    turned(shuffled)
    assert read_tariff(shuffled) == read_tariff(document)
    for place, key in places(document):
        kept = place.pop(key)
        with pytest.raises(MarketError) as refused:
            read_tariff(document)
        assert refused.value.path.endswith(key)
        place[key] = kept


def turned(value: Any) -> None:
    """Every list that holds objects, back to front."""
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, dict | list):
            turned(one)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value.reverse()


def places(value: Any) -> list[tuple[dict[str, Any], str]]:
    """Every field, of the first item of a list alone."""
    if isinstance(value, list):
        return places(value[0]) if value and isinstance(value[0], dict) else []
    if not isinstance(value, dict):
        return []
    return [(value, key) for key in value] + [one for inner in value.values() for one in places(inner)]


def test_prices_stand_in_order_of_id_as_multiplied_out_by_hand() -> None:
    ones = [{"count": count, "multiplier": 1} for count in range(37)]
    document = {
        "schema": "homeward-tariff/1",
        "method": ["made up"],
        "least_comparables": 30,
        "comparables": 59,
        "first_start_date": "2025-01-01",
        "last_start_date": "2025-06-30",
        "held_out": None,
        "types": [
            {
                "placement_type": "home",
                "comparables": 30,
                "prices": {
                    "base_pence_week": 100000,
                    "base_age": 0,
                    "ages": [{"age": 0, "multiplier": 1}, {"age": 1, "multiplier": 1.5}],
                    "quarters": [{"quarter": "2025-Q1", "multiplier": 0.9}, {"quarter": "2025-Q2", "multiplier": 1}],
                    "growth_per_year": 1.21,
                    "needs": [
                        {
                            "indicator": at,
                            "multipliers": {"0": 1, "1": 1.1, "2": 1.2, "3": 1.3, "not_measured": 1.05},
                            "not_measured_counts_as": {"level_1_or_above": 1, "level_2_or_above": 0.5, "level_3": 0},
                        }
                        for at in range(1, 13)
                    ],
                    "bands": [{"need_from": 0, "p80": 1.1, "p90": 1.2}, {"need_from": 1.2, "p80": 1.2, "p90": 1.4}],
                    "bands_of": "all types",
                },
            },
            {"placement_type": "lodging", "comparables": 29, "prices": None},
        ],
        "needs_together": {
            "pairs": [{"indicators": [2, 1], "multiplier": 1.5}],
            "sum_of_levels": ones,
            "needs_at_2_or_3": ones[:13],
            "needs_at_3": [{"count": count, "multiplier": 1 if count < 2 else 2} for count in range(13)],
        },
    }
    asked = [
        request(id="g", needs=[0] * 12, age_years=0, as_of="2025-05-31"),  # 100000, the first band
        request(id="f", needs=[2, 2] + [0] * 10, age_years=1.9, as_of="2025-03-31"),  # x1.5 x0.9 x1.2 x1.2 x1.5
        request(id="e", needs=[2, None] + [0] * 10, age_years=40, as_of="2025-06-30"),  # x1.5 x1.2 x1.05 x1.25
        request(id="d", needs=[0, 0, 3, 3] + [0] * 8, age_years=0, as_of="2025-07-01"),  # x1.21^1/4 x1.3 x1.3 x2
        request(id="c", needs=[1] + [0] * 11, age_years=0, as_of="2040-01-01"),  # x1.1 x1.21^2, not of fifteen years
        request(id="b", placement_type="lodging"),
        request(id="a", placement_type="boat"),
    ]
    prices = json.loads(price_text(json.dumps(document), json.dumps(asked)))
    assert [tuple(one.values()) for one in prices] == [
        ("a", None, None, None, 0),
        ("b", None, None, None, 29),
        ("c", 161051, 177156, 193261, 30),
        ("d", 354497, 425397, 496296, 30),
        ("e", 236250, 283500, 330750, 30),
        ("f", 291600, 349920, 408240, 30),
        ("g", 100000, 110000, 120000, 30),
    ]


def test_a_history_without_rows_prices_nothing() -> None:
    empty = fit_text(",".join(COLUMNS) + "\n")
    [price] = json.loads(price_text(empty, json.dumps([request()])))
    assert price == {
        "id": "Q1", "expected_pence_week": None, "p80_pence_week": None, "p90_pence_week": None, "comparables": 0
    }  # fmt: skip
    with pytest.raises(MarketError):
        price_text("[]", "[]")


def test_shuffled_rows_threads_and_hash_seeds_change_no_byte_and_ranking_loads_no_fit(tmp_path: Path) -> None:
    rows = history(240, noise=0.1, blank=0.1)
    random.Random(5).shuffle(rows)
    (tmp_path / "history.csv").write_text(as_file(rows))
    program = (
        "import sys, matching.rank; assert not {'sklearn', 'scipy', 'matching.fit'} & set(sys.modules);"
        "from matching.fit.files import fit_text; import pathlib;"
        "assert not {'sklearn', 'scipy'} & set(sys.modules);"
        "sys.stdout.write(fit_text(pathlib.Path(sys.argv[1]).read_text()))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "history.csv")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout == tariff()
