"""The register's words: kinds of provision, standings, grades and outcomes, and the labels under which files carry
them.

Labels are matched folded (case, spaces and punctuation aside) and never by number: Ofsted's numeric codes differ
between data sets, so a number is an unknown grade (F-12). School report cards have no four-point grade and no label
here turns one into one (F-17). Standings are Ofsted's to change, in any direction, so they have no table of moves.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


def fold(text: str) -> str:
    """A label as it is compared: no case, apostrophes, line breaks, punctuation or doubled spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"['’‘`]", "", plain)
    return re.sub(r"[\W_]+", " ", plain).strip()


class ProvisionType(StrEnum):
    """What a registration is for. A type that is not here is kept as the file's own text (a file of a later year may
    bring one).
    """

    CHILDRENS_HOME = "childrens_home"
    SECURE_CHILDRENS_HOME = "secure_childrens_home"
    SECURE_TRAINING_CENTRE = "secure_training_centre"
    SUPPORTED_ACCOMMODATION = "supported_accommodation"
    FOSTERING_AGENCY = "fostering_agency"
    FAMILY_CENTRE = "family_centre"
    RESIDENTIAL_SPECIAL_SCHOOL = "residential_special_school"
    RESIDENTIAL_SPECIAL_SCHOOL_AS_HOME = "residential_special_school_as_home"
    BOARDING_SCHOOL = "boarding_school"
    FURTHER_EDUCATION_COLLEGE = "further_education_college"
    VOLUNTARY_ADOPTION_AGENCY = "voluntary_adoption_agency"
    ADOPTION_SUPPORT_AGENCY = "adoption_support_agency"
    HOLIDAY_SCHEME = "holiday_scheme"
    SPECIAL_SCHOOL = "special_school"


PROVISION_WORDS: dict[ProvisionType, str] = {
    ProvisionType.CHILDRENS_HOME: "Children's home",
    ProvisionType.SECURE_CHILDRENS_HOME: "Secure children's home",
    ProvisionType.SECURE_TRAINING_CENTRE: "Secure Training Centre",
    ProvisionType.SUPPORTED_ACCOMMODATION: "Supported Accommodation",
    ProvisionType.FOSTERING_AGENCY: "Independent Fostering Agency",
    ProvisionType.FAMILY_CENTRE: "Residential Family Centre",
    ProvisionType.RESIDENTIAL_SPECIAL_SCHOOL: "Residential Special School",
    ProvisionType.RESIDENTIAL_SPECIAL_SCHOOL_AS_HOME: "Residential special school (registered as a children's home)",
    ProvisionType.BOARDING_SCHOOL: "Boarding School",
    ProvisionType.FURTHER_EDUCATION_COLLEGE: "Further Education College with Residential Accommodation",
    ProvisionType.VOLUNTARY_ADOPTION_AGENCY: "Voluntary Adoption Agency",
    ProvisionType.ADOPTION_SUPPORT_AGENCY: "Adoption Support Agency",
    ProvisionType.HOLIDAY_SCHEME: "Residential Holiday Scheme for Disabled Children",
    ProvisionType.SPECIAL_SCHOOL: "Special school",
}
PROVISION_LABELS: dict[str, ProvisionType] = {fold(words): kind for kind, words in PROVISION_WORDS.items()} | {
    "childrens homes": ProvisionType.CHILDRENS_HOME,
    "secure childrens homes": ProvisionType.SECURE_CHILDRENS_HOME,
    "independent fostering agencies": ProvisionType.FOSTERING_AGENCY,
    "fostering agency": ProvisionType.FOSTERING_AGENCY,
    "further education college": ProvisionType.FURTHER_EDUCATION_COLLEGE,
    "residential special school registered as childrens home": ProvisionType.RESIDENTIAL_SPECIAL_SCHOOL_AS_HOME,
}


def provision_words(provision_type: str) -> str:
    """What a person reads for a stored provision type: its words, or the text that a file brought and nobody here
    knows yet.
    """
    try:
        return PROVISION_WORDS[ProvisionType(provision_type)]
    except ValueError:
        return provision_type


class RegistrationStatus(StrEnum):
    """How Ofsted says the registration stands."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RESIGNED = "resigned"
    CANCELLED = "cancelled"
    PROPOSED = "proposed"


STATUS_LABELS: dict[str, RegistrationStatus] = {fold(status.value): status for status in RegistrationStatus}


class Source(StrEnum):
    """Where a registration's facts come from. What Ofsted publishes replaces what was typed."""

    OFSTED = "ofsted"
    BY_HAND = "by_hand"
    DEMONSTRATION = "demonstration"


class Coverage(StrEnum):
    """What a file covers: every active provider, only those inspected, or each visit made in a year."""

    EVERY_PROVIDER = "every_provider"
    INSPECTED_PROVIDERS = "inspected_providers"
    INSPECTIONS_IN_YEAR = "inspections_in_year"


COVERAGE_WORDS: dict[Coverage, str] = {
    Coverage.EVERY_PROVIDER: "every active provider",
    Coverage.INSPECTED_PROVIDERS: "inspected providers only",
    Coverage.INSPECTIONS_IN_YEAR: "inspections and visits in a year",
}


class EventType(StrEnum):
    """The kinds of visit. Only a full inspection can make or replace a graded judgement (F-20)."""

    FULL = "full"
    MONITORING = "monitoring"
    ASSURANCE = "assurance"
    INTERIM = "interim"
    OTHER = "other"


EVENT_WORDS: dict[EventType, str] = {  # OTHER keeps the file's own words
    EventType.FULL: "Full inspection",
    EventType.MONITORING: "Monitoring inspection",
    EventType.ASSURANCE: "Assurance visit",
    EventType.INTERIM: "Interim inspection",
}


class Grade(StrEnum):
    """The four-point scale of the social care common inspection framework. Not yet inspected is no grade at all
    (F-13).
    """

    OUTSTANDING = "outstanding"
    GOOD = "good"
    REQUIRES_IMPROVEMENT = "requires_improvement"
    INADEQUATE = "inadequate"


GRADE_WORDS: dict[Grade, str] = {
    Grade.OUTSTANDING: "Outstanding",
    Grade.GOOD: "Good",
    Grade.REQUIRES_IMPROVEMENT: "Requires improvement to be good",
    Grade.INADEQUATE: "Inadequate",
}
# Adequate and Satisfactory are historic: they stand in the requires-improvement band and keep their own label (F-11).
GRADE_LABELS: dict[str, Grade] = {fold(words): grade for grade, words in GRADE_WORDS.items()} | {
    "requires improvement": Grade.REQUIRES_IMPROVEMENT,
    "adequate": Grade.REQUIRES_IMPROVEMENT,
    "satisfactory": Grade.REQUIRES_IMPROVEMENT,
}

UNGRADED_LABELS = frozenset(
    fold(words)
    for words in (
        "Not judged",
        "Not yet inspected",
        "Not applicable",
        "Not provided as service is inspected as part of the ILACS inspection",
    )
)
"""Labels that say in words that there is no grade. They are kept as text and never scored."""


class SupportedOutcome(StrEnum):
    """The three outcomes of supported accommodation, which is not judged on the four-point scale (domain facts 0.8)."""

    STRONG = "consistently_strong"
    INCONSISTENT = "inconsistent"
    SERIOUS_WEAKNESSES = "serious_weaknesses"


OUTCOME_WORDS: dict[SupportedOutcome, str] = {
    SupportedOutcome.STRONG: "Consistently strong service delivery",
    SupportedOutcome.INCONSISTENT: "Inconsistent quality of service delivery",
    SupportedOutcome.SERIOUS_WEAKNESSES: "Serious or widespread weaknesses",
}
OUTCOME_LABELS: dict[str, SupportedOutcome] = {fold(words): outcome for outcome, words in OUTCOME_WORDS.items()}


class Resolution(StrEnum):
    """What a person may decide about a judgement that contradicts itself (F-10)."""

    AS_PUBLISHED = "as_published"
    AS_LIMITED = "as_limited"
    SET_ASIDE = "set_aside"


RESOLUTION_WORDS: dict[Resolution, str] = {
    Resolution.AS_PUBLISHED: "Count the overall judgement as published",
    Resolution.AS_LIMITED: "Count the best overall judgement that the framework allows",
    Resolution.SET_ASIDE: "Do not count this inspection",
}
