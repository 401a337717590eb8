"""A second ranking, slow and plain, written from the page that fixes the file format and from nothing else.

JSON values in, JSON values out. It takes every rule the long way: fractions throughout, square roots by bracketing,
the price that would tie by trying prices, the smallest relaxations by comparing all sets.
"""

from __future__ import annotations

import hashlib
import json
import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

GATES = [
    "lot",
    "not_enrolled",
    "unlawful_for_age",
    "ofsted_inadequate",
    "age",
    "sex",
    "no_place",
    "stale_vacancy",
    "solo",
    "adaptation",
    "language",
    "excluded_area",
    "distance",
]
SOFT = ["age", "sex", "no_place", "stale_vacancy", "solo", "adaptation", "language", "distance"]
PARTS = ["price", "quality", "needs", "practical"]


def nearest(number: Fraction) -> int:
    return math.floor(number + Fraction(1, 2))


def clip(number: Fraction) -> Fraction:
    return Fraction(0) if number < 0 else Fraction(1) if number > 1 else number


def squared_miles(request: Any, service: Any) -> Fraction | None:
    if service["easting"] is None:
        return None
    dx = Fraction(service["easting"]) - Fraction(request["easting"])
    dy = Fraction(service["northing"]) - Fraction(request["northing"])
    return (dx**2 + dy**2) / Fraction("1609.344") ** 2


def failed(policy: Any, request: Any, service: Any) -> list[str]:
    years = math.floor(Fraction(request["age_weeks"] * 7) / Fraction("365.25"))
    far = squared_miles(request, service)
    registration = service["registration"]
    answers = {
        "lot": service["lot"] not in request["lots"],
        "not_enrolled": service["status"] == "suspended",
        "unlawful_for_age": registration == "none"
        or (registration == "supported_accommodation" and years < 16)
        or (registration == "school" and service["lot"] == "nmi_52"),
        "ofsted_inadequate": service["ofsted"] == "Inadequate",
        "age": years < service["min_age"] or years > service["max_age"],
        "sex": request["sex"] not in service["sexes"],
        "no_place": service["places"] < request["places"],
        "stale_vacancy": service["places_confirmed_days_ago"] > policy["stale_after_days"],
        "solo": request["solo"] and not service["solo"],
        "adaptation": any(one not in service["adaptations"] for one in request["adaptations"]),
        "language": request["language"] is not None and request["language"] not in service["languages"],
        "excluded_area": service["authority"] in request["exclude_authorities"],
        "distance": far is not None and request["max_miles"] is not None and far > Fraction(request["max_miles"]) ** 2,
    }
    return [gate for gate in GATES if answers[gate]]


def week(offer: Any) -> Any:
    elements = offer["elements"]
    return elements["care"] + elements["education"] + elements["health"] + elements["transport"]


def annual(service: Any, offer: Any) -> Any:
    if offer is not None:
        return week(offer) * offer["weeks_per_year"]
    return None if service["list_price_pence_week"] is None else service["list_price_pence_week"] * 52


def price_part(policy: Any, benchmark: int | None, year: int | None, lowest: int | None) -> int | None:
    if benchmark is None or year is None:
        return None
    if policy["price_formula"] == "lowest_ratio":
        if lowest is None:
            return None
        return 1000000 if year == 0 else nearest(1000000 * clip(Fraction(lowest, year)))
    ceiling, floor = Fraction(policy["price_ceiling"], 1000000), Fraction(policy["price_floor"], 1000000)
    return nearest(1000000 * clip((ceiling * benchmark - Fraction(year, 52)) / ((ceiling - floor) * benchmark)))


def needs_part(policy: Any, request: Any, service: Any) -> int:
    top = bottom = Fraction(0)
    capped = False
    for weight, need, capability, evidence in zip(
        policy["indicator_weights"], request["needs"], service["capability"], service["evidence"], strict=True
    ):
        if need is None or need == 0 or weight == 0:
            continue
        worth = capability * Fraction(policy["evidence_discount"][evidence], 1000000)
        top += weight * min(worth, Fraction(need))
        bottom += weight * need
        capped = capped or (need == 3 and capability in (0, 1))
    part = nearest(1000000 * top / bottom) if bottom else 1000000
    return min(part, policy["severe_need_cap"]) if capped else part


def practical_part(policy: Any, request: Any, service: Any) -> int:
    """The least score whose upper half-way mark lies above the true value: score - 1/2 <= value < score + 1/2."""
    far = squared_miles(request, service)
    if far is None:
        return 500000
    reach = Fraction(policy["max_useful_miles"])
    if far >= reach**2:
        return 0
    low, high = 0, 1000000
    while low < high:  # value < score + 1/2 <=> root(far) > reach x (1 - (score + 1/2) / 1000000)
        score = (low + high) // 2
        rest = reach * (1 - (score + Fraction(1, 2)) / 1000000)
        if rest < 0 or far > rest**2:
            high = score
        else:
            low = score + 1
    return low


def contribute(policy: Any, benchmark: int | None, parts: Any) -> dict[str, int]:
    price_weight = policy["weights"]["price"]
    given = {}
    for part in PARTS:
        if parts[part] is None or (benchmark is None and price_weight == 100):
            given[part] = 0
        else:
            given[part] = nearest(
                Fraction(policy["weights"][part] * parts[part], 100 if benchmark else 100 - price_weight)
            )
    return given


def rank_one(policy: Any, request: Any, services: list[Any], offers: list[Any]) -> Any:
    benchmark = request["benchmark_pence_week"]
    by_id = {service["id"]: service for service in services}
    pairs: list[Any] = [(by_id[one["service"]], one) for one in offers if one["request"] == request["id"]]
    if not pairs:
        pairs = [(service, None) for service in services if service["lot"] in request["lots"]]
    gates = [failed(policy, request, service) for service, _ in pairs]
    years = [annual(service, offer) for service, offer in pairs]
    prices = [year for year, gate in zip(years, gates, strict=True) if not gate and year is not None]
    lowest = min(prices) if prices else None
    rows = []
    for (service, offer), gate, year in zip(pairs, gates, years, strict=True):
        parts = {
            "price": price_part(policy, benchmark, year, lowest),
            "quality": 10000 * (policy["unknown_quality_prior"] if service["quality"] is None else service["quality"]),
            "needs": needs_part(policy, request, service),
            "practical": practical_part(policy, request, service),
        }
        low = benchmark is not None and year is not None
        flags = {
            "abnormally_low": low
            and Fraction(year or 0, 52) < Fraction(policy["price_floor"] * (benchmark or 0), 1000000),
            "price_unknown": offer is None and service["list_price_pence_week"] is None,
            "quality_unknown": service["quality"] is None,
            "distance_unknown": service["easting"] is None,
        }
        contributions = contribute(policy, benchmark, parts)
        rows.append(
            {
                "service": service["id"],
                "offer": None if offer is None else offer["id"],
                "eligible": gate == [],
                "gates_failed": gate,
                "parts": parts,
                "contributions": contributions,
                "total": sum(contributions.values()),
                "rank": None,
                "tie_group": None,
                "flags": [flag for flag, raised in flags.items() if raised],
                "to_tie_above": None,
                "pair": (service, offer, year),
            }
        )
    good = [row for row in rows if row["eligible"]]
    bad = [row for row in rows if not row["eligible"]]
    for key in (offer_id, service_id, year_of, lambda row: -row["parts"]["quality"], lambda row: -row["total"]):
        good.sort(key=key)
    for key in (offer_id, service_id):
        bad.sort(key=key)
    groups: list[list[Any]] = []
    for row in good:
        if groups and groups[-1][0]["total"] - row["total"] <= policy["tie_band"]:
            groups[-1].append(row)
        else:
            groups.append([row])
    for number, group in enumerate(groups):
        for row in group:
            row["tie_group"] = number + 1
            row["rank"] = 1 + sum(len(earlier) for earlier in groups[:number])
    for above, row in pairwise(good):
        row["to_tie_above"] = fall(policy, benchmark, row, above["total"])
    for row in rows:
        del row["pair"]
    return {
        "request": request["id"],
        "candidates": good + bad,
        "funnel": {gate: sum(gate in failures for failures in gates) for gate in GATES},
        "relaxations": [] if good else relax(gates),
    }


def offer_id(row: Any) -> str:
    return row["offer"] or ""


def service_id(row: Any) -> Any:
    return row["service"]


def year_of(row: Any) -> tuple[bool, int]:
    year = row["pair"][2]
    return (year is None, year or 0)


def fall(policy: Any, benchmark: int | None, row: Any, aim: int) -> int | None:
    if row["parts"]["price"] is None or policy["price_formula"] == "lowest_ratio":
        return None
    service, offer, _ = row["pair"]
    weekly = service["list_price_pence_week"] if offer is None else week(offer)
    weeks = 52 if offer is None else offer["weeks_per_year"]

    def enough(less: int) -> bool:
        parts = row["parts"] | {"price": price_part(policy, benchmark, (weekly - less) * weeks, None)}
        return sum(contribute(policy, benchmark, parts).values()) >= aim

    if not enough(weekly):
        return None
    low, high = 0, weekly
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def relax(gates: list[list[str]]) -> list[list[str]]:
    soft = [failures for failures in gates if all(gate in SOFT for gate in failures)]
    least: list[list[str]] = []
    for failures in soft:
        larger = any(set(other) < set(failures) for other in soft)
        if not larger and failures not in least:
            least.append(failures)
    return sorted(least, key=lambda failures: (len(failures), [GATES.index(gate) for gate in failures]))


def text(value: Any) -> str:
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, dict):
        return "{" + ",".join(f"{text(key)}:{text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(text(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


FIXED = ("indicator_weights", "capability", "evidence", "needs")


def tidy(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if key != "protected" and not key.startswith("x_")}
        return {key: tidy(one, key) for key, one in kept.items()}
    if not isinstance(value, list) or name in FIXED:
        return value
    items = [tidy(one) for one in value]
    by_id = items and isinstance(items[0], dict)
    return sorted(items, key=(lambda one: one["id"]) if by_id else text)


def rank(market: Any) -> Any:
    """The result file of a market file."""
    asked = sorted(market["requests"], key=lambda request: request["id"])
    requests = [rank_one(market["policy"], one, market["services"], market["offers"]) for one in asked]
    covered = {"algorithm": 1, "market": tidy(market), "requests": requests}
    digest = hashlib.sha256(text(covered).encode()).hexdigest()
    return {"schema": "homeward-result/1", "hash": f"sha256:{digest}", "requests": requests}
