"""Pages about the service itself, which anybody may read: accessibility, privacy, cookies."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from app.web.access import public

bp = Blueprint("help", __name__, url_prefix="/help")
PAGES = ("accessibility", "privacy", "cookies")


@bp.get("/<page>")
@public
def show(page: str) -> str:
    """One of the fixed pages."""
    if page not in PAGES:
        abort(404)
    return render_template(f"help/{page}.html")
