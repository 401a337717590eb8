"""What is known of an offer that the score does not weigh, or weighs only as distance: the preferences of section
22C(8) and (9) of the Children Act 1989 as facts, and whether it can start when the place is needed (F-36).

They stand beside the score and change nothing in it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from matching.rank.wording import miles


@dataclass(frozen=True)
class Fit:
    """`squared_metres` is the square of the distance between the child's home and the place, None where the place is
    not known; `in_area` whether it is in the council's own area, None where that is not known; `together` whether the
    offer takes all the children of its request, None where it has one child; `days_late` by how many days it could
    start after the day on which the place is needed, 0 for in time, None where either day is not known.
    """

    squared_metres: int | Fraction | None
    in_area: bool | None
    together: bool | None
    days_late: int | None

    @property
    def miles(self) -> str:
        """The distance in words; "" where it is not known."""
        return "" if self.squared_metres is None else miles(self.squared_metres)

    @property
    def start_words(self) -> str:
        """How the start stands to the day on which the place is needed; "" where that is not known."""
        if self.days_late is None:
            return ""
        if self.days_late == 0:
            return "in time"
        return f"{self.days_late} day{'' if self.days_late == 1 else 's'} late"


def days_late(can_start_on: dt.date | None, needed_from: dt.date | None) -> int | None:
    """By how many days a start comes after the day on which the place is needed: never below 0."""
    if can_start_on is None or needed_from is None:
        return None
    return max(0, (can_start_on - needed_from).days)


def in_own_area(place_gss: str | None, borough_gss: str | None) -> bool | None:
    """Whether a place is in the area of the council itself. Unknown stays unknown."""
    if not place_gss or not borough_gss:
        return None
    return place_gss == borough_gss
