"""Who may go where, as a table of integers: requests by services, in order of id.

The order of whatever was given never matters: rows and columns are sorted by id before anything is computed, so equal
facts make equal tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NONE = -1
"""In `totals`: this service is not eligible for this request. In a plan: the request has no place."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One service that one request may take: its total in millionths, and what the request asks of any service.

    `places_needed`, `urgent` and `solo` belong to the request and are the same in all of its choices. `solo` is
    carried for those who show a plan: a solo placement takes its own places and no others, so it binds nothing here
    (whether the service can arrange one is a gate, and a service that cannot is no choice).
    """

    request: str
    service: str
    total: int
    places_needed: int = 1
    urgent: bool = False
    solo: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Requests (rows) and services (columns) in order of id; `totals` holds NONE where a pair is not eligible."""

    requests: tuple[str, ...]
    services: tuple[str, ...]
    totals: Integers
    needed: Integers
    urgent: Flags
    places: Integers

    @property
    def allowed(self) -> Flags:
        found: Flags = (self.totals >= 0) & (self.needed[:, None] <= self.places)
        return found

    def part(self, rows: Integers, columns: Integers) -> Table:
        """These rows and columns alone, in the same order."""
        if self.totals.shape == (len(rows), len(columns)):
            return self
        return Table(
            requests=tuple(self.requests[row] for row in rows),
            services=tuple(self.services[column] for column in columns),
            totals=self.totals[np.ix_(rows, columns)],
            needed=self.needed[rows],
            urgent=self.urgent[rows],
            places=self.places[columns],
        )


def table_of(choices: Sequence[Choice], places: Mapping[str, int], requests: Iterable[str] = ()) -> Table:
    """The table of these choices. `requests` names those that may have no choice at all.

    ValueError for a pair twice, a total or a count out of range, a request that contradicts itself, or a service
    without places.
    """
    facts: dict[str, tuple[int, bool]] = {}
    for one in choices:
        if one.total < 0 or one.places_needed < 1:
            raise ValueError(f"{one.request} at {one.service}: a total is at least 0 and places are at least 1")
        if one.service not in places:
            raise ValueError(f"{one.service} has no number of places")
        if facts.setdefault(one.request, (one.places_needed, one.urgent)) != (one.places_needed, one.urgent):
            raise ValueError(f"{one.request} asks for different things in different choices")
    names = sorted({*facts, *requests})
    services = sorted({one.service for one in choices})
    row_of, column_of = {name: row for row, name in enumerate(names)}, {name: at for at, name in enumerate(services)}
    totals = np.full((len(names), len(services)), NONE, dtype=np.int64)
    for one in choices:
        row, column = row_of[one.request], column_of[one.service]
        if totals[row, column] != NONE:
            raise ValueError(f"{one.request} has {one.service} twice")
        totals[row, column] = one.total
    return Table(
        requests=tuple(names),
        services=tuple(services),
        totals=totals,
        needed=np.array([facts.get(name, (1, False))[0] for name in names], dtype=np.int64),
        urgent=np.array([facts.get(name, (1, False))[1] for name in names], dtype=np.bool_),
        places=np.array([places[name] for name in services], dtype=np.int64),
    )


def parts_of(table: Table) -> list[tuple[Integers, Integers]]:
    """Rows and columns of each part that shares no service with another: parts can be planned apart.

    Parts are in order of their first row. Requests without any choice are in none. Where everybody asks for one place
    there is nothing to gain, and all are one part.
    """
    allowed = table.allowed
    loose = allowed.any(axis=1)
    if int(table.needed.max(initial=0)) <= 1:
        return [(np.flatnonzero(loose), np.flatnonzero(allowed.any(axis=0)))] if loose.any() else []
    found: list[tuple[Integers, Integers]] = []
    while loose.any():
        rows = np.zeros(len(table.requests), dtype=np.bool_)
        fresh = np.array([int(np.argmax(loose))])
        columns = np.zeros(len(table.services), dtype=np.bool_)
        while fresh.size:
            rows[fresh] = True
            new = allowed[fresh].any(axis=0) & ~columns
            columns |= new
            fresh = np.flatnonzero(allowed[:, new].any(axis=1) & ~rows)
        loose &= ~rows
        found.append((np.flatnonzero(rows), np.flatnonzero(columns)))
    return found


def without_idle_choices(table: Table, worth: Integers, allowed: Flags) -> Flags:
    """Those of the allowed choices that a best plan can need: each request's best services, as many as others could
    ever block.

    Let the others together ask for `asked` places. A service with `c` places refuses a request for `q` only while
    others hold more than c - q of them, that is at least c - q + 1. So among services whose sum of c - q + 1 exceeds
    `asked`, one always has room. Take a plan that sends the request below its best services up to that sum: one of
    those has room, is at least as good, and moving there changes nobody else: as many are placed, as many of them
    urgent, the worst total is no lower and the sum no smaller. With equal totals the move goes to the smaller id, for
    services stand in order of total, then of id; so the plan that `allocate` calls first among the best is kept too.
    """
    kept = allowed.copy()
    asked = int(table.needed.sum())
    for row in range(len(table.requests)):
        columns = np.flatnonzero(kept[row])
        blocks = table.places[columns] - table.needed[row] + 1
        most = asked - int(table.needed[row])
        if int(blocks.sum()) <= most:
            continue
        order = np.argsort(-worth[row, columns], kind="stable")
        enough = int(np.searchsorted(np.cumsum(blocks[order]), most, side="right")) + 1
        kept[row, columns[order[enough:]]] = False
    return kept
