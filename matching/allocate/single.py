"""Plans where every request asks for one place: exact, by paths that swap places, in integers throughout.

Three questions, each answered on its own: how many can be placed (`placed`), how good the worst of them can be made
(`worst`), and which plan has the highest sum (`Market`, whose prices also prove it).
"""

from __future__ import annotations

from collections import deque

import numpy as np

from matching.allocate.table import NONE, Flags, Integers

FAR = 1 << 60
"""More than any path can cost: what a choice that is not allowed costs."""

ENOUGH = 32
"""How many choices of each row are looked at first."""


def masks_of(allowed: Flags) -> list[int]:
    """Each row as one number whose bits are its columns: searching then costs a word for 64 services."""
    packed = np.packbits(allowed, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def placed(
    masks: list[int], places: Integers, order: list[int], misses: int | None = None, start: list[int] | None = None
) -> list[int] | None:
    """Where each row goes when as many as possible are placed, earlier rows of `order` first; NONE for no place.
    `start` says where some rows sit already: they keep a place, though not always that one.

    The sets of rows that can be placed together are independent sets of a matroid, so taking rows in turn places as
    many as possible and, among them, as many as possible of the first ones. None as soon as more than `misses` rows
    have no place.
    """
    room: list[int] = places.tolist()
    held: list[set[int]] = [set() for _ in room]
    alive = sum(1 << column for column, count in enumerate(room) if count)
    at = [NONE] * len(masks) if start is None else list(start)
    for row, column in enumerate(at):
        if column != NONE:
            held[column].add(row)
            room[column] -= 1
    free = sum(1 << column for column, count in enumerate(room) if count)
    missing = 0
    for row in order:
        if at[row] != NONE:
            continue
        came, waiting, unseen = {row: NONE}, deque([row]), alive
        target = NONE
        while waiting:
            one = waiting.popleft()
            open_ = masks[one] & unseen
            hit = open_ & free
            if hit:
                target = (hit & -hit).bit_length() - 1
                break
            unseen &= ~open_
            while open_:
                low = open_ & -open_
                open_ ^= low
                for other in held[low.bit_length() - 1]:
                    if other not in came:
                        came[other] = one
                        waiting.append(other)
        if target == NONE:
            alive = unseen  # what a failed search passed through cannot lead to room any more
            missing += 1
            if misses is not None and missing > misses:
                return None
            continue
        room[target] -= 1
        if not room[target]:
            free &= ~(1 << target)
        while one != NONE:
            left, at[one] = at[one], target
            held[target].add(one)
            if left != NONE:
                held[left].discard(one)
            one, target = came[one], left
    return at


def urgent_first(urgent: Flags) -> list[int]:
    return [*np.flatnonzero(urgent).tolist(), *np.flatnonzero(~urgent).tolist()]


def most(allowed: Flags, places: Integers, urgent: Flags) -> tuple[int, int]:
    """How many rows can be placed, and how many urgent ones among them."""
    at = placed(masks_of(allowed), places, urgent_first(urgent))
    assert at is not None
    sits = np.array(at, dtype=np.int64) != NONE
    return int(sits.sum()), int((sits & urgent).sum())


def reaches(allowed: Flags, places: Integers, urgent: Flags, goal: tuple[int, int]) -> bool:
    """Whether so many can be placed with these choices, so many urgent ones among them."""
    masks = masks_of(allowed)
    some = [int(row) for row in np.flatnonzero(urgent)]
    if placed(masks, places, some, len(some) - goal[1]) is None:
        return False
    return placed(masks, places, urgent_first(urgent), len(masks) - goal[0]) is not None


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
        self.price = np.zeros(len(places), dtype=np.int64)
        self.at = np.full(len(worth), NONE, dtype=np.int64)
        self.room = [int(count) for count in places]
        self.held: list[list[int]] = [[] for _ in self.room]

    def settle(self) -> None:
        """Find a best plan, and prove it.

        Most rows end at one of their first choices, so the others are looked at only when prices say that they matter.
        """
        wide = ENOUGH
        while wide * 2 < len(self.places):
            few = np.argpartition(-self.worth, wide, axis=1)[:, :wide]
            columns = np.unique(few)
            small = np.full(self.worth.shape, -FAR)
            np.put_along_axis(small, few, np.take_along_axis(self.worth, few, axis=1), axis=1)
            inner = Market.__new__(Market)
            inner._open(np.ascontiguousarray(small[:, columns]), self.places[columns])
            inner._let_in()
            self.price[:] = 0
            self.price[columns] = inner.price
            self.at = np.where(inner.at == NONE, NONE, columns[inner.at])
            if self._proved():
                counts = np.bincount(self.at[self.at != NONE], minlength=len(self.places))
                self.room = (self.places - counts).tolist()
                return
            wide *= 4
        self._open(self.worth, self.places)
        self._let_in()
        if not self._proved():
            raise ArithmeticError("the plan could not be proved best")

    def _let_in(self) -> None:
        """Every row in turn, the one with the highest worth first (which changes the time taken, not the sum)."""
        if self.worth.size:
            for row in np.argsort(-self.worth.max(axis=1), kind="stable").tolist():
                self._join(row)

    def _join(self, row: int) -> None:
        worth, price = self.worth, self.price
        shut = price.copy()  # FAR at services that the search has passed
        cost = shut - worth[row]
        met = {row: 0}  # rows that may move, with what it costs that they leave their service
        passed: dict[int, int] = {}
        aside, leaves = 0, row  # the cheapest way to leave one of them without a place
        step = np.empty_like(cost)
        while True:
            column = int(cost.argmin())
            far = int(cost[column])
            if far >= aside:
                far, column = aside, NONE
                break
            if self.room[column]:
                break
            passed[column] = far
            cost[column] = shut[column] = FAR
            for other in self.held[column]:
                base = met[other] = far + int(worth[other, column]) - int(price[column])
                if base < aside:
                    aside, leaves = base, other
                np.subtract(shut, worth[other], out=step)
                np.add(step, base, out=step)
                np.minimum(cost, step, out=cost)
        self._swap(row, column, leaves if column == NONE else self._taker(column, far, met), passed, met)
        for other, cheaper in passed.items():
            price[other] += far - cheaper

    def _swap(self, row: int, column: int, taker: int, passed: dict[int, int], met: dict[int, int]) -> None:
        """Walk the path back from its end: each row takes the service that the one before it leaves."""
        if column != NONE:
            self.room[column] -= 1
        while True:
            left = int(self.at[taker])
            if taker != row:
                self.held[left].remove(taker)
            self.at[taker] = column
            if column != NONE:
                self.held[column].append(taker)
            if taker == row:
                return
            column = left
            taker = self._taker(column, passed[column], met)

    def _taker(self, column: int, far: int, met: dict[int, int]) -> int:
        """A row through which the search reached `column` at cost `far`."""
        rows = np.fromiter(met, dtype=np.int64, count=len(met))
        bases = np.fromiter(met.values(), dtype=np.int64, count=len(met))
        costs = bases - self.worth[rows, column] + self.price[column]
        return int(rows[int(np.argmax(costs == far))])

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
        while moved.size:
            own = net[moved, self.at[moved]] - price[self.at[moved]]
            risen = np.maximum(price, (net[moved] - own[:, None]).max(axis=0))
            changed = np.flatnonzero(risen > price)
            price = risen
            moved = sits[np.isin(raised, changed)]
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
        self.unpriced = {column for column, price in enumerate(market.price.tolist()) if not price} | {self.outside}

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
        rooms_known = False
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
            if column in self.unpriced and not rooms_known:
                rooms_known = True
                for sits in self.unpriced:
                    if self.room[sits] and not known >> sits & 1:
                        known |= 1 << sits
                        onward[sits] = (NONE, column)
                        waiting.append(sits)
        best = known & better
        if not best:
            return
        column = (best & -best).bit_length() - 1
        self.at[row] = column
        while column != home:
            other, to = onward[column]
            if other == NONE:
                self.room[column] -= 1
                self.room[to] += 1
            else:
                self.at[other] = to
            column = to
