"""How a set of prices lies: lowest, quartiles, highest. Whole pence, rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.core.money import round_half_even


@dataclass(frozen=True)
class Spread:
    """Pence a week: the five figures and how many prices they are of."""

    lowest: int
    lower_quartile: int
    median: int
    upper_quartile: int
    highest: int
    count: int

    @property
    def figures(self) -> tuple[int, int, int, int, int]:
        """The five in order."""
        return self.lowest, self.lower_quartile, self.median, self.upper_quartile, self.highest


def spread_of(annual: Sequence[int], *, weeks: int) -> Spread | None:
    """The spread of prices given in pence a year, in pence for each of so many weeks. None for no price.

    A quartile lies between the two prices next to it, in proportion (the "inclusive" method of spreadsheets): of n
    prices in order, counted from 0, the place q x (n - 1).
    """
    if not annual:
        return None
    ordered = sorted(annual)

    def at(quarter: int) -> int:
        place = Fraction(quarter * (len(ordered) - 1), 4)
        below = ordered[int(place)]
        above = ordered[min(int(place) + 1, len(ordered) - 1)]
        return round_half_even((below + (above - below) * (place - int(place))) / weeks)

    return Spread(at(0), at(1), at(2), at(3), at(4), len(ordered))
