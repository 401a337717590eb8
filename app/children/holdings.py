"""What the rooms above hold of a child: requests and placements. This room may not look there, so it asks, by an event
that they answer in the same transaction (`app/wiring.py`); what follows from the answers is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.core.events import publish

ROOMS = frozenset({"requests", "placements"})


@dataclass(frozen=True)
class Holding:
    """One thing that cites a record of a child. `live` ones are not over yet; `looked_after` says that the child was or
    was to be looked after by it.
    """

    room: str
    id: str
    reference: str
    child_id: str
    status: str
    live: bool
    draft: bool = False
    looked_after: bool = False

    @property
    def words(self) -> str:
        """Request CRO-7K4M2P: published."""
        kind = "Request" if self.room == "requests" else "Placement"
        return f"{kind} {self.reference}: {self.status[:1].lower()}{self.status[1:]}"


@dataclass(frozen=True)
class HoldingsAsked:
    """What do you hold of these records? Each room adds to `found` and says in `answered` that it did."""

    child_ids: tuple[str, ...]
    found: list[Holding] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)


def holdings_of(session: Session, child_ids: Sequence[str]) -> list[Holding]:
    """Everything that cites one of these records, requests first. RuntimeError where a room did not answer: what is not
    known must not be taken for nothing when a key is destroyed.
    """
    asked = HoldingsAsked(tuple(child_ids))
    publish(session, asked)
    if asked.answered != ROOMS:
        raise RuntimeError(f"no answer about a child's records from: {', '.join(sorted(ROOMS - asked.answered))}")
    return sorted(asked.found, key=lambda one: (one.room != "requests", one.reference))
