"""What has been decided about an offer. Whether it is sealed follows from the deadline."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class OfferStatus(StrEnum):
    """A hold that expires takes a preferred offer back to submitted."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    PREFERRED = "preferred"
    WON = "won"
    LOST = "lost"


OFFER = Lifecycle(
    words={
        OfferStatus.SUBMITTED: "Submitted",
        OfferStatus.WITHDRAWN: "Withdrawn",
        OfferStatus.PREFERRED: "Preferred",
        OfferStatus.WON: "Won",
        OfferStatus.LOST: "Not chosen",
    },
    moves={
        OfferStatus.SUBMITTED: {OfferStatus.WITHDRAWN, OfferStatus.PREFERRED, OfferStatus.LOST},
        OfferStatus.WITHDRAWN: set(),
        OfferStatus.PREFERRED: {OfferStatus.SUBMITTED, OfferStatus.WON, OfferStatus.LOST, OfferStatus.WITHDRAWN},
        OfferStatus.WON: {OfferStatus.SUBMITTED},
        OfferStatus.LOST: {OfferStatus.SUBMITTED},
    },
)


class Situation(StrEnum):
    """Where a decision stands to the order of its shortlist: it follows the order, takes one of several that are tied
    at its head, or departs from it.
    """

    FOLLOWS = "follows"
    TIED = "tied"
    DEPARTS = "departs"
