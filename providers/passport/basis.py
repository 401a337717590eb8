"""On what an enrolment is suspended, reinstated or removed: a statutory or contractual basis, chosen and never typed.

The reasons are a person's words beside it. Which bases there are follows from the move and from the law under which the
system was begun: exclusion grounds are the Act's (section 57, schedules 6 and 7) or regulation 57's (F-7).
"""

from __future__ import annotations

from enum import StrEnum

from providers.market.rules import OF_THE_ACT
from providers.market.status import ProcurementMode
from providers.passport.status import EnrolmentStatus


class Basis(StrEnum):
    """The basis of a move of an enrolment."""

    SAFEGUARDING = "safeguarding"
    OFSTED_JUDGEMENT = "ofsted_judgement"
    REGISTRATION = "registration"
    STANDARDS = "standards"
    CONTRACT_TERMS = "contract_terms"
    CONDITIONS = "conditions"
    MANDATORY_GROUND = "mandatory_ground"
    DISCRETIONARY_GROUND = "discretionary_ground"
    DEBARRED = "debarred"
    REGULATION_57 = "regulation_57"
    MARKET_MODIFICATION = "market_modification"
    OWN_REQUEST = "own_request"
    QUALITY_ASSURED = "quality_assured"
    CONCERN_CLOSED = "concern_closed"
    GROUND_GONE = "ground_gone"


BASIS_WORDS: dict[Basis, str] = {
    Basis.SAFEGUARDING: "Safeguarding concern",
    Basis.OFSTED_JUDGEMENT: "Ofsted judgement",
    Basis.REGISTRATION: "Registration suspended, restricted or cancelled by Ofsted",
    Basis.STANDARDS: "Independent school standards or safeguarding not met",
    Basis.CONTRACT_TERMS: "Terms of the contract",
    Basis.CONDITIONS: "Conditions of membership no longer met",
    Basis.MANDATORY_GROUND: "Mandatory exclusion ground (Procurement Act 2023, section 57 and schedule 6)",
    Basis.DISCRETIONARY_GROUND: "Discretionary exclusion ground (Procurement Act 2023, section 57 and schedule 7)",
    Basis.DEBARRED: "On the debarment list (Procurement Act 2023, section 57)",
    Basis.REGULATION_57: "Exclusion ground (Public Contracts Regulations 2015, regulation 57)",
    Basis.MARKET_MODIFICATION: "Change of the market's membership (Procurement Act 2023, section 37)",
    Basis.OWN_REQUEST: "The provider's own request",
    Basis.QUALITY_ASSURED: "Quality monitoring signed off",
    Basis.CONCERN_CLOSED: "Concern looked into and closed",
    Basis.GROUND_GONE: "The ground no longer applies",
}

_EVERY_LAW = (
    Basis.SAFEGUARDING,
    Basis.OFSTED_JUDGEMENT,
    Basis.REGISTRATION,
    Basis.STANDARDS,
    Basis.CONTRACT_TERMS,
    Basis.CONDITIONS,
)
_OF_THE_ACT = (Basis.MANDATORY_GROUND, Basis.DISCRETIONARY_GROUND, Basis.DEBARRED)
_LIFTS = (Basis.QUALITY_ASSURED, Basis.CONCERN_CLOSED, Basis.GROUND_GONE, Basis.OWN_REQUEST)


def bases_for(mode: ProcurementMode, target: EnrolmentStatus) -> tuple[Basis, ...]:
    """The bases on which an enrolment under a mode may become `target`, in the order in which they are offered."""
    if target is EnrolmentStatus.ENROLLED:
        return _LIFTS
    grounds = _OF_THE_ACT if mode in OF_THE_ACT else (Basis.REGULATION_57,)
    market = mode is ProcurementMode.PA23_DYNAMIC_MARKET and target is EnrolmentStatus.REMOVED
    return (*_EVERY_LAW, *grounds, *((Basis.MARKET_MODIFICATION,) if market else ()), Basis.OWN_REQUEST)
