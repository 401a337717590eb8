"""An enrolled service may take new placements on a lot; suspension stops that at once and is lifted only by a
person's sign-off; removal is final for that enrolment, and the service may apply again.

Each move has its day, its reasons in words, and a statutory or contractual basis (basis.py).

A new overall Inadequate suspends every enrolment of that registration, and of no other registration of the company
(F-14, F-19). A later, better grade lifts nothing by itself (F-15).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import publish
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot
from providers.passport.basis import BASIS_WORDS, Basis, bases_for
from providers.passport.events import (
    EnrolmentReinstated,
    EnrolmentRemoved,
    EnrolmentSuspended,
    ServiceEnrolled,
    ServiceUnderAssurance,
)
from providers.passport.gateway import cause_of, cause_of_registration, enrolled_with, gateway
from providers.passport.models import Claim, Enrolment, EnrolmentMove
from providers.passport.status import ENROLMENT, EnrolmentStatus
from providers.register.events import RegistrationLeft, RegistrationSuspended, Regraded
from providers.register.models import Registration
from providers.register.queries import latest_graded_judgement
from providers.register.status import RegistrationStatus

NOT_SIGNED = "Sign off, or leave the service suspended"


def enrol(session: Session, *, actor: Actor, claim: Claim, lot: Lot, reason: str, now: dt.datetime) -> Enrolment:
    """Enrol a service on a lot, as an approved application demands."""
    enrolment = Enrolment(claim=claim, claim_id=claim.id, lot=lot, lot_id=lot.id, enrolled_at=now)
    session.add(enrolment)
    session.flush()
    _keep_move(session, enrolment, now=now, actor=actor, reason=reason, basis=None)
    publish(session, ServiceEnrolled(enrolment.id, claim.id, claim.urn, lot.id, now))
    return enrolment


def suspend(
    session: Session,
    *,
    actor: Actor,
    enrolment_id: str,
    reason: str,
    now: dt.datetime,
    version: int,
    basis: Basis,
) -> Enrolment:
    """A commissioner suspends an enrolment from new placements, at once, with a basis and reasons."""
    actor.require(Permission.APPLICATION_DECIDE)
    enrolment = _enrolment(session, enrolment_id, version)
    reason = _reasoned(reason, "Enter why new placements must stop")
    words = _on(enrolment, EnrolmentStatus.SUSPENDED, basis)
    _suspend(session, enrolment, now=now, actor=actor, reason=reason, basis=words, code=basis)
    return enrolment


def reinstate(
    session: Session,
    *,
    actor: Actor,
    enrolment_id: str,
    reason: str,
    now: dt.datetime,
    version: int,
    basis: Basis,
    signed: bool,
) -> Enrolment:
    """A commissioner signs off that a suspended service may take new placements again, with the assurance it rests on
    (F-15). `signed`: the words of the sign-off were put to the person, who agreed; `Invalid` otherwise.

    `Conflict` while the registration's latest overall judgement is Inadequate or Ofsted suspends the registration.
    """
    actor.require(Permission.APPLICATION_DECIDE)
    enrolment = _enrolment(session, enrolment_id, version)
    reason = _reasoned(reason, "Enter what assures you that the service is safe to use again")
    if not signed:
        raise Invalid(NOT_SIGNED, field="signed")
    target = ENROLMENT.require(enrolment.status, EnrolmentStatus.ENROLLED, "This enrolment")
    words = _on(enrolment, target, basis)
    against = why_ineligible(session, enrolment.claim.urn, local_date(now))
    if against is not None:
        raise Conflict(f"{against} The suspension cannot be lifted while that stands.")
    enrolment.status = target
    session.flush()
    _keep_move(session, enrolment, now=now, actor=actor, reason=reason, basis=words, code=basis)
    claim = enrolment.claim
    publish(session, EnrolmentReinstated(enrolment.id, claim.id, claim.urn, enrolment.lot_id, now))
    return enrolment


def remove(
    session: Session, *, actor: Actor, enrolment_id: str, reason: str, basis: Basis, now: dt.datetime, version: int
) -> Enrolment:
    """A commissioner removes a service from a lot, at once and for good, with a basis and reasons.

    The company may apply again; what let it in then is a new enrolment beside this one.
    """
    actor.require(Permission.APPLICATION_DECIDE)
    enrolment = _enrolment(session, enrolment_id, version)
    reason = _reasoned(reason, "Enter why the service is removed from the lot")
    target = ENROLMENT.require(enrolment.status, EnrolmentStatus.REMOVED, "This enrolment")
    words = _on(enrolment, target, basis)
    enrolment.status = target
    session.flush()
    _keep_move(session, enrolment, now=now, actor=actor, reason=reason, basis=words, code=basis)
    claim = enrolment.claim
    publish(session, EnrolmentRemoved(enrolment.id, claim.id, claim.urn, enrolment.lot_id, now, words))
    return enrolment


def suspend_urn(
    session: Session, *, urn: str, reason: str, basis: str, now: dt.datetime, code: Basis | None = None
) -> list[Enrolment]:
    """Suspend every live enrolment of one registration at once, by nobody's hand. Returns those that it suspended.

    `basis` says in words what it rests on, `code` which kind of basis that is.
    """
    enrolments = enrolled_with(session, [urn])
    for enrolment in enrolments:
        _suspend(session, enrolment, now=now, actor=None, reason=reason, basis=basis, code=code)
    return enrolments


def suspend_for_inadequate(session: Session, event: Regraded, *, now: dt.datetime) -> list[Enrolment]:
    """The reaction to a new judgement: a finding that the gateway policy names suspends every enrolment of that
    registration at once (F-14, F-18), and whoever has a child there hears of it (`ServiceUnderAssurance`).

    Any other judgement does nothing here, so that a better one lifts nothing (F-15).
    """
    cause = cause_of(gateway(session, local_date(now)), event) if event.findings else None
    if cause is None or cause.inspection_id is None:
        return []
    suspended = suspend_urn(
        session, urn=cause.urn, reason=cause.reason, basis=cause.basis, code=Basis.OFSTED_JUDGEMENT, now=now
    )
    publish(session, ServiceUnderAssurance(cause.urn, cause.inspection_id, cause.basis, now))
    return suspended


def suspend_for_registration(
    session: Session, event: RegistrationSuspended | RegistrationLeft, *, now: dt.datetime
) -> list[Enrolment]:
    """The reaction to Ofsted suspending a registration, or to its end: no new placements there, on any lot."""
    cause = cause_of_registration(event)
    return suspend_urn(session, urn=cause.urn, reason=cause.reason, basis=cause.basis, code=Basis.REGISTRATION, now=now)


def why_ineligible(session: Session, urn: str, on: dt.date) -> str | None:
    """Why a registration may take no new placement on a day, as a sentence; None where nothing in the register stands
    against it.
    """
    registration = session.get_one(Registration, urn)
    if registration.registration_status not in (None, RegistrationStatus.ACTIVE):
        return f"Ofsted's register says that this registration is {registration.registration_status}."
    judgement = latest_graded_judgement(session, urn, on=on)
    if judgement is None or not judgement.findings:
        return None
    return gateway(session, on).against(judgement)


def _on(enrolment: Enrolment, target: EnrolmentStatus, basis: Basis) -> str:
    """The words of a basis, if an enrolment under this law may become `target` on it. `Invalid` at `basis`."""
    if basis not in bases_for(enrolment.lot.system.mode, target):
        raise Invalid(f"{BASIS_WORDS[basis]} is no basis for this under the law of {enrolment.lot.name}", field="basis")
    return BASIS_WORDS[basis]


def _suspend(
    session: Session,
    enrolment: Enrolment,
    *,
    now: dt.datetime,
    actor: Actor | None,
    reason: str,
    basis: str,
    code: Basis | None,
) -> None:
    enrolment.status = ENROLMENT.require(enrolment.status, EnrolmentStatus.SUSPENDED, "This enrolment")
    session.flush()
    _keep_move(session, enrolment, now=now, actor=actor, reason=reason, basis=basis, code=code)
    claim = enrolment.claim
    publish(session, EnrolmentSuspended(enrolment.id, claim.id, claim.urn, enrolment.lot_id, now, basis))


def _keep_move(
    session: Session,
    enrolment: Enrolment,
    *,
    now: dt.datetime,
    actor: Actor | None,
    reason: str,
    basis: str | None,
    code: Basis | None = None,
) -> None:
    session.add(
        EnrolmentMove(
            enrolment_id=enrolment.id,
            number=enrolment.version,  # each change of status is a new version
            to_status=enrolment.status,
            at=now,
            person_id=actor.person_id if actor else None,
            reason=reason,
            basis=basis,
            basis_code=code,
        )
    )
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"passport.enrolment.{enrolment.status.value}",
        subject_kind="enrolment",
        subject_id=enrolment.id,
        urn=enrolment.claim.urn,
        lot_id=enrolment.lot_id,
        basis=code.value if code else basis,
    )


def _enrolment(session: Session, enrolment_id: str, version: int) -> Enrolment:
    enrolment = session.scalar(
        select(Enrolment).options(joinedload(Enrolment.claim)).where(Enrolment.id == enrolment_id)
    )
    if enrolment is None:
        raise NotFound("enrolment")
    if enrolment.version != version:
        raise Stale("This enrolment changed since you opened the page. Read it again and decide.")
    return enrolment


def _reasoned(reason: str, missing: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid(missing, field="reason")
    return reason
