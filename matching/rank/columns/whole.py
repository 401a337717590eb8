"""The arithmetic of the parts on whole columns of integers: the same roundings as `parts.py`, many at once.

Every number that is divided or compared here is an int32 or int64 that its caller has proved to fit. The one float is
a root: it comes with a bound on its error, and where the two ends of that bound would round to different integers the
answer is left to the exact engine.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from matching.rank.facts import MILLION

Integers: TypeAlias = npt.NDArray[np.integer[Any]]
Int64s: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

FITS = 2**62
"""Numbers below this, and the sum of two of them, fit an int64."""

FITS_NARROW = 2**31 - 1

MOST_METRES = 2**25
"""Coordinates up to here (33,000 km) keep a squared distance between whole metres exact in a float64."""

ROUGH_METRES = 2.0**-23
"""At least twice the error of a distance between places that are not whole metres: each float64 coordinate is off by at
most 2^-29 of a metre, their difference by 2^-26, the root of the squares by 2^-24 in all.
"""

ROOT_ERROR = 1e-9
"""More than the error of a root of at most 2 million millionths: four roundings of 2^-53 each."""


def narrowest(most: int) -> type[np.int32] | type[np.int64]:
    """The narrower integer that holds everything up to `most`: half the bytes are half the time."""
    return np.int32 if most <= FITS_NARROW else np.int64


def share_of_million(met: Any, wanted: Any) -> Any:
    """1000000 x met / wanted to the nearest integer, halves up; `met` is overwritten where it is an array of the right
    kind. The caller has proved that (2000000 + 1) x wanted fits.
    """
    np.multiply(met, 2 * MILLION, out=met)
    np.add(met, wanted, out=met)
    return np.floor_divide(met, 2 * wanted, out=met)


def contribution(weight: int, part: Any, whole: Any) -> Any:
    """weight x part / whole to the nearest integer, halves up. Parts are at most a million and weights at most 100, so
    an int32 holds it.
    """
    found = np.multiply(part, 2 * weight)
    np.add(found, whole, out=found)
    return np.floor_divide(found, 2 * whole, out=found)


def price_parts(room: Any, span: Any) -> Any:
    """Price parts from what each price leaves of the ceiling. `room` is overwritten; span is above 0."""
    np.maximum(room, 0, out=room)
    np.minimum(room, span, out=room)
    return share_of_million(room, span)


def ratio_parts(lowest: Any, prices: Int64s) -> Int64s:
    """The lowest price over each, at most 1; a price of nothing scores 1. Prices are below 2^40."""
    top = np.minimum(prices, lowest)
    found = (2 * MILLION * top + prices) // np.maximum(2 * prices, 1)
    return np.where(prices <= lowest, MILLION, found)


def practical_parts(squares: Floats, per_metre: float, error: float) -> tuple[Integers, Bools]:
    """What is left of a million after the millionths lost to distance, halves up, and which are in doubt.

    `squares` are squared metres, `per_metre` millionths lost by the metre, `error` the greatest error of what is lost.
    Both ends of the error round to the same integer where there is no doubt.
    """
    lost = np.sqrt(squares)
    np.multiply(lost, per_metre, out=lost)
    np.minimum(lost, MILLION + 1.0, out=lost)
    low = np.ceil(lost - (0.5 + error))
    np.subtract(lost, 0.5 - error, out=lost)
    np.ceil(lost, out=lost)
    doubtful = low != lost
    left = np.subtract(float(MILLION), low, out=low).astype(np.int32)
    np.maximum(left, 0, out=left)
    return left, doubtful
