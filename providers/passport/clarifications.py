"""Questions that the hub asks about an application while it waits, and the company's answers.

An answer is kept beside what was answered first and changes nothing of it. A question that is open does not stop the
time to decide: where the law names the days, it runs on (F-2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.files import Accepted, Store
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from notifications import messages
from notifications.outbox import queue
from providers.market.models import Lot
from providers.passport import links
from providers.passport.drafting import questions_of
from providers.passport.evidence import add_evidence
from providers.passport.marking import stir, to_assess
from providers.passport.models import Application, Claim, Clarification, Evidence
from providers.passport.questions import AnswerKind, Question, Scope
from providers.passport.status import ApplicationStatus

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Thread:
    """One question with its answer. `about` is the selection question's label, None where it is a general one."""

    clarification: Clarification
    about: Question | None
    asked_by: str
    answered_by: str | None
    file_name: str | None

    @property
    def is_open(self) -> bool:
        """Whether the company has still to answer."""
        return self.clarification.answered_at is None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for a company's answer, as its list shows it."""

    clarification: Clarification
    application: Application

    @property
    def lot_name(self) -> str:
        """The lot applied to."""
        return self.application.lot.name


def ask(
    session: Session,
    *,
    actor: Actor,
    application_id: str,
    question: str | None,
    words: str,
    answer_by: dt.date,
    now: dt.datetime,
    base_url: str,
) -> Clarification:
    """Ask the company about one answer, or in general (`question` None), to be answered by the end of a day.

    Whoever sent the application gets an e-mail without the question itself. `Invalid` at `question`, `words` or
    `answer_by`; `Conflict` once the application is decided.
    """
    actor.require(Permission.APPLICATION_ASSESS)
    application = to_assess(session, application_id)
    errors: dict[str, str] = {}
    words = words.strip()
    if not words:
        errors["words"] = "Enter what you want to know"
    elif len(words) > LONGEST:
        errors["words"] = f"The question must be {LONGEST:,} characters or fewer"
    if question is not None and question not in {one.key for one in _asked_on(session, application)}:
        errors["question"] = "Choose a question of this application"
    if answer_by < local_date(now):
        errors["answer_by"] = "The day must be today or later"
    if errors:
        raise Invalid(errors)
    row = Clarification(
        application_id=application.id,
        application=application,
        question=question,
        asked=words,
        asked_by=actor.person_id,
        asked_at=now,
        answer_by=answer_by,
    )
    session.add(row)
    session.flush()
    queue(
        session,
        key=f"clarification.asked:{row.id}",
        address=session.get_one(Person, application.submitted_by).email,
        message=messages.clarification_asked(application.lot.name, answer_by, links.clarification(base_url, row.id)),
        now=now,
    )
    _record(session, actor, row, "ask", now, question=question)
    return row


def answer(
    session: Session,
    *,
    actor: Actor,
    clarification_id: str,
    words: str,
    now: dt.datetime,
    version: int,
    base_url: str,
    store: Store | None = None,
    accepted: Accepted | None = None,
    last_day: dt.date | None = None,
) -> Clarification:
    """Answer a question of the hub, once, also after its day. Where it is about evidence a file may come with it,
    which from then on is the newest evidence; what was sent first stays with the application.

    `NotFound` for another company's, `Conflict` where it is answered or the application is decided.
    """
    actor.require(Permission.APPLICATION_WRITE)
    row = _own(session, actor, clarification_id)
    if row.version != version:
        raise Stale("This question changed since you opened the page. Read it again and answer.")
    if row.answered_at is not None:
        raise Conflict("This question was answered already.")
    if row.application.status is not ApplicationStatus.SUBMITTED:
        raise Conflict("The application is no longer waiting for a decision, so its questions are closed.")
    words = words.strip()
    if not words:
        raise Invalid("Enter your answer", field="words")
    if len(words) > LONGEST:
        raise Invalid(f"The answer must be {LONGEST:,} characters or fewer", field="words")
    if accepted is not None and store is not None:
        row.evidence_id = _shown(session, actor, row, store, accepted, last_day, now).id
    row.answer, row.answered_by, row.answered_at = words, actor.person_id, now
    stir(session, row.application)
    queue(
        session,
        key=f"clarification.answered:{row.id}",
        address=session.get_one(Person, row.asked_by).email,
        message=messages.clarification_answered(
            row.application.lot.name, links.application_at_hub(base_url, row.application_id)
        ),
        now=now,
    )
    _record(session, actor, row, "answer", now)
    return row


def threads_of(session: Session, application: Application) -> list[Thread]:
    """The questions about an application with their answers, in order. The caller has checked who may see it."""
    rows = session.execute(
        select(Clarification, Evidence.file_name)
        .outerjoin(Evidence, Evidence.id == Clarification.evidence_id)
        .where(Clarification.application_id == application.id)
        .order_by(Clarification.asked_at, Clarification.id)
    ).all()
    if not rows:
        return []
    people = {one for row, _ in rows for one in (row.asked_by, row.answered_by) if one}
    names: dict[str, str] = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
    about = {one.key: one for one in _asked_on(session, application)}
    return [
        Thread(row, about.get(row.question or ""), names[row.asked_by], names.get(row.answered_by or ""), file_name)
        for row, file_name in rows
    ]


def own_clarification(session: Session, actor: Actor, clarification_id: str) -> Thread:
    """One question to the actor's company. `NotFound` for any other."""
    actor.require(Permission.SERVICE_READ)
    row = _own(session, actor, clarification_id)
    return next(one for one in threads_of(session, row.application) if one.clarification.id == row.id)


def open_questions(session: Session, actor: Actor) -> list[OpenQuestion]:
    """Questions that wait for an answer of the actor's company, the first due on top."""
    actor.require(Permission.SERVICE_READ)
    rows = session.scalars(
        select(Clarification)
        .join(Clarification.application)
        .join(Application.claim)
        .options(joinedload(Clarification.application).joinedload(Application.lot).joinedload(Lot.system))
        .where(
            Claim.organisation_id == actor.organisation_id,
            Clarification.answered_at.is_(None),
            Application.status == ApplicationStatus.SUBMITTED,
        )
        .order_by(Clarification.answer_by, Clarification.asked_at, Clarification.id)
    )
    return [OpenQuestion(row, row.application) for row in rows]


def open_counts(session: Session, application_ids: Iterable[str]) -> dict[str, int]:
    """How many questions of each application wait for an answer; one without any is not in it."""
    rows = session.execute(
        select(Clarification.application_id, func.count())
        .where(Clarification.application_id.in_(list(application_ids)), Clarification.answered_at.is_(None))
        .group_by(Clarification.application_id)
    )
    return {row[0]: row[1] for row in rows}


def _shown(
    session: Session,
    actor: Actor,
    row: Clarification,
    store: Store,
    accepted: Accepted,
    last_day: dt.date | None,
    now: dt.datetime,
) -> Evidence:
    """The file that came with an answer, as the company's or the service's newest evidence."""
    about = next((one for one in _asked_on(session, row.application) if one.key == row.question), None)
    if about is None or about.kind is not AnswerKind.EVIDENCE:
        raise Invalid("This question is not about a file", field="file")
    section = questions_of(session, row.application).section(about.section)
    return add_evidence(
        session,
        actor=actor,
        store=store,
        accepted=accepted,
        question=about.key,
        last_day=last_day,
        now=now,
        claim_id=row.application.claim_id if section and section.scope is Scope.SERVICE else None,
    )


def _asked_on(session: Session, application: Application) -> list[Question]:
    sections = questions_of(session, application).for_lot(application.lot.service_type)
    return [question for section in sections for question in section.questions]


def _own(session: Session, actor: Actor, clarification_id: str) -> Clarification:
    row = session.scalar(
        select(Clarification)
        .join(Clarification.application)
        .join(Application.claim)
        .options(
            joinedload(Clarification.application).joinedload(Application.claim),
            joinedload(Clarification.application).joinedload(Application.lot).joinedload(Lot.system),
        )
        .where(Clarification.id == clarification_id, Claim.organisation_id == actor.organisation_id)
    )
    if row is None:
        raise NotFound("question")
    return row


def _record(session: Session, actor: Actor, row: Clarification, verb: str, now: dt.datetime, **facts: object) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"passport.clarification.{verb}",
        subject_kind="clarification",
        subject_id=row.id,
        application_id=row.application_id,
        **facts,
    )
