"""Selection questions as a form: the schema that judges what was typed and the looks of each question are made from the
policy's definition, in the company's passport and wherever else they are asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema
from marshmallow import fields as ma

from app.web.fields import Choice, DateField, Hidden, LongText, WholeNumber
from app.web.forms import Form
from providers.passport.answering import LARGEST_NUMBER, LONGEST_ANSWER
from providers.passport.questions import AnswerKind, Question

_YES_NO = (("yes", "Yes"), ("no", "No"))


def question_form(questions: Iterable[Question], values: Mapping[str, str], *, version: int = 0) -> Form:
    """A form of the questions that are answered in words, filled with stored answers. Everything may be left empty: it
    is saved as far as it goes.
    """
    asked = [question for question in questions if question.kind is not AnswerKind.EVIDENCE]
    schema = Schema.from_dict({**{one.key: field_of(one) for one in asked}, "version": Hidden(number=True)})
    filled = {one.key: _value(one, values.get(one.key, "")) for one in asked}
    return Form(schema, values={**filled, "version": version})


def field_of(question: Question) -> ma.Field[Any]:
    """One question as a field. It is marked as optional where the policy does not require it."""
    looks: dict[str, Any] = {"hint": question.hint, "required": False, "optional": not question.required}
    if question.kind is AnswerKind.CHOICE:
        return Choice(question.label, choices=question.choices, **looks)
    if question.kind is AnswerKind.YES_NO:
        return Choice(question.label, choices=_YES_NO, inline=True, **looks)
    if question.kind is AnswerKind.DATE:
        return DateField(question.label, **looks)
    if question.kind is AnswerKind.NUMBER:
        invalid = f"{question.label}: enter a whole number, like 250,000"
        return WholeNumber(question.label, invalid=invalid, most=LARGEST_NUMBER, width=10, **looks)
    return LongText(question.label, max_length=LONGEST_ANSWER, rows=5, count=True, **looks)


def stored(questions: Iterable[Question], data: Mapping[str, Any]) -> dict[str, str]:
    """What the form read, as answers are stored; "" where nothing was answered."""
    return {one.key: _text(data.get(one.key)) for one in questions if one.kind is not AnswerKind.EVIDENCE}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _value(question: Question, value: str) -> Any:
    if question.kind is AnswerKind.DATE and value:
        return dt.date.fromisoformat(value)
    return value
