"""What a connected or associated person is to a company, and in what band a share of it lies.

The grounds for exclusion reach them too (Procurement Act 2023, schedules 6 and 7); the bands are those of the register
of people with significant control.
"""

from __future__ import annotations

from enum import StrEnum


class ConnectedRole(StrEnum):
    """What somebody is to the company."""

    DIRECTOR = "director"
    SIGNIFICANT_CONTROL = "significant_control"
    PARENT_COMPANY = "parent_company"
    ASSOCIATED = "associated"


ROLE_WORDS: dict[ConnectedRole, str] = {
    ConnectedRole.DIRECTOR: "Director, partner or trustee",
    ConnectedRole.SIGNIFICANT_CONTROL: "Person with significant control",
    ConnectedRole.PARENT_COMPANY: "Parent company",
    ConnectedRole.ASSOCIATED: "Associated person",
}
ROLE_HINTS: dict[ConnectedRole, str] = {
    ConnectedRole.DIRECTOR: "Or somebody who acts as one, whatever the title",
    ConnectedRole.SIGNIFICANT_CONTROL: "More than a quarter of the shares or votes, or a decisive influence",
    ConnectedRole.PARENT_COMPANY: "Owns or controls the company, directly or through others",
    ConnectedRole.ASSOCIATED: "Somebody on whom the company relies to meet the conditions, such as a guarantor",
}


class ShareBand(StrEnum):
    """How much of the shares or votes."""

    NONE = "none"
    UP_TO_QUARTER = "up_to_quarter"
    QUARTER_TO_HALF = "quarter_to_half"
    HALF_TO_THREE_QUARTERS = "half_to_three_quarters"
    MORE = "more"


SHARE_WORDS: dict[ShareBand, str] = {
    ShareBand.NONE: "None",
    ShareBand.UP_TO_QUARTER: "Up to 25%",
    ShareBand.QUARTER_TO_HALF: "More than 25%, up to 50%",
    ShareBand.HALF_TO_THREE_QUARTERS: "More than 50%, less than 75%",
    ShareBand.MORE: "75% or more",
}
HOLDERS = frozenset({ConnectedRole.SIGNIFICANT_CONTROL, ConnectedRole.PARENT_COMPANY})
"""Of these the share is asked for: it is why they are connected."""
