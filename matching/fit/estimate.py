"""Weights from columns: penalised least squares in which needs never lower a price, and which few odd rows do not move.

Rows are weighed again and again by how well they fit: Huber's weights, then Tukey's, under which a row far off counts
nothing, less the chance of being in excess; each against the spread of its own type. How strongly types share weights
and whether needs count together is chosen by cross-validation over blocks of rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from matching.fit.design import (
    AGE_KNOTS,
    STEPS,
    Columns,
    Frame,
    Numbers,
    Options,
    Places,
    need_block,
)
from matching.fit.excess import excess
from matching.fit.solving import Parts, effects_of

Squares: TypeAlias = tuple[Numbers, Numbers]

HUBER, TUKEY = 1.345, 4.685
"""The usual constants: 95% efficient where errors are normal."""
MAD = 1.4826
LEAST_SPREAD = 0.005
PSEUDO_SPREAD = 30
FOLDS = 5
CAPPED_AT = 2.0
STRAYS_OF_NEEDS = (0.1, 0.3)
STRAYS_OF_OWN = (0.02, 0.05, 0.12)
TOLLS = (20.0, 10.0, 5.0)
WORTH = 0.5
"""Standard errors by which a richer model must win."""
STRAY_REACH = 0.3
LEAST_REACH, MOST_REACH = 0.1, 4.0


@dataclass(frozen=True)
class System:
    """A weighted least-squares problem's columns, penalties and toll."""

    free: int
    penalty: Numbers
    toll: Numbers
    parts: Parts
    kinds: tuple[tuple[Places, Places, Numbers], ...]
    """By type: its rows, the columns that are not 0 in all of them, and those columns of those rows."""

    @classmethod
    def of(cls, columns: Columns, options: Options) -> System:
        free, free_penalty = columns.free
        needs, need_penalty, toll = need_block(columns, options)
        size, split = free.shape[1] + needs.shape[1], free.shape[1]
        penalty = np.zeros((size, size))
        penalty[:split, :split], penalty[split:, split:] = free_penalty, need_penalty
        kinds = []
        for at in range(len(columns.frame.types)):
            rows = np.flatnonzero(columns.kind == at)
            mine = np.hstack([free[rows], needs[rows]])
            used = np.flatnonzero(mine.any(axis=0))
            kinds.append((rows, used, mine[:, used]))
        toll = np.concatenate([np.zeros(split), toll])
        return cls(split, penalty, toll, _parts(columns.frame, options, split, size), tuple(kinds))

    def squares(self, weights: Numbers, target: Numbers, which: NDArray[np.bool_] | None = None) -> Squares:
        """Of all rows or some, type by type: most columns are 0 in all rows of a type."""
        gram, moment = np.zeros_like(self.penalty), np.zeros(len(self.penalty))
        for every, used, block in self.kinds:
            chosen = slice(None) if which is None else which[every]
            rows, mine = every[chosen], block[chosen]
            weighed = mine * np.sqrt(weights[rows])[:, None]
            gram[np.ix_(used, used)] += weighed.T @ weighed
            moment[used] += weighed.T @ (np.sqrt(weights[rows]) * target[rows])
        return gram, moment

    def met(self, effects: Numbers) -> Numbers:
        """By row: what the effects make of it."""
        found = np.zeros(sum(len(rows) for rows, _, _ in self.kinds))
        for rows, used, mine in self.kinds:
            found[rows] = mine @ effects[used]
        return found

    def solve(self, gram: Numbers, moment: Numbers, near: Numbers | None = None) -> Numbers:
        """The effects that fit best, those of needs at 0 or above. `near`: those of other rows or weights."""
        return effects_of(gram + self.penalty, moment - self.toll, self.parts, self.free, near)


def _parts(frame: Frame, options: Options, split: int, size: int) -> Parts:
    """The columns of `free_block` and `need_block` by what they touch."""
    types, own, knots = len(frame.types), len(frame.own), len(AGE_KNOTS)
    age, growth = types + knots, types + knots + knots * own + 1
    blocks = []
    for nth, at in enumerate(frame.own):
        mine = [np.array([at]), age + knots * nth + np.arange(knots), np.array([growth + nth])]
        if options.stray_own > 0:
            mine.append(split + STEPS * (nth + 1) + np.arange(STEPS))
        blocks.append(np.concatenate(mine))
    lone = np.setdiff1d(np.arange(types), np.array(frame.own, dtype=np.int64))
    taken = np.concatenate([lone, *blocks])
    return Parts(np.setdiff1d(np.arange(size), taken), lone, tuple(blocks))


@dataclass(frozen=True)
class Fitted:
    """Effects, and how each row was taken."""

    options: Options
    effects: Numbers
    free: int
    trust: Numbers
    """By row: 1 where it fits, 0 where it is far off."""
    spread: Numbers
    """By type: of errors."""


def spreads(errors: Numbers, kind: Places, types: int) -> Numbers:
    """A robust standard deviation by type, drawn towards that of all where rows are few."""
    overall = max(MAD * float(np.median(np.abs(errors))), LEAST_SPREAD)
    found = np.full(types, np.log(overall) * PSEUDO_SPREAD)
    sizes = np.bincount(kind, minlength=types)
    for at in np.flatnonzero(sizes):
        own = max(MAD * float(np.median(np.abs(errors[kind == at]))), LEAST_SPREAD)
        found[at] += sizes[at] * np.log(own)
    return np.asarray(np.exp(found / (sizes + PSEUDO_SPREAD)))


def robust(columns: Columns, target: Numbers, options: Options, start: Fitted | None = None) -> Fitted:
    """Effects that odd rows do not move: first under Huber's weights, then under Tukey's; where `start` says already
    which rows are odd, under Tukey's less the chance of being in excess.
    """
    system, types = System.of(columns, options), len(columns.frame.types)
    if start is None:
        spread = spreads(target, columns.kind, types)
        trust = _huber(target / spread[columns.kind])
    else:
        spread, trust = start.spread, start.trust
    effects = None if start is None or start.options != options else start.effects
    for weigh in TURNS if start is None else TURNS_FROM_START:
        effects = system.solve(*system.squares(trust / spread[columns.kind] ** 2, target), effects)
        errors = target - system.met(effects)
        spread = spreads(errors, columns.kind, types)
        trust = weigh(errors / spread[columns.kind])
    assert effects is not None
    return Fitted(options, effects, system.free, trust, spread)


def _huber(errors: Numbers) -> Numbers:
    return np.minimum(1, HUBER / np.maximum(np.abs(errors), 1e-12))


def _tukey(errors: Numbers) -> Numbers:
    return np.where(np.abs(errors) < TUKEY, (1 - (errors / TUKEY) ** 2) ** 2, 0.0)


def _likely(errors: Numbers) -> Numbers:
    return _tukey(errors) * (1 - excess(errors))


TURNS = (_huber, _huber, _huber, _huber, _tukey, _tukey)
TURNS_FROM_START = (_likely,) * 6


def with_reach(columns: Columns, target: Numbers, turns: int = 3) -> Fitted:
    """All types under the same weights of needs, each following them as strongly as its own rows say."""
    types = len(columns.frame.types)
    options = Options(stray_need=max(STRAYS_OF_NEEDS), reach=(1.0,) * types)
    fitted = robust(columns, target, options)
    for _ in range(turns):
        system = System.of(columns, options)
        needs = columns.reached.reshape(columns.count, STEPS) @ fitted.effects[system.free :]
        rest = target - system.met(np.where(np.arange(len(fitted.effects)) < system.free, fitted.effects, 0))
        reach = np.ones(types)
        for at in range(types):
            ours = columns.kind == at
            weights = fitted.trust[ours] / fitted.spread[at] ** 2 + 1e-9
            across = needs[ours] - np.average(needs[ours], weights=weights)
            up = rest[ours] - np.average(rest[ours], weights=weights)
            prior = 1 / STRAY_REACH**2
            slope = ((weights * across * up).sum() + prior) / ((weights * across**2).sum() + prior)
            reach[at] = np.clip(slope, LEAST_REACH, MOST_REACH)
        reach /= np.exp(np.log(reach).mean())
        options = Options(stray_need=options.stray_need, reach=tuple(reach.tolist()))
        fitted = robust(columns, target, options)
    return fitted


def choose(columns: Columns, target: Numbers, start: Fitted) -> Options:
    """The options under which rows that were left out are met best; a richer one only where it wins clearly."""
    best = start.options
    loss = _left_out(columns, target, start, best)
    for name, values in (("stray_need", STRAYS_OF_NEEDS), ("stray_own", STRAYS_OF_OWN), ("toll", TOLLS)):
        held, held_loss = best, loss
        for value in values:
            if value == getattr(held, name) or (name == "stray_own" and not columns.frame.own):
                continue
            other = replace(held, **{name: value})  # type: ignore[arg-type]  # all three are numbers
            other_loss = _left_out(columns, target, start, other)
            gain = held_loss - other_loss
            doubt = float(gain.std()) / np.sqrt(len(gain))
            if gain.mean() > WORTH * doubt and other_loss.mean() < loss.mean():
                best, loss = other, other_loss
    return best


def folds_of(count: int, folds: int) -> Places:
    """Every row's fold. Rows stand in order, so every fold has its share of every type and time."""
    return np.arange(count) % folds


def _left_out(columns: Columns, target: Numbers, start: Fitted, options: Options) -> Numbers:
    """By row: how badly it is met by a fit without its fold, in spreads, capped so that odd rows do not decide."""
    errors = errors_left_out(columns, target, start, options, FOLDS) / start.spread[columns.kind]
    size = np.abs(errors)
    return np.where(size < CAPPED_AT, size**2 / 2, CAPPED_AT * size - CAPPED_AT**2 / 2)


def errors_left_out(columns: Columns, target: Numbers, start: Fitted, options: Options, folds: int) -> Numbers:
    """By row: its error under the fit without its fold. Weights of rows are those of `start`, also for spreads."""
    system = System.of(columns, options)
    weights = start.trust / start.spread[columns.kind] ** 2
    fold, errors = folds_of(columns.count, folds), np.zeros(columns.count)
    parts = [system.squares(weights, target, fold == at) for at in range(folds)]
    gram = cast(Numbers, sum(one for one, _ in parts))
    moment = cast(Numbers, sum(one for _, one in parts))
    effects: Numbers | None = None
    for at, (own_gram, own_moment) in enumerate(parts):
        effects = system.solve(gram - own_gram, moment - own_moment, effects)
        mine = fold == at
        errors[mine] = (target - system.met(effects))[mine]
    return errors


def quantile(values: Numbers, weights: Numbers, share: float) -> float:
    """The least value that at least `share` of the weight lies at or below, as if one more row lay above all."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    at = int(np.searchsorted(reached, share * (reached[-1] + 1) - 1e-9))
    return float(values[order][min(at, len(values) - 1)])


def never_falling(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest values in which none is below the one before."""
    blocks: list[list[float]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            top = blocks.pop()
            below = blocks[-1]
            below[0] = (below[0] * below[1] + top[0] * top[1]) / (below[1] + top[1])
            below[1] += top[1]
            below[2] += top[2]
    return list(itertools.chain.from_iterable([value] * int(count) for value, _, count in blocks))
