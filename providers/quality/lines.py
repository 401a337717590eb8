"""A line of the addition that a quality score is, and how exact values become whole points: rounded once, a half goes
up. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Part:
    """One line of an addition. `points` may be below nought (age); `most` is what it could have given, 0 for a
    deduction.

    `said` is what it rests on, `source` who says so, `on` the day of it (ISO, or empty), `working` its own sum.
    `known` is False where a prior stands for it. `basis` is what it was computed from in short: another basis is
    another score, although its points may be the same.
    """

    key: str
    label: str
    said: str
    points: int
    most: int
    source: str = ""
    on: str = ""
    working: str = ""
    known: bool = True
    basis: str = ""

    def stored(self) -> dict[str, Any]:
        """As a row keeps it: the arguments that make it again."""
        return {
            "key": self.key,
            "label": self.label,
            "said": self.said,
            "points": self.points,
            "most": self.most,
            "source": self.source,
            "on": self.on,
            "working": self.working,
            "known": self.known,
            "basis": self.basis,
        }


@dataclass(frozen=True, slots=True)
class Valued:
    """One line before it is weighed: `value` from 0 to 100, exact; None where it is not known."""

    key: str
    label: str
    weight: int
    value: Fraction | None
    said: str
    source: str
    on: str = ""
    working: str = ""
    basis: str = ""


def half_up(value: Fraction) -> int:
    """The nearest whole number; a half goes up."""
    return _nearest(value.numerator, value.denominator)


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def shown(numerator: int | Fraction, denominator: int = 1) -> str:
    """An exact value for people: whole, or with up to two decimals (the sum itself keeps all of it)."""
    if isinstance(numerator, Fraction):
        numerator, denominator = numerator.numerator, numerator.denominator * denominator
    whole, rest = divmod(numerator, denominator)
    if not rest:
        return str(whole)
    hundredths = _nearest(100 * numerator, denominator)
    return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")


def weighed(weight: int, value: Fraction) -> int:
    """The points of a value from 0 to 100 that weighs so many per cent."""
    return _nearest(weight * value.numerator, WHOLE * value.denominator)


def weighing(weight: int, value: Fraction, of: str) -> str:
    """How a value is weighed, in words: 20 per cent of 69 is 13.8, rounded to 14."""
    numerator, denominator = weight * value.numerator, WHOLE * value.denominator
    rounded = f", rounded to {weighed(weight, value)}" if numerator % denominator else ""
    return f"{weight} per cent of {of} is {shown(numerator, denominator)}{rounded}"


def add_up(lines: Iterable[Valued], prior: int) -> tuple[int, bool, tuple[Part, ...]]:
    """What lines come to from 0 to 100, whether anything of it is known, and the lines with their points.

    The prior stands for a line that is not known; where none is, the sum is the prior itself and the lines have no
    points.
    """
    listed = list(lines)
    known = any(line.value is not None for line in listed)
    parts = tuple(_part(line, prior, known) for line in listed)
    return (sum(part.points for part in parts) if known else prior), known, parts


def _part(line: Valued, prior: int, any_known: bool) -> Part:
    value = Fraction(prior) if line.value is None else line.value
    points = weighed(line.weight, value) if any_known else 0
    working = line.working
    if any_known:
        of = f"the prior of {prior}" if line.value is None else shown(value)
        working = f"{working}{'. ' if working else ''}{weighing(line.weight, value, of)}"
    return Part(
        key=line.key,
        label=line.label,
        said=line.said,
        points=points,
        most=line.weight,
        source=line.source,
        on=line.on,
        working=working,
        known=line.value is not None,
        basis=line.basis,
    )
