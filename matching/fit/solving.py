"""The least-squares effects of which some may not be below 0, for many types at once.

Effects of one type's own touch those of no other type, only the shared ones. So each type's are eliminated by
themselves, and what is left to solve together does not grow with the number of types. Which effects stand at 0 is
found by block principal pivoting (Júdice and Pires; Kim and Park): guess, solve, exchange all that contradict the
guess; where that stops helping, exchange one (Murty), which ends. The answer is the only one there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.fit.design import Numbers, Places

Mask = NDArray[np.bool_]

TRIES = 3
"""Exchanges of all that need not lessen the contradictions, before only one is exchanged."""
NEAR_0 = 1e-11


@dataclass(frozen=True)
class Parts:
    """Columns by what they touch: each of `lone` no other but shared ones; those of a block only each other and
    shared ones.
    """

    shared: Places
    lone: Places
    blocks: tuple[Places, ...]


@dataclass
class Elimination:
    """Solves `gram @ effects = moment` over the effects that are in use."""

    gram: Numbers
    moment: Numbers
    parts: Parts
    _known: dict[int, tuple[bytes, Places, Numbers, Numbers]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shared, lone = self.parts.shared, self.parts.lone
        self._shared = np.hstack([self.gram[np.ix_(shared, shared)], self.moment[shared, None]])
        if len(lone):
            across = self.gram[np.ix_(lone, shared)]
            self._lone = np.hstack([across, self.moment[lone, None]]) / self.gram[lone, lone][:, None]
            self._shared = self._shared - across.T @ self._lone

    def solve(self, used: Mask) -> Numbers:
        shared, found = self.parts.shared, np.zeros(len(self.moment))
        left = self._shared
        if self.parts.blocks:
            left = left - np.sum([self._block(at, used)[3] for at in range(len(self.parts.blocks))], axis=0)
        mine = np.flatnonzero(used[shared])
        found[shared[mine]] = np.linalg.solve(left[np.ix_(mine, mine)], left[mine, -1])
        known = np.append(-found[shared], 1.0)
        if len(self.parts.lone):
            found[self.parts.lone] = self._lone @ known
        for at in range(len(self.parts.blocks)):
            _, which, solved, _ = self._block(at, used)
            found[which] = solved @ known
        return found

    def _block(self, at: int, used: Mask) -> tuple[bytes, Places, Numbers, Numbers]:
        """The block's effects in use in terms of the shared ones, and what eliminating them takes from those."""
        block = self.parts.blocks[at]
        mask = used[block]
        name = mask.tobytes()
        known = self._known.get(at)
        if known is None or known[0] != name:
            which = block[mask]
            across = self.gram[np.ix_(which, self.parts.shared)]
            right = np.hstack([across, self.moment[which, None]])
            solved: Numbers = np.linalg.solve(self.gram[np.ix_(which, which)], right).astype(np.float64)
            taken: Numbers = np.asarray(across.T @ solved, dtype=np.float64)
            known = (name, which, solved, taken)
            self._known[at] = known
        return known


def effects_of(gram: Numbers, moment: Numbers, parts: Parts, free: int, near: Numbers | None = None) -> Numbers:
    """What fits best with every effect from `free` on at 0 or above. `near`: effects of a problem like this one."""
    system = Elimination(gram, moment, parts)
    used = np.ones(len(moment), dtype=bool)
    if near is not None:
        used[free:] = near[free:] > 0
    fewest, tries = len(moment) + 1, TRIES
    scale = NEAR_0 * max(float(np.abs(moment).max()), 1.0)
    while True:
        effects = system.solve(used)
        pull = gram[free:] @ effects - moment[free:]
        wrong = np.where(used[free:], effects[free:] < -NEAR_0, pull < -scale)
        contradictions = np.flatnonzero(wrong) + free
        if len(contradictions) == 0:
            effects[free:] = np.maximum(effects[free:], 0)
            return effects
        if len(contradictions) < fewest:
            fewest, tries = len(contradictions), TRIES
        elif tries > 0:
            tries -= 1
        else:
            contradictions = contradictions[-1:]
        used[contradictions] = ~used[contradictions]
