"""One answer to a selection question: what may be kept of it, and how it reads.

An answer is kept as text: words as typed, a code, a date as 2027-03-31, a number in digits. Evidence is a file and is
not kept here.
"""

from __future__ import annotations

import datetime as dt
import unicodedata

from app.core.errors import Invalid
from app.core.workdays import date_words
from providers.passport.questions import AnswerKind, Question

LONGEST = 4000
YES_NO = (("yes", "Yes"), ("no", "No"))


def clean(question: Question, typed: str) -> str:
    """An answer as it is kept; "" where there is none. `Invalid` at the question's key says what is wrong with it."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        return ""
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t" for letter in text):
        raise Invalid("This answer has characters in it that cannot be seen. Type it again", field=question.key)
    if len(text) > LONGEST:
        raise Invalid(f"This answer must be {LONGEST:,} characters or fewer", field=question.key)
    fault = _fault(question, text)
    if fault is not None:
        raise Invalid(fault, field=question.key)
    return text


def choices_of(question: Question) -> tuple[tuple[str, str], ...]:
    """The codes that may be chosen, with their words; empty where the answer is typed."""
    return YES_NO if question.kind is AnswerKind.YES_NO else question.choices


def words_of(question: Question, value: str) -> str:
    """An answer as people read it; "" where there is none."""
    if question.kind is AnswerKind.DATE and value:
        return date_words(dt.date.fromisoformat(value))
    if question.kind is AnswerKind.NUMBER and value:
        return f"{int(value):,}"
    return dict(choices_of(question)).get(value, value)


def _fault(question: Question, text: str) -> str | None:
    if question.kind is AnswerKind.EVIDENCE:
        return "This question is answered with a file"
    codes = [code for code, _ in choices_of(question)]
    if codes and text not in codes:
        return "Choose one of the answers"
    if question.kind is AnswerKind.NUMBER and not (text.isascii() and text.isdigit() and len(text) <= 12):
        return "This answer must be a whole number, like 1200000"
    if question.kind is AnswerKind.DATE:
        try:
            dt.date.fromisoformat(text)
        except ValueError:
            return "This answer must be a real date, like 27 3 2027"
    return None
