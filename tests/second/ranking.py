"""MARKET to RESULT, sentence by sentence, in fractions; an irrational distance is only ever compared by its square."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

from tests.second import canonical
from tests.second.market import MILLION, PARTS

GATES = (
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
)
SOFT = frozenset({"age", "sex", "no_place", "stale_vacancy", "solo", "adaptation", "language", "distance"})
FLAGS = ("abnormally_low", "price_unknown", "quality_unknown", "distance_unknown")
MILE = Fraction("1609.344")
WEEKS = 52
HALF = Fraction(1, 2)


def nearest(value: Fraction | int) -> int:
    """The nearest integer, halves up."""
    return floor(value + HALF)


@dataclass
class Candidate:
    service: dict[str, Any]
    offer: dict[str, Any] | None
    gates: list[str] = field(default_factory=list)
    parts: dict[str, int | None] = field(default_factory=dict)
    contributions: dict[str, int] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    rank: int | None = None
    tie_group: int | None = None
    to_tie_above: int | None = None

    @property
    def weekly(self) -> int | None:
        """Pence for each of the weeks that are paid."""
        if self.offer is None:
            return self.service["list_price_pence_week"]  # type: ignore[no-any-return]
        return int(sum(self.offer["elements"].values()))

    @property
    def weeks(self) -> int:
        return WEEKS if self.offer is None else self.offer["weeks_per_year"]

    @property
    def annual(self) -> int | None:
        return None if self.weekly is None else self.weekly * self.weeks

    @property
    def eligible(self) -> bool:
        return not self.gates

    @property
    def total(self) -> int:
        return sum(self.contributions.values())

    @property
    def names(self) -> tuple[str, str]:
        return self.service["id"], "" if self.offer is None else self.offer["id"]

    @property
    def order(self) -> tuple[Any, ...]:
        quality, annual = self.parts["quality"], self.annual
        return -self.total, -(quality or 0), annual is None, annual or 0, *self.names

    def shown(self) -> dict[str, Any]:
        return {
            "service": self.service["id"],
            "offer": None if self.offer is None else self.offer["id"],
            "eligible": self.eligible,
            "gates_failed": self.gates,
            "parts": self.parts,
            "contributions": self.contributions,
            "total": self.total,
            "rank": self.rank,
            "tie_group": self.tie_group,
            "flags": self.flags,
            "to_tie_above": self.to_tie_above,
        }


def rank(market: dict[str, Any]) -> dict[str, Any]:
    in_order = sorted(market["requests"], key=lambda request: request["id"])
    requests = [rank_request(market, request) for request in in_order]
    return {"schema": "homeward-result/1", "hash": canonical.digest(market, requests), "requests": requests}


def rank_request(market: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    candidates = measured(market, request)
    shown = eligible_in_order(candidates)
    set_apart(shown, market["policy"], request)
    refused = sorted((one for one in candidates if not one.eligible), key=lambda one: one.names)
    return {
        "request": request["id"],
        "candidates": [one.shown() for one in [*shown, *refused]],
        "funnel": {gate: sum(gate in one.gates for one in candidates) for gate in GATES},
        "relaxations": [] if shown else relaxations(candidates),
    }


def measured(market: dict[str, Any], request: dict[str, Any]) -> list[Candidate]:
    """The request's candidates with gates, parts, contributions and flags."""
    services = {service["id"]: service for service in market["services"]}
    candidates = [
        Candidate(services[offer["service"]], offer) for offer in market["offers"] if offer["request"] == request["id"]
    ] or [Candidate(service, None) for service in market["services"] if service["lot"] in request["lots"]]
    for one in candidates:
        one.gates = failed_gates(market["policy"], one.service, request)
    cheapest = min((one.annual for one in candidates if one.eligible and one.annual is not None), default=None)
    for one in candidates:
        measure(market["policy"], one, request, cheapest)
    return candidates


def eligible_in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted((one for one in candidates if one.eligible), key=lambda one: one.order)


# Gates


def failed_gates(policy: dict[str, Any], service: dict[str, Any], request: dict[str, Any]) -> list[str]:
    age = floor(Fraction(request["age_weeks"] * 7) / Fraction("365.25"))
    square = metres_squared(service, request)
    unlawful = (
        service["registration"] == "none"
        or (service["registration"] == "supported_accommodation" and age < 16)
        or (service["registration"] == "school" and service["lot"] == "nmi_52")
    )
    failed = {
        "lot": service["lot"] not in request["lots"],
        "not_enrolled": service["status"] != "enrolled",
        "unlawful_for_age": unlawful,
        "ofsted_inadequate": service["ofsted"] == "Inadequate",
        "age": not service["min_age"] <= age <= service["max_age"],
        "sex": request["sex"] not in service["sexes"],
        "no_place": service["places"] < request["places"],
        "stale_vacancy": service["places_confirmed_days_ago"] > policy["stale_after_days"],
        "solo": request["solo"] and not service["solo"],
        "adaptation": any(wanted not in service["adaptations"] for wanted in request["adaptations"]),
        "language": request["language"] is not None and request["language"] not in service["languages"],
        "excluded_area": service["authority"] in request["exclude_authorities"],
        "distance": square is not None
        and request["max_miles"] is not None
        and square > (Fraction(request["max_miles"]) * MILE) ** 2,
    }
    return [gate for gate in GATES if failed[gate]]


def metres_squared(service: dict[str, Any], request: dict[str, Any]) -> Fraction | None:
    if service["easting"] is None:
        return None
    east = Fraction(service["easting"]) - Fraction(request["easting"])
    north = Fraction(service["northing"]) - Fraction(request["northing"])
    return east**2 + north**2


# Parts, contributions, flags


def measure(policy: dict[str, Any], one: Candidate, request: dict[str, Any], cheapest: int | None) -> None:
    one.parts = {
        "price": price_part(policy, one.annual, request["benchmark_pence_week"], cheapest),
        "quality": quality_part(policy, one.service),
        "needs": needs_part(policy, one.service, request),
        "practical": practical_part(policy, metres_squared(one.service, request)),
    }
    priced = request["benchmark_pence_week"] is not None
    one.contributions = {part: contribution(policy, part, one.parts[part], priced) for part in PARTS}
    known = {
        "abnormally_low": priced
        and one.annual is not None
        and Fraction(one.annual, WEEKS) < Fraction(policy["price_floor"], MILLION) * request["benchmark_pence_week"],
        "price_unknown": one.annual is None,
        "quality_unknown": one.service["quality"] is None,
        "distance_unknown": one.service["easting"] is None,
    }
    one.flags = [flag for flag in FLAGS if known[flag]]


def price_part(
    policy: dict[str, Any], annual: int | Fraction | None, benchmark: int | None, cheapest: int | None
) -> int | None:
    if annual is None or benchmark is None:
        return None
    if policy["price_formula"] == "lowest_ratio":
        if cheapest is None:
            return None
        return MILLION if annual == 0 else nearest(MILLION * min(Fraction(1), Fraction(cheapest) / annual))
    lowest, highest = (Fraction(policy[end], MILLION) * benchmark for end in ("price_floor", "price_ceiling"))
    share = (highest - Fraction(annual) / WEEKS) / (highest - lowest)
    return nearest(MILLION * min(Fraction(1), max(Fraction(0), share)))


def quality_part(policy: dict[str, Any], service: dict[str, Any]) -> int:
    quality = policy["unknown_quality_prior"] if service["quality"] is None else service["quality"]
    return nearest(Fraction(quality, 100) * MILLION)


def needs_part(policy: dict[str, Any], service: dict[str, Any], request: dict[str, Any]) -> int:
    met, wanted, severe = Fraction(0), Fraction(0), False
    for weight, need, capability, evidence in zip(
        policy["indicator_weights"], request["needs"], service["capability"], service["evidence"], strict=True
    ):
        if weight == 0 or not need:
            continue
        discounted = capability * Fraction(policy["evidence_discount"][evidence], MILLION)
        met += weight * min(discounted, Fraction(need))
        wanted += weight * need
        severe = severe or (need == 3 and capability <= 1)
    part = MILLION if wanted == 0 else nearest(MILLION * met / wanted)
    return min(part, policy["severe_need_cap"]) if severe else part


def practical_part(policy: dict[str, Any], square: Fraction | None) -> int:
    """The greatest n with d / useful <= 1 + (1/2 - n) / 1000000: both sides squared, so that no root is drawn."""
    if square is None:
        return MILLION // 2
    useful = (policy["max_useful_miles"] * MILE) ** 2
    if square >= useful:
        return 0
    low, high = 0, MILLION
    while low < high:
        middle = (low + high + 1) // 2
        if square <= (1 + (HALF - middle) / MILLION) ** 2 * useful:
            low = middle
        else:
            high = middle - 1
    return low


def contribution(policy: dict[str, Any], part: str, score: int | None, priced: bool) -> int:
    weights = policy["weights"]
    if score is None:
        return 0
    if priced:
        return nearest(Fraction(weights[part] * score, 100))
    left = 100 - weights["price"]
    return 0 if left == 0 else nearest(Fraction(weights[part] * score, left))


# Order, sets, explanation


def set_apart(shown: list[Candidate], policy: dict[str, Any], request: dict[str, Any]) -> None:
    """Gives every eligible candidate its set, its rank and its points to pounds."""
    head, group, first = 0, 0, 0
    for place, one in enumerate(shown):
        if place == 0 or head - one.total > policy["tie_band"]:
            head, group, first = one.total, group + 1, place
        one.tie_group, one.rank = group, 1 + first
        if place > 0:
            one.to_tie_above = fall_to_reach(shown[place - 1].total, one, policy, request)


def fall_to_reach(goal: int, one: Candidate, policy: dict[str, Any], request: dict[str, Any]) -> int | None:
    weekly = one.weekly
    if one.parts["price"] is None or policy["price_formula"] == "lowest_ratio" or weekly is None:
        return None

    def total_after(fall: int) -> int:
        annual = (weekly - fall) * one.weeks
        part = price_part(policy, annual, request["benchmark_pence_week"], None)
        return one.total - one.contributions["price"] + contribution(policy, "price", part, priced=True)

    if total_after(weekly) < goal:
        return None
    low, high = 0, weekly
    while low < high:
        middle = (low + high) // 2
        if total_after(middle) >= goal:
            high = middle
        else:
            low = middle + 1
    return low


def relaxations(candidates: list[Candidate]) -> list[list[str]]:
    lists = {frozenset(one.gates) for one in candidates if one.gates and SOFT.issuperset(one.gates)}
    minimal = [gates for gates in lists if not any(other < gates for other in lists)]
    in_order = [sorted(gates, key=GATES.index) for gates in minimal]
    return sorted(in_order, key=lambda gates: (len(gates), [GATES.index(gate) for gate in gates]))
