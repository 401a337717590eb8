"""Rows as columns of numbers: what the logarithm of a price may depend on.

Columns come in two blocks. Effects of the first may have either sign: the type, the age, the time, what was not
measured. Those of the second are needs, which only ever raise a price: each level of each need, two needs together, and
many or severe needs at once. Every block carries a penalty, the inverse of how far its effects are expected to stray:
it is what lets a type with few rows borrow from the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matching.fit.history import INDICATORS, LEVELS, Comparable, quarter_of

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]

STEPS = INDICATORS * LEVELS
OLDEST = 18
"""Ages above count as this one."""
AGE_KNOTS = (0, 2, 5, 8, 11, 14, 16, OLDEST)
OWN_WEIGHTS_FROM = 60
"""Rows of a type from which it may have weights of its own."""
MOST_OWN = 24
"""Types that may have weights of their own: those with the most rows. More would hardly be met better, only slower."""
MOST_QUARTERS = 40
GAP_QUARTERS = 8
STRAY_SHARE = 0.01

PAIRS = tuple(combinations(range(INDICATORS), 2))
SUMS = tuple(range(4, 33, 2))
COUNTS_OF_2 = tuple(range(3, 12))
COUNTS_OF_3 = tuple(range(1, 9))

# How far effects are expected to stray, in logarithms.
STRAY_BASE = 1.0
STRAY_AGE_STEP, STRAY_AGE = 0.06, 0.5
STRAY_OWN_AGE_STEP, STRAY_OWN_AGE = 0.04, 0.2
STRAY_GROWTH, STRAY_OWN_GROWTH = 0.10, 0.025
STRAY_QUARTER_STEP, STRAY_QUARTER = 0.01, 0.1
STRAY_UNMEASURED = 0.05
STRAY_TOGETHER = 0.2
PSEUDO_ROWS = 20


@dataclass(frozen=True)
class Frame:
    """What is known of a whole history before anything is fitted."""

    types: tuple[str, ...]
    own: tuple[int, ...]
    first_quarter: int
    last_quarter: int
    shares: Numbers
    """Type x need x level: how many of those measured are at that level or above."""

    @property
    def quarters(self) -> int:
        return self.last_quarter - self.first_quarter + 1

    def years(self, quarter: Places) -> Numbers:
        """Years from the middle of the record."""
        return np.asarray((quarter - (self.first_quarter + self.last_quarter) / 2) / 4)


@dataclass(frozen=True)
class Options:
    """What cross-validation chooses."""

    stray_need: float = 0.1
    stray_own: float = 0.0
    """How far a type's own weights may stray from all types' together; 0 is not at all."""
    toll: float = 0.0
    """What needs that count together must earn; 0 leaves them out."""
    reach: tuple[float, ...] = ()
    """By type: how strongly prices of it follow needs, 1 on average."""


@dataclass(frozen=True)
class Columns:
    """Rows in numbers, beside their frame."""

    frame: Frame
    kind: Places
    age: Numbers
    quarter: Places
    needs: Numbers
    """n x 12, nan where not measured."""

    @property
    def count(self) -> int:
        return len(self.kind)

    def take(self, which: Places | NDArray[np.bool_]) -> Columns:
        return Columns(self.frame, self.kind[which], self.age[which], self.quarter[which], self.needs[which])

    @cached_property
    def unmeasured(self) -> NDArray[np.bool_]:
        return np.isnan(self.needs)

    @cached_property
    def reached(self) -> Numbers:
        """n x 12 x 3: whether a need is at that level or above; the type's share where not measured."""
        measured = self.needs[:, :, None] >= np.arange(1, LEVELS + 1)
        return np.where(self.unmeasured[:, :, None], self.frame.shares[self.kind], measured)

    @cached_property
    def together(self) -> Numbers:
        """Pairs of needs that are both at 2 or above; the sum of levels, the needs at 2 or above, those at 3."""
        second = self.reached[:, :, 1]
        pairs = np.stack([second[:, one] * second[:, other] for one, other in PAIRS], axis=1)
        return np.hstack(
            [
                pairs,
                _steps(self.reached.sum(axis=(1, 2)), SUMS),
                _steps(second.sum(axis=1), COUNTS_OF_2),
                _steps(self.reached[:, :, 2].sum(axis=1), COUNTS_OF_3),
            ]
        )

    @cached_property
    def free(self) -> tuple[Numbers, Numbers]:
        return free_block(self)

    @cached_property
    def of_type(self) -> Numbers:
        return np.asarray(self.kind[:, None] == np.arange(len(self.frame.types)), dtype=np.float64)


def _steps(count: Numbers, at: tuple[int, ...]) -> Numbers:
    return np.asarray(np.clip(count[:, None] - np.array(at) + 1, 0, 1))


def order(rows: Sequence[Comparable]) -> list[Comparable]:
    """One order for the same rows however they came, so that neighbours in it are alike."""

    def key(row: Comparable) -> tuple[object, ...]:
        needs = tuple(-1 if need is None else need for need in row.needs)
        return (row.placement_type, row.start_date, row.age_years, row.pence_week, tuple(sorted(needs)), needs)

    return sorted(rows, key=key)


def frame_of(rows: Sequence[Comparable]) -> Frame:
    types = tuple(sorted({row.placement_type for row in rows}))
    place = {name: at for at, name in enumerate(types)}
    kind = np.array([place[row.placement_type] for row in rows])
    sizes = np.bincount(kind, minlength=len(types))
    first, last = _span(np.array([quarter_of(row.start_date) for row in rows]))
    needs = _needs(rows)
    at_least = (needs[:, :, None] >= np.arange(1, LEVELS + 1)).astype(float)
    measured = (~np.isnan(needs)).astype(float)
    overall = (at_least.sum(axis=0) + 0.5) / (measured.sum(axis=0) + 2.0)[:, None]
    shares = np.empty((len(types), INDICATORS, LEVELS))
    for at in range(len(types)):
        ours = kind == at
        shares[at] = (at_least[ours].sum(axis=0) + PSEUDO_ROWS * overall) / (measured[ours].sum(axis=0) + PSEUDO_ROWS)[
            :, None
        ]
    largest = np.argsort(-sizes, kind="stable")[:MOST_OWN]
    own = tuple(int(at) for at in np.sort(largest) if sizes[at] >= OWN_WEIGHTS_FROM) if len(types) > 1 else ()
    return Frame(types, own, first, last, shares)


def _span(quarters: Places) -> tuple[int, int]:
    """The quarters of the record, without a few rows at either end that lie years apart from all others (a year
    mistyped), at most ten years.
    """
    ordered = np.sort(quarters)
    few = int(len(ordered) * STRAY_SHARE)
    gaps = np.diff(ordered) > GAP_QUARTERS
    low = max((at + 1 for at in range(min(few, len(gaps))) if gaps[at]), default=0)
    high = min((at for at in range(len(gaps) - min(few, len(gaps)), len(gaps)) if gaps[at]), default=len(ordered) - 1)
    first, last = int(ordered[low]), int(ordered[max(high, low)])
    return max(first, last - MOST_QUARTERS + 1), last


def _needs(rows: Sequence[Comparable]) -> Numbers:
    return np.array([[math.nan if need is None else need for need in row.needs] for row in rows], dtype=np.float64)


def columns_of(frame: Frame, rows: Sequence[Comparable]) -> Columns:
    place = {name: at for at, name in enumerate(frame.types)}
    quarters = np.array([quarter_of(row.start_date) for row in rows])
    return Columns(
        frame,
        np.array([place[row.placement_type] for row in rows]),
        np.array([min(int(row.age_years), OLDEST) for row in rows], dtype=np.float64),
        np.clip(quarters, frame.first_quarter, frame.last_quarter),
        _needs(rows),
    )


def age_weights(age: Numbers) -> Numbers:
    """Of each age on the two knots around it."""
    knots = np.array(AGE_KNOTS, dtype=np.float64)
    left = np.clip(np.searchsorted(knots, age, side="right") - 1, 0, len(knots) - 2)
    share = (age - knots[left]) / (knots[left + 1] - knots[left])
    found = np.zeros((len(age), len(knots)))
    at = np.arange(len(age))
    found[at, left], found[at, left + 1] = 1 - share, share
    return found


def _walk(count: int) -> Numbers:
    """The penalty of neighbours that differ."""
    steps = np.diff(np.eye(count), axis=0)
    return np.asarray(steps.T @ steps)


def free_block(columns: Columns) -> tuple[Numbers, Numbers]:
    """Columns of either sign and their penalty: type, age, own age, growth, own growth, quarter, unmeasured."""
    frame, own = columns.frame, list(columns.frame.own)
    age, years = age_weights(columns.age), frame.years(columns.quarter)
    knots = len(AGE_KNOTS)
    parts = [(columns.of_type, np.eye(len(frame.types)) / STRAY_BASE**2)]
    parts.append((age, _walk(knots) / STRAY_AGE_STEP**2 + np.eye(knots) / STRAY_AGE**2))
    for at in own:
        penalty = _walk(knots) / STRAY_OWN_AGE_STEP**2 + np.eye(knots) / STRAY_OWN_AGE**2
        parts.append((age * columns.of_type[:, [at]], penalty))
    parts.append((years[:, None], np.eye(1) / STRAY_GROWTH**2))
    for at in own:
        parts.append(((years * columns.of_type[:, at])[:, None], np.eye(1) / STRAY_OWN_GROWTH**2))
    quarter = np.asarray(
        (columns.quarter - frame.first_quarter)[:, None] == np.arange(frame.quarters), dtype=np.float64
    )
    penalty = _walk(frame.quarters) / STRAY_QUARTER_STEP**2 + np.eye(frame.quarters) / STRAY_QUARTER**2
    parts.append((quarter, penalty))
    parts.append((columns.unmeasured.astype(np.float64), np.eye(INDICATORS) / STRAY_UNMEASURED**2))
    return np.hstack([one for one, _ in parts]), _diagonal([one for _, one in parts])


def need_block(columns: Columns, options: Options) -> tuple[Numbers, Numbers, Numbers]:
    """Columns that never lower a price, their penalty and their toll: all types' weights, each type's own, together."""
    frame = columns.frame
    reach = np.array(options.reach or [1.0] * len(frame.types))
    steps = columns.reached.reshape(columns.count, STEPS)
    common = steps * reach[columns.kind][:, None]
    penalty = np.eye(STEPS) / options.stray_need**2
    parts = [common]
    if options.stray_own > 0 and frame.own:
        parts = [common * ~np.isin(columns.kind, frame.own)[:, None]]
        size = STEPS * (1 + len(frame.own))
        whole = np.zeros((size, size))
        whole[:STEPS, :STEPS] = penalty
        tie = np.eye(STEPS) / options.stray_own**2
        for nth, at in enumerate(frame.own, 1):
            mine = slice(STEPS * nth, STEPS * (nth + 1))
            parts.append(steps * columns.of_type[:, [at]])
            whole[mine, mine] += tie
            whole[:STEPS, :STEPS] += tie * reach[at] ** 2
            whole[mine, :STEPS] -= tie * reach[at]
            whole[:STEPS, mine] -= tie * reach[at]
        penalty = whole
    toll = np.zeros(len(penalty))
    if options.toll > 0:
        extra = columns.together.shape[1]
        parts.append(columns.together)
        penalty = _diagonal([penalty, np.eye(extra) / STRAY_TOGETHER**2])
        toll = np.concatenate([toll, np.full(extra, options.toll)])
    return np.hstack(parts), penalty, toll


def _diagonal(blocks: list[Numbers]) -> Numbers:
    size = sum(len(block) for block in blocks)
    found, at = np.zeros((size, size)), 0
    for block in blocks:
        found[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return found
