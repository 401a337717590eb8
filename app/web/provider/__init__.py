"""What a provider company sees: what to do today, its services, and what it may offer."""

from __future__ import annotations

from flask import Blueprint

blueprint = bp = Blueprint("provider", __name__, url_prefix="/provider", template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.provider import (  # noqa: E402
    applications,
    bulk,
    claiming,
    offering,
    offers,
    opportunities,
    placements,
    prices,
    profile,
    services,
    today,
    uplifts,
)

__all__ = [
    "applications",
    "blueprint",
    "bp",
    "bulk",
    "claiming",
    "offering",
    "offers",
    "opportunities",
    "placements",
    "prices",
    "profile",
    "services",
    "today",
    "uplifts",
]
