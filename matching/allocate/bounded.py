"""A policy's bound on how far boroughs may be apart, which never costs a placement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from matching.allocate.joint import allocate_table, plan_of
from matching.allocate.packing import Packing
from matching.allocate.plan import Plan
from matching.allocate.program import NoPlanError
from matching.allocate.table import NONE, Integers, Table


def bounded(table: Table, boroughs: Sequence[str], most_apart: int) -> tuple[Plan, bool]:
    """The plan when the mean losses of any two boroughs may differ by at most `most_apart` millionths, and whether it
    keeps to that. `boroughs` says whose each row of the table is.

    Exactly the requests that the unbounded plan places are placed, so the bound costs nobody a place; it may cost
    total: the highest worst total that the bound allows comes first, then the highest sum. Where even that cannot keep
    the bound, the unbounded plan is what comes back.
    """
    plan = allocate_table(table)
    went = {one.request: one.service for one in plan.assignments}
    rows = np.array([row for row, name in enumerate(table.requests) if name in went], dtype=np.int64)
    if not len(rows):
        return plan, True
    best = np.where(table.allowed, table.totals, NONE).max(axis=1)
    whose = np.array([boroughs[row] for row in rows])
    losses = np.array([one.loss for one in plan.assignments], dtype=np.int64)
    if _kept(losses, whose, most_apart):
        return plan, True
    totals = np.unique(table.totals[table.allowed])
    found = _within(table, rows, whose, best, most_apart, int(totals[0]))
    if found is None:
        return plan, False
    low, high = 0, int(np.searchsorted(totals, plan.objective.worst_total or 0, side="right"))
    while high - low > 1:
        middle = (low + high) // 2
        better = _within(table, rows, whose, best, most_apart, int(totals[middle]))
        if better is None:
            high = middle
        else:
            low, found = middle, better
    at = np.full(len(table.requests), NONE, dtype=np.int64)
    at[rows] = found
    return plan_of(table, at, best), True


def _kept(losses: Integers, whose: np.ndarray, most_apart: int) -> bool:
    sums = [(int(losses[whose == one].sum()), int((whose == one).sum())) for one in np.unique(whose)]
    return all(a * m - b * n <= most_apart * n * m for (a, n), (b, m) in permutations(sums, 2))


def _within(
    table: Table, rows: Integers, whose: np.ndarray, best: Integers, most_apart: int, worst: int
) -> Integers | None:
    """Where these rows go: all of them placed, none below `worst`, boroughs near enough, the highest sum. None where
    there is no such plan.
    """
    allowed = table.allowed[rows] & (table.totals[rows] >= worst)
    own, columns = np.nonzero(allowed)
    totals = table.totals[rows[own], columns]
    needed = table.needed[rows]
    packing = Packing(columns, needed[own], table.places, int(needed.max()))
    program = packing.program
    program.at_most(own, np.ones(len(own)), np.ones(len(rows)), exactly=True)
    counts = {str(one): int((whose == one).sum()) for one in np.unique(whose)}
    losses = best[rows[own]] - totals
    for one, other in permutations(counts, 2):
        gap = np.where(whose[own] == other, counts[one] * losses, 0)
        gap -= np.where(whose[own] == one, counts[other] * losses, 0)
        program.not_below(gap, -most_apart * counts[one] * counts[other])
    try:
        chosen = packing.solve(totals)
    except NoPlanError:
        return None
    at = np.full(len(rows), NONE, dtype=np.int64)
    at[own[chosen]] = columns[chosen]
    if (at == NONE).any() or int(chosen.sum()) != len(rows):
        raise ArithmeticError("the solver's plan breaks a rule")
    return at if _kept(best[rows] - table.totals[rows, at], whose, most_apart) else None
