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
    PLACED_IN_HOUSE = "placed_in_house"


REQUEST = Lifecycle(
    words={
        RequestStatus.DRAFT: "Draft",
        RequestStatus.SUBMITTED: "Waiting for approval",
        RequestStatus.APPROVED: "Approved",
        RequestStatus.PUBLISHED: "Published",
        RequestStatus.AWARDED: "Awarded",
        RequestStatus.UNPLACED: "Closed without a placement",
        RequestStatus.WITHDRAWN: "Withdrawn",
        RequestStatus.PLACED_IN_HOUSE: "Placed in house",
    },
    moves={
        RequestStatus.DRAFT: {RequestStatus.SUBMITTED, RequestStatus.WITHDRAWN},
        RequestStatus.SUBMITTED: {RequestStatus.DRAFT, RequestStatus.APPROVED, RequestStatus.WITHDRAWN},
        RequestStatus.APPROVED: {
            RequestStatus.DRAFT,
            RequestStatus.PUBLISHED,
            RequestStatus.PLACED_IN_HOUSE,
            RequestStatus.WITHDRAWN,
        },
        RequestStatus.PUBLISHED: {RequestStatus.AWARDED, RequestStatus.UNPLACED, RequestStatus.WITHDRAWN},
        RequestStatus.AWARDED: {RequestStatus.PUBLISHED},
        RequestStatus.UNPLACED: set(),
        RequestStatus.WITHDRAWN: set(),
        RequestStatus.PLACED_IN_HOUSE: set(),
    },
)


class ChangeKind(StrEnum):
    """What happened to a request on its way, beside its moves from status to status."""

    IN_HOUSE_ASKED = "in_house_asked"
    IN_HOUSE_ANSWERED = "in_house_answered"
    IN_HOUSE_CUT_SHORT = "in_house_cut_short"
    WAVE_OPENED = "wave_opened"
    EXTENDED = "extended"
    AMENDED = "amended"
    ESCALATED = "escalated"
    WIDENED = "widened"


CHANGE_WORDS: dict[ChangeKind, str] = {
    ChangeKind.IN_HOUSE_ASKED: "The council's own services were asked",
    ChangeKind.IN_HOUSE_ANSWERED: "One of the council's own services answered",
    ChangeKind.IN_HOUSE_CUT_SHORT: "Not left to the council's own services",
    ChangeKind.WAVE_OPENED: "More services were told",
    ChangeKind.EXTENDED: "The deadline was extended for everybody",
    ChangeKind.AMENDED: "The request was changed, and everybody invited was told",
    ChangeKind.ESCALATED: "Nobody offered a place that can be taken: a manager decides",
    ChangeKind.WIDENED: "Opened again more widely",
}


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


class ApprovalHow(StrEnum):
    """How a manager said yes."""

    PAGE = "page"
    TELEPHONE = "telephone"


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
