"""Money: whole pence everywhere, exact fractions on the way, and rounding once, at the end of a line, half to even.

A day's price is a week's divided by seven; a share of a cost is split so that the parts add up to the penny (F-43);
offers of different length are compared on a year of 52 weeks (F-32), and the page says so. There are no floats here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from fractions import Fraction

from app.core.errors import Invalid

WEEKS_FOR_COMPARISON = 52
"""The year on which offers of 38, 44 or 52 weeks are compared. What is paid follows actual days."""

LARGEST_PENCE = 99_999_999_999
"""Under a thousand million pounds, all nines: more than any placement costs, and a sign of a slip."""

_POUNDS = re.compile(r"£?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?")


def pounds(pence: int, *, whole: bool = False) -> str:
    """An amount for people, "£1,234.56"; with `whole`, "£1,234" when there are no odd pence. A negative amount is
    "-£5.00".
    """
    sign = "-" if pence < 0 else ""
    units, odd = divmod(abs(pence), 100)
    return f"{sign}£{units:,}" if whole and not odd else f"{sign}£{units:,}.{odd:02}"


def parse_pounds(text: str, *, field: str | None = None) -> int:
    """Pence from what people type: "1,234.50", "£1234.5", "900". Never negative. Raises `Invalid` at `field` with a
    plain message.
    """
    typed = re.sub(r"\s", "", text)
    if not typed:
        raise Invalid("Enter an amount in pounds.", field=field)
    if typed.startswith(("-", "£-")):
        raise Invalid("The amount must not be less than zero.", field=field)
    match = _POUNDS.fullmatch(typed)
    if match is None:
        raise Invalid("Enter an amount in pounds, like 1,234.50.", field=field)
    digits = match[1].replace(",", "") + (match[2] or "").ljust(2, "0")
    if len(digits.lstrip("0")) > len(str(LARGEST_PENCE)):
        raise Invalid(f"The amount must not be more than {pounds(LARGEST_PENCE)}.", field=field)
    return int(digits.lstrip("0") or "0")


def round_half_even(amount: Fraction) -> int:
    """The nearest whole number of pence; a half goes to the even one, so that many roundings do not drift."""
    return round(amount)


def per_day(weekly_pence: int) -> Fraction:
    """A day's price in pence, exactly: a week's divided by seven. Round only the finished line."""
    return Fraction(weekly_pence, 7)


def accrue(weekly_pence: int, first: dt.date, last: dt.date) -> int:
    """What a weekly price costs from `first` to `last`, both days included, in pence, rounded once. Raises `Invalid`
    if `last` is before `first`.
    """
    if last < first:
        raise Invalid("The last day must not be before the first day.", first=first, last=last)
    return round_half_even(per_day(weekly_pence) * ((last - first).days + 1))


def annual_pence(weekly_pence: int, weeks_per_year: int = WEEKS_FOR_COMPARISON) -> int:
    """What a weekly price comes to in a year of so many charged weeks (38 for term time, 52 for all year), in pence."""
    if not 0 <= weeks_per_year <= WEEKS_FOR_COMPARISON:
        raise Invalid("The weeks in a year must be between 0 and 52.", weeks_per_year=weeks_per_year)
    return weekly_pence * weeks_per_year


def split(total_pence: int, weights: Sequence[int]) -> list[int]:
    """Shares of a total in proportion to whole-number weights, adding up to it exactly (F-43), by largest remainder.

    Equal remainders are served in the order given, so the same call always gives the same shares. A share of weight 0
    is 0. A negative total (a refund) is split like the positive one. Raises ValueError when there is no positive
    weight or a negative one.
    """
    if any(weight < 0 for weight in weights) or not any(weights):
        raise ValueError("Weights must not be negative, and one must be positive.")
    if total_pence < 0:
        return [-share for share in split(-total_pence, weights)]
    whole = sum(weights)
    shares = [total_pence * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(total_pence * weights[place] % whole))
    for place in by_remainder[: total_pence - sum(shares)]:
        shares[place] += 1
    return shares
