"""One's own account: coming in (sign-in, invitation, sign-up, forgotten password), for whom one acts, password and
sessions."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("account", __name__)

# The views hang themselves on the blueprint above, so they come after it.
from app.web.account import arrivals, entrance, forgotten, settings  # noqa: E402

__all__ = ["arrivals", "bp", "entrance", "forgotten", "settings"]
