"""What a judgement is, when it contradicts itself, and which one counts on a day.

The rules here are pure; the import and the queries both use them, so that there is one answer to "what is this home's
grade?".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from providers.register.status import (
    GRADE_WORDS,
    OUTCOME_WORDS,
    EventType,
    Finding,
    Grade,
    Resolution,
    SupportedOutcome,
)

WORST: dict[Grade | SupportedOutcome, Finding] = {
    Grade.INADEQUATE: Finding.INADEQUATE,
    SupportedOutcome.SERIOUS_WEAKNESSES: Finding.SERIOUS_WEAKNESSES,
}
"""The worst word of each scale."""
_GOOD_OR_BETTER = frozenset({Grade.OUTSTANDING, Grade.GOOD})


def best_overall_allowed(helped_protected: Grade | None, leaders_managers: Grade | None) -> Grade:
    """The best overall judgement that the framework allows beside the other two.

    Helped and protected inadequate: overall is always inadequate. Leaders and managers inadequate: no better than
    requires improvement (social care common inspection framework, "how inspectors make judgements").
    """
    if helped_protected is Grade.INADEQUATE:
        return Grade.INADEQUATE
    return Grade.REQUIRES_IMPROVEMENT if leaders_managers is Grade.INADEQUATE else Grade.OUTSTANDING


def contradicts(overall: Grade | None, helped_protected: Grade | None, leaders_managers: Grade | None) -> bool:
    """Whether three judgements cannot stand together (F-10). Nothing contradicts an overall judgement that was not
    made.
    """
    if overall is None:
        return False
    if helped_protected is Grade.INADEQUATE and overall is not Grade.INADEQUATE:
        return True
    return leaders_managers is Grade.INADEQUATE and overall in _GOOD_OR_BETTER


@dataclass(frozen=True, slots=True)
class Judgement:
    """One inspection as it counts today.

    `overall` is what counts: as published, or as a person limited it after a contradiction. `overall_as_published` is
    never changed. `labels` holds the published words of the fields whose words are not the scale's own ("Adequate",
    say; F-11). `awaiting` is set only by `latest_graded`: the id of a newer judgement that contradicts itself and
    waits for a person, so that this older one may be out of date. `standards_met` and `safeguarding_met` are of schools
    (F-18); `report_card` holds areas with their words, which are no grade and become none (F-17).
    """

    inspection_id: str
    urn: str
    event_number: str | None
    event_type: EventType
    event_label: str
    inspected_on: dt.date
    published_on: dt.date | None
    full_judgement: bool
    overall_as_published: Grade | None
    helped_protected: Grade | None
    leaders_managers: Grade | None
    education: Grade | None
    health: Grade | None
    supported_outcome: SupportedOutcome | None
    contradictory: bool
    resolution: Resolution | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    awaiting: str | None = None
    standards_met: bool | None = None
    safeguarding_met: bool | None = None
    report_card: Mapping[str, Any] | None = None
    inspectorate: str | None = None

    @property
    def known_on(self) -> dt.date:
        """The first day on which it counts: the day it was published, or where that is unknown the day of the
        inspection.
        """
        return self.published_on or self.inspected_on

    @property
    def in_doubt(self) -> bool:
        """It contradicts itself and nobody has resolved it: it is never scored."""
        return self.contradictory and self.resolution is None

    @property
    def counts(self) -> bool:
        """Whether it may be scored: a full inspection with a judgement, not in doubt and not set aside (F-20, F-10)."""
        return self.full_judgement and not self.in_doubt and self.resolution is not Resolution.SET_ASIDE

    @property
    def overall(self) -> Grade | None:
        if self.resolution is Resolution.AS_LIMITED:
            return best_overall_allowed(self.helped_protected, self.leaders_managers)
        return self.overall_as_published

    @property
    def result(self) -> Grade | SupportedOutcome | None:
        """The one word that this inspection comes to: the overall grade, or the outcome of supported accommodation."""
        return self.overall if self.overall is not None else self.supported_outcome

    @property
    def not_met(self) -> tuple[Finding, ...]:
        """What the inspection of a school found not met (F-18)."""
        found = ((self.standards_met, Finding.STANDARDS_NOT_MET), (self.safeguarding_met, Finding.SAFEGUARDING_NOT_MET))
        return tuple(finding for met, finding in found if met is False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The worst things that this inspection found, in the order of `Finding`; empty for most."""
        return (*((WORST[self.result],) if self.result in WORST else ()), *self.not_met)

    def label(self, which: str) -> str | None:
        """The published words of `overall`, `helped_protected`, `leaders_managers`, `education`, `health` or
        `supported_outcome`.
        """
        if which in self.labels:
            return str(self.labels[which])
        value = self.overall_as_published if which == "overall" else getattr(self, which)
        return result_words(value)


def result_words(value: Grade | SupportedOutcome | None) -> str | None:
    """A grade or an outcome in the publisher's words; None for none."""
    if value is None:
        return None
    return GRADE_WORDS[value] if isinstance(value, Grade) else OUTCOME_WORDS[value]


def is_full_judgement(event_type: EventType, overall: Grade | None, supported_outcome: SupportedOutcome | None) -> bool:
    """Whether an inspection can make or replace the standing judgement: a full one that came to one (F-20)."""
    return event_type is EventType.FULL and (overall is not None or supported_outcome is not None)


def newest_first(judgements: Iterable[Judgement]) -> list[Judgement]:
    """By day of inspection, then of publication, then by event number; a settled order for any input order."""
    return sorted(
        judgements,
        key=lambda one: (one.inspected_on, one.known_on, len(one.event_number or ""), one.event_number or ""),
        reverse=True,
    )


def latest_graded(judgements: Iterable[Judgement], on: dt.date) -> Judgement | None:
    """The newest judgement that counts and was known on a day; None when there is none, which is unknown and never
    Inadequate (F-13).

    Monitoring, assurance and interim visits are passed over (F-20). A newer judgement in doubt is passed over too,
    and then `awaiting` names it: who scores decides whether the older one still serves.
    """
    awaiting: str | None = None
    for one in newest_first(judgements):
        if one.known_on > on:
            continue
        if one.counts:
            return replace(one, awaiting=awaiting)
        if one.full_judgement and one.in_doubt and awaiting is None:
            awaiting = one.inspection_id
    return None
