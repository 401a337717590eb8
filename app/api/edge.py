"""What every call has in common: the blueprint, noting that a key is in use, acting once, the version that was read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import abort, g, request
from flask_smorest import Blueprint
from marshmallow import Schema

from app.children.models import Child
from app.core.acts import SpentOtherwise
from app.core.database import transaction
from app.core.errors import Conflict, Invalid
from app.identity.permissions import Permission
from app.identity.service_keys import note_use
from app.requests.models import PlacementRequest
from app.requests.queries import children_of_request, request_for
from app.web.access import actor_or_none, limited
from app.web.access import permission as needs
from app.web.acts import Act, act, wiring_of_app
from app.web.records import shown

V = TypeVar("V", bound=Callable[..., Any])

RATE = "1200 per minute"
"""From one address. A case system that sends a referral makes a handful of calls."""

bp = Blueprint("api", __name__, url_prefix="/api/v1", description="Requests for homes and school places")


def note_key() -> None:
    """Write down, now and then, that a key is in use. It is about the key and not about what the call does."""
    actor = actor_or_none()
    if actor is not None and g.get("homeward_key_unnoted"):
        wiring = wiring_of_app()
        with transaction(wiring.sessions) as session:
            note_use(session, person_id=actor.person_id, now=wiring.clock(session))


bp.before_request(note_key)


def call(
    rule: str,
    permission: Permission,
    *,
    method: str = "GET",
    query: type[Schema] | None = None,
    body: type[Schema] | None = None,
    status: int = 200,
    out: type[Schema] | None = None,
) -> Callable[[V], V]:
    """One call of the interface: who may make it, what comes in, what goes out. The view takes `query` and `body`, as
    far as there are any, and then what stands in the address.
    """

    def declare(view: V) -> V:
        described: Any = bp.response(status, out)(limited(RATE)(needs(permission)(view)))
        if body is not None:
            described = bp.arguments(body)(described)
        if query is not None:
            described = bp.arguments(query, location="query")(described)
        bp.route(rule, methods=[method])(described)
        return view

    return declare


@contextmanager
def acting() -> Iterator[Act]:
    """One act. With the header Idempotency-Key it is done once, and the same key leads to what came of it. Systems draw
    their keys without knowing of each other, so a key counts for its system and its call alone: its address and its
    body. 409 where the same key comes to the same address with something else. A PUT is the same done twice, and its
    version says whether it was.
    """
    given = request.headers.get("Idempotency-Key", "") if request.method != "PUT" else ""
    if given and not re.fullmatch(r"[A-Za-z0-9_-]{8,64}", given):
        raise Invalid("Send 8 to 64 letters, numbers, hyphens and underscores.", field="Idempotency-Key")
    actor = actor_or_none()
    who = actor.person_id if actor is not None else ""
    if not given:
        with act(keyed=False, key="") as doing:
            yield doing
        return
    key = _hash(f"{who}:{given}:{request.method}:{request.full_path}".encode())
    # With the sender's key in it, so that nobody tells from the hash which child was sent.
    body = _hash(f"{who}:{given}:".encode() + request.get_data())
    try:
        with act(key=key, form=f"{request.endpoint}:{body}") as doing:
            yield doing
    except SpentOtherwise:
        raise Conflict(
            "This Idempotency-Key was used for something else. Send each thing with a key of its own."
        ) from None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def version_read(body: int | None) -> int:
    """The version that a change was made from: of the header If-Match, else of the body. 428 where neither says."""
    said = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', request.headers.get("If-Match", "").strip())
    if said:
        return int(said[1])
    if body is None:
        abort(428)
    return body


def open_request(view: Act, request_id: str, what: str) -> tuple[PlacementRequest, list[Child]]:
    """The borough's own request and its children, each of whose views is logged before anything is answered."""
    row = request_for(view.session, actor=view.actor, request_id=request_id)
    children = children_of_request(view.session, actor=view.actor, request_id=request_id)
    for child in children:
        shown(view.wiring, view.actor, child.id, f"{row.reference}: {what} (by key)")
    return row, children
