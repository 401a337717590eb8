"""What the providers' rooms do when something happens in them or in the register, as one table for the wiring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session

from app.core.events import Reactions
from providers.passport.enrolment import suspend_for_inadequate, suspend_for_registration
from providers.passport.events import ApplicationDecided, ClaimConfirmed, EvidenceChanged, ServiceEnrolled
from providers.quality.events import ComplianceRecorded, OutcomeRecorded
from providers.quality.scoring import (
    rescore_on_compliance,
    rescore_on_evidence,
    rescore_on_import,
    rescore_on_judgement,
    rescore_on_lot,
    rescore_on_outcome,
    score_on_claim,
)
from providers.register.events import (
    InspectionRecorded,
    JudgementResolved,
    RegisterImported,
    RegistrationLeft,
    RegistrationSuspended,
    Regraded,
)
from providers.services.profile import create_service


def reactions(clock: Callable[[Session], dt.datetime]) -> Reactions:
    """The table. `clock` reads the moment of the act inside its transaction; the register's events carry dates only.

    Suspension comes before rescoring: what must be true at once is done first. Scores follow once: at the end of a file
    for all that it changed, or with the one judgement that a person typed or resolved.
    """

    def confirmed(session: Session, event: ClaimConfirmed) -> None:
        create_service(session, event)
        score_on_claim(session, event)

    def regraded(session: Session, event: Regraded) -> None:
        if event.findings:  # of thousands of judgements in a file, a few
            suspend_for_inadequate(session, event, now=clock(session))

    def judged(session: Session, event: JudgementResolved | InspectionRecorded) -> None:
        rescore_on_judgement(session, event, now=clock(session))

    def suspended(session: Session, event: RegistrationSuspended | RegistrationLeft) -> None:
        suspend_for_registration(session, event, now=clock(session))

    def imported(session: Session, event: RegisterImported) -> None:
        rescore_on_import(session, event, now=clock(session))

    return {
        ClaimConfirmed: (confirmed,),
        Regraded: (regraded,),
        JudgementResolved: (judged,),
        InspectionRecorded: (judged,),
        RegistrationSuspended: (suspended,),
        RegistrationLeft: (suspended,),
        RegisterImported: (imported,),
        EvidenceChanged: (rescore_on_evidence,),
        ApplicationDecided: (rescore_on_lot,),
        ServiceEnrolled: (rescore_on_lot,),
        OutcomeRecorded: (rescore_on_outcome,),
        ComplianceRecorded: (rescore_on_compliance,),
    }
