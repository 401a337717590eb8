"""The selection questions in force: what a company answers once in its passport and a service in each application, what
a good answer must show, and how answers are marked.

Pure reading of the policy `selection`. Whoever answers or marks keeps the policy version beside the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.core.policies import Policy, by_id, has_any, in_force
from providers.market.status import ServiceType

POLICY = "selection"
_READ: dict[str, Selection] = {}  # a version of a policy never changes, so it is read from its content once
HIGHEST_SCORE = 4


class Scope(StrEnum):
    """Where a question is answered."""

    COMPANY = "company"
    SERVICE = "service"


class AnswerKind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    YES_NO = "yes_no"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    EVIDENCE = "evidence"


class Marking(StrEnum):
    """How an assessor marks an answer."""

    PASS_FAIL = "pass_fail"  # noqa: S105  # to pass, not a password
    SCORE = "score"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `evidence` names what a file shows; `service_types` empty: for all lots; `right` is the answer
    that passes, where there is one; `known` names the fact (known.py) with which an empty form is filled in.
    """

    key: str
    section: str
    kind: AnswerKind
    label: str
    hint: str
    good: str
    marking: Marking
    weight: int
    required: bool
    expires: bool
    evidence: str | None
    right: str | None
    choices: tuple[tuple[str, str], ...]
    service_types: frozenset[ServiceType]
    known: str | None = None

    def is_for(self, service_type: ServiceType) -> bool:
        """Whether it is asked on lots of this kind."""
        return not self.service_types or service_type in self.service_types


@dataclass(frozen=True, slots=True)
class Section:
    """A topic with its questions, in the order of the policy. `shows` names what stands beside them: company_facts,
    owners or connected_people.
    """

    key: str
    title: str
    scope: Scope
    questions: tuple[Question, ...]
    shows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Selection:
    """One version of the questions and how they are marked. `words` say what each score from 0 to 4 means.

    Of evidence: `most_years` that a last day may lie ahead, `most_files` and `most_megabytes` of one company (None: no
    limit), and the day from which what was never shown bars offers (None: never).
    """

    policy_version_id: str
    version: str
    sections: tuple[Section, ...]
    pass_per_cent: int
    least_score: int
    words: tuple[str, ...]
    grace_days: int
    remind_days: tuple[int, ...]
    second_assessor: frozenset[str]
    differ_by: int
    most_years: int | None = None
    most_files: int | None = None
    most_megabytes: int | None = None
    missing_bars_from: dt.date | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """All of them, in order."""
        return tuple(question for section in self.sections for question in section.questions)

    def of(self, scope: Scope) -> tuple[Section, ...]:
        """The sections that are answered there."""
        return tuple(section for section in self.sections if section.scope is scope)

    def section(self, key: str) -> Section | None:
        """A section by its key."""
        return next((section for section in self.sections if section.key == key), None)

    def scope_of(self, question: Question) -> Scope:
        """Where a question of this version is answered."""
        return next(section.scope for section in self.sections if section.key == question.section)

    def question(self, key: str) -> Question | None:
        """A question by its key."""
        return next((question for question in self.questions if question.key == key), None)

    def for_lot(self, service_type: ServiceType) -> tuple[Section, ...]:
        """The sections of a lot of this kind, each with the questions that are asked there."""
        asked = (
            (section, tuple(one for one in section.questions if one.is_for(service_type))) for section in self.sections
        )
        return tuple(replace(one, questions=questions) for one, questions in asked if questions)

    def evidence_for(self, service_type: ServiceType) -> tuple[Question, ...]:
        """Required evidence of a lot of this kind whose last day is watched."""
        return tuple(
            one
            for section in self.for_lot(service_type)
            for one in section.questions
            if one.kind is AnswerKind.EVIDENCE and one.required and one.expires
        )


def selection_on(session: Session, on: dt.date) -> Selection:
    """The questions in force on a date. `Invalid` where there are none or the policy is garbled."""
    return _read_once(in_force(session, POLICY, on))


def selection_or_none(session: Session, on: dt.date) -> Selection | None:
    """The questions in force on a date; None where none are, so that nothing is asked. `Invalid` for garbled ones."""
    if not has_any(session, POLICY, on):
        return None
    return selection_on(session, on)


def selection_by_id(session: Session, policy_version_id: str) -> Selection:
    """The questions that an answer was given to."""
    known = _READ.get(policy_version_id)
    return known if known is not None else _read_once(by_id(session, policy_version_id))


def _read_once(policy: Policy) -> Selection:
    if policy.id not in _READ:
        _READ[policy.id] = read(policy.content, policy.id, policy.version)
    return _READ[policy.id]


def read(content: Mapping[str, Any], policy_version_id: str, version: str) -> Selection:
    """From a policy's content. `Invalid` names what is wrong with it."""
    try:
        questions = [_question(raw) for raw in content["questions"]]
        sections = tuple(
            Section(
                str(raw["key"]),
                str(raw["title"]),
                Scope(raw["scope"]),
                tuple(question for question in questions if question.section == raw["key"]),
                frozenset(str(word) for word in raw.get("shows", ())),
            )
            for raw in content["sections"]
        )
        marking, evidence, second = content["marking"], content["evidence"], content["second_assessor"]
        found = Selection(
            policy_version_id=policy_version_id,
            version=version,
            sections=sections,
            pass_per_cent=int(marking["pass_per_cent"]),
            least_score=int(marking["least_score"]),
            words=tuple(str(words) for words in marking["words"]),
            grace_days=int(evidence["grace_days"]),
            remind_days=tuple(sorted((int(days) for days in evidence["remind_days"]), reverse=True)),
            second_assessor=frozenset(str(key) for key in second["sections"]),
            differ_by=int(second["differ_by"]),
            most_years=_whole(evidence, "most_years"),
            most_files=_whole(evidence, "most_files"),
            most_megabytes=_whole(evidence, "most_megabytes"),
            missing_bars_from=_day(evidence, "missing_bars_from"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"The selection policy lacks or garbles {error}.") from error
    keys = [question.key for question in questions]
    known = {section.key for section in sections}
    if len(set(keys)) != len(keys) or any(question.section not in known for question in questions):
        raise Invalid("In the selection policy a question is there twice or belongs to no section.")
    if len(found.words) != HIGHEST_SCORE + 1 or not 0 <= found.pass_per_cent <= 100:
        raise Invalid("The selection policy must have words for each score from 0 to 4 and a pass mark up to 100.")
    if not found.second_assessor <= known:
        raise Invalid("The selection policy asks for a second assessor of a section that it does not have.")
    return found


def _whole(evidence: Mapping[str, Any], name: str) -> int | None:
    return None if evidence.get(name) is None else int(evidence[name])


def _day(evidence: Mapping[str, Any], name: str) -> dt.date | None:
    return None if evidence.get(name) is None else dt.date.fromisoformat(str(evidence[name]))


def _question(raw: Mapping[str, Any]) -> Question:
    kind, marking = AnswerKind(raw["kind"]), Marking(raw["marking"])
    evidence = raw.get("evidence")
    if (kind is AnswerKind.EVIDENCE) != (evidence is not None):
        raise ValueError(f"what {raw['key']} is evidence of")
    return Question(
        key=str(raw["key"]),
        section=str(raw["section"]),
        kind=kind,
        label=str(raw["label"]),
        hint=str(raw.get("hint", "")),
        good=str(raw.get("good", "")),
        marking=marking,
        weight=int(raw.get("weight", 1)) if marking is Marking.SCORE else 0,
        required=bool(raw.get("required", True)),
        expires=bool(raw.get("expires", False)),
        evidence=None if evidence is None else str(evidence),
        right=None if raw.get("right") is None else str(raw["right"]),
        choices=tuple((str(code), str(words)) for code, words in raw.get("choices", ())),
        service_types=frozenset(ServiceType(word) for word in raw.get("service_types", ())),
        known=None if raw.get("known") is None else str(raw["known"]),
    )
