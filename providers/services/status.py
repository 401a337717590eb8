"""The words of a service's profile: how well a need's level is shown, what kind of home, and whether it is open."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle

SEX_WORDS = {"F": "Girls", "M": "Boys"}
LEVEL_WORDS = ("Not met", "Low", "Medium", "High")


class EvidenceLevel(StrEnum):
    """How a need's level is known: the company says so, it has shown something, or the hub has seen it at a visit."""

    DECLARED = "declared"
    EVIDENCED = "evidenced"
    VERIFIED = "verified"


EVIDENCE_WORDS: dict[EvidenceLevel, str] = {
    EvidenceLevel.DECLARED: "Declared by the company",
    EvidenceLevel.EVIDENCED: "Evidence given",
    EvidenceLevel.VERIFIED: "Verified at a visit",
}


class Setting(StrEnum):
    """With whom a child lives there."""

    SOLO = "solo"
    GROUP = "group"
    EITHER = "either"


SETTING_WORDS: dict[Setting, str] = {
    Setting.SOLO: "Solo: one child at a time",
    Setting.GROUP: "In a group",
    Setting.EITHER: "Solo or in a group",
}


class HomeKind(StrEnum):
    """Where children live, inside a registration that is more than one address."""

    HOUSEHOLD = "household"
    BUILDING = "building"
    PREMISES = "premises"


HOME_KIND_WORDS: dict[HomeKind, tuple[str, str]] = {
    HomeKind.HOUSEHOLD: ("household", "households"),
    HomeKind.BUILDING: ("building", "buildings"),
    HomeKind.PREMISES: ("premises", "premises"),
}


class Exemption(StrEnum):
    """On what ground a foster carer may have more than three foster children (Children Act 1989, Schedule 7; F-28)."""

    SIBLINGS = "siblings"
    AUTHORITY = "authority"


EXEMPTION_WORDS: dict[Exemption, str] = {
    Exemption.SIBLINGS: "All are brothers and sisters of each other",
    Exemption.AUTHORITY: "The council where the carer lives has given an exemption that names the children",
}


class HomeStatus(StrEnum):
    """Whether a child could be placed there."""

    AVAILABLE = "available"
    FULL = "full"
    CLOSED = "closed"


HOME = Lifecycle(
    words={HomeStatus.AVAILABLE: "Available", HomeStatus.FULL: "Full", HomeStatus.CLOSED: "Closed"},
    moves={
        HomeStatus.AVAILABLE: {HomeStatus.FULL, HomeStatus.CLOSED},
        HomeStatus.FULL: {HomeStatus.AVAILABLE, HomeStatus.CLOSED},
        HomeStatus.CLOSED: {HomeStatus.AVAILABLE},
    },
)
