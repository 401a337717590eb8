"""The strengths and difficulties questionnaire: a total from 0 to 40, read in three bands (F-57)."""

from __future__ import annotations

from enum import StrEnum

LEAST, MOST = 0, 40
BORDERLINE_FROM, CONCERN_FROM = 14, 17


class SdqBand(StrEnum):
    """How a total is read, as the return of children looked after does."""

    NORMAL = "normal"
    BORDERLINE = "borderline"
    CONCERN = "cause_for_concern"


SDQ_WORDS = {
    SdqBand.NORMAL: "normal",
    SdqBand.BORDERLINE: "borderline",
    SdqBand.CONCERN: "cause for concern",
}


def band(total: int) -> SdqBand:
    """The band of a total: 0 to 13, 14 to 16, 17 to 40. ValueError for what no questionnaire can sum to."""
    if not LEAST <= total <= MOST:
        raise ValueError(f"an SDQ total is {LEAST} to {MOST}, not {total}")
    if total >= CONCERN_FROM:
        return SdqBand.CONCERN
    return SdqBand.BORDERLINE if total >= BORDERLINE_FROM else SdqBand.NORMAL
