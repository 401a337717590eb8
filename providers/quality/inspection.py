"""The inspection part of the quality score: points for what the inspector judged, less points for the age of the
inspection.

A pure rule over frozen values. All points are whole numbers; the lines of a known part add up to it exactly. What
cannot be scored is unknown (None) with its reason, never nought: a service that was not yet inspected has not failed
(F-13), a contradictory judgement waits for a person (F-10), a school report card is no four-grade judgement (F-17).
Only full inspections come in here (F-20).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from app.core.errors import Invalid
from providers.quality.lines import Part, half_up, shown

GRADES = ("outstanding", "good", "requires_improvement", "inadequate")
OUTCOMES = ("consistently_strong", "inconsistent", "serious_weaknesses")
CARD_WORDS = ("exceptional", "strong_standard", "expected_standard", "needs_attention", "urgent_improvement")
JUDGEMENTS = ("overall", "protected", "leaders")
WHOLE = 100


class Framework(StrEnum):
    """How a judgement was expressed. They are never translated into each other."""

    FOUR_GRADES = "four_grades"
    SUPPORTED_OUTCOME = "supported_outcome"
    STANDARDS = "standards"
    REPORT_CARD = "report_card"


class Unknown(StrEnum):
    """Why there is no score."""

    NOT_INSPECTED = "not_inspected"
    CONTRADICTORY = "contradictory"
    REPORT_CARD = "report_card"
    STANDARDS = "standards"
    NOT_SCORED = "not_scored"


UNKNOWN_WORDS: dict[Unknown, str] = {
    Unknown.NOT_INSPECTED: "Not yet inspected, so the score is not known. It does not count as nought.",
    Unknown.CONTRADICTORY: "The latest judgement contradicts itself, so it waits for a commissioner and is not scored.",
    Unknown.REPORT_CARD: "The latest inspection is a school report card. No policy here says how one is scored.",
    Unknown.STANDARDS: "The latest inspection says only whether the independent school standards are met, and the "
    "policy does not score that.",
    Unknown.NOT_SCORED: "The policy does not score this kind of registration.",
}


class Finding(StrEnum):
    """What may end a score, in the policy's words."""

    INADEQUATE = "inadequate"
    SERIOUS_WEAKNESSES = "serious_weaknesses"
    STANDARDS_NOT_MET = "standards_not_met"
    SAFEGUARDING_NOT_MET = "safeguarding_not_met"


FINDING_WORDS: dict[Finding, str] = {
    Finding.INADEQUATE: "Overall Inadequate",
    Finding.SERIOUS_WEAKNESSES: "Serious or widespread weaknesses",
    Finding.STANDARDS_NOT_MET: "The independent school standards are not met",
    Finding.SAFEGUARDING_NOT_MET: "Safeguarding is not met",
}
OFSTED = "The inspectorate's published judgement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The latest full inspection of a registration. Judgements are policy words; a judgement of None was not made.

    `words` are the labels as Ofsted wrote them, by judgement, so that a page keeps them (F-11). `card` holds the areas
    of a report card with the policy word of each.
    """

    framework: Framework
    inspected_on: dt.date
    overall: str | None = None
    protected: str | None = None
    leaders: str | None = None
    outcome: str | None = None
    standards_met: bool | None = None
    safeguarding_met: bool | None = None
    card: Mapping[str, str] | None = None
    contradictory: bool = False
    words: Mapping[str, str] | None = None

    def said(self, judgement: str) -> str:
        """What Ofsted wrote for a judgement, else the grade in words."""
        written = (self.words or {}).get(judgement)
        return written or str(getattr(self, judgement) or "").replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Scored:
    """The part out of 100 with the lines that add up to it; or None with the reason and no lines. `ended` names the
    finding that ended it.
    """

    score: int | None
    parts: tuple[Part, ...]
    unknown: Unknown | None
    ended: Finding | None = None


@dataclass(frozen=True, slots=True)
class InspectionPolicy:
    """The numbers of one policy version, checked. `standards` and `card` are None where the policy does not score
    them.
    """

    labels: Mapping[str, str]
    points: Mapping[str, Mapping[str, int]]
    outcome_label: str
    outcomes: Mapping[str, int]
    standards_label: str
    standards: Mapping[bool, int] | None
    card: Mapping[str, int] | None
    ends: frozenset[Finding]
    months_for_a_point: int
    most_age_points: int
    expected_months: Mapping[str, int]
    historic: Mapping[str, str]
    scored: frozenset[str]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> InspectionPolicy:
        """From a policy's content, of a version with one part or with three. `Invalid` names what is wrong: tables that
        do not reach 100, a worse grade with more points.
        """
        try:
            graded, supported, age = content["graded"], content["supported"], content["age"]
            standards, card = content.get("standards"), content.get("report_card")
            policy = cls(
                labels={judgement: str(graded[judgement]["label"]) for judgement in JUDGEMENTS},
                points={j: {grade: int(graded[j][grade]) for grade in GRADES} for j in JUDGEMENTS},
                outcome_label=str(supported["label"]),
                outcomes={outcome: int(supported[outcome]) for outcome in OUTCOMES},
                standards_label=str(standards["label"]) if standards else "Independent school standards",
                standards={True: int(standards["met"]), False: int(standards["not_met"])} if standards else None,
                card={word: int(card[word]) for word in CARD_WORDS} if card else None,
                ends=frozenset(Finding(word) for word in content.get("ends", {}).get("findings", ["inadequate"])),
                months_for_a_point=int(age["months_for_a_point"]),
                most_age_points=int(age["most_points"]),
                expected_months={str(kind): int(months) for kind, months in age["expected_months"].items()},
                historic={str(old): str(new) for old, new in content["historic"].items()},
                scored=frozenset(content["scored"]["registrations"]),
            )
            weights = content["weights"]
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"The quality policy lacks or garbles {error}.") from error
        if "strategic" not in content and "service" not in content and weights != {"inspection": WHOLE}:
            raise Invalid("This version of the quality score has one part: inspection must weigh 100 per cent.")
        if sum(policy.points[j]["outstanding"] for j in JUDGEMENTS) != WHOLE:
            raise Invalid("The points for Outstanding in the three judgements must add up to 100.")
        if any(table != sorted(table, reverse=True) or table[-1] < 0 or table[0] > WHOLE for table in policy.tables()):
            raise Invalid("In the quality policy a worse judgement must not have more points than a better one.")
        if policy.months_for_a_point < 1 or not 0 <= policy.most_age_points <= WHOLE:
            raise Invalid("The quality policy's deduction for age is not usable.")
        if Finding.INADEQUATE not in policy.ends:
            raise Invalid("The quality policy must say that overall Inadequate ends a score.")
        return policy

    def tables(self) -> list[list[int]]:
        """Every table of points, the best judgement first."""
        found = [[table[grade] for grade in GRADES] for table in self.points.values()]
        found.append([self.outcomes[outcome] for outcome in OUTCOMES])
        if self.standards is not None:
            found.append([self.standards[True], self.standards[False]])
        if self.card is not None:
            found.append([self.card[word] for word in CARD_WORDS])
        return found

    def grade(self, word: str) -> str:
        """The band that a grade is scored in; a historic label goes to the band that the policy names (F-11)."""
        return self.historic.get(word, word)


def full_months(earlier: dt.date, later: dt.date) -> int:
    """Whole months from one date to another: 31 January to 28 February is none. Never below nought."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
    return max(0, months)


def score(policy: InspectionPolicy, registration: str, inspection: Inspection | None, on: dt.date) -> Scored:
    """The inspection part of a registration on a date. `registration` is a word of the policy's `scored` list.

    An unknown grade is an error, never a default (F-12).
    """
    unknown = _why_unknown(policy, registration, inspection)
    if unknown is not None or inspection is None:
        return Scored(None, (), unknown)
    parts = _LINES[inspection.framework](policy, inspection)
    ended = ending(policy, inspection)
    if ended is not None:  # a better judgement beside it must not buy points back
        parts = [replace(part, points=0) for part in parts]
    reached = sum(part.points for part in parts)
    parts.append(_age_part(policy, registration, inspection.inspected_on, on, reached))
    judged = inspection.inspected_on.isoformat()
    parts = [replace(part, source=OFSTED, on=judged) for part in parts]
    return Scored(sum(part.points for part in parts), tuple(parts), None, ended)


def ending(policy: InspectionPolicy, inspection: Inspection) -> Finding | None:
    """The finding of this inspection that ends a score under a policy, or None. Overall Inadequate always does."""
    found = {
        Finding.INADEQUATE: policy.grade(inspection.overall or "") == "inadequate",
        Finding.SERIOUS_WEAKNESSES: inspection.outcome == "serious_weaknesses",
        Finding.STANDARDS_NOT_MET: inspection.standards_met is False,
        Finding.SAFEGUARDING_NOT_MET: inspection.safeguarding_met is False,
    }
    return next((finding for finding, is_so in found.items() if is_so and finding in policy.ends), None)


def _why_unknown(policy: InspectionPolicy, registration: str, inspection: Inspection | None) -> Unknown | None:
    if registration not in policy.scored:
        return Unknown.NOT_SCORED
    if inspection is None:
        return Unknown.NOT_INSPECTED
    if inspection.contradictory:
        return Unknown.CONTRADICTORY
    if inspection.framework is Framework.REPORT_CARD:
        return Unknown.REPORT_CARD if policy.card is None or not inspection.card else None
    if inspection.framework is Framework.STANDARDS:
        return Unknown.STANDARDS if policy.standards is None or inspection.standards_met is None else None
    judged = inspection.outcome if inspection.framework is Framework.SUPPORTED_OUTCOME else inspection.overall
    return Unknown.NOT_INSPECTED if judged is None else None


def _supported_lines(policy: InspectionPolicy, inspection: Inspection) -> list[Part]:
    outcome = str(inspection.outcome)
    if outcome not in policy.outcomes:
        raise Invalid(f"The quality policy has no points for the outcome {outcome!r}.")
    best = policy.outcomes["consistently_strong"]
    said = inspection.said("outcome")
    return [Part("outcome", policy.outcome_label, said, policy.outcomes[outcome], best, basis=outcome)]


def _graded_lines(policy: InspectionPolicy, inspection: Inspection) -> list[Part]:
    parts = []
    overall = policy.grade(str(inspection.overall))
    for judgement in JUDGEMENTS:
        made = getattr(inspection, judgement)
        grade = overall if made is None else policy.grade(made)
        table = policy.points[judgement]
        if grade not in table:
            raise Invalid(f"The quality policy has no points for the grade {grade!r}.")
        said = inspection.said(judgement) if made is not None else "Not judged separately, so as overall"
        parts.append(Part(judgement, policy.labels[judgement], said, table[grade], table["outstanding"], basis=grade))
    if inspection.standards_met is not None:
        words = "Met" if inspection.standards_met else "Not met, which ends it"
        parts.append(Part("standards", policy.standards_label, words, 0, 0, basis=words))
    return parts


def _standards_lines(policy: InspectionPolicy, inspection: Inspection) -> list[Part]:
    table = policy.standards or {True: 0, False: 0}
    met = bool(inspection.standards_met)
    words = "Met" if met else "Not met"
    return [Part("standards", policy.standards_label, words, table[met], table[True], basis=words)]


def _card_lines(policy: InspectionPolicy, inspection: Inspection) -> list[Part]:
    table, card = policy.card or {}, inspection.card or {}
    for word in card.values():
        if word not in table:
            raise Invalid(f"The quality policy has no points for the report card's {word!r}.")
    values = [table[word] for word in card.values()]
    mean = Fraction(sum(values), len(values))
    said = ", ".join(f"{area}: {word.replace('_', ' ')}" for area, word in card.items())
    working = f"({' + '.join(str(value) for value in values)}) ÷ {len(values)} = {shown(mean)}"
    basis = ",".join(card.values())
    return [Part("card", "School report card", said, half_up(mean), table["exceptional"], working=working, basis=basis)]


_LINES = {
    Framework.FOUR_GRADES: _graded_lines,
    Framework.SUPPORTED_OUTCOME: _supported_lines,
    Framework.STANDARDS: _standards_lines,
    Framework.REPORT_CARD: _card_lines,
}


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
