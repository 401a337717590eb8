"""Which policies and requests the columns answer for: those whose numbers are proved to fit an int64 all the way.

Files hold nothing that a market means and these bounds refuse, but a file may hold a price ceiling of 10^30: then
the exact engine answers, with the same result.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from matching.rank.columns.services import ServiceColumns
from matching.rank.columns.whole import FITS, MOST_METRES, ROOT_ERROR, ROUGH_METRES
from matching.rank.facts import INDICATORS, MILLION, Policy, Request
from matching.rank.gates import MILLIMETRES_PER_MILE, exact

MOST_INDICATOR_WEIGHTS = 300_000
"""(2000000 + 1) x 3000000 x this fits."""

MOST_SQUARE = 2**53
"""No two places that the columns answer for are farther apart, in squared metres."""

MOST_USEFUL_MILES = 1_000_000


def policy_fits(policy: Policy) -> bool:
    weights, discount = policy.weights, policy.evidence_discount
    shares = (weights.price, weights.quality, weights.needs, weights.practical)
    return (
        min(shares) >= 0
        and sum(shares) == 100
        and len(policy.indicator_weights) == INDICATORS
        and min(policy.indicator_weights) >= 0
        and sum(policy.indicator_weights) <= MOST_INDICATOR_WEIGHTS
        and 0 <= policy.severe_need_cap <= MILLION
        and all(0 <= share <= MILLION for share in (discount.declared, discount.evidenced, discount.verified))
        and 0 <= policy.price_floor < policy.price_ceiling
        and 0 <= policy.unknown_quality_prior <= 100
        and 1 <= policy.max_useful_miles <= MOST_USEFUL_MILES
    )


@dataclass(frozen=True, slots=True)
class PriceLine:
    """The line between ceiling and floor in the smallest whole numbers: a price of p pence a week leaves
    `ceiling` x benchmark - `scale` x p of the `ceiling - floor` x benchmark that make a whole part.
    """

    ceiling: int
    floor: int
    scale: int

    @staticmethod
    def of(policy: Policy) -> PriceLine:
        common = gcd(MILLION, policy.price_ceiling, policy.price_floor)
        return PriceLine(policy.price_ceiling // common, policy.price_floor // common, MILLION // common)

    def span(self, benchmark: int) -> int:
        return (self.ceiling - self.floor) * benchmark

    def fits(self, benchmark: int, most_price: int) -> bool:
        return (
            benchmark >= 1
            and self.ceiling * benchmark < FITS
            and self.scale * most_price < FITS
            and (2 * MILLION + 1) * self.span(benchmark) < FITS
        )


def request_fits(line: PriceLine, columns: ServiceColumns, request: Request) -> bool:
    benchmark = request.benchmark_pence_week
    return (
        len(request.needs) == INDICATORS
        and all(need is None or 0 <= need <= 3 for need in request.needs)
        and all(-MOST_METRES <= number <= MOST_METRES for number in (request.easting, request.northing))
        and (benchmark is None or line.fits(benchmark, columns.most_price))
    )


def millionths_per_metre(policy: Policy) -> float:
    """What of the practical part a metre costs. The division of two whole numbers is rounded once."""
    return 1000 * MILLION / (policy.max_useful_miles * MILLIMETRES_PER_MILE)


def whole_metres(columns: ServiceColumns, request: Request) -> bool:
    """Whether every squared distance of this request is a whole number, and a float64 holds it as it is."""
    return columns.whole_metres and isinstance(request.easting, int) and isinstance(request.northing, int)


def practical_error(policy: Policy, whole: bool) -> float:
    """The greatest error of the millionths lost to distance, as computed."""
    return ROOT_ERROR if whole else ROOT_ERROR + ROUGH_METRES * millionths_per_metre(policy)


def limit_and_doubt(columns: ServiceColumns, request: Request) -> tuple[float, float]:
    """The request's limit in squared metres, and how near to it a computed square may be on the wrong side: 0 where
    all are whole numbers, for then those up to the whole part of the limit are within it.
    """
    assert request.max_miles is not None
    limit = Fraction(exact(request.max_miles) * MILLIMETRES_PER_MILE) ** 2 / 1_000_000
    if whole_metres(columns, request):
        return float(min(int(limit), MOST_SQUARE)), 0.0
    near = float(min(limit, Fraction(MOST_SQUARE)))
    return near, 2 * ROUGH_METRES * (near**0.5 + 1) + near * 1e-14
