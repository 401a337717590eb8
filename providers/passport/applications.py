"""A confirmed registration applies to a lot; a commissioner decides with reasons inside the mode's working-day clock
(F-1, F-2).

Nothing here limits how many are admitted. A company that was refused may apply again at any time. A registration
whose latest overall judgement is Inadequate cannot be enrolled while it stands (F-14).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.workdays import date_words
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from notifications import messages
from notifications.outbox import queue
from providers.market.clocks import Clock, application_due, mode_rules
from providers.market.models import Lot
from providers.market.queries import is_open, lot_by_id, must_take_applications
from providers.passport import links
from providers.passport.enrolment import enrol, why_ineligible
from providers.passport.kinds import fits, kind_of
from providers.passport.models import Application, Claim, Enrolment
from providers.passport.status import APPLICATION, ApplicationStatus, ClaimStatus, EnrolmentStatus
from providers.register.models import Registration

STATEMENT_LONGEST = 4000


def submit_application(
    session: Session, *, actor: Actor, claim_id: str, lot_id: str, statement: str, now: dt.datetime
) -> Application:
    """Apply with a confirmed claim to an open lot that its registration fits. Its decision is due by `due_on`.

    `Invalid` names the field; `Conflict` where it already waits or is enrolled. A service that was removed may apply
    again. Whether the profile is complete is asked by `providers.services.applying.apply_to_lot`, people's door.
    """
    actor.require(Permission.APPLICATION_WRITE)
    claim = session.scalar(select(Claim).where(Claim.id == claim_id, Claim.organisation_id == actor.organisation_id))
    if claim is None:
        raise NotFound("service")
    if claim.status is not ClaimStatus.CONFIRMED:
        raise Conflict("The hub has to confirm that this registration is yours before it can apply to a lot.")
    today = local_date(now)
    lot = lot_by_id(session, lot_id)
    if not is_open(lot, today):
        raise Invalid(f"This lot is open from {date_words(lot.opens_on)} to {date_words(lot.closes_on)}", field="lot")
    must_take_applications(session, lot, today)
    _must_fit(session, claim, lot)
    statement = statement.strip()
    if not statement:
        raise Invalid("Enter what the service offers and how it meets the lot's requirements", field="statement")
    if len(statement) > STATEMENT_LONGEST:
        raise Invalid(f"The statement must be {STATEMENT_LONGEST:,} characters or fewer", field="statement")
    enrolled = session.scalar(
        select(Enrolment.status).where(
            Enrolment.claim_id == claim.id, Enrolment.lot_id == lot.id, Enrolment.status != EnrolmentStatus.REMOVED
        )
    )
    if enrolled is not None:
        raise Conflict(f"This service is already {enrolled.value} on {lot.name}.")
    application = Application(
        claim=claim,
        claim_id=claim.id,
        lot=lot,
        lot_id=lot.id,
        statement=statement,
        submitted_by=actor.person_id,
        submitted_at=now,
        due_on=application_due(mode_rules(session, lot.system.mode, today), today),
    )
    try:
        with session.begin_nested():
            session.add(application)
    except IntegrityError:  # the database keeps one open application to a lot
        raise Conflict(f"This service already waits for a decision on {lot.name}.") from None
    audit.record(
        session,
        now=now,
        who=actor,
        act="passport.application.submit",
        subject_kind="application",
        subject_id=application.id,
        urn=claim.urn,
        lot_id=lot.id,
    )
    return application


def withdraw_application(session: Session, *, actor: Actor, application_id: str, now: dt.datetime) -> Application:
    """The company takes back an application that the hub has not decided. `NotFound` for another company's."""
    actor.require(Permission.APPLICATION_WRITE)
    application = session.scalar(
        select(Application)
        .join(Application.claim)
        .where(Application.id == application_id, Claim.organisation_id == actor.organisation_id)
    )
    if application is None:
        raise NotFound("application")
    application.status = APPLICATION.require(application.status, ApplicationStatus.WITHDRAWN, "This application")
    application.decided_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="passport.application.withdraw",
        subject_kind="application",
        subject_id=application.id,
    )
    return application


def extend_application(
    session: Session, *, actor: Actor, application_id: str, reason: str, now: dt.datetime, version: int
) -> Application:
    """Give the hub the mode's longer time, once, with the reason that justifies it (F-2). Counted from the day it was
    received.
    """
    actor.require(Permission.APPLICATION_DECIDE)
    application = _to_decide(session, application_id, version)
    reason = reason.strip()
    if not reason:
        raise Invalid("Enter why this application needs more time", field="reason")
    if application.extended_at is not None:
        raise Conflict("The time to decide this application was already extended once.")
    if application.status is not ApplicationStatus.SUBMITTED:
        raise Conflict("This application is already decided.")
    received = local_date(application.submitted_at)
    rules = mode_rules(session, application.lot.system.mode, received)
    today = local_date(now)
    if rules.clock is Clock.LAW and today > application.due_on:
        raise Conflict("The time to decide has run out, so it can no longer be extended. Decide the application now.")
    application.due_on = application_due(rules, received, extended=True)
    application.extended_at, application.extension_reason = now, reason
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="passport.application.extend",
        subject_kind="application",
        subject_id=application.id,
        due_on=application.due_on.isoformat(),
    )
    return application


def decide_application(
    session: Session,
    *,
    actor: Actor,
    application_id: str,
    approve: bool,
    reason: str,
    now: dt.datetime,
    version: int,
    base_url: str,
) -> Application:
    """Approve (which enrols) or refuse, always with a reason, which the applicant gets by e-mail. `Stale` when it
    changed since `version`.

    `Conflict` when it may not be approved: the lot is closed, the registration is Inadequate or suspended by Ofsted
    (F-14).
    """
    actor.require(Permission.APPLICATION_DECIDE)
    application = _to_decide(session, application_id, version)
    reason = reason.strip()
    if not reason:
        raise Invalid("Enter your reasons. The applicant will read them", field="reason")
    target = ApplicationStatus.APPROVED if approve else ApplicationStatus.REFUSED
    APPLICATION.require(application.status, target, "This application")
    claim, lot = application.claim, application.lot
    today = local_date(now)
    if approve:
        if not is_open(lot, today):
            raise Conflict(f"{lot.name} closed on {date_words(lot.closes_on)}, so nobody can be enrolled on it.")
        _must_fit(session, claim, lot)
        against = why_ineligible(session, claim.urn, today)
        if against is not None:
            raise Conflict(f"{against} It cannot be enrolled while that stands.")
    application.status = target
    application.decided_by, application.decided_at, application.reason = actor.person_id, now, reason
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"passport.application.{'approve' if approve else 'refuse'}",
        subject_kind="application",
        subject_id=application.id,
        urn=claim.urn,
        lot_id=lot.id,
    )
    if approve:
        enrol(session, actor=actor, claim=claim, lot=lot, reason=reason, now=now)
    person = session.get_one(Person, application.submitted_by)
    message = messages.application_decided(lot.name, approve, [reason], links.application(base_url, application.id))
    queue(session, key=f"application.decided:{application.id}", address=person.email, message=message, now=now)
    return application


def _to_decide(session: Session, application_id: str, version: int) -> Application:
    application = session.scalar(
        select(Application)
        .options(joinedload(Application.claim), joinedload(Application.lot).joinedload(Lot.system))
        .where(Application.id == application_id)
    )
    if application is None:
        raise NotFound("application")
    if application.version != version:
        raise Stale("This application changed since you opened the page. Read it again and decide.")
    return application


def _must_fit(session: Session, claim: Claim, lot: Lot) -> None:
    registration = session.get_one(Registration, claim.urn)
    if not fits(kind_of(registration.provision_type), lot.service_type):
        raise Invalid(f"URN {claim.urn} is not registered for what {lot.name} buys", field="lot")
