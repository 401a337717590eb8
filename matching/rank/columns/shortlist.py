"""The first of all services for one request, with every failed gate of every service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.rank.columns.failing import Masks
from matching.rank.columns.measured import NO_PART, Positions
from matching.rank.columns.whole import Int64s
from matching.rank.gates import Gate
from matching.rank.rows import GATE_BIT

if TYPE_CHECKING:
    from matching.rank.columns.index import Index
    from matching.rank.facts import Request


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The first candidates of a request in order of display, one row each, and why the others are not among them.

    `positions` are rows of `index.services`, and `gates` has the failed gates of every service in that order, bit i
    for the i-th gate. `parts` and `contributions` hold price, quality, needs and practical, a price part of -1 where
    there is none. `funnel` counts the candidates (the services of the request's lots) that fail each gate.
    """

    request: str
    services: tuple[str, ...]
    positions: Positions
    parts: Int64s
    contributions: Int64s
    total: Int64s
    rank: tuple[int, ...]
    tie_group: tuple[int, ...]
    gates: Masks
    funnel: Mapping[Gate, int]


def shortlist(index: Index, request: Request, most: int) -> Shortlist:
    """The first `most` candidates of a request."""
    if index.answers(request) and not index.columns.odd:
        gates, positions, columns = chosen(index, request, most)
        funnel = index.funnel(request, gates)
    else:
        whole = index.measure(request)
        gates = whole.gates
        positions = in_order(index, gates, whole.total, most)
        columns = (whole.parts[positions], whole.contributions[positions], whole.total[positions])
        funnel = count(gates[index.inside(request)])
    parts, contributions, total = columns
    rank, tie_group = groups(total.tolist(), index.policy.tie_band)
    return Shortlist(
        request=request.id,
        services=tuple(index.ids[position] for position in positions.tolist()),
        positions=positions,
        parts=parts,
        contributions=contributions,
        total=total,
        rank=rank,
        tie_group=tie_group,
        gates=gates,
        funnel=funnel,
    )


def chosen(index: Index, request: Request, most: int) -> tuple[Masks, Positions, tuple[Int64s, Int64s, Int64s]]:
    """Gates of all, and the first with parts, contributions and total. Only the eligible are scored."""
    gates, squares = index.gates(request)
    eligible = np.flatnonzero(gates == 0)
    at = None if len(eligible) == index.size else eligible
    scores = index.scores(request, gates, at, squares)
    totals = scores.total()
    if isinstance(totals, int):
        totals = np.full(len(eligible), totals)
    rows = first(totals, index.seats.take(eligible), index.size, most)
    positions = eligible.take(rows)
    columns = scores.rows(rows, index.columns.quality, positions)
    if not index.all_priced:
        columns[0][~index.columns.priced.take(positions), 0] = NO_PART
    return gates, positions, columns


def in_order(index: Index, gates: Masks, totals: Int64s, most: int) -> Positions:
    """The first eligible, in order of display."""
    eligible = np.flatnonzero(gates == 0)
    return eligible.take(first(totals.take(eligible), index.seats.take(eligible), index.size, most))


def first(totals: Int64s, seats: Int64s, size: int, most: int) -> Positions:
    """The rows that display puts first, in its order. Seats are below `size` and no two are equal, so no keys are."""
    keys = np.multiply(totals, size, dtype=np.int64)
    np.add(keys, seats, out=keys)
    if len(keys) <= most:
        return np.argsort(-keys)
    if most <= 0:
        return np.empty(0, dtype=np.intp)
    least = np.partition(keys, len(keys) - most)[len(keys) - most]
    rows = np.flatnonzero(keys >= least)
    return rows.take(np.argsort(-keys.take(rows)))


def groups(totals: Iterable[int], tie_band: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rank and tie group of each total, from the first of all on: as `ranking.place` numbers them."""
    ranks: list[int] = []
    numbers: list[int] = []
    rank, group, head = 0, 0, 0
    for position, total in enumerate(totals):
        if not position or head - total > tie_band:
            rank, group, head = position + 1, group + 1, total
        ranks.append(rank)
        numbers.append(group)
    return tuple(ranks), tuple(numbers)


def count(masks: Masks) -> dict[Gate, int]:
    """How many of these fail each gate."""
    return {gate: int(np.count_nonzero(masks & np.uint16(GATE_BIT[gate]))) for gate in Gate}
