"""What is published of a fitted tariff: its multipliers read off its own prices, how many comparables each kind has,
and how far off it is on months that it has not seen.

Nothing here fits anything: the engine that does is an argument, so that these rules are the same whatever fits.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from app.placements.comparables import INDICATORS, History, PastPlacement

LEVELS = (1, 2, 3)
THOUSANDTHS = 1000


class Tariff(Protocol):
    """What was fitted: it prices a placement, at None where its kind has too few comparables."""

    def price(
        self, placement_type: str, age_years: int, needs: Sequence[int | None], as_of: dt.date
    ) -> Any:  # pragma: no cover - a shape
        """A price with `expected`, `p80`, `p90` and `comparables`."""

    def to_dict(self) -> dict[str, Any]:  # pragma: no cover - a shape
        """The TARIFF document."""


Fit = Callable[[History], Tariff]


def figures_of(
    history: History, fit: Fit, *, held_out_months: int, least_held_out: int
) -> tuple[Tariff, dict[str, Any]]:
    """The tariff fitted from the whole history, and its figures: by kind with enough comparables how many there are,
    the price at each age with no need at all, and for each of the 12 needs its three multipliers in thousandths; then
    the error on the last months, by a tariff fitted without them.
    """
    tariff = fit(history)
    types = {
        kind: _kind(tariff, kind, rows, history.last_start)
        for kind, rows in sorted(history.by_type.items())
        if tariff.price(kind, rows[0].age_years, (0,) * INDICATORS, history.last_start).expected is not None
    }
    from_day, tried = _held_out(history, fit, held_out_months)
    for kind, figures in types.items():
        figures["held_out"] = _error([one for one in tried if one[0].placement_type == kind], least_held_out)
    return tariff, {
        "types": types,
        "held_out_from": from_day.isoformat(),
        "held_out": _error(tried, least_held_out),
    }


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or the last of a shorter month."""
    number = day.year * 12 + day.month - 1 - months
    first = dt.date(number // 12, number % 12 + 1, 1)
    following = dt.date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


def _kind(tariff: Tariff, kind: str, rows: Sequence[PastPlacement], as_of: dt.date) -> dict[str, Any]:
    none = (0,) * INDICATORS
    ages = range(min(row.age_years for row in rows), max(row.age_years for row in rows) + 1)
    middle = int(statistics.median_low([row.age_years for row in rows]))
    base = tariff.price(kind, middle, none, as_of)

    def multiplier(need: int, level: int) -> int:
        needs = tuple(level if i == need else 0 for i in range(INDICATORS))
        raised: int = tariff.price(kind, middle, needs, as_of).expected
        return _thousandths(raised, base.expected)

    return {
        "comparables": base.comparables,
        "ages": [[age, tariff.price(kind, age, none, as_of).expected] for age in ages],
        "needs": [[multiplier(need, level) for level in LEVELS] for need in range(INDICATORS)],
    }


def _held_out(history: History, fit: Fit, months: int) -> tuple[dt.date, list[tuple[PastPlacement, int, int]]]:
    """From which day placements were held out, and each of them that could be priced without them: what was expected of
    it, and the median of its kind among those before.
    """
    from_day = months_before(history.last_start, months)
    before = History(tuple(row for row in history.rows if row.started_on < from_day))
    if not before.rows:
        return from_day, []
    earlier = fit(before)
    medians: Mapping[str, float] = {
        kind: statistics.median(row.weekly_pence for row in rows) for kind, rows in before.by_type.items()
    }
    tried = []
    for row in history.rows:
        if row.started_on >= from_day and row.placement_type in medians:
            expected = earlier.price(row.placement_type, row.age_years, row.needs, row.started_on).expected
            if expected is not None:
                tried.append((row, int(expected), round(medians[row.placement_type])))
    return from_day, tried


def _error(tried: Sequence[tuple[PastPlacement, int, int]], least: int) -> dict[str, int] | None:
    """How far off on average, in thousandths of what was paid: of the tariff, and of taking each kind's median. None
    for fewer than `least` placements: one price could be worked out from it.
    """
    if len(tried) < max(least, 1):
        return None

    def mean(errors: Sequence[float]) -> int:
        return round(THOUSANDTHS * sum(errors) / len(errors))

    return {
        "placements": len(tried),
        "error": mean([abs(expected - row.weekly_pence) / row.weekly_pence for row, expected, _ in tried]),
        "of_median": mean([abs(median - row.weekly_pence) / row.weekly_pence for row, _, median in tried]),
    }


def _thousandths(raised: int, base: int) -> int:
    return round(THOUSANDTHS * raised / base)
