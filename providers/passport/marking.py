"""Assessors mark an application that was sent, answer by answer, each mark with its words.

Marks are rows that stay. A second assessor is another person, where the policy wants one, and sees nothing of the
first one's marks before having marked too. What was marked of the company in an earlier application that was approved,
under the same questions and with the same answers, is offered to be taken over, and taking it over is a mark like any
other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import flag_modified

from app.core import audit
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot
from providers.passport.drafting import questions_of
from providers.passport.frozen import is_marked, thawed
from providers.passport.models import Application, ApplicationMark, Claim
from providers.passport.questions import HIGHEST_SCORE, Marking, Question, Scope, Section, Selection
from providers.passport.status import ApplicationStatus, MarkKind
from providers.passport.verdict import Line, Mark, Part, Verdict, newest_of, verdict

WHY_LONGEST = 2000
EARLIER = 5
"""How many earlier applications are looked through for marks to take over."""


@dataclass(frozen=True, slots=True)
class Given:
    """A mark as it is handed in: "pass", "fail" or "0" to "4", and the words for it."""

    value: str
    why: str
    carried_from_id: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A mark of an earlier application that could be taken over, and for which lot it was given."""

    mark: Mark
    lot_name: str


def marks_of(session: Session, application_id: str) -> list[Mark]:
    """Every mark of an application, in order. The caller has checked who may see which."""
    rows = session.scalars(
        select(ApplicationMark).where(ApplicationMark.application_id == application_id).order_by(ApplicationMark.number)
    )
    return [_mark(row) for row in rows]


def marked_sections(selection: Selection, application: Application) -> list[tuple[Section, list[Question]]]:
    """The sections of an application's lot, each with the questions that are marked in it."""
    given = thawed(application)
    return [
        (section, [question for question in section.questions if is_marked(question, given)])
        for section in selection.for_lot(application.lot.service_type)
    ]


def verdict_of(session: Session, application: Application, marks: list[Mark] | None = None) -> Verdict:
    """What the marks of an application come to."""
    selection = questions_of(session, application)
    found = marks_of(session, application.id) if marks is None else marks
    return verdict(selection, marked_sections(selection, application), found)


def save_marks(
    session: Session, *, actor: Actor, application_id: str, marks: Mapping[str, Given], now: dt.datetime
) -> Verdict:
    """Keep a person's marks of some questions of an application that waits. What is handed in empty is left for later;
    what is as it was is not written again.

    `Invalid` at `<question>_mark` or `<question>_why`: a mark needs its words, and words their mark. `Conflict` where
    two people have marked the section already.
    """
    actor.require(Permission.APPLICATION_ASSESS)
    application = to_assess(session, application_id)
    before = marks_of(session, application.id)
    standing = verdict_of(session, application, before)
    own = newest_of(before, actor.person_id)
    errors: dict[str, str] = {}
    rows: list[ApplicationMark] = []
    number = len(before)
    for key, given in marks.items():
        part, question = _asked(standing, key)
        value, why = given.value.strip(), given.why.strip()
        fault = _fault(question, value, why)
        if fault is not None:
            errors[fault[0]] = fault[1]
            continue
        if not value:
            continue
        passed, score = _read(question, value)
        last = own.get(key)
        if last is not None and (last.passed, last.score, last.why) == (passed, score, why):
            continue
        if part.is_closed:
            raise Conflict(f"Two people have marked {part.section.title.lower()} already, so its marks stand.")
        number += 1
        rows.append(_row(application, number, key, MarkKind.OWN, passed, score, why, actor, now, given.carried_from_id))
    if errors:
        raise Invalid(errors)
    session.add_all(rows)
    stir(session, application)
    _record(session, actor, application, "mark", now, questions=[row.question for row in rows])
    return verdict_of(session, application, before + [_mark(row) for row in rows])


def agree_marks(
    session: Session, *, actor: Actor, application_id: str, marks: Mapping[str, Given], now: dt.datetime
) -> Verdict:
    """Record what was agreed where two assessors differ too much: by either of them, or by a third person.

    `Invalid` as for `save_marks`; `Conflict` for a question on which nobody differs.
    """
    actor.require(Permission.APPLICATION_ASSESS)
    application = to_assess(session, application_id)
    before = marks_of(session, application.id)
    standing = verdict_of(session, application, before)
    errors: dict[str, str] = {}
    rows: list[ApplicationMark] = []
    for key, given in marks.items():
        _, question = _asked(standing, key)
        if not _line(standing, key).to_agree:
            raise Conflict("Nobody differs on that question, so there is nothing to agree.")
        value, why = given.value.strip(), given.why.strip()
        fault = _fault(question, value, why)
        if fault is not None:
            errors[fault[0]] = fault[1]
        elif value:
            passed, score = _read(question, value)
            number = len(before) + len(rows) + 1
            rows.append(_row(application, number, key, MarkKind.AGREED, passed, score, why, actor, now, None))
    if errors:
        raise Invalid(errors)
    session.add_all(rows)
    stir(session, application)
    _record(session, actor, application, "agree", now, questions=[row.question for row in rows])
    return verdict_of(session, application, before + [_mark(row) for row in rows])


def carry_marks(session: Session, *, actor: Actor, application_id: str, part: str, now: dt.datetime) -> Verdict:
    """Take over all that can be taken over of a section, as this person's marks. `Conflict` where there is nothing."""
    actor.require(Permission.APPLICATION_ASSESS)
    application = to_assess(session, application_id)
    standing = verdict_of(session, application).part(part)
    if standing is None:
        raise NotFound("part of the application")
    own = newest_of(marks_of(session, application.id), actor.person_id)
    found = {
        key: one
        for key, one in earlier_marks(session, application, actor.person_id).items()
        if key not in own and any(line.question.key == key for line in standing.lines)
    }
    if not found:
        raise Conflict("There is no earlier mark of this section to take over.")
    taken = {key: Given(value_of(one.mark), one.mark.why, one.mark.id) for key, one in found.items()}
    return save_marks(session, actor=actor, application_id=application_id, marks=taken, now=now)


def earlier_marks(session: Session, application: Application, person_id: str) -> dict[str, Earlier]:
    """Marks of company questions that could be taken over, by question: from the latest application of the company
    that was approved under the same questions, where the company gives now what it gave then.

    A person is offered the own mark where there is one; else, where two marked, the one of the place that is free.
    """
    if application.policy_version_id is None:
        return {}
    before = session.scalars(
        select(Application)
        .join(Application.claim)
        .options(joinedload(Application.claim), joinedload(Application.lot).joinedload(Lot.system))
        .where(
            Claim.organisation_id == application.claim.organisation_id,
            Application.status == ApplicationStatus.APPROVED,
            Application.policy_version_id == application.policy_version_id,
            Application.id != application.id,
        )
        .order_by(Application.decided_at.desc(), Application.id)
        .limit(EARLIER)
    ).all()
    if not before:
        return {}
    selection = questions_of(session, application)
    company = {section.key for section in selection.of(Scope.COMPANY)}
    standing, now_given = verdict_of(session, application), thawed(application)
    found: dict[str, Earlier] = {}
    for old in before:
        old_given = thawed(old)
        for part in verdict_of(session, old).parts:
            for line in part.lines if part.section.key in company else ():
                key = line.question.key
                same = key in now_given and key in old_given and now_given[key].same_as(old_given[key])
                if not same or key in found or not line.marks:
                    continue
                here = standing.part(part.section.key)
                found[key] = Earlier(_offered(line, person_id, len(here.assessors) if here else 0), old.lot.name)
    return found


def value_of(mark: Mark) -> str:
    """A mark as a form holds it."""
    return str(mark.score) if mark.score is not None else "pass" if mark.passed else "fail"


def to_assess(session: Session, application_id: str) -> Application:
    """An application that waits, for the length of this act alone ours to mark. `NotFound` for none or a draft,
    `Conflict` once it is decided or withdrawn.
    """
    application = session.scalar(
        select(Application)
        .options(joinedload(Application.claim), joinedload(Application.lot).joinedload(Lot.system))
        .where(Application.id == application_id, Application.status != ApplicationStatus.DRAFT)
        .with_for_update(of=Application)
    )
    if application is None:
        raise NotFound("application")
    if application.status is not ApplicationStatus.SUBMITTED:
        raise Conflict("This application is no longer waiting for a decision, so its marks stand.")
    return application


def stir(session: Session, application: Application) -> None:
    """Make an application a new version, so that nobody decides on a page that does not show what came meanwhile."""
    flag_modified(application, "statement")
    session.flush()


def _offered(line: Line, person_id: str, done: int) -> Mark:
    if line.agreed is not None:
        return line.agreed
    own = next((mark for mark in line.marks if mark.by == person_id), None)
    return own or line.marks[min(done, len(line.marks) - 1)]


def _asked(standing: Verdict, key: str) -> tuple[Part, Question]:
    for part in standing.parts:
        for line in part.lines:
            if line.question.key == key:
                return part, line.question
    raise Invalid("This application has no answer to mark there.", field=f"{key}_mark")


def _line(standing: Verdict, key: str) -> Line:
    return next(line for line in standing.lines if line.question.key == key)


def _fault(question: Question, value: str, why: str) -> tuple[str, str] | None:
    """The field and the message of what is wrong with a mark that was handed in."""
    if value and value not in allowed(question):
        return f"{question.key}_mark", "Choose one of the marks"
    if value and not why:
        return f"{question.key}_why", f"Say why you give this mark to: {question.label}"
    if why and not value:
        return f"{question.key}_mark", f"Choose the mark that these words are for: {question.label}"
    if len(why) > WHY_LONGEST:
        return f"{question.key}_why", f"The words for a mark must be {WHY_LONGEST:,} characters or fewer"
    return None


def allowed(question: Question) -> tuple[str, ...]:
    """The marks that a question may have."""
    if question.marking is Marking.SCORE:
        return tuple(str(score) for score in range(HIGHEST_SCORE + 1))
    return ("pass", "fail")


def _read(question: Question, value: str) -> tuple[bool | None, int | None]:
    return (None, int(value)) if question.marking is Marking.SCORE else (value == "pass", None)


def _row(
    application: Application,
    number: int,
    question: str,
    kind: MarkKind,
    passed: bool | None,
    score: int | None,
    why: str,
    actor: Actor,
    now: dt.datetime,
    carried_from_id: str | None,
) -> ApplicationMark:
    return ApplicationMark(
        application_id=application.id,
        number=number,
        question=question,
        kind=kind,
        passed=passed,
        score=score,
        why=why,
        marked_by=actor.person_id,
        marked_at=now,
        carried_from_id=carried_from_id,
    )


def _mark(row: ApplicationMark) -> Mark:
    return Mark(
        row.id,
        row.number,
        row.question,
        row.kind,
        row.passed,
        row.score,
        row.why,
        row.marked_by,
        row.marked_at,
        row.carried_from_id,
    )


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
