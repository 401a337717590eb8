"""Who pays what of a weekly price, to the penny, and when it is reviewed. Pure rules over what the panel was told."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.money import annual_pence, pounds
from app.panels.status import Element, PayerKind

ELEMENT_WORDS = {
    Element.CARE: "care",
    Element.EDUCATION: "education",
    Element.HEALTH: "health",
    Element.TRANSPORT: "transport",
}


@dataclass(frozen=True)
class Share:
    """What one payer pays of one element, in pence a week."""

    payer_id: str
    payer_kind: PayerKind
    element: Element
    weekly_pence: int


@dataclass(frozen=True)
class FundingRules:
    """The funding policy in force: the health executive's threshold in pence a year, how far away a review may be,
    how late an emergency may be written down, and for how many weeks money is approved at most.
    """

    health_executive_above: int
    residential_review_months: int
    other_review_months: int
    emergency_recorded_within_days: int
    most_weeks: int

    @classmethod
    def of(cls, content: Mapping[str, int]) -> FundingRules:
        return cls(
            content["health_executive_above_pence_a_year"],
            content["residential_review_months"],
            content["other_review_months"],
            content["emergency_recorded_within_days"],
            content["most_weeks"],
        )


def missing_pence(prices: Mapping[Element, int], shares: Iterable[Share]) -> dict[Element, int]:
    """For each priced part, how many pence a week the shares fall short of its price; negative where they exceed it."""
    given = list(shares)
    paid = {element: sum(share.weekly_pence for share in given if share.element is element) for element in Element}
    return {element: prices.get(element, 0) - paid[element] for element in Element if prices.get(element, 0)}


def faults(prices: Mapping[Element, int], shares: Iterable[Share]) -> list[str]:
    """What is wrong with a split of the weekly price, in words; nothing wrong is an empty list (F-43).

    The shares of every element sum to its price to the penny; education that is priced apart is paid by
    education in full.
    """
    given = list(shares)
    wrong = []
    for element in Element:
        price = prices.get(element, 0)
        paid = sum(share.weekly_pence for share in given if share.element is element)
        if paid != price:
            short = "short" if paid < price else "too much"
            wrong.append(
                f"The shares of {ELEMENT_WORDS[element]} come to {pounds(paid)} a week, but its price is "
                f"{pounds(price)}: {pounds(abs(price - paid))} {short}."
            )
    if any(share.weekly_pence <= 0 for share in given):
        wrong.append("A share must be more than nothing. Remove a payer who pays nothing.")
    if any(share.element is Element.EDUCATION and share.payer_kind is not PayerKind.EDUCATION for share in given):
        wrong.append("Education is priced apart, so the education budget pays all of it.")
    keys = [(share.payer_id, share.element) for share in given]
    if len(keys) != len(set(keys)):
        wrong.append("The same payer stands twice on one part of the price.")
    return wrong


def care_is_split(shares: Iterable[Share]) -> bool:
    """Whether more than one payer pays for care, which the panel must give a reason for (F-43)."""
    return len({share.payer_id for share in shares if share.element is Element.CARE}) > 1


def health_pence_a_year(shares: Iterable[Share]) -> int:
    """What health pays in a year of 52 weeks, in pence: shares are of the price that is paid in every week."""
    return annual_pence(sum(share.weekly_pence for share in shares if share.payer_kind is PayerKind.HEALTH))


def needs_executive(shares: Iterable[Share], rules: FundingRules) -> bool:
    """Whether health pays more a year than its executive leaves to others; the threshold itself is not above it."""
    return health_pence_a_year(shares) > rules.health_executive_above


def health_faults(
    shares: Iterable[Share],
    rules: FundingRules,
    *,
    approved_on: dt.date | None,
    approved_by: str | None,
    by_executive: bool,
    meeting_on: dt.date,
    today: dt.date,
) -> dict[str, str]:
    """What is missing of the health approval, by field (F-42).

    Any health share needs an approval on file that has been given by today. Above the threshold (not at it) it must
    be the executive's, dated before the meeting.
    """
    given = list(shares)
    yearly = health_pence_a_year(given)
    if yearly == 0:
        return {}
    if approved_on is None or not (approved_by or "").strip():
        return {"health_approved_on": "Health pays a share, so record who in health approved it and when."}
    if approved_on > today:
        return {"health_approved_on": "Health's approval must have been given: its day must not be in the future."}
    if approved_on > meeting_on:
        return {"health_approved_on": "Health's approval must be dated no later than the meeting."}
    if not needs_executive(given, rules):
        return {}
    above = f"Health would pay {pounds(yearly)} a year. Above {pounds(rules.health_executive_above, whole=True)} "
    if not by_executive:
        return {"health_by_executive": f"{above}the approval must be its executive's."}
    if approved_on >= meeting_on:
        return {"health_approved_on": f"{above}its executive must approve before the day of the meeting."}
    return {}


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last day where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def review_fault(first_day: dt.date, review_on: dt.date, *, residential: bool, rules: FundingRules) -> str | None:
    """Why a review date is too late or too early, or None (F-47)."""
    months = rules.residential_review_months if residential else rules.other_review_months
    if review_on <= first_day:
        return "The review must come after the first day."
    if review_on > add_months(first_day, months):
        kind = "residential" if residential else "non-residential"
        return f"A {kind} placement is reviewed within {months} months of its first day."
    return None
