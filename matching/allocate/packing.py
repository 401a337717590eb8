"""Services that hold no more than they have, told to the solver so that it cannot go wrong by rounding.

It reckons in floats: beside large counts, what it calls whole is off by a place. So counts above `COARSE` are told
coarsely, integers look at every plan that it gives, and what went through that breaks a rule is forbidden.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.allocate.program import Program
from matching.allocate.table import Flags, Integers

COARSE = 1_000
"""The largest count that the solver is told as it is."""


class Packing:
    """A program over choices, each of which takes `needed` places of the service `columns`."""

    def __init__(self, columns: Integers, needed: Integers, places: Integers, largest: int) -> None:
        self.columns, self.needed, self.places = columns, needed, places
        self.program = Program(len(columns))
        # Places one at a time; and, rounded down, the same rule for k at a time: a home of 3 takes one pair, not one
        # and a half. Where counts are large, k at a time alone, and what that lets through is forbidden below.
        unit = -(-largest // COARSE)
        for size in sorted({unit, 2 * unit, 3 * unit, *np.unique(needed).tolist()}):
            if size >= unit:
                self.program.at_most(columns, needed // size, places // size)

    def solve(self, gain: Any) -> Flags:
        """The chosen ones of a solution of the highest gain that fills no service beyond its places."""
        while True:
            chosen = self.program.solve(gain)
            taken = np.zeros(len(self.places), dtype=np.int64)
            np.add.at(taken, self.columns[chosen], self.needed[chosen])
            over = np.flatnonzero(taken > self.places)
            if not over.size:
                return chosen
            for column in over.tolist():
                self._forbid(chosen, column)

    def _forbid(self, chosen: Flags, column: int) -> None:
        """Add the rule that this service takes no so many of the largest that it was sent, nor of others as large."""
        here = self.columns == column
        sent = np.flatnonzero(chosen & here)
        sent = sent[np.argsort(-self.needed[sent], kind="stable")]
        fit = int(np.searchsorted(np.cumsum(self.needed[sent]), self.places[column], side="right"))
        too_many = here & (self.needed >= self.needed[sent[0]])
        too_many[sent[: fit + 1]] = True
        self.program.at_most(np.zeros(len(self.columns), dtype=np.int64), too_many, np.array([fit]))
