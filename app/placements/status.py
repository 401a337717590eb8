"""Statuses of an award, a location approval and a placement."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class AwardStatus(StrEnum):
    LIVE = "live"
    VOID = "void"


AWARD = Lifecycle(
    words={AwardStatus.LIVE: "Awarded", AwardStatus.VOID: "Void"},
    moves={AwardStatus.LIVE: {AwardStatus.VOID}, AwardStatus.VOID: set()},
)


class ApprovalNeeded(StrEnum):
    """Whose approval the location of a placement needs before it starts (F-37)."""

    NONE = "none"
    NOMINATED_OFFICER = "nominated_officer"
    DIRECTOR = "director"


class ApprovalStatus(StrEnum):
    NOT_NEEDED = "not_needed"
    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"


APPROVAL = Lifecycle(
    words={
        ApprovalStatus.NOT_NEEDED: "Not needed",
        ApprovalStatus.ASKED: "Asked for",
        ApprovalStatus.GIVEN: "Given",
        ApprovalStatus.REFUSED: "Refused",
    },
    moves={
        ApprovalStatus.NOT_NEEDED: set(),
        ApprovalStatus.ASKED: {ApprovalStatus.GIVEN, ApprovalStatus.REFUSED, ApprovalStatus.NOT_NEEDED},
        ApprovalStatus.GIVEN: set(),
        ApprovalStatus.REFUSED: {ApprovalStatus.ASKED},
    },
)


class PlacementStatus(StrEnum):
    AWAITING_START = "awaiting_start"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


PLACEMENT = Lifecycle(
    words={
        PlacementStatus.AWAITING_START: "Waiting to start",
        PlacementStatus.LIVE: "Live",
        PlacementStatus.ENDED: "Ended",
        PlacementStatus.CANCELLED: "Cancelled",
    },
    moves={
        PlacementStatus.AWAITING_START: {PlacementStatus.LIVE, PlacementStatus.CANCELLED},
        PlacementStatus.LIVE: {PlacementStatus.ENDED},
        PlacementStatus.ENDED: set(),
        PlacementStatus.CANCELLED: set(),
    },
)
