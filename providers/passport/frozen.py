"""What a company and its service had said and shown at the moment at which an application was sent.

That is what is assessed. The passport may change afterwards, and evidence may be renewed: the application keeps its
picture, as JSON with plain words in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from providers.passport.dossier import Dossier
from providers.passport.models import Application, ApplicationAnswer
from providers.passport.questions import AnswerKind, Marking, Question, Scope, Selection


@dataclass(frozen=True, slots=True)
class Given:
    """What was given to one question: a value, or a file with its last day. `at`: when it was given."""

    question: str
    at: dt.datetime
    value: str = ""
    evidence_id: str | None = None
    file_name: str = ""
    last_day: dt.date | None = None

    def same_as(self, other: Given) -> bool:
        """Whether it says and shows the same, whenever it was given."""
        return (self.value, self.evidence_id) == (other.value, other.evidence_id)


def given_now(session: Session, application: Application, selection: Selection) -> dict[str, Given]:
    """What stands now in the company's passport and in the application itself, by question, for its lot; without
    evidence of the service that was shown when its question asked something else.
    """
    organisation_id = application.claim.organisation_id
    own = {
        one.question: one
        for one in session.scalars(select(ApplicationAnswer).where(ApplicationAnswer.application_id == application.id))
    }
    dossier = Dossier.of(session, organisation_id, selection, claim_id=application.claim_id)
    shown = {key: file for key, file in dossier.evidence.items() if file.claim_id is None or key not in dossier.changed}
    found: dict[str, Given] = {}
    for section in selection.for_lot(application.lot.service_type):
        for question in section.questions:
            if question.kind is AnswerKind.EVIDENCE:
                file = shown.get(question.key)
                if file is not None:
                    found[question.key] = Given(
                        question.key,
                        file.added_at,
                        evidence_id=file.evidence_id,
                        file_name=file.file_name,
                        last_day=file.last_day,
                    )
                continue
            answer = (dossier.answers if section.scope is Scope.COMPANY else own).get(question.key)
            if answer is not None and answer.value:
                found[question.key] = Given(question.key, answer.answered_at, value=answer.value)
    return found


def freeze(given: Mapping[str, Given]) -> dict[str, Any]:
    """The picture as JSON."""
    return {
        key: {
            "at": one.at.astimezone(dt.UTC).isoformat(),
            "value": one.value,
            "evidence_id": one.evidence_id,
            "file_name": one.file_name,
            "last_day": one.last_day.isoformat() if one.last_day else None,
        }
        for key, one in given.items()
    }


def thawed(application: Application) -> dict[str, Given]:
    """What was given when the application was sent, by question; nothing for one that was sent before this was kept."""
    return {
        key: Given(
            key,
            dt.datetime.fromisoformat(one["at"]),
            value=one["value"],
            evidence_id=one["evidence_id"],
            file_name=one["file_name"],
            last_day=dt.date.fromisoformat(one["last_day"]) if one["last_day"] else None,
        )
        for key, one in (application.frozen or {}).items()
    }


def given_to(session: Session, application: Application, selection: Selection) -> dict[str, Given]:
    """What counts for an application: the picture once it is sent, what stands now while it is a draft."""
    if application.submitted_at is None:
        return given_now(session, application, selection)
    return thawed(application)


def is_marked(question: Question, given: Mapping[str, Given]) -> bool:
    """Whether an answer is marked: not a mere fact, and not an optional question that was left empty."""
    return question.marking is not Marking.NONE and (question.required or question.key in given)
