"""The four parts of a score - price, quality, needs, practical - each an integer of one millionth from exact
arithmetic.

Everything is absolute: no part but `lowest_ratio` looks at another offer, so a withdrawn, cloned or dummy offer moves
nobody else. Each part and each contribution is rounded once, to the nearest integer, halves up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from matching.rank.facts import MILLION, WEEKS, Evidence, Offer, Policy, Request, Service, Weights
from matching.rank.gates import MILLIMETRES_PER_MILE, squared_metres

SEVERE_NEED = 3
BADLY_UNMET = 1
"""A need of 3 met by a stored capability of 0 or 1 caps the whole needs part: nothing compensates for it."""

PRACTICAL_UNKNOWN = 500_000


@dataclass(frozen=True, slots=True)
class Parts:
    """Scores in millionths. `price` is None without a price, or without a benchmark."""

    price: int | None
    quality: int
    needs: int
    practical: int


@dataclass(frozen=True, slots=True)
class Contributions:
    """What each part gives to the total, in millionths; they sum to it exactly."""

    price: int
    quality: int
    needs: int
    practical: int

    @property
    def total(self) -> int:
        return self.price + self.quality + self.needs + self.practical


@dataclass(frozen=True, slots=True)
class MeasuredNeed:
    """One indicator that counts: its need is 1..3 and its weight above 0. `met` and `wanted` are weighted, in
    millionths of a level.
    """

    indicator: int
    weight: int
    need: int
    capability: int
    evidence: Evidence
    met: int
    wanted: int

    @property
    def badly_unmet(self) -> bool:
        return self.need == SEVERE_NEED and self.capability <= BADLY_UNMET


def round_half_up(numerator: int, denominator: int) -> int:
    """The integer nearest to numerator / denominator, halves up. The denominator is above 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def weekly_pence(service: Service, offer: Offer | None) -> int | None:
    """The price for a payable week: the offer's elements, or the service's list price where there is no offer."""
    return service.list_price_pence_week if offer is None else offer.elements.total


def weeks_a_year(offer: Offer | None) -> int:
    return WEEKS if offer is None else offer.weeks_per_year


def annual_pence(service: Service, offer: Offer | None) -> int | None:
    """The price of a year, in pence: offers on different weeks a year stand on one basis (F-32)."""
    weekly = weekly_pence(service, offer)
    return None if weekly is None else weekly * weeks_a_year(offer)


def price_by_benchmark(policy: Policy, benchmark: int, annual: int) -> int:
    """1000000 at the floor or below, 0 at the ceiling or above, linear between, so a pound has a price in points."""
    room = WEEKS * policy.price_ceiling * benchmark - MILLION * annual
    span = WEEKS * (policy.price_ceiling - policy.price_floor) * benchmark
    return min(max(round_half_up(MILLION * room, span), 0), MILLION)


def price_by_lowest_ratio(lowest: int, annual: int) -> int:
    """The lowest annual price over this one's (F-31), at most 1; a price of nothing scores 1."""
    if annual <= lowest:
        return MILLION
    return round_half_up(MILLION * lowest, annual)


def quality(policy: Policy, service: Service) -> int:
    known = policy.unknown_quality_prior if service.quality is None else service.quality
    return known * (MILLION // 100)


def measured_needs(policy: Policy, request: Request, service: Service) -> Iterator[MeasuredNeed]:
    """The indicators that count, in order: measured, above 0 and of weight above 0."""
    rows = zip(policy.indicator_weights, request.needs, service.capability, service.evidence, strict=True)
    for indicator, (weight, need, capability, evidence) in enumerate(rows):
        if not weight or not need:
            continue
        met = min(capability * policy.evidence_discount.of(evidence), need * MILLION)
        yield MeasuredNeed(indicator, weight, need, capability, evidence, weight * met, weight * need * MILLION)


def needs(policy: Policy, request: Request, service: Service) -> int:
    """The share of the weighted need that discounted capability meets, capped where a severe need is left badly
    unmet.
    """
    met = wanted = 0
    cap = MILLION
    for row in measured_needs(policy, request, service):
        met += row.met
        wanted += row.wanted
        if row.badly_unmet:
            cap = policy.severe_need_cap
    return min(round_half_up(MILLION * met, wanted), cap) if wanted else MILLION


def practical(policy: Policy, request: Request, service: Service) -> int:
    """1 at 0 miles, falling linearly to 0 at `max_useful_miles`; a half where the child's future home is not known
    yet.
    """
    metres = squared_metres(request, service)
    if metres is None:
        return PRACTICAL_UNKNOWN
    reach = policy.max_useful_miles * MILLIMETRES_PER_MILE
    lost = Fraction(metres) * (1000 * MILLION) ** 2 / (reach * reach)  # the square of the millionths lost to distance
    return max(MILLION - round_root_half_down(lost), 0)


def round_root_half_down(square: Fraction) -> int:
    """The integer nearest to the square root, halves down (so that what is left of a whole rounds halves up), without
    taking the root.

    It is the least n with n + 1/2 >= root, that is (2n + 1)^2 >= 4 x square; with k the least integer whose square
    reaches 4 x square, that is 2n + 1 >= k.
    """
    quadruple = -((-4 * square.numerator) // square.denominator)
    least = isqrt(quadruple - 1) + 1 if quadruple > 0 else 0
    return least // 2


def contributions(weights: Weights, parts: Parts, benchmark_known: bool) -> Contributions:
    """Weight x part / 100. Without a benchmark nobody has a price part, and the other weights stand for the whole."""
    whole = 100 if benchmark_known else 100 - weights.price
    if not whole:
        return Contributions(0, 0, 0, 0)
    price = 0 if parts.price is None else round_half_up(weights.price * parts.price, whole)
    return Contributions(
        price=price,
        quality=round_half_up(weights.quality * parts.quality, whole),
        needs=round_half_up(weights.needs * parts.needs, whole),
        practical=round_half_up(weights.practical * parts.practical, whole),
    )


def abnormally_low(policy: Policy, request: Request, annual: int | None) -> bool:
    """Below the floor, not at it: flagged for a person to ask about, and not rewarded past the floor."""
    if annual is None or request.benchmark_pence_week is None:
        return False
    return MILLION * annual < WEEKS * policy.price_floor * request.benchmark_pence_week


def fall_to_reach(policy: Policy, benchmark: int, weekly: int, weeks: int, contribution: int) -> int | None:
    """The least whole pence a week by which a price must fall for its contribution to reach `contribution`; None when
    no fall is enough.

    Closed form: the contribution fixes the least price part, the part fixes the highest annual price, and that the
    highest weekly one.
    """
    weight = policy.weights.price
    if not weight:
        return None
    part = -((50 - 100 * contribution) // weight)  # weight x part / 100 + 1/2 >= contribution
    if part > MILLION:
        return None
    span = WEEKS * (policy.price_ceiling - policy.price_floor) * benchmark
    # 1000000 x (ceiling - 1000000 x annual) / span + 1/2 >= part
    most_annual = (2 * MILLION * WEEKS * policy.price_ceiling * benchmark - (2 * part - 1) * span) // (
        2 * MILLION * MILLION
    )
    most_weekly = most_annual // weeks
    return weekly - most_weekly if most_weekly >= 0 else None
