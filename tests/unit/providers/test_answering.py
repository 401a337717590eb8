"""One answer to a selection question: what is kept, what is refused at its field, and how it reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.errors import Invalid
from providers.passport.answers import clean, words_of
from providers.passport.questions import AnswerKind, Marking, Question

ASKED = Question(
    key="made_up",
    section="service",
    kind=AnswerKind.TEXT,
    label="A made-up question",
    hint="",
    good="",
    marking=Marking.NONE,
    weight=0,
    required=True,
    expires=False,
    evidence=None,
    right=None,
    choices=(),
    service_types=frozenset(),
)


def asked(kind: str, **other: object) -> Question:
    return replace(ASKED, kind=AnswerKind(kind), **other)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "reads"),
    [
        ("text", "  two\r\nlines ", "two\nlines", "two\nlines"),
        ("yes_no", "no", "no", "No"),
        ("number", "2400000", "2400000", "2,400,000"),
        ("date", "2026-12-03", "2026-12-03", "3 December 2026"),
        ("text", " ", "", ""),
        ("date", "", "", ""),
    ],
)
def test_an_answer_is_kept_as_text_and_reads_as_words(kind: str, typed: str, kept: str, reads: str) -> None:
    assert clean(asked(kind), typed) == kept
    assert words_of(asked(kind), kept) == reads


@pytest.mark.parametrize(
    ("kind", "typed", "message"),
    [
        ("yes_no", "maybe", "Choose one of the answers"),
        ("number", "-3", "must be a whole number"),
        ("number", "12.5", "must be a whole number"),
        ("date", "2026-02-30", "must be a real date"),
        ("text", "a\x00b", "cannot be seen"),
        ("text", "a" * 4001, "4,000 characters or fewer"),
        ("evidence", "words", "answered with a file"),
    ],
)
def test_what_cannot_be_an_answer_is_refused_at_its_question(kind: str, typed: str, message: str) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        clean(asked(kind), typed)
    assert refused.value.field == "made_up"


def test_a_code_that_is_not_offered_is_refused_and_one_that_is_reads_as_its_words() -> None:
    question = asked("choice", choices=(("cic", "Community interest company"),))
    assert words_of(question, clean(question, "cic")) == "Community interest company"
    with pytest.raises(Invalid, match="Choose one of the answers"):
        clean(question, "plc")
