"""Where candidates fell, when nobody fits: how many at each gate, how many at that gate alone, and the smallest sets of
gates whose relaxation would admit somebody, with whom.

One counting for both questions: who would be told before there are offers, and which offers can be shortlisted. What
is smallest is the matcher's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching.rank import Gate
from matching.rank.ranking import funnel, relaxations


@dataclass(frozen=True)
class Fallen:
    """One candidate by name with the gates that it fails; none of them: it passed."""

    name: str
    gates_failed: tuple[Gate, ...]


@dataclass(frozen=True)
class Step:
    """How many candidates fail a gate, and how many fail that one alone."""

    gate: Gate
    failed: int
    alone: int


@dataclass(frozen=True)
class Relaxation:
    """A smallest set of gates on which people may agree, and who would come in by it."""

    gates: tuple[Gate, ...]
    admits: tuple[str, ...]


@dataclass(frozen=True)
class Funnel:
    """All candidates, where they fell, in the order of the gates, and what would admit somebody. `relaxations` is empty
    where somebody passed, and where no agreement helps.
    """

    candidates: int
    passed: int
    steps: tuple[Step, ...]
    relaxations: tuple[Relaxation, ...]

    @property
    def nobody(self) -> bool:
        """Whether there were candidates and none passed."""
        return bool(self.candidates) and not self.passed


def funnel_of(candidates: Sequence[Fallen]) -> Funnel:
    """The funnel of some candidates, each of whom may fail several gates."""
    counts = funnel(candidates)
    passed = sum(not one.gates_failed for one in candidates)
    smallest = () if passed else relaxations(candidates)
    return Funnel(
        candidates=len(candidates),
        passed=passed,
        steps=tuple(
            Step(gate, failed, sum(one.gates_failed == (gate,) for one in candidates))
            for gate, failed in counts.items()
            if failed
        ),
        relaxations=tuple(
            Relaxation(gates, tuple(one.name for one in candidates if set(one.gates_failed) <= set(gates)))
            for gates in smallest
        ),
    )
