"""From placements on record to a tariff: fit, unpack into multipliers, measure the band on rows that were left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from matching.fit.design import (
    AGE_KNOTS,
    COUNTS_OF_2,
    COUNTS_OF_3,
    OLDEST,
    PAIRS,
    STEPS,
    SUMS,
    Columns,
    Frame,
    Numbers,
    age_weights,
    columns_of,
    frame_of,
    order,
)
from matching.fit.estimate import (
    MAD,
    Fitted,
    choose,
    errors_left_out,
    never_falling,
    quantile,
    robust,
    spreads,
    with_reach,
)
from matching.fit.excess import excess
from matching.fit.history import INDICATORS, LEVELS, Comparable, quarter_of
from matching.fit.price import (
    LEAST_COMPARABLES,
    LEAST_MULTIPLIER,
    MOST_MULTIPLIER,
    ONE,
    Band,
    HeldOut,
    HeldOutType,
    Need,
    Tariff,
    Together,
    TypePrices,
    TypeTariff,
    no_prices,
)

OWN_BAND_FROM = 100
BANDS = 3
PSEUDO_BAND = 50
BAND_FOLDS = 10
EXCESS_COUNTS_LESS = 0.5
"""Nobody knows whether a row far above its like was unfair or only dear: it counts half in the band."""
HELD_OUT_MONTHS = 6
LEAST_HELD_OUT, LEAST_EARLIER = 30, 100
LEAST_GROWTH, MOST_GROWTH = 0.9, 1.2


def learn_with_error(rows: Sequence[Comparable]) -> Tariff:
    """The tariff, with how one from the earlier rows met the last months."""
    import scipy.optimize  # noqa: F401  loads what the limit must reach
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # sums come out the same however many processors there are
        tariff = _learn(rows)
        last = tariff.last_start
        if last is None:
            return tariff
        months = last.year * 12 + last.month - HELD_OUT_MONTHS
        first = date(months // 12, months % 12 + 1, 1) if months >= 12 else date.min
        earlier = [row for row in rows if row.start_date < first]
        later = [row for row in rows if row.start_date >= first]
        if len(later) < LEAST_HELD_OUT or len(earlier) < LEAST_EARLIER:
            return tariff
        return replace(tariff, error=_error(_learn(earlier), later, first, last))


def _learn(rows: Sequence[Comparable]) -> Tariff:
    if not rows:
        return no_prices(0, None, None, ())
    sizes = Counter(row.placement_type for row in rows)
    first, last = min(row.start_date for row in rows), max(row.start_date for row in rows)
    usable = order([row for row in rows if row.pence_week > 0])
    priced = Counter(row.placement_type for row in usable)
    wanted = {name for name in sizes if sizes[name] >= LEAST_COMPARABLES}
    if not wanted & set(priced):
        quarter = quarter_of(last)
        types = tuple(
            TypeTariff(name, sizes[name], _for_nothing(1) if name in wanted else None) for name in sorted(sizes)
        )
        return no_prices(len(rows), first, last, types, quarter if wanted else 0)
    frame = frame_of(usable)
    columns = columns_of(frame, usable)
    logs = np.log(np.array([row.pence_week for row in usable], dtype=np.float64))
    middles = np.array([np.median(logs[columns.kind == at]) for at in range(len(frame.types))])
    target = logs - middles[columns.kind]
    start = with_reach(columns, target)
    fitted = robust(columns, target, choose(columns, target, start), start)
    effects = _Effects(frame, fitted)
    known = {name: at for at, name in enumerate(frame.types)}

    def prices(name: str) -> TypePrices | None:
        if name not in wanted:
            return None
        at = known.get(name)
        return _for_nothing(frame.quarters) if at is None else effects.prices(at, float(middles[at]), columns)

    types = tuple(TypeTariff(name, sizes[name], prices(name)) for name in sorted(sizes))
    tariff = Tariff(len(rows), first, last, frame.first_quarter, types, effects.together())
    return _with_bands(tariff, columns, errors_left_out(columns, target, fitted, fitted.options, BAND_FOLDS))


def _for_nothing(quarters: int) -> TypePrices:
    """Of a type that cost nothing whenever it was placed: logarithms know no 0, so such rows are not fitted. A type
    that sometimes cost something is priced from those rows alone.
    """
    need = Need((ONE,) * (LEVELS + 1), ONE, (Decimal(0),) * LEVELS)
    return TypePrices(
        base=Decimal(0),
        base_age=0,
        ages=(ONE,) * (OLDEST + 1),
        quarters=(ONE,) * quarters,
        growth_per_year=ONE,
        needs=(need,) * INDICATORS,
        bands=(Band(Decimal(0), ONE, ONE),),
        bands_of="type",
    )


@dataclass(frozen=True)
class _Effects:
    """The effects of a fit, each block by its name."""

    frame: Frame
    fitted: Fitted

    def _free(self) -> dict[str, Numbers]:
        own, knots = len(self.frame.own), len(AGE_KNOTS)
        sizes = {
            "type": len(self.frame.types),
            "age": knots,
            "own_age": knots * own,
            "growth": 1,
            "own_growth": own,
            "quarter": self.frame.quarters,
            "unmeasured": INDICATORS,
        }
        ends = np.cumsum(list(sizes.values()))
        return dict(zip(sizes, np.split(self.fitted.effects[: self.fitted.free], ends[:-1]), strict=True))

    def steps(self, at: int) -> Numbers:
        """Need x level: what reaching it adds for one type."""
        needs, options = self.fitted.effects[self.fitted.free :], self.fitted.options
        if options.stray_own > 0 and at in self.frame.own:
            nth = 1 + self.frame.own.index(at)
            found = needs[STEPS * nth : STEPS * (nth + 1)]
        else:
            found = needs[:STEPS] * options.reach[at]
        return np.asarray(found.reshape(INDICATORS, LEVELS))

    def prices(self, at: int, middle: float, columns: Columns) -> TypePrices:
        free, frame = self._free(), self.frame
        nth = frame.own.index(at) if at in frame.own else None
        knots, growth = free["age"], float(free["growth"][0])
        if nth is not None:
            knots = knots + free["own_age"].reshape(-1, len(AGE_KNOTS))[nth]
            growth += float(free["own_growth"][nth])
        by_age = age_weights(np.arange(OLDEST + 1, dtype=np.float64)) @ knots
        ages = np.sort(columns.age[columns.kind == at])
        base_age = int(ages[(len(ages) - 1) // 2])
        quarters = np.arange(frame.first_quarter, frame.last_quarter + 1)
        by_quarter = growth * frame.years(quarters) + free["quarter"]
        base = middle + float(free["type"][at]) + float(by_age[base_age]) + float(by_quarter[-1])
        return TypePrices(
            base=max(Decimal(f"{np.exp(base):.2f}"), Decimal("0.01")),
            base_age=base_age,
            ages=_multipliers(by_age - by_age[base_age]),
            quarters=_multipliers(by_quarter - by_quarter[-1]),
            growth_per_year=_decimal(float(np.clip(np.exp(growth), LEAST_GROWTH, MOST_GROWTH))),
            needs=self._needs(at, free["unmeasured"]),
            bands=(),
            bands_of="",
        )

    def _needs(self, at: int, unmeasured: Numbers) -> tuple[Need, ...]:
        steps, shares = self.steps(at), self.frame.shares[at]
        whole = np.hstack([np.zeros((INDICATORS, 1)), np.cumsum(steps, axis=1)])
        blank = np.clip((steps * shares).sum(axis=1) + unmeasured, 0, whole[:, -1])
        return tuple(
            Need(_multipliers(whole[need]), _multipliers(blank[[need]])[0], tuple(map(_decimal, shares[need].tolist())))
            for need in range(INDICATORS)
        )

    def together(self) -> Together:
        size = len(PAIRS) + len(SUMS) + len(COUNTS_OF_2) + len(COUNTS_OF_3)
        found = self.fitted.effects[-size:] if self.fitted.options.toll > 0 else np.zeros(size)
        pairs, sums, at_2, at_3 = np.split(found, np.cumsum([len(PAIRS), len(SUMS), len(COUNTS_OF_2)]))
        multipliers = _multipliers(pairs)
        return Together(
            tuple((*pair, by) for pair, by in zip(PAIRS, multipliers, strict=True) if by > ONE),
            _staircase(sums, SUMS, INDICATORS * LEVELS),
            _staircase(at_2, COUNTS_OF_2, INDICATORS),
            _staircase(at_3, COUNTS_OF_3, INDICATORS),
        )


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


def _multipliers(logs: Numbers) -> tuple[Decimal, ...]:
    held = np.clip(np.exp(logs), float(LEAST_MULTIPLIER), float(MOST_MULTIPLIER))
    return tuple(_decimal(one) for one in held.tolist())


def _staircase(steps: Numbers, at: tuple[int, ...], most: int) -> tuple[Decimal, ...]:
    rises = np.zeros(most + 1)
    rises[list(at)] = steps
    return _multipliers(np.cumsum(rises))


def _with_bands(tariff: Tariff, columns: Columns, errors: Numbers) -> Tariff:
    """The same tariff with how far realised prices lie above it. `errors` are of rows left out of the fit, in
    logarithms.

    Errors are measured against the spread of their type and of their third by weighted need; a third with more need
    never has a narrower band, so that p80 and p90 rise with need too.
    """
    priced = {one.placement_type: one for one in tariff.types if one.prices is not None and not one.prices.bands}
    need = np.full(columns.count, np.nan)
    for name, one in priced.items():
        ours = columns.kind == columns.frame.types.index(name)
        assert one.prices is not None
        need[ours] = _weighted(tariff.together, one.prices, columns.needs[ours])
    third = np.zeros(columns.count, dtype=np.int64)
    starts: dict[str, list[Decimal]] = {}
    for name in priced:
        ours = columns.kind == columns.frame.types.index(name)
        cuts = np.quantile(need[ours], [part / BANDS for part in range(1, BANDS)], method="inverted_cdf").tolist()
        starts[name] = [Decimal(0), *map(_decimal, cuts)]
        third[ours] = np.searchsorted([float(cut) for cut in starts[name][1:]], need[ours], side="right")
    known = ~np.isnan(need)
    errors, third, kind = errors[known], third[known], columns.kind[known]
    spread = spreads(errors, kind, len(columns.frame.types))[kind]
    wider = _wider(errors / spread, third)
    against = errors / (spread * wider[third])
    counts = 1 - EXCESS_COUNTS_LESS * excess(against)
    types = []
    for one in tariff.types:
        if one.prices is None or one.prices.bands:
            types.append(one)
            continue
        ours = kind == columns.frame.types.index(one.placement_type)
        own = one.comparables >= OWN_BAND_FROM
        chosen = ours if own else np.ones(len(kind), dtype=bool)
        highest = [max(quantile(against[chosen], counts[chosen], share), 0.0) for share in (0.8, 0.9)]
        size = float(spread[ours][0])
        ends = [_multipliers(np.array(highest) * size * wide) for wide in wider.tolist()]
        bands = tuple(Band(start, p80, p90) for start, (p80, p90) in zip(starts[one.placement_type], ends, strict=True))
        prices = replace(one.prices, bands=bands, bands_of="type" if own else "all types")
        types.append(replace(one, prices=prices))
    return replace(tariff, types=tuple(types))


def _weighted(together: Together, prices: TypePrices, needs: Numbers) -> Numbers:
    """By row: `Tariff.weighted_need`, nearly: to cut rows into thirds."""
    blank, every = np.isnan(needs), np.arange(INDICATORS)
    table = np.array([[*need.levels, need.not_measured] for need in prices.needs], dtype=np.float64)
    shares = np.array([need.counts_as for need in prices.needs], dtype=np.float64)
    reached = np.where(blank[:, :, None], shares, needs[:, :, None] >= np.arange(1, LEVELS + 1))
    found = table[every, np.where(blank, LEVELS + 1, needs).astype(np.int64)].prod(axis=1)
    second = reached[:, :, 1]
    for one, other, multiplier in together.pairs:
        found *= 1 + (float(multiplier) - 1) * second[:, one] * second[:, other]
    for by_count, count in (
        (together.sums, reached.sum(axis=(1, 2))),
        (together.at_2, second.sum(axis=1)),
        (together.at_3, reached[:, :, 2].sum(axis=1)),
    ):
        found *= np.interp(count, np.arange(len(by_count)), np.array(by_count, dtype=np.float64))
    return np.asarray(found)


def _spread(errors: Numbers) -> float:
    return MAD * float(np.median(np.abs(errors)))


def _wider(errors: Numbers, third: NDArray[np.int64]) -> Numbers:
    """By third: how wide errors spread, against all; drawn to 1 where rows are few, and never falling."""
    overall = max(_spread(errors), 1e-9)
    found, sizes = [], []
    for at in range(BANDS):
        mine = errors[third == at]
        own = max(_spread(mine) if len(mine) else overall, 1e-9)
        found.append(len(mine) * float(np.log(own / overall)) / (len(mine) + PSEUDO_BAND))
        sizes.append(len(mine) + 1.0)
    return np.asarray(np.exp(np.array(never_falling(found, sizes))))


def _error(tariff: Tariff, rows: Sequence[Comparable], first: date, last: date) -> HeldOut | None:
    met: list[tuple[str, float, bool]] = []
    for row in order(rows):
        price = tariff.price(row.placement_type, row.age_years, row.needs, row.start_date)
        if price.expected is not None and price.p80 is not None and row.pence_week > 0:
            off = abs(price.expected - row.pence_week) / row.pence_week
            met.append((row.placement_type, off, row.pence_week <= price.p80))
    if len(met) < LEAST_HELD_OUT:
        return None
    offs = np.array([off for _, off, _ in met])
    types = []
    for name in sorted({name for name, _, _ in met}):
        own = np.array([off for other, off, _ in met if other == name])
        types.append(HeldOutType(name, len(own), _decimal(float(own.mean()))))
    return HeldOut(
        first,
        last,
        len(met),
        _decimal(float(offs.mean())),
        _decimal(float(np.median(offs))),
        _decimal(sum(below for _, _, below in met) / len(met)),
        tuple(types),
    )
