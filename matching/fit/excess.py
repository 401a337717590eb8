"""Which rows lie too far above their like, judged by how few lie as far below.

Errors are taken as a mixture: most rows around nothing, some far above, some as far below. Honest noise, however long
its tails, lies on both sides alike; what is more above than below is excess: prices that were inflated or mistyped. A
row's chance of being excess is its chance of lying in the upper part, less what the lower part accounts for.
"""

from __future__ import annotations

import numpy as np

from matching.fit.design import Numbers

ROUNDS = 40
CAP = 8.0
"""Spreads beyond which a row is no odder."""
LEAST_SHIFT, MOST_SHIFT = 2.0, 6.0
LEAST_WIDTH, MOST_WIDTH = 0.7, 2.0
"""Of the parts above and below, in spreads of the middle."""
PSEUDO_ROWS = 3.0
MAD = 1.4826


def excess(errors: Numbers) -> Numbers:
    """By row: the chance that it lies above its like for no reason that rows below share. 0 below the middle."""
    count = len(errors)
    below = np.abs(errors[errors < 0])
    middle = max(MAD * float(np.median(below)), 1e-6) if len(below) else 1.0
    z = np.clip(errors / middle, -CAP, CAP)
    spread, shift, width, up, down = 1.0, 3.0, 1.0, 0.05, 0.02
    upper = np.zeros(count)
    for _ in range(ROUNDS):
        parts = np.stack(
            [
                (1 - up - down) * _normal(z, 0.0, spread),
                up * _normal(z, shift, width),
                down * _normal(z, -shift, width),
            ]
        )
        parts /= np.maximum(parts.sum(axis=0), 1e-300)
        within, upper, lower = parts
        up, down = float(upper.mean()), float(lower.mean())
        spread = max(float(np.sqrt((within * z**2).sum() / max(within.sum(), 1e-9))), 0.1)
        outer = max(float(upper.sum() + lower.sum()), 1e-9)
        shift = float(np.clip(((upper - lower) * z).sum() / outer, LEAST_SHIFT * spread, MOST_SHIFT * spread))
        variance = float((upper * (z - shift) ** 2 + lower * (z + shift) ** 2).sum()) / outer
        width = float(np.clip(np.sqrt(variance), LEAST_WIDTH * spread, MOST_WIDTH * spread))
    unshared = max(0.0, 1 - (down * count + PSEUDO_ROWS) / (up * count + PSEUDO_ROWS))
    order = np.argsort(z, kind="stable")
    rising = np.maximum.accumulate(np.where(z > 0, upper, 0.0)[order])
    found = np.empty(count)
    found[order] = rising * unshared
    return found


def _normal(z: Numbers, middle: float, spread: float) -> Numbers:
    return np.asarray(np.exp(-(((z - middle) / spread) ** 2) / 2) / spread)
