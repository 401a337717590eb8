"""Selection questions on a page, in the company's passport and in an application: one schema for a section, built from
the questions themselves.

Everything may be left empty while it is saved. A question that is answered with a file has two boxes: the file, and the
last day on which it holds where it has one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema

from app.core.errors import Invalid
from app.core.files import Accepted
from app.web.fields import Choice, DateField, Hidden, LongText, Question, Upload, WholeNumber
from app.web.forms import Form
from app.web.uploads import uploaded
from providers.passport.answers import LONGEST, choices_of
from providers.passport.frozen import Given
from providers.passport.questions import AnswerKind
from providers.passport.questions import Question as Asked

ANY_NUMBER = 999_999_999_999


def schema_of(questions: Iterable[Asked], **more: Question) -> Schema:
    """The schema of a section, and of what else stands on its page."""
    fields: dict[str, Any] = {}
    for question in questions:
        fields[question.key] = _field(question)
        if question.kind is AnswerKind.EVIDENCE and question.expires:
            fields[last_day_of(question)] = DateField(
                "Last day on which it holds", hint="For example, 27 3 2027", required=False, optional=False
            )
    return Schema.from_dict({**fields, **more}, name="Questions")()


def typed_form(questions: Iterable[Asked], answers: Mapping[str, str], *, version: int = 0) -> Form:
    """A form of the questions that are answered in words and not with a file, filled with stored answers."""
    typed = [question for question in questions if question.kind is not AnswerKind.EVIDENCE]
    values = {question.key: _value(question, answers.get(question.key, "")) for question in typed}
    return Form(schema_of(typed, version=Hidden(number=True)), values={**values, "version": version})


def last_day_of(question: Asked) -> str:
    """The name of the box for the last day of a question's file."""
    return f"{question.key}_last_day"


def values_of(questions: Iterable[Asked], given: Mapping[str, Given]) -> dict[str, Any]:
    """What was answered before, as the form holds it. A file is not given back."""
    values: dict[str, Any] = {}
    for question in questions:
        values[question.key] = _value(question, given[question.key].value if question.key in given else "")
    return values


def answers_in(questions: Iterable[Asked], data: Mapping[str, Any]) -> dict[str, str]:
    """What was typed, as text, by question; without files."""
    return {
        question.key: _text(data.get(question.key))
        for question in questions
        if question.kind is not AnswerKind.EVIDENCE
    }


def files_in(questions: Iterable[Asked], form: Form) -> list[tuple[Asked, Accepted, dt.date | None]]:
    """The files that came with the form and their last days. `Invalid` at the box of one that is not accepted, or of a
    last day without its file.
    """
    found = []
    for question in questions:
        if question.kind is AnswerKind.EVIDENCE:
            accepted = uploaded(question.key)
            if accepted is None and form.data.get(last_day_of(question)) is not None:
                raise Invalid("Choose the file that this last day is of", field=question.key)
            if accepted is not None:
                found.append((question, accepted, form.data.get(last_day_of(question))))
    return found


def _field(question: Asked) -> Question:
    looks: dict[str, Any] = {"hint": question.hint, "required": False, "optional": not question.required}
    if question.kind is AnswerKind.EVIDENCE:
        return Upload(question.label, hint=question.hint, optional=not question.required)
    if question.kind is AnswerKind.DATE:
        return DateField(question.label, **looks)
    if question.kind is AnswerKind.NUMBER:
        invalid = f"{question.label}: enter a whole number, like 250,000"
        return WholeNumber(question.label, invalid=invalid, most=ANY_NUMBER, width=10, **looks)
    choices = choices_of(question)
    if choices:
        return Choice(question.label, choices=choices, inline=question.kind is AnswerKind.YES_NO, **looks)
    return LongText(question.label, max_length=LONGEST, rows=6, count=True, **looks)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _value(question: Asked, stored: str) -> Any:
    return dt.date.fromisoformat(stored) if question.kind is AnswerKind.DATE and stored else stored
