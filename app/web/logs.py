"""One line a request, as JSON: what was asked, by which membership, how it ended and how long it took.

Paths are written, because identifiers in them mean nothing outside the database. Query strings and bodies never are:
they can hold what people typed.
"""

from __future__ import annotations

import logging
import secrets
import sys
import time

import structlog
from flask import Flask, Response, g, request

from app.web.access import actor_or_none

log = structlog.get_logger("homeward.web")
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter or figure that sounds or looks like another."""

QUIET = frozenset({"static", "health.alive", "health.ready"})


def configure_logs() -> None:
    """JSON lines on standard error, unless the program that started us has said otherwise."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def new_reference() -> str:
    """A reference that a person can read out on the telephone, such as 7K4M-2PQX."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def path_without_secrets() -> str:
    """The path, with the token of an emailed link left out: it opens a door."""
    path = request.path
    for name, value in (request.view_args or {}).items():
        if "token" in name:
            path = path.replace(str(value), "...")
    return path


def log_requests(app: Flask) -> None:
    """Give every request a reference, bind it to every line it causes, and write how it ended."""

    @app.before_request
    def start() -> None:
        g.reference = new_reference()
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(reference=g.reference)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Reference"] = g.get("reference", "")
        if request.endpoint not in QUIET or response.status_code >= 500:
            actor = actor_or_none() if g.get("homeward_signed_in") else None
            log.info(
                "request",
                method=request.method,
                path=path_without_secrets(),
                endpoint=request.endpoint,
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
                organisation=actor.organisation_id if actor else None,
                person=actor.person_id if actor else None,
            )
        return response
