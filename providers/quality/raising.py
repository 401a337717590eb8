"""What would raise a score: the pure rule run again on facts of which one has changed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.core.workdays import date_words
from providers.market.status import ServiceType
from providers.passport.kinds import RegistrationKind, fits
from providers.quality.inspection import (
    GRADES,
    JUDGEMENTS,
    OUTCOMES,
    Framework,
    Inspection,
    InspectionPolicy,
)
from providers.quality.rule import Facts, QualityPolicy, score_whole
from providers.quality.service_level import LotMeans, Outcome, lot_of
from providers.quality.status import ComplianceRating, Progress
from providers.quality.strategic import Check, Item
from providers.register.judgements import contradicts
from providers.register.status import Grade

MOST = 10
PLACEMENTS = (1, 2, 3, 5, 10)

GRADE_WORDS = {"outstanding": "Outstanding", "good": "Good", "requires_improvement": "Requires improvement"}
OUTCOME_WORDS = {
    "consistently_strong": "Consistently strong service delivery",
    "inconsistent": "Inconsistent quality of service delivery",
}
JUDGEMENT_WORDS = {
    "overall": "overall",
    "protected": "for how children are helped and protected",
    "leaders": "for leaders and managers",
}


@dataclass(frozen=True, slots=True)
class Raise:
    """One change and what it would add to the score, or, where `to` is set, what the score would be at all."""

    words: str
    adds: int
    to: int | None = None

    @property
    def sentence(self) -> str:
        """The change in words."""
        if self.to is not None:
            return f"{self.words} would make it {self.to}"
        return f"{self.words} would add {self.adds}"


def what_would_raise(policy: QualityPolicy, facts: Facts, means: LotMeans, on: dt.date) -> list[Raise]:
    """Changes that each by itself would raise the score, the most first, at most ten. Empty where the policy does not
    score this kind of registration.
    """
    if facts.kind not in policy.inspection.scored:
        return []
    base = score_whole(policy, facts, means, on).score
    if base is None:
        changes = _first_inspections(facts, on) if facts.inspection is None else iter(())
        first = [(words, score_whole(policy, changed, means, on).score) for words, changed in changes]
        return [Raise(words, to, to) for words, to in first if to is not None]
    found: list[Raise] = []
    for words, changed in _changes(policy, facts, on):
        after = score_whole(policy, changed, means, on).score
        if after is not None and after > base:
            found.append(Raise(words, after - base))
    for more in PLACEMENTS if policy.service else ():
        after = score_whole(policy, _well(facts, on, more), means, on).score
        if after is not None and after > base:
            placements = "One more placement that goes" if more == 1 else f"{more} more placements that go"
            found.append(Raise(f"{placements} well in every respect", after - base))
            break
    return sorted(found, key=lambda one: -one.adds)[:MOST]


def _first_inspections(facts: Facts, on: dt.date) -> Iterator[tuple[str, Facts]]:
    if facts.kind == "supported_accommodation":
        for outcome in OUTCOMES[:2]:
            made = Inspection(framework=Framework.SUPPORTED_OUTCOME, inspected_on=on, outcome=outcome)
            yield f"A first inspection with the outcome {OUTCOME_WORDS[outcome]}", replace(facts, inspection=made)
        return
    for grade in GRADES[:2]:
        made = Inspection(framework=Framework.FOUR_GRADES, inspected_on=on, overall=grade)
        yield f"A first inspection with {GRADE_WORDS[grade]} in all judgements", replace(facts, inspection=made)


def _changes(policy: QualityPolicy, facts: Facts, on: dt.date) -> Iterator[tuple[str, Facts]]:
    if facts.inspection is not None:
        for words, inspection in _inspections(policy.inspection, facts.inspection, on):
            yield words, replace(facts, inspection=inspection)
    if policy.strategic is None:
        return
    known = facts.strategic
    if known.marks is not None and known.marks < 100:
        yield "Full marks at the next application", replace(facts, strategic=replace(known, marks=100))
    checked = replace(known, checks=(*known.checks, Check(on, ComplianceRating.GOOD.value)))
    yield "A contract check rated Good", replace(facts, strategic=checked)
    missing = [item for item in known.evidence or () if not item.in_date(on)]
    for item in missing:
        yield _renewing(item), replace(facts, strategic=replace(known, evidence=_renewed(known.evidence, [item])))
    if len(missing) > 1:
        whole = replace(facts, strategic=replace(known, evidence=_renewed(known.evidence, missing)))
        yield f"Bringing all {len(missing)} pieces of required evidence up to date", whole


def _renewing(item: Item) -> str:
    if item.given and item.last_day is not None:
        return f"Renewing “{item.label}”, which lapsed after {date_words(item.last_day)},"
    return f"Giving “{item.label}”, which is missing,"


def _renewed(items: tuple[Item, ...] | None, wanted: list[Item]) -> tuple[Item, ...]:
    return tuple(replace(item, given=True, last_day=None) if item in wanted else item for item in items or ())


def _inspections(policy: InspectionPolicy, made: Inspection, on: dt.date) -> Iterator[tuple[str, Inspection]]:
    yield "The next inspection, if it judges the same,", replace(made, inspected_on=on)
    if made.framework is Framework.FOUR_GRADES:
        overall = policy.grade(str(made.overall))
        for judgement in JUDGEMENTS:
            stands = policy.grade(getattr(made, judgement) or overall)
            for grade in GRADES[: GRADES.index(stands)]:
                changed: dict[str, Any] = {judgement: grade}
                better = replace(made, **changed, words=None)
                if judgement == "overall":  # what was not judged separately would still be as it was
                    kept: dict[str, Any] = {one: getattr(made, one) or overall for one in JUDGEMENTS[1:]}
                    better = replace(better, **kept)
                if contradicts(*(Grade(policy.grade(getattr(better, one) or overall)) for one in JUDGEMENTS)):
                    continue  # the framework does not allow it, so nobody can reach it
                yield f"A judgement of {GRADE_WORDS[grade]} {JUDGEMENT_WORDS[judgement]}", better
        for grade in GRADES[:2]:
            yield f"An inspection with {GRADE_WORDS[grade]} in all judgements", _all_of(made, grade, on)
    if made.framework is Framework.SUPPORTED_OUTCOME:
        for outcome in OUTCOMES[: OUTCOMES.index(str(made.outcome))]:
            yield f"The outcome {OUTCOME_WORDS[outcome]}", replace(made, outcome=outcome, words=None)
    if made.standards_met is False:
        yield "An inspection that finds the independent school standards met", replace(made, standards_met=True)
    if made.safeguarding_met is False:
        yield "An inspection that finds safeguarding met", replace(made, safeguarding_met=True)


def _all_of(made: Inspection, grade: str, on: dt.date) -> Inspection:
    judged: dict[str, Any] = dict.fromkeys(JUDGEMENTS, grade)
    return replace(made, inspected_on=on, words=None, **judged)


def _well(facts: Facts, on: dt.date, more: int) -> Facts:
    """So many more placements that go well in every respect, on the lot where the service has most."""
    lots = [lot.value for lot in ServiceType if fits(RegistrationKind(facts.kind), lot)]
    best = Outcome(
        placement="",
        on=on,
        service_type=lot_of(facts.outcomes) or min(lots, default=""),
        progress=Progress.GOOD.value,
        started_on_day=True,
        reports_on_time=True,
        feedback=5,
    )
    return replace(facts, outcomes=(*facts.outcomes, *(best for _ in range(more))))
