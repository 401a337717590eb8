"""What anybody may see: what this is, which companies are on which lots, how to join and how offers are scored."""

from __future__ import annotations

from flask import Blueprint

blueprint = bp = Blueprint("public", __name__)

# The views hang themselves on the blueprint above, so they come after it.
from app.web.public import pages, tariff, vacancies  # noqa: E402

__all__ = ["blueprint", "bp", "pages", "tariff", "vacancies"]
