"""What a scarce place is worth to those who will ask for it next: learned from past arrivals, spent only on the last
objective.

Stretches of the past stand for the one to come, each with who arrived when and which places opened when. Each is
planned whole together with today's requests, as if all of it were known: in a market in which a place that opens later
is for those who arrive later. What the plan would lose without today's last place in a service, and what it would gain
by one more, are the highest and the lowest price that hold such a plan together; a place is worth what lies between
them, on the mean of all stretches, and nothing where places are left over. A price of every stretch by itself, and not
one of their mean, because a home of three places is full in a bad month and empty in a good one.

A steered plan takes that worth off the totals of a service. As many are placed as without, as many urgent ones, and
the worst total is as high: the steering enters after those three are settled. So nobody is kept waiting for a better
match to come, and what that costs against a plan made in hindsight is the price of the rule, which no steering wins
back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.allocate.joint import allocate_table
from matching.allocate.plan import Plan
from matching.allocate.single import Market
from matching.allocate.table import NONE, Choice, Integers, Table, table_of


@dataclass(frozen=True, slots=True)
class ShadowPrices:
    """Millionths of total for one place, by service; a service that is not named is worth nothing beyond itself."""

    by_service: Mapping[str, int]

    def of(self, services: Sequence[str]) -> Integers:
        return np.array([self.by_service.get(name, 0) for name in services], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What arrived and what opened in a stretch of the past as long as today's places have to last.

    `arrivals` has today's services as columns; its own places mean nothing. `when` says for each of its rows at which
    time it came and `opened` how many places of each service opened at each time, the first being 0: what opens is
    there for those who arrive at that time or later.
    """

    arrivals: Table
    when: Integers
    opened: Integers


def learn(today: Table, stretches: Sequence[Stretch]) -> ShadowPrices:
    """What today's last places are worth to others, on the mean of these stretches. In whole numbers throughout.

    ValueError where a stretch has other services than today.
    """
    if any(one.arrivals.services != today.services for one in stretches):
        raise ValueError("a stretch has the services of today, in the same order")
    twice = np.zeros(len(today.services), dtype=np.int64)
    for one in stretches:
        low, high = prices_of(today, one)
        twice += low + high
    each = (twice // max(2 * len(stretches), 1)).tolist()
    return ShadowPrices({name: price for name, price in zip(today.services, each, strict=True) if price})


def prices_of(today: Table, stretch: Stretch) -> tuple[Integers, Integers]:
    """The lowest and the highest price of today's places in the plan of the highest sum for today and the stretch, in
    which nobody has to be placed.

    A request for several places counts as that many who share its total: close enough for a price.
    """
    later = stretch.arrivals
    opens, services = np.nonzero(stretch.opened)
    column = np.concatenate([np.arange(len(today.services)), services])
    places = np.concatenate([today.places, stretch.opened[opens, services]])
    needed = np.concatenate([today.needed, later.needed])
    totals = np.concatenate([today.totals, later.totals])
    arrives = np.concatenate([np.full(len(today.requests), -1, dtype=np.int64), stretch.when])
    opens = np.concatenate([np.full(len(today.services), -1, dtype=np.int64), opens])
    kept = np.flatnonzero(places > 0)  # today's come first
    column, places, opens = column[kept], places[kept], opens[kept]
    rows = np.repeat(np.arange(len(needed)), needed)
    allowed = (totals[:, column] >= 0) & (opens <= arrives[:, None])
    each = np.where(allowed, totals[:, column], 0) // needed[:, None]
    market = Market(each[rows], allowed[rows], places)
    market.settle()
    now = int((opens < 0).sum())
    low, high = np.zeros((2, len(today.services)), dtype=np.int64)
    low[column[:now]], high[column[:now]] = market.least_prices()[:now], market.highest_prices()[:now]
    return low, high


def steered(
    choices: Sequence[Choice], places: Mapping[str, int], prices: ShadowPrices, requests: Sequence[str] = ()
) -> Plan:
    """The plan of `allocate`, but with the value of places to others taken off the totals in the last objective."""
    return steered_table(table_of(choices, places, requests), prices)


def steered_table(table: Table, prices: ShadowPrices) -> Plan:
    worth = np.where(table.totals == NONE, 0, table.totals - table.needed[:, None] * prices.of(table.services))
    return allocate_table(table, worth)
