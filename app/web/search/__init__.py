"""The search box: whatever has a reference is found by it, by those who may see it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("search", __name__, template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.search import finding  # noqa: E402, F401
