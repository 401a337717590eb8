"""One page asked for, one act: a transaction, one reading of the clock, the actor, and a form that is acted upon once.

`look()` reads and can write nothing. `act()` opens the one writing transaction after the body has arrived, reads the
clock inside it, spends the form's key, and commits when its block ends. Leaving the block by an exception undoes
everything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from flask import current_app, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.core import acts as spent_forms
from app.core.clock import read_clock
from app.core.database import transaction
from app.core.errors import NotAllowed
from app.identity.permissions import Actor
from app.web.access import actor_or_none
from app.wiring import Wiring


class AlreadyDone(Exception):
    """This form was sent before and acted upon: go where it led."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass
class Act:
    """One act or one look: everything that a use case or a query takes."""

    session: Session
    now: dt.datetime
    visitor: Actor | None
    wiring: Wiring
    location: str | None = None
    messages: list[tuple[str, str]] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """Who acts. Raises `NotAllowed` on a page that a visitor opened without signing in."""
        if self.visitor is None:
            raise NotAllowed("Sign in to do this.")
        return self.visitor

    def go(self, url: str, message: str | None = None, *, heading: str | None = None) -> Response:
        """Where the act leads once it is committed, with a success message for the next page."""
        self.location = url
        if message:
            self.messages.append(("success", f"{heading}\n{message}" if heading else message))
        return redirect(url, 303)


def wiring_of_app() -> Wiring:
    """The wiring that this application was built with."""
    return cast(Wiring, current_app.extensions["homeward"])


@contextmanager
def look() -> Iterator[Act]:
    """A read-only transaction and the moment at which it looks.

    Raises `AlreadyDone` where a form is sent that was acted upon before: what it needed may be gone by now, and the
    second click must lead where the first one did.
    """
    wiring = wiring_of_app()
    visitor = actor_or_none()
    with transaction(wiring.sessions, read_only=True) as session:
        if request.method == "POST" and "homeward_acting" not in g:
            key, person_id = request.form.get("idempotency_key", ""), visitor.person_id if visitor else None
            done = spent_forms.led_to(session, key=key, person_id=person_id, endpoint=str(request.endpoint))
            if done is not None:
                raise AlreadyDone(done)
        g.homeward_now = now = read_clock(session, wiring.clock_offset(session))
        yield Act(session, now, visitor, wiring)


@contextmanager
def act(*, keyed: bool = True, key: str | None = None, form: str | None = None) -> Iterator[Act]:
    """The one writing transaction of this request. `keyed=False` is for what may well be repeated: signing in and
    out, and noting that a session is in use. `key` is that of the header of a call to the API, which has no form;
    `form` then says what was sent.

    Raises `AlreadyDone` where this very form was acted upon before, `Invalid` where it carries no key.
    """
    if keyed and request.method in ("GET", "HEAD", "OPTIONS"):
        raise RuntimeError("asking for a page changes nothing: an act needs a form that posts")
    if g.get("homeward_acting"):
        raise RuntimeError("an act is one transaction: it cannot hold another")
    wiring = wiring_of_app()
    visitor = actor_or_none()
    if key is None:
        key = request.form.get("idempotency_key", "")  # reads the whole body before the transaction opens
    g.homeward_acting = True
    try:
        with transaction(wiring.sessions) as session:
            g.homeward_now = now = read_clock(session, wiring.clock_offset(session))
            if keyed:
                person_id = visitor.person_id if visitor else None
                endpoint = form or str(request.endpoint)
                done = spent_forms.begin(session, key=key, person_id=person_id, endpoint=endpoint, now=now)
                if done is not None:
                    raise AlreadyDone(done)
            doing = Act(session, now, visitor, wiring)
            yield doing
            if keyed:
                spent_forms.finish(session, key=key, location=doing.location or request.full_path.rstrip("?"))
    finally:
        g.homeward_acting = False
    for category, message in doing.messages:  # said only once it is true
        flash(message, category)
