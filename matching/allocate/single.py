"""The plan of the highest sum where every request asks for one place: exact, by paths that swap places, in integers
throughout, with prices that prove it.
"""

from __future__ import annotations

import sys
from collections import deque

import numpy as np

from matching.allocate.matchings import masks_of
from matching.allocate.table import NONE, Flags, Integers

FAR = 1 << 60
"""More than any path can cost: what a choice that is not allowed costs."""

ENOUGH = 32
"""How many choices of each row are looked at first."""


CROWD = 48
"""So many rows that cannot all have their first choice are worth asking an assignment solver for."""

MANY = 1_000
"""So many that loading one is worth it too, which takes longer than most plans."""

EXACT = 1 << 53
"""Whole numbers below this are the same as floats."""


class Market:
    """Rows take the column that is worth most to them after its price; prices rise until nobody is crowded out.

    A row joins by the path of swaps that loses least (Dijkstra over services, one step a full service). What holds
    after each: every placed row sits where worth less price is highest for it and not below 0, a row without a place
    finds nothing above 0, and a service with room left is free of charge. A plan for which such prices exist has the
    highest possible worth, whatever way it was found; `_proved` looks at exactly that.
    """

    def __init__(self, worth: Integers, allowed: Flags, places: Integers) -> None:
        self.allowed = allowed
        self._open(np.where(allowed, worth, -FAR), places)

    def _open(self, worth: Integers, places: Integers) -> None:
        """Nobody is placed yet and nothing has a price."""
        self.worth, self.places = worth, places
        self._rows = list(worth)
        self.price = np.zeros(len(places), dtype=np.int64)
        self.at = np.full(len(worth), NONE, dtype=np.int64)
        self.room = [int(count) for count in places]
        self.held: list[list[int]] = [[] for _ in self.room]

    def settle(self) -> None:
        """Find a best plan, and prove it.

        Most rows end at one of their first choices, so the others are looked at only when prices say that they matter.
        """
        wide = ENOUGH
        most_choices = int(self.allowed.sum(axis=1).max(initial=0))
        while wide * 2 < most_choices:
            few = np.argpartition(-self.worth, wide, axis=1)[:, :wide]
            small = np.full(self.worth.shape, -FAR)
            np.put_along_axis(small, few, np.take_along_axis(self.worth, few, axis=1), axis=1)
            if self._settled_with(small):
                return
            wide *= 4
        if not self._settled_with(self.worth) and not self._settled_with(self.worth, ask=False):
            raise ArithmeticError("the plan could not be proved best")

    def _settled_with(self, worth: Integers, ask: bool = True) -> bool:
        """Whether a plan over these choices is best over all."""
        columns = np.flatnonzero((worth > -FAR).any(axis=0))
        inner = Market.__new__(Market)
        inner._open(np.ascontiguousarray(worth[:, columns]), self.places[columns])
        if not (ask and inner._proposed()):
            inner._let_in()
        self.price[:] = 0
        self.price[columns] = inner.price
        self.at = inner.at.copy()
        sits = self.at != NONE
        self.at[sits] = columns[self.at[sits]]
        self.room = (self.places - np.bincount(self.at[sits], minlength=len(self.places))).tolist()
        return self._proved()

    def _proposed(self) -> bool:
        """Whether scipy's assignment solver has made a plan. It is taken for no more than a proposal: the prices are
        worked out here, and `_proved` rejects a plan that is not best. Which best plan it is makes no difference, for
        `first_of_equals` comes to the same one from any.
        """
        rows = len(self.worth)
        if rows < CROWD or not len(self.places):
            return False
        first, top = self.worth.argmax(axis=1), self.worth.max(axis=1)
        asked = np.bincount(first[top > 0], minlength=len(self.places))
        crowd = int(asked[asked > self.places].sum())
        if crowd < (CROWD if "scipy.optimize" in sys.modules else MANY):
            return False
        seats = np.repeat(np.arange(len(self.places)), np.minimum(self.places, (self.worth > 0).sum(axis=0)))
        if len(seats) > 8 * rows or int(top.max()) * (rows + 1) >= EXACT:
            return False
        from scipy.optimize import linear_sum_assignment  # loaded already, or worth its second here

        worth = np.zeros((rows, len(seats) + rows))  # what is added is no place, for everyone
        worth[:, : len(seats)] = np.maximum(self.worth[:, seats], -1)
        seat = linear_sum_assignment(worth, maximize=True)[1]
        self.at = np.append(seats, np.full(rows, NONE))[seat]
        self.price = self.least_prices()
        return True

    def _let_in(self) -> None:
        """Those whose first choice has room for all who want it sit there; then every other row in turn, the one with
        the highest worth first (which changes the time taken, not the sum).
        """
        if not self.worth.size:
            return
        first, top = self.worth.argmax(axis=1), self.worth.max(axis=1)
        glad = top > 0
        asked = np.bincount(first[glad], minlength=len(self.places))
        for row in np.flatnonzero(glad & (asked <= self.places)[first]).tolist():
            column = int(first[row])
            self.at[row] = column
            self.held[column].append(row)
            self.room[column] -= 1
        for row in np.argsort(-top, kind="stable").tolist():
            if self.at[row] == NONE:
                self._join(row)

    def _join(self, row: int) -> None:
        rows, price, held, room = self._rows, self.price, self.held, self.room
        shut = price.copy()  # FAR at services that the search has passed
        cost = shut - rows[row]
        met, bases = [row], [0]  # rows that may move, with what it costs that they leave their service
        passed: dict[int, int] = {}
        aside, leaves = 0, row  # the cheapest way to leave one of them without a place
        step = np.empty_like(cost)
        while True:
            column = int(cost.argmin())
            far = cost.item(column)
            if far >= aside:
                far, column = aside, NONE
                break
            if room[column]:
                break
            passed[column] = far
            cost[column] = shut[column] = FAR
            for other in held[column]:
                base = far + rows[other].item(column) - price.item(column)
                met.append(other)
                bases.append(base)
                if base < aside:
                    aside, leaves = base, other
                np.subtract(shut, rows[other], out=step)
                np.add(step, base, out=step)
                np.minimum(cost, step, out=cost)
        among, costs = np.array(met), np.array(bases)

        def taker(column: int, far: int) -> int:
            """A row through which the search reached the column at this cost."""
            through = costs - self.worth[among, column] + price[column] == far
            return met[int(through.argmax())]

        # Walk the path back from its end: each row takes the service that the one before it leaves.
        if column != NONE:
            room[column] -= 1
        one = leaves if column == NONE else taker(column, far)
        while True:
            left = int(self.at[one])
            if one != row:
                held[left].remove(one)
            self.at[one] = column
            if column != NONE:
                held[column].append(one)
            if one == row:
                break
            column = left
            one = taker(column, passed[column])
        for other, cheaper in passed.items():
            price[other] += far - cheaper

    def _proved(self) -> bool:
        """Whether the prices prove that no plan is worth more."""
        net = self.worth - self.price
        rows = np.arange(len(net))
        sits = self.at != NONE
        own = np.where(sits, net[rows, self.at], 0) if net.size else np.zeros(len(net), dtype=np.int64)
        counts = np.bincount(self.at[sits], minlength=len(self.places))
        fair = (net <= own[:, None]).all() and (own >= 0).all() and (self.price >= 0).all()
        lawful = (counts <= self.places).all() and self.allowed[rows[sits], self.at[sits]].all()
        return bool(fair and lawful and (self.price[counts < self.places] == 0).all())

    def least_prices(self) -> Integers:
        """The lowest prices that hold a settled plan together: what one more place in each service would be worth."""
        net, price = self.worth, np.zeros_like(self.price)
        sits = np.flatnonzero(self.at != NONE)
        waits = np.flatnonzero(self.at == NONE)
        if not net.size:
            return price
        np.maximum(price, net[waits].max(axis=0, initial=0), out=price)
        raised = self.at[sits]
        moved = sits
        for _ in range(len(price) + 1):  # no path is longer; prices that still rise belong to a plan that is not best
            if not moved.size:
                break
            own = net[moved, self.at[moved]] - price[self.at[moved]]
            risen = np.maximum(price, (net[moved] - own[:, None]).max(axis=0))
            changed = np.flatnonzero(risen > price)
            price = risen
            moved = sits[np.isin(raised, changed)]
        return price

    def highest_prices(self) -> Integers:
        """The highest prices that hold a settled plan together: what each service's last place is worth, that is what
        the plan would lose without it. A service without places has none to price.
        """
        sits = np.flatnonzero(self.at != NONE)
        column, net = self.at[sits], self.worth[sits]
        own = net[np.arange(len(sits)), column]
        full = np.bincount(column, minlength=len(self.places)) >= self.places
        price = np.where(full & (self.places > 0), FAR >> 1, 0)
        for _ in range(len(price) + 1):
            lower = price.copy()
            np.minimum.at(lower, column, own - (net - price).max(axis=1, initial=0))
            if (lower == price).all():
                break
            price = lower
        return price

    def first_of_equals(self) -> None:
        """Turn the plan into the first of all that are worth as much: row by row, the first column it can have.

        A plan is best for these prices exactly when rows sit only where they are content (their net worth is highest,
        or nothing where that is 0) and every service with a price is full. So the best plans are reached from each
        other by rounds of moves among content places, and whether a row can have a place is whether a round through
        it exists that leaves the rows before it alone.
        """
        if not self.worth.size:
            return
        net = self.worth - self.price
        rows = np.arange(len(net))
        own = np.where(self.at != NONE, net[rows, self.at], 0)
        outside = len(self.places)  # having no place, as one more column: always room, no price
        content = np.column_stack([net == own[:, None], own == 0])
        content[:, :outside] &= self.allowed
        restless = content.sum(axis=1) > 1
        if restless.any():
            Rounds(self, content, restless).run()


class Rounds:
    """Moves among equally good plans, for `Market.first_of_equals`."""

    def __init__(self, market: Market, content: Flags, restless: Flags) -> None:
        self.outside = len(market.places)
        self.market = market
        self.at = np.where(market.at == NONE, self.outside, market.at).tolist()
        self.wants = masks_of(content)
        takers = content & restless[:, None]
        self.takers = masks_of(np.ascontiguousarray(takers.T))
        self.restless = np.flatnonzero(restless).tolist()
        self.room = [*market.room, 1 << 40]
        self.unpriced = masks_of((market.price == 0)[None])[0] | 1 << self.outside
        self.spare = masks_of((np.array(market.room) > 0)[None])[0] | 1 << self.outside
        self.wanted = sum(1 << column for column, rows in enumerate(self.takers) if rows)

    def run(self) -> None:
        free = sum(1 << row for row in self.restless)
        for row in self.restless:
            free &= ~(1 << row)
            better = self.wants[row] & ((1 << self.at[row]) - 1)
            if better:
                self._improve(row, better, free)
        at = np.array(self.at, dtype=np.int64)
        self.market.at = np.where(at == self.outside, NONE, at)
        self.market.room = self.room[: self.outside]

    def _improve(self, row: int, better: int, free: int) -> None:
        """Give the row the first of these columns from which a round back to its own place exists.

        Searched backwards: which columns can send someone (a row that stays free, or room that is not used) on towards
        the place that the row would leave.
        """
        home = self.at[row]
        onward: dict[int, tuple[int, int]] = {}  # column -> (the row that moves on, or NONE for unused room, to where)
        known, waiting, first = 1 << home, deque([home]), better & -better
        rest = NONE  # the place without a price that unused room of all others can move to
        while waiting and not known & first:
            column = waiting.popleft()
            senders = self.takers[column] & free
            free &= ~senders
            while senders:
                low = senders & -senders
                senders ^= low
                other = low.bit_length() - 1
                sits = self.at[other]
                if not known >> sits & 1:
                    known |= 1 << sits
                    onward[sits] = (other, column)
                    waiting.append(sits)
            if rest == NONE and self.unpriced >> column & 1:
                rest = column
                new = self.spare & ~known
                known |= new
                new &= self.wanted
                while new:
                    low = new & -new
                    new ^= low
                    waiting.append(low.bit_length() - 1)
        best = known & better
        if not best:
            return
        column = (best & -best).bit_length() - 1
        self.at[row] = column
        while column != home:
            other, to = onward.get(column, (NONE, rest))
            if other == NONE:
                self._fill(column, -1)
                self._fill(to, 1)
            else:
                self.at[other] = to
            column = to

    def _fill(self, column: int, more: int) -> None:
        self.room[column] += more
        if self.room[column]:
            self.spare |= 1 << column
        else:
            self.spare &= ~(1 << column)
