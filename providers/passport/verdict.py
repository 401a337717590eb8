"""What the assessors' marks of one application come to: who has marked what, what counts, and the sum.

Pure rules over marks. In a section that asks for two assessors the first two people who have marked all of it count,
and neither knows the other's marks before both have. Where they differ by more than the policy allows, or one passes
what the other fails, a mark that is agreed counts, with its reasons. Otherwise a score is the middle of the two. In
every other section the newest mark counts.

The sum is the weighted mean of the scores: weight times score, over weight times the highest score, as a whole per
cent that is never rounded up, so that a whole pass mark is reached exactly when the exact figure reaches it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from providers.passport.questions import HIGHEST_SCORE, Marking, Question, Section, Selection
from providers.passport.status import MarkKind


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: pass or fail, or a score from 0 to 4, with its words. `number` is its place in the application."""

    id: str
    number: int
    question: str
    kind: MarkKind
    passed: bool | None
    score: int | None
    why: str
    by: str
    at: dt.datetime
    carried_from_id: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One question: the marks that count, and what comes of them.

    `passed` is for what is passed or failed, `score` for what is scored; both None while it is not settled.
    """

    question: Question
    marks: tuple[Mark, ...]
    agreed: Mark | None
    to_agree: bool
    passed: bool | None
    score: Fraction | None

    @property
    def settled(self) -> bool:
        """Whether it has its mark."""
        return self.passed is not None or self.score is not None

    @property
    def points(self) -> Fraction:
        """Weight times score; 0 for what is not scored."""
        return self.score * self.question.weight if self.score is not None else Fraction(0)

    @property
    def most(self) -> int:
        """The most points that there are; 0 for what is not scored."""
        return HIGHEST_SCORE * self.question.weight if self.question.marking is Marking.SCORE else 0


@dataclass(frozen=True, slots=True)
class Part:
    """One section: its lines, whom it waits for, and who has marked all of it. `assessors` are those who count."""

    section: Section
    double: bool
    lines: tuple[Line, ...]
    assessors: tuple[str, ...]
    begun: frozenset[str]

    @property
    def settled(self) -> bool:
        """Whether every answer has its mark."""
        return all(line.settled for line in self.lines)

    @property
    def to_agree(self) -> tuple[Line, ...]:
        """Lines on which two assessors differ too much and nothing is agreed yet."""
        return tuple(line for line in self.lines if line.to_agree and line.agreed is None)

    @property
    def is_closed(self) -> bool:
        """Whether two people have marked it, so that nobody marks it any more."""
        return self.double and len(self.assessors) == 2

    @property
    def is_seen(self) -> bool:
        """Whether people may see each other's marks: not before both are there, where two mark unseen."""
        return not self.double or self.is_closed


@dataclass(frozen=True, slots=True)
class Verdict:
    """All the sections that are marked, and the sum. `per_cent` is None where nothing is scored, or not all of it."""

    parts: tuple[Part, ...]
    pass_per_cent: int
    least_score: int

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every question that is marked, in order."""
        return tuple(line for part in self.parts for line in part.lines)

    @property
    def settled(self) -> bool:
        """Whether every answer has its mark."""
        return all(part.settled for part in self.parts)

    @property
    def points(self) -> Fraction:
        """The points so far."""
        return sum((line.points for line in self.lines), Fraction(0))

    @property
    def most(self) -> int:
        """The most points that there are."""
        return sum(line.most for line in self.lines)

    @property
    def per_cent(self) -> int | None:
        """The sum as a whole per cent, cut and not rounded."""
        if not self.settled or not self.most:
            return None
        return int(100 * self.points / self.most)

    @property
    def failed(self) -> tuple[Line, ...]:
        """Answers that failed, and scores below the least."""
        return tuple(
            line
            for line in self.lines
            if line.passed is False or (line.score is not None and line.score < self.least_score)
        )

    @property
    def below(self) -> bool:
        """Whether the sum is below the pass mark."""
        return self.per_cent is not None and self.per_cent < self.pass_per_cent

    def against(self) -> list[str]:
        """Why the marks do not allow an approval, as sentences; none where they do."""
        said = [
            f"{line.question.label} was failed."
            if line.passed is False
            else f"{line.question.label} has {score_words(line.score)} of {HIGHEST_SCORE}; "
            f"{self.least_score} is the least."
            for line in self.failed
        ]
        if self.below:
            said.append(f"The scores come to {self.per_cent} per cent, and {self.pass_per_cent} is the least.")
        return said

    def waits_for(self) -> list[str]:
        """What is still to be done before a decision, as sentences."""
        said = []
        for part in self.parts:
            if part.to_agree:
                said.append(f"{part.section.title}: two assessors differ, so a mark has to be agreed.")
            elif not part.settled:
                second = part.double and len(part.assessors) == 1
                said.append(
                    f"{part.section.title}: {'a second assessor has not marked it' if second else 'not all is marked'}."
                )
        return said

    def part(self, key: str) -> Part | None:
        """One section by its key."""
        return next((part for part in self.parts if part.section.key == key), None)


def score_words(score: Fraction | int | None) -> str:
    """3, or 2.5: scores are whole, and the middle of two is a half at most."""
    if score is None:
        return ""
    score = Fraction(score)
    return str(score.numerator) if score.denominator == 1 else f"{float(score):.1f}"


def verdict(
    selection: Selection, sections: Iterable[tuple[Section, Sequence[Question]]], marks: Iterable[Mark]
) -> Verdict:
    """What marks come to over sections, each with those of its questions that are marked."""
    by_question: dict[str, list[Mark]] = {}
    for mark in sorted(marks, key=lambda one: one.number):
        by_question.setdefault(mark.question, []).append(mark)
    parts = tuple(
        _part(section, tuple(questions), by_question, selection) for section, questions in sections if questions
    )
    return Verdict(parts, selection.pass_per_cent, selection.least_score)


def newest_of(marks: Iterable[Mark], person_id: str) -> dict[str, Mark]:
    """A person's own newest mark of each question."""
    own = (mark for mark in marks if mark.by == person_id and mark.kind is MarkKind.OWN)
    return {mark.question: mark for mark in sorted(own, key=lambda one: one.number)}


def _part(
    section: Section, questions: tuple[Question, ...], marks: Mapping[str, Sequence[Mark]], selection: Selection
) -> Part:
    double = section.key in selection.second_assessor
    own = [mark for question in questions for mark in marks.get(question.key, ()) if mark.kind is MarkKind.OWN]
    begun = frozenset(mark.by for mark in own)
    assessors = _assessors(questions, own)[: 2 if double else None]
    lines = tuple(_line(question, marks.get(question.key, ()), assessors, double, selection) for question in questions)
    return Part(section, double, lines, assessors, begun)


def _assessors(questions: tuple[Question, ...], own: Sequence[Mark]) -> tuple[str, ...]:
    """Who has marked every question, in the order in which each was done with it."""
    first: dict[tuple[str, str], int] = {}
    for mark in own:
        key = (mark.by, mark.question)
        first[key] = min(first.get(key, mark.number), mark.number)
    done = {
        person: max(first[person, question.key] for question in questions)
        for person in {mark.by for mark in own}
        if all((person, question.key) in first for question in questions)
    }
    return tuple(sorted(done, key=lambda person: done[person]))


def _line(
    question: Question, marks: Sequence[Mark], assessors: tuple[str, ...], double: bool, selection: Selection
) -> Line:
    if not double:
        newest = marks[-1] if marks else None
        score = Fraction(newest.score) if newest and newest.score is not None else None
        passed = newest.passed if newest else None
        return Line(question, (newest,) if newest else (), None, False, passed, score)
    if len(assessors) < 2:
        return Line(question, (), None, False, None, None)
    pair = tuple(newest_of(marks, person)[question.key] for person in assessors)
    to_agree = _differ(pair, selection.differ_by)
    agreed = next((mark for mark in reversed(marks) if mark.kind is MarkKind.AGREED), None) if to_agree else None
    counting = (agreed,) if agreed else () if to_agree else pair
    scores = [mark.score for mark in counting if mark.score is not None]
    return Line(
        question,
        pair,
        agreed,
        to_agree,
        counting[0].passed if counting else None,
        Fraction(sum(scores), len(scores)) if scores else None,
    )


def _differ(pair: Sequence[Mark], differ_by: int) -> bool:
    """Whether two marks are too far apart to be taken together."""
    first, second = pair
    if first.score is not None and second.score is not None:
        return abs(first.score - second.score) > differ_by
    return first.passed is not second.passed
