"""The door: signing in and signing out, and noting that a session is in use."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from flask import Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from app.identity import sign_in as sessions
from app.web.access import (
    actor_or_none,
    end_session,
    limited,
    public,
    safe_next,
    session_token,
    signed_in,
    start_session,
)
from app.web.account import bp
from app.web.account.forms import SignInForm
from app.web.acts import act
from app.web.forms import Form
from app.web.navigation import home_endpoint


def network_address() -> str:
    """Where this request comes from, as lock-out counts it."""
    return request.remote_addr or "unknown"


def enter(signed: sessions.SignedIn, onward: str | None = None) -> ResponseReturnValue:
    """Sign this browser in and go on: to where the person wanted to be, after asking for whom they act where that is
    open."""
    start_session(signed.actor, signed.token)
    if len(signed.choices) > 1:
        return redirect(url_for("account.switch", next=onward or None), 303)
    return redirect(safe_next(onward, url_for(home_endpoint(signed.actor))), 303)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@limited("30 per minute")
def sign_in() -> ResponseReturnValue:
    """Sign in with an email address and a password."""
    onward = request.args.get("next")
    actor = actor_or_none()
    if request.method == "GET" and actor is not None:
        return redirect(safe_next(onward, url_for(home_endpoint(actor))), 303)
    form = Form(SignInForm)
    if request.method == "POST" and form.parse(request.form):
        with act(keyed=False) as doing:
            result = sessions.sign_in(
                doing.session,
                email=form.data["email"],
                password=form.data["password"],
                network_address=network_address(),
                now=doing.now,
            )
            before = session_token()
            if isinstance(result, sessions.SignedIn) and doing.visitor is not None and before is not None:
                sessions.sign_out(doing.session, actor=doing.visitor, token=before, now=doing.now)
        if isinstance(result, sessions.SignedIn):
            return enter(result, onward)
        form.add_error("email", result.message)
    return render_template("account/sign_in.html", form=form), form.status


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    token = session_token()
    with act(keyed=False) as doing:
        sessions.sign_out(doing.session, actor=doing.actor, token=token or "", now=doing.now)
    end_session()
    return redirect(url_for("account.sign_in"), 303)


@bp.after_app_request
def note_use(response: Response) -> Response:
    """Write down, at most once a minute, that the session is in use. The cookie remembers the minute, so most
    requests ask nothing."""
    if request.endpoint in (None, "static") or not g.get("homeward_signed_in"):
        return response
    token, now = session_token(), g.get("homeward_now")
    if token is None or now is None:
        return response
    minute = int(now.timestamp() // 60)
    if cast("int | None", session.get("seen")) != minute:
        # A database that is busy with something long must not cost the page; the next request tries again.
        with suppress(OperationalError):
            with act(keyed=False) as doing:
                sessions.touch(doing.session, token=token, now=doing.now)
            session["seen"] = minute
    return response
