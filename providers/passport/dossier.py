"""What a company has answered and shown so far, as other rooms and other use cases of this one read it.

Answers are given once in the passport (`PassportAnswer`); evidence is a company's or one service's (`Evidence`). Which
are asked for follows from the questions in force (questions.py), and when evidence has lapsed from expiry.py.

A new version of the questions asks again only where it asks for something else: an answer, or a file, that was given to
a question of the same key carries over unless the question's label, kind or right answer has changed, or the choice
that was made is no longer offered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from providers.market.status import ServiceType
from providers.passport.models import Evidence, PassportAnswer
from providers.passport.questions import AnswerKind, Question, Scope, Selection, selection_by_id


@dataclass(frozen=True, slots=True)
class Shown:
    """The evidence that counts for a question: the newest that was not withdrawn."""

    evidence_id: str
    organisation_id: str
    claim_id: str | None
    question: str
    file_name: str
    last_day: dt.date | None
    added_at: dt.datetime
    policy_version_id: str | None = None

    def is_in_date(self, on: dt.date) -> bool:
        """Whether it holds on a day: its last day included, and always where it does not expire."""
        return self.last_day is None or on <= self.last_day


def answers_of(session: Session, organisation_id: str) -> dict[str, PassportAnswer]:
    """A company's answers by question. The caller has checked that the actor may see the company."""
    found = session.scalars(select(PassportAnswer).where(PassportAnswer.organisation_id == organisation_id))
    return {answer.question: answer for answer in found}


def evidence_of(session: Session, organisation_id: str, *, claim_id: str | None = None) -> dict[str, Shown]:
    """The evidence that counts, by question: the company's own, and that of one of its services where `claim_id` says
    which. The caller has checked that the actor may see the company.
    """
    shown = shown_by_company(session, [organisation_id]).get(organisation_id, [])
    return {one.question: one for one in shown if one.claim_id is None or one.claim_id == claim_id}


def shown_by_company(session: Session, organisation_ids: Iterable[str]) -> dict[str, list[Shown]]:
    """The evidence that counts of many companies and their services, in one query. One without any is not in it."""
    found: dict[str, list[Shown]] = {}
    rows = session.execute(
        select(
            Evidence.id,
            Evidence.organisation_id,
            Evidence.claim_id,
            Evidence.question,
            Evidence.file_name,
            Evidence.last_day,
            Evidence.added_at,
            Evidence.policy_version_id,
        )
        .where(Evidence.organisation_id.in_(list(organisation_ids)), Evidence.stands, Evidence.withdrawn_at.is_(None))
        .order_by(Evidence.question, Evidence.id)
    )
    for row in rows:
        shown = Shown(
            row.id,
            row.organisation_id,
            row.claim_id,
            row.question,
            row.file_name,
            row.last_day,
            row.added_at,
            row.policy_version_id,
        )
        found.setdefault(row.organisation_id, []).append(shown)
    return found


def missing_from_passport(
    session: Session, organisation_id: str, selection: Selection, service_type: ServiceType, *, on: dt.date
) -> list[Question]:
    """The required questions about the company that a lot of this kind asks and that its passport does not answer on a
    day: without an answer, or without evidence that is in date. The caller has checked that the actor may see it.
    """
    asked = [
        question
        for section in selection.for_lot(service_type)
        if section.scope is Scope.COMPANY
        for question in section.questions
        if question.required
    ]
    given = Dossier.of(session, organisation_id, selection)
    return [question for question in asked if not given.covers(question, on)]


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that a company has given about itself, held against one version of the questions. `changed` names the
    questions that it answered or showed something for when they asked something else.
    """

    answers: dict[str, PassportAnswer]
    evidence: dict[str, Shown]
    changed: frozenset[str]

    @classmethod
    def of(
        cls, session: Session, organisation_id: str, selection: Selection, *, claim_id: str | None = None
    ) -> Dossier:
        """Read it. The caller has checked that the actor may see the company."""
        answers = answers_of(session, organisation_id)
        evidence = evidence_of(session, organisation_id, claim_id=claim_id)
        versions = {key: answer.policy_version_id for key, answer in answers.items()}
        versions |= {key: shown.policy_version_id for key, shown in evidence.items() if shown.policy_version_id}
        return cls(answers, evidence, _changed(session, selection, versions, answers))

    def covers(self, question: Question, on: dt.date) -> bool:
        """Whether a question needs nothing more on a day."""
        if question.key in self.changed:
            return False
        if question.kind is AnswerKind.EVIDENCE:
            shown = self.evidence.get(question.key)
            return shown is not None and shown.is_in_date(on)
        return question.key in self.answers


def asks_the_same(now: Question, then: Question | None) -> bool:
    """Whether a question still asks what it asked in another version of the questions."""
    return then is not None and (now.label, now.kind, now.right) == (then.label, then.kind, then.right)


def _changed(
    session: Session, selection: Selection, versions: dict[str, str], answers: dict[str, PassportAnswer]
) -> frozenset[str]:
    """The questions among those of `versions` (question: the version that it was answered in) that ask anew."""
    former = {version: _readable(session, version) for version in set(versions.values())}
    found = set()
    for key, version in versions.items():
        question = selection.question(key)
        if question is None:
            continue
        then = former[version]
        same = version == selection.policy_version_id or asks_the_same(question, then.question(key) if then else None)
        answer = answers.get(key)
        offered = not question.choices or answer is None or answer.value in dict(question.choices)
        if not (same and offered):
            found.add(key)
    return frozenset(found)


def _readable(session: Session, policy_version_id: str) -> Selection | None:
    """A former version; None where it can no longer be read, so that what it asked is asked again."""
    try:
        return selection_by_id(session, policy_version_id)
    except Invalid:
        return None
