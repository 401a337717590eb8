"""What the sub-regional hub sees: the market it admits, the register it keeps right, and what it all costs."""

from __future__ import annotations

from flask import Blueprint

blueprint = bp = Blueprint("hub", __name__, url_prefix="/hub", template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.hub import (  # noqa: E402
    applications,
    by_hand,
    claims,
    imports,
    market,
    policies,
    providers,
    quality,
    register,
    register_changes,
    requests,
    spend,
    suspended,
    uploads,
)

__all__ = [
    "applications",
    "blueprint",
    "bp",
    "by_hand",
    "claims",
    "imports",
    "market",
    "policies",
    "providers",
    "quality",
    "register",
    "register_changes",
    "requests",
    "spend",
    "suspended",
    "uploads",
]
