"""The strategic part of the quality score: accreditation answers, contract compliance and evidence in date. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.core.errors import Invalid
from app.core.workdays import date_words
from providers.quality.lines import WHOLE, Valued, shown
from providers.quality.status import COMPLIANCE_WORDS, ComplianceRating

COUNTED = (
    ComplianceRating.GOOD,
    ComplianceRating.APPROACHING_TARGET,
    ComplianceRating.REQUIRES_IMPROVEMENT,
    ComplianceRating.INADEQUATE,
)


@dataclass(frozen=True, slots=True)
class Check:
    """A contract check: its day and its rating, a word of `ComplianceRating`."""

    on: dt.date
    rating: str


@dataclass(frozen=True, slots=True)
class Item:
    """Required evidence: what it is, and what was given. `given` False: nothing; `last_day` None then, or where it
    does not expire.
    """

    question: str
    label: str
    given: bool
    last_day: dt.date | None

    def in_date(self, on: dt.date) -> bool:
        """Whether it is there and holds on a day, its last day included."""
        return self.given and (self.last_day is None or on <= self.last_day)


@dataclass(frozen=True, slots=True)
class Strategic:
    """What is known of a service's accreditation, contract and evidence. None is not known."""

    marks: int | None = None
    marks_on: dt.date | None = None
    checks: tuple[Check, ...] = ()
    evidence: tuple[Item, ...] | None = None


@dataclass(frozen=True, slots=True)
class StrategicPolicy:
    """The numbers of the part."""

    label: str
    prior: int
    labels: Mapping[str, str]
    weights: Mapping[str, int]
    months: int
    points: Mapping[str, int]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> StrategicPolicy:
        """From the table `strategic` of a policy. KeyError, TypeError or ValueError where something is missing."""
        keys = ("accreditation", "compliance", "currency")
        compliance = content["compliance"]
        found = cls(
            label=str(content["label"]),
            prior=int(content["prior"]),
            labels={key: str(content[key]["label"]) for key in keys},
            weights={key: int(content[key]["weight"]) for key in keys},
            months=int(compliance["months"]),
            points={rating.value: int(compliance["points"][rating.value]) for rating in COUNTED},
        )
        table = [found.points[rating] for rating in COUNTED]
        if table != sorted(table, reverse=True) or table[-1] < 0 or table[0] > WHOLE:
            raise Invalid("In the quality policy a worse contract rating must not have more points than a better one.")
        return found


def strategic_lines(policy: StrategicPolicy, facts: Strategic, on: dt.date) -> list[Valued]:
    """The three lines of the part on a day."""
    return [_accreditation(policy, facts), _compliance(policy, facts, on), _currency(policy, facts, on)]


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _accreditation(policy: StrategicPolicy, facts: Strategic) -> Valued:
    said = "No approved application was marked" if facts.marks is None else f"{facts.marks} of 100 marks"
    return Valued(
        key="accreditation",
        label=policy.labels["accreditation"],
        weight=policy.weights["accreditation"],
        value=None if facts.marks is None else Fraction(facts.marks),
        said=said,
        source="The assessors' marks at the latest approved application",
        on=facts.marks_on.isoformat() if facts.marks is not None and facts.marks_on else "",
        basis="" if facts.marks is None else str(facts.marks),
    )


def _compliance(policy: StrategicPolicy, facts: Strategic, on: dt.date) -> Valued:
    since = months_before(on, policy.months)
    counted = [check for check in facts.checks if since < check.on <= on and check.rating in policy.points]
    counted.sort(key=lambda check: check.on)
    points = [policy.points[check.rating] for check in counted]
    value = Fraction(sum(points), len(points)) if points else None
    words = [f"{COMPLIANCE_WORDS[ComplianceRating(check.rating)]} ({policy.points[check.rating]})" for check in counted]
    return Valued(
        key="compliance",
        label=policy.labels["compliance"],
        weight=policy.weights["compliance"],
        value=value,
        said=", ".join(words) if words else f"No contract check in the last {policy.months} months",
        source="The hub's contract checks",
        on=counted[-1].on.isoformat() if counted else "",
        working=f"({' + '.join(map(str, points))}) ÷ {len(points)} = {shown(value)}" if value is not None else "",
        basis=",".join(f"{check.on.isoformat()}:{check.rating}" for check in counted),
    )


def _currency(policy: StrategicPolicy, facts: Strategic, on: dt.date) -> Valued:
    items = facts.evidence
    if not items:
        said = "On no lot yet, so no evidence is required" if items is None else "No evidence is required"
        return Valued("currency", policy.labels["currency"], policy.weights["currency"], None, said, EVIDENCE_SOURCE)
    held = [item for item in items if item.in_date(on)]
    value = Fraction(WHOLE * len(held), len(items))
    lapsed = [_gone(item) for item in items if not item.in_date(on)]
    said = f"{len(held)} of {len(items)} in date" + (f". Not in date: {'; '.join(lapsed)}" if lapsed else "")
    return Valued(
        key="currency",
        label=policy.labels["currency"],
        weight=policy.weights["currency"],
        value=value,
        said=said,
        source=EVIDENCE_SOURCE,
        on=on.isoformat(),
        working=f"{len(held)} ÷ {len(items)} = {shown(value)} in 100",
        basis=",".join(item.question for item in held) + f"/{len(items)}",
    )


EVIDENCE_SOURCE = "The company's passport"


def _gone(item: Item) -> str:
    if not item.given or item.last_day is None:
        return f"{item.label}, never given"
    return f"{item.label}, lapsed after {date_words(item.last_day)}"
