"""What a provider company sees: what to do today, its services, and what it may offer."""

from __future__ import annotations

from flask import Blueprint

blueprint = bp = Blueprint("provider", __name__, url_prefix="/provider", template_folder="templates")

# The views hang themselves on the blueprint above, so they come after it.
from app.web.provider import (  # noqa: E402
    applications,
    bulk,
    claiming,
    claiming_many,
    drafts,
    files,
    homes,
    in_house,
    needs,
    offer_explain,
    offering,
    offers,
    opportunities,
    passport,
    passport_evidence,
    passport_people,
    placements,
    prices,
    profile,
    quality,
    services,
    today,
    uplifts,
    vacancies,
)

__all__ = [
    "applications",
    "blueprint",
    "bp",
    "bulk",
    "claiming",
    "claiming_many",
    "drafts",
    "files",
    "homes",
    "in_house",
    "needs",
    "offer_explain",
    "offering",
    "offers",
    "opportunities",
    "passport",
    "passport_evidence",
    "passport_people",
    "placements",
    "prices",
    "profile",
    "quality",
    "services",
    "today",
    "uplifts",
    "vacancies",
]
