"""What happened to a company's passport, told from the rows themselves: what was answered and when it was something
else, what was shown and withdrawn, who is connected, and of what the company was reminded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.core.models import AuditEntry
from app.core.workdays import date_words
from app.identity.models import Person
from providers.passport.evidence import files_shown
from providers.passport.models import ConnectedPerson, Evidence, EvidenceReminder, FormerAnswer, PassportAnswer
from providers.passport.questions import Question, Selection, selection_by_id
from providers.passport.state import answer_words

_CONNECTED = {
    "passport.connected.add": "Named as connected",
    "passport.connected.change": "Corrected what was said of",
    "passport.connected.end": "No longer connected",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing. `who` is None for what Homeward did by itself."""

    when: dt.datetime
    title: str
    who: str | None
    text: str = ""


def history_of(session: Session, organisation_id: str, *, limit: int = 100) -> list[Happened]:
    """The latest things first. The caller has checked that the actor may see the company."""
    labels = _Labels(session)
    found = [
        *_answers(session, organisation_id, labels),
        *_evidence(session, organisation_id, labels),
        *_connected(session, organisation_id),
        *_reminders(session, organisation_id, labels),
    ]
    return sorted(found, key=lambda one: (one.when, one.title), reverse=True)[:limit]


class _Labels:
    """What a question was called in the version that something was given to."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.versions: dict[str, Selection | None] = {}

    def question(self, key: str, policy_version_id: str | None) -> Question | None:
        """The question, None where that version cannot be read."""
        if policy_version_id is None:
            return None
        if policy_version_id not in self.versions:
            try:
                self.versions[policy_version_id] = selection_by_id(self.session, policy_version_id)
            except Invalid:
                self.versions[policy_version_id] = None
        version = self.versions[policy_version_id]
        return version.question(key) if version else None

    def label(self, key: str, policy_version_id: str | None) -> str:
        """Its words."""
        question = self.question(key, policy_version_id)
        return question.label if question else key.replace("_", " ").capitalize()

    def words(self, key: str, policy_version_id: str | None, value: str) -> str:
        """An answer in the words of its version."""
        question = self.question(key, policy_version_id)
        return answer_words(question, value) if question else value


def _answers(session: Session, organisation_id: str, labels: _Labels) -> Iterator[Happened]:
    before = FormerAnswer.organisation_id == organisation_id
    people = select(PassportAnswer.answered_by).where(PassportAnswer.organisation_id == organisation_id)
    whose = people.union(select(FormerAnswer.answered_by).where(before), select(FormerAnswer.replaced_by).where(before))
    names: dict[str, str] = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(whose))).all())
    live = set()
    for answer in session.scalars(select(PassportAnswer).where(PassportAnswer.organisation_id == organisation_id)):
        live.add((answer.question, answer.answered_at))
        title = f"Answered: {labels.label(answer.question, answer.policy_version_id)}"
        text = labels.words(answer.question, answer.policy_version_id, answer.value)
        yield Happened(answer.answered_at, title, names.get(answer.answered_by), text)
    former = list(session.scalars(select(FormerAnswer).where(FormerAnswer.organisation_id == organisation_id)))
    followed = live | {(one.question, one.answered_at) for one in former}
    for one in former:
        label = labels.label(one.question, one.policy_version_id)
        text = labels.words(one.question, one.policy_version_id, one.value)
        yield Happened(
            one.answered_at, f"Answered: {label}", names.get(one.answered_by), f"{text} (no longer the answer)"
        )
        if (one.question, one.replaced_at) not in followed:
            yield Happened(one.replaced_at, f"Took back the answer: {label}", names.get(one.replaced_by))


def _evidence(session: Session, organisation_id: str, labels: _Labels) -> Iterator[Happened]:
    for line in files_shown(session, organisation_id):
        row = line.evidence
        label = labels.label(row.question, row.policy_version_id)
        text = row.file_name if row.last_day is None else f"{row.file_name}, to {date_words(row.last_day)}"
        yield Happened(row.added_at, f"Showed: {label}", line.added_by, text)
        if row.withdrawn_at is not None:
            yield Happened(row.withdrawn_at, f"Withdrew: {label}", line.withdrawn_by, row.file_name)


def _connected(session: Session, organisation_id: str) -> Iterator[Happened]:
    rows = session.execute(
        select(AuditEntry.at, AuditEntry.act, ConnectedPerson.name, Person.name)
        .join(ConnectedPerson, ConnectedPerson.id == AuditEntry.subject_id)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(ConnectedPerson.organisation_id == organisation_id, AuditEntry.subject_kind == "connected_person")
    )
    for at, act, name, who in rows:
        yield Happened(at, f"{_CONNECTED[act]}: {name}", who)


def _reminders(session: Session, organisation_id: str, labels: _Labels) -> Iterator[Happened]:
    rows = session.execute(
        select(EvidenceReminder.told_at, EvidenceReminder.days, Evidence)
        .join(Evidence, Evidence.id == EvidenceReminder.evidence_id)
        .where(Evidence.organisation_id == organisation_id)
    )
    for told_at, days, row in rows:
        label = labels.label(row.question, row.policy_version_id)
        yield Happened(told_at, f"Reminded: {label} {'ends soon' if days else 'has ended'}", None)
