"""Plans where some requests ask for several places in one service (siblings to place together): exact, with a solver
that proposes and integers that decide.

Such a plan is a packing problem, so a solver is needed (HiGHS, through scipy, loaded only here and only then). A plan
that it gives is checked and summed in integers, its claim to be best must hold to less than one millionth, and what the
prices of a relaxed market already rule out (`Relaxed`) never reaches it. That there is no plan at all is believed: it
reckons in floats, so it is told no number with which it could go wrong there (`Packing`).

Markets with groups can be hard, and nothing here gives up early: there is no limit of time after which a worse plan
would be called the best. Either the exact plan comes out, or the search goes on until it is stopped, or an
ArithmeticError says that the solver could not prove its plan. A hard market is a dense one, of several hundred
requests, in which there is room for some groups but not for all: one of 1,000 requests and 300 services has not been
seen to end. Where places are so scarce that hardly any go to groups, prices alone settle most of it (`Relaxed.whole`),
and one of that size takes ten seconds to half a minute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lcm

import numpy as np

from matching.allocate.matchings import Room, masks_of, most, placed
from matching.allocate.packing import Packing
from matching.allocate.program import NoPlanError
from matching.allocate.single import Market
from matching.allocate.table import NONE, Flags, Integers, Table

FEW = 4
"""How many choices of each request the first attempt looks at; what it finds bounds which others can matter."""
MOST_SCALE = 5040
MOST_STEPS = 300
MOST_UNITS = 20_000
MOST_ORDERS = 100_000


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A market in which a group may be split: its prices bound every plan that keeps groups together.

    In units of 1 / `scale`: no plan is worth more than `bound`, and a plan that uses a choice falls short of it by at
    least that choice's `slack` (by a request's `idle` where it leaves it out). `whole` is the plan of this market where
    it splits no group after all: scarce places are seldom worth most to groups, so that it often does not.
    """

    scale: int
    bound: int
    slack: Integers
    idle: Integers
    whole: Integers | None

    @classmethod
    def of(cls, worth: Integers, allowed: Flags, table: Table) -> Relaxed:
        needed = table.needed
        scale = lcm(*np.unique(needed).tolist())
        scale = scale if scale <= MOST_SCALE else 60
        each = -(-(scale * worth) // needed[:, None])  # rounded up, so that a group is never worth less in pieces
        rows = np.repeat(np.arange(len(needed)), needed)
        market = Market(each[rows], allowed[rows], table.places)
        market.settle()
        net = np.where(allowed, each - market.price, 0)
        content = np.maximum(net.max(axis=1), 0)
        bound = int((needed * content).sum()) + int((table.places * market.price).sum())
        slack = needed[:, None] * (content[:, None] + market.price) - scale * worth
        first = np.cumsum(needed) - needed
        at = market.at[first]
        whole = at if (market.at == at[rows]).all() else None
        return cls(scale=scale, bound=bound, slack=slack, idle=needed * content, whole=whole)


def counts(worth: int, urgent: Flags) -> Integers:
    """What placing each row is worth when a placement counts first and `worth` bounds all that comes after."""
    return worth * (1 + urgent.astype(np.int64))


class _TooLongError(Exception):
    """A search took more steps than it may."""


class Everyone:
    """Looks for a plan that places everyone, or shows that there is none.

    Groups are first allowed to split, which a matching decides; the first group that it does split is then sent to one
    of its services whole, and the rest follows from there.
    """

    def __init__(self, table: Table, allowed: Flags) -> None:
        self.table = table
        self.masks = masks_of(allowed)
        self.room = Room.of(table.places)
        order = np.argsort(-table.needed, kind="stable")
        self.units = np.repeat(order, table.needed[order]).tolist()
        self.steps = 0

    def search(self) -> Integers | None:
        """Where each row goes. _TooLongError when that cannot be told in a moment."""
        return self._search(self._start())

    def _start(self) -> list[int]:
        """Every group whole in the first service that still has room for it."""
        room: list[int] = self.table.places.tolist()
        sits: dict[int, int] = {}
        for row in dict.fromkeys(self.units):
            size, options = int(self.table.needed[row]), self.masks[row]
            while size > 1 and options:
                low = options & -options
                options ^= low
                column = low.bit_length() - 1
                if room[column] >= size:
                    room[column] -= size
                    sits[row] = column
                    break
        return [sits.get(row, NONE) for row in self.units]

    def _search(self, start: list[int]) -> Integers | None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise _TooLongError
        masks = [self.masks[row] for row in self.units]
        at, all_ = placed(masks, self.room, list(range(len(masks))), 0, start)
        if not all_:
            return None
        held: dict[int, list[int]] = {}
        for row, column in zip(self.units, at, strict=True):
            held.setdefault(row, []).append(column)
        split = [row for row, columns in held.items() if len(set(columns)) > 1]
        if not split:
            return np.array([held[row][0] for row in range(len(held))], dtype=np.int64)
        row = min(split, key=lambda one: (self.masks[one].bit_count(), one))
        whole = self.masks[row]
        columns = [column for column in range(whole.bit_length()) if whole >> column & 1]
        for column in sorted(columns, key=lambda one: -held[row].count(one)):
            self.masks[row] = 1 << column
            kept = [NONE if one == row and sits != column else sits for one, sits in zip(self.units, at, strict=True)]
            found = self._search(kept)
            if found is not None:
                return found
        self.masks[row] = whole
        return None


class Groups:
    """One part of a market, with at least one request for several places."""

    def __init__(self, table: Table) -> None:
        asked = int(table.needed.sum())  # more places than that are never filled
        self.table = table = replace(table, places=np.minimum(table.places, asked))
        self.splits = asked <= MOST_UNITS  # else groups are too large to be looked at place by place
        self.known: Integers | None = None  # the last plan found: where each row goes

    def most(self, allowed: Flags) -> tuple[int, int]:
        """How many rows can be placed, and then how many urgent ones among them."""
        everyone = (len(self.table.requests), int(self.table.urgent.sum()))
        if not self.reaches(allowed, everyone):
            placing = self._placing()
            self.known = self._whole(placing, allowed)
            if self.known is not None:
                return self._goal(self.known)
            spread = _spread_few(allowed)
            self.known = self._solve(spread, placing)
            if (allowed & ~spread).any() and not self._at_bound(self._sum(placing, self.known), placing, allowed):
                self.known = self._solve(allowed, placing)
        assert self.known is not None
        return self._goal(self.known)

    def _whole(self, worth: Integers, allowed: Flags) -> Integers | None:
        """The best plan where groups may be split, if it splits none: then it is best, and needs no solver."""
        if not self.splits:
            return None
        relaxed = Relaxed.of(worth, allowed, self.table)
        if relaxed.whole is None or self._sum(worth, relaxed.whole) < relaxed.bound // relaxed.scale:
            return None
        return relaxed.whole

    def _at_bound(self, value: int, worth: Integers, allowed: Flags) -> bool:
        if not self.splits:
            return False
        relaxed = Relaxed.of(worth, allowed, self.table)
        return value >= relaxed.bound // relaxed.scale

    def reaches(self, allowed: Flags, goal: tuple[int, int]) -> bool:
        """Whether so many can be placed with these choices, so many urgent ones among them."""
        if self.known is not None:
            sits = np.flatnonzero(self.known != NONE)
            if self._goal(self.known) == goal and allowed[sits, self.known[sits]].all():
                return True
        found: Integers | None
        if goal[0] == len(self.table.requests) and self.splits:
            try:
                found = Everyone(self.table, allowed).search()
            except _TooLongError:
                found = self._try(_best_few(self.table.totals, allowed), goal)
                if found is None:
                    found = self._try(allowed, goal)
        elif goal[0] == len(self.table.requests):
            found = self._try(allowed, goal)
        else:
            could = most(allowed, self.table.places, self.table.urgent)
            if could[0] < goal[0] or could[1] < goal[1]:
                return False
            found = None
            if self.splits:
                relaxed = Relaxed.of(self._placing(), allowed, self.table)
                if relaxed.bound < relaxed.scale * ((int(self.table.urgent.sum()) + 1) * goal[0] + goal[1]):
                    return False  # not even where groups may be split
                if relaxed.whole is not None and self._goal(relaxed.whole) == goal:
                    found = relaxed.whole
            if found is None:
                found = self._try(_best_few(self.table.totals, allowed), goal)
            if found is None:
                found = self._try(allowed, goal)
        if found is None:
            return False
        self.known = found
        return True

    def best(self, allowed: Flags, worth: Integers, goal: tuple[int, int]) -> Integers:
        """The plan of the highest worth that reaches the goal; of equal ones the first: compared row by row, rows of
        several places before the others, each by the column it goes to, no place last.
        """
        table = self.table
        if not self.splits:
            at = self._solve(allowed, worth, goal)
            return self._first(at, allowed, allowed, np.ones(len(worth), dtype=np.bool_), worth, goal)
        lift = len(table.requests) * (int(worth.max(initial=0)) + 1)
        lifted = worth + counts(lift, table.urgent)[:, None]
        relaxed = Relaxed.of(lifted, allowed, table)
        reach = lift * (goal[0] + goal[1])
        whole = relaxed.whole
        if whole is not None and self._goal(whole) == goal:
            gap = relaxed.bound - relaxed.scale * (self._sum(worth, whole) + reach)
            if gap < relaxed.scale:  # no other plan is worth one millionth more
                return self._first(whole, allowed, allowed & (relaxed.slack <= gap), relaxed.idle <= gap, worth, goal)
        few = _best_few(-relaxed.slack, allowed)
        if self.known is not None:  # so that the first attempt reaches the goal
            sits = np.flatnonzero(self.known != NONE)
            few[sits, self.known[sits]] = allowed[sits, self.known[sits]]
        at = self._solve(few, worth, goal)
        while True:
            gap = relaxed.bound - relaxed.scale * (self._sum(worth, at) + reach)
            kept = allowed & (relaxed.slack <= gap)
            if not (kept & ~few).any():
                break
            few = kept
            at = self._solve(few, worth, goal)
        return self._first(at, allowed, kept, relaxed.idle <= gap, worth, goal)

    def _first(
        self, at: Integers, allowed: Flags, kept: Flags, may_wait: Flags, worth: Integers, goal: tuple[int, int]
    ) -> Integers:
        table, kept = self.table, kept.copy()
        least = self._sum(worth, at)
        waiting = [
            int(row) for row in np.flatnonzero(table.needed > 1) if int(kept[row].sum()) + int(may_wait[row]) > 1
        ]
        if waiting and not self._other(at, kept, waiting, (worth, least), goal):
            waiting = []
        while waiting:
            orders, gain, taken = 1, np.zeros_like(worth), []
            while waiting and (orders == 1 or orders * (int(kept[waiting[0]].sum()) + 1) <= MOST_ORDERS):
                taken.append(waiting.pop(0))
                orders *= int(kept[taken[-1]].sum()) + 1
            rest = orders
            for row in taken:
                columns = np.flatnonzero(kept[row])
                rest //= len(columns) + 1
                gain[row, columns] = rest * np.arange(len(columns), 0, -1)
            if any(at[row] != np.flatnonzero(kept[row])[0] for row in taken):
                at = self._solve(kept, gain, goal, (worth, least))
            for row in taken:
                kept[row] = False
                if at[row] != NONE:
                    kept[row, at[row]] = True
        return self._with_singles(at, allowed, worth)

    def _other(
        self, at: Integers, kept: Flags, rows: list[int], at_least: tuple[Integers, int], goal: tuple[int, int]
    ) -> bool:
        """Whether an equally good plan sends one of these rows to an earlier column; else this one is the first."""
        earlier = np.zeros_like(self.table.totals)
        for row in rows:
            earlier[row, : None if at[row] == NONE else at[row]] = 1
        if not (kept & (earlier > 0)).any():
            return False
        try:
            other = self._solve(kept, at_least[0], goal, (earlier, 1))
        except NoPlanError:
            return False
        return self._sum(at_least[0], other) >= at_least[1]

    def _with_singles(self, at: Integers, allowed: Flags, worth: Integers) -> Integers:
        """The groups stay where they are; everyone else is planned again, exactly, in the places that are left."""
        table = self.table
        groups = table.needed > 1
        fixed = np.flatnonzero(groups & (at != NONE))
        left = table.places.copy()
        np.subtract.at(left, at[fixed], table.needed[fixed])
        rows = np.flatnonzero(~groups)
        lift = len(table.requests) * (int(worth.max(initial=0)) + 1)
        market = Market(worth[rows] + counts(lift, table.urgent[rows])[:, None], allowed[rows] & (left > 0), left)
        market.settle()
        market.first_of_equals()
        found = at.copy()
        found[rows] = market.at
        if self._goal(found) != self._goal(at) or self._sum(worth, found) < self._sum(worth, at):
            raise ArithmeticError("the plan could not be proved best")
        return found

    def _placing(self) -> Integers:
        """One more placed is worth more than all urgent ones; the same for every column."""
        urgent = self.table.urgent
        return np.broadcast_to((int(urgent.sum()) + 1 + urgent.astype(np.int64))[:, None], self.table.totals.shape)

    def _try(self, allowed: Flags, goal: tuple[int, int]) -> Integers | None:
        """Any plan that reaches the goal, or None."""
        try:
            return self._solve(allowed, np.zeros_like(self.table.totals), goal)
        except NoPlanError:
            return None

    def _goal(self, at: Integers) -> tuple[int, int]:
        sits = at != NONE
        return int(sits.sum()), int((sits & self.table.urgent).sum())

    def _sum(self, worth: Integers, at: Integers) -> int:
        rows = np.flatnonzero(at != NONE)
        return int(worth[rows, at[rows]].sum())

    def _solve(
        self,
        allowed: Flags,
        gain: Integers,
        goal: tuple[int, int] | None = None,
        at_least: tuple[Integers, int] | None = None,
    ) -> Integers:
        """Where each row goes in a plan of the highest gain that reaches the goal and is worth at least so much."""
        table = self.table
        rows, columns = np.nonzero(allowed)
        order = np.argsort(rows, kind="stable")
        rows, columns = rows[order], columns[order]
        packing = Packing(columns, table.needed[rows], table.places, int(table.needed.max(initial=1)))
        program = packing.program
        if goal is not None:
            everyone = goal[0] == len(table.requests)
            program.at_most(rows, np.ones(len(rows)), np.ones(len(table.requests)), exactly=everyone)
            if not everyone:
                program.exactly(np.ones(len(rows)), goal[0])
                program.exactly(table.urgent[rows], goal[1])
        else:
            program.at_most(rows, np.ones(len(rows)), np.ones(len(table.requests)))
        if at_least is not None:
            program.not_below(at_least[0][rows, columns], at_least[1])
        chosen = packing.solve(gain[rows, columns])
        at = np.full(len(table.requests), NONE, dtype=np.int64)
        at[rows[chosen]] = columns[chosen]
        lawful = len(np.unique(rows[chosen])) == chosen.sum()
        short = at_least is not None and self._sum(at_least[0], at) < at_least[1]
        if not lawful or short or (goal is not None and self._goal(at) != goal):
            raise ArithmeticError("the solver's plan breaks a rule")
        return at


def _spread_few(allowed: Flags) -> Flags:
    """Some choices of every row, of different rows different ones, so that together they can fill most services."""
    few = np.zeros_like(allowed)
    for row, open_ in enumerate(allowed):
        columns = np.flatnonzero(open_)
        step = len(columns) // (3 * FEW) + 1
        few[row, columns[row % step :: step]] = True
    return few


def _best_few(worth: Integers, allowed: Flags) -> Flags:
    """The choices of the highest worth, a few a row; of equal ones the first."""
    if allowed.shape[1] <= FEW:
        return allowed.copy()
    ranked = np.argsort(np.where(allowed, -worth, np.iinfo(np.int64).max), axis=1, kind="stable")[:, :FEW]
    few = np.zeros_like(allowed)
    np.put_along_axis(few, ranked, True, axis=1)
    return few & allowed
