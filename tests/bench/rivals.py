"""How offers are ordered elsewhere, each written as well as those who use it would write it.

Every rival gets only candidates that pass the gates, the same absolute measures of need, quality and distance as the
product works out (evidence discounts and the cap included), the policy's own weights where it has use for any, and
prices on one basis of 52 weeks. They differ in how price is judged and how the criteria are put together. All are
vectorised over many tenders at once.

Inputs are arrays of tenders x offers: `price` in pence a week (nan where there is none) and `merits`, tenders x offers
x criteria, each 0..1 and the more the better; `there` says which places of a row hold an offer. Scores come back with
-inf where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]
Rival: TypeAlias = Callable[[Floats, Floats, Floats, Truths], Floats]

ROUNDING = 9
"""Scores are compared to this many decimals, so that no rival is charged with a reversal that is only dust."""


def cheapest_first(price: Floats, merits: Floats, weights: Floats, there: Truths) -> Floats:
    """The lowest price first; of equal prices the one of more merit."""
    best = np.einsum("toc,tc->to", merits, weights[:, 1:])
    return _where(there, -_dear_if_unknown(price, there) + best / (1 + np.abs(best).max(initial=0)) * 1e-3)


def lowest_ratio(price: Floats, merits: Floats, weights: Floats, there: Truths) -> Floats:
    """Weight x lowest price / this price for price (F-31), the other criteria as they are."""
    priced = np.where(there & ~np.isnan(price), price, np.inf)
    lowest = priced.min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(np.isfinite(priced), np.where(priced <= lowest, 1.0, lowest / priced), 0.0)
    return _where(there, weights[:, :1] * part + np.einsum("toc,tc->to", merits, weights[:, 1:]))


def min_max(price: Floats, merits: Floats, weights: Floats, there: Truths) -> Floats:
    """Each criterion stretched over the offers at hand, in the policy's weights."""
    criteria = _criteria(price, merits, there)
    return _where(there, np.einsum("toc,tc->to", _stretched(criteria, there), weights))


def min_max_40_30_30(price: Floats, merits: Floats, weights: Floats, there: Truths) -> Floats:
    """The script that is in use: 40 for price, 30 for quality, 30 for needs, each stretched over the offers at hand."""
    del weights
    criteria = _criteria(price, merits, there)[:, :, :3]
    return _where(there, np.einsum("toc,c->to", _stretched(criteria, there), np.array([0.4, 0.3, 0.3])))


def topsis(price: Floats, merits: Floats, weights: Floats, there: Truths) -> Floats:
    """Closeness to the ideal offer against the worst one, after vector normalisation (Hwang and Yoon 1981)."""
    shown = there[:, :, None]
    values = np.concatenate([_dear_if_unknown(price, there)[:, :, None], merits], axis=2)
    values = np.where(shown, values, 0.0)
    length = np.sqrt((values**2).sum(axis=1, keepdims=True))
    weighed = np.divide(values, length, out=np.zeros_like(values), where=length > 0) * weights[:, None, :]
    high = np.where(shown, weighed, -np.inf).max(axis=1, keepdims=True)
    low = np.where(shown, weighed, np.inf).min(axis=1, keepdims=True)
    cost = np.arange(values.shape[2]) == 0
    ideal, worst = np.where(cost, low, high), np.where(cost, high, low)
    with np.errstate(invalid="ignore"):
        to_ideal = np.sqrt(((weighed - ideal) ** 2).sum(axis=2))
        to_worst = np.sqrt(((weighed - worst) ** 2).sum(axis=2))
        closeness = to_worst / np.where(to_ideal + to_worst > 0, to_ideal + to_worst, 1.0)
    return _where(there, closeness)


RIVALS: Mapping[str, Rival] = MappingProxyType(
    {
        "cheapest_first": cheapest_first,
        "lowest_ratio": lowest_ratio,
        "min_max": min_max,
        "min_max_40_30_30": min_max_40_30_30,
        "topsis": topsis,
    }
)


def _where(there: Truths, scores: Floats) -> Floats:
    return np.where(there, np.round(scores, ROUNDING), -np.inf)


def _dear_if_unknown(price: Floats, there: Truths) -> Floats:
    """A candidate without a price is taken to cost as much as the dearest."""
    known = np.where(there & ~np.isnan(price), price, -np.inf)
    dearest = known.max(axis=1, keepdims=True)
    return np.where(there, np.where(np.isfinite(known), known, np.where(np.isfinite(dearest), dearest, 0.0)), 0.0)


def _criteria(price: Floats, merits: Floats, there: Truths) -> Floats:
    """Price (the less the better, so negated), quality, needs, practical."""
    return np.concatenate([-_dear_if_unknown(price, there)[:, :, None], merits], axis=2)


def _stretched(criteria: Floats, there: Truths) -> Floats:
    """0 for the worst offer at hand, 1 for the best; a criterion on which all are equal tells nobody apart."""
    shown = there[:, :, None]
    low = np.where(shown, criteria, np.inf).min(axis=1, keepdims=True)
    high = np.where(shown, criteria, -np.inf).max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        reach = high - low
        return np.where(shown & (reach > 0), (criteria - low) / np.where(reach > 0, reach, 1.0), 0.0)
