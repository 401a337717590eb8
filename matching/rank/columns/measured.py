"""What measuring gives: whole columns for every service, or the scores of some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from matching.rank.columns.failing import Masks
from matching.rank.columns.whole import Int64s, Integers
from matching.rank.rows import NONE

NO_PART = NONE
"""A price part that there is none of."""

Positions: TypeAlias = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Columns:
    """Every service for one request, in order of service id.

    `gates` has bit i for the i-th gate that failed; `parts` and `contributions` hold price, quality, needs and
    practical in millionths, a price part of -1 where there is none.
    """

    gates: Masks
    parts: Int64s
    contributions: Int64s
    total: Int64s

    @staticmethod
    def empty(gates: Masks) -> Columns:
        size = len(gates)
        return Columns(
            gates=gates,
            parts=np.empty((size, 4), dtype=np.int64),
            contributions=np.empty((size, 4), dtype=np.int64),
            total=np.empty(size, dtype=np.int64),
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Parts and contributions of some services, a column each, or one number where all have the same.

    `price` is None where nobody has a price part, and 0 in a row without a price.
    """

    price: Any | None
    needs: Any
    practical: Any
    by_price: Any
    by_quality: Any
    by_needs: Any
    by_practical: Any

    def total(self) -> Any:
        """A column, or one number."""
        return self.by_price + self.by_quality + self.by_needs + self.by_practical

    def rows(self, rows: Any, quality: Integers, services: Any) -> tuple[Int64s, Int64s, Int64s]:
        """Parts, contributions and total at these rows, which are of the services at those positions."""
        size = len(services)
        parts = np.empty((size, 4), dtype=np.int64)
        gave = np.empty((size, 4), dtype=np.int64)
        parts[:, 0] = NO_PART if self.price is None else _at(self.price, rows)
        parts[:, 1] = quality[services]
        parts[:, 2] = _at(self.needs, rows)
        parts[:, 3] = _at(self.practical, rows)
        for number, column in enumerate((self.by_price, self.by_quality, self.by_needs, self.by_practical)):
            gave[:, number] = _at(column, rows)
        return parts, gave, gave.sum(axis=1)


def _at(column: Any, rows: Any) -> Any:
    return column[rows] if isinstance(column, np.ndarray) else column
