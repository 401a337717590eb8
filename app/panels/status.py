"""Statuses of a referral and of an authority, and the words of funding."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class ReferralStatus(StrEnum):
    """A referral is drafted, listed for a meeting, decided; an incomplete or deferred one is returned (F-40)."""

    DRAFT = "draft"
    LISTED = "listed"
    RETURNED = "returned"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


REFERRAL = Lifecycle(
    words={
        ReferralStatus.DRAFT: "Draft",
        ReferralStatus.LISTED: "Listed for panel",
        ReferralStatus.RETURNED: "Returned to the worker",
        ReferralStatus.DECIDED: "Decided",
        ReferralStatus.WITHDRAWN: "Withdrawn",
    },
    moves={
        ReferralStatus.DRAFT: {ReferralStatus.LISTED, ReferralStatus.WITHDRAWN},
        ReferralStatus.LISTED: {ReferralStatus.DECIDED, ReferralStatus.RETURNED, ReferralStatus.WITHDRAWN},
        ReferralStatus.RETURNED: {ReferralStatus.LISTED, ReferralStatus.WITHDRAWN},
        ReferralStatus.DECIDED: set(),
        ReferralStatus.WITHDRAWN: set(),
    },
)


class Outcome(StrEnum):
    """What a panel decides. Only an approval names a placement and carries money."""

    APPROVE = "approve"
    DEFER = "defer"
    REFUSE = "refuse"


OUTCOME_WORDS = {Outcome.APPROVE: "Approved", Outcome.DEFER: "Deferred", Outcome.REFUSE: "Refused"}


class PayerKind(StrEnum):
    """Whose budget it is."""

    SOCIAL_CARE = "social_care"
    EDUCATION = "education"
    HEALTH = "health"


class Element(StrEnum):
    """The parts of a weekly price."""

    CARE = "care"
    EDUCATION = "education"
    HEALTH = "health"
    TRANSPORT = "transport"


class AuthorityKind(StrEnum):
    """Where the power to award comes from."""

    PANEL = "panel"
    DELEGATED = "delegated"
    EMERGENCY = "emergency"


class AuthorityStatus(StrEnum):
    """`live` while it may be used; whether its days have passed follows from the clock."""

    LIVE = "live"
    REVOKED = "revoked"


AUTHORITY = Lifecycle(
    words={AuthorityStatus.LIVE: "In force", AuthorityStatus.REVOKED: "Revoked"},
    moves={AuthorityStatus.LIVE: {AuthorityStatus.REVOKED}, AuthorityStatus.REVOKED: set()},
)
