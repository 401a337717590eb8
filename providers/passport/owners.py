"""Whether a company is the owner that the register names, as far as two spellings of a name can tell."""

from __future__ import annotations

import re

from providers.register.models import Registration

_FORMS = re.compile(r"\b(limited|ltd|llp|plc|cic|the|and)\b")


def folded(name: str) -> str:
    """A company's name without case, punctuation and legal form: "The Willow & Co Ltd." is "willow co"."""
    return " ".join(_FORMS.sub(" ", re.sub(r"[^a-z0-9]+", " ", name.casefold())).split())


def other_owner(registration: Registration, company: str) -> bool | None:
    """Whether the register names another owner than `company`; None where it names none."""
    if not registration.owner:
        return None
    return folded(registration.owner) != folded(company)
