"""The whole quality score: its parts weighed and added up, under a policy version of one part or of three. Pure.

Each part comes to a whole number from 0 to 100; its points are that times its weight over 100, rounded once; the score
is the sum of the points. An unknown inspection part makes the whole score unknown (F-13): the other parts are then
shown and not added. A finding that ends it (overall Inadequate) makes the score nought, whatever the rest comes to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.core.errors import Invalid
from providers.quality.inspection import (
    FINDING_WORDS,
    UNKNOWN_WORDS,
    WHOLE,
    Finding,
    Inspection,
    InspectionPolicy,
    Scored,
    Unknown,
    score,
)
from providers.quality.lines import Part, Valued, add_up, weighed, weighing
from providers.quality.service_level import LotMeans, Outcome, ServicePolicy, service_lines
from providers.quality.strategic import Strategic, StrategicPolicy, strategic_lines

PARTS = ("inspection", "strategic", "service")
INSPECTION_LABEL = "Inspection"
NOTHING_KNOWN = Strategic()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a score rests on, as it stands on a day. `kind` is a word of the policy's `scored` list."""

    kind: str
    inspection: Inspection | None = None
    strategic: Strategic = NOTHING_KNOWN
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the score with its own addition. `value` is 0 to 100, None where it is not known and no prior stands
    for it; `prior` is set where one does. `points` are what it adds.
    """

    key: str
    label: str
    weight: int
    value: int | None
    prior: int | None
    points: int
    lines: tuple[Part, ...]
    words: str = ""

    @property
    def known(self) -> bool:
        """Whether it rests on something that is known."""
        return self.value is not None and self.prior is None

    def stored(self) -> dict[str, Any]:
        """As a row keeps it: the arguments that make it again."""
        return {
            "key": self.key,
            "label": self.label,
            "weight": self.weight,
            "value": self.value,
            "prior": self.prior,
            "points": self.points,
            "lines": [line.stored() for line in self.lines],
            "words": self.words,
        }


@dataclass(frozen=True, slots=True)
class Whole:
    """A score out of 100 with the parts that add up to it, each with its own addition; or None with the reason.

    Under a policy of one part the lines of the inspection are the parts, and `sections` is empty.
    """

    score: int | None
    parts: tuple[Part, ...]
    sections: tuple[Section, ...]
    unknown: Unknown | None
    ended: Finding | None


@dataclass(frozen=True, slots=True)
class QualityPolicy:
    """One policy version, checked. `strategic` and `service` are None in a version of one part."""

    weights: Mapping[str, int]
    inspection: InspectionPolicy
    strategic: StrategicPolicy | None
    service: ServicePolicy | None
    bands: tuple[int, ...]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> QualityPolicy:
        """From a policy's content. `Invalid` names what is wrong with it."""
        inspection = InspectionPolicy.read(content)
        weights = {str(part): int(weight) for part, weight in content["weights"].items()}
        if "strategic" not in content and "service" not in content:
            return cls(weights, inspection, None, None, (0,))
        try:
            strategic, service = StrategicPolicy.read(content["strategic"]), ServicePolicy.read(content["service"])
            bands = tuple(int(low) for low in content["bands"]["from"])
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"The quality policy lacks or garbles {error}.") from error
        _must_reach_100("The weights of the three parts", weights, PARTS)
        _must_reach_100("The weights of the strategic part's lines", strategic.weights, strategic.weights)
        _must_reach_100("The weights of the service part's lines", service.weights, service.weights)
        if not all(0 <= prior <= WHOLE for prior in (strategic.prior, service.prior)):
            raise Invalid("A prior of the quality policy must be between 0 and 100.")
        if strategic.months < 1 or service.months < 1:
            raise Invalid("The quality policy must look back at least 1 month.")
        if bands[:1] != (0,) or list(bands) != sorted(set(bands)) or bands[-1] > WHOLE:
            raise Invalid("The bands of the quality policy must begin at 0 and rise.")
        return cls(weights, inspection, strategic, service, bands)

    def band(self, points: int | None) -> int | None:
        """The lowest score of the band that a score is in; None where it is not known."""
        return None if points is None else max(low for low in self.bands if low <= points)


def _must_reach_100(what: str, weights: Mapping[str, int], wanted: Any) -> None:
    if set(weights) != set(wanted) or sum(weights.values()) != WHOLE or min(weights.values()) < 0:
        raise Invalid(f"{what} must add up to 100.")


def score_whole(policy: QualityPolicy, facts: Facts, means: LotMeans, on: dt.date) -> Whole:
    """The score of a registration on a day. `means` are the lots' (service_level.py)."""
    scored = score(policy.inspection, facts.kind, facts.inspection, on)
    if policy.strategic is None or policy.service is None:
        return Whole(scored.score, scored.parts, (), scored.unknown, scored.ended)
    sections = [
        _inspection_section(policy, scored),
        _section(
            policy,
            "strategic",
            policy.strategic.label,
            policy.strategic.prior,
            strategic_lines(policy.strategic, facts.strategic, on),
            scored,
        ),
        _section(
            policy,
            "service",
            policy.service.label,
            policy.service.prior,
            service_lines(policy.service, facts.outcomes, means, on),
            scored,
        ),
    ]
    if scored.score is None:
        return Whole(None, (), tuple(sections), scored.unknown, None)
    parts = tuple(
        Part(section.key, section.label, section.words, section.points, section.weight) for section in sections
    )
    return Whole(sum(part.points for part in parts), parts, tuple(sections), None, scored.ended)


def _inspection_section(policy: QualityPolicy, scored: Scored) -> Section:
    weight = policy.weights["inspection"]
    if scored.score is None:
        why = UNKNOWN_WORDS[scored.unknown] if scored.unknown else ""
        return Section("inspection", INSPECTION_LABEL, weight, None, None, 0, (), why)
    points = weighed(weight, Fraction(scored.score))
    return Section(
        "inspection",
        INSPECTION_LABEL,
        weight,
        scored.score,
        None,
        points,
        scored.parts,
        _words(weight, scored.score, None),
    )


def _section(
    policy: QualityPolicy, key: str, label: str, prior: int, lines: list[Valued], inspected: Scored
) -> Section:
    value, known, parts = add_up(lines, prior)
    weight = policy.weights[key]
    stands = None if known else prior
    if inspected.ended is not None:
        why = f"{FINDING_WORDS[inspected.ended]}, so nothing is added"
        return Section(key, label, weight, value, stands, 0, parts, why)
    if inspected.score is None:
        return Section(key, label, weight, value, stands, 0, parts, "Not added while the inspection part is not known")
    points = weighed(weight, Fraction(value))
    return Section(key, label, weight, value, stands, points, parts, _words(weight, value, stands))


def _words(weight: int, value: int, prior: int | None) -> str:
    if prior is not None:
        return f"Not known: {weighing(weight, Fraction(value), f'the prior of {prior}')}"
    return f"{value} of 100; {weighing(weight, Fraction(value), 'it')}"
