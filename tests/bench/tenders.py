"""Random tenders, and the same with one thing done to them that ought not to move anybody.

Some are tenders with offers, many of them in one market file. Others ask whom to invite at list prices, many requests
over the same services, and what is done to them is done to the market.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from tests.bench.worlds.market import LOT_FACTS, policy_of

Json = dict[str, Any]

MANIPULATIONS = ("withdraw", "clone", "dominated", "abnormally_low")
VERSIONS = ("as_it_was", *MANIPULATIONS)

FEWEST_OFFERS, MOST_OFFERS = 3, 9
FEWEST_SERVICES, MOST_SERVICES = 15, 40
"""At list prices."""

EASTING, NORTHING = 532_000, 165_000

WEIGHTS = ("price", "quality", "needs", "practical")


class Tender(NamedTuple):
    """Those who compete, by place: at the end the clone, the dominated dummy and the abnormally low one."""

    ids: list[str]
    prices: list[int]
    present: list[list[int]]  # who is there, in each version
    requests: list[tuple[int, str]]  # where each version stands: the number of the market and the request


class Field(NamedTuple):
    """Services with their prices, and who of them is there in each version."""

    everyone: list[tuple[Json, int]]
    present: list[list[int]]


def draw_offers(seed: int, number: int, count: int) -> tuple[list[Json], list[Tender]]:
    """One market in which each of `count` tenders stands five times: as it was, and after each manipulation."""
    draw = random.Random(f"offers {seed} {number}")
    lot = draw.choice(sorted(LOT_FACTS))
    market = _market(_policy(draw, lot))
    tenders = []
    for place in range(count):
        name = f"T{place:03d}"
        request = _request(draw, lot)
        field = _field(draw, lot, market["policy"], draw.randint(FEWEST_OFFERS, MOST_OFFERS))
        ids = [f"{name}-{code}" for code in draw.sample(range(100, 1000), len(field.everyone))]
        for code, (service, _price) in zip(ids, field.everyone, strict=True):
            market["services"].append(service | {"id": code, "provider": code})
        for version, places in zip(VERSIONS, field.present, strict=True):
            asked = f"{name} {version}"
            market["requests"].append(request | {"id": asked})
            market["offers"] += [_offer(asked, ids[place], field.everyone[place][1]) for place in places]
        prices = [price for _service, price in field.everyone]
        tenders.append(Tender(ids, prices, field.present, [(0, f"{name} {version}") for version in VERSIONS]))
    return [market], tenders


def draw_list_prices(seed: int, number: int, count: int) -> tuple[list[Json], list[Tender]]:
    """Five markets, one for each version, of the same services and `count` requests."""
    draw = random.Random(f"list prices {seed} {number}")
    lot = draw.choice(sorted(LOT_FACTS))
    policy = _policy(draw, lot)
    field = _field(draw, lot, policy, draw.randint(FEWEST_SERVICES, MOST_SERVICES))
    ids = [f"S{code}" for code in draw.sample(range(100, 1000), len(field.everyone))]
    services = [
        service | {"id": code, "provider": code, "list_price_pence_week": price}
        for code, (service, price) in zip(ids, field.everyone, strict=True)
    ]
    requests = [_request(draw, lot) | {"id": f"R{place:03d}"} for place in range(count)]
    markets = [
        _market(policy) | {"services": [services[place] for place in places], "requests": requests}
        for places in field.present
    ]
    prices = [price for _service, price in field.everyone]
    return markets, [
        Tender(ids, prices, field.present, [(version, one["id"]) for version in range(len(VERSIONS))])
        for one in requests
    ]


def _market(policy: Json) -> Json:
    return {
        "schema": "homeward-market/1",
        "as_of": "2026-04-01",
        "policy": policy,
        "services": [],
        "requests": [],
        "offers": [],
    }


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


def _field(draw: random.Random, lot: str, policy: Json, count: int) -> Field:
    benchmark = LOT_FACTS[lot].weekly_pence
    close = draw.choice([0.05, 0.15, 0.3])  # how far apart the prices lie
    services, prices = [], []
    for _ in range(count):
        quality = draw.randint(20, 95)
        services.append(_service(draw, lot, quality))
        prices.append(round(benchmark * (1 + 0.004 * (quality - 60)) * draw.lognormvariate(0, close)))
    # One in ten does not pass the gates, but the first two always do.
    for service in services[2:]:
        if draw.random() < 0.1:
            service["status"] = "suspended"
    eligible = [place for place, one in enumerate(services) if one["status"] == "enrolled"]
    copied, beaten, gone = draw.choice(eligible), draw.choice(eligible), draw.choice(eligible)
    low = _service(draw, lot, draw.randint(0, 30)) | {"capability": draw.choices([0, 1], k=12)}
    extra = [
        (services[copied], prices[copied]),
        _dominated(draw, services[beaten], prices[beaten]),
        (low, round(benchmark * draw.uniform(0.05, 0.95) * policy["price_floor"] / 1e6)),
    ]
    present = [[*range(count)], [place for place in range(count) if place != gone]]
    present += [[*range(count), count + place] for place in range(len(extra))]
    return Field([*zip(services, prices, strict=True), *extra], present)


def _request(draw: random.Random, lot: str) -> Json:
    return {
        "borough": "E09000008",
        "lots": [lot],
        "age_weeks": 860,
        "sex": "F",
        "needs": draw.choices([0, 1, 2, 3, None], (4, 4, 3, 2, 1), k=12),
        "easting": EASTING,
        "northing": NORTHING,
        "max_miles": None,
        "exclude_authorities": [],
        "places": 1,
        "solo": False,
        "adaptations": [],
        "language": None,
        "urgency": "planned",
        "benchmark_pence_week": LOT_FACTS[lot].weekly_pence,
        "protected": {"ethnicity": None, "religion": None, "disability": None},
    }


def _service(draw: random.Random, lot: str, quality: int) -> Json:
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
        "easting": EASTING + draw.randint(0, 60_000),
        "northing": NORTHING,
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
