"""From placements on record to the model of how often they lasted. Loads scikit-learn: only a fit comes here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.fit.stability import (
    LEAKAGE,
    Calibration,
    Check,
    Column,
    Facts,
    Model,
    NotEnough,
    PastPlacement,
    Rules,
    lasted_horizon,
    values_of,
)

STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
FOLDS = 5
ISOTONIC_FROM = 2000
"""From so many rows on the calibration may bend as it likes; with fewer a logistic curve is all that they can carry."""
HELD_OUT = 4
"""One in so many, the latest, meets a model from the others."""
LEAST_EARLIER, LEAST_HELD_OUT, LEAST_OF_EACH = 60, 20, 5
GROUPS = 5
PLACES = 6

Numbers = NDArray[np.float64]
Known = tuple[PastPlacement, bool]


def learn(rows: Sequence[PastPlacement], rules: Rules, as_of: date) -> Model | NotEnough:
    """The model with its check on the latest placements, or how far the record is from one."""
    known = sorted(
        ((row, lasted) for row in rows if (lasted := lasted_horizon(row, rules.horizon_weeks, as_of)) is not None),
        key=_order,
    )
    ended = sum(not lasted for _, lasted in known)
    if len(known) < rules.least_placements or ended < rules.least_ended_early or len(known) - ended < FOLDS:
        return NotEnough(len(known), ended)

    import sklearn.linear_model  # noqa: F401  loads what the limit must reach
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # sums come out the same however many processors there are
        model = _model(known, rules)
        check = _check(known, rules)
        suspects = _suspects(known, rules)
    leaks = any(one > rules.auc_limit for one in (model.auc, check.auc if check else 0.0)) or bool(suspects)
    return replace(model, check=check, warnings=(LEAKAGE,) if leaks else (), suspects=suspects)


def _order(one: Known) -> tuple[Any, ...]:
    """An order that depends on nothing but what the rows say."""
    (row, lasted), facts = one, one[0].facts
    numbers = (*facts.needs, facts.fit, facts.distance, facts.quality, facts.earlier, facts.age_years)
    return row.started_on, facts.kind, facts.urgency, *((n is None, n or 0) for n in numbers), lasted


def _model(known: Sequence[Known], rules: Rules) -> Model:
    facts, lasted = [row.facts for row, _ in known], np.array([float(lasted) for _, lasted in known])
    names, values = _table(facts)
    centres, scales = _middle(values)
    design = _standard(values, centres, scales)
    folds = _folds(lasted)
    strength, left_out = _choose(design, lasted, folds)
    weights, intercept = _regression(design, lasted, strength)
    model = Model(
        horizon_weeks=rules.horizon_weeks,
        placements=len(known),
        ended_early=int(len(known) - lasted.sum()),
        kinds=tuple(sorted(Counter(one.kind for one in facts).items())),
        least_of_kind=rules.least_of_kind,
        columns=tuple(
            Column(name, _round(centre), _round(scale), _round(weight))
            for name, centre, scale, weight in zip(names, centres, scales, weights, strict=True)
        ),
        intercept=_round(intercept),
        strength=strength,
        calibration=_calibration(left_out, lasted),
        comparables=(),
        auc=_round(_auc(left_out, lasted)),
        check=None,
        warnings=(),
        suspects=(),
    )
    given = [model.calibration.probability(score) for score in left_out.tolist()]
    pairs = tuple(sorted(zip(given, (lasted > 0).tolist(), strict=True)))
    return replace(model, comparables=pairs)


def _table(facts: Sequence[Facts]) -> tuple[list[str], Numbers]:
    """Columns that say something and their values, NaN where unknown."""
    said = [values_of(one) for one in facts]
    names = sorted({name for one in said for name in one})
    values = np.array(
        [[np.nan if (value := one.get(name, 0.0)) is None else value for name in names] for one in said], dtype=float
    )
    apart = [
        at for at in range(len(names)) if (said_of := values[~np.isnan(values[:, at]), at]).size and np.ptp(said_of) > 0
    ]
    return [names[at] for at in apart], values[:, apart]


def _middle(values: Numbers) -> tuple[list[float], list[float]]:
    return [float(one) for one in np.nanmean(values, axis=0)], [float(one) for one in np.nanstd(values, axis=0)]


def _standard(values: Numbers, centres: Sequence[float], scales: Sequence[float]) -> Numbers:
    standard: Numbers = np.nan_to_num((values - np.array(centres)) / np.array(scales), nan=0.0)
    return standard


def _folds(lasted: Numbers) -> NDArray[np.int64]:
    """A fold for each row, every fold with its share of what lasted and of what did not, spread over time."""
    folds = np.zeros(len(lasted), dtype=np.int64)
    for outcome in (0.0, 1.0):
        at = np.flatnonzero(lasted == outcome)
        folds[at] = np.arange(len(at)) % FOLDS
    return folds


def _regression(design: Numbers, lasted: Numbers, strength: float) -> tuple[list[float], float]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=strength, solver="lbfgs", tol=1e-8, max_iter=5000).fit(design, lasted)
    return [float(one) for one in fitted.coef_[0]], float(fitted.intercept_[0])


def _choose(design: Numbers, lasted: Numbers, folds: NDArray[np.int64]) -> tuple[float, Numbers]:
    """The strength that foretells rows left out best, the stronger penalty where two do as well; with each row's score
    by a model that had not seen it.
    """
    best: tuple[float, float, Numbers] | None = None
    for strength in STRENGTHS:
        scores = np.zeros(len(lasted))
        for fold in range(FOLDS):
            weights, intercept = _regression(design[folds != fold], lasted[folds != fold], strength)
            scores[folds == fold] = design[folds == fold] @ np.array(weights) + intercept
        loss = float(np.mean(np.logaddexp(0.0, np.where(lasted > 0, -scores, scores))))
        if best is None or loss < best[0] - 1e-9:
            best = (loss, strength, scores)
    if best is None:  # pragma: no cover - there are strengths
        raise AssertionError
    return best[1], best[2]


def _calibration(scores: Numbers, lasted: Numbers) -> Calibration:
    if len(lasted) >= ISOTONIC_FROM:
        from sklearn.isotonic import IsotonicRegression

        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, lasted)
        given = zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True)
        return Calibration(0.0, 0.0, tuple((float(score), _round(one)) for score, one in given))
    (slope,), shift = _regression(scores.reshape(-1, 1), lasted, 1e6)
    if slope <= 0:  # what was seen foretells nothing of what was not: all placements are alike
        share = float(np.mean(lasted))
        return Calibration(0.0, _round(math.log(share / (1 - share))))
    return Calibration(_round(slope), _round(shift))


def _check(known: Sequence[Known], rules: Rules) -> Check | None:
    """A model as it could have been fitted on the day when the latest quarter of placements begins: of those before
    only what had lasted or ended by then. None where either side has too few.
    """
    first = known[len(known) * (HELD_OUT - 1) // HELD_OUT][0].started_on
    settled = first - timedelta(weeks=rules.horizon_weeks)
    earlier = [one for one in known if one[0].started_on <= settled]
    latest = [one for one in known if one[0].started_on >= first]
    if len(earlier) < LEAST_EARLIER or len(latest) < LEAST_HELD_OUT:
        return None
    if any(
        min(sum(lasted for _, lasted in some), sum(not lasted for _, lasted in some)) < LEAST_OF_EACH
        for some in (earlier, latest)
    ):
        return None
    model = _model(earlier, rules)
    given = np.array([model.probability(row.facts) for row, _ in latest])
    lasted = np.array([float(lasted) for _, lasted in latest])
    return Check(first, len(latest), _round(_auc(given, lasted)), _round(_calibration_error(given, lasted)))


def _suspects(known: Sequence[Known], rules: Rules) -> tuple[str, ...]:
    """Columns that separate too well on their own, either way round."""
    lasted = np.array([float(lasted) for _, lasted in known])
    names, values = _table([row.facts for row, _ in known])
    centres, _ = _middle(values)
    found = []
    for at, name in enumerate(names):
        alone = _auc(np.nan_to_num(values[:, at], nan=centres[at]), lasted)
        if max(alone, 1 - alone) > rules.auc_limit:
            found.append(name)
    return tuple(found)


def _auc(scores: Numbers, lasted: Numbers) -> float:
    """The share of pairs, one that lasted and one that did not, of which the first has the higher score; level counts
    half.
    """
    _, level, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[level]
    many = float(lasted.sum())
    return float((ranks[lasted > 0].sum() - many * (many + 1) / 2) / (many * (len(lasted) - many)))


def _calibration_error(given: Numbers, lasted: Numbers) -> float:
    """How far what was foretold lies from what came, on average over groups of alike probability."""
    groups = np.array_split(np.argsort(given, kind="stable"), GROUPS)
    return float(sum(len(at) * abs(given[at].mean() - lasted[at].mean()) for at in groups) / len(given))


def _round(number: float) -> float:
    return round(float(number), PLACES) + 0.0
