"""The services of a market as columns: what the parts of a score are computed from, in order of service id.

A service whose numbers are out of all bounds (a price of 10^12 pence, a place at 10^8 metres) is listed as odd: its row
holds zeros that nobody looks at, and the exact engine answers for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from matching.rank import parts as score
from matching.rank.columns.whole import FITS_NARROW, MOST_METRES, Bools, Floats, Int64s, Integers, narrowest
from matching.rank.facts import INDICATORS, MILLION, Policy, Service

MOST_PRICE = 2**40
"""A weekly price at most: a hundred times the 10^9 pence that a file may hold."""

NO_PRICE = 2**62
"""Stands for no price in the column of prices: beyond every ceiling, so that it earns nothing."""


@dataclass(frozen=True, slots=True)
class ServiceColumns:
    """One row for each service.

    `prices` are pence a week (`NO_PRICE` where there is none) and `easting`, `northing` metres (0 where they are not
    known). `met[i][n - 1]` is what a service meets of a need of n at indicator i, weighted, in units of `unit`
    millionths of a level; None at an indicator without weight. `weak[i]` says whose capability at i leaves a severe
    need badly unmet.
    """

    prices: Int64s
    priced: Bools
    most_price: int
    easting: Floats
    northing: Floats
    placed: Bools
    whole_metres: bool
    unit: int
    met: tuple[tuple[Integers, ...] | None, ...]
    weak: tuple[Bools, ...]
    quality: Integers
    odd: tuple[int, ...]


def service_columns(policy: Policy, ordered: Sequence[Service]) -> ServiceColumns:
    """The columns of services in order of id, under a policy that `bounds.policy_fits`."""
    odd = tuple(position for position, service in enumerate(ordered) if not _fits(service))
    out = set(odd)
    kept = [None if position in out else service for position, service in enumerate(ordered)]
    prices = _integers([None if one is None else one.list_price_pence_week for one in kept], NO_PRICE)
    priced = prices != NO_PRICE
    unit, met = _met(policy, kept)
    levels = np.array([(0,) * INDICATORS if one is None else one.capability for one in kept], dtype=np.int64)
    levels = levels.reshape(len(kept), INDICATORS)
    places = [None if one is None else (one.easting, one.northing) for one in kept]
    return ServiceColumns(
        prices=prices,
        priced=priced,
        most_price=int(prices[priced].max(initial=0)),
        easting=np.array([float(place[0] or 0) if place else 0.0 for place in places]),
        northing=np.array([float(place[1] or 0) if place else 0.0 for place in places]),
        placed=np.array([place is not None and None not in place for place in places], dtype=np.bool_),
        whole_metres=all(
            isinstance(number, int) for place in places if place for number in place if number is not None
        ),
        unit=unit,
        met=met,
        weak=tuple(np.ascontiguousarray(levels[:, indicator] <= score.BADLY_UNMET) for indicator in range(INDICATORS)),
        quality=np.array([0 if one is None else score.quality(policy, one) for one in kept], dtype=np.int32),
        odd=odd,
    )


def _fits(service: Service) -> bool:
    """Whether a service's numbers are within the bounds that the columns are proved for."""
    price, quality = service.list_price_pence_week, service.quality
    spots = [number for number in (service.easting, service.northing) if number is not None]
    counts = (service.min_age, service.max_age, service.places, service.places_confirmed_days_ago)
    return (
        (price is None or 0 <= price <= MOST_PRICE)
        and (quality is None or 0 <= quality <= 100)
        and all(-MOST_METRES <= number <= MOST_METRES for number in spots)
        and all(0 <= count < FITS_NARROW for count in counts)
        and len(service.capability) == len(service.evidence) == INDICATORS
        and all(0 <= level <= 3 for level in service.capability)
    )


def _integers(values: Sequence[int | None], missing: int) -> Int64s:
    return np.array([missing if value is None else value for value in values], dtype=np.int64)


def _met(policy: Policy, services: Sequence[Service | None]) -> tuple[int, tuple[tuple[Integers, ...] | None, ...]]:
    """Weighted met levels by indicator and need, over the greatest unit that leaves them whole numbers."""
    discount = policy.evidence_discount
    unit = gcd(MILLION, discount.declared, discount.evidenced, discount.verified)
    worth = {
        (level, evidence): level * discount.of(evidence) // unit
        for service in services
        if service is not None
        for level, evidence in zip(service.capability, service.evidence, strict=True)
    }
    kind = narrowest(3 * (MILLION // unit) * sum(policy.indicator_weights))
    table: list[tuple[Integers, ...] | None] = []
    for indicator, weight in enumerate(policy.indicator_weights):
        if not weight:
            table.append(None)
            continue
        column = np.array(
            [0 if one is None else worth[one.capability[indicator], one.evidence[indicator]] for one in services],
            dtype=np.int64,
        )
        table.append(tuple((weight * np.minimum(column, need * (MILLION // unit))).astype(kind) for need in (1, 2, 3)))
    return unit, tuple(table)


def seats(policy: Policy, ordered: Sequence[Service]) -> Int64s:
    """The order of display among equal totals, which no request changes: quality part, price, id. The first has the
    highest seat.
    """

    def before(position: int) -> tuple[int, bool, int, int]:
        service = ordered[position]
        price = service.list_price_pence_week
        return (-score.quality(policy, service), price is None, price or 0, position)

    found = np.empty(len(ordered), dtype=np.int64)
    found[sorted(range(len(ordered)), key=before)] = np.arange(len(ordered) - 1, -1, -1)
    return found
