"""What becomes of an application that was sent: taken back, given more time, or decided with reasons inside the mode's
working-day clock (F-1, F-2).

Nothing here limits how many are admitted. A decision rests on the assessors' marks, and a failed mark is never
approved over. A company that was refused may apply again at any time. A registration whose latest overall judgement is
Inadequate cannot be enrolled while it stands (F-14), and an excluded company's application is disregarded (F-7).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import publish
from app.core.workdays import date_words
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from notifications import messages
from notifications.outbox import queue
from providers.market.clocks import Clock, application_due, mode_rules
from providers.market.models import Lot
from providers.market.queries import is_open
from providers.passport import links
from providers.passport.enrolment import enrol, why_ineligible
from providers.passport.events import ApplicationDecided
from providers.passport.exclusions import Standing, standing_for
from providers.passport.kinds import fits, kind_of
from providers.passport.marking import verdict_of
from providers.passport.models import Application, Claim
from providers.passport.status import APPLICATION, ApplicationStatus
from providers.passport.verdict import Verdict
from providers.register.models import Registration


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands in the way, as sentences: of any decision, and of an approval. With what they rest on."""

    verdict: Verdict
    standing: Standing
    ineligible: str | None
    to_decision: list[str]
    to_approval: list[str]


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
    received = received_on(application)
    rules = mode_rules(session, application.lot.system.mode, received)
    today = local_date(now)
    if rules.clock is Clock.LAW and application.due_on is not None and today > application.due_on:
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
    """Approve (which enrols) or refuse, always with a reason, which the applicant gets by e-mail with what was not
    passed. `Stale` when it changed since `version`.

    `Conflict` while marks are missing, two assessors differ or nobody has decided of an excludable supplier (F-7), and
    when it may not be approved: marks against it, the company is excluded, the lot is closed, the registration is
    Inadequate or suspended by Ofsted (F-14). What an excluded company sends is refused without marks, and so is what
    Ofsted's judgement stands against.
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
    found = obstacles(session, application, today)
    against = found.to_approval if approve else found.to_decision
    if against:
        raise Conflict(" ".join(against))
    application.status = target
    application.decided_by, application.decided_at, application.reason = actor.person_id, now, reason
    application.marks_per_cent = found.verdict.per_cent
    application.disregarded = not approve and found.standing.bars is not None
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
        marks_per_cent=application.marks_per_cent,
        disregarded=application.disregarded,
    )
    if approve:
        enrol(session, actor=actor, claim=claim, lot=lot, reason=reason, now=now)
    person = session.get_one(Person, application.submitted_by)
    letter = [reason, *([] if approve or application.disregarded else found.verdict.against())]
    message = messages.application_decided(lot.name, approve, letter, links.application(base_url, application.id))
    queue(session, key=f"application.decided:{application.id}", address=person.email, message=message, now=now)
    publish(session, ApplicationDecided(application.id, claim.id, claim.urn, approve, now))
    return application


def obstacles(session: Session, application: Application, today: dt.date) -> Obstacles:
    """What stands in the way of deciding an application on a day, and of approving it, each as a sentence."""
    claim, lot = application.claim, application.lot
    found = verdict_of(session, application)
    standing = standing_for(session, application, today)
    ineligible = why_ineligible(session, claim.urn, today)
    undecided = [f"{standing.undecided} Decide on that first."] if standing.undecided else []
    unmarked = found.waits_for()
    never: list[str] = []
    if standing.bars:
        never.append(f"{standing.bars} The application has to be disregarded.")
    if not is_open(lot, today):
        never.append(f"{lot.name} closed on {date_words(lot.closes_on)}, so nobody can be enrolled on it.")
    if not fits(kind_of(session.get_one(Registration, claim.urn).provision_type), lot.service_type):
        never.append(f"URN {claim.urn} is not registered for what {lot.name} buys.")
    if ineligible:
        never.append(f"{ineligible} It cannot be enrolled while that stands.")
    return Obstacles(
        verdict=found,
        standing=standing,
        ineligible=ineligible,
        to_decision=[] if standing.bars else undecided or ([] if ineligible else unmarked),
        to_approval=[*never, *undecided, *unmarked, *(found.against() if found.settled else [])],
    )


def received_on(application: Application) -> dt.date:
    """The day on which an application was sent, from which its time is counted. `Conflict` for a draft."""
    if application.submitted_at is None:
        raise Conflict("This application is a draft that was not sent yet.")
    return local_date(application.submitted_at)


def _to_decide(session: Session, application_id: str, version: int) -> Application:
    application = session.scalar(
        select(Application)
        .options(joinedload(Application.claim), joinedload(Application.lot).joinedload(Lot.system))
        .where(Application.id == application_id, Application.status != ApplicationStatus.DRAFT)
        .with_for_update(of=Application)
    )
    if application is None:
        raise NotFound("application")
    if application.version != version:
        raise Stale("This application changed since you opened the page. Read it again and decide.")
    return application
