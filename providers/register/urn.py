"""The unique reference number (URN) that Ofsted gives a registration, kept as text."""

from __future__ import annotations

import re

_FORM = re.compile(r"SC[0-9]{6}|[0-9]{6,7}")
_DEMONSTRATION = re.compile(r"99[0-9]{5}")

URN_WORDS = "SC and 6 digits, or 6 or 7 digits"


def clean_urn(text: str) -> str | None:
    """A URN as stored, "SC034087" or "2590934", from any case and spaces round it; None when it does not have that
    form.
    """
    urn = text.strip().upper()
    return urn if _FORM.fullmatch(urn) else None


def is_demonstration(urn: str) -> bool:
    """Whether a URN lies in the range kept for made-up registrations: seven digits that start with 99 (9900001, say).

    Ofsted does not use that range: in its files of 2024 and 2025 social care numbers of seven digits run from 1 to
    2.8 million.
    """
    return _DEMONSTRATION.fullmatch(urn) is not None
