"""What the sub-regional hub sees: the market it admits, the register it keeps right, and what it all costs."""

from __future__ import annotations

from flask import Blueprint

blueprint = bp = Blueprint("hub", __name__, url_prefix="/hub", template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.hub import (  # noqa: E402
    applications,
    assessing,
    by_hand,
    capability,
    challenges,
    claims,
    claims_many,
    exclusions,
    imports,
    joining,
    joint,
    lots,
    market,
    passports,
    policies,
    prices,
    providers,
    quality,
    quality_policy,
    register,
    register_changes,
    requests,
    service_list,
    spend,
    suspended,
    systems,
    unmet,
    uplifts,
    uploads,
)

__all__ = [
    "applications",
    "assessing",
    "blueprint",
    "bp",
    "by_hand",
    "capability",
    "challenges",
    "claims",
    "claims_many",
    "exclusions",
    "imports",
    "joining",
    "joint",
    "lots",
    "market",
    "passports",
    "policies",
    "prices",
    "providers",
    "quality",
    "quality_policy",
    "register",
    "register_changes",
    "requests",
    "service_list",
    "spend",
    "suspended",
    "systems",
    "unmet",
    "uplifts",
    "uploads",
]
