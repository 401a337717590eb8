"""The made-up markets by which the matcher is judged: the same every time, without a trace of the truth, and of
worlds that are not all the product's own model.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import correlation, fmean
from typing import Any

import pytest

from matching.rank import rank_market, read_market
from tests.bench import worlds
from tests.bench.worlds import WORLDS, Sheet
from tests.bench.worlds.truth import draw_truth

SIZE = {"requests": 10, "services": 60}


@cache
def market_of(world: str) -> Any:
    return Sheet(world, "residential", 5).market(**SIZE)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    texts = []
    for number, seed in enumerate((5, 5, 6)):
        folders = tmp_path / f"markets {number}", tmp_path / f"truths {number}"
        for folder in folders:
            folder.mkdir()
        market, truth = worlds.write(Sheet("travel", "ifa", seed), *folders, **SIZE)
        assert market.parent != truth.parent
        texts.append((market.read_bytes(), truth.read_bytes()))
    assert texts[0] == texts[1]
    assert texts[0][0] != texts[2][0]
    assert texts[0][1] != texts[2][1]


@pytest.mark.parametrize("world", WORLDS)
def test_a_market_holds_no_trace_of_the_truth(world: str) -> None:
    market = market_of(world)
    before = copy.deepcopy(market)
    truth = Sheet(world, "residential", 5).truth(market)
    assert market == before  # drawn without a world, and left alone by the one that it falls into
    read_market(market)  # no field but those of the format ...
    text = json.dumps(market)
    assert '"x_' not in text  # ... and no addition
    assert world not in text
    values = {value for one in truth.values() for value in one.values() if value}
    assert not [value for value in values if str(value) in text]
    assert set(truth) == {one["id"] for one in market["requests"]}


def agreement(world: str) -> float:
    """How much of the truth, of the differences between the candidates of a child, the product's own total accounts
    for: the square of their correlation.
    """
    totals: list[float] = []
    values: list[float] = []
    market = market_of(world)
    truth = draw_truth(WORLDS[world], market, 5)
    for one in rank_market(read_market(market)).requests:
        if len(one.eligible) > 5:
            found = [truth[one.request][candidate.service] for candidate in one.eligible]
            totals += [candidate.total - fmean(each.total for each in one.eligible) for candidate in one.eligible]
            values += [value - fmean(found) for value in found]
    return correlation(totals, values) ** 2


def test_the_products_own_sums_are_the_truth_of_its_own_world_and_of_no_other() -> None:
    share = {world: agreement(world) for world in WORLDS}
    own = share.pop("own_family")
    assert own > 0.75  # the rest is what the file cannot know
    assert len(share) >= 4
    assert all(other < own - 0.1 for other in share.values()), (own, share)


@pytest.mark.parametrize("lot", sorted(set(worlds.LOTS)))
def test_magnitudes_are_plausible(lot: str) -> None:
    market = Sheet("own_family", lot, 7).market(requests=20, services=200)
    prices = sorted(one["list_price_pence_week"] for one in market["services"] if one["list_price_pence_week"])
    # Weekly, over 52 weeks: the London ranges of 2025-26 for each kind, from standard to the highest but solo.
    low, high = {
        "ifa": (70_000, 210_000),
        "residential": (300_000, 1_100_000),
        "supported": (45_000, 250_000),
        "nmi_day": (45_000, 210_000),
        "nmi_38": (100_000, 400_000),
    }[lot]
    assert low < prices[4]
    assert prices[-5] < high
    answers = Counter(one["request"] for one in market["offers"])
    assert len(answers) == 10
    assert min(answers.values()) >= 8
