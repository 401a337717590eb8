"""How good a ranking is against the truth of a world: NDCG@5 and the regret of the best of five, ours and the rivals'.

The rankings come from result files that the matcher has written before any truth is read. NDCG@5 has the truth's
value as its gain and the usual discount (Järvelin and Kekäläinen); a random order scores about .8 by it, so the same
with the worst eligible candidate's value put at 0 and the best one's at 1 stands beside it. Regret of the best of five
is what is lost when people, who find out the truth about a shortlist of five, choose the best of it instead of the
best of all.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from tests.bench import worlds
from tests.bench.gate_check import gates_failed, violations
from tests.bench.matcher import rank_file
from tests.bench.rivals import RIVALS, Floats
from tests.bench.worlds import Sheet

Json = dict[str, Any]

SHORTLIST = 5
OURS = "homeward"


def ndcg(values: Sequence[float]) -> float:
    """Of the values in the order ranked; 1 where all are worth nothing."""
    ideal = _gain(sorted(values, reverse=True))
    return _gain(values) / ideal if ideal else 1.0


def _gain(values: Sequence[float]) -> float:
    return sum(value / math.log2(place + 2) for place, value in enumerate(values[:SHORTLIST]))


def stretched(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 1.0 for value in values]


def regret(values: Sequence[float]) -> float:
    return max(values) - max(values[:SHORTLIST])


@dataclass(slots=True)
class Found:
    """What one world's rankings came to, by who ranked; one figure for each request with more than five to rank."""

    ndcg: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ndcg_stretched: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    regret: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    violations: int = 0
    candidates: int = 0

    def take(self, who: str, values: Sequence[float]) -> None:
        self.ndcg[who].append(ndcg(values))
        self.ndcg_stretched[who].append(ndcg(stretched(values)))
        self.regret[who].append(regret(values))

    def take_random(self, values: Sequence[float]) -> None:
        """What an order by chance comes to on the whole."""
        for measure, gains in ((self.ndcg, list(values)), (self.ndcg_stretched, stretched(values))):
            measure["random"].append(_gain([fmean(gains)] * SHORTLIST) / (_gain(sorted(gains, reverse=True)) or 1.0))

    def mean(self, measure: str, who: str = OURS) -> float:
        return fmean(getattr(self, measure)[who])


def judge(folder: Path, sheets: Sequence[Sheet] | None = None, **size: int) -> dict[str, Found]:
    """What each world comes to. Writes the markets, has all of them ranked, and only then reads the truths."""
    places = {name: folder / name for name in ("markets", "results", "truths")}
    for place in places.values():
        place.mkdir(parents=True)
    sheets = worlds.sheets() if sheets is None else sheets
    files = [worlds.write(sheet, places["markets"], places["truths"], **size) for sheet in sheets]
    results = [places["results"] / market.name for market, _truth in files]
    for (market, _truth), result in zip(files, results, strict=True):
        rank_file(market, result)
    found: dict[str, Found] = {}
    for sheet, (market, truth), result in zip(sheets, files, results, strict=True):
        weigh(
            found.setdefault(sheet.world, Found()), *(json.loads(file.read_bytes()) for file in (market, result, truth))
        )
    return found


def weigh(found: Found, market: Json, result: Json, truth: Json) -> None:
    """Adds one market's rankings to what was found."""
    found.violations += violations(market, result)
    for one in result["requests"]:
        found.candidates += len(one["candidates"])
        values = truth[one["request"]]
        eligible = [candidate["service"] for candidate in one["candidates"] if candidate["eligible"]]
        if len(eligible) <= SHORTLIST:
            continue
        found.take(OURS, [values[name] for name in eligible])
        for rival, order in rival_orders(market, one).items():
            found.take(rival, [values[name] for name in order])
        found.take_random([values[name] for name in eligible])


def rival_orders(market: Json, ranked: Json) -> dict[str, list[str]]:
    """How each rival orders the candidates of one request that pass the gates by our own check."""
    request = next(one for one in market["requests"] if one["id"] == ranked["request"])
    services = {one["id"]: one for one in market["services"]}
    eligible = sorted(
        (one for one in ranked["candidates"] if not gates_failed(market["policy"], request, services[one["service"]])),
        key=lambda one: one["service"],
    )
    names = [one["service"] for one in eligible]
    price = np.array([[weekly_price(market, ranked["request"], services[name]) for name in names]])
    merits = np.array([[[one["parts"][part] / 1e6 for part in ("quality", "needs", "practical")] for one in eligible]])
    weights = market["policy"]["weights"]
    shares: Floats = np.array([[weights[part] / 100 for part in ("price", "quality", "needs", "practical")]])
    there = np.ones(price.shape, dtype=np.bool_)
    return {
        rival: [names[place] for place in np.argsort(-order(price, merits, shares, there)[0], kind="stable")]
        for rival, order in RIVALS.items()
    }


def weekly_price(market: Json, request: str, service: Json) -> float:
    """Pence in a week of 52, nan where there is none."""
    for offer in market["offers"]:
        if offer["request"] == request and offer["service"] == service["id"]:
            return float(sum(offer["elements"].values()) * offer["weeks_per_year"] / 52)
    listed = service["list_price_pence_week"]
    return math.nan if listed is None else float(listed)
