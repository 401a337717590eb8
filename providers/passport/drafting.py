"""Writing an application: begun with a confirmed claim and an open lot, saved page by page with gaps, sent when whole.

The hub sees nothing of a draft, and the time to decide begins when it is sent (F-2). After a refusal a new one begins
with the answers of the old.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.files import Accepted, Store
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from providers.market.clocks import application_due, mode_rules
from providers.market.models import Lot
from providers.market.queries import is_open, lot_by_id, must_take_applications
from providers.passport.answers import clean
from providers.passport.evidence import add_evidence
from providers.passport.frozen import freeze, given_now
from providers.passport.kinds import fits, kind_of
from providers.passport.models import Application, ApplicationAnswer, Claim, Enrolment, Evidence
from providers.passport.questions import AnswerKind, Scope, Section, Selection, selection_by_id, selection_on
from providers.passport.readiness import Gap, gaps_of
from providers.passport.status import APPLICATION, ApplicationStatus, ClaimStatus, EnrolmentStatus
from providers.register.models import Registration

STATEMENT_LONGEST = 4000
STALE = "This application was changed since you opened the page. Read what it says now and save again."


def start_application(session: Session, *, actor: Actor, claim_id: str, lot_id: str, now: dt.datetime) -> Application:
    """Begin a draft with a confirmed claim for an open lot that its registration fits, with the answers of the latest
    application that was refused or withdrawn there.

    `Invalid` at `lot`; `Conflict` where one is written or waits already, or the service is enrolled.
    """
    actor.require(Permission.APPLICATION_WRITE)
    claim = session.scalar(select(Claim).where(Claim.id == claim_id, Claim.organisation_id == actor.organisation_id))
    if claim is None:
        raise NotFound("service")
    today = local_date(now)
    lot = lot_by_id(session, lot_id)
    must_be_possible(session, claim, lot, today)
    selection = selection_on(session, today)
    before = session.scalar(
        select(Application)
        .where(Application.claim_id == claim.id, Application.lot_id == lot.id, Application.submitted_at.is_not(None))
        .order_by(Application.submitted_at.desc(), Application.id)
        .limit(1)
    )
    application = Application(
        claim=claim,
        claim_id=claim.id,
        lot=lot,
        lot_id=lot.id,
        status=ApplicationStatus.DRAFT,
        statement=before.statement if before else "",
        policy_version_id=selection.policy_version_id,
        follows_id=before.id if before else None,
        started_by=actor.person_id,
        started_at=now,
        saved_at=now,
    )
    try:
        with session.begin_nested():
            session.add(application)
    except IntegrityError:  # the database keeps one open application to a lot
        raise Conflict(f"This service already has an application to {lot.name} that is not decided.") from None
    if before is not None:
        _carry_answers(session, before, application, selection, now)
    _record(session, actor, application, "start", now, urn=claim.urn, lot_id=lot.id, follows=application.follows_id)
    return application


def save_answers(
    session: Session,
    *,
    actor: Actor,
    application_id: str,
    part: str,
    answers: Mapping[str, str],
    version: int,
    now: dt.datetime,
) -> Application:
    """Keep the answers of one section of a draft. Any may be empty. `Invalid` at the questions that hold what cannot
    be an answer; `Stale` when the draft changed since `version`.
    """
    today = local_date(now)
    application, section = draft_part(
        session, actor=actor, application_id=application_id, part=part, today=today, version=version
    )
    asked = {question.key: question for question in section.questions if question.kind is not AnswerKind.EVIDENCE}
    errors: dict[str, str] = {}
    values: dict[str, str] = {}
    for key, typed in answers.items():
        if key not in asked:
            raise Invalid("This page does not ask that question.", field=key)
        try:
            values[key] = clean(asked[key], typed)
        except Invalid as error:
            errors |= error.errors
    if errors:
        raise Invalid(errors)
    before = {
        one.question: one
        for one in session.scalars(select(ApplicationAnswer).where(ApplicationAnswer.application_id == application.id))
    }
    changed = []
    for key, value in values.items():
        row = before.get(key)
        if (row.value if row else "") == value:
            continue
        changed.append(key)
        if row is None:
            session.add(
                ApplicationAnswer(
                    application_id=application.id,
                    question=key,
                    value=value,
                    answered_by=actor.person_id,
                    answered_at=now,
                )
            )
        else:
            row.value, row.answered_by, row.answered_at = value, actor.person_id, now
    _saved(session, actor, application, now, part=part, changed=changed)
    return application


def save_statement(
    session: Session, *, actor: Actor, application_id: str, statement: str, version: int, now: dt.datetime
) -> Application:
    """Keep what the service says of itself for this lot. May be empty while it is a draft."""
    application = own_draft(session, actor=actor, application_id=application_id, version=version)
    statement = statement.strip()
    if len(statement) > STATEMENT_LONGEST:
        raise Invalid(f"The statement must be {STATEMENT_LONGEST:,} characters or fewer", field="statement")
    application.statement = statement
    _saved(session, actor, application, now, part="statement")
    return application


def show_evidence(
    session: Session,
    *,
    actor: Actor,
    store: Store,
    application_id: str,
    question: str,
    accepted: Accepted,
    last_day: dt.date | None,
    now: dt.datetime,
) -> Evidence:
    """Add a file to a question of a draft that asks for one: the service's evidence, in every application of its.
    `Invalid` at the question's last day where it has to hold until a day and does not.
    """
    application = own_draft(session, actor=actor, application_id=application_id)
    asked = next(
        (
            one
            for section in parts_of(selection_on(session, local_date(now)), application.lot)
            for one in section.questions
            if one.key == question and one.kind is AnswerKind.EVIDENCE
        ),
        None,
    )
    if asked is None:
        raise NotFound("question")
    try:
        row = add_evidence(
            session,
            actor=actor,
            store=store,
            accepted=accepted,
            question=question,
            last_day=last_day,
            now=now,
            claim_id=application.claim_id,
        )
    except Invalid as error:  # several questions stand on one page, each with its own boxes
        raise error.at({"file": question, "last_day": f"{question}_last_day"}) from None
    _touch(session, application, now)
    return row


def delete_draft(session: Session, *, actor: Actor, application_id: str, now: dt.datetime) -> Application:
    """Throw a draft away with its answers. Evidence stays with the service. `Conflict` once it was sent."""
    application = own_draft(session, actor=actor, application_id=application_id)
    session.execute(delete(ApplicationAnswer).where(ApplicationAnswer.application_id == application.id))
    _record(session, actor, application, "delete", now, urn=application.claim.urn, lot_id=application.lot_id)
    session.delete(application)
    session.flush()
    return application


def submit_application(
    session: Session,
    *,
    actor: Actor,
    application_id: str,
    version: int,
    now: dt.datetime,
    lacking: Callable[[Application], Iterable[Gap]] = lambda _: (),
) -> Application:
    """Send a draft. Its decision is due by `due_on`, and what it says and shows is frozen for the assessors.

    `Invalid` names every gap by its question, first those that `lacking` knows of: there the door that people use,
    `providers.services.applying.submit`, asks whether the service's profile is complete.
    """
    application = own_draft(session, actor=actor, application_id=application_id, version=version)
    claim, lot = application.claim, application.lot
    today = local_date(now)
    must_be_possible(session, claim, lot, today)
    must_take_applications(session, lot, today)
    selection = selection_on(session, today)
    gaps = [*lacking(application), *gaps_of(session, application, selection, today)]
    if gaps:
        raise Invalid({gap.key: gap.words for gap in gaps})
    due_on = application_due(mode_rules(session, lot.system.mode, today), today)
    frozen = freeze(given_now(session, application, selection))
    application.status = APPLICATION.require(application.status, ApplicationStatus.SUBMITTED, "This application")
    application.submitted_by, application.submitted_at, application.due_on = actor.person_id, now, due_on
    application.frozen, application.policy_version_id = frozen, selection.policy_version_id
    session.flush()
    _record(session, actor, application, "submit", now, urn=claim.urn, lot_id=lot.id)
    return application


def own_draft(session: Session, *, actor: Actor, application_id: str, version: int | None = None) -> Application:
    """A draft of the actor's company, to be changed. `NotFound` for another company's, `Conflict` once it was sent,
    `Stale` when it changed since `version`.
    """
    actor.require(Permission.APPLICATION_WRITE)
    application = session.scalar(
        select(Application)
        .join(Application.claim)
        .options(joinedload(Application.claim), joinedload(Application.lot).joinedload(Lot.system))
        .where(Application.id == application_id, Claim.organisation_id == actor.organisation_id)
    )
    if application is None:
        raise NotFound("application")
    if application.status is not ApplicationStatus.DRAFT:
        raise Conflict("This application was sent, so what it says cannot be changed any more.")
    if version is not None and application.version != version:
        raise Stale(STALE)
    return application


def draft_part(
    session: Session, *, actor: Actor, application_id: str, part: str, today: dt.date, version: int | None = None
) -> tuple[Application, Section]:
    """A draft and one of its sections as it is asked today. `NotFound` for a section that this lot does not ask."""
    application = own_draft(session, actor=actor, application_id=application_id, version=version)
    section = next((one for one in parts_of(selection_on(session, today), application.lot) if one.key == part), None)
    if section is None:
        raise NotFound("part of the application")
    return application, section


def questions_of(session: Session, application: Application) -> Selection:
    """The questions that an application was sent under; a draft is written to those of the day. Those of its day for
    one from before they were kept.
    """
    if application.policy_version_id is None:
        sent = application.submitted_at or application.started_at
        if sent is None:
            raise Conflict("This application does not say when it was made.")
        return selection_on(session, local_date(sent))
    return selection_by_id(session, application.policy_version_id)


def parts_of(selection: Selection, lot: Lot) -> list[Section]:
    """The sections that are answered in each application to a lot."""
    return [section for section in selection.for_lot(lot.service_type) if section.scope is Scope.SERVICE]


def must_fit(session: Session, claim: Claim, lot: Lot) -> None:
    """`Invalid` at `lot` where a registration is not for what a lot buys."""
    registration = session.get_one(Registration, claim.urn)
    if not fits(kind_of(registration.provision_type), lot.service_type):
        raise Invalid(f"URN {claim.urn} is not registered for what {lot.name} buys", field="lot")


def must_be_possible(session: Session, claim: Claim, lot: Lot, today: dt.date) -> None:
    """Refuse what cannot be begun or sent: the claim is not confirmed, the lot is closed or does not fit, the service
    is on it already. One that was removed from it may come back.
    """
    if claim.status is not ClaimStatus.CONFIRMED:
        raise Conflict("The hub has to confirm that this registration is yours before it can apply to a lot.")
    if not is_open(lot, today):
        raise Invalid(f"This lot is open from {date_words(lot.opens_on)} to {date_words(lot.closes_on)}", field="lot")
    must_fit(session, claim, lot)
    enrolled = session.scalar(
        select(Enrolment.status).where(
            Enrolment.claim_id == claim.id, Enrolment.lot_id == lot.id, Enrolment.status != EnrolmentStatus.REMOVED
        )
    )
    if enrolled is not None:
        raise Conflict(f"This service is already {enrolled.value} on {lot.name}.")


def _carry_answers(
    session: Session, before: Application, application: Application, selection: Selection, now: dt.datetime
) -> None:
    asked = {one.key for section in parts_of(selection, application.lot) for one in section.questions}
    for answer in session.scalars(select(ApplicationAnswer).where(ApplicationAnswer.application_id == before.id)):
        if answer.question in asked and answer.value:
            session.add(
                ApplicationAnswer(
                    application_id=application.id,
                    question=answer.question,
                    value=answer.value,
                    answered_by=answer.answered_by,
                    answered_at=now,
                )
            )
    session.flush()


def _saved(session: Session, actor: Actor, application: Application, now: dt.datetime, **facts: object) -> None:
    _touch(session, application, now)
    _record(session, actor, application, "save", now, **facts)


def _touch(session: Session, application: Application, now: dt.datetime) -> None:
    """Every save is a new version of the draft, also the second at one moment."""
    application.saved_at = now
    flag_modified(application, "saved_at")
    session.flush()


def _record(
    session: Session, actor: Actor, application: Application, verb: str, now: dt.datetime, **facts: object
) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"passport.application.{verb}",
        subject_kind="application",
        subject_id=application.id,
        **facts,
    )
