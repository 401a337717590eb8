"""The candidates of one request as columns, in the order shown: a `Candidate` is made when somebody looks at it.

A market of 300 requests and 2,000 services has half a million of them. Most are only ever written to a file and
hashed, and for that the columns go straight to text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from matching.rank.gates import Gate
from matching.rank.parts import Contributions, Parts
from matching.rank.results import Candidate, Flag

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Column: TypeAlias = npt.NDArray[np.integer[Any]]

NONE = -1
"""Stands for null in a column: of price parts, and of what it takes to tie with the one above."""

GATE_BIT = {gate: 1 << position for position, gate in enumerate(Gate)}
FLAG_BIT = {flag: 1 << position for position, flag in enumerate(Flag)}


@cache
def gates_in(mask: int) -> tuple[Gate, ...]:
    return tuple(gate for gate in Gate if mask & GATE_BIT[gate])


@cache
def flags_in(mask: int) -> tuple[Flag, ...]:
    return tuple(flag for flag in Flag if mask & FLAG_BIT[flag])


@dataclass(frozen=True, slots=True)
class Rows:
    """One place a candidate, the eligible first; `groups` and `ties` are the eligible's alone.

    `parts` and `contributions` have a row for each of price, quality, needs and practical; `gates` and `flags` hold
    bits; `groups` holds ranks and numbers of tie groups.
    """

    services: list[str]
    gates: Column
    flags: Column
    parts: Column
    contributions: Column
    groups: Column
    ties: Column


class CandidateRows(Sequence[Candidate]):
    """Candidates at list prices that are made when they are looked at. Equal to a tuple of the same candidates."""

    __slots__ = ("rows",)

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows.services)

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, at: int | slice) -> Candidate | tuple[Candidate, ...]:
        positions = range(len(self))[at]
        return self._made(positions) if isinstance(positions, int) else tuple(map(self._made, positions))

    def __iter__(self) -> Iterator[Candidate]:
        return map(self._made, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _made(self, at: int) -> Candidate:
        rows = self.rows
        price, quality, needs, practical = rows.parts[:, at].tolist()
        rank, group, tie = None, None, NONE
        if at < len(rows.ties):
            rank, group = rows.groups[:, at].tolist()
            tie = int(rows.ties[at])
        return Candidate(
            service=rows.services[at],
            offer=None,
            gates_failed=gates_in(int(rows.gates[at])),
            parts=Parts(None if price == NONE else price, quality, needs, practical),
            contributions=Contributions(*rows.contributions[:, at].tolist()),
            flags=flags_in(int(rows.flags[at])),
            rank=rank,
            tie_group=group,
            to_tie_above=None if tie == NONE else tie,
        )
