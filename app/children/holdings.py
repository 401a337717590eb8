"""What the rooms above hold of a child: requests and placements. This room may not look there, so it asks, by an event
that they answer in the same transaction (`app/wiring.py`); what follows from the answers is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.children.events import Holding, HoldingsAsked
from app.core.events import publish

ROOMS = frozenset({"requests", "placements"})


def holdings_of(session: Session, child_ids: Sequence[str]) -> list[Holding]:
    """Everything that cites one of these records, requests first. RuntimeError where a room did not answer: what is not
    known must not be taken for nothing when a key is destroyed.
    """
    asked = HoldingsAsked(tuple(child_ids))
    publish(session, asked)
    if asked.answered != ROOMS:
        raise RuntimeError(f"no answer about a child's records from: {', '.join(sorted(ROOMS - asked.answered))}")
    return sorted(asked.found, key=lambda one: (one.room != "requests", one.reference))
