"""How often placements like one lasted: a pattern in past records, told as a band with its number of comparable cases.

What goes in is what was known when a placement was decided, and whether it then lasted the horizon. Nothing about the
child's sex, ethnicity, religion or disability has a field. Nothing that came after the decision has one either, but for
the outcome itself.

Which rows count. Only placements that began a whole horizon before `as_of`: among later ones endings are seen sooner
than lastings, so counting them would make placements look worse than they are. Of the others one that ended as planned
before the horizon says nothing of how long it could have lasted and is left out, and so is one of which the record says
nothing up to the horizon (its last day was before and nobody recorded how it ended).

The model is a logistic regression with an L2 penalty whose strength is chosen by cross-validation, and its
probabilities are calibrated on rows that were left out (`stability_learning.py`). A probability is never shown: it only
says which past placements are comparable, those with the nearest probability as given without their own help. The band
is the Wilson interval, at 90%, of how many of them lasted, rounded outward to whole tenths.

It separates a little: moves are hard to foresee. Where it separates well something that was known only afterwards has
probably found its way in, and `Model.warnings` says so: nobody should show it before somebody has looked.
"""

from __future__ import annotations

import bisect
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

SCHEMA = "homeward-stability/1"
INDICATORS = 12
LEAKAGE = "possible leakage"
WILSON_90 = 1.6448536269514722
LEAST_COMPARABLE, MOST_COMPARABLE = 50, 200
"""How many past placements a band looks at: a quarter of those on record within these limits, and what is level."""
MANY_EARLIER = 5
"""So many earlier placements or more count alike."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was known of a placement at the decision. Needs are levels 0 to 3, None where not measured; fit (of the
    needs), distance and quality are the shortlist's parts from 0 to 1, None where unknown; `earlier` counts the child's
    earlier placements on record.
    """

    kind: str
    age_years: int
    needs: tuple[int | None, ...]
    fit: float | None
    distance: float | None
    quality: float | None
    urgency: str
    earlier: int | None


@dataclass(frozen=True)
class PastPlacement:
    """A placement on record. `until` is the last day of which the record says that it went on, or the day it ended;
    `broke_down` says that it ended unplanned on that day.
    """

    facts: Facts
    started_on: date
    until: date
    broke_down: bool


@dataclass(frozen=True, kw_only=True)
class Rules:
    """From when on there is a model: with fewer than these there is none. `least_of_kind`: no band for a kind of
    placement with fewer. An area under the curve above `auc_limit` means that something leaks.
    """

    horizon_weeks: int
    least_placements: int
    least_ended_early: int
    least_of_kind: int
    auc_limit: float


@dataclass(frozen=True)
class NotEnough:
    """No model: how many placements on record say something, and how many of those ended early."""

    placements: int
    ended_early: int


@dataclass(frozen=True)
class Column:
    """One thing that the model looks at, standardised: what is unknown stands at the centre."""

    name: str
    centre: float
    scale: float
    weight: float


@dataclass(frozen=True)
class Calibration:
    """From score to probability: `slope` and `shift` of a logistic curve, or straight lines between `points`."""

    slope: float
    shift: float
    points: tuple[tuple[float, float], ...] = ()

    def probability(self, score: float) -> float:
        if not self.points:
            return round(logistic(self.slope * score + self.shift), 6)
        at = bisect.bisect_right(self.points, (score, math.inf))
        if at in (0, len(self.points)):
            return self.points[at and -1][1]
        (low, below), (high, above) = self.points[at - 1], self.points[at]
        return round(below + (above - below) * (score - low) / (high - low), 6)


@dataclass(frozen=True)
class Check:
    """How a model from earlier placements alone met the latest ones: those that began on `first_day` or later."""

    first_day: date
    placements: int
    auc: float
    calibration_error: float


@dataclass(frozen=True)
class Band:
    """Of ten placements like it `low` to `high` lasted, by `comparable` placements of which `lasted` did."""

    low: int
    high: int
    comparable: int
    lasted: int


@dataclass(frozen=True)
class Model:
    """Plain numbers. `comparables` are (probability, lasted) of each placement on record, in order, as given by a model
    that had not seen it. `suspects` are the columns that separate too well on their own.
    """

    horizon_weeks: int
    placements: int
    ended_early: int
    kinds: tuple[tuple[str, int], ...]
    least_of_kind: int
    columns: tuple[Column, ...]
    intercept: float
    strength: float
    calibration: Calibration
    comparables: tuple[tuple[float, bool], ...]
    auc: float
    check: Check | None
    warnings: tuple[str, ...]
    suspects: tuple[str, ...]

    @property
    def may_leak(self) -> bool:
        return LEAKAGE in self.warnings

    def score(self, facts: Facts) -> float:
        """The log odds before they are calibrated."""
        values = values_of(facts)
        return self.intercept + sum(
            one.weight * (value - one.centre) / one.scale
            for one in self.columns
            if (value := values.get(one.name, 0.0)) is not None
        )

    def probability(self, facts: Facts) -> float:
        """For choosing what is comparable, and for checks. Never shown."""
        return self.calibration.probability(self.score(facts))

    def band(self, facts: Facts) -> Band | None:
        """How often placements like it lasted; None for a kind of which too few are on record."""
        if dict(self.kinds).get(facts.kind, 0) < self.least_of_kind:
            return None
        comparable, lasted = self._nearest(self.probability(facts))
        low, high = wilson(lasted, comparable)
        return Band(math.floor(low * 10), math.ceil(high * 10), comparable, lasted)

    @cached_property
    def _lasted_before(self) -> list[int]:
        sums = [0]
        for _, lasted in self.comparables:
            sums.append(sums[-1] + lasted)
        return sums

    def _nearest(self, probability: float) -> tuple[int, int]:
        """How many are nearest, all that are level with the farthest of them included, and how many of them lasted."""
        rows = self.comparables
        wanted = min(max(LEAST_COMPARABLE, len(rows) // 4), MOST_COMPARABLE, len(rows))
        gaps = sorted(abs(one - probability) for one, _ in rows)
        reach = gaps[wanted - 1] + 1e-9
        first = bisect.bisect_left(rows, (probability - reach, False))
        last = bisect.bisect_right(rows, (probability + reach, True))
        return last - first, self._lasted_before[last] - self._lasted_before[first]

    def to_dict(self) -> dict[str, Any]:
        """The model as a document of plain JSON values."""
        said = asdict(self)
        said["check"] = self.check and {**asdict(self.check), "first_day": self.check.first_day.isoformat()}
        said["comparables"] = [[one, int(lasted)] for one, lasted in self.comparables]
        plain: dict[str, Any] = json.loads(json.dumps({"schema": SCHEMA, **said}))
        return plain


def fit(rows: Sequence[PastPlacement], rules: Rules, as_of: date) -> Model | NotEnough:
    """The model of placements on record. The same rows give the same model, in whatever order and on however many
    processors.
    """
    from matching.fit.stability_learning import learn

    return learn(rows, rules, as_of)


def lasted_horizon(row: PastPlacement, horizon_weeks: int, as_of: date) -> bool | None:
    """Whether it lasted the horizon, or ended early and unplanned. None where the row does not count."""
    horizon = timedelta(weeks=horizon_weeks)
    if row.started_on + horizon > as_of:
        return None
    if row.until - row.started_on >= horizon:
        return True
    return False if row.broke_down else None


def values_of(facts: Facts) -> dict[str, float | None]:
    """What the model may look at, by column; a column of a kind or an urgency that is not named here is 0."""
    needs = {f"need {number}": None if level is None else float(level) for number, level in enumerate(facts.needs, 1)}
    return {
        f"kind {facts.kind}": 1.0,
        f"urgency {facts.urgency}": 1.0,
        "age": float(facts.age_years),
        **needs,
        "fit of needs": facts.fit,
        "distance": facts.distance,
        "quality": facts.quality,
        "earlier placements": None if facts.earlier is None else float(min(facts.earlier, MANY_EARLIER)),
    }


def wilson(lasted: int, of: int, z: float = WILSON_90) -> tuple[float, float]:
    """The Wilson score interval of a share."""
    share, square = lasted / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return 0.0 if lasted == 0 else middle - half, 1.0 if lasted == of else middle + half


def logistic(score: float) -> float:
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    return math.exp(score) / (1 + math.exp(score))


def read_model(said: Mapping[str, Any]) -> Model:
    """The model that `to_dict` wrote."""
    if said["schema"] != SCHEMA:
        raise ValueError(f"not a {SCHEMA}: {said['schema']}")
    check, calibration = said["check"], said["calibration"]
    return Model(
        horizon_weeks=said["horizon_weeks"],
        placements=said["placements"],
        ended_early=said["ended_early"],
        kinds=tuple((kind, count) for kind, count in said["kinds"]),
        least_of_kind=said["least_of_kind"],
        columns=tuple(Column(**one) for one in said["columns"]),
        intercept=said["intercept"],
        strength=said["strength"],
        calibration=Calibration(
            calibration["slope"], calibration["shift"], tuple((score, one) for score, one in calibration["points"])
        ),
        comparables=tuple((one, bool(lasted)) for one, lasted in said["comparables"]),
        auc=said["auc"],
        check=check and Check(**{**check, "first_day": date.fromisoformat(check["first_day"])}),
        warnings=tuple(said["warnings"]),
        suspects=tuple(said["suspects"]),
    )
