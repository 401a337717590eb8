"""The services of a market under one policy, measured for a request all at once instead of one by one.

What comes out is what `ranking.measure` gives for every service at its list price, to the last bit; for numbers that
the columns are not proved for, it is what `ranking.measure` gives because that computes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from matching.rank import parts as score
from matching.rank import ranking
from matching.rank.columns import bounds, whole
from matching.rank.columns.failing import LOTS, GateColumns, Masks
from matching.rank.columns.measured import NO_PART, Columns, Positions, Scores
from matching.rank.columns.services import NO_PRICE, seats, service_columns
from matching.rank.columns.shortlist import Shortlist, shortlist
from matching.rank.columns.top import Top, top
from matching.rank.columns.whole import Bools, Floats
from matching.rank.facts import MILLION, Policy, PriceFormula, Request, Service
from matching.rank.gates import Gate, distance
from matching.rank.results import Flag
from matching.rank.rows import FLAG_BIT, GATE_BIT


class Index:
    """Frozen columns of every service at its list price. Making one takes about 15 microseconds a service.

    `services` are in order of id, and so is whatever has a row for each of them.
    """

    def __init__(self, policy: Policy, services: Iterable[Service]) -> None:
        self.policy = policy
        self.services: tuple[Service, ...] = tuple(sorted(services, key=lambda one: one.id))
        self.ids: tuple[str, ...] = tuple(one.id for one in self.services)
        self.size = len(self.services)
        self.seats = seats(policy, self.services)
        self.fits = self.size > 0 and bounds.policy_fits(policy)
        if self.fits:
            self._prepare()

    def _prepare(self) -> None:
        policy = self.policy
        self.columns = service_columns(policy, self.services)
        self.gate_columns = GateColumns(policy, self.services, self.columns.odd)
        self.line = bounds.PriceLine.of(policy)
        self.scaled_prices = np.where(self.columns.priced, self.columns.prices, 0) * self.line.scale
        self.scaled_prices[~self.columns.priced] = NO_PRICE
        self.per_metre = bounds.millionths_per_metre(policy)
        self.unknowns = (
            ~self.columns.priced * FLAG_BIT[Flag.PRICE_UNKNOWN]
            + np.array([one.quality is None for one in self.services]) * FLAG_BIT[Flag.QUALITY_UNKNOWN]
            + ~self.columns.placed * FLAG_BIT[Flag.DISTANCE_UNKNOWN]
        )
        self._unplaced = None if self.columns.placed.all() else ~self.columns.placed
        self.all_priced = bool(self.columns.priced.all())
        nothing = np.zeros(self.size, dtype=np.int64)
        self.met_tables = [None if rows is None else np.stack([nothing, *rows]) for rows in self.columns.met]
        quality = policy.weights.quality
        self.by_quality = {
            share: whole.contribution(quality, self.columns.quality, share)
            for share in {100, 100 - policy.weights.price}
            if share
        }

    def answers(self, request: Request) -> bool:
        """Whether the columns answer for this request, or the exact engine must."""
        if not self.fits or not bounds.request_fits(self.line, self.columns, request):
            return False
        return not self.columns.odd or self.policy.price_formula is PriceFormula.BENCHMARK

    def measure(self, request: Request) -> Columns:
        """Gates, parts and contributions of every service."""
        if not self.answers(request):
            return self._measure_exactly(request, range(self.size))
        gates, squares = self.gates(request)
        scores = self.scores(request, gates, None, squares)
        found = Columns(gates, *scores.rows(slice(None), self.columns.quality, np.arange(self.size)))
        if not self.all_priced:
            found.parts[~self.columns.priced, 0] = NO_PART
        for position in self.columns.odd:
            one = self._measure_exactly(request, (position,))
            found.gates[position], found.total[position] = one.gates[0], one.total[0]
            found.parts[position], found.contributions[position] = one.parts[0], one.contributions[0]
        return found

    def _measure_exactly(self, request: Request, positions: Sequence[int]) -> Columns:
        pairs = [(self.services[position], None) for position in positions]
        measured = ranking.measure(self.policy, request, pairs)
        found = Columns.empty(np.zeros(len(pairs), dtype=np.uint16))
        for row, one in enumerate(measured):
            parts, gave = one.parts, one.contributions
            found.gates[row] = sum(GATE_BIT[gate] for gate in one.gates_failed)
            price = NO_PART if parts.price is None else parts.price
            found.parts[row] = (price, parts.quality, parts.needs, parts.practical)
            found.contributions[row] = (gave.price, gave.quality, gave.needs, gave.practical)
            found.total[row] = gave.total
        return found

    def gates(self, request: Request) -> tuple[Masks, Floats | None]:
        """The failed gates of every service but the odd ones, and the squared metres where a limit needed them."""
        columns = self.gate_columns.of(request)
        masks = next(columns).masks.copy()
        for column in columns:
            np.bitwise_or(masks, column.masks, out=masks)
        squares = None
        if request.max_miles is not None:
            squares = self._squares(request, None)
            masks |= self._too_far(request, squares).astype(np.uint16) * np.uint16(GATE_BIT[Gate.DISTANCE])
        return masks, squares

    def funnel(self, request: Request, masks: Masks) -> dict[Gate, int]:
        """How many candidates of the request (services of its lots) fail each gate."""
        lots = [number for number, lot in enumerate(LOTS) if lot in request.lots]
        counts = np.zeros(len(Gate), dtype=np.int64)
        for column in self.gate_columns.of(request):
            counts += column.counts[lots].sum(axis=0)
        found = dict(zip(Gate, counts.tolist(), strict=True))
        if request.max_miles is not None:
            far = (masks & np.uint16(GATE_BIT[Gate.DISTANCE])).astype(np.bool_)
            found[Gate.DISTANCE] = int(np.count_nonzero(far & self.gate_columns.inside(request)))
        return found

    def inside(self, request: Request) -> Bools:
        """Which services are of the request's lots."""
        return np.fromiter((one.lot in request.lots for one in self.services), dtype=np.bool_)

    def shortlist(self, request: Request, most: int = 20) -> Shortlist:
        """The first `most` candidates in order of display, and the failed gates of every service."""
        return shortlist(self, request, most)

    def top(self, requests: Sequence[Request], most: int = 20, threads: int = 2) -> Top:
        """The first `most` of each request with their totals; the number of threads changes nothing but the time."""
        return top(self, requests, most, threads)

    def scores(self, request: Request, gates: Masks, at: Positions | None, squares: Floats | None) -> Scores:
        """The scores of the services at these positions (of all, for None)."""
        policy, weights = self.policy, self.policy.weights
        price = self._price(request, gates, at)
        needs = self._needs(request, at)
        practical = self._practical(request, at, squares)
        share = 100 if request.benchmark_pence_week is not None else 100 - weights.price
        if not share:
            return Scores(price, needs, practical, 0, 0, 0, 0)
        by_quality = self.by_quality[share]
        return Scores(
            price=price,
            needs=needs,
            practical=practical,
            by_price=0 if price is None else self._contribution(weights.price, price, share),
            by_quality=by_quality if at is None else by_quality.take(at),
            by_needs=self._contribution(weights.needs, needs, share),
            by_practical=self._contribution(policy.weights.practical, practical, share),
        )

    @staticmethod
    def _contribution(weight: int, part: Any, share: int) -> Any:
        if isinstance(part, int):
            return score.round_half_up(weight * part, share)
        return whole.contribution(weight, part, share) if weight else 0

    def _price(self, request: Request, gates: Masks, at: Positions | None) -> Any | None:
        """0 where there is no price."""
        benchmark = request.benchmark_pence_week
        if benchmark is None:
            return None
        if self.policy.price_formula is PriceFormula.BENCHMARK:
            scaled = self.scaled_prices if at is None else self.scaled_prices.take(at)
            return whole.price_parts(self.line.ceiling * benchmark - scaled, self.line.span(benchmark))
        eligible = (gates == 0) & self.columns.priced
        if not eligible.any():
            return None
        lowest = int(self.columns.prices[eligible].min())
        prices, priced = self.columns.prices, self.columns.priced
        if at is not None:
            prices, priced = prices.take(at), priced.take(at)
        return np.where(priced, whole.ratio_parts(lowest, np.where(priced, prices, 1)), 0)

    def _needs(self, request: Request, at: Positions | None) -> Any:
        columns, policy = self.columns, self.policy
        met, wanted, weak = None, 0, None
        for indicator, need in enumerate(request.needs):
            rows = columns.met[indicator]
            if not need or rows is None:
                continue
            row = rows[need - 1] if at is None else rows[need - 1].take(at)
            met = row.copy() if met is None else np.add(met, row, out=met)
            wanted += policy.indicator_weights[indicator] * need
            if need == score.SEVERE_NEED:
                unmet = columns.weak[indicator] if at is None else columns.weak[indicator].take(at)
                weak = unmet if weak is None else weak | unmet
        if met is None:
            return MILLION
        wanted *= MILLION // columns.unit
        met = met.astype(whole.narrowest((2 * MILLION + 1) * wanted), copy=False)
        part = whole.share_of_million(met, wanted)
        if weak is not None:
            part[weak] = np.minimum(part[weak], policy.severe_need_cap)
        return part

    def _squares(self, request: Request, at: Positions | None) -> Floats:
        east, north = self.columns.easting, self.columns.northing
        if at is not None:
            east, north = east.take(at), north.take(at)
        east = east - float(request.easting)
        north = north - float(request.northing)
        np.multiply(east, east, out=east)
        np.multiply(north, north, out=north)
        return np.add(east, north, out=east)

    def _practical(self, request: Request, at: Positions | None, squares: Floats | None) -> Any:
        if squares is None:
            squares = self._squares(request, at)
        elif at is not None:
            squares = squares.take(at)
        error = bounds.practical_error(self.policy, bounds.whole_metres(self.columns, request))
        part, doubtful = whole.practical_parts(squares, self.per_metre, error)
        if doubtful.any():
            for row in np.flatnonzero(doubtful).tolist():
                service = self.services[row if at is None else int(at[row])]
                part[row] = score.practical(self.policy, request, service)
        if self._unplaced is not None:
            part[self._unplaced if at is None else self._unplaced.take(at)] = score.PRACTICAL_UNKNOWN
        return part

    def _too_far(self, request: Request, squares: Floats) -> Bools:
        """Who is beyond the request's limit: exactly where floats cannot tell."""
        near, room = bounds.limit_and_doubt(self.columns, request)
        far: Bools = squares > near
        if room:
            for row in np.flatnonzero(np.abs(squares - near) <= room).tolist():
                far[row] = distance(self.policy, request, self.services[row]) is not None
        far &= self.columns.placed
        return far
