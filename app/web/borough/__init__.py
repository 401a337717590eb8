"""What people of a borough see: what they must do now, children, requests, and what follows from them."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("borough", __name__, url_prefix="/borough", template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.borough import (  # noqa: E402
    awards,
    children,
    desk,
    exemptions,
    offers,
    outcomes,
    placements,
    providers,
    referrals,
    request_children,
    request_form,
    request_pages,
    request_reading,
    requests,
    shares,
    spend,
    tasks,
    uplifts,
)

__all__ = [
    "awards",
    "blueprint",
    "bp",
    "children",
    "desk",
    "exemptions",
    "offers",
    "outcomes",
    "placements",
    "providers",
    "referrals",
    "request_children",
    "request_form",
    "request_pages",
    "request_reading",
    "requests",
    "shares",
    "spend",
    "tasks",
    "uplifts",
]
