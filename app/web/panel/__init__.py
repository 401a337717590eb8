"""What a funding panel's people see: their meetings, the cases before them, the decisions that wait for a signature."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("panel", __name__, url_prefix="/panel", template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.panel import cases  # noqa: E402, F401, I001
from app.web.panel import decisions  # noqa: E402, F401
from app.web.panel import meetings  # noqa: E402, F401
