"""What a scarce place is worth to those who will ask for it next: learned from past arrivals, spent only on the last
objective.

Past stretches of arrivals stand for the one to come. Each is planned whole against the places that are there today, as
if all of it were known; the prices that hold such a plan together say what a place will be worth to somebody later:
nothing where places are left over. Stretches are averaged with weights that halve with age, so what was fought over
last counts most. A steered plan takes that worth off the totals of a service. As many are placed as without, as many
urgent ones, and the worst total is as high: the steering enters after those three are settled.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.allocate.joint import allocate_table
from matching.allocate.plan import Plan
from matching.allocate.single import Market
from matching.allocate.table import NONE, Choice, Integers, Table, table_of, without_idle_choices

WHOLE = 1 << 16
HALF = 2
"""After so many stretches one counts half as much."""


@dataclass(frozen=True, slots=True)
class ShadowPrices:
    """Millionths of total for one place, by service; a service that is not named is worth nothing beyond itself."""

    by_service: Mapping[str, int]

    def of(self, services: Sequence[str]) -> Integers:
        return np.array([self.by_service.get(name, 0) for name in services], dtype=np.int64)


def learn(stretches: Sequence[Sequence[Choice]], places: Mapping[str, int], half: int = HALF) -> ShadowPrices:
    """Shadow prices of today's `places` from past stretches, oldest first, each the choices of all who arrived in it.

    A stretch should be as long as the places of today have to last.
    """
    return learn_tables([table_of(choices, places) for choices in stretches], half)


def learn_tables(stretches: Sequence[Table], half: int = HALF) -> ShadowPrices:
    """The same from tables with today's places. Weights are whole numbers, so the prices are too."""
    whole, summed = 0, dict[str, int]()
    for age, table in enumerate(reversed(stretches)):
        share = _share(age, half)
        whole += share
        for name, price in zip(table.services, prices_of(table).tolist(), strict=True):
            summed[name] = summed.get(name, 0) + share * price
    return ShadowPrices({name: total // whole for name, total in sorted(summed.items()) if total >= max(whole, 1)})


def _share(age: int, half: int) -> int:
    """`WHOLE`, halved once for every `half` stretches of age and rounded down, without a root in floats."""
    return bisect_right(range(WHOLE + 1), WHOLE**half, key=lambda share: share**half << age) - 1


def prices_of(table: Table) -> Integers:
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
