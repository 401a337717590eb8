"""A 0-1 programme for the constraint solver (HiGHS, through scipy, loaded only when there is one to solve)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from matching.allocate.table import Flags, Integers


class NoPlanError(Exception):
    """No plan meets what was asked."""


class Program:
    """A 0-1 program over `size` choices, put together row by row for the solver."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data: list[Any] = []
        self.rows: list[Any] = []
        self.columns: list[Any] = []
        self.low: list[Any] = []
        self.high: list[Any] = []
        self.count = 0

    def at_most(self, group: Integers, weights: Any, limits: Any, *, exactly: bool = False) -> None:
        """For each group: the weights of its chosen ones sum to its limit at most."""
        weights = np.asarray(weights, dtype=np.float64)
        some = weights > 0
        low = limits if exactly else np.full(len(limits), -np.inf)
        self._add(group[some], np.flatnonzero(some), weights[some], low, limits)

    def exactly(self, weights: Any, total: int) -> None:
        self._one(weights, total, total)

    def not_below(self, weights: Any, total: int) -> None:
        self._one(weights, total, np.inf)

    def _one(self, weights: Any, low: float, high: float) -> None:
        weights = np.asarray(weights, dtype=np.float64)
        self._add(np.zeros(self.size, dtype=np.int64), np.arange(self.size), weights, [low], [high])

    def _add(self, rows: Any, columns: Any, data: Any, low: Any, high: Any) -> None:
        self.rows.append(rows + self.count)
        self.columns.append(columns)
        self.data.append(data)
        self.low.append(np.asarray(low, dtype=np.float64))
        self.high.append(np.asarray(high, dtype=np.float64))
        self.count += len(low)

    def solve(self, gain: Integers) -> Flags:
        """The chosen ones of a solution of the highest gain. ArithmeticError where the solver cannot show that."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # seconds to load, rarely needed
        from scipy.sparse import csr_array

        if not self.size:
            return np.zeros(0, dtype=np.bool_)
        matrix = csr_array(
            (np.concatenate(self.data), (np.concatenate(self.rows), np.concatenate(self.columns))),
            shape=(self.count, self.size),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # scipy passes on options of HiGHS that it does not know
            found = milp(
                -gain.astype(np.float64),
                constraints=LinearConstraint(matrix, np.concatenate(self.low), np.concatenate(self.high)),
                bounds=Bounds(0, 1),
                integrality=np.ones(self.size),
                options={"mip_rel_gap": 0, "threads": 1, "parallel": False},
            )
        if found.status == 2:
            raise NoPlanError
        if found.x is None or found.status != 0:
            raise ArithmeticError(f"the solver found no plan: {found.message}")
        chosen: Flags = found.x > 0.5
        if -found.mip_dual_bound >= int(gain[chosen].sum()) + 1:
            raise ArithmeticError("the solver could not show that its plan is best")
        return chosen
