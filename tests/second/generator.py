"""Valid markets that lean on edges: limits met exactly, halves, ties, nulls, decimals, numbers too long for a word."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from decimal import Decimal, localcontext
from random import Random
from typing import Any

from tests.second import market as page
from tests.second import ranking

MILE = Decimal("1609.344")
TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (0, 1, 1), (7, 24, 25))
HAIR = (Decimal(0), Decimal(0), Decimal("0.000001"), Decimal("-0.000001"), Decimal("1e-30"))
LETTERS = [*'aAb!/~9. "\\', "\u00e9", "\u2028", "\ufb01", "\U0001f600", "\x00", "\x7f", "10"]
BIG = 10**30
AGES_IN_WEEKS = (0, 52, 53, 417, 418, 834, 835, 886, 887, 888, 939, 940, 1461, 2922, BIG)


def weighted(rng: Random, *pairs: tuple[float, Any]) -> Any:
    return rng.choices([value for _, value in pairs], [weight for weight, _ in pairs])[0]


def word(rng: Random, *, empty: bool = True) -> str:
    return "".join(rng.choices(LETTERS, k=rng.randint(0 if empty else 1, 3)))


def names(rng: Random, letter: str, count: int) -> list[str]:
    """Ids whose order by code point is not the order by anything else."""
    found: set[str] = set()
    while len(found) < count:
        found.add(weighted(rng, (4, f"{letter}{rng.randint(1, 12 + 2 * count)}"), (1, word(rng, empty=False))))
    return rng.sample(sorted(found), count)


def summing_to_100(rng: Random) -> dict[str, int]:
    shares = weighted(
        rng,
        (3, [40, 25, 25, 10]),
        (1, [100, 0, 0, 0]),
        (1, rng.sample([0, 100, 0, 0], 4)),
        (1, rng.sample([50, 50, 0, 0], 4)),
        (1, rng.sample([1, 33, 33, 33], 4)),
        (4, None),
    )
    if shares is None:
        cuts = sorted(rng.randint(0, 100) for _ in range(3))
        shares = [high - low for low, high in itertools.pairwise([0, *cuts, 100])]
    return dict(zip(page.PARTS, shares, strict=True))


def policy(rng: Random) -> dict[str, Any]:
    indicators = [rng.choice([0, 1, 1, 1, 2, 3, 7]) for _ in range(12)]
    if rng.random() < 0.05:
        indicators = [BIG + rng.randint(0, 3) if weight else 0 for weight in indicators]
    if not any(indicators):
        indicators[rng.randrange(12)] = 1
    floor = weighted(rng, (3, 500_000), (1, 0), (1, rng.randint(0, 1_000_000)), (0.1, BIG))
    return {
        "version": word(rng),
        "weights": summing_to_100(rng),
        "indicator_weights": indicators,
        "severe_need_cap": rng.choice([400_000, 0, 1_000_000, rng.randint(0, 1_000_000)]),
        "evidence_discount": weighted(
            rng,
            (2, {"declared": 850_000, "evidenced": 950_000, "verified": 1_000_000}),
            (2, {kind: rng.choice([0, 1, 333_333, 500_000, 666_667, 999_999, 1_000_000]) for kind in page.EVIDENCE}),
        ),
        "price_floor": floor,
        "price_ceiling": floor + rng.choice([1_000_000, 1, 3, 64, 333_333, 2_000_000, 10**9]),
        "price_formula": weighted(rng, (3, "benchmark"), (2, "lowest_ratio")),
        "unknown_quality_prior": rng.choice([55, 0, 100, rng.randint(0, 100)]),
        "stale_after_days": rng.choice([14, 0, rng.randint(0, 30)]),
        "max_useful_miles": rng.choice([50, 1, 13, 25, rng.randint(1, 300)]),
        "tie_band": rng.choice([5000, 0, 1, rng.randint(0, 300_000), BIG]),
    }


def place(rng: Random, limits: Sequence[Decimal], around: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
    """Coordinates that stand exactly at, or a hair off, one of the limits (in miles) from a point; or anywhere."""
    if rng.random() < 0.15:
        return Decimal(rng.randint(0, 700_000)), Decimal(rng.randint(0, 1_300_000))
    east, north, far = rng.choice(TRIPLES)
    scale = (
        rng.choice(limits) * MILE / far
        if rng.random() < 0.5
        else rng.choice(limits) * MILE * rng.randint(0, 2 * far) / far / 2
    )
    if scale.as_tuple().exponent < -60:  # type: ignore[operator]  # a recurring decimal, so no exact limit
        scale = Decimal(rng.randint(0, 50_000)) / 10
    signs = rng.choice([1, -1]), rng.choice([1, -1])
    there = (
        around[0] + signs[0] * east * scale + rng.choice(HAIR),
        around[1] + signs[1] * north * scale + rng.choice(HAIR),
    )
    return there if min(there) >= 0 else around


def request(rng: Random, name: str, rules: dict[str, Any], words: Sequence[str]) -> dict[str, Any]:
    useful = Decimal(rules["max_useful_miles"])
    return {
        "id": name,
        "borough": rng.choice(words),
        "lots": rng.sample(page.LOTS, rng.choice([1, 2, 3, 6])),
        "age_weeks": rng.choice([*AGES_IN_WEEKS, rng.randint(300, 950), rng.randint(300, 950)]),
        "sex": rng.choice("FM"),
        "needs": [rng.choice([None, 0, 0, 1, 1, 2, 3]) for _ in range(12)]
        if rng.random() < 0.9
        else [rng.choice([0, None])] * 12,
        "easting": Decimal(rng.choice([530_000, 533_000, 0])) + Decimal(rng.choice(["0", "0.5", "0.25"])),
        "northing": Decimal(rng.choice([165_000, 166_000, 0])) + Decimal(rng.choice(["0", "0.1"])),
        "max_miles": weighted(
            rng,
            (3, None),
            (2, Decimal(rng.randint(0, 60)) / rng.choice([1, 2, 4, 10])),
            (1, useful),
            (0.1, Decimal("1e-9")),
        ),
        "exclude_authorities": rng.choices(words, k=rng.choice([0, 0, 0, 1, 2])),
        "places": weighted(rng, (6, 1), (2, 2), (1, 3)),
        "solo": rng.random() < 0.2,
        "adaptations": rng.choices(words, k=rng.choice([0, 0, 0, 1, 2])),
        "language": weighted(rng, (4, None), (1, rng.choice(words))),
        "urgency": rng.choice(page.URGENCIES),
        "benchmark_pence_week": weighted(
            rng,
            (1.5, None),
            (2, 480_000),
            (3, rng.choice([1, 2, 3, 4, 7, 8, 16, 64, 1000])),
            (1, rng.randint(1, 10**6)),
            (0.3, 10**9),
        ),
        "protected": {
            "ethnicity": rng.choice([None, word(rng)]),
            "religion": rng.choice([None, word(rng)]),
            "disability": rng.choice([None, True, False]),
        },
    }


def price(rng: Random, rules: dict[str, Any], benchmark: int | None) -> int:
    """A week's price, often at the floor or the ceiling or one penny off."""
    base = benchmark or 480_000
    edges = [base * rules[end] // page.MILLION + off for end in ("price_floor", "price_ceiling") for off in (-1, 0, 1)]
    between = rng.randint(base // 2, 3 * base // 2 + 1)
    wanted: int = rng.choice([*edges, between, between, between, 0, rng.randint(0, 2 * base + 2), base])
    return min(max(wanted, 0), page.MOST_PENCE)


def service(
    rng: Random, name: str, rules: dict[str, Any], requests: Sequence[dict[str, Any]], words: Sequence[str]
) -> dict[str, Any]:
    """Made for one of the requests, so that it is often just inside or just outside a gate."""
    wanted = rng.choice(requests) if requests else request(rng, "none", rules, words)
    age = wanted["age_weeks"] * 28 // 1461
    easy = rng.random() < 0.7
    youngest = max(0, age + rng.choice([0, -1, -4] if easy else [0, 1, -1, -4]))
    limits = [Decimal(rules["max_useful_miles"]), wanted["max_miles"] or Decimal(10)]
    easting, northing = (
        place(rng, limits, (wanted["easting"], wanted["northing"])) if rng.random() < 0.85 else (None, None)
    )
    return {
        "id": name,
        "provider": word(rng, empty=False),
        "lot": rng.choice(wanted["lots"]) if easy else rng.choice(page.LOTS),
        "registration": weighted(
            rng,
            (6, "childrens_home"),
            (2, "supported_accommodation"),
            (2, "school"),
            (1, "school_childrens_home"),
            (1, "fostering"),
            (0.5, "none"),
        ),
        "status": "enrolled" if easy or rng.random() < 0.7 else "suspended",
        "ofsted": weighted(
            rng, (4, "Good"), (1, "Outstanding"), (1, page.OFSTED[2]), (0.3 if easy else 1, "Inadequate"), (1, None)
        ),
        "min_age": youngest,
        "max_age": max(youngest, age + rng.choice([0, 1, 4] if easy else [-1, 0, 1])),
        "sexes": weighted(rng, (4, ["F", "M"]), (1, ["M"]), (1, ["F"]), (0.2, []), (0.2, ["M", "F", "M"])),
        "capability": [rng.choice([0, 1, 1, 2, 2, 3]) for _ in range(12)] if rng.random() < 0.85 else [3] * 12,
        "evidence": rng.choices(page.EVIDENCE, k=12),
        "places": max(0, wanted["places"] + rng.choice([0, 0, 0, 1, -1])),
        "places_confirmed_days_ago": max(
            0, rules["stale_after_days"] + rng.choice([0, -1, -3] if easy else [0, 1, -1])
        ),
        "easting": easting,
        "northing": northing,
        "authority": rng.choice(words),
        "quality": rng.choice([None, 0, 100, 71, 71, rng.randint(0, 100)]),
        "solo": wanted["solo"] or rng.random() < 0.3,
        "adaptations": [*wanted["adaptations"], *rng.choices(words, k=rng.choice([0, 1]))]
        if easy
        else rng.choices(words, k=1),
        "languages": [wanted["language"] or "en"] if easy else rng.choices(words, k=rng.randint(0, 2)),
        "list_price_pence_week": weighted(
            rng, (6, price(rng, rules, wanted["benchmark_pence_week"])), (1, None), (0.3, 10**9)
        ),
    }


def _open_to_most(rng: Random, services: list[dict[str, Any]], requests: list[dict[str, Any]]) -> None:
    """Gates that hardly anyone fails, so that there is an order to be got wrong."""
    for one in services:
        if rng.random() < 0.9:
            one.update(status="enrolled", registration="childrens_home", ofsted="Good", sexes=["M", "F"], places=3)
            one.update(min_age=0, max_age=BIG, places_confirmed_days_ago=0, solo=True)
    for one in requests:
        if rng.random() < 0.8:
            one.update(lots=list(page.LOTS), exclude_authorities=[], adaptations=[], language=None)
            one.update(max_miles=rng.choice([None, None, one["max_miles"]]))


def twins(rng: Random, services: list[dict[str, Any]], spare: list[str]) -> None:
    """Ties: the same service under another id, perhaps another price or another quality."""
    for name in spare:
        twin = {**rng.choice(services), "id": name}
        change = rng.random()
        if change < 0.3 and twin["list_price_pence_week"]:
            twin["list_price_pence_week"] = max(0, twin["list_price_pence_week"] - rng.choice([1, 2, 7]))
        elif change < 0.45:
            twin["quality"] = rng.choice([None, twin["quality"], 71, 72])
        elif change < 0.6:
            twin["list_price_pence_week"] = rng.choice([None, None, 0, page.MOST_PENCE])
        services.append(twin)


def offer(rng: Random, name: str, rules: dict[str, Any], wanted: dict[str, Any], by: dict[str, Any]) -> dict[str, Any]:
    weeks = weighted(rng, (4, 52), (2, 38), (1, 1), (1, rng.randint(1, 52)))
    week = price(rng, rules, wanted["benchmark_pence_week"])
    if rng.random() < 0.5:
        week = min(page.MOST_PENCE, week * 52 // weeks)
    shares = [week, 0, 0, 0]
    if rng.random() < 0.5:
        cuts = sorted(rng.randint(0, week) for _ in range(3))
        shares = [high - low for low, high in itertools.pairwise([0, *cuts, week])]
    elif rng.random() < 0.1:
        shares = [rng.choice([0, 1, page.MOST_PENCE]) for _ in range(4)]
    return {
        "id": name,
        "request": wanted["id"],
        "service": by["id"],
        "elements": dict(zip(page.ELEMENTS, shares, strict=True)),
        "weeks_per_year": weeks,
    }


def market(rng: Random, *, services: int = 7, requests: int = 3) -> dict[str, Any]:
    """A valid market as a tree, its lists in no order."""
    with localcontext() as digits:
        digits.prec = 100  # so that a hair of a metre is not lost beside a coordinate
        return _market(rng, services, requests)


def _market(rng: Random, services: int, requests: int) -> dict[str, Any]:
    rules = policy(rng)
    words = ["en", "E09000008", word(rng), word(rng)]
    wanted = [
        request(rng, name, rules, words)
        for name in names(rng, "R", rng.randint(0 if rng.random() < 0.05 else 1, requests))
    ]
    given = names(rng, "S", rng.randint(0 if rng.random() < 0.05 else 1, services))
    kept = max(1, len(given) - rng.randint(0, 3)) if given else 0
    found = [service(rng, name, rules, wanted, words) for name in given[:kept]]
    if rng.random() < 0.6:
        _open_to_most(rng, found, wanted)
    if found:
        twins(rng, found, given[kept:])
    pairs = [(one, by) for one in wanted if rng.random() < 0.5 for by in rng.sample(found, rng.randint(0, len(found)))]
    offers = [offer(rng, name, rules, *pair) for name, pair in zip(names(rng, "O", len(pairs)), pairs, strict=True)]
    rng.shuffle(offers)
    made = {
        "schema": "homeward-market/1",
        "as_of": rng.choice(["2026-04-01", "2024-02-29", "0001-01-01", "9999-12-31"]),
        "policy": rules,
        "services": found,
        "requests": wanted,
        "offers": offers,
    }
    if rng.random() < 0.4:
        _band_at_a_difference(rng, made)
    return made


def crowded(rng: Random, *, services: int = 4, requests: int = 4) -> dict[str, Any]:
    """A market in which like requests compete for the same few places."""
    made = market(rng, services=services, requests=1)
    if not made["requests"]:
        return made
    model = made["requests"][0]
    made["requests"] = [
        {
            **model,
            "id": name,
            "urgency": rng.choice(page.URGENCIES),
            "places": rng.choice([1, 1, 2, 3]),
            "needs": rng.choice([model["needs"], [rng.choice([None, 0, 1, 2, 3]) for _ in range(12)]]),
            "adaptations": [],
            "solo": rng.random() < 0.2,
        }
        for name in names(rng, "R", rng.randint(2, requests))
    ]
    made["offers"] = []
    for one in made["services"]:
        one.update(
            places=rng.choice([0, 1, 1, 2, 2, 3]),
            status="enrolled",
            sexes=["F", "M"],
            languages=[model["language"] or ""],
        )
        one.update(lot=rng.choice(model["lots"]), solo=rng.random() < 0.7, places_confirmed_days_ago=0)
    return made


def _band_at_a_difference(rng: Random, made: dict[str, Any]) -> None:
    """A tie band that two candidates' totals meet exactly, or miss by one."""
    differences = []
    for wanted in made["requests"]:
        totals = [one.total for one in ranking.measured(made, wanted) if one.eligible]
        differences += [abs(one - other) for one, other in itertools.combinations(totals, 2)]
    if differences:
        made["policy"]["tie_band"] = max(0, rng.choice(differences) + rng.choice([0, 0, -1]))


# Spelling: the same tree as one of its many texts


def spelled(rng: Random, value: Any, *, additions: bool = True) -> str:
    """JSON text with keys in any order, numbers in any of their spellings, and additions that must be ignored."""
    if isinstance(value, dict):
        pairs = [(key, spelled(rng, inner, additions=additions)) for key, inner in value.items()]
        rng.shuffle(pairs)
        if additions and rng.random() < 0.05:
            pairs.insert(
                rng.randint(0, len(pairs)),
                (f"x_{word(rng)}", rng.choice(["null", "-1.5", '{"id": [{}]}', '{"a": 1, "a": 2}', '"\\u00e9"'])),
            )
        return "{" + ",".join(f"{_text(rng, key)}:{inner}" for key, inner in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(spelled(rng, inner, additions=additions) for inner in value) + "]"
    if isinstance(value, Decimal):
        return _number(rng, value)
    return _text(rng, value) if isinstance(value, str) else json.dumps(value)


def _text(rng: Random, value: str) -> str:
    return json.dumps(value, ensure_ascii=rng.random() < 0.5)


def _number(rng: Random, value: Decimal) -> str:
    fixed = format(value, "f")
    spellings = [fixed, format(value, "E"), fixed + ("00" if "." in fixed else ".0")]
    if value == value.to_integral_value():
        spellings.append(str(int(value)))
    return rng.choice(spellings)


def shuffled(rng: Random, made: dict[str, Any]) -> dict[str, Any]:
    """The same market with its lists in another order."""
    again = {**made}
    for kind in ("services", "requests", "offers"):
        again[kind] = [
            {
                key: rng.sample(inner, len(inner)) if isinstance(inner, list) and key in _ANY_ORDER else inner
                for key, inner in item.items()
            }
            for item in rng.sample(made[kind], len(made[kind]))
        ]
    return again


_ANY_ORDER = frozenset({"sexes", "adaptations", "languages", "lots", "exclude_authorities"})
