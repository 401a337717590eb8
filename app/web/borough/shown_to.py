"""A mark in a form that says to whom it was shown, signed by us: what is posted by somebody who is signed in no longer
can then be kept for that person, and nobody else can plant anything.
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

SALT = "homeward.shown-to"
LASTS_SECONDS = 7 * 24 * 3600
"""How long a page may have stood open. What is kept of it lasts much shorter."""


def shown_to(person_id: str, request_id: str, section: str) -> str:
    """The mark of a section's form for a person."""
    return str(_signer().dumps([person_id, request_id, section]))


def who_was_shown(mark: str, request_id: str, section: str) -> str | None:
    """The id of the person to whom this very section's form was shown; None where the mark is not ours or too old."""
    try:
        person_id, request_then, section_then = _signer().loads(mark, max_age=LASTS_SECONDS)
    except (BadSignature, ValueError, TypeError):
        return None
    return str(person_id) if (request_then, section_then) == (request_id, section) else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=SALT)
