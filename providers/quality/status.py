"""The words of contract checks, of what becomes of placements, and of challenges.

The contract's ratings have words that Ofsted's grades have too. They are another scale and share nothing with it
(domain facts 2.6).
"""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class ComplianceRating(StrEnum):
    """How a contract is kept. `other` is kept and never counted."""

    GOOD = "good"
    APPROACHING_TARGET = "approaching_target"
    REQUIRES_IMPROVEMENT = "requires_improvement"
    INADEQUATE = "inadequate"
    OTHER = "other"


COMPLIANCE_WORDS: dict[ComplianceRating, str] = {
    ComplianceRating.GOOD: "Good",
    ComplianceRating.APPROACHING_TARGET: "Approaching target",
    ComplianceRating.REQUIRES_IMPROVEMENT: "Requires improvement",
    ComplianceRating.INADEQUATE: "Inadequate",
    ComplianceRating.OTHER: "Other",
}


class OutcomeKind(StrEnum):
    """When somebody says how a placement goes."""

    REVIEW = "review"
    ENDING = "ending"


KIND_WORDS: dict[OutcomeKind, str] = {OutcomeKind.REVIEW: "At a review", OutcomeKind.ENDING: "At the ending"}


class Progress(StrEnum):
    """Progress towards the outcomes that were agreed for the child."""

    GOOD = "good_progress"
    SOME = "some_progress"
    LITTLE = "little_progress"
    WORSE = "worse"


PROGRESS_WORDS: dict[Progress, str] = {
    Progress.GOOD: "Good progress",
    Progress.SOME: "Some progress",
    Progress.LITTLE: "Little or no progress",
    Progress.WORSE: "Things are worse",
}


class Ending(StrEnum):
    """How a placement ended."""

    PLANNED = "planned_ending"
    UNPLANNED = "unplanned_ending"


ENDING_WORDS: dict[Ending, str] = {Ending.PLANNED: "As planned", Ending.UNPLANNED: "Not as planned"}

FEEDBACK_WORDS: dict[int, str] = {
    1: "1, poor",
    2: "2, below what was agreed",
    3: "3, as agreed",
    4: "4, good",
    5: "5, excellent",
}


class ChallengeStatus(StrEnum):
    """A company says that a fact behind its score is wrong; the hub answers."""

    OPEN = "open"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"


CHALLENGE = Lifecycle(
    words={
        ChallengeStatus.OPEN: "Waiting for the hub",
        ChallengeStatus.UPHELD: "Upheld",
        ChallengeStatus.NOT_UPHELD: "Not upheld",
    },
    moves={
        ChallengeStatus.OPEN: {ChallengeStatus.UPHELD, ChallengeStatus.NOT_UPHELD},
        ChallengeStatus.UPHELD: set(),
        ChallengeStatus.NOT_UPHELD: set(),
    },
)
