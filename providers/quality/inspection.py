"""The inspection part of the quality score: points for what the inspector judged, less points for the age of the
inspection.

A pure rule over frozen values. All points are whole numbers; the parts of a known score add up to it exactly. What
cannot be scored is unknown (None) with its reason, never nought: a service that was not yet inspected has not failed
(F-13), a contradictory judgement waits for a person (F-10), a school report card is no four-grade judgement (F-17).
Only graded full inspections come in here (F-20).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.errors import Invalid

GRADES = ("outstanding", "good", "requires_improvement", "inadequate")
OUTCOMES = ("consistently_strong", "inconsistent", "serious_weaknesses")
JUDGEMENTS = ("overall", "protected", "leaders")
WHOLE = 100


class Framework(StrEnum):
    """How a judgement was expressed. They are never translated into each other."""

    FOUR_GRADES = "four_grades"
    SUPPORTED_OUTCOME = "supported_outcome"
    REPORT_CARD = "report_card"


class Unknown(StrEnum):
    """Why there is no score."""

    NOT_INSPECTED = "not_inspected"
    CONTRADICTORY = "contradictory"
    REPORT_CARD = "report_card"
    NOT_SCORED = "not_scored"


UNKNOWN_WORDS: dict[Unknown, str] = {
    Unknown.NOT_INSPECTED: "Not yet inspected, so the score is not known. It does not count as nought.",
    Unknown.CONTRADICTORY: "The latest judgement contradicts itself, so it waits for a commissioner and is not scored.",
    Unknown.REPORT_CARD: "The latest inspection is a school report card. No policy here says how one is scored.",
    Unknown.NOT_SCORED: "The policy does not score this kind of registration.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The latest graded full inspection of a registration. Judgements are policy words; a judgement of None was not
    made.

    `words` are the labels as Ofsted wrote them, by judgement, so that a page keeps them (F-11).
    """

    framework: Framework
    inspected_on: dt.date
    overall: str | None = None
    protected: str | None = None
    leaders: str | None = None
    outcome: str | None = None
    contradictory: bool = False
    words: Mapping[str, str] | None = None

    def said(self, judgement: str) -> str:
        """What Ofsted wrote for a judgement, else the grade in words."""
        written = (self.words or {}).get(judgement)
        return written or str(getattr(self, judgement) or "").replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the addition. `points` may be below nought (age); `most` is what it could have given, 0 for a
    deduction.
    """

    key: str
    label: str
    said: str
    points: int
    most: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A score out of 100 with the parts that add up to it; or None with the reason and no parts."""

    score: int | None
    parts: tuple[Part, ...]
    unknown: Unknown | None


@dataclass(frozen=True, slots=True)
class InspectionPolicy:
    """The numbers of one policy version, checked."""

    labels: Mapping[str, str]
    points: Mapping[str, Mapping[str, int]]
    outcome_label: str
    outcomes: Mapping[str, int]
    months_for_a_point: int
    most_age_points: int
    expected_months: Mapping[str, int]
    historic: Mapping[str, str]
    scored: frozenset[str]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> InspectionPolicy:
        """From a policy's content. `Invalid` names what is wrong: tables that do not reach 100, a worse grade with
        more points.
        """
        try:
            graded, supported, age = content["graded"], content["supported"], content["age"]
            policy = cls(
                labels={judgement: str(graded[judgement]["label"]) for judgement in JUDGEMENTS},
                points={j: {grade: int(graded[j][grade]) for grade in GRADES} for j in JUDGEMENTS},
                outcome_label=str(supported["label"]),
                outcomes={outcome: int(supported[outcome]) for outcome in OUTCOMES},
                months_for_a_point=int(age["months_for_a_point"]),
                most_age_points=int(age["most_points"]),
                expected_months={str(kind): int(months) for kind, months in age["expected_months"].items()},
                historic={str(old): str(new) for old, new in content["historic"].items()},
                scored=frozenset(content["scored"]["registrations"]),
            )
            weights = content["weights"]
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"The quality policy lacks or garbles {error}.") from error
        if weights != {"inspection": WHOLE}:
            raise Invalid("This version of the quality score has one part: inspection must weigh 100 per cent.")
        if sum(policy.points[j]["outstanding"] for j in JUDGEMENTS) != WHOLE:
            raise Invalid("The points for Outstanding in the three judgements must add up to 100.")
        tables = [[table[grade] for grade in GRADES] for table in policy.points.values()]
        tables.append([policy.outcomes[outcome] for outcome in OUTCOMES])
        if any(table != sorted(table, reverse=True) or table[-1] < 0 or table[0] > WHOLE for table in tables):
            raise Invalid("In the quality policy a worse judgement must not have more points than a better one.")
        if policy.months_for_a_point < 1 or not 0 <= policy.most_age_points <= WHOLE:
            raise Invalid("The quality policy's deduction for age is not usable.")
        return policy

    def grade(self, word: str) -> str:
        """The band that a grade is scored in; a historic label goes to the band that the policy names (F-11)."""
        return self.historic.get(word, word)


def full_months(earlier: dt.date, later: dt.date) -> int:
    """Whole months from one date to another: 31 January to 28 February is none. Never below nought."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
    return max(0, months)


def score(policy: InspectionPolicy, registration: str, inspection: Inspection | None, on: dt.date) -> Scored:
    """The score of a registration on a date. `registration` is a word of the policy's `scored` list.

    An unknown grade is an error, never a default (F-12).
    """
    unknown = _why_unknown(policy, registration, inspection)
    if unknown is not None or inspection is None:
        return Scored(None, (), unknown)
    if inspection.framework is Framework.SUPPORTED_OUTCOME:
        outcome = str(inspection.outcome)
        if outcome not in policy.outcomes:
            raise Invalid(f"The quality policy has no points for the outcome {outcome!r}.")
        best = policy.outcomes["consistently_strong"]
        parts = [Part("outcome", policy.outcome_label, inspection.said("outcome"), policy.outcomes[outcome], best)]
    else:
        parts = _graded_parts(policy, inspection)
    reached = sum(part.points for part in parts)
    parts.append(_age_part(policy, registration, inspection.inspected_on, on, reached))
    return Scored(sum(part.points for part in parts), tuple(parts), None)


def _why_unknown(policy: InspectionPolicy, registration: str, inspection: Inspection | None) -> Unknown | None:
    if registration not in policy.scored:
        return Unknown.NOT_SCORED
    if inspection is None:
        return Unknown.NOT_INSPECTED
    if inspection.contradictory:
        return Unknown.CONTRADICTORY
    if inspection.framework is Framework.REPORT_CARD:
        return Unknown.REPORT_CARD
    judged = inspection.outcome if inspection.framework is Framework.SUPPORTED_OUTCOME else inspection.overall
    return Unknown.NOT_INSPECTED if judged is None else None


def _graded_parts(policy: InspectionPolicy, inspection: Inspection) -> list[Part]:
    parts = []
    overall = policy.grade(str(inspection.overall))
    for judgement in JUDGEMENTS:
        made = getattr(inspection, judgement)
        grade = overall if made is None else policy.grade(made)
        table = policy.points[judgement]
        if grade not in table:
            raise Invalid(f"The quality policy has no points for the grade {grade!r}.")
        said = inspection.said(judgement) if made is not None else "Not judged separately, so as overall"
        # Overall Inadequate ends it: a better judgement beside it must not buy points back.
        points = 0 if overall == "inadequate" else table[grade]
        parts.append(Part(judgement, policy.labels[judgement], said, points, table["outstanding"]))
    return parts


def _age_part(policy: InspectionPolicy, registration: str, inspected_on: dt.date, on: dt.date, reached: int) -> Part:
    kind = "childrens_home" if registration == "school_childrens_home" else registration
    expected = policy.expected_months.get(kind)
    if expected is None:
        raise Invalid(f"The quality policy does not say when the next inspection of {kind!r} is expected.")
    months = full_months(inspected_on, on)
    over = max(0, months - expected)
    points = -min(over // policy.months_for_a_point, policy.most_age_points, reached)
    said = f"{months} full months old; nothing is lost until {expected + policy.months_for_a_point} months"
    return Part("age", "Age of the inspection", said, points, 0)
