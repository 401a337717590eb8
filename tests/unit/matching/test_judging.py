"""The measures, the independent gates and the rivals of the bench, held against figures reckoned by hand; and a short
slice of what the bench and the proof do at length.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matching import files
from tests.bench import judging, matching, reversals, sharing, steadiness, tenders
from tests.bench.gate_check import violations
from tests.bench.judging import Found
from tests.bench.reversals import OURS
from tests.bench.rivals import RIVALS
from tests.bench.sharing import Shared
from tests.bench.tenders import MANIPULATIONS
from tests.bench.worlds import Sheet
from tests.unit.matching.markets import market as a_market

SIZE = {"requests": 6, "services": 40}


def rank(market: Path, out: Path, **_environment: str) -> None:
    """The command's own work, without a process of its own."""
    files.rank(market, out)


def ranked(market: Any, folder: Path) -> Any:
    (folder / "market.json").write_text(json.dumps(market), encoding="utf-8")
    rank(folder / "market.json", folder / "result.json")
    return json.loads((folder / "result.json").read_bytes())


# ---- measures ----


def test_ndcg_looks_at_the_first_five_and_discounts_by_place() -> None:
    # 3 + 2/log2(3) + 3/2 + 0 + 1/log2(6) = 6.148713; at best 3 + 3/log2(3) + 2/2 + 2/log2(5) + 1/log2(6) = 7.140995
    assert judging.ndcg([3, 2, 3, 0, 1, 2]) == pytest.approx(6.148713 / 7.140995, abs=1e-6)
    assert judging.ndcg([3, 2, 1]) == 1
    assert judging.ndcg([0, 0]) == 1
    assert judging.stretched([0.4, 0.6, 0.5]) == pytest.approx([0, 1, 0.5])


def test_regret_is_what_the_best_of_the_first_five_falls_short() -> None:
    assert judging.regret([0.2, 0.5, 0.1, 0.3, 0.4, 0.9]) == pytest.approx(0.4)
    assert judging.regret([0.1, 0.9]) == 0


def test_rows_say_that_a_target_is_missed() -> None:
    found = {"fine": Found(), "poor": Found()}
    for world, values in (("fine", [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]), ("poor", [0.1, 0.2, 0.3, 0.4, 0.5, 0.9])):
        for who in (OURS, *RIVALS, "random"):
            found[world].take(who, values if who == OURS else values[::-1])
    plain, harder = matching.order(found)
    assert plain.met is False
    assert plain.worst.startswith("poor")
    assert harder.met is None
    regrets = matching.regrets(found)
    assert regrets.met is False  # 0.4 where cheapest-first and the script lose 0
    assert regrets.beside["behind_min_max"] == ["poor"]
    assert matching.same_bytes(9, ["one thread"]).met is False
    assert matching.fairness(9, ["religion none"]).met is False


def test_rows_of_other_pieces_say_that_a_target_is_missed() -> None:
    price = {"mape_ratio": 0.5, "covered": 0.8, "group_shortfall": 9.5, "recall_ratio": 1.5}
    total = {"mape_ratio_mean": 0.4, "mape_ratio_worst": 0.71, "covered_mean": 0.8, "group_shortfall_worst": 9.5}
    rows = matching.expected_prices(
        [{"world": "odd", **price}, {"world": "all", **total, "recall_ratio_mean": 1.5, "recall_ratio_worst": 1.5}]
    )
    assert [row.met for row in rows] == [False, False, True]
    speed = {"seconds": 0.2, "linear_programme_seconds": 0.1, "times_faster": 0.5, "same_optimum": True}
    over_time = {
        "bench": "allocation_over_time",
        "placeable_left_unplaced": 0,
        "steered_of_hindsight_by_rule": 0.99,
        "by_rule_of_hindsight": 0.96,
    }
    rows = matching.allocated(
        [Shared("behind", (), 3, 3, 1, 1, 5, 5, 6, 10, 10)],
        [
            {"bench": "allocation_speed", "world": "odd", **speed},
            {"world": "enough", "steered_of_hindsight": 0.979, **over_time},
            {"world": "scarce", "steered_of_hindsight": 0.95, **over_time},
        ],
    )
    assert [row.met for row in rows] == [False, False, False]


def test_a_plan_is_held_against_a_solver_that_does_not_know_it(tmp_path: Path) -> None:
    market = Sheet("own_family", "residential", 1).market(requests=8, services=14) | {"offers": []}
    result = ranked(market, tmp_path)
    files.allocate(tmp_path / "market.json", tmp_path / "plan.json")
    plan = json.loads((tmp_path / "plan.json").read_bytes())
    assert sharing.judge("as made", market, result, plan).exact
    fewer = plan | {"assignments": plan["assignments"][1:], "unplaced": [plan["assignments"][0]["request"]]}
    assert not sharing.judge("one fewer", market, result, fewer).exact
    service = plan["assignments"][0]["service"]
    crowded = plan | {"assignments": [one | {"service": service} for one in plan["assignments"]]}
    assert f"{service} is too full" in sharing.judge("crowded", market, result, crowded).wrong


# ---- gates, from outside ----


def test_another_writing_of_the_gates_finds_none_wrong_and_sees_a_wrong_one(tmp_path: Path) -> None:
    market = Sheet("own_family", "residential", 3).market(**SIZE)
    result = ranked(market, tmp_path)
    assert violations(market, result) == 0
    failed = {gate for one in result["requests"] for each in one["candidates"] for gate in each["gates_failed"]}
    assert len(failed) >= 6  # the market tries the gates
    let_in = copy.deepcopy(result)
    kept_out = next(each for one in let_in["requests"] for each in one["candidates"] if not each["eligible"])
    kept_out |= {"eligible": True, "gates_failed": []}
    assert violations(market, let_in) > 0


# ---- rivals ----


def one_tender(price: list[float], merits: list[list[float]], weights: list[float]) -> Any:
    return np.array([price]), np.array([merits]), np.array([weights]), np.ones((1, len(price)), dtype=np.bool_)


def test_lowest_price_formula_gives_the_points_of_f_31() -> None:
    nothing_else = [[0.0, 0.0, 0.0]] * 3
    scores = RIVALS["lowest_ratio"](*one_tender([900, 1000, 1200], nothing_else, [0.4, 0.2, 0.2, 0.2]))
    assert scores[0] == pytest.approx([0.40, 0.36, 0.30])


def test_min_max_stretches_each_criterion_over_the_offers_at_hand() -> None:
    # Price 100 and 300 are 1 and 0, 200 is a half; quality .5, .6, .7 is 0, 1/2, 1; needs are equal and count nothing.
    merits = [[0.5, 0.3, 0], [0.6, 0.3, 0], [0.7, 0.3, 0]]
    scores = RIVALS["min_max_40_30_30"](*one_tender([100, 200, 300], merits, [0.25] * 4))
    assert scores[0] == pytest.approx([0.40, 0.35, 0.30])


def test_topsis_is_closeness_to_the_ideal_after_vector_normalisation() -> None:
    # Prices 3, 4 over 5 and quality .8, .6 over 1, half weight each: the first is best in both, the second worst.
    scores = RIVALS["topsis"](*one_tender([3, 4], [[0.8, 0, 0], [0.6, 0, 0]], [0.5, 0.5, 0, 0]))
    assert scores[0] == pytest.approx([1, 0])
    # A third with price 4 and quality .8: prices over root 41, qualities over root 1.64. Its distances are those of
    # one criterion each: .5 x 1/root 41 = .078087 from the ideal, .5 x .2/root 1.64 = .078087 from the worst.
    third = RIVALS["topsis"](*one_tender([3, 4, 4], [[0.8, 0, 0], [0.6, 0, 0], [0.8, 0, 0]], [0.5, 0.5, 0, 0]))
    assert third[0] == pytest.approx([1, 0, 0.5])


def test_a_candidate_without_a_price_counts_as_the_dearest() -> None:
    scores = RIVALS["cheapest_first"](*one_tender([float("nan"), 5, 9], [[0.5, 0, 0]] * 3, [0.25] * 4))
    assert list(np.argsort(-scores[0], kind="stable")) == [1, 0, 2]


# ---- files ----


def test_f_31_under_lowest_ratio_from_file_to_file(tmp_path: Path) -> None:
    # Prices 900, 1,000 and 1,200 at weight 40 earn 40, 36 and 30; a cheaper bid that fails a gate sets nothing.
    policy = {"price_formula": "lowest_ratio", "weights": {"price": 40, "quality": 60, "needs": 0, "practical": 0}}
    services = [{"id": name} for name in ("A", "B", "C")] + [{"id": "D", "status": "suspended"}]
    prices = {"A": 90_000, "B": 100_000, "C": 120_000, "D": 10_000}
    offers = [{"id": f"O{name}", "service": name, "care": price} for name, price in prices.items()]
    [one] = ranked(a_market(policy, services=services, offers=offers), tmp_path)["requests"]
    points = {each["service"]: each["contributions"]["price"] for each in one["candidates"] if each["eligible"]}
    assert points == {"A": 400_000, "B": 360_000, "C": 300_000}
    assert [each["service"] for each in one["candidates"]] == ["A", "B", "C", "D"]


def test_protected_facts_change_no_byte_of_a_result(tmp_path: Path) -> None:
    market = Sheet("travel", "ifa", 3).market(**SIZE)
    flips, changing = steadiness.unfair(market, tmp_path / "flips", rank=rank)
    assert (flips, changing) == (16, [])


def test_the_order_of_rows_changes_no_byte_of_a_result(tmp_path: Path) -> None:
    market = Sheet("travel", "ifa", 3).market(**SIZE)
    assert steadiness.differences(market, tmp_path / "same", shuffles=3, rank=rank)[1] == []

    def in_order_of_the_file(file: Path, out: Path, **_environment: str) -> None:
        out.write_bytes(file.read_bytes())

    _ways, seen = steadiness.differences(market, tmp_path / "not", shuffles=3, rank=in_order_of_the_file)
    assert seen == ["shuffle 0", "shuffle 1", "shuffle 2"]


# ---- reversals ----


@pytest.mark.parametrize("number", [0, reversals.LISTED - 1], ids=["offers", "list prices"])
def test_no_offer_that_should_not_matter_moves_others_and_rivals_fail_on_the_same_cases(number: int) -> None:
    found = reversals.summary(reversals.batch(1, number, 60))
    assert found["cases"] == 240
    assert found[OURS]["reversals"] == found[OURS]["winner_changed"] == 0
    for rival in ("lowest_ratio", "min_max", "min_max_40_30_30", "topsis"):
        assert found[rival]["reversals"] > 10, rival
        assert 0 < found[rival]["winner_changed"] < found[rival]["reversals"], rival
    assert found["cheapest_first"]["reversals"] == 0


def test_the_count_would_see_us_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    lowest_ratio = {"price_formula": "lowest_ratio"}
    monkeypatch.setattr(tenders, "_policy", lambda _draw, lot: tenders.policy_of(lot) | lowest_ratio)
    found = reversals.summary(reversals.batch(1, 0, 50))
    ours, rival = found[OURS], found["lowest_ratio"]
    assert ours["by_manipulation"]["abnormally_low"] > 10
    # The rival has the same formula. We are charged with a total that moves as well, it only with a swap.
    for name in MANIPULATIONS:
        assert ours["by_manipulation"][name] >= rival["by_manipulation"][name], name
