"""What people of a borough see: what they must do now, children, requests, and what follows from them."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("borough", __name__, url_prefix="/borough", template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.borough import (  # noqa: E402
    awards,
    child_erasing,
    child_needs,
    child_pairs,
    child_views,
    children,
    desk,
    exemptions,
    files,
    incoming,
    keys,
    offers,
    outcomes,
    placements,
    plans,
    providers,
    referrals,
    request_approval,
    request_children,
    request_cover,
    request_form,
    request_law,
    request_pages,
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
    "child_erasing",
    "child_needs",
    "child_pairs",
    "child_views",
    "children",
    "desk",
    "exemptions",
    "files",
    "incoming",
    "keys",
    "offers",
    "outcomes",
    "placements",
    "plans",
    "providers",
    "referrals",
    "request_approval",
    "request_children",
    "request_cover",
    "request_form",
    "request_law",
    "request_pages",
    "requests",
    "shares",
    "spend",
    "tasks",
    "uplifts",
]
