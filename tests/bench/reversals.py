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
import random
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context
from typing import Any

import numpy as np

from matching.rank.files import result_text
from tests.bench.rivals import RIVALS, Floats, Truths
from tests.bench.worlds.market import LOT_FACTS, policy_of

Json = dict[str, Any]

MANIPULATIONS = ("withdraw", "clone", "dominated", "abnormally_low")
VERSIONS = ("as_it_was", *MANIPULATIONS)
BATCH = 200
"""Tenders in one market file, which share a policy."""

MOST_OFFERS = 9
WIDTH = MOST_OFFERS + 3  # and the clone, the dominated dummy, the abnormally low one
OURS = "homeward"

PARTS = ("quality", "needs", "practical")
WEIGHTS = ("price", *PARTS)


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


def batch(seed: int, number: int, tenders: int = BATCH) -> Counter[str]:
    """What the tenders of one market file came to."""
    market, made = draw_market(seed, number, tenders)
    ranked = json.loads(result_text(json.dumps(market).encode()))
    by_request = {one["request"]: one for one in ranked["requests"]}
    counts: Counter[str] = Counter()
    for tender in made:
        _count_ours(counts, tender, [by_request[f"{tender['name']} {version}"] for version in VERSIONS])
    _count_rivals(counts, market["policy"], made)
    return counts


# ---- the tenders ----


def draw_market(seed: int, number: int, tenders: int = BATCH) -> tuple[Json, list[Json]]:
    """A market in which every tender stands five times: as it was, and after each manipulation."""
    draw = random.Random(f"reversals {seed} {number}")
    lot = draw.choice(sorted(LOT_FACTS))
    market: Json = {
        "schema": "homeward-market/1",
        "as_of": "2026-04-01",
        "policy": _policy(draw, lot),
        "services": [],
        "requests": [],
        "offers": [],
    }
    made = [_tender(draw, lot, f"T{place:03d}", market) for place in range(tenders)]
    return market, made


def _policy(draw: random.Random, lot: str) -> Json:
    """The policy that ships, or one with any weights, bounds, cap and band."""
    shipped = policy_of(lot)
    if draw.random() < 0.5:
        return shipped
    cuts = sorted(draw.sample(range(5, 100, 5), 3))
    weights = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 100 - cuts[2]]
    return shipped | {
        "weights": dict(zip(WEIGHTS, weights, strict=True)),
        "indicator_weights": [draw.randint(0, 3) for _ in range(11)] + [1],
        "severe_need_cap": draw.choice([0, 250_000, 400_000, 1_000_000]),
        "price_floor": draw.choice([250_000, 500_000, 700_000]),
        "price_ceiling": draw.choice([1_300_000, 1_500_000, 2_000_000]),
        "tie_band": draw.choice([0, 5000, 20_000]),
    }


def _tender(draw: random.Random, lot: str, name: str, market: Json) -> Json:
    benchmark = LOT_FACTS[lot].weekly_pence
    request = _request(draw, lot, benchmark)
    close = draw.choice([0.05, 0.15, 0.3])  # how far apart the prices lie
    services, prices = [], []
    for _ in range(draw.randint(3, MOST_OFFERS)):
        quality = draw.randint(20, 95)
        services.append(_service(draw, lot, request, quality))
        prices.append(round(benchmark * (1 + 0.004 * (quality - 60)) * draw.lognormvariate(0, close)))
    # One in ten offers does not pass the gates, but the first two always do.
    for service in services[2:]:
        if draw.random() < 0.1:
            service["status"] = "suspended"
    eligible = [place for place, one in enumerate(services) if one["status"] == "enrolled"]
    copied, beaten = draw.choice(eligible), draw.choice(eligible)
    extra = [(services[copied] | {}, prices[copied]), _dominated(draw, services[beaten], prices[beaten])]
    low = _service(draw, lot, request, draw.randint(0, 30)) | {"capability": draw.choices([0, 1], k=12)}
    extra.append((low, round(benchmark * draw.uniform(0.05, 0.95) * market["policy"]["price_floor"] / 1e6)))
    everyone = [*zip(services, prices, strict=True), *extra]
    ids = [f"{name}-{code}" for code in draw.sample(range(100, 1000), len(everyone))]
    for code, (service, _price) in zip(ids, everyone, strict=True):
        market["services"].append(service | {"id": code, "provider": code})
    gone = draw.choice(eligible)
    count = len(services)
    present = [[*range(count)], [place for place in range(count) if place != gone]]
    present += [[*range(count), count + place] for place in range(3)]
    for version, places in zip(VERSIONS, present, strict=True):
        asked = f"{name} {version}"
        market["requests"].append(request | {"id": asked})
        market["offers"] += [_offer(asked, ids[place], everyone[place][1]) for place in places]
    return {"name": name, "ids": ids, "prices": [price for _service, price in everyone], "present": present}


def _request(draw: random.Random, lot: str, benchmark: int) -> Json:
    return {
        "borough": "E09000008",
        "lots": [lot],
        "age_weeks": 860,
        "sex": "F",
        "needs": draw.choices([0, 1, 2, 3, None], (4, 4, 3, 2, 1), k=12),
        "easting": 532_000,
        "northing": 165_000,
        "max_miles": None,
        "exclude_authorities": [],
        "places": 1,
        "solo": False,
        "adaptations": [],
        "language": None,
        "urgency": "planned",
        "benchmark_pence_week": benchmark,
        "protected": {"ethnicity": None, "religion": None, "disability": None},
    }


def _service(draw: random.Random, lot: str, request: Json, quality: int) -> Json:
    return {
        "lot": lot,
        "registration": LOT_FACTS[lot].registration,
        "status": "enrolled",
        "ofsted": "Good",
        "min_age": 5,
        "max_age": 17,
        "sexes": ["F", "M"],
        "capability": draw.choices([0, 1, 2, 3], (1, 3, 4, 3), k=12),
        "evidence": draw.choices(["declared", "evidenced", "verified"], k=12),
        "places": 2,
        "places_confirmed_days_ago": 1,
        "easting": request["easting"] + draw.randint(0, 60_000),
        "northing": request["northing"],
        "authority": "E09000006",
        "quality": quality,
        "solo": False,
        "adaptations": [],
        "languages": ["en"],
        "list_price_pence_week": None,
    }


def _dominated(draw: random.Random, better: Json, price: int) -> tuple[Json, int]:
    """Dearer, less good, less able and farther away than one that is there."""
    worse = better | {
        "quality": max(better["quality"] - draw.randint(1, 40), 0),
        "capability": [max(able - draw.choice([0, 0, 1]), 0) for able in better["capability"]],
        "easting": better["easting"] + draw.randint(100, 30_000),
    }
    return worse, round(price * draw.uniform(1.02, 2.5))


def _offer(request: str, service: str, price: int) -> Json:
    return {
        "id": f"{request} {service}",
        "request": request,
        "service": service,
        "elements": {"care": price, "education": 0, "health": 0, "transport": 0},
        "weeks_per_year": 52,
    }


# ---- counting ----


def _count_ours(counts: Counter[str], tender: Json, versions: list[Json]) -> None:
    shown = [[one for one in version["candidates"] if one["eligible"]] for version in versions]
    before = shown[0]
    for name, after in zip(MANIPULATIONS, shown[1:], strict=True):
        here = {one["service"] for one in after}
        was = [one for one in before if one["service"] in here]
        known = {one["service"] for one in was}
        now = [one for one in after if one["service"] in known]
        kept = [(one["service"], one["total"]) for one in was] == [(one["service"], one["total"]) for one in now]
        counts[f"cases {name}"] += 1
        counts[f"{OURS} {name} reversal"] += not kept or _crossed(was, now)
        counts[f"{OURS} {name} winner"] += was[0]["service"] != now[0]["service"]
    parts = {one["service"]: one["parts"] for version in versions for one in version["candidates"]}
    passed = {one["service"] for version in shown for one in version}
    tender["merits"] = [[parts[code][part] / 1e6 for part in PARTS] for code in tender["ids"]]
    tender["passed"] = [code in passed for code in tender["ids"]]


def _crossed(was: list[Json], now: list[Json]) -> bool:
    ranks = {one["service"]: one["rank"] for one in now}
    pairs: Iterable[tuple[Json, Json]] = combinations(was, 2)
    return any(
        (left["rank"] - right["rank"]) * (ranks[left["service"]] - ranks[right["service"]]) < 0 for left, right in pairs
    )


def _count_rivals(counts: Counter[str], policy: Json, made: list[Json]) -> None:
    size = len(made)
    price, merits = np.zeros((size, WIDTH)), np.zeros((size, WIDTH, len(PARTS)))
    there: Truths = np.zeros((len(VERSIONS), size, WIDTH), dtype=np.bool_)
    for row, tender in enumerate(made):
        width = len(tender["ids"])
        price[row, :width] = tender["prices"]
        merits[row, :width] = tender["merits"]
        for version, places in enumerate(tender["present"]):
            there[version, row, [place for place in places if tender["passed"][place]]] = True
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
