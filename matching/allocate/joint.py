"""The joint allocation: one best plan for requests that compete for the same places.

Objectives, each decided before the next: most requests placed; most urgent and same-day requests among them; the
highest worst total; the highest sum of totals. Of plans equal in all four, the first: written as the list of the
services of the requests, those for several places before the others and each kind in order of id, no place after
every service. So there is one answer, whatever order the facts came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.allocate import matchings
from matching.allocate.groups import Groups, counts
from matching.allocate.plan import Assignment, Objective, Plan
from matching.allocate.single import Market
from matching.allocate.table import (
    NONE,
    Choice,
    Flags,
    Integers,
    Table,
    parts_of,
    table_of,
    without_idle_choices,
)


def allocate(choices: Sequence[Choice], places: Mapping[str, int], requests: Iterable[str] = ()) -> Plan:
    """The best plan over the eligible pairs `choices`, each request in one service, no service over its `places`.

    `requests` names requests that may have no choice at all, so that they are listed as without a place. ValueError
    where the choices contradict each other.
    """
    return allocate_table(table_of(choices, places, requests))


def allocate_table(table: Table, worth: Integers | None = None) -> Plan:
    """The same over a table. `worth` stands for the totals in the last objective alone (see `shadow`): integers, of
    any sign, shaped like `table.totals`.
    """
    allowed = table.allowed
    at = np.full(len(table.requests), NONE, dtype=np.int64)
    parts = [_part(table, rows, columns) for rows, columns in parts_of(table)]
    worst = _worst(parts)
    for part in parts:
        chosen = None if worth is None else worth[np.ix_(part.rows, part.columns)]
        found = part.best(worst, chosen)
        at[part.rows] = np.where(found == NONE, NONE, part.columns[found])
    return plan_of(table, at, np.where(allowed, table.totals, NONE).max(axis=1, initial=NONE))


def plan_of(table: Table, at: Integers, best: Integers) -> Plan:
    """The plan that sends each row to its column of `at`, for rows whose highest totals are `best`."""
    sits = np.flatnonzero(at != NONE)
    totals = table.totals[sits, at[sits]].tolist()
    return Plan(
        assignments=tuple(
            Assignment(table.requests[row], table.services[at[row]], total, int(best[row]))
            for row, total in zip(sits.tolist(), totals, strict=True)
        ),
        unplaced=tuple(table.requests[row] for row in np.flatnonzero(at == NONE)),
        objective=Objective(
            placed=len(sits),
            urgent_placed=int(table.urgent[sits].sum()),
            worst_total=min(totals, default=None),
            sum_total=sum(totals),
        ),
    )


@dataclass(slots=True)
class Part:
    """Requests and services that share places with each other and with no others, and the choices that can matter."""

    rows: Integers
    columns: Integers
    table: Table
    kept: Flags
    groups: Groups | None
    goal: tuple[int, int] = (0, 0)

    def ceiling(self) -> int:
        """No plan that reaches the goal has a worst total above this: so many have to be content with their best."""
        best = np.sort(np.where(self.kept, self.table.totals, NONE).max(axis=1))
        return int(best[len(best) - self.goal[0]])

    def worst(self, ceiling: int) -> int:
        """The highest worst total up to `ceiling`."""
        if self.groups is None:
            totals = np.where(self.kept, self.table.totals, NONE)
            return matchings.worst_of(totals, self.table.places, self.table.urgent, self.goal, ceiling)
        groups, totals = self.groups, np.unique(self.table.totals[self.kept])

        def reached(worst: int) -> bool:
            return groups.reaches(self.kept & (self.table.totals >= worst), self.goal)

        if ceiling <= int(totals[0]) or reached(ceiling):
            return ceiling
        low, high = 0, int(np.searchsorted(totals, ceiling))
        while high - low > 1:
            middle = (low + high) // 2
            if reached(int(totals[middle])):
                low = middle
            else:
                high = middle
        return int(totals[low])

    def best(self, worst: int, worth: Integers | None) -> Integers:
        """Where each row goes: the goal, nobody below `worst`, the highest worth; of equals the first."""
        table = self.table
        if worth is None:
            allowed, value = self.kept & (table.totals >= worst), table.totals
        else:
            value = worth - min(int(worth.min()), 0)
            allowed = table.allowed & (table.totals >= worst)
            if self.groups is not None:
                allowed = without_idle_choices(table, value, allowed)
        if self.groups is not None:
            return self.groups.best(allowed, np.where(allowed, value, 0), self.goal)
        columns = np.flatnonzero(allowed.any(axis=0))
        value = np.where(allowed, value, 0)[:, columns]
        lift = len(table.requests) * (int(value.max(initial=0)) + 1)
        market = Market(value + counts(lift, table.urgent)[:, None], allowed[:, columns], table.places[columns])
        market.settle()
        market.first_of_equals()
        return np.where(market.at == NONE, NONE, columns[market.at])


def _part(table: Table, rows: Integers, columns: Integers) -> Part:
    some = table.part(rows, columns)
    groups = Groups(some) if int(some.needed.max()) > 1 else None
    kept = some.allowed if groups is None else without_idle_choices(some, some.totals, some.allowed)
    part = Part(rows, columns, some, kept, groups)
    part.goal = matchings.most(kept, some.places, some.urgent) if groups is None else groups.most(kept)
    return part


def _worst(parts: Sequence[Part]) -> int:
    """The highest worst total that all parts can hold to at once. 0 where there are none."""
    worst = min((part.ceiling() for part in parts), default=0)
    for part in parts:
        worst = part.worst(worst)
    return worst
