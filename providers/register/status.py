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
from functools import lru_cache

from app.core.lifecycle import Lifecycle


@lru_cache(maxsize=10_000)
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


SCHOOL_TYPES = frozenset(
    {ProvisionType.SPECIAL_SCHOOL, ProvisionType.RESIDENTIAL_SPECIAL_SCHOOL, ProvisionType.BOARDING_SCHOOL}
)
"""Registrations whose education is inspected as a school's."""


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
    CLOSED = "closed"
    PROPOSED = "proposed"


CLOSED_STATUSES = frozenset({RegistrationStatus.RESIGNED, RegistrationStatus.CANCELLED, RegistrationStatus.CLOSED})
"""How a registration ends: nobody is cared for under it any more."""

STATUS_LABELS: dict[str, RegistrationStatus] = {fold(status.value): status for status in RegistrationStatus}


class Source(StrEnum):
    """Where a registration's facts come from. What Ofsted publishes replaces what was typed."""

    OFSTED = "ofsted"
    BY_HAND = "by_hand"
    DEMONSTRATION = "demonstration"


class Coverage(StrEnum):
    """What a file covers: every active provider, only those inspected, each visit made in a year, the premises of
    supported accommodation, or who left and joined in a year. A judgement typed by a person is from none of them.
    """

    EVERY_PROVIDER = "every_provider"
    INSPECTED_PROVIDERS = "inspected_providers"
    INSPECTIONS_IN_YEAR = "inspections_in_year"
    SUPPORTED_PREMISES = "supported_premises"
    LEAVERS_AND_JOINERS = "leavers_and_joiners"
    BY_HAND = "by_hand"


COVERAGE_WORDS: dict[Coverage, str] = {
    Coverage.EVERY_PROVIDER: "every active provider",
    Coverage.INSPECTED_PROVIDERS: "inspected providers only",
    Coverage.INSPECTIONS_IN_YEAR: "inspections and visits in a year",
    Coverage.SUPPORTED_PREMISES: "premises of supported accommodation",
    Coverage.LEAVERS_AND_JOINERS: "leavers and joiners of a year",
    Coverage.BY_HAND: "typed by a person",
}


class EventType(StrEnum):
    """The kinds of visit. Only a full inspection can make or replace a judgement (F-20). Of an independent school that
    is a standard inspection; additional ones (before registration, a material change, an emergency, progress) are not.
    """

    FULL = "full"
    MONITORING = "monitoring"
    ASSURANCE = "assurance"
    INTERIM = "interim"
    ADDITIONAL = "additional"
    OTHER = "other"


EVENT_WORDS: dict[EventType, str] = {  # ADDITIONAL and OTHER keep the source's own words
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


class Finding(StrEnum):
    """The worst that an inspection can find. The gateway policy says which of them stop new placements (F-14, F-18)."""

    INADEQUATE = "inadequate"
    SERIOUS_WEAKNESSES = "serious_weaknesses"
    STANDARDS_NOT_MET = "standards_not_met"
    SAFEGUARDING_NOT_MET = "safeguarding_not_met"


FINDING_WORDS: dict[Finding, str] = {
    Finding.INADEQUATE: "Inadequate",
    Finding.SERIOUS_WEAKNESSES: "Serious or widespread weaknesses",
    Finding.STANDARDS_NOT_MET: "Independent school standards not met",
    Finding.SAFEGUARDING_NOT_MET: "Safeguarding not met",
}


class Inspectorate(StrEnum):
    """Who inspects: association schools are inspected by ISI, which uses none of Ofsted's grades."""

    OFSTED = "Ofsted"
    ISI = "Independent Schools Inspectorate"


class CardArea(StrEnum):
    """The areas of a school report card (from November 2025)."""

    LEADERSHIP = "leadership"
    CURRICULUM = "curriculum"
    ACHIEVEMENT = "achievement"
    ATTENDANCE = "attendance"
    PERSONAL = "personal"
    INCLUSION = "inclusion"
    EARLY_YEARS = "early_years"
    SIXTH_FORM = "sixth_form"


CARD_AREA_WORDS: dict[CardArea, str] = {
    CardArea.LEADERSHIP: "Leadership and governance",
    CardArea.CURRICULUM: "Curriculum and teaching",
    CardArea.ACHIEVEMENT: "Achievement",
    CardArea.ATTENDANCE: "Attendance and behaviour",
    CardArea.PERSONAL: "Personal development and well-being",
    CardArea.INCLUSION: "Inclusion",
    CardArea.EARLY_YEARS: "Early years",
    CardArea.SIXTH_FORM: "Sixth form",
}


class CardWord(StrEnum):
    """The five words of a report card. Nothing here turns one into a four-point grade (F-17)."""

    EXCEPTIONAL = "exceptional"
    STRONG = "strong_standard"
    EXPECTED = "expected_standard"
    NEEDS_ATTENTION = "needs_attention"
    URGENT = "urgent_improvement"


CARD_WORDS: dict[CardWord, str] = {
    CardWord.EXCEPTIONAL: "Exceptional",
    CardWord.STRONG: "Strong standard",
    CardWord.EXPECTED: "Expected standard",
    CardWord.NEEDS_ATTENTION: "Needs attention",
    CardWord.URGENT: "Urgent improvement",
}


CATEGORY_WORDS: dict[int, str] = {
    1: "Category 1: self-contained",
    2: "Category 2: shared by young people in care and care leavers",
    3: "Category 3: shared with others",
    4: "Category 4: in a private home",
}
"""The four categories of supported-accommodation premises."""


class ChangeKind(StrEnum):
    """Whether a registration came or went."""

    JOINED = "joined"
    LEFT = "left"


class UploadStatus(StrEnum):
    """Where an uploaded file stands on its way into the register."""

    READING = "reading"
    READY = "ready"
    UNREADABLE = "unreadable"
    IMPORTING = "importing"
    IMPORTED = "imported"
    DISCARDED = "discarded"


UPLOAD = Lifecycle(
    words={
        UploadStatus.READING: "Being read",
        UploadStatus.READY: "Waiting for you to confirm",
        UploadStatus.UNREADABLE: "Cannot be read",
        UploadStatus.IMPORTING: "Being imported",
        UploadStatus.IMPORTED: "Imported",
        UploadStatus.DISCARDED: "Discarded",
    },
    moves={
        UploadStatus.READING: {UploadStatus.READY, UploadStatus.UNREADABLE},
        UploadStatus.READY: {UploadStatus.READING, UploadStatus.IMPORTING, UploadStatus.DISCARDED},
        UploadStatus.UNREADABLE: {UploadStatus.DISCARDED},
        UploadStatus.IMPORTING: {UploadStatus.IMPORTED, UploadStatus.READY},
        UploadStatus.IMPORTED: set(),
        UploadStatus.DISCARDED: set(),
    },
)


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
