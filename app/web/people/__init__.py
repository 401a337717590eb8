"""The people of one's organisation: who they are, inviting them, ending their access; for the hub, the organisations
too."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("people", __name__, url_prefix="/people")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.people import members, organisations  # noqa: E402

__all__ = ["bp", "members", "organisations"]
