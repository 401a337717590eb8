"""Refusals and accidents, said once: as a page in plain English, or as JSON under /api/. Each carries the reference
that finds its log line.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import ClientDisconnected, HTTPException

from app.children.duplicates import LikelyKnown
from app.core.crypto import KeyDestroyedError
from app.core.errors import Conflict, HomewardError, Invalid, NotAllowed, NotFound, Stale
from app.web.access import keep_posted, under_api
from app.web.acts import AlreadyDone
from config.settings import Settings

log = structlog.get_logger("homeward.web")


@dataclass(frozen=True)
class Refusal:
    """What a person reads: a title, what happened, and what they can do."""

    status: int
    title: str
    what: str
    next: str


PAGES = {
    page.status: page
    for page in (
        Refusal(
            400,
            "We could not accept that",
            "Something in what was sent could not be read.",
            "Go back, check what you entered and try again.",
        ),
        Refusal(
            401,
            "Sign in to continue",
            "This page is for people who are signed in.",
            "Sign in, then try again.",
        ),
        Refusal(
            403,
            "You cannot open this page",
            "Your role in the organisation you are acting for does not allow it.",
            "If you need it for your work, ask your organisation's administrator to change your role.",
        ),
        Refusal(
            404,
            "Page not found",
            "There is nothing at this address that you can see.",
            "If you typed the address, check it is right. "
            "If you followed a link, you may be acting for a different organisation.",
        ),
        Refusal(
            405,
            "That cannot be done here",
            "This page exists, but not for that kind of request.",
            "Go back and use the buttons on the page.",
        ),
        Refusal(
            409,
            "Something changed while you were working",
            "What you asked for no longer fits how things stand.",
            "Nothing was saved. Go back, reload the page to see how things stand now, and try again.",
        ),
        Refusal(
            412,
            "Somebody else changed this",
            "What you sent was written for an earlier version.",
            "Read it again, then send your change with the version that you have read.",
        ),
        Refusal(
            410,
            "This record was erased",
            "The record of a child was erased and its key destroyed. Nobody can read it again.",
            "Requests, placements and what they cost stay in the lists by their references. "
            "The child's own page says who erased the record, when and why.",
        ),
        Refusal(
            413,
            "That was too large",
            "What you sent is larger than this page accepts.",
            "Send less text or a smaller file.",
        ),
        Refusal(
            415,
            "That is not JSON",
            "This interface reads JSON only.",
            "Send the header “Content-Type: application/json”.",
        ),
        Refusal(
            422,
            "We could not accept that",
            "Something in what was sent is wrong.",
            "Put right what is listed by field and send it again.",
        ),
        Refusal(
            428,
            "Say which version you have read",
            "A change must name the version that it was made from.",
            "Send the header If-Match with the version, or “version” in the body.",
        ),
        Refusal(
            429,
            "Too many tries",
            "We have had too many requests from you in a short time.",
            "Wait a minute, then try again.",
        ),
        Refusal(
            500,
            "Sorry, there is a problem with the service",
            "Something went wrong on our side. Nothing you sent was saved.",
            "Try again in a few minutes. If it happens again, tell us the reference below.",
        ),
        Refusal(
            503,
            "The service is busy",
            "We could not finish this in time. Nothing you sent was saved.",
            "Try again in a minute.",
        ),
    )
}


HEAR_OUT_BYTES, HEAR_OUT_SECONDS = 100 * 1024 * 1024, 20.0
"""How much of a body that is too large is read and thrown away, so that the browser gets to the page that says so."""

FAULTS_THAT_STAY = (
    "no such table",
    "no such column",
    "has no column",
    "disk I/O error",
    "malformed",
    "readonly database",
)
"""What SQLite calls an operational error although trying again in a minute cannot help."""


def status_of(error: HomewardError) -> int:
    """The one mapping from domain refusals to HTTP. A page that meets a child whose record was erased says so, whatever
    it was about to show.
    """
    if isinstance(error, KeyDestroyedError):
        return 410
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, Conflict):
        return 409
    return 400


def answer(
    status: int,
    *,
    what: str | None = None,
    title: str | None = None,
    field: str | None = None,
    errors: Mapping[str, str] | None = None,
    changed: Sequence[str] | None = None,
    references: Sequence[str] | None = None,
) -> Response:
    """A refusal as this client reads it. `what` is the domain's own sentence where it has one; `errors`, by field, and
    `changed`, for the loser of two who wrote, and `references`, of children who may be meant, are for the API.
    """
    known = PAGES.get(status) or PAGES[400 if 400 <= status < 500 else 500]
    reference = g.get("reference", "")
    if under_api():
        if status == 401:
            title, what = "A key is needed", "Send a key of your council in the header Authorization: Bearer."
        body: dict[str, object] = {"status": status, "title": title or known.title, "detail": what or known.what}
        body |= {"reference": reference} | ({"field": field} if field else {})
        body |= {"errors": dict(errors)} if errors else {}
        body |= {"changed": list(changed)} if changed is not None else {}
        body |= {"references": list(references)} if references is not None else {}
        response = jsonify(body)
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        response.content_type = "application/problem+json"
    else:
        page = render_template(
            "errors/refusal.html",
            title=title or known.title,
            what=what or known.what,
            advice=known.next,
            reference=reference,
            status=status,
        )
        response = make_response(page)
    response.status_code = status
    return response


def _refused(error: HomewardError) -> Response:
    status = status_of(error)
    if under_api():
        return _refused_by_api(error, status)
    log.info("refused", status=status, refusal=type(error).__name__, field=error.field)
    if isinstance(error, Invalid) and len(error.errors) > 1:
        return answer(status, what=" ".join(error.errors.values()), field=error.field)
    title = "Somebody else changed this" if isinstance(error, Stale) else None
    return answer(status, what=error.message, field=error.field, title=title)


def _refused_by_api(error: HomewardError, status: int) -> Response:
    """What a program needs to put it right: every fault by its field, and for a stale write what it changed meanwhile.
    What was sent and cannot be accepted is 422; a stale If-Match is 412.
    """
    if isinstance(error, Invalid):
        status = 422
    if isinstance(error, Stale) and request.headers.get("If-Match"):
        status = 412
    log.info("refused", status=status, refusal=type(error).__name__, field=error.field)
    errors = (
        {name or "request": message for name, message in error.errors.items()} if isinstance(error, Invalid) else None
    )
    changed = error.facts.get("changed") if isinstance(error, Stale) else None
    title = "Somebody else changed this" if isinstance(error, Stale) else None
    found = [str(one) for one in changed] if isinstance(changed, (list, tuple)) else None
    alike = error.references if isinstance(error, LikelyKnown) else None
    return answer(
        status, what=error.message, field=error.field, title=title, errors=errors, changed=found, references=alike
    )


def flat(messages: object, path: str = "") -> dict[str, str]:
    """The nest of messages of a body's check as one message for each place, like "answers.needed_from"."""
    if isinstance(messages, Mapping):
        found: dict[str, str] = {}
        for name, inner in messages.items():
            within = path if not path and name in ("json", "query", "headers") else f"{path}.{name}".strip(".")
            found |= flat(inner, within)
        return found
    said = messages if isinstance(messages, list) else [messages]
    return {path or "request": " ".join(str(one) for one in said)}


def _hear_out() -> None:
    """Let a browser finish sending what is too large: one that is cut off shows a broken connection, not our page."""
    until, left = time.monotonic() + HEAR_OUT_SECONDS, HEAR_OUT_BYTES
    body = request.environ["wsgi.input"]
    with contextlib.suppress(OSError, ClientDisconnected):
        while left > 0 and time.monotonic() < until and (piece := body.read(256 * 1024)):
            left -= len(piece)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    status = error.code or 500
    if status == 413:
        _hear_out()
    if isinstance(error, CSRFError):
        kept = keep_posted()  # signed out and in again since the page was loaded
        if kept is not None:
            return redirect(kept, 303)
        response = answer(
            400,
            title="Your page had been open too long",
            what="We could not check that this form came from you, so nothing was saved. "
            "This happens when you have signed out or in again since the page was loaded.",
        )
    elif under_api() and isinstance(getattr(error, "data", None), dict):
        response = answer(status, errors=flat(error.data.get("messages", {})))  # type: ignore[attr-defined]
    else:
        response = answer(status)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def handle_errors(app: Flask, settings: Settings) -> None:
    """Map every error, once."""

    def detail_of(error: Exception) -> str | None:
        # The message may hold what somebody typed, so a log about real people has only its kind and its place.
        return None if settings.is_production else str(error)

    @app.errorhandler(AlreadyDone)
    def already_done(error: AlreadyDone) -> ResponseReturnValue:
        log.info("repeated form", endpoint=request.endpoint)
        return redirect(error.location, 303)

    app.register_error_handler(HomewardError, _refused)
    app.register_error_handler(HTTPException, _http)

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> Response:
        log.info("refused", status=409, refusal="StaleDataError")
        return answer(409, title="Somebody else changed this", what="Somebody else changed this after you opened it.")

    @app.errorhandler(IntegrityError)
    def broken_rule(error: IntegrityError) -> Response:
        # Two acts met, or a rule of the database held where the page did not. The statement holds values, so only its
        # kind is logged.
        log.warning("database rule held", status=409, kind=type(error.orig).__name__, detail=detail_of(error))
        return answer(409)

    @app.errorhandler(OperationalError)
    def busy(error: OperationalError) -> Response:
        if any(word in str(error.orig) for word in FAULTS_THAT_STAY):  # waiting would not help
            log.error("accident", kind=type(error.orig).__name__, place=_place(error), detail=detail_of(error))
            return answer(500)
        log.error("database unavailable", status=503, kind=type(error.orig).__name__, detail=detail_of(error))
        response = answer(503)
        response.headers["Retry-After"] = "30"
        return response

    @app.errorhandler(Exception)
    def accident(error: Exception) -> Response:
        if app.testing:
            raise error
        log.error("accident", kind=type(error).__name__, place=_place(error), detail=detail_of(error))
        return answer(500)


def _place(error: BaseException) -> list[str]:
    """Where it happened: file, line and function of each frame of ours, no values."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/site-packages/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-12:]
