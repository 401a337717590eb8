"""Does an offer that ought not to matter move the others? Counted over random tenders, for us and for each rival on the
same cases.

A case is a tender and one of four things done to it: an offer is withdrawn; one is cloned; a dummy comes in that is
worse than some offer in everything; a dummy comes in that is no good but abnormally cheap. In all four the offers that
were there before and still are should stand in the order in which they stood.

Ours is ranked through the text of a market file. We are charged with a case when the order in which the others
are shown changes in any way, or a total, or when two ranks cross. A rival is charged only when two of the others swap
places strictly: equal scores that come apart are not held against it. `winner` counts the cases in which the best of
the others is another one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context
from typing import Any

import numpy as np

from matching.rank.files import result_text
from tests.bench import tenders
from tests.bench.rivals import RIVALS, Floats, Truths
from tests.bench.tenders import MANIPULATIONS, VERSIONS, WEIGHTS, Tender

Json = dict[str, Any]

BATCH = 200
"""Tenders that share a policy."""

LISTED = 5
"""Every fifth batch is of list prices."""

OURS = "homeward"
PARTS = WEIGHTS[1:]


def run(cases: int = 400_000, seed: int = 1, processes: int = 2) -> Json:
    """Counts over at least this many cases, a quarter of them for each manipulation."""
    batches = range(-(-cases // (BATCH * len(MANIPULATIONS))))
    counts: Counter[str] = Counter()
    if processes > 1:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            for found in pool.map(batch, [seed] * len(batches), batches, chunksize=4):
                counts.update(found)
    else:
        for number in batches:
            counts.update(batch(seed, number))
    return summary(counts)


def summary(counts: Counter[str]) -> Json:
    """Counts by who and manipulation, and shares of all cases for each."""
    cases = sum(counts[f"cases {name}"] for name in MANIPULATIONS)
    by = {
        who: {
            "reversals": sum(counts[f"{who} {name} reversal"] for name in MANIPULATIONS),
            "winner_changed": sum(counts[f"{who} {name} winner"] for name in MANIPULATIONS),
            "by_manipulation": {name: counts[f"{who} {name} reversal"] for name in MANIPULATIONS},
        }
        for who in (OURS, *RIVALS)
    }
    for one in by.values():
        one["share_of_cases"] = round(one["reversals"] / cases, 4)
        one["winner_share"] = round(one["winner_changed"] / cases, 4)
    return {"cases": cases, "tenders": cases // len(MANIPULATIONS), **by}


def batch(seed: int, number: int, size: int = BATCH) -> Counter[str]:
    """What a batch of tenders came to."""
    draw = tenders.draw_list_prices if number % LISTED == LISTED - 1 else tenders.draw_offers
    markets, made = draw(seed, number, size)
    results = [
        {one["request"]: one["candidates"] for one in json.loads(result_text(json.dumps(market).encode()))["requests"]}
        for market in markets
    ]
    counts: Counter[str] = Counter()
    merits, passed = [], []
    for tender in made:
        versions = [results[place][request] for place, request in tender.requests]
        _count_ours(counts, versions)
        candidates = {one["service"]: one for version in versions for one in version}
        merits.append([[candidates[code]["parts"][part] / 1e6 for part in PARTS] for code in tender.ids])
        passed.append([candidates[code]["eligible"] for code in tender.ids])
    _count_rivals(counts, markets[0]["policy"], made, merits, passed)
    return counts


def _count_ours(counts: Counter[str], versions: Sequence[Sequence[Json]]) -> None:
    before, *others = ([one for one in version if one["eligible"]] for version in versions)
    for name, after in zip(MANIPULATIONS, others, strict=True):
        here = {one["service"] for one in after}
        was = [one for one in before if one["service"] in here]
        known = {one["service"] for one in was}
        now = [one for one in after if one["service"] in known]
        kept = [(one["service"], one["total"]) for one in was] == [(one["service"], one["total"]) for one in now]
        counts[f"cases {name}"] += 1
        counts[f"{OURS} {name} reversal"] += not kept or _crossed(was, now)
        counts[f"{OURS} {name} winner"] += was[0]["service"] != now[0]["service"]


def _crossed(was: list[Json], now: list[Json]) -> bool:
    ranks = {one["service"]: one["rank"] for one in now}
    pairs: Iterable[tuple[Json, Json]] = combinations(was, 2)
    return any(
        (left["rank"] - right["rank"]) * (ranks[left["service"]] - ranks[right["service"]]) < 0 for left, right in pairs
    )


def _count_rivals(
    counts: Counter[str],
    policy: Json,
    made: Sequence[Tender],
    merits_of: Sequence[Sequence[Sequence[float]]],
    passed: Sequence[Sequence[bool]],
) -> None:
    size, width = len(made), max(len(tender.ids) for tender in made)
    price, merits = np.zeros((size, width)), np.zeros((size, width, len(PARTS)))
    there: Truths = np.zeros((len(VERSIONS), size, width), dtype=np.bool_)
    for row, tender in enumerate(made):
        price[row, : len(tender.ids)] = tender.prices
        merits[row, : len(tender.ids)] = merits_of[row]
        for version, places in enumerate(tender.present):
            there[version, row, [place for place in places if passed[row][place]]] = True
    weights = np.tile([policy["weights"][part] / 100 for part in WEIGHTS], (size, 1))
    for rival, order in RIVALS.items():
        scores = [order(price, merits, weights, there[version]) for version in range(len(VERSIONS))]
        for version, name in enumerate(MANIPULATIONS, 1):
            both = there[0] & there[version]
            counts[f"{rival} {name} reversal"] += int(_swapped(scores[0], scores[version], both).sum())
            counts[f"{rival} {name} winner"] += int(_deposed(scores[0], scores[version], both).sum())


def _swapped(before: Floats, after: Floats, both: Truths) -> Truths:
    """Where two offers that are in both stand the other way round, by tender."""
    first, second = np.where(both, before, 0.0), np.where(both, after, 0.0)
    was, now = np.sign(first[:, :, None] - first[:, None, :]), np.sign(second[:, :, None] - second[:, None, :])
    pairs = both[:, :, None] & both[:, None, :]
    found: Truths = ((was * now < 0) & pairs).any(axis=(1, 2))
    return found


def _deposed(before: Floats, after: Floats, both: Truths) -> Truths:
    """Where nobody who was best among those in both is still best among them, by tender."""
    first, second = np.where(both, before, -np.inf), np.where(both, after, -np.inf)
    was, now = first == first.max(axis=1, keepdims=True), second == second.max(axis=1, keepdims=True)
    found: Truths = ~(was & now & both).any(axis=1)
    return found
