"""Answering the passport, a section at a time: saved as far as it is filled in, and reused for every lot and borough.

An answer is text, a code, a whole number in digits or a date as 2027-03-27. What it was before is kept
(`FormerAnswer`), because a declaration that was made stays made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Invalid, NotFound, Stale
from app.identity.permissions import Actor, Permission
from providers.passport.answers import clean
from providers.passport.dossier import answers_of
from providers.passport.models import FormerAnswer, PassportAnswer
from providers.passport.questions import AnswerKind, Question, Scope, Section, Selection, selection_on


def company_section(selection: Selection, key: str) -> Section:
    """A section about the company, or `NotFound`."""
    section = selection.section(key)
    if section is None or section.scope is not Scope.COMPANY:
        raise NotFound("section of the passport")
    return section


def typed_questions(section: Section) -> tuple[Question, ...]:
    """The questions of a section that are answered in words and not with a file."""
    return tuple(one for one in section.questions if one.kind is not AnswerKind.EVIDENCE)


def section_version(session: Session, organisation_id: str, section: Section) -> int:
    """A number that grows with every change of a section's answers, for the form that shows them."""
    keys = [question.key for question in section.questions]
    now = select(func.count()).where(
        PassportAnswer.organisation_id == organisation_id, PassportAnswer.question.in_(keys)
    )
    before = select(func.count()).where(
        FormerAnswer.organisation_id == organisation_id, FormerAnswer.question.in_(keys)
    )
    # A new answer adds one, a changed one two, and one that is taken back one: it is never the same again.
    return (session.scalar(now) or 0) + 2 * (session.scalar(before) or 0)


def save_answers(
    session: Session, *, actor: Actor, section: str, answers: Mapping[str, str], version: int, now: dt.datetime
) -> list[str]:
    """Save what a section's form holds: "" takes an answer back, and a question that is not named is left alone.
    Returns the questions whose answer changed.

    An answer that is the same as before but was given to an older version of the questions counts as given to this one.
    `Stale` where the section changed since `version`, `Invalid` with each question that cannot be answered so.
    """
    actor.require(Permission.PASSPORT_WRITE)
    selection = selection_on(session, local_date(now))
    asked = company_section(selection, section)
    if section_version(session, actor.organisation_id, asked) != version:
        raise Stale("Somebody in your company changed this section while you were working on it.")
    checked = _checked(asked, answers)
    held = answers_of(session, actor.organisation_id)
    changed = []
    for key, value in checked.items():
        answer = held.get(key)
        if answer is None and not value:
            continue
        if answer is not None and answer.value == value and answer.policy_version_id == selection.policy_version_id:
            continue
        _put(session, actor, selection, answer, key, value, now)
        changed.append(key)
    try:
        session.flush()
    except IntegrityError as error:  # a colleague answered the same question a moment ago
        raise Stale("Somebody in your company changed this section while you were working on it.") from error
    if changed:
        audit.record(
            session,
            now=now,
            who=actor,
            act="passport.answers.save",
            subject_kind="organisation",
            subject_id=actor.organisation_id,
            section=section,
            questions=changed,
            policy_version_id=selection.policy_version_id,
        )
    return changed


def _put(
    session: Session,
    actor: Actor,
    selection: Selection,
    answer: PassportAnswer | None,
    key: str,
    value: str,
    now: dt.datetime,
) -> None:
    if answer is None:
        session.add(
            PassportAnswer(
                organisation_id=actor.organisation_id,
                question=key,
                policy_version_id=selection.policy_version_id,
                value=value,
                answered_by=actor.person_id,
                answered_at=now,
            )
        )
        return
    session.add(
        FormerAnswer(
            organisation_id=answer.organisation_id,
            question=key,
            policy_version_id=answer.policy_version_id,
            value=answer.value,
            answered_by=answer.answered_by,
            answered_at=answer.answered_at,
            replaced_by=actor.person_id,
            replaced_at=now,
        )
    )
    if not value:
        session.delete(answer)
        return
    answer.value, answer.policy_version_id = value, selection.policy_version_id
    answer.answered_by, answer.answered_at = actor.person_id, now


def _checked(section: Section, answers: Mapping[str, str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    found: dict[str, str] = {}
    for question in typed_questions(section):
        if question.key in answers:
            try:
                found[question.key] = clean(question, answers[question.key])
            except Invalid as error:
                errors |= error.errors
    if errors:
        raise Invalid(errors)
    return found
