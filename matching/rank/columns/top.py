"""The first services of each of many requests, with their totals: proposed by floats, decided by whole numbers.

Every proposal is computed again in whole numbers. The answer stands where the last of the first reaches what was
proved about everybody who was not proposed; where it does not, that request is measured by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from matching.rank import parts as score
from matching.rank.columns import whole
from matching.rank.columns.asked import Asked
from matching.rank.columns.measured import Positions
from matching.rank.columns.proposing import Proposals, Proposer, join
from matching.rank.columns.shortlist import chosen, in_order
from matching.rank.columns.whole import Bools, Int64s
from matching.rank.facts import MILLION, PriceFormula
from matching.rank.gates import distance

if TYPE_CHECKING:
    from matching.rank.columns.index import Index
    from matching.rank.facts import Request

ENOUGH = 512
"""Requests that one thread takes at a time."""


@dataclass(frozen=True, slots=True)
class Top:
    """The first services of each request, in order of display: one row a request, in the order asked.

    `services` are ids (None past the last eligible), `positions` their rows in `index.services` (-1 there), `totals`
    millionths (-1 there).
    """

    services: npt.NDArray[np.object_]
    positions: Positions
    totals: Int64s


def top(index: Index, requests: Sequence[Request], most: int, threads: int) -> Top:
    """The first `most` of each request."""
    positions = np.full((len(requests), most), -1, dtype=np.intp)
    totals = np.full((len(requests), most), -1, dtype=np.int64)
    quick = [row for row, request in enumerate(requests) if most > 0 and _quick(index, request)]
    numbers = np.array(quick, dtype=np.intp)
    others = sorted(set(range(len(requests))) - set(quick))
    asked = Asked(index, [requests[row] for row in quick]) if quick else None
    proposer = Proposer(index) if quick else None

    def together(rows: Sequence[Sequence[int]]) -> None:
        assert asked is not None
        assert proposer is not None
        found = join(proposer.propose(asked, one, most) for one in rows)
        unproved = _decide(index, asked, found, most, numbers, positions, totals)
        for row in unproved.tolist():
            alone(int(numbers[row]))

    def alone(row: int) -> None:
        chosen_rows, chosen_totals = _alone(index, requests[row], most)
        positions[row] = totals[row] = -1
        positions[row, : len(chosen_rows)] = chosen_rows
        totals[row, : len(chosen_rows)] = chosen_totals

    # the threads are these; a pool inside the matrix products would fight them for the cores
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(max_workers=threads) as pool:
        work = _in_turn(asked.keys(index).values()) if asked is not None else []
        for _ in pool.map(together, work):
            pass
        for _ in pool.map(alone, others):
            pass
    ids = np.array([*index.ids, None], dtype=np.object_)
    return Top(services=ids[positions], positions=positions, totals=totals)


def _quick(index: Index, request: Request) -> bool:
    """Whether floats may propose: not where others' prices count, and not where every total is 0."""
    return (
        index.answers(request)
        and not index.columns.odd
        and index.policy.price_formula is PriceFormula.BENCHMARK
        and (request.benchmark_pence_week is not None or index.policy.weights.price < 100)
    )


def _in_turn(rows: Iterable[list[int]]) -> list[list[list[int]]]:
    """Work of about the same size each, the largest sets first."""
    work: list[list[list[int]]] = []
    room = 0
    for one in sorted(rows, key=len, reverse=True):
        for start in range(0, len(one), ENOUGH):
            piece = one[start : start + ENOUGH]
            if room < len(piece):
                work.append([])
                room = ENOUGH
            work[-1].append(piece)
            room -= len(piece)
    return work


def _alone(index: Index, request: Request, most: int) -> tuple[Positions, Int64s]:
    if index.answers(request) and not index.columns.odd:
        _gates, positions, (_parts, _contributions, totals) = chosen(index, request, most)
        return positions, totals
    columns = index.measure(request)
    positions = in_order(index, columns.gates, columns.total, most)
    return positions, columns.total[positions]


def _decide(
    index: Index,
    asked: Asked,
    found: Proposals,
    most: int,
    numbers: Positions,
    positions: Positions,
    totals: Int64s,
) -> Positions:
    """Writes the first of each request in its row, and returns the requests whose answer is not proved."""
    rows, services = found.requests, found.services
    scored, far = exact_totals(index, asked, rows, services)
    kept = np.flatnonzero(~far)
    rows, services, scored = rows[kept], services[kept], scored[kept]
    keys = scored * index.size + index.seats.take(services)
    order = np.lexsort((-keys, rows))
    rows, services, scored = rows[order], services[order], scored[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    shown = place < most
    positions[numbers[rows[shown]], place[shown]] = services[shown]
    totals[numbers[rows[shown]], place[shown]] = scored[shown]
    last = totals[numbers[found.rows], most - 1]
    unproved: Positions = found.rows[(found.least > -np.inf) & (last < found.least)]
    return unproved


def exact_totals(index: Index, asked: Asked, rows: Positions, services: Positions) -> tuple[Int64s, Bools]:
    """The total of each pair in whole numbers, and which are beyond the request's limit."""
    weights, share = index.policy.weights, asked.share[rows]
    squares = (index.columns.easting[services] - asked.easting[rows]) ** 2
    squares += (index.columns.northing[services] - asked.northing[rows]) ** 2
    total = index.by_quality[100][services].astype(np.int64)
    if weights.quality and (share != 100).any():
        total = whole.contribution(weights.quality, index.columns.quality[services].astype(np.int64), share)
    if weights.needs:
        total += whole.contribution(weights.needs, _needs(index, asked, rows, services), share)
    if weights.practical:
        total += whole.contribution(weights.practical, _practical(index, asked, rows, services, squares), share)
    if weights.price:
        benchmark = np.maximum(asked.benchmark[rows], 1)
        room = index.line.ceiling * benchmark - index.scaled_prices[services]
        part = whole.price_parts(room, (index.line.ceiling - index.line.floor) * benchmark)
        total += np.where(asked.benchmark[rows] > 0, whole.contribution(weights.price, part, share), 0)
    return total, _far(index, asked, rows, services, squares)


def _needs(index: Index, asked: Asked, rows: Positions, services: Positions) -> Int64s:
    columns = index.columns
    met = np.zeros(len(rows), dtype=np.int64)
    weak = np.zeros(len(rows), dtype=np.bool_)
    needs = asked.needs[rows]
    for indicator, table in enumerate(index.met_tables):
        if table is not None:
            need = needs[:, indicator]
            met += table[need, services]
            weak |= (need == score.SEVERE_NEED) & columns.weak[indicator][services]
    wanted = asked.wanted[rows]
    part: Int64s = np.where(wanted > 0, whole.share_of_million(met, np.maximum(wanted, 1)), MILLION)
    return np.where(weak, np.minimum(part, index.policy.severe_need_cap), part)


def _practical(index: Index, asked: Asked, rows: Positions, services: Positions, squares: Any) -> Int64s:
    part, doubtful = whole.practical_parts(squares, index.per_metre, asked.error)
    for pair in np.flatnonzero(doubtful).tolist():
        request, service = asked.requests[rows[pair]], index.services[services[pair]]
        part[pair] = score.practical(index.policy, request, service)
    return np.where(index.columns.placed[services], part, score.PRACTICAL_UNKNOWN).astype(np.int64)


def _far(index: Index, asked: Asked, rows: Positions, services: Positions, squares: Any) -> Bools:
    far = np.zeros(len(rows), dtype=np.bool_)
    pairs = np.flatnonzero(asked.limited[rows] & index.columns.placed[services])
    near, room, squares = asked.near[rows[pairs]], asked.room[rows[pairs]], squares[pairs]
    far[pairs] = squares > near
    for pair in pairs[(room > 0) & (np.abs(squares - near) <= room)].tolist():
        request, service = asked.requests[rows[pair]], index.services[services[pair]]
        far[pair] = distance(index.policy, request, service) is not None
    return far
