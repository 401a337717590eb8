"""What an officer can do now where nobody fits, by the gates that would have to be relaxed: links to pages that are
there already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import url_for

from app.offers.funnel import Relaxation
from app.requests.models import PlacementRequest
from app.requests.publication import is_closed
from app.requests.status import RequestStatus
from app.web.access import may
from app.web.acts import Act
from app.web.explaining.funnels import Action
from matching.rank import Gate

OF_THE_REQUEST = frozenset({Gate.SOLO, Gate.ADAPTATION, Gate.LANGUAGE, Gate.DISTANCE})
"""What the request asks for itself: the council can give it up. The other gates are the services' to change."""

Actions = Callable[[Relaxation], Sequence[Action]]


def wider_actions(view: Act, row: PlacementRequest) -> Actions:
    """After the deadline: open the request again more widely, or end it as a need that was not met."""
    open_still = row.status is RequestStatus.PUBLISHED and is_closed(row, view.now)

    def actions(one: Relaxation) -> list[Action]:
        if not open_still:
            return []
        limit = ", with another limit of miles" if Gate.DISTANCE in one.gates else ""
        words = f"Search more widely{limit}"
        return _allowed(view, row, (words, "borough.request_wider"))

    return actions


def told_actions(view: Act, row: PlacementRequest, include: str | None = None) -> Actions:
    """Before the deadline. `include` is where a service that fails only gates on which people may agree is told all the
    same, None where that is over.
    """
    waiting = row.status is RequestStatus.PUBLISHED and not is_closed(row, view.now)

    def actions(one: Relaxation) -> list[Action]:
        found: list[Action] = [("Tell a service all the same", include)] if include else []
        if row.status is RequestStatus.APPROVED and OF_THE_REQUEST & set(one.gates):
            found += _allowed(view, row, ("Send it back to change what it asks for", "borough.request_decision"))
        if waiting:
            found += _allowed(view, row, ("Give everybody more time", "borough.request_extend"))
        elif row.status is RequestStatus.PUBLISHED:
            found += _allowed(view, row, ("Search more widely", "borough.request_wider"))
        return found

    return actions


def _allowed(view: Act, row: PlacementRequest, *wanted: tuple[str, str]) -> list[Action]:
    return [(words, url_for(name, request_id=row.id)) for words, name in wanted if may(name, view.actor)]
