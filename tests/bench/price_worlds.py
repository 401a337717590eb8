"""Made-up histories of placements whose fair prices are known, from worlds of several kinds.

A world says what a fair price is; what a fit may see are the history's rows alone. Truth stays in `Placement.fair`,
which nobody passes on. Magnitudes are those usual in London in 2025-26: fostering about £900 a week, supported
accommodation £450 to £1,800, a group home £4,800 to £6,800, a solo home £9,500 and more, schools by the year of 52
weeks.

Only the first world is of the family that the product fits. In the others a need counts from a threshold on, needs
matter together, what is reported is not what is needed, hidden quality sets the price and grades say little, or pounds
are added up from hours of staff.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.fit.history import Comparable

Numbers = NDArray[np.float64]

FIRST = dt.date(2022, 10, 1)
LAST = dt.date(2026, 3, 31)
AHEAD_DAYS = 180
TYPES = ("ifa", "residential", "supported", "nmi_day", "nmi_52")
SHARES = (0.40, 0.30, 0.14, 0.09, 0.07)
BASES = (800.0, 4200.0, 620.0, 900.0, 3600.0)
AGES = ((0, 17), (7, 17), (16, 17), (5, 17), (8, 17))
INFLATED = 0.06


@dataclass(frozen=True)
class Placement:
    """A placement as it would be recorded, with what nobody outside the world knows."""

    seen: Comparable
    fair: float
    inflated: bool
    need: int
    """The sum of the true levels: for groups."""


@dataclass(frozen=True)
class World:
    """What draws a market: the same weights for its history and for what is asked of it later."""

    name: str
    effect: Callable[[Numbers, Numbers, Numbers], Numbers]
    """Log of the multiplier that needs (n x 12), type and age give."""
    noise: float = 0.10
    heavy: bool = False
    hidden: float = 0.0
    """Spread of a home's quality, which is part of its fair price and in no column."""
    misreported: float = 0.0
    spread_by_need: float = 0.0
    growth: tuple[float, ...] = (0.045, 0.06, 0.05, 0.04, 0.05)
    step: float = 0.0
    """A rise in October 2024 besides."""
    unmeasured: float = 0.04


def worlds(seed: int) -> list[World]:
    """The worlds of one seed: each draws its weights anew."""
    draw = np.random.default_rng(10_000 + seed)
    own = draw.gamma(1.5, 1.0, (len(TYPES), 12)) * 0.5 + draw.gamma(1.2, 1.0, 12)
    own *= 1.0 / own.sum(axis=1, keepdims=True)
    reach = np.array([0.75, 1.1, 0.8, 0.6, 0.8])
    curve = np.sort(draw.random((12, 2)), axis=1)
    levels = np.column_stack([np.zeros(12), curve, np.ones(12)])

    def log_linear(needs: Numbers, kind: Numbers, age: Numbers) -> Numbers:
        read = levels[np.arange(12)[None, :], needs.astype(int)]
        return np.asarray((read * own[kind.astype(int)]).sum(axis=1) * 1.6 * reach[kind.astype(int)])

    chosen = draw.choice(12, 4, replace=False)

    def thresholded(needs: Numbers, kind: Numbers, age: Numbers) -> Numbers:
        severe = (needs[:, chosen] >= 3).sum(axis=1)
        total = needs.sum(axis=1)
        return np.asarray(
            0.22 * (total >= 12) + 0.25 * (total >= 18) + 0.18 * np.minimum(severe, 2) + 0.06 * (needs[:, 0] >= 2)
        )

    pairs = [tuple(draw.choice(12, 2, replace=False)) for _ in range(5)]

    def interacting(needs: Numbers, kind: Numbers, age: Numbers) -> Numbers:
        read = (needs / 3 * own[kind.astype(int)]).sum(axis=1) * 0.7
        for one, other in pairs:
            read = read + 0.22 * (np.minimum(needs[:, one], needs[:, other]) >= 2)
        return np.asarray(read * np.where(age >= 14, 1.25, 1.0))

    hours = draw.gamma(2.0, 1.0, 12)

    def staffed(needs: Numbers, kind: Numbers, age: Numbers) -> Numbers:
        work = (np.array([0.0, 0.2, 0.6, 1.4])[needs.astype(int)] * hours).sum(axis=1) / hours.sum()
        worst = np.sort(needs * np.sqrt(hours), axis=1)[:, -3:].sum(axis=1) / (3 * np.sqrt(hours.max()))
        return np.log(1 + np.array([0.5, 1.1, 0.9, 0.4, 0.7])[kind.astype(int)] * (work + 0.5 * worst))

    return [
        World("log-linear", log_linear),
        World("thresholded", thresholded),
        World("interacting", interacting, step=0.05),
        World("misreported", log_linear, misreported=0.25),
        World("weak grades", log_linear, noise=0.08, hidden=0.12, heavy=True),
        World("staffed", staffed, spread_by_need=0.06, unmeasured=0.10, growth=(0.03, 0.11, 0.06, 0.02, 0.08)),
    ]


def draw_market(world: World, seed: int, count: int, *, ahead: bool) -> list[Placement]:
    """`count` placements: on record (`ahead` false), or asked for in the half year after the record ends."""
    draw = np.random.default_rng([seed, int(ahead), sum(world.name.encode())])
    kind = draw.choice(len(TYPES), count, p=SHARES)
    lowest, highest = (np.array([pair[end] for pair in AGES])[kind] for end in (0, 1))
    age = np.floor(lowest + draw.random(count) * (highest - lowest + 1))
    severity = draw.normal(0, 0.7, count) + np.array([-0.35, 0.45, -0.2, 0.1, 0.5])[kind]
    raw = severity[:, None] * 0.8 + draw.normal(0, 1, (count, 12)) + np.linspace(-0.5, 0.3, 12)[None, :]
    needs = np.clip(np.digitize(raw, (-0.3, 0.5, 1.3)), 0, 3).astype(float)
    if ahead:
        day = draw.integers(1, AHEAD_DAYS + 1, count) + (LAST - FIRST).days
    else:
        day = draw.integers(0, (LAST - FIRST).days + 1, count)
    fair = np.log(np.array(BASES))[kind] + world.effect(needs, kind.astype(float), age)
    fair += np.where(kind == 0, 0.012 * np.abs(age - 8), 0.006 * (age - 12))
    fair += np.array(world.growth)[kind] * day / 365.25
    fair += world.step * (day >= (dt.date(2024, 10, 1) - FIRST).days)
    fair += world.hidden * draw.normal(0, 1, count)
    spread = world.noise + world.spread_by_need * (needs.sum(axis=1) / 18) ** 2
    errors = draw.standard_t(4, count) / np.sqrt(2) if world.heavy else draw.normal(0, 1, count)
    inflated = draw.random(count) < INFLATED
    paid = np.exp(fair + spread * errors) * np.where(inflated, draw.uniform(1.25, 1.7, count), 1.0)
    moved = draw.random((count, 12)) < world.misreported
    reported = np.clip(needs + moved * draw.choice([-1, 1], (count, 12)), 0, 3)
    missing = draw.random((count, 12)) < world.unmeasured
    return [
        Placement(
            Comparable(
                TYPES[kind[at]],
                int(age[at]),
                tuple(None if missing[at, need] else int(reported[at, need]) for need in range(12)),
                FIRST + dt.timedelta(days=int(day[at])),
                round(float(paid[at]) * 100),
            ),
            float(np.exp(fair[at]) * 100),
            bool(inflated[at]),
            int(needs[at].sum()),
        )
        for at in range(count)
    ]


def without_noise(world: World) -> World:
    return replace(world, noise=0.0, heavy=False, spread_by_need=0.0, hidden=0.0, misreported=0.0)
