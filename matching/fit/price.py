"""A tariff in the open, and the price that it gives: multiplications that anyone can repeat by hand.

expected = base x age x quarter x each need x needs together, in pence a week; p80 and p90 are multiples of it, by how
much need there is. Numbers are decimals as written in the file, never floats, so a price is the same everywhere. A type
with fewer than 30 comparable placements has no price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property
from typing import Any

from matching.fit.history import INDICATORS, LEVELS, MOST_PENCE, Comparable, quarter_of

__all__ = ["Comparable", "Price", "Tariff", "fit", "read_tariff"]

SCHEMA = "homeward-tariff/1"
LEAST_COMPARABLES = 30
ONE = Decimal(1)
LEAST_MULTIPLIER, MOST_MULTIPLIER = Decimal("0.001"), Decimal(1000)
FURTHEST_QUARTERS = 8
"""How far growth is followed beyond the quarters on record, either way; then the price stands."""

REACHED = ("level_1_or_above", "level_2_or_above", "level_3")
_EXACT = Context(prec=28, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Price:
    """Whole pence a week, None where there are too few comparable placements."""

    expected: int | None
    p80: int | None
    p90: int | None
    comparables: int


@dataclass(frozen=True)
class Need:
    """What one need does to the price of one type."""

    levels: tuple[Decimal, ...]
    """Multipliers of levels 0 to 3."""
    not_measured: Decimal
    counts_as: tuple[Decimal, ...]
    """Of those measured, how many are at level 1, 2, 3 or above: for sums with one that is not measured."""


@dataclass(frozen=True)
class Band:
    """How far above the expected price a realised one may be, from this much weighted need on."""

    need_from: Decimal
    p80: Decimal
    p90: Decimal


@dataclass(frozen=True)
class TypePrices:
    """The multipliers of one type. `base`: a child of `base_age` without any need, in the last quarter on record; 0
    where all of the type cost nothing.
    """

    base: Decimal
    base_age: int
    ages: tuple[Decimal, ...]
    quarters: tuple[Decimal, ...]
    growth_per_year: Decimal
    needs: tuple[Need, ...]
    bands: tuple[Band, ...]
    bands_of: str
    """"type", or "all types" where the type has fewer than 100 comparables."""


@dataclass(frozen=True)
class TypeTariff:
    placement_type: str
    comparables: int
    prices: TypePrices | None


@dataclass(frozen=True)
class Together:
    """What needs that come together do besides: two at 2 or above; the sum of levels; how many at 2 or above, at 3."""

    pairs: tuple[tuple[int, int, Decimal], ...]
    sums: tuple[Decimal, ...]
    at_2: tuple[Decimal, ...]
    at_3: tuple[Decimal, ...]


@dataclass(frozen=True)
class HeldOutType:
    placement_type: str
    comparables: int
    mean_error: Decimal


@dataclass(frozen=True)
class HeldOut:
    """How a tariff from the earlier rows met the last months: errors are shares of the price that was paid."""

    first: date
    last: date
    comparables: int
    mean_error: Decimal
    median_error: Decimal
    at_or_below_p80: Decimal
    types: tuple[HeldOutType, ...]


@dataclass(frozen=True)
class Tariff:
    """Everything that prices are computed from. `first_quarter` is counted from the year 0."""

    comparables: int
    first_start: date | None
    last_start: date | None
    first_quarter: int
    types: tuple[TypeTariff, ...]
    together: Together
    error: HeldOut | None = None

    @cached_property
    def by_type(self) -> dict[str, TypeTariff]:
        return {one.placement_type: one for one in self.types}

    def price(self, placement_type: str, age_years: int | Decimal, needs: Sequence[int | None], as_of: date) -> Price:
        """What a placement of this type should cost on that day. `needs`: 12 of 0..3, None where not measured."""
        found = self.by_type.get(placement_type)
        if found is None:
            return Price(None, None, None, 0)
        if found.prices is None or found.comparables < LEAST_COMPARABLES:
            return Price(None, None, None, found.comparables)
        prices, many = found.prices, _EXACT.multiply
        need = self.weighted_need(prices, needs)
        expected = many(prices.base, prices.ages[min(int(age_years), len(prices.ages) - 1)])
        expected = many(many(expected, self.time(prices, as_of)), need)
        band = next(one for one in reversed(prices.bands) if need >= one.need_from or one is prices.bands[0])
        return Price(
            _pence(expected), _pence(many(expected, band.p80)), _pence(many(expected, band.p90)), found.comparables
        )

    def weighted_need(self, prices: TypePrices, needs: Sequence[int | None]) -> Decimal:
        """The multiplier of all needs: 1 without any."""
        many, add = _EXACT.multiply, _EXACT.add
        found, reached = ONE, [Decimal(0)] * LEVELS
        at_2: list[Decimal] = []
        for need, level in zip(prices.needs, needs, strict=True):
            found = many(found, need.not_measured if level is None else need.levels[level])
            share = need.counts_as if level is None else tuple(Decimal(level >= step) for step in (1, 2, 3))
            reached = [add(one, other) for one, other in zip(reached, share, strict=True)]
            at_2.append(share[1])
        for one, other, multiplier in self.together.pairs:
            found = many(found, _between(ONE, multiplier, many(at_2[one], at_2[other])))
        for table, count in (
            (self.together.sums, sum(reached, Decimal(0))),
            (self.together.at_2, reached[1]),
            (self.together.at_3, reached[2]),
        ):
            low = min(int(count), len(table) - 1)
            found = many(found, _between(table[low], table[min(low + 1, len(table) - 1)], count - low))
        return found

    def time(self, prices: TypePrices, day: date) -> Decimal:
        """The multiplier of the day's quarter; beyond the record growth goes on for two years at most."""
        at = quarter_of(day) - self.first_quarter
        last = len(prices.quarters) - 1
        beyond = min(max(at - last, 0), FURTHEST_QUARTERS) + max(min(at, 0), -FURTHEST_QUARTERS)
        within = prices.quarters[min(max(at, 0), last)]
        return _EXACT.multiply(within, _EXACT.power(prices.growth_per_year, Decimal(beyond) / 4)) if beyond else within

    def multipliers(self) -> list[tuple[str, int, int | None, Decimal]]:
        """Type, indicator, level (None where not measured) and multiplier, line by line, for whoever reads a tariff."""
        return [
            (one.placement_type, indicator, level, multiplier)
            for one in self.types
            if one.prices is not None
            for indicator, need in enumerate(one.prices.needs, 1)
            for level, multiplier in [*enumerate(need.levels), (None, need.not_measured)]
        ]

    def to_dict(self) -> dict[str, Any]:
        """The tariff as a file says it: plain JSON values."""
        return {
            "schema": SCHEMA,
            "method": list(METHOD),
            "least_comparables": LEAST_COMPARABLES,
            "comparables": self.comparables,
            "first_start_date": self.first_start.isoformat() if self.first_start else None,
            "last_start_date": self.last_start.isoformat() if self.last_start else None,
            "held_out": _held_out(self.error),
            "types": [_type(one, self.first_quarter) for one in self.types],
            "needs_together": {
                "pairs": [
                    {"indicators": [one + 1, other + 1], "multiplier": float(multiplier)}
                    for one, other, multiplier in self.together.pairs
                ],
                "sum_of_levels": _table(self.together.sums),
                "needs_at_2_or_3": _table(self.together.at_2),
                "needs_at_3": _table(self.together.at_3),
            },
        }


METHOD = (
    "expected_pence_week = base_pence_week x multiplier of the age x multiplier of the quarter x multiplier of each "
    "need's level x multipliers of needs together, rounded to whole pence.",
    "Multipliers come from the logarithms of the prices on record by penalised non-negative least squares: a higher "
    "level of need never lowers a price. Rows far from all others count little or nothing. Prices of 0 are not "
    "fitted; a type with no other has a base of 0.",
    "Types share the weights of needs as far as prices of rows that were left out are met better for it.",
    "An age counts as the whole years reached, and above the last age listed as that age.",
    "A need that is not measured has a multiplier of its own; in needs together it counts as the share of those "
    "measured.",
    "Two needs count together where both are at 2 or above. Between two counts a multiplier lies on the line between "
    "theirs.",
    "After the last quarter and before the first, growth_per_year goes on for two years at most.",
    "p80 and p90 are the expected price times those of the last band whose need_from is not above the product of the "
    "multipliers of needs. They come from rows left out of the fit; one far above its like counts half.",
    "With fewer than least_comparables placements of a type there is no price.",
)


def fit(rows: Sequence[Comparable]) -> Tariff:
    """A tariff from placements on record, with its error on the last months, which a tariff from the earlier ones met.

    The same rows give the same tariff, in whatever order and on however many processors.
    """
    from matching.fit.learning import learn_with_error

    return learn_with_error(rows)


def read_tariff(document: object) -> Tariff:
    """The tariff that a document says. MarketError at the place that is not what the format asks."""
    from matching.fit.reading import read_tariff as read

    return read(document)


def quarter_name(quarter: int) -> str:
    return f"{quarter // 4:04d}-Q{quarter % 4 + 1}"


def _pence(price: Decimal) -> int:
    return min(int(price.to_integral_value(ROUND_HALF_UP)), MOST_PENCE)


def _between(low: Decimal, high: Decimal, share: Decimal) -> Decimal:
    return _EXACT.add(low, _EXACT.multiply(high - low, share))


def _table(multipliers: Sequence[Decimal]) -> list[dict[str, Any]]:
    return [{"count": count, "multiplier": float(multiplier)} for count, multiplier in enumerate(multipliers)]


def _held_out(error: HeldOut | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "first_start_date": error.first.isoformat(),
        "last_start_date": error.last.isoformat(),
        "comparables": error.comparables,
        "mean_error": float(error.mean_error),
        "median_error": float(error.median_error),
        "at_or_below_p80": float(error.at_or_below_p80),
        "types": [
            {
                "placement_type": one.placement_type,
                "comparables": one.comparables,
                "mean_error": float(one.mean_error),
            }
            for one in error.types
        ],
    }


def _type(one: TypeTariff, first_quarter: int) -> dict[str, Any]:
    prices = one.prices
    return {
        "placement_type": one.placement_type,
        "comparables": one.comparables,
        "prices": prices
        and {
            "base_pence_week": float(prices.base),
            "base_age": prices.base_age,
            "ages": [{"age": age, "multiplier": float(multiplier)} for age, multiplier in enumerate(prices.ages)],
            "quarters": [
                {"quarter": quarter_name(first_quarter + at), "multiplier": float(multiplier)}
                for at, multiplier in enumerate(prices.quarters)
            ],
            "growth_per_year": float(prices.growth_per_year),
            "needs": [_need(indicator, need) for indicator, need in enumerate(prices.needs, 1)],
            "bands": [
                {"need_from": float(band.need_from), "p80": float(band.p80), "p90": float(band.p90)}
                for band in prices.bands
            ],
            "bands_of": prices.bands_of,
        },
    }


def _need(indicator: int, need: Need) -> dict[str, Any]:
    levels: dict[str, Any] = {str(level): float(multiplier) for level, multiplier in enumerate(need.levels)}
    return {
        "indicator": indicator,
        "multipliers": levels | {"not_measured": float(need.not_measured)},
        "not_measured_counts_as": dict(zip(REACHED, map(float, need.counts_as), strict=True)),
    }


def no_prices(
    rows: int, first: date | None, last: date | None, types: tuple[TypeTariff, ...], first_quarter: int = 0
) -> Tariff:
    """A tariff under which nothing has a price, or nothing but 0."""
    neutral = Together((), (ONE,) * (INDICATORS * LEVELS + 1), (ONE,) * (INDICATORS + 1), (ONE,) * (INDICATORS + 1))
    return Tariff(rows, first, last, first_quarter, types, neutral)
