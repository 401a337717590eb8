"""How several sets of numbers lie beside each other: a row each, from its lowest to its highest, with its middle half
and its median.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.web.charts.bars import per_cent


@dataclass(frozen=True)
class Range:
    """One drawn row, in per cent across."""

    label: str
    x: str
    width: str
    box_x: str
    box_width: str
    median_x: str
    shows: str
    note: str
    figures: tuple[str, ...]


@dataclass(frozen=True)
class RangeChart:
    """Rows to compare. `title` says the finding."""

    title: str
    unit: str
    label_heading: str
    names: tuple[str, ...]
    ranges: tuple[Range, ...]
    download: str | None = None

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The figures behind the drawing."""
        return [(one.label, list(one.figures)) for one in self.ranges]


NAMES = ("Lowest", "Lower quartile", "Median", "Upper quartile", "Highest", "Services")


def range_chart(
    title: str,
    rows: Sequence[tuple[str, tuple[int, int, int, int, int], int]],
    *,
    show: Callable[[int], str],
    unit: str,
    label_heading: str,
    noun: tuple[str, str] = ("service", "services"),
) -> RangeChart:
    """Rows of (label, five figures in order, how many they are of), from nought to the highest of all. Raises
    ValueError for figures that are negative or out of order.
    """
    if any(figures[0] < 0 or list(figures) != sorted(figures) for _, figures, _ in rows):
        raise ValueError("the five figures of a range go up from nought")
    top = max((figures[4] for _, figures, _ in rows), default=0)
    return RangeChart(
        title,
        unit,
        label_heading,
        NAMES,
        tuple(
            Range(
                label=label,
                x=per_cent(figures[0], top),
                width=per_cent(figures[4] - figures[0], top),
                box_x=per_cent(figures[1], top),
                box_width=per_cent(figures[3] - figures[1], top),
                median_x=per_cent(figures[2] * 0.995, top),
                shows=show(figures[2]),
                note=f"{count} {noun[0] if count == 1 else noun[1]}",
                figures=(*(show(figure) for figure in figures), str(count)),
            )
            for label, figures, count in rows
        ),
    )
