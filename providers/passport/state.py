"""How far a company's passport is: each question with what was given, and whether it is done, to answer or out of
date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app.core.workdays import date_words
from providers.passport.dossier import Dossier, Shown
from providers.passport.expiry import Currency, currency_of
from providers.passport.models import PassportAnswer
from providers.passport.questions import AnswerKind, Question, Scope, Section, Selection

YES_NO = {"yes": "Yes", "no": "No"}


class Stands(StrEnum):
    """How one question stands. `anew`: it was answered, and asks something else now."""

    DONE = "done"
    TO_ANSWER = "to_answer"
    ANEW = "anew"
    ENDING = "ending"
    EXPIRED = "expired"
    LEFT_OUT = "left_out"


TO_DO = frozenset({Stands.TO_ANSWER, Stands.ANEW})


@dataclass(frozen=True, slots=True)
class Entry:
    """One question and what was given: an answer, or the file that counts."""

    question: Question
    answer: PassportAnswer | None
    shown: Shown | None
    stands: Stands

    @property
    def is_evidence(self) -> bool:
        """Whether it asks for a file."""
        return self.question.kind is AnswerKind.EVIDENCE

    @property
    def words(self) -> str:
        """What was given, as people read it; "" where nothing was."""
        if self.shown is not None:
            return self.shown.file_name
        return "" if self.answer is None else answer_words(self.question, self.answer.value)


@dataclass(frozen=True, slots=True)
class SectionState:
    """A section with its entries."""

    section: Section
    entries: tuple[Entry, ...]

    def count(self, *stands: Stands) -> int:
        """How many entries stand so."""
        return sum(entry.stands in stands for entry in self.entries)

    @property
    def is_done(self) -> bool:
        """Whether nothing is to answer and nothing is out of date."""
        return not self.count(Stands.TO_ANSWER, Stands.ANEW, Stands.EXPIRED)

    @property
    def is_begun(self) -> bool:
        """Whether anything was given."""
        return any(entry.answer or entry.shown for entry in self.entries)


def passport_state(session: Session, organisation_id: str, selection: Selection, on: dt.date) -> list[SectionState]:
    """The sections about the company in the order of the questions. The caller has checked that the actor may see
    it.
    """
    given = Dossier.of(session, organisation_id, selection)
    return [
        SectionState(section, tuple(_entry(selection, given, question, on) for question in section.questions))
        for section in selection.of(Scope.COMPANY)
    ]


def answer_words(question: Question, value: str) -> str:
    """A stored answer as people read it."""
    if question.kind is AnswerKind.CHOICE:
        return dict(question.choices).get(value, value)
    if question.kind is AnswerKind.YES_NO:
        return YES_NO.get(value, value)
    if question.kind is AnswerKind.NUMBER and value.isdigit():
        return f"{int(value):,}"
    if question.kind is AnswerKind.DATE:
        return date_words(dt.date.fromisoformat(value))
    return value


def _entry(selection: Selection, given: Dossier, question: Question, on: dt.date) -> Entry:
    shown = given.evidence.get(question.key) if question.kind is AnswerKind.EVIDENCE else None
    answer = given.answers.get(question.key) if question.kind is not AnswerKind.EVIDENCE else None
    return Entry(question, answer, shown, _stands(selection, given, question, on, shown, answer))


def _stands(
    selection: Selection,
    given: Dossier,
    question: Question,
    on: dt.date,
    shown: Shown | None,
    answer: PassportAnswer | None,
) -> Stands:
    if shown is None and answer is None:
        return Stands.TO_ANSWER if question.required else Stands.LEFT_OUT
    if question.key in given.changed:
        return Stands.ANEW
    if shown is None:
        return Stands.DONE
    currency, _ = currency_of(shown.last_day, on, grace_days=selection.grace_days, remind_days=selection.remind_days)
    if currency in (Currency.LAPSED, Currency.BARRING):
        return Stands.EXPIRED
    return Stands.ENDING if currency is Currency.ENDING else Stands.DONE
