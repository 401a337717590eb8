"""What a provider offers: itemised price, start, where the child would live, and how each need will be met. Sealed
until the deadline.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from app.core.errors import Invalid
from app.core.geography import locate, normalise_postcode
from app.offers.listed import ListedPrice
from app.offers.pricing import ELEMENTS, payable_prices
from providers.market.status import ServiceType
from providers.services.models import Service
from providers.services.prices.setting import ALL_YEAR_ROUND

MOST_PENCE = 10**9
LONGEST_TEXT = 2000
LATEST_START = dt.timedelta(days=366)
WHOLE_YEAR = 52

__all__ = ["ALL_YEAR_ROUND", "WHOLE_YEAR", "OfferContent", "checked", "own_postcode"]


@dataclass(frozen=True)
class OfferContent:
    """An offer per child: pence a week by element over `weeks_per_year` weeks, the first day on which the child can
    come, the postcode of the home, and for each need measured above 0 (by number, 1 to 12) how it will be met.

    `listed` is what the company's own price list said when it was sent (None: it has no price for this child), and
    `above_list_reason` why the offer is dearer than that. `price_reasons` (codes of the policy) and `price_words`
    explain a price above what such placements usually cost; they are sealed with the rest.
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
    listed: ListedPrice | None = None
    above_list_reason: str = ""
    price_reasons: tuple[str, ...] = ()
    price_words: str = ""

    @property
    def explained(self) -> bool:
        """Whether the company has explained its price."""
        return bool(self.price_reasons or self.price_words)

    @property
    def weekly_pence(self) -> int:
        return self.care_pence + self.education_pence + self.health_pence + self.transport_pence

    @property
    def payable_pence(self) -> int:
        """Pence for each calendar week of the year, whatever the weeks that are charged."""
        return sum(payable_prices(self).values())

    def to_text(self) -> str:
        """The content as it is sealed."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> OfferContent:
        """The content as it was sealed."""
        raw = json.loads(text)
        raw["can_start_on"] = dt.date.fromisoformat(raw["can_start_on"])
        raw["how_needs_are_met"] = {int(number): said for number, said in raw["how_needs_are_met"].items()}
        raw["price_reasons"] = tuple(raw.get("price_reasons", ()))
        if raw.get("listed"):
            raw["listed"] = ListedPrice.from_raw(raw["listed"])
        return cls(**raw)


def own_postcode(service: Service, service_type: ServiceType) -> str | None:
    """The service's postcode where its registration is itself an address at which children live; else None.

    A fostering agency's office is not a home, and a provider of supported accommodation has many premises: there
    the offer names the place.
    """
    many_places = service.easting is None or service_type is ServiceType.SUPPORTED
    return None if many_places else service.postcode


def checked(
    content: OfferContent,
    *,
    needs: Sequence[int | None],
    today: dt.date,
    service_type: ServiceType,
    own_place: str | None,
) -> OfferContent:
    """The content with its postcode in the usual form; Invalid names every field that is wrong.

    `service_type` is the lot's: some are charged the whole year. `own_place` is what `own_postcode` says; where it says
    one, the place of the offer is that (it may be left empty) and no other, because the place decides which approval
    the law asks for (F-37).
    """
    errors: dict[str, str] = {}
    for element in ELEMENTS:
        pence = getattr(content, f"{element}_pence")
        if not 0 <= pence <= MOST_PENCE:
            errors[f"{element}_pence"] = f"The price of {element} must be between £0 and £10,000,000 a week."
    if not 1 <= content.weeks_per_year <= WHOLE_YEAR:
        errors["weeks_per_year"] = f"Weeks a year must be between 1 and {WHOLE_YEAR}."
    elif service_type in ALL_YEAR_ROUND and content.weeks_per_year != WHOLE_YEAR:
        errors["weeks_per_year"] = f"On this lot a place is for all {WHOLE_YEAR} weeks of the year."
    if not errors and content.payable_pence == 0:
        errors["care_pence"] = "Enter a price a week for at least one part."
    if content.can_start_on < today:
        errors["can_start_on"] = "The first day must be today or later."
    elif content.can_start_on > today + LATEST_START:
        errors["can_start_on"] = "The first day must be within a year."
    place = normalise_postcode(content.place_postcode) if content.place_postcode.strip() else own_place
    if own_place is not None:
        if place != normalise_postcode(own_place):
            errors["place_postcode"] = f"The place is the service itself, so the postcode is its own: {own_place}."
    elif place is None or locate(place) is None:
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
    return replace(content, place_postcode=place or "", how_needs_are_met=met, note=content.note.strip())
