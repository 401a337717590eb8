"""What an offer costs in every week of the year, where it is charged in fewer weeks than 52 (F-32).

A school place at £900 a week for 39 weeks is £675 a week over the year. Until the dates of terms are kept, that is what
is authorised, awarded and accrued week by week: so a year costs what was offered, and nobody gains by quoting few
weeks.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from app.core.money import WEEKS_FOR_COMPARISON, round_half_even

if TYPE_CHECKING:
    from app.offers.content import OfferContent
    from app.offers.models import Offer

ELEMENTS = ("care", "education", "health", "transport")


def payable_weekly_pence(element_pence: int, weeks_per_year: int) -> int:
    """One element of a weekly price, put on 52 weeks: pence times weeks by 52, rounded half to even.

    Rounded element by element, so that what is payable in all is the sum of its elements, to the penny (F-43). With 52
    weeks nothing changes.
    """
    return round_half_even(Fraction(element_pence * weeks_per_year, WEEKS_FOR_COMPARISON))


def payable_prices(offer: Offer | OfferContent) -> dict[str, int]:
    """Pence for each calendar week by element, all four, of an opened offer. Their sum is what a week costs.

    An offer that is still sealed has no price, and gives 0 everywhere.
    """
    weeks = offer.weeks_per_year or WEEKS_FOR_COMPARISON
    return {element: payable_weekly_pence(getattr(offer, f"{element}_pence") or 0, weeks) for element in ELEMENTS}
