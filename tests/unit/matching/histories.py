"""Small histories of placements with a known price, for tests of the fit."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Sequence
from datetime import date, timedelta

from matching.fit.history import COLUMNS
from matching.fit.price import Comparable

FIRST, DAYS = date(2024, 1, 1), 730
BASES = {"fostering": 80_000, "home": 450_000}
GROWTH = {"fostering": 1.03, "home": 1.06}
LEVELS = tuple((0.0, 0.010 * at, 0.010 * at, 0.018 * at) for at in range(1, 13))
"""Logarithms of the multipliers of each need's levels: the second level of each costs no more than the first."""
STEEPER = {"fostering": 0.8, "home": 1.25}
AGE = {0: 0.10, 5: 0.04, 8: 0.0, 14: 0.06, 17: 0.09}


def age_effect(age: int) -> float:
    """A straight line between the ages of `AGE`."""
    low = max(one for one in AGE if one <= age)
    high = min((one for one in AGE if one > low), default=low)
    return AGE[low] + (AGE[high] - AGE[low]) * (age - low) / max(high - low, 1)


def quarters(day: date) -> int:
    return (day.year - FIRST.year) * 4 + (day.month - 1) // 3


def fair(kind: str, age: int, needs: Sequence[int | None], day: date) -> float:
    """Pence a week, before any noise: what is not measured counts as nothing."""
    need = STEEPER[kind] * sum(LEVELS[at][level or 0] for at, level in enumerate(needs))
    return BASES[kind] * math.exp(need + age_effect(age) + quarters(day) / 4 * math.log(GROWTH[kind]))


def history(count: int, *, noise: float, seed: int = 1, odd: float = 0.0, blank: float = 0.0) -> list[Comparable]:
    """`odd` is the share of rows whose price is two to ten times what it should be."""
    draw = random.Random(seed)
    rows = []
    for at in range(count):
        kind = "home" if at % 2 else "fostering"
        age, day = draw.randrange(18), FIRST + timedelta(days=draw.randrange(DAYS))
        needs = tuple(None if draw.random() < blank else draw.randrange(4) for _ in range(12))
        price = fair(kind, age, needs, day) * math.exp(draw.gauss(0, noise))
        price *= draw.uniform(2, 10) if draw.random() < odd else 1
        rows.append(Comparable(kind, age, needs, day, round(price)))
    return rows


def as_file(rows: Sequence[Comparable]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in rows:
        needs = ["" if need is None else need for need in row.needs]
        lines.writerow([row.placement_type, row.age_years, *needs, row.start_date.isoformat(), row.pence_week])
    return text.getvalue()
