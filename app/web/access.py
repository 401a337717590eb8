"""Who may open which page. Every view declares it; a view that declares nothing is refused when the application starts
and again when asked.

Three declarations: `@public` (anybody), `@signed_in` (anybody who acts for an organisation) and `@permission(...)`
(whose roles give one of the permissions). They say what kind of act is allowed; whose things it reaches is decided by
the query, which takes the actor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import flask_login
from flask import Flask, Request, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import read_clock
from app.core.database import transaction
from app.core.errors import HomewardError, NotAllowed
from app.identity import queries as identity_queries
from app.identity.permissions import Actor, Permission
from app.identity.service_keys import actor_of_key
from app.wiring import Wiring

V = TypeVar("V", bound=Callable[..., Any])

SIGN_IN = "account.sign_in"
_ACCESS = "homeward_access"
_LIMIT = "homeward_limit"
_BODY = "homeward_body"
_KEEP = "homeward_keep"

Keeper = Callable[..., "str | None"]
"""Keeps what was posted by somebody who is no longer signed in. Takes the view's arguments; returns where it will be
found again, None where nothing was kept.
"""

API = "/api/"


class Undeclared(RuntimeError):
    """Some views do not say who may open them. Names them."""


@dataclass(frozen=True)
class Access:
    """What one view declares. No permissions: anybody (`open_to_all`) or anybody signed in."""

    open_to_all: bool = False
    permissions: tuple[Permission, ...] = ()

    def admits(self, actor: Actor | None) -> bool:
        """Whether this visitor may open the view."""
        if self.open_to_all:
            return True
        if actor is None:
            return False
        return not self.permissions or any(actor.may(permission) for permission in self.permissions)

    def __str__(self) -> str:
        if self.open_to_all:
            return "public"
        return " or ".join(permission.value for permission in self.permissions) or "signed in"


def _declared(access: Access) -> Callable[[V], V]:
    def declare(view: V) -> V:
        setattr(view, _ACCESS, access)
        return view

    return declare


def permission(*permissions: Permission) -> Callable[[V], V]:
    """For whose roles give any one of these permissions."""
    if not permissions:
        raise TypeError("name at least one permission")
    return _declared(Access(permissions=permissions))


def public(view: V) -> V:
    """For anybody, signed in or not."""
    return _declared(Access(open_to_all=True))(view)


def signed_in(view: V) -> V:
    """For anybody who is signed in, whatever their role."""
    return _declared(Access())(view)


def limited(rate: str) -> Callable[[V], V]:
    """At most this many calls from one address, for example "10 per minute"."""

    def declare(view: V) -> V:
        setattr(view, _LIMIT, rate)
        return view

    return declare


def uploads(most_bytes: int) -> Callable[[V], V]:
    """This view takes files: its body may be this large."""

    def declare(view: V) -> V:
        setattr(view, _BODY, most_bytes)
        return view

    return declare


def kept_if_signed_out(keeper: Keeper) -> Callable[[V], V]:
    """What is posted to this view after the session ended is handed to `keeper` and not lost."""

    def declare(view: V) -> V:
        setattr(view, _KEEP, keeper)
        return view

    return declare


def keep_posted() -> str | None:
    """Have what was posted kept, where the view says how. Returns where it will be found again."""
    keeper = _said_by(current_app.view_functions.get(str(request.endpoint)), _KEEP)
    if keeper is None or request.method != "POST":
        return None
    try:
        return cast("str | None", keeper(**(request.view_args or {})))
    except HomewardError:  # nothing there to keep it for
        return None


def _said_by(view: Any, what: str) -> Any:
    """A declaration on a view function or on the class behind it."""
    found = getattr(view, what, None)
    return found if found is not None else getattr(getattr(view, "view_class", None), what, None)


def access_of(view: Any) -> Access | None:
    """What a view declares, None where it declares nothing."""
    return cast("Access | None", _said_by(view, _ACCESS))


def limit_of(view: Any) -> str | None:
    """The rate that a view declares, None where it has no limit of its own."""
    return cast("str | None", _said_by(view, _LIMIT))


def endpoint_permissions(app: Flask) -> dict[str, str]:
    """Every endpoint and who may open it, in order: the content of the committed list that a test compares."""
    return {name: str(access_of(view) or "undeclared") for name, view in sorted(app.view_functions.items())}


def refuse_undeclared(app: Flask) -> None:
    """Raises `Undeclared`, naming the views that do not say who may open them."""
    silent = [name for name, view in sorted(app.view_functions.items()) if access_of(view) is None]
    if silent:
        raise Undeclared(f"these views do not say who may open them: {', '.join(silent)}")


def guard() -> ResponseReturnValue | None:
    """Before every view: the size of the body, then who may open it. Sends people who are not signed in to the sign-in
    page.
    """
    if request.endpoint is None:
        return None  # no such page: the router's own 404 or 405 follows
    view = current_app.view_functions[request.endpoint]
    largest = _said_by(view, _BODY)
    if largest is not None:
        request.max_content_length = largest
    access = access_of(view)
    if access is None:
        abort(403)
    if access.open_to_all or access.admits(actor_or_none()):
        return None
    if actor_or_none() is not None:
        raise NotAllowed("Your role does not allow this.", permission=str(access))
    if under_api():
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else keep_posted()
    return redirect(url_for(SIGN_IN, next=back), 303)


class Visitor(flask_login.UserMixin):  # type: ignore[misc]  # flask_login ships no types
    """What flask-login keeps in the cookie: the token of a sign-in session, never the person's id."""

    def __init__(self, actor: Actor, token: str) -> None:
        self.actor = actor
        self.token = token

    def get_id(self) -> str:
        return self.token


def under_api() -> bool:
    """Whether this request is for the JSON interface, where keys count and cookies do not."""
    return request.path.startswith(API)


def load_user(token: str) -> Visitor | None:
    """The person behind a session token, or None once that session has ended, for flask-login. Under /api/ a cookie is
    nobody: what comes with one might have been sent by another site.
    """
    if under_api():
        return None
    wiring: Wiring = current_app.extensions["homeward"]
    with transaction(wiring.sessions, read_only=True) as database:
        now = read_clock(database, wiring.clock_offset(database))
        g.homeward_now = now
        actor = identity_queries.actor_for_session(database, token, now)
    return Visitor(actor, token) if actor is not None else None


def load_key(asked: Request) -> Visitor | None:
    """The system behind a key of the header Authorization, for flask-login. Under /api/ only."""
    scheme, _, secret = asked.headers.get("Authorization", "").partition(" ")
    if not under_api() or scheme.casefold() != "bearer" or not secret.strip():
        return None
    wiring: Wiring = current_app.extensions["homeward"]
    with transaction(wiring.sessions, read_only=True) as database:
        now = read_clock(database, wiring.clock_offset(database))
        found = actor_of_key(database, secret.strip(), now)
    if found is None:
        return None
    actor, g.homeward_key_unnoted = found
    return Visitor(actor, "")


def actor_or_none() -> Actor | None:
    """Who is signed in and for whom they act, None for a visitor."""
    user = flask_login.current_user
    return user.actor if user.is_authenticated else None


def current_actor() -> Actor:
    """Who is signed in. Raises `NotAllowed` for a visitor."""
    actor = actor_or_none()
    if actor is None:
        raise NotAllowed("Sign in to do this.")
    return actor


def session_token() -> str | None:
    """The token in this browser's cookie, whether or not its session still holds."""
    token = session.get("_user_id")
    return str(token) if token else None


def start_session(actor: Actor, token: str) -> None:
    """Sign this browser in: the old cookie is emptied first, so nothing planted before sign-in lives on."""
    session.clear()
    flask_login.login_user(Visitor(actor, token))


def end_session() -> None:
    """Sign this browser out. The row behind the token is ended by identity's use case."""
    flask_login.logout_user()
    messages = session.get("_flashes")
    session.clear()
    if messages:  # "You have signed out" is for the next page
        session["_flashes"] = messages


def may(endpoint: str, actor: Actor | None) -> bool:
    """Whether a view of this name exists and would admit this visitor."""
    view = current_app.view_functions.get(endpoint)
    access = access_of(view) if view is not None else None
    return access is not None and access.admits(actor)


def safe_next(value: str | None, default: str) -> str:
    """A place on this site to go on to, else the default. Never another host, however it is written."""
    if not value or not value.startswith("/") or value.startswith("//") or "\\" in value or not value.isprintable():
        return default
    parts = urlsplit(value)
    return default if parts.scheme or parts.netloc else value
