"""Places that the children of a request must not live near. They are sealed with the form, opened where offers are
judged, and never shown to a provider.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.core.geography import METRES_IN_A_MILE, locate, within_miles
from app.requests.answers import asked
from app.requests.drafting import answers
from app.requests.form import form
from app.requests.models import PlacementRequest

FIELD = "exclusion_zones"


@dataclass(frozen=True)
class Zone:
    """A circle in which the children must not live: metres of the British National Grid."""

    easting: int
    northing: int
    metres: int

    def holds(self, easting: int, northing: int) -> bool:
        """Whether a place lies in it, its edge included."""
        miles = Fraction(self.metres) / METRES_IN_A_MILE
        return within_miles(easting - self.easting, northing - self.northing, miles)


def zones_of(session: Session, *, vault: Vault, request: PlacementRequest) -> list[Zone]:
    """The circles that a request's form names, in its order; none for a version of the form that does not ask. The
    radius is rounded up to whole metres.
    """
    definition = form(request.form_version)
    if not definition.has(FIELD):
        return []
    typed = answers(session, vault=vault, request=request)
    if not asked(definition.field(FIELD), typed):
        return []
    lines: Any = typed.get(FIELD) or []
    return [zone for line in lines if (zone := _zone(str(line.get("postcode", "")), str(line.get("miles", ""))))]


def _zone(postcode: str, miles: str) -> Zone | None:
    """A circle from a line as it was typed; None for what a draft may hold and a submitted form may not."""
    place = locate(postcode)
    if place is None or not miles.isdecimal():
        return None
    return Zone(place.easting, place.northing, math.ceil(int(miles) * METRES_IN_A_MILE))
