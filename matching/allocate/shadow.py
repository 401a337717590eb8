"""What a scarce place is worth to those who will ask for it next: learned from past arrivals, spent only on the last
objective.

Each past window of arrivals is planned whole, as if all of it had been known at once. The least prices that hold such
a plan together say what one more place in each service would have been worth: nothing where places were left over.
Windows are averaged with weights that halve with age, so what was fought over last counts most. A steered plan takes
that value off the total of a service, more of it the longer the places must last; as many are placed, as many urgent
and the worst total is as high as without, for the steering enters after those three are settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.allocate.joint import allocate_table
from matching.allocate.plan import Plan
from matching.allocate.single import Market
from matching.allocate.table import NONE, Choice, Integers, Table, table_of, without_idle_choices

HALF = 2
"""After so many windows a window counts half as much."""


@dataclass(frozen=True, slots=True)
class ShadowPrices:
    """Millionths of total for one place, by service; a service that is not named is worth nothing beyond itself."""

    by_service: Mapping[str, int]

    def of(self, services: Sequence[str]) -> Integers:
        return np.array([self.by_service.get(name, 0) for name in services], dtype=np.int64)


def learn(history: Sequence[Sequence[Choice]], places: Sequence[Mapping[str, int]], half: int = HALF) -> ShadowPrices:
    """Shadow prices from past windows, oldest first: the choices of the requests that arrived in each, and the places
    that were there for them.
    """
    windows = [table_of(choices, free) for choices, free in zip(history, places, strict=True)]
    return learn_tables(windows, half)


def learn_tables(windows: Sequence[Table], half: int = HALF) -> ShadowPrices:
    """The same from tables. Weights are whole numbers (a factor of 2 ** 16 is one), so the prices are too."""
    weight, whole = 1 << 16, 0
    summed: dict[str, int] = {}
    for age, table in enumerate(reversed(windows)):
        share = int(weight * 0.5 ** (age / half))
        whole += share
        for name, price in zip(table.services, least_prices(table).tolist(), strict=True):
            summed[name] = summed.get(name, 0) + share * price
    return ShadowPrices({name: total // whole for name, total in sorted(summed.items()) if total // whole})


def least_prices(table: Table) -> Integers:
    """What the last place of each service is worth in the plan of the highest sum, in which nobody has to be placed.

    A request for several places counts as that many who share its total: close enough for a price.
    """
    rows = np.repeat(np.arange(len(table.requests)), table.needed)
    each = np.where(table.allowed, table.totals, 0) // table.needed[:, None]
    kept = without_idle_choices(table, table.totals, table.allowed)
    market = Market(each[rows], kept[rows], table.places)
    market.settle()
    return market.least_prices()


def steered(
    choices: Sequence[Choice], places: Mapping[str, int], prices: ShadowPrices, requests: Sequence[str] = ()
) -> Plan:
    """The plan of `allocate`, but with the value of places to others taken off the totals in the last objective."""
    return steered_table(table_of(choices, places, requests), prices)


def steered_table(table: Table, prices: ShadowPrices) -> Plan:
    worth = np.where(table.totals == NONE, 0, table.totals - table.needed[:, None] * prices.of(table.services))
    return allocate_table(table, worth)
