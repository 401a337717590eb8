"""Statuses move along a declared table and nowhere else; a move is recorded with who, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from app.core.errors import WrongMove

S = TypeVar("S", bound=StrEnum)


class Lifecycle(Generic[S]):
    """The one table of moves of a status.

    `moves` maps each status to the statuses it may go to. Every member of the enum must have a row, so that a new
    status cannot be
    forgotten. `words` are what people see.
    """

    def __init__(self, words: Mapping[S, str], moves: Mapping[S, frozenset[S] | set[S]]) -> None:
        members = set(type(next(iter(moves))))
        if set(moves) != members or set(words) != members:
            raise ValueError("every status needs its words and its row in the table of moves")
        self.words = dict(words)
        self.moves = {status: frozenset(targets) for status, targets in moves.items()}

    def allows(self, now: S, then: S) -> bool:
        return then in self.moves[now]

    def require(self, now: S, then: S, what: str = "This") -> S:
        """`then`, if the table allows the move; otherwise WrongMove with both statuses in words."""
        if not self.allows(now, then):
            raise WrongMove(
                f"{what} is {self.words[now].lower()}, so it cannot become {self.words[then].lower()}.",
                now=now.value,
                then=then.value,
            )
        return then
