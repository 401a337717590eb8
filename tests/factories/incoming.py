"""Referrals as a case system would write them. All made up."""

from __future__ import annotations

from typing import Any

from tests.factories.requests import request_answers

CHILD: dict[str, Any] = {
    "given_name": "Zuleika",
    "family_name": "Testchild",
    "date_of_birth": "2013-04-09",
    "sex": "F",
    "ethnicity": "WBRI",
    "home_postcode": "CR0 1EA",
}


def iso_answers(**replaced: Any) -> dict[str, Any]:
    """A whole, correct form with dates as ISO; keyword arguments replace answers."""
    typed = {name: value for name, value in request_answers().items() if value != ""}
    found = {
        name: f"{value['year']}-{int(value['month']):02}-{int(value['day']):02}" if isinstance(value, dict) else value
        for name, value in typed.items()
    }
    return found | replaced


TEN: dict[str, Any] = {
    # name: (what the file says, a part of what must be said about it)
    "needed_from": ("31/2/2027", "must be a real date"),
    "referral_date": ("soon", "Send a date"),
    "urgency": ("very", "Choose one of"),
    "expected_weeks": ("about a year", "enter a whole number"),
    "legal_status": ("C9", "Choose one of"),
    "max_miles": ("5000", "enter a number between 1 and 500"),
    "keep_school": ("perhaps", "Choose one of"),
    "need_1": ("7", "Choose one of"),
    "diet": ("x" * 300, "200 characters or fewer"),
    "favourite_colour": ("green", "no field of this name"),
}
"""Ten answers that are each wrong in a way of their own."""
