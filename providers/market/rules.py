"""What each procurement mode allows a purchasing system: rounds, fees, changed conditions, and which notices it has.

Pure rules over words and sums (F-1, F-5, F-6; facts 2.1 to 2.6). How long people have is in clocks.py.
"""

from __future__ import annotations

from providers.market.status import NoticeKind, ProcurementMode

M, N = ProcurementMode, NoticeKind

OF_THE_ACT = frozenset({M.PA23_LIGHT_TOUCH, M.PA23_DYNAMIC_MARKET})
"""Modes of the Procurement Act 2023; the other two are of the Public Contracts Regulations 2015."""

IN_ROUNDS = frozenset({M.PCR_LIGHT_TOUCH, M.PA23_LIGHT_TOUCH})
"""Modes whose council sets its own procedure and may therefore take applications in published rounds (F-1)."""

FIXES_CONDITIONS = frozenset({M.PCR34, M.PA23_DYNAMIC_MARKET})
"""Modes in which the conditions of membership stay what they were when the system was established.

A dynamic market's may not be modified during its term (F-6). A regulation 34 system's selection criteria are those of
its contract notice for as long as it lasts, so they are held the same way.
"""

ESTABLISHED_BY: dict[ProcurementMode, NoticeKind] = {
    M.PCR34: N.CONTRACT,
    M.PCR_LIGHT_TOUCH: N.CONTRACT,
    M.PA23_LIGHT_TOUCH: N.UK4,
    M.PA23_DYNAMIC_MARKET: N.UK14,
}
"""The notice that says that a system of a mode is there."""

_REGULATIONS = (N.PRIOR_INFORMATION, N.CONTRACT, N.MODIFICATION, N.AWARD)

NOTICES_OF: dict[ProcurementMode, tuple[NoticeKind, ...]] = {
    M.PCR34: _REGULATIONS,
    M.PCR_LIGHT_TOUCH: _REGULATIONS,
    M.PA23_LIGHT_TOUCH: (N.UK2, N.UK3, N.UK4, N.UK6, N.UK7, N.UK10, N.UK12),
    M.PA23_DYNAMIC_MARKET: (N.UK2, N.UK13, N.UK14, N.UK15, N.UK16),
}
"""The notices that may be kept with a system of a mode, in the order in which they come."""


def fee_problems(
    mode: ProcurementMode, *, membership_fee_pence: int | None, award_fee_pence: int | None
) -> dict[str, str]:
    """What a mode has against the fees given (pence; None for none), by field; empty where it has nothing (F-5).

    Regulation 34 forbids every charge (34(29)); the Act lets a fee arise only on award (s38).
    """
    problems: dict[str, str] = {}
    fees = {"membership_fee_pence": membership_fee_pence, "award_fee_pence": award_fee_pence}
    for field, fee in fees.items():
        if fee is not None and fee <= 0:
            problems[field] = "The fee must be more than £0. Leave it empty for none"
        elif fee is not None and mode is ProcurementMode.PCR34:
            problems[field] = "Regulation 34 allows no fee to providers of any kind"
    if membership_fee_pence is not None and mode in OF_THE_ACT:
        problems["membership_fee_pence"] = "Under the 2023 Act a fee may arise only when a contract is awarded"
    return problems
