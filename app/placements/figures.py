"""What is published of a fitted tariff beside its multipliers: prices read off it for tables and a chart, and how far
off it is on months that it has not seen, beside the error of doing without it.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from typing import Any, Protocol

from app.placements.comparables import INDICATORS, History

TOTALS = tuple(range(0, 2 * INDICATORS + 1, 3))
"""Points of need in all for which the chart has a price: up to a medium need of every kind."""
THOUSANDTHS = 1000
HIGH, MEDIUM = 3, 2


class Tariff(Protocol):
    """What was fitted: it prices a placement, at None where its kind has too few comparables."""

    def price(
        self, placement_type: str, age_years: int, needs: Sequence[int | None], as_of: dt.date
    ) -> Any:  # pragma: no cover - a shape
        """A price with `expected` and `comparables`."""

    def to_dict(self) -> dict[str, Any]:  # pragma: no cover - a shape
        """The TARIFF document."""


def figures_of(history: History, tariff: Tariff, *, least_held_out: int) -> dict[str, Any]:
    """By kind with enough comparables how many there are, the price without needs at each age on record, the price by
    total need and one worked example; then the error on held-out months.
    """
    document = tariff.to_dict()
    found = {}
    for kind, rows in sorted(history.by_type.items()):
        ages = sorted({row.age_years for row in rows})
        middle = statistics.median_low([row.age_years for row in rows])
        if _price(tariff, kind, middle, {}, history.last_start) is None:
            continue
        found[kind] = {
            "comparables": tariff.price(kind, middle, (0,) * INDICATORS, history.last_start).comparables,
            "ages": [[age, _price(tariff, kind, age, {}, history.last_start)] for age in range(ages[0], ages[-1] + 1)],
            "by_total": [[total, _by_total(tariff, kind, middle, total, history.last_start)] for total in TOTALS],
            "example": _example(tariff, kind, middle, history.last_start),
        }
    return {"types": found, "held_out": _held_out(document.get("held_out"), history, least_held_out)}


def _price(tariff: Tariff, kind: str, age: int, levels: dict[int, int], as_of: dt.date) -> int | None:
    needs = tuple(levels.get(number, 0) for number in range(1, INDICATORS + 1))
    expected: int | None = tariff.price(kind, age, needs, as_of).expected
    return expected


def _by_total(tariff: Tariff, kind: str, age: int, total: int, as_of: dt.date) -> int:
    """The mean price over twelve ways of spreading so many points evenly over the needs, each need in turn the first to
    have one more than the others.
    """
    level, over = divmod(total, INDICATORS)
    prices = []
    for turn in range(INDICATORS):
        more = {(turn + i * INDICATORS // over) % INDICATORS for i in range(over)} if over else set()
        levels = {number + 1: level + (number in more) for number in range(INDICATORS)}
        prices.append(_price(tariff, kind, age, levels, as_of) or 0)
    return round(sum(prices) / len(prices))


def _example(tariff: Tariff, kind: str, age: int, as_of: dt.date) -> dict[str, int | None]:
    """A child with a high need of the kind that moves the price most, and a medium one of the next."""
    dearest = sorted(
        range(1, INDICATORS + 1), key=lambda number: (-(_price(tariff, kind, age, {number: HIGH}, as_of) or 0), number)
    )
    high, medium = dearest[:2]
    return {
        "age": age,
        "base": _price(tariff, kind, age, {}, as_of),
        "high": high,
        "medium": medium,
        "price": _price(tariff, kind, age, {high: HIGH, medium: MEDIUM}, as_of),
    }


def _held_out(said: dict[str, Any] | None, history: History, least: int) -> dict[str, Any] | None:
    """How far off the tariff was, in thousandths of what was paid, as its document says it; beside it the error of
    taking the median of the kind among earlier placements. None for fewer than `least` placements, in all and by kind:
    one price could be worked out from it.
    """
    if not said or said["comparables"] < least:
        return None
    first = dt.date.fromisoformat(said["first_start_date"])
    kinds = {one["placement_type"] for one in said["types"]}
    before: dict[str, list[int]] = {kind: [] for kind in kinds}
    for row in history.rows:
        if row.started_on < first and row.placement_type in kinds:
            before[row.placement_type].append(row.weekly_pence)
    medians = {kind: statistics.median(prices) for kind, prices in before.items() if prices}
    errors = [
        abs(medians[row.placement_type] - row.weekly_pence) / row.weekly_pence
        for row in history.rows
        if row.started_on >= first and row.placement_type in medians
    ]
    return {
        "first": said["first_start_date"],
        "placements": said["comparables"],
        "error": round(THOUSANDTHS * said["mean_error"]),
        "of_median": round(THOUSANDTHS * sum(errors) / len(errors)) if errors else None,
        "types": {
            one["placement_type"]: {
                "placements": one["comparables"],
                "error": round(THOUSANDTHS * one["mean_error"]),
            }
            for one in said["types"]
            if one["comparables"] >= least
        },
    }
