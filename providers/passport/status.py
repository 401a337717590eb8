"""Statuses of a claim, an application, an exclusion and an enrolment, each with its one table of moves."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class ClaimStatus(StrEnum):
    """A company says that a registration is its own; the hub confirms."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CLAIM = Lifecycle(
    words={
        ClaimStatus.PENDING: "Waiting for the hub",
        ClaimStatus.CONFIRMED: "Confirmed",
        ClaimStatus.REFUSED: "Refused",
        ClaimStatus.WITHDRAWN: "Withdrawn",
    },
    moves={
        ClaimStatus.PENDING: {ClaimStatus.CONFIRMED, ClaimStatus.REFUSED, ClaimStatus.WITHDRAWN},
        ClaimStatus.CONFIRMED: set(),
        ClaimStatus.REFUSED: set(),
        ClaimStatus.WITHDRAWN: set(),
    },
)


class ApplicationStatus(StrEnum):
    """A service asks to join a lot. A draft is the company's own until it is sent."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


APPLICATION = Lifecycle(
    words={
        ApplicationStatus.DRAFT: "Draft",
        ApplicationStatus.SUBMITTED: "Waiting for a decision",
        ApplicationStatus.APPROVED: "Approved",
        ApplicationStatus.REFUSED: "Refused",
        ApplicationStatus.WITHDRAWN: "Withdrawn",
    },
    moves={
        ApplicationStatus.DRAFT: {ApplicationStatus.SUBMITTED},
        ApplicationStatus.SUBMITTED: {
            ApplicationStatus.APPROVED,
            ApplicationStatus.REFUSED,
            ApplicationStatus.WITHDRAWN,
        },
        ApplicationStatus.APPROVED: set(),
        ApplicationStatus.REFUSED: set(),
        ApplicationStatus.WITHDRAWN: set(),
    },
)


class ExclusionKind(StrEnum):
    """What a ground makes of a supplier: excluded (mandatory) or excludable (discretionary)."""

    EXCLUDED = "excluded"
    EXCLUDABLE = "excludable"


EXCLUSION_KIND_WORDS: dict[ExclusionKind, str] = {
    ExclusionKind.EXCLUDED: "Excluded: a mandatory ground applies",
    ExclusionKind.EXCLUDABLE: "Excludable: a discretionary ground applies",
}


class ExclusionStatus(StrEnum):
    """What follows from a ground for exclusion (F-7). An excluded supplier is disregarded from the day it is recorded;
    what becomes of an excludable one is decided by a person, who may think again after self-cleaning.
    """

    WAITING = "waiting"
    DISREGARDED = "disregarded"
    ADMITTED = "admitted"
    ENDED = "ended"


EXCLUSION = Lifecycle(
    words={
        ExclusionStatus.WAITING: "Waiting for a decision",
        ExclusionStatus.DISREGARDED: "Disregarded",
        ExclusionStatus.ADMITTED: "Admitted all the same",
        ExclusionStatus.ENDED: "Ended",
    },
    moves={
        ExclusionStatus.WAITING: {ExclusionStatus.DISREGARDED, ExclusionStatus.ADMITTED, ExclusionStatus.ENDED},
        ExclusionStatus.DISREGARDED: {ExclusionStatus.ADMITTED, ExclusionStatus.ENDED},
        ExclusionStatus.ADMITTED: {ExclusionStatus.DISREGARDED, ExclusionStatus.ENDED},
        ExclusionStatus.ENDED: set(),
    },
)


class MarkKind(StrEnum):
    """Whose a mark is: one assessor's own, or agreed where two differed too much."""

    OWN = "own"
    AGREED = "agreed"


class EnrolmentStatus(StrEnum):
    """Whether an enrolled service may take new placements."""

    ENROLLED = "enrolled"
    SUSPENDED = "suspended"
    REMOVED = "removed"


ENROLMENT = Lifecycle(
    words={
        EnrolmentStatus.ENROLLED: "Enrolled",
        EnrolmentStatus.SUSPENDED: "Suspended from new placements",
        EnrolmentStatus.REMOVED: "Removed",
    },
    moves={
        EnrolmentStatus.ENROLLED: {EnrolmentStatus.SUSPENDED, EnrolmentStatus.REMOVED},
        EnrolmentStatus.SUSPENDED: {EnrolmentStatus.ENROLLED, EnrolmentStatus.REMOVED},
        EnrolmentStatus.REMOVED: set(),
    },
)
