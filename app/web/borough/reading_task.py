"""How far a request's texts are read, wherever a page says it: a line of a task list, and what a manager is told."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.requests.decided import decisions_of
from app.requests.findings import ReadingState, reading_state
from app.requests.models import PlacementRequest
from app.requests.texts import texts_of
from app.requests.ticks import ticks_of, what_is_unread
from app.web.acts import Act

TITLE = "Check what providers will read"


def reading_task(view: Act, row: PlacementRequest) -> dict[str, str]:
    """The line of a task list about reading what providers see, with how far it is."""
    state = reading_state(view.session, vault=view.wiring.vault, request=row)
    href = url_for("borough.request_reading", request_id=row.id)
    return {"title": TITLE, "href": href, "status": state_words(state), "tone": _tone(state)}


def state_words(state: ReadingState) -> str:
    """How far it is, in a few words."""
    if state.total == 0:
        return "Nothing to read yet"
    if state.is_done:
        return "Done"
    if state.open:
        return f"{state.open} {'place' if state.open == 1 else 'places'} to decide, {state.done} of {state.total} read"
    return f"{state.done} of {state.total} read" if state.done else "Not started"


def _tone(state: ReadingState) -> str:
    if state.is_done and state.total:
        return "done"
    return "warn" if state.open or state.done else "neutral"


def what_was_read(view: Act, row: PlacementRequest) -> dict[str, Any]:
    """For the manager who approves: who read which text when, what is unread, and what was decided about each place."""
    vault = view.wiring.vault
    texts, ticks = texts_of(view.session, vault=vault, request=row), ticks_of(view.session, row)
    unread = {one.key for one in what_is_unread(texts, ticks)}
    return {
        "read": [(one.label, ticks[one.key]) for one in texts if one.key not in unread],
        "unread": [one.label for one in texts if one.key in unread],
        "decided": decisions_of(view.session, vault=vault, request=row),
    }
