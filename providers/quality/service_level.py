"""The service-level part of the quality score: what became of placements, drawn towards the lot's mean where they are
few. Pure.

Exact fractions throughout; a line is rounded once, where it becomes points (lines.py). The latest record of each
placement counts.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from app.core.errors import Invalid
from providers.quality.lines import WHOLE, Valued, shown
from providers.quality.status import Ending, Progress
from providers.quality.strategic import months_before

MEASURES = ("progress", "stability", "timeliness", "feedback")
STANDING = "standing"
SOURCE = "The boroughs' records of placements"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a borough said of a placement last. Words of `Progress` and `Ending`; None is not said.

    `ending` None: it still stood. `feedback` is 1 to 5.
    """

    placement: str
    on: dt.date
    service_type: str
    progress: str | None = None
    ending: str | None = None
    started_on_day: bool | None = None
    reports_on_time: bool | None = None
    feedback: int | None = None


Mean: TypeAlias = tuple[int, int]
"""The sum of the values of placements, and how many they are."""

LotMeans: TypeAlias = Mapping[str, Mapping[str, Mean]]
"""By service type and measure, over every placement of the lot."""


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """The numbers of the part."""

    label: str
    prior: int
    months: int
    draw: int
    least_in_lot: int
    labels: Mapping[str, str]
    weights: Mapping[str, int]
    progress: Mapping[str, int]
    stability: Mapping[str, int]
    feedback: tuple[int, ...]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> ServicePolicy:
        """From the table `service` of a policy. KeyError, TypeError or ValueError where something is missing."""
        stability = content["stability"]["points"]
        found = cls(
            label=str(content["label"]),
            prior=int(content["prior"]),
            months=int(content["months"]),
            draw=int(content["draw"]),
            least_in_lot=int(content["least_in_lot"]),
            labels={measure: str(content[measure]["label"]) for measure in MEASURES},
            weights={measure: int(content[measure]["weight"]) for measure in MEASURES},
            progress={word.value: int(content["progress"]["points"][word.value]) for word in Progress},
            stability={word: int(stability[word]) for word in (STANDING, *(ending.value for ending in Ending))},
            feedback=tuple(int(points) for points in content["feedback"]["points"]),
        )
        tables = [[found.progress[word] for word in Progress], list(found.feedback)[::-1]]
        tables.append([found.stability[Ending.PLANNED], found.stability[Ending.UNPLANNED]])
        if any(table != sorted(table, reverse=True) or table[-1] < 0 or table[0] > WHOLE for table in tables):
            raise Invalid("In the quality policy a worse outcome must not have more points than a better one.")
        if len(found.feedback) != 5 or not 0 <= found.stability[STANDING] <= WHOLE:
            raise Invalid("The quality policy must give points for feedback of 1 to 5 and for a placement that stands.")
        if found.draw < 1 or found.least_in_lot < 1:
            raise Invalid("The quality policy must draw small numbers towards the lot's mean by at least 1.")
        return found

    def value(self, measure: str, outcome: Outcome) -> int | None:
        """What one placement says of one measure, 0 to 100; None where it says nothing."""
        if measure == "progress":
            return None if outcome.progress is None else self.progress[outcome.progress]
        if measure == "stability":
            return self.stability[outcome.ending or STANDING]
        if measure == "feedback":
            return None if outcome.feedback is None else self.feedback[outcome.feedback - 1]
        said = [answer for answer in (outcome.started_on_day, outcome.reports_on_time) if answer is not None]
        return WHOLE * sum(said) // len(said) if said else None  # of one or two answers: whole

    def since(self, on: dt.date) -> dt.date:
        """Records after this day count."""
        return months_before(on, self.months)


def means_of(policy: ServicePolicy, outcomes: Iterable[tuple[Outcome, int]]) -> dict[str, dict[str, Mean]]:
    """The lots' sums, of alike placements with how many they are. Their days are not looked at."""
    found: dict[str, dict[str, Mean]] = {}
    for outcome, times in outcomes:
        lot = found.setdefault(outcome.service_type, dict.fromkeys(MEASURES, (0, 0)))
        for measure in MEASURES:
            value = policy.value(measure, outcome)
            if value is not None:
                total, count = lot[measure]
                lot[measure] = (total + value * times, count + times)
    return found


def lot_of(outcomes: Iterable[Outcome]) -> str | None:
    """The lot of most of a service's placements; the first by its word where several have as many."""
    counted = Counter(outcome.service_type for outcome in outcomes)
    return min(counted, key=lambda word: (-counted[word], word)) if counted else None


def service_lines(policy: ServicePolicy, outcomes: Iterable[Outcome], means: LotMeans, on: dt.date) -> list[Valued]:
    """The four lines of the part on a day. Not known where the service had no placement that counts."""
    since = policy.since(on)
    counted = [outcome for outcome in outcomes if since < outcome.on <= on]
    lot = means.get(lot_of(counted) or "", {})
    return [_line(policy, measure, counted, lot.get(measure, (0, 0))) for measure in MEASURES]


def _line(policy: ServicePolicy, measure: str, counted: list[Outcome], lot: Mean) -> Valued:
    values = [value for outcome in counted if (value := policy.value(measure, outcome)) is not None]
    total, in_lot = lot
    enough = in_lot >= policy.least_in_lot
    if not enough:
        total, in_lot = policy.prior, 1
    n, own, draw = len(values), sum(values), policy.draw
    # (own + draw x the lot's mean) / (n + draw), over one denominator
    drawn = Fraction(own * in_lot + draw * total, in_lot * (n + draw))
    towards = shown(total, in_lot)
    if enough:
        beside = f"the lot's mean of {in_lot} placements is {towards}"
    else:
        beside = f"the lot has {lot[1]}, fewer than {policy.least_in_lot}, so the prior of {policy.prior} is its mean"
    placements = f"{n} placement{'' if n == 1 else 's'}"
    if not counted:
        said = f"No placement in the last {policy.months} months"
    elif n:
        said = f"{placements}, mean {shown(own, n)}; {beside}"
    else:
        said = f"No placement says anything of it; {beside}"
    sum_words = f"{n} × {shown(own, n)}" if n else "0"
    return Valued(
        key=measure,
        label=policy.labels[measure],
        weight=policy.weights[measure],
        value=drawn if counted else None,
        said=said,
        source=SOURCE,
        on=max(outcome.on for outcome in counted).isoformat() if counted else "",
        working=f"({sum_words} + {draw} × {towards}) ÷ ({n} + {draw}) = {shown(drawn)}" if counted else "",
        basis=f"{n}:{own}" if counted else "",
    )
