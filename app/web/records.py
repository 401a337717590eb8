"""The access log of children's records: what a person is about to be shown is written down first (or not shown)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.children.records import log_view
from app.core.database import transaction
from app.identity.permissions import Actor
from app.requests.models import PlacementRequest

if TYPE_CHECKING:
    from app.wiring import Wiring


def shown(wiring: Wiring, actor: Actor, child_id: str, what: str) -> None:
    """Write, in a transaction of its own, that the actor is shown a child's data on a page. `what` names the page in
    at most 80 characters and says nothing about the child. If it cannot be written, this raises and nothing is shown.

    Never inside an `act()`: on SQLite the two transactions would wait for each other.
    """
    with transaction(wiring.sessions) as session:
        log_view(session, actor=actor, child_id=child_id, what=what[:80], now=wiring.clock(session))


def shown_of_request(wiring: Wiring, actor: Actor, row: PlacementRequest, what: str) -> None:
    """The same for every child of a request, whose page shows what is known of all of them."""
    for child in row.children:
        shown(wiring, actor, child.child_id, f"{what} for {row.reference}")
