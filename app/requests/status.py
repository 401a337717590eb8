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


URGENCY_WORDS: dict[Urgency, str] = {
    Urgency.PLANNED: "Planned",
    Urgency.URGENT: "Urgent",
    Urgency.SAME_DAY: "Same day",
}


class Siblings(StrEnum):
    """How the children of one request are to be placed. `preferred`: together where it can be done, apart where not
    (section 22C(8)(c) of the Children Act 1989 prefers together).
    """

    ALONE = "alone"
    TOGETHER = "together"
    PREFERRED = "preferred"
    APART = "apart"


SIBLINGS_WORDS: dict[Siblings, str] = {
    Siblings.ALONE: "One child",
    Siblings.TOGETHER: "Together",
    Siblings.PREFERRED: "Together if possible, apart if not",
    Siblings.APART: "Apart",
}


class FindingChoice(StrEnum):
    """What is done about words that point at who the child is."""

    REMOVE = "remove"
    GENERALISE = "generalise"
    KEEP = "keep"


CHOICE_WORDS: dict[FindingChoice, str] = {
    FindingChoice.REMOVE: "Taken out",
    FindingChoice.GENERALISE: "Made more general",
    FindingChoice.KEEP: "Kept",
}
