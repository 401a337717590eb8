"""What a provider offers: itemised price, start, where the child would live, and how each need will be met. Sealed
until the deadline.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from app.core.errors import Invalid
from app.core.geography import locate, normalise_postcode

MOST_PENCE = 10**9
LONGEST_TEXT = 2000
LATEST_START = dt.timedelta(days=366)
ELEMENTS = ("care", "education", "health", "transport")


@dataclass(frozen=True)
class OfferContent:
    """An offer per child: pence a week by element over `weeks_per_year` weeks, the first day on which the child can
    come, the postcode of the home, and for each need measured above 0 (by number, 1 to 12) how it will be met.
    """

    care_pence: int
    education_pence: int
    health_pence: int
    transport_pence: int
    weeks_per_year: int
    can_start_on: dt.date
    place_postcode: str
    how_needs_are_met: Mapping[int, str]
    note: str = ""

    @property
    def weekly_pence(self) -> int:
        return self.care_pence + self.education_pence + self.health_pence + self.transport_pence

    def to_text(self) -> str:
        """The content as it is sealed."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> OfferContent:
        """The content as it was sealed."""
        raw = json.loads(text)
        raw["can_start_on"] = dt.date.fromisoformat(raw["can_start_on"])
        raw["how_needs_are_met"] = {int(number): said for number, said in raw["how_needs_are_met"].items()}
        return cls(**raw)


def checked(content: OfferContent, *, needs: Sequence[int | None], today: dt.date) -> OfferContent:
    """The content with its postcode in the usual form; Invalid names every field that is wrong."""
    errors: dict[str, str] = {}
    for element in ELEMENTS:
        pence = getattr(content, f"{element}_pence")
        if not 0 <= pence <= MOST_PENCE:
            errors[f"{element}_pence"] = f"The price of {element} must be between £0 and £10,000,000 a week."
    if not errors and content.weekly_pence == 0:
        errors["care_pence"] = "Enter a price a week for at least one part."
    if not 1 <= content.weeks_per_year <= 52:
        errors["weeks_per_year"] = "Weeks a year must be between 1 and 52."
    if content.can_start_on < today:
        errors["can_start_on"] = "The first day must be today or later."
    elif content.can_start_on > today + LATEST_START:
        errors["can_start_on"] = "The first day must be within a year."
    if locate(content.place_postcode) is None:
        errors["place_postcode"] = "Enter the full postcode of the home where the child would live, like CR0 1EA."
    for number, score in enumerate(needs, start=1):
        said = content.how_needs_are_met.get(number, "").strip()
        if score and not said:
            errors[f"need_{number}"] = f"Say how you will meet need {number}."
        elif len(said) > LONGEST_TEXT:
            errors[f"need_{number}"] = f"Use {LONGEST_TEXT:,} characters or fewer."
    if len(content.note) > LONGEST_TEXT:
        errors["note"] = f"Use {LONGEST_TEXT:,} characters or fewer."
    if errors:
        raise Invalid(errors)
    said_of = content.how_needs_are_met
    met = {number: said_of[number].strip() for number, score in enumerate(needs, start=1) if score}
    return OfferContent(
        content.care_pence,
        content.education_pence,
        content.health_pence,
        content.transport_pence,
        content.weeks_per_year,
        content.can_start_on,
        normalise_postcode(content.place_postcode) or content.place_postcode,
        met,
        content.note.strip(),
    )
