"""How many requests for one place can be placed, and how good the worst of them can be made: matchings, on bits."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from matching.allocate.table import NONE, Flags, Integers


def masks_of(allowed: Flags) -> list[int]:
    """Each row as one number whose bits are its columns: searching then costs a word for 64 services."""
    packed = np.packbits(allowed, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


@dataclass(frozen=True, slots=True)
class Room:
    """How many each column takes, and the columns that take any as one number."""

    places: list[int]
    open: int

    @classmethod
    def of(cls, places: Integers) -> Room:
        return cls(places.tolist(), masks_of((places > 0)[None])[0])


def placed(
    masks: list[int], room: Room, order: list[int], misses: int | None = None, start: list[int] | None = None
) -> tuple[list[int], bool]:
    """Where each row goes when as many as possible are placed, earlier rows of `order` first; NONE for no place.

    The sets of rows that can be placed together are independent sets of a matroid, so taking rows in turn places as
    many as possible and, among them, as many as possible of the first ones. False as soon as more than `misses` rows
    have no place. `start` says where some rows sit already: they keep a place, though not always that one.
    """
    left, free, alive = list(room.places), room.open, room.open
    held: dict[int, set[int]] = {}
    at = [NONE] * len(masks) if start is None else list(start)
    for row, column in enumerate(at):
        if column != NONE:
            held.setdefault(column, set()).add(row)
            left[column] -= 1
            if not left[column]:
                free &= ~(1 << column)
    missing = 0
    for row in order:
        if at[row] != NONE:
            continue
        hit = masks[row] & free
        if hit:  # the usual case, without a search
            target = (hit & -hit).bit_length() - 1
            came = {row: NONE}
            one = row
        else:
            one, target, came, unseen = _search(row, masks, free, alive, held)
        if target == NONE:
            alive = unseen  # what a failed search passed through cannot lead to room any more
            missing += 1
            if misses is not None and missing > misses:
                return at, False
            continue
        left[target] -= 1
        if not left[target]:
            free &= ~(1 << target)
        while one != NONE:
            leaves, at[one] = at[one], target
            held.setdefault(target, set()).add(one)
            if leaves != NONE:
                held[leaves].discard(one)
            one, target = came[one], leaves
    return at, True


def _search(
    row: int, masks: list[int], free: int, alive: int, held: dict[int, set[int]]
) -> tuple[int, int, dict[int, int], int]:
    """A row that finds room, the room (NONE for none), who makes way for whom, and what was not looked at."""
    came, waiting, unseen = {row: NONE}, deque([row]), alive
    while waiting:
        one = waiting.popleft()
        open_ = masks[one] & unseen
        hit = open_ & free
        if hit:
            return one, (hit & -hit).bit_length() - 1, came, unseen
        unseen &= ~open_
        while open_:
            low = open_ & -open_
            open_ ^= low
            for other in held[low.bit_length() - 1]:
                if other not in came:
                    came[other] = one
                    waiting.append(other)
    return NONE, NONE, came, unseen


def urgent_first(urgent: Flags) -> list[int]:
    return [*np.flatnonzero(urgent).tolist(), *np.flatnonzero(~urgent).tolist()]


def most(allowed: Flags, places: Integers, urgent: Flags) -> tuple[int, int]:
    """How many rows can be placed, and how many urgent ones among them."""
    at, _all = placed(masks_of(allowed), Room.of(places), urgent_first(urgent))
    sits = np.array(at, dtype=np.int64) != NONE
    return int(sits.sum()), int((sits & urgent).sum())


def worst_of(totals: Integers, places: Integers, urgent: Flags, goal: tuple[int, int], ceiling: int) -> int:
    """The highest worst total, up to `ceiling`, with which the goal is still reached. It is reached with 0."""
    everyone, room = goal[0] == len(totals), Room.of(places)
    some, order = np.flatnonzero(urgent).tolist(), urgent_first(urgent)
    start: list[int] | None = None

    def reached(worst: int) -> int | None:
        """The worst total of a plan that holds to `worst`; None where there is none."""
        nonlocal start
        masks = masks_of(totals >= worst)
        if not everyone and not placed(masks, room, some, len(some) - goal[1])[1]:
            return None
        at, all_ = placed(masks, room, order, len(order) - goal[0], start)
        if not all_:
            start = at if everyone else None  # good for any lower total too; without this, urgent ones come first
            return None
        sits = [row for row, column in enumerate(at) if column != NONE]
        return int(totals[sits, [at[row] for row in sits]].min())

    found = reached(ceiling)
    if found is not None:
        return ceiling
    high, step = ceiling, max(ceiling // 64, 1)
    while True:
        found = reached(max(high - step, 0))
        if found is not None:
            break
        high, step = high - step, step * 2
    low = found
    between: Integers | None = None
    while True:
        if between is None:
            columns = np.flatnonzero((totals >= low).any(axis=0))
            if start is not None:
                column_of = {int(column): number for number, column in enumerate(columns)}
                start = [NONE if column == NONE else column_of[column] for column in start]
            totals, room = np.ascontiguousarray(totals[:, columns]), Room.of(places[columns])
            between = np.sort(totals[(totals > low) & (totals < high)])
        between = between[(between > low) & (between < high)]
        if not between.size:
            return low
        middle = int(between[len(between) // 2])
        found = reached(middle)
        if found is None:
            high = middle
        else:
            low = found
