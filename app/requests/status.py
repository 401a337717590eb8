"""What people decide about a request. Whether it is closed follows from its deadline and is not stored."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class RequestStatus(StrEnum):
    """`published` turns into closed for offers when its deadline passes; the public state is computed."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"
    AWARDED = "awarded"
    UNPLACED = "unplaced"
    WITHDRAWN = "withdrawn"


REQUEST = Lifecycle(
    words={
        RequestStatus.DRAFT: "Draft",
        RequestStatus.SUBMITTED: "Waiting for approval",
        RequestStatus.APPROVED: "Approved",
        RequestStatus.PUBLISHED: "Published",
        RequestStatus.AWARDED: "Awarded",
        RequestStatus.UNPLACED: "Closed without a placement",
        RequestStatus.WITHDRAWN: "Withdrawn",
    },
    moves={
        RequestStatus.DRAFT: {RequestStatus.SUBMITTED, RequestStatus.WITHDRAWN},
        RequestStatus.SUBMITTED: {RequestStatus.DRAFT, RequestStatus.APPROVED, RequestStatus.WITHDRAWN},
        RequestStatus.APPROVED: {RequestStatus.DRAFT, RequestStatus.PUBLISHED, RequestStatus.WITHDRAWN},
        RequestStatus.PUBLISHED: {RequestStatus.AWARDED, RequestStatus.UNPLACED, RequestStatus.WITHDRAWN},
        RequestStatus.AWARDED: {RequestStatus.PUBLISHED},
        RequestStatus.UNPLACED: set(),
        RequestStatus.WITHDRAWN: set(),
    },
)


class Urgency(StrEnum):
    """How soon the placement is needed; the values are the matcher's."""

    PLANNED = "planned"
    URGENT = "urgent"
    SAME_DAY = "same_day"
