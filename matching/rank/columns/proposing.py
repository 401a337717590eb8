"""Proposals for the first of many requests at once: floats say who might be among them, whole numbers decide.

Requests of the same lots, age, sex and places look at the same services. Of those, matrix products in float32 give
every total within a margin that is worked out, not guessed; who is within two margins of the last place is proposed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from matching.rank import parts as score
from matching.rank.columns.asked import Asked
from matching.rank.columns.whole import ROUGH_METRES
from matching.rank.facts import MILLION

if TYPE_CHECKING:
    from matching.rank.columns.index import Index
    from matching.rank.columns.measured import Positions

Floats32: TypeAlias = npt.NDArray[np.float32]

UNIT_ROUNDING = 2.0**-24
"""The greatest relative error of one rounding to a float32."""

ROUNDED_WHOLE = 2.5
"""More than all the roundings of parts and contributions can move a total from what it is without them."""

WORST_MARGIN = 1000.0
"""A margin beyond this (a price line as steep as a wall) proposes too many to be of use."""

NO_PRICE = np.float32(1e25)
NEVER = np.float32(1e9)
"""Above every total."""

ROWS, COLUMNS = 64, 2048
"""The block that is worked on: half a megabyte, which the second cache of a core holds."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """Pairs of request and service that may be among the first, by request.

    `least` is, for each request of `rows`, a total that the last of the first reaches if the proposals are good; minus
    infinity where all that may be eligible are proposed, plus infinity where floats are too coarse for any.
    """

    requests: Positions
    services: Positions
    rows: Positions
    least: npt.NDArray[np.float64]


class Proposer:
    """The services as float32 columns."""

    def __init__(self, index: Index) -> None:
        columns = index.columns
        self.index = index
        self._centre = (_middle(columns.easting, columns.placed), _middle(columns.northing, columns.placed))
        self._east = (columns.easting - self._centre[0]).astype(np.float32)
        self._north = (columns.northing - self._centre[1]).astype(np.float32)
        spots = np.hypot(columns.easting - self._centre[0], columns.northing - self._centre[1])
        self._farthest = float(spots[columns.placed].max(initial=0))
        self._indicators = [number for number, rows in enumerate(columns.met) if rows is not None]
        self._met = np.array(
            [row for rows in columns.met if rows is not None for row in rows], dtype=np.float32
        ).reshape(3 * len(self._indicators), index.size)
        weak = [columns.weak[indicator] for indicator in self._indicators]
        self._weak = np.vstack([np.ones((1, index.size), dtype=np.float32), np.array(weak, dtype=np.float32)])
        prices = np.where(columns.priced, columns.prices, NO_PRICE).astype(np.float32)
        self._prices = np.vstack([np.ones(index.size, dtype=np.float32), prices])

    def propose(self, asked: Asked, rows: Sequence[int], most: int) -> Proposals:
        """Proposals for requests of one key (`Asked.keys`): the same lots, age, sex and places, all with a benchmark or
        all without.
        """
        open_to = np.flatnonzero(self.index.gate_columns.common(asked.requests[rows[0]]) == 0)
        placed = self.index.columns.placed.take(open_to)
        services = np.concatenate([open_to[placed], open_to[~placed]])
        known = int(np.count_nonzero(placed))
        found = [
            self._block(asked, np.array(rows[start : start + ROWS]), services, known, most)
            for start in range(0, len(rows), ROWS)
        ]
        return join(found)

    def _block(self, asked: Asked, rows: Positions, services: Positions, known: int, most: int) -> Proposals:
        index = self.index
        weights = index.policy.weights
        share = int(asked.share[rows[0]])
        parts = {name: MILLION * getattr(weights, name) / share for name in ("price", "quality", "needs", "practical")}
        line = self._price_line(asked, rows, parts["price"])
        steepest = float(np.abs(line[:, 0]).max(initial=0)) if line is not None else 0.0
        east = (asked.easting[rows] - self._centre[0]).astype(np.float32)
        north = (asked.northing[rows] - self._centre[1]).astype(np.float32)
        reach = self._farthest + float(np.hypot(east, north).max(initial=0))
        per_metre = index.per_metre * parts["practical"] / MILLION
        error = 16 * parts["needs"] + 4 * steepest + 8 * (reach * per_metre + parts["practical"]) + 4 * MILLION
        margin = ROUNDED_WHOLE + 2 * UNIT_ROUNDING * error
        if margin > WORST_MARGIN:
            nobody = np.empty(0, dtype=np.intp)
            return Proposals(nobody, nobody, rows, np.full(len(rows), np.inf))
        totals = np.empty((len(rows), len(services)), dtype=np.float32)
        met = self._met_line(asked, rows, parts["needs"])
        whole_needs = np.where(asked.wanted[rows] > 0, 0, parts["needs"]).astype(np.float32)[:, None]
        caps = self._cap_line(asked, rows)
        cap = np.float32(parts["needs"] * index.policy.severe_need_cap / MILLION)
        constant = self._constant(services, share)
        limits = asked.limit[rows]
        limited = np.flatnonzero(np.isfinite(limits))
        scratch = np.empty((2, len(rows), min(COLUMNS, len(services))), dtype=np.float32)
        for start in range(0, len(services), COLUMNS):
            stop = min(start + COLUMNS, len(services))
            at = services[start:stop]
            block, one, two = (array[:, : stop - start] for array in (totals[:, start:stop], *scratch))
            if met is None:
                block[:] = 0
            else:
                np.matmul(met, self._met.take(at, axis=1), out=block)
                block += whole_needs
            if caps is not None:
                np.matmul(caps, self._weak.take(at, axis=1), out=one)
                np.maximum(one, cap, out=one)
                np.minimum(block, one, out=block)
            block += constant[start:stop]
            if line is not None:
                np.matmul(line, self._prices.take(at, axis=1), out=one)
                np.maximum(one, np.float32(0), out=one)
                np.minimum(one, np.float32(parts["price"]), out=one)
                block += one
            placed = min(max(known - start, 0), stop - start)
            if placed and (parts["practical"] or len(limited)):
                here = at[:placed]
                one, two, block = one[:, :placed], two[:, :placed], block[:, :placed]
                np.subtract(self._east.take(here), east[:, None], out=one)
                np.multiply(one, one, out=one)
                np.subtract(self._north.take(here), north[:, None], out=two)
                np.multiply(two, two, out=two)
                np.add(one, two, out=one)
                np.sqrt(one, out=one)
                for row in limited.tolist():
                    far = limits[row] + 8 * UNIT_ROUNDING * (reach + limits[row]) + ROUGH_METRES
                    block[row, one[row] > np.float32(far)] = -np.inf
                if parts["practical"]:
                    np.multiply(one, np.float32(per_metre), out=one)
                    np.minimum(one, np.float32(parts["practical"]), out=one)
                    np.subtract(block, one, out=block)
        for row, number in enumerate(rows.tolist()):
            for column in index.gate_columns.further(asked.requests[number]):
                totals[row, column.masks.take(services) != 0] = -np.inf
        return _near_the_last(totals, rows, services, most, margin)

    def _met_line(self, asked: Asked, rows: Positions, part: float) -> Floats32 | None:
        """One row a request: what a unit of each indicator and need gives to its total."""
        if not part:
            return None
        wanted = asked.wanted[rows]
        each = np.divide(part, wanted, out=np.zeros(len(rows)), where=wanted > 0)
        needs = asked.needs[rows][:, self._indicators]
        chosen = needs[:, :, None] == np.array([1, 2, 3])
        line: Floats32 = (chosen.reshape(len(rows), -1) * each[:, None]).astype(np.float32)
        return line

    def _cap_line(self, asked: Asked, rows: Positions) -> Floats32 | None:
        """Rows that come to `NEVER` where no severe need is badly unmet, and to 0 or less where one is."""
        severe = asked.needs[rows][:, self._indicators] == score.SEVERE_NEED
        if not severe.any() or not self.index.policy.weights.needs:
            return None
        return np.hstack([np.full((len(rows), 1), NEVER), -NEVER * severe]).astype(np.float32)

    def _price_line(self, asked: Asked, rows: Positions, part: float) -> Floats32 | None:
        benchmark = asked.benchmark[rows[0]]
        if not benchmark or not part:
            return None
        line = self.index.line
        whole = part / (line.ceiling - line.floor)
        each = -whole * line.scale / asked.benchmark[rows]
        return np.stack([np.full(len(rows), whole * line.ceiling), each], axis=1).astype(np.float32)

    def _constant(self, services: Positions, share: int) -> Floats32:
        """What does not depend on the request: quality, and the practical part before any distance."""
        weights, columns = self.index.policy.weights, self.index.columns
        full = MILLION * weights.practical / share
        unknown = score.round_half_up(weights.practical * score.PRACTICAL_UNKNOWN, share)
        practical = np.where(columns.placed.take(services), full, unknown)
        constant: Floats32 = (self.index.by_quality[share].take(services) + practical).astype(np.float32)
        return constant


def _near_the_last(totals: Floats32, rows: Positions, services: Positions, most: int, margin: float) -> Proposals:
    size = len(services)
    if size > most:
        last = np.partition(totals, size - most, axis=1)[:, size - most].astype(np.float64)
        bar = np.where(np.isfinite(last), last - 2 * margin, -NEVER).astype(np.float32)
        least = last - margin
        # a bar that was rounded up may not leave anyone out
        bar = np.nextafter(bar, np.float32(-np.inf))
    else:
        least = np.full(len(rows), -np.inf)
        bar = np.full(len(rows), -NEVER, dtype=np.float32)
    chosen, at = np.nonzero(totals >= bar[:, None])
    return Proposals(rows[chosen], services[at], rows, least)


def join(found: Iterable[Proposals]) -> Proposals:
    found = list(found)
    return Proposals(
        np.concatenate([one.requests for one in found]),
        np.concatenate([one.services for one in found]),
        np.concatenate([one.rows for one in found]),
        np.concatenate([one.least for one in found]),
    )


def _middle(values: Any, placed: Any) -> float:
    return float(values[placed].mean()) if placed.any() else 0.0
