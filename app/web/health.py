"""Two questions that machines ask: is this process alive, and may it be sent people."""

from __future__ import annotations

import structlog
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.acts import wiring_of_app

bp = Blueprint("health", __name__)
log = structlog.get_logger("homeward.web")


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """This process answers. Asks nobody else, so that a database outage does not restart every process."""
    return jsonify({"alive": True})


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """The database answers, its migrations are at the head and e-mail is not stuck: 200, else 503. Says what, never
    why.
    """
    try:
        found = wiring_of_app().readiness()
    except Exception as error:  # whatever it is, the answer is "not ready"
        log.error("not ready", kind=type(error).__name__)
        found = {"database": False}
    fine = all(value is not False for value in found.values())
    return jsonify({"ready": fine, "checks": found}), 200 if fine else 503
