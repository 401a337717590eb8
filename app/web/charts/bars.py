"""Bars that lie down: one row a thing, and one bar made of parts that add up to the total beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

SHADES = 6
"""How many fills the style sheet has; a further part starts again from the first."""


def per_cent(value: float, whole: float) -> str:
    """A share as an SVG length, such as 33.33%."""
    return f"{100 * value / whole:.2f}%" if whole else "0%"


@dataclass(frozen=True)
class Part:
    """One contribution to a total."""

    label: str
    value: float


@dataclass(frozen=True)
class Segment:
    """One drawn part: where it starts and how wide it is, in per cent of the bar."""

    part: Part
    x: str
    width: str
    shade: int
    shows: str
    wide: bool


@dataclass(frozen=True)
class StackedBar:
    """Parts that sum to `total`, drawn against `of`."""

    segments: tuple[Segment, ...]
    total: float
    of: float
    unit: str
    total_shows: str
    of_shows: str
    total_x: str

    @property
    def sentence(self) -> str:
        """The bar in words, for those who do not see it."""
        parts = ", ".join(f"{segment.part.label} {segment.shows}" for segment in self.segments)
        return f"{self.total_shows} of {self.of_shows} {self.unit}: {parts}".replace("  ", " ")


def plain(value: float) -> str:
    """12, 1,204 or 12.5."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def stacked_bar(
    parts: Iterable[Part],
    *,
    of: float | None = None,
    unit: str = "",
    total: float | None = None,
    show: Callable[[float], str] = plain,
) -> StackedBar:
    """A bar of parts. `of` is the whole that the bar's track stands for (default: the total).

    Raises ValueError where a part is negative, or where `total` is given and the parts do not sum to it: such a bar
    would lie.
    """
    listed = tuple(parts)
    found = sum(part.value for part in listed)
    if any(part.value < 0 for part in listed):
        raise ValueError("a part of a stacked bar is negative")
    if total is not None and abs(total - found) > 1e-9:
        raise ValueError(f"the parts sum to {found}, not to {total}")
    whole = found if of is None else of
    segments, start = [], 0.0
    for number, part in enumerate(listed):
        segments.append(
            Segment(
                part=part,
                x=per_cent(start, whole),
                width=per_cent(part.value, whole),
                shade=number % SHADES + 1,
                shows=show(part.value),
                wide=bool(whole) and part.value / whole >= 0.12,
            )
        )
        start += part.value
    return StackedBar(tuple(segments), found, whole, unit, show(found), show(whole), per_cent(found, whole))


@dataclass(frozen=True)
class Bar:
    """One row: its label, its value in words and its length."""

    label: str
    value: float
    shows: str
    width: str
    note: str = ""


@dataclass(frozen=True)
class BarChart:
    """Rows to compare. `title` says the finding."""

    title: str
    unit: str
    label_heading: str
    bars: tuple[Bar, ...]
    download: str | None = None

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The figures behind the drawing."""
        return [(bar.label, [bar.shows]) for bar in self.bars]


def bar_chart(
    title: str,
    rows: Sequence[tuple[str, float] | tuple[str, float, str]],
    *,
    show: Callable[[int], str] | Callable[[float], str] = plain,
    unit: str,
    label_heading: str,
    download: str | None = None,
) -> BarChart:
    """Horizontal bars in the order given, from nought to the longest. Raises ValueError for a negative value."""
    if any(row[1] < 0 for row in rows):
        raise ValueError("a bar from nought cannot show a negative value")
    longest = max((row[1] for row in rows), default=0)
    bars = tuple(
        Bar(row[0], row[1], show(row[1]), per_cent(row[1], longest), row[2] if len(row) > 2 else "")  # type: ignore[arg-type]
        for row in rows
    )
    return BarChart(title, unit, label_heading, bars, download)
