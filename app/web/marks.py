"""Marks as people read them: on the assessors' pages, and on the applicant's page once it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from providers.passport.questions import HIGHEST_SCORE, Marking, Question, Selection
from providers.passport.verdict import Line, Mark, Verdict, score_words


@dataclass(frozen=True, slots=True)
class Row:
    """One marked question: its result in words, the tone of its tag, the words behind it, and its part of the sum."""

    question: Question
    section: str
    result: str
    tone: str
    whys: tuple[str, ...]
    sum: str


def marked(verdict: Verdict, selection: Selection) -> list[Row]:
    """Every question that has its mark, in order."""
    return [
        Row(
            line.question,
            part.section.title,
            *result_of(line, verdict.least_score, selection),
            tuple(dict.fromkeys(mark.why for mark in ((line.agreed,) if line.agreed else line.marks))),
            f"{score_words(line.score)} × {line.question.weight} = {score_words(line.points)} of {line.most}"
            if line.score is not None
            else "",
        )
        for part in verdict.parts
        for line in part.lines
        if line.settled
    ]


def result_of(line: Line, least: int, selection: Selection) -> tuple[str, str]:
    """What a line comes to in words, and the tone of its tag."""
    if line.score is not None:
        whole = line.score.denominator == 1
        words = f": {selection.words[int(line.score)].partition(':')[0].lower()}" if whole else ""
        return f"{score_words(line.score)} of {HIGHEST_SCORE}{words}", "good" if line.score >= least else "bad"
    if line.passed is None:
        return "Not marked", "neutral"
    return ("Passed", "good") if line.passed else ("Failed", "bad")


def mark_words(mark: Mark) -> str:
    """One person's mark."""
    if mark.score is not None:
        return f"{mark.score} of {HIGHEST_SCORE}"
    return "Pass" if mark.passed else "Fail"


def mark_choices(question: Question, selection: Selection) -> tuple[tuple[str, str], ...]:
    """The marks that a question may have, with what each means."""
    if question.marking is Marking.SCORE:
        return tuple((str(score), f"{score}: {words}") for score, words in enumerate(selection.words))
    return (("pass", "Pass"), ("fail", "Fail"))


def sum_words(verdict: Verdict) -> str:
    """The whole sum as it can be checked by hand; "" where nothing is scored."""
    scored = [line for line in verdict.lines if line.score is not None]
    if not scored or verdict.per_cent is None:
        return ""
    exact = Fraction(100) * verdict.points / verdict.most
    cut = "" if exact.denominator == 1 else f", cut to {verdict.per_cent}"
    shown = f"{float(exact):.2f}".rstrip("0").rstrip(".")
    points = f"{score_words(verdict.points)} of {verdict.most} points"
    return f"{points}: 100 × {score_words(verdict.points)} ÷ {verdict.most} = {shown} per cent{cut}"
