"""What the detector speaks in. Light: no lists and no patterns but the check of an NHS number."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What was pointed at. In order of who wins where two overlap."""

    EMAIL = "email"
    DATE_OF_BIRTH = "date_of_birth"
    AGE_EXACT = "age_exact"
    PHONE = "phone"
    IDENTIFIER = "identifier"
    POSTCODE = "postcode"
    SCHOOL = "school"
    ADDRESS = "address"
    NAME = "name"
    RARE_TRAIT = "rare_trait"


FINDING_WORDS = {
    FindingKind.EMAIL: "an email address",
    FindingKind.DATE_OF_BIRTH: "a date of birth",
    FindingKind.AGE_EXACT: "an age tied to a day",
    FindingKind.IDENTIFIER: "a number or handle that identifies",
    FindingKind.PHONE: "a telephone number",
    FindingKind.POSTCODE: "a full postcode",
    FindingKind.SCHOOL: "a school",
    FindingKind.ADDRESS: "an address or a named small place",
    FindingKind.NAME: "a name",
    FindingKind.RARE_TRAIT: "something rare that points at one child",
}


@dataclass(frozen=True)
class KnownNames:
    """What the record and the form know of the child and the family."""

    names: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    date_of_birth: dt.date | None = None
    places: tuple[str, ...] = ()
    dates_of_birth: tuple[dt.date, ...] = ()

    @property
    def births(self) -> tuple[dt.date, ...]:
        """Every date of birth that is known."""
        return (*((self.date_of_birth,) if self.date_of_birth else ()), *self.dates_of_birth)


Known = KnownNames


@dataclass(frozen=True, order=True)
class Finding:
    """Something that identifies, from `start` up to and without `end` in the text."""

    start: int
    end: int
    kind: FindingKind


def passes_nhs_check(digits: str) -> bool:
    """Whether ten digits are an NHS number: weights 10 to 2, modulus 11, the last digit being the check digit."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    return (0 if check == 11 else check) == int(digits[9])
