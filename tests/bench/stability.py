"""How well the band of `matching.fit.stability` holds what a made-up world knows: one line for each world.

`rate_in_band`: of 500 children of whom nothing is on record, for how many the band holds the rate of the fifty who are
most alike by the model (what it says: .9 is asked); `own_in_band`: for how many it holds the child's own. `width` is in
tenths. `auc` and `calibration_error` are of the held-out latest quarter, `auc_possible` is what knowing every truth
would give. `warned` is the share of histories whose model is suspected of a leak: 1 in the last world, 0 in the others.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from matching.fit.stability import Facts, Model, PastPlacement, Rules, fit

ROWS, UNSEEN, ALIKE, SEEDS = 600, 500, 25, (1, 2, 3)
RULES = Rules(horizon_weeks=26, least_placements=100, least_ended_early=20, least_of_kind=30, auc_limit=0.75)
FIRST, AS_OF = date(2020, 1, 1), date(2026, 1, 1)
HORIZON = timedelta(weeks=26)
KINDS, URGENCIES = ("ifa", "residential", "supported"), ("planned", "urgent", "same_day")


@dataclass(frozen=True)
class World:
    """The chance that a placement lasts, given what is on record and what of its home is not."""

    name: str
    truth: Callable[[Facts, float], float]
    leaks: bool = False


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def _levels(facts: Facts) -> list[float]:
    return [7 / 6 if level is None else level for level in facts.needs]


def _own_family(facts: Facts, _: float) -> float:
    levels = _levels(facts)
    return _logistic(0.9 - 0.35 * levels[0] - 0.2 * levels[5] - 0.25 * (facts.earlier or 0) + 0.9 * (facts.fit or 0))


def _thresholds(facts: Facts, _: float) -> float:
    severe = sum(level >= 3 for level in _levels(facts))
    return 0.85 - 0.2 * (severe >= 2) - 0.25 * (severe >= 4) - 0.1 * ((facts.fit or 0) < 0.3)


def _hidden_homes(facts: Facts, home: float) -> float:
    return _logistic(0.9 - 0.3 * _levels(facts)[0] + 0.5 * (facts.fit or 0) + home)


def _nothing_to_see(_: Facts, __: float) -> float:
    return 0.7


WORLDS = (
    World("own family", _own_family),
    World("thresholds", _thresholds),
    World("homes that differ unseen", _hidden_homes),
    World("nothing to see", _nothing_to_see),
    World("a column that leaks", _own_family, leaks=True),
)


def figures() -> Iterator[dict[str, Any]]:
    """A dict for each world, means over seeds."""
    for world in WORLDS:
        judged = [judge(world, seed) for seed in SEEDS]
        means = {key: round(sum(one[key] for one in judged) / len(judged), 3) for key in judged[0]}
        yield {"bench": "stability", "world": world.name, "rows": ROWS, "seeds": len(SEEDS), **means}


def judge(world: World, seed: int) -> dict[str, float]:
    """The figures of one world and seed."""
    draw = random.Random(1000 + seed)  # nosec B311
    model = fit([_placement(world, draw) for _ in range(ROWS)], RULES, AS_OF)
    if not isinstance(model, Model) or model.check is None:
        raise RuntimeError(f"{world.name}: no model of {model}")
    unseen = [(_child(draw), draw.gauss(0, 0.8)) for _ in range(UNSEEN)]
    known = sorted(
        ((model.probability(one), world.truth(one, home), model.band(one)) for one, home in unseen),
        key=lambda row: row[:2],
    )
    rates = [known[max(at - ALIKE, 0) : at + ALIKE] for at in range(UNSEEN)]
    bands = [(band.low / 10, band.high / 10) for _, _, band in known if band]
    truths = [true for _, true, _ in known]
    return {
        "auc": model.check.auc,
        "auc_possible": _possible(truths),
        "calibration_error": model.check.calibration_error,
        "rate_in_band": sum(
            low <= sum(true for _, true, _ in near) / len(near) <= high
            for near, (low, high) in zip(rates, bands, strict=True)
        )
        / UNSEEN,
        "own_in_band": sum(low <= true <= high for true, (low, high) in zip(truths, bands, strict=True)) / UNSEEN,
        "width": sum(10 * (high - low) for low, high in bands) / UNSEEN,
        "warned": float(model.may_leak),
    }


def _child(draw: random.Random) -> Facts:
    return Facts(
        kind=draw.choice(KINDS),
        age_years=draw.randint(4, 17),
        needs=tuple(None if draw.random() < 0.05 else draw.choice([0, 0, 1, 1, 2, 3]) for _ in range(12)),
        fit=draw.random(),
        distance=None if draw.random() < 0.1 else draw.random(),
        quality=None if draw.random() < 0.1 else draw.random(),
        urgency=draw.choice(URGENCIES),
        earlier=draw.choice([0, 0, 0, 1, 2, 3]),
    )


def _placement(world: World, draw: random.Random) -> PastPlacement:
    facts, began = _child(draw), FIRST + timedelta(days=draw.randrange((AS_OF - HORIZON - FIRST).days))
    lasted = draw.random() < world.truth(facts, draw.gauss(0, 0.8))
    if world.leaks:
        facts = replace(facts, quality=0.3 * draw.random() + (0.5 if lasted else 0.2))
    until = began + (HORIZON if lasted else timedelta(days=draw.randrange(1, 181)))
    return PastPlacement(facts, began, until, broke_down=not lasted)


def _possible(truths: list[float]) -> float:
    """The area under the curve of the truths themselves: over pairs, the weight of those in the right order."""
    right = whole = 0.0
    for one in truths:
        for other in truths:
            weight = one * (1 - other)
            whole += weight
            right += weight * (1.0 if one > other else 0.5 if one == other else 0.0)
    return right / whole
