"""Lower rooms never call higher ones: they publish what happened, and the table of reactions answers in the same
transaction.

An event is a frozen dataclass of ids and facts. `app/wiring.py` puts the table into each session; a session without
a table reacts to
nothing, which is what a test of one room wants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

Reaction: TypeAlias = Callable[[Session, Any], object]
Reactions: TypeAlias = Mapping[type, Sequence[Reaction]]

_KEY = "homeward_reactions"


def info_of(reactions: Reactions) -> dict[str, Any]:
    """What a session's `info` holds so that it reacts; for a session factory."""
    return {_KEY: reactions}


def install(session: Session, reactions: Reactions) -> None:
    """Give a session the table of reactions that it answers events with."""
    session.info[_KEY] = reactions


def publish(session: Session, event: object) -> None:
    """Run every reaction to `event`, in order, in this transaction. A reaction that fails fails the act."""
    reactions: Reactions = session.info.get(_KEY, {})
    for reaction in reactions.get(type(event), ()):
        reaction(session, event)
