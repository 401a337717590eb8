"""Values over time: columns for what happened in each month, lines for what it came to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.web.charts.bars import SHADES, plain

HEIGHT = 220
TOP, BOTTOM = 26, 192
"""Pixels: where the highest value and nought lie in a drawing of `HEIGHT`."""

LEFT = 11.0
"""Where drawings begin, in per cent: the words of the grid stand before them, so keep those short (£1.2m)."""

RIGHT = 72.0
"""Where lines end, in per cent: their names stand beside their ends, and a phone has room for them."""

LABEL = 34
"""Pixels that a name with its value beneath takes."""

TOPS = ((1.0, 5), (1.2, 4), (1.5, 3), (2.0, 4), (2.5, 5), (3.0, 3), (4.0, 4), (5.0, 5), (6.0, 3), (8.0, 4), (10.0, 5))
"""Round numbers at which an axis may end, each with the number of steps that keeps its grid round too."""


@dataclass(frozen=True)
class Point:
    """One value: where it lies (per cent across, pixels down) and what it says."""

    x: float
    y: float
    shows: str
    label: str


@dataclass(frozen=True)
class Series:
    """One line or one set of columns. `label_y` is where its name stands, clear of the others."""

    name: str
    points: tuple[Point, ...]
    shade: int
    label_y: float

    @property
    def pairs(self) -> list[tuple[Point, Point]]:
        """Neighbouring points, between which a line is drawn."""
        return list(zip(self.points, self.points[1:], strict=False))


@dataclass(frozen=True)
class SeriesChart:
    """A drawing with its grid. `slot` is the width of one step across, `bar` that of one column, in per cent."""

    title: str
    unit: str
    label_heading: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    grid: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str, bool], ...]
    bar: float
    download: str | None
    height: int = HEIGHT
    floor: float = BOTTOM

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The figures behind the drawing: each label with the value of every series."""
        return [(label, [line.points[i].shows for line in self.series]) for i, label in enumerate(self.labels)]


def nice_top(value: float) -> tuple[float, int]:
    """The round number at or above a value at which an axis ends, and into how many steps its grid divides it."""
    if value < 1e-9:
        return 1.0, 1
    power = float(10 ** math.floor(math.log10(value)))
    return next((step * power, lines) for step, lines in TOPS if step * power >= value * 0.999999)


def _chart(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    show: Callable[[Any], str],
    unit: str,
    label_heading: str,
    download: str | None,
    show_grid: Callable[[Any], str] | None,
    *,
    columns: bool,
) -> SeriesChart:
    if any(len(values) != len(labels) for values in series.values()):
        raise ValueError("every series needs one value for each label")
    if any(value < 0 for values in series.values() for value in values):
        raise ValueError("a chart from nought cannot show a negative value")
    top, lines = nice_top(max((value for values in series.values() for value in values), default=0))
    steps = len(labels)
    left, right = (LEFT, 100.0) if columns else (LEFT + 1, RIGHT)
    slot = (right - left) / max(1, steps if columns else steps - 1)
    across = [left + slot * (i + 0.5 if columns else i) for i in range(steps)]

    def down(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / top, 1)

    drawn: list[Series] = []
    for number, (name, values) in enumerate(series.items()):
        points = tuple(
            Point(round(x, 2), down(value), show(value), label)
            for x, value, label in zip(across, values, labels, strict=True)
        )
        drawn.append(Series(name, points, number % SHADES + 1, (points[-1].y if points else BOTTOM) - 2))
    whole = all(float(value).is_integer() for values in series.values() for value in values)
    steps_up = [_as_given(round(top * i / lines, 6)) for i in range(lines + 1)]
    grid = tuple(
        (down(value), (show_grid or show)(value)) for value in steps_up if not whole or float(value).is_integer()
    )
    every = math.ceil(steps / 6) if steps > 6 else 1
    ticks = tuple((round(x, 2), label, i % every != 0) for i, (x, label) in enumerate(zip(across, labels, strict=True)))
    return SeriesChart(
        title, unit, label_heading, tuple(labels), _apart(drawn), grid, ticks, round(slot * 0.7, 2), download
    )


def _apart(drawn: list[Series]) -> tuple[Series, ...]:
    """The same lines with their names moved apart where they would stand on one another."""
    in_order = sorted(drawn, key=lambda line: line.label_y)
    places = [line.label_y for line in in_order]
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + LABEL)
    # The lowest stays above the floor and pushes the others up in turn.
    ceiling = BOTTOM - LABEL / 2
    for i in reversed(range(len(places))):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - LABEL
    moved = {line.name: replace(line, label_y=round(y, 1)) for line, y in zip(in_order, places, strict=True)}
    return tuple(moved[line.name] for line in drawn)


def _as_given(value: float) -> float:
    """A whole number as an integer, because money is shown from integers."""
    return int(value) if float(value).is_integer() else value


def column_chart(
    title: str,
    rows: Sequence[tuple[str, float]],
    *,
    show: Callable[[Any], str] = plain,
    unit: str,
    label_heading: str,
    download: str | None = None,
    show_grid: Callable[[Any], str] | None = None,
) -> SeriesChart:
    """Standing columns from nought, one a label (a month, say). Raises ValueError for a negative value."""
    labels, values = [row[0] for row in rows], [row[1] for row in rows]
    return _chart(title, labels, {unit: values}, show, unit, label_heading, download, show_grid, columns=True)


def line_chart(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    show: Callable[[Any], str] = plain,
    unit: str,
    label_heading: str,
    download: str | None = None,
    show_grid: Callable[[Any], str] | None = None,
) -> SeriesChart:
    """One line a series over the same labels, from nought. Raises ValueError for a negative value or a missing one."""
    return _chart(title, labels, series, show, unit, label_heading, download, show_grid, columns=False)
