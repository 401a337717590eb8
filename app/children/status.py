"""The words that a child's record may hold: why needs were measured, who filled in a questionnaire, how siblings are
related, on what basis a record is erased.
"""

from __future__ import annotations

from enum import StrEnum


class MeasureReason(StrEnum):
    REQUEST = "request"
    START = "start"
    REVIEW = "review"
    CHANGE = "change"
    END = "end"


MEASURE_REASON_WORDS: dict[MeasureReason | None, str] = {
    MeasureReason.REQUEST: "A request was submitted",
    MeasureReason.START: "A placement started",
    MeasureReason.REVIEW: "Review",
    MeasureReason.CHANGE: "Something changed",
    MeasureReason.END: "A placement ended",
    None: "Not kept then",
}


class SdqBy(StrEnum):
    """Who filled in the questionnaire. The children looked after return counts the main carer's."""

    CARER = "carer"
    PARENT = "parent"
    TEACHER = "teacher"
    CHILD = "child"


SDQ_BY_WORDS: dict[SdqBy, str] = {
    SdqBy.CARER: "Main carer",
    SdqBy.PARENT: "Parent",
    SdqBy.TEACHER: "Teacher",
    SdqBy.CHILD: "The child",
}


class SiblingKind(StrEnum):
    FULL = "full"
    HALF = "half"
    STEP = "step"
    OTHER = "other"


SIBLING_WORDS: dict[SiblingKind, str] = {
    SiblingKind.FULL: "Full sibling",
    SiblingKind.HALF: "Half sibling",
    SiblingKind.STEP: "Step sibling",
    SiblingKind.OTHER: "Treated as a sibling",
}


class ErasureBasis(StrEnum):
    """Retention over, or one of the two reasons that may come before it."""

    RETENTION = "retention"
    ERROR = "error"
    COURT = "court"


ERASURE_WORDS: dict[ErasureBasis, str] = {
    ErasureBasis.RETENTION: "The time for which it must be kept is over",
    ErasureBasis.ERROR: "The record was made in error",
    ErasureBasis.COURT: "A court has ordered it",
}
