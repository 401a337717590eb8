"""Where an uplift stands, and what is said about it."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class UpliftStatus(StrEnum):
    """An uplift from the company's asking to its end."""

    ASKED = "asked"
    NEGOTIATING = "negotiating"
    OFFERED = "offered"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


UPLIFT = Lifecycle(
    words={
        UpliftStatus.ASKED: "Asked for",
        UpliftStatus.NEGOTIATING: "Being negotiated",
        UpliftStatus.OFFERED: "Hub's figure to accept",
        UpliftStatus.AGREED: "Agreed",
        UpliftStatus.REFUSED: "Refused",
        UpliftStatus.WITHDRAWN: "Withdrawn",
    },
    moves={
        UpliftStatus.ASKED: {
            UpliftStatus.NEGOTIATING,
            UpliftStatus.OFFERED,
            UpliftStatus.REFUSED,
            UpliftStatus.WITHDRAWN,
        },
        UpliftStatus.NEGOTIATING: {
            UpliftStatus.NEGOTIATING,
            UpliftStatus.OFFERED,
            UpliftStatus.REFUSED,
            UpliftStatus.WITHDRAWN,
        },
        # The hub may better its figure; a company that asks for another goes back to negotiating.
        UpliftStatus.OFFERED: {
            UpliftStatus.NEGOTIATING,
            UpliftStatus.OFFERED,
            UpliftStatus.AGREED,
            UpliftStatus.REFUSED,
            UpliftStatus.WITHDRAWN,
        },
        UpliftStatus.AGREED: set(),
        UpliftStatus.REFUSED: set(),
        UpliftStatus.WITHDRAWN: set(),
    },
)
OPEN = frozenset({UpliftStatus.ASKED, UpliftStatus.NEGOTIATING, UpliftStatus.OFFERED})


class EntryKind(StrEnum):
    """One thing that was said: the asking, words, a figure of the company's or the hub's, the end, or a borough's view.

    What a borough says is for the hub and the other boroughs; the company never reads it.
    """

    ASKED = "asked"
    MESSAGE = "message"
    COUNTER = "counter"
    FIGURE = "figure"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    COMMENT = "comment"


ENTRY_WORDS: dict[EntryKind, str] = {
    EntryKind.ASKED: "Asked for an uplift",
    EntryKind.MESSAGE: "Wrote",
    EntryKind.COUNTER: "Asked for another figure",
    EntryKind.FIGURE: "Offered a figure",
    EntryKind.AGREED: "Agreed",
    EntryKind.REFUSED: "Refused",
    EntryKind.WITHDRAWN: "Withdrew",
    EntryKind.COMMENT: "Told the hub",
}
