"""What truly becomes of each child with each candidate, in one world of the product's own model family and five that
are not.

**Value.** A world says what a placement does for the child: an `outcome` from 0 (it breaks down at once) to 1 (all that
could be hoped for). What a candidate is worth to the council puts money beside it at the customer's own rate of
exchange, which is what the weights and the two price bounds of a policy mean: a price that rises from the floor to the
ceiling costs as much as `weights.price` points of 100, everything else is the child. So

    value = (w x money + (100 - w) x outcome) / 100, money = (ceiling - price / benchmark) / (ceiling - floor)

with money not cut off at either bound (a pound past the ceiling is still a pound) and a value below nothing counted as
0. The price is a year's, as it will be paid in the end. Where the file withholds the benchmark the truth still
knows what such a need usually costs; a candidate without a list price costs the usual. How the outcome is made up of
needs, quality and place is each world's own affair and does not follow the policy's weights, but for the first world.

**Hidden facts** (true capability, true quality, who refuses, where the household is) are drawn given the file, never
the other way round, so that a market is the same whichever world it falls into. Something between the child
and the carers that nobody could know is added to every outcome.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeAlias

from tests.bench.worlds.market import CENTRE, METRES_A_MILE, Json, complexity, usual_price

CHEMISTRY = 0.03
"""Standard deviation of what nobody could know."""

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a service truly is."""

    capability: tuple[int, ...]
    quality: float  # 0..1
    place: tuple[float, float]
    choosy: float  # how readily it says no once it is asked


@dataclass(frozen=True, slots=True)
class Case:
    """One candidate for one request: what the file says, and what is true of the service."""

    policy: Json
    request: Json
    service: Json
    hidden: Hidden

    @property
    def needs(self) -> list[tuple[int, int, int]]:
        """(indicator, need, true capability) of the needs above nothing; one that was not measured is a 1 in truth."""
        rows = enumerate(zip(self.request["needs"], self.hidden.capability, strict=True))
        return [(place, 1 if need is None else need, able) for place, (need, able) in rows if need != 0]

    @property
    def miles(self) -> float:
        return math.dist(self.hidden.place, (self.request["easting"], self.request["northing"])) / METRES_A_MILE

    @property
    def age(self) -> int:
        return self.request["age_weeks"] * 28 // 1461

    @property
    def complexity(self) -> float:
        return complexity(self.request["needs"])

    @property
    def met(self) -> float:
        """The share of need that true capability meets, level by level."""
        return sum(min(able, need) for _, need, able in self.needs) / max(sum(need for _, need, _ in self.needs), 1)

    @property
    def broken(self) -> bool:
        """A severe need is far from met."""
        return any(need == 3 and able <= 1 for _, need, able in self.needs)


Reveal: TypeAlias = Callable[[random.Random, Json, float], Hidden]
Outcome: TypeAlias = Callable[[Case], float]


@dataclass(frozen=True, slots=True)
class World:
    says: str
    outcome: Outcome
    reveal: Reveal
    refusals: bool = False
    """Providers decline after they were chosen."""
    uplifts: bool = True
    """A price below half of the usual is put up to nearly the usual once the child is there."""


# ---- what is hidden ----


def as_stated(
    draw: random.Random, service: Json, _honesty: float, *, reliable: float = 0.9, wrong: float = 0.06
) -> Hidden:
    """Claims that nobody has checked are a level too high three times in ten, documented ones one in ten; quality is
    the score and an error. A service without a score lies round the middle of new ones.
    """
    slip = {"declared": 0.3, "evidenced": 0.1, "verified": 0.0}
    capability = tuple(
        max(able - (draw.random() < slip[word]), 0)
        for able, word in zip(service["capability"], service["evidence"], strict=True)
    )
    return Hidden(capability, _quality(draw, service, reliable, wrong), _household(draw, service), draw.gauss(0, 1))


def inflated(draw: random.Random, service: Json, honesty: float) -> Hidden:
    """A third of providers claim a level or two more than they have wherever nobody has been to look."""
    honest = as_stated(draw, service, honesty)
    if honesty > 0.35:
        return honest
    odds = {"declared": 0.7, "evidenced": 0.3, "verified": 0.05}
    capability = tuple(
        max(able - draw.choice((1, 2)), 0) if draw.random() < odds[word] else able
        for able, word in zip(honest.capability, service["evidence"], strict=True)
    )
    return Hidden(capability, honest.quality, honest.place, honest.choosy)


def barely_graded(draw: random.Random, service: Json, honesty: float) -> Hidden:
    """Grades say little about what a child will find: the correlation with true quality is about a third."""
    return as_stated(draw, service, honesty, reliable=0.35, wrong=0.13)


def _quality(draw: random.Random, service: Json, reliable: float, wrong: float) -> float:
    if service["quality"] is None:
        return _share(draw.gauss(0.6, 0.14))
    return _share(0.66 + reliable * (service["quality"] / 100 - 0.66) + draw.gauss(0, wrong))


def _household(draw: random.Random, service: Json) -> tuple[float, float]:
    """A household that an agency has not named yet lives somewhere within 25 miles."""
    east, north = draw.gauss(CENTRE[0], 18_000), draw.gauss(CENTRE[1], 18_000)
    return (east, north) if service["easting"] is None else (service["easting"], service["northing"])


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


# ---- what becomes of the child ----


def own_family(case: Case) -> float:
    """Weighted sums in the customer's weights and a cap for a severe need far from met, as the product has them."""
    weights = case.policy["weights"]
    place = max(1 - case.miles / case.policy["max_useful_miles"], 0)
    met = min(case.met, case.policy["severe_need_cap"] / MILLION) if case.broken else case.met
    sums = weights["needs"] * met + weights["quality"] * case.hidden.quality + weights["practical"] * place
    return sums / (100 - weights["price"])


def thresholds(case: Case) -> float:
    """A need is met or it is not; a severe one far from met ends many placements; grades and distances count in
    steps.
    """
    total = sum(need for _, need, _ in case.needs) or 1
    met = sum(need for _, need, able in case.needs if able >= need) / total if case.needs else 1.0
    quality = 1.0 if case.hidden.quality >= 0.68 else 0.65 if case.hidden.quality >= 0.48 else 0.0
    place = 1.0 if case.miles <= 20 else 0.5 if case.miles <= 50 else 0.1
    return (0.45 * met + 0.35 * quality + 0.2 * place) * (0.55 if case.broken else 1.0)


TOGETHER = {(1, 3), (2, 3), (1, 6), (6, 7), (4, 5), (2, 10), (0, 8)}
"""Pairs of indicators whose shortfalls make each other worse, such as mental health and risky behaviour."""


def interactions(case: Case) -> float:
    """Shortfalls multiply and some make each other worse; quality matters more the more a child needs."""
    short = {place: max(need - able, 0) / 3 for place, need, able in case.needs}
    strain = 0.35 * sum(short.values()) + 2.5 * sum(short.get(a, 0) * short.get(b, 0) for a, b in TOGETHER)
    quality = 1 - (1 - case.hidden.quality) * (0.4 + 1.3 * case.complexity)
    distance = math.exp(-case.miles / (60 if case.age < 11 else 110))
    return math.exp(-strain) * quality * distance


def claims(case: Case) -> float:
    """Sums of need met, quality and place, of what is true behind the claims."""
    place = math.exp(-case.miles / 60)
    return 0.5 * case.met + 0.3 * case.hidden.quality + 0.2 * place


def hidden_quality(case: Case) -> float:
    """Half of what becomes of a child is quality that grades hardly show."""
    return 0.5 * case.hidden.quality + 0.35 * case.met**1.5 + 0.15 * math.exp(-case.miles / 60)


def travel(case: Case) -> float:
    """Keeping school and family within reach counts most, and roads are longer than lines."""
    by_road = case.miles * 1.3
    school = 1.0 if by_road <= 10 else max(1 - (by_road - 10) / 20, 0)
    weight = 0.3 if 14 <= case.age <= 16 else 0.2 if 5 <= case.age < 14 else 0.05  # examinations; school; neither
    contact = math.exp(-by_road / 30)
    return weight * school + 0.2 * contact + (0.8 - weight) * (0.55 * math.sqrt(case.met) + 0.45 * case.hidden.quality)


WORLDS: dict[str, World] = {
    "own_family": World("the product's own sums", own_family, as_stated, uplifts=False),
    "thresholds": World("thresholded needs", thresholds, as_stated),
    "interactions": World("interacting needs", interactions, as_stated),
    "misreported": World("misreported capability and refusals", claims, inflated, refusals=True),
    "weak_grades": World("weak grades with strong hidden quality", hidden_quality, barely_graded),
    "travel": World("travel, school and contact", travel, as_stated),
}


# ---- what a candidate is worth ----


def draw_truth(world: World, market: Json, seed: int) -> dict[str, dict[str, float]]:
    """The value of every candidate of every request, by request and service."""
    hidden = {}
    for one in market["services"]:
        honesty = random.Random(f"honesty {seed} {one['provider']}").random()  # a company is the same in all its homes
        hidden[one["id"]] = world.reveal(random.Random(f"hidden {seed} {one['id']}"), one, honesty)
    return {request["id"]: _values(world, market, request, hidden, seed) for request in market["requests"]}


def _values(world: World, market: Json, request: Json, hidden: dict[str, Hidden], seed: int) -> dict[str, float]:
    policy, price_weight = market["policy"], market["policy"]["weights"]["price"]
    services = {one["id"]: one for one in market["services"]}
    prices = _weekly_prices(market, request)
    usual = request["benchmark_pence_week"] or usual_price(request["lots"][0], request["needs"])
    floor, ceiling = policy["price_floor"] / MILLION, policy["price_ceiling"] / MILLION
    cases = {name: Case(policy, request, services[name], hidden[name]) for name in sorted(prices)}
    values = {}
    for name, case in cases.items():
        between = random.Random(f"between {seed} {request['id']} {name}").gauss(0, CHEMISTRY)
        paid = usual if prices[name] is None else prices[name]
        if world.uplifts and paid < 0.5 * usual:
            paid = 0.95 * usual
        money = (ceiling - paid / usual) / (ceiling - floor)
        outcome = _share(world.outcome(case) + between)
        values[name] = max((price_weight * money + (100 - price_weight) * outcome) / 100, 0.0)
    if world.refusals:
        values = _after_refusals(cases, values)
    return {name: round(value, 6) for name, value in values.items()}


def _after_refusals(cases: dict[str, Case], values: dict[str, float]) -> dict[str, float]:
    """What choosing a provider is worth when it may say no: then a middling one is found, later."""
    otherwise = max(median(values.values()) - 0.08, 0.0)
    worth = {}
    for name, value in values.items():
        case = cases[name]
        beyond = sum(max(need - able, 0) for _, need, able in case.needs) / 12
        agrees = 1 / (1 + math.exp(-(2.4 - 1.5 * beyond - 1.2 * case.complexity - 0.7 * case.hidden.choosy)))
        worth[name] = agrees * value + (1 - agrees) * otherwise
    return worth


def _weekly_prices(market: Json, request: Json) -> dict[str, Any]:
    """What each candidate costs in a week of 52: offers if there are any, otherwise list prices of the lots."""
    offers = [one for one in market["offers"] if one["request"] == request["id"]]
    if offers:
        return {one["service"]: sum(one["elements"].values()) * one["weeks_per_year"] / 52 for one in offers}
    return {one["id"]: one["list_price_pence_week"] for one in market["services"] if one["lot"] in request["lots"]}
