"""Statuses of a claim, an application and an enrolment, each with its one table of moves."""

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
    """A service asks to join a lot."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


APPLICATION = Lifecycle(
    words={
        ApplicationStatus.SUBMITTED: "Waiting for a decision",
        ApplicationStatus.APPROVED: "Approved",
        ApplicationStatus.REFUSED: "Refused",
        ApplicationStatus.WITHDRAWN: "Withdrawn",
    },
    moves={
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
