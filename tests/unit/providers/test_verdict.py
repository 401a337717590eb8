"""What the assessors' marks come to: worked cases, an independent slow recount, and what holds for any marks."""

from __future__ import annotations

import datetime as dt
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.policies import SHIPPED, read_file
from providers.market.status import ServiceType
from providers.passport.questions import Marking, Question, Section, Selection, read
from providers.passport.status import MarkKind
from providers.passport.verdict import Mark, Verdict, newest_of, score_words, verdict

CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[2] / "cases/accreditation/sums.toml").read_text("utf-8")
)["cases"]
NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
TWICE = {"safeguarding", "quality"}


def shipped() -> Selection:
    """The questions that the product ships."""
    _, version, _, _, content = read_file(SHIPPED / "selection-2026-11.toml")
    return read(content, "p" * 22, version)


SELECTION = shipped()
SECTIONS: list[tuple[Section, list[Question]]] = [
    (section, [one for one in section.questions if one.marking is not Marking.NONE and one.required])
    for section in SELECTION.for_lot(ServiceType.RESIDENTIAL)
]


def mark(number: int, question: str, value: int | str, by: str, kind: MarkKind = MarkKind.OWN) -> Mark:
    passed, score = (value == "pass", None) if isinstance(value, str) else (None, value)
    return Mark(f"m{number}", number, question, kind, passed, score, "Because.", by, NOON)


def marks_of(case: dict[str, Any]) -> list[Mark]:
    """The marks of a worked case: the first assessor marks all, the second the sections that two people mark."""
    found: list[Mark] = []
    for person, name in enumerate(("first", "second")):
        for section, questions in SECTIONS:
            for question in questions:
                given_to = case["scores"].get(question.key, "pass")
                pair = given_to if isinstance(given_to, list) else [given_to] * 2
                if person and (section.key not in TWICE or (section.key == "safeguarding" and one_only(case))):
                    continue
                found.append(mark(len(found) + 1, question.key, pair[min(person, len(pair) - 1)], name))
    for key, value in case.get("agreed", {}).items():
        found.append(mark(len(found) + 1, key, value, "third", MarkKind.AGREED))
    return found


def one_only(case: dict[str, Any]) -> bool:
    """Whether nobody has marked safeguarding a second time."""
    return case["scores"].get("safeguarding_policy") == ["pass"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_marks_come_to_what_was_worked_by_hand(case: dict[str, Any]) -> None:
    found = verdict(SELECTION, SECTIONS, marks_of(case))
    assert found.waits_for() == case.get("waits", [])
    if "waits" in case:
        assert found.per_cent is None
        return
    assert (score_words(found.points), found.most, found.per_cent) == (case["points"], 56, case["per_cent"])
    assert (found.against() == []) is case["approvable"]


PEOPLE = st.sampled_from(["anna", "ben", "cleo"])
KEYS = [question.key for _, questions in SECTIONS for question in questions if question.weight]
ANY = st.lists(st.tuples(PEOPLE, st.sampled_from(KEYS), st.integers(0, 4), st.booleans()), max_size=40)
WHOLE = st.tuples(
    *(
        st.tuples(st.just(who), st.just(key), st.integers(0, 4), st.just(False))
        for who in ("anna", "ben")
        for key in KEYS
    )
)
MANY = st.one_of(ANY, st.tuples(ANY, WHOLE, ANY).map(lambda three: [*three[0], *three[1], *three[2]]))
"""Marks as they come, or with two people among them who have marked everything."""


def built(drawn: list[tuple[str, str, int, bool]]) -> list[Mark]:
    return [
        mark(number, key, score, who, MarkKind.AGREED if agreed else MarkKind.OWN)
        for number, (who, key, score, agreed) in enumerate(drawn, start=1)
    ]


SCORED = [(section, [one for one in questions if one.weight]) for section, questions in SECTIONS]


def slow(marks: list[Mark], key: str) -> Fraction | None:
    """One question's score by the policy's words alone, one mark after the other."""
    section = next(section.key for section, questions in SCORED for one in questions if one.key == key)
    peers = [one.key for part, questions in SCORED for one in questions if part.key == section]
    own: dict[str, dict[str, int]] = {}
    done: list[str] = []
    for one in marks:
        if one.kind is MarkKind.OWN and one.question in peers and one.score is not None:
            own.setdefault(one.by, {})[one.question] = one.score
            if len(own[one.by]) == len(peers) and one.by not in done:
                done.append(one.by)
    if section not in TWICE:
        scores = [one.score for one in marks if one.question == key and one.score is not None]
        return Fraction(scores[-1]) if scores else None
    if len(done) < 2:
        return None
    first, second = (own[who][key] for who in done[:2])
    if abs(first - second) <= 1:
        return Fraction(first + second, 2)
    agreed = [
        one.score for one in marks if one.question == key and one.kind is MarkKind.AGREED and one.score is not None
    ]
    return Fraction(agreed[-1]) if agreed else None


@given(MANY)
def test_every_score_equals_a_slow_recount(drawn: list[tuple[str, str, int, bool]]) -> None:
    marks = built(drawn)
    found = verdict(SELECTION, SCORED, marks)
    for line in found.lines:
        assert line.score == slow(marks, line.question.key)
    assert found.points == sum((line.score or 0) * line.question.weight for line in found.lines)


@given(MANY, st.integers(0, 100))
def test_a_whole_pass_mark_is_reached_exactly_when_the_exact_figure_reaches_it(
    drawn: list[tuple[str, str, int, bool]], pass_mark: int
) -> None:
    found = verdict(SELECTION, SCORED, built(drawn))
    found = Verdict(found.parts, pass_mark, found.least_score)
    if found.per_cent is not None:
        assert found.below is (100 * found.points < pass_mark * found.most)


@given(MANY)
def test_nobody_is_both_assessors(drawn: list[tuple[str, str, int, bool]]) -> None:
    for part in verdict(SELECTION, SCORED, built(drawn)).parts:
        assert len(set(part.assessors)) == len(part.assessors)
        assert part.is_closed is (part.double and len(part.assessors) == 2)
        assert part.is_seen is (part.is_closed or not part.double)


def test_a_third_person_changes_nothing_of_what_two_have_marked() -> None:
    marks = marks_of(CASES[0])
    later = [mark(len(marks) + number, one.key, 0, "late") for number, one in enumerate(SECTIONS[-1][1], start=1)]
    assert verdict(SELECTION, SECTIONS, [*marks, *later]).per_cent == 75


def test_a_persons_newest_mark_of_a_question_counts() -> None:
    marks = [mark(1, "voice", 1, "anna"), mark(2, "voice", 3, "ben"), mark(3, "voice", 4, "anna")]
    assert newest_of(marks, "anna")["voice"].score == 4
    assert newest_of([*marks, mark(4, "voice", 0, "anna", MarkKind.AGREED)], "anna")["voice"].score == 4
