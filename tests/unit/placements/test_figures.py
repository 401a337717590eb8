"""What is published of a fitted tariff, worked out by hand with an engine whose prices are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.placements.comparables import History, PastPlacement
from app.placements.figures import figures_of, months_before
from app.requests.prices.published import KindOfPlacement
from providers.market.status import ServiceType

NONE = (0,) * 12


@dataclass(frozen=True)
class Price:
    expected: int | None
    p80: int | None
    p90: int | None
    comparables: int


@dataclass(frozen=True)
class Known:
    """Homes cost £1,000 and £10 for each year of age; the first need adds a quarter a level, the others nothing."""

    rows: int
    least: int

    def price(self, placement_type: str, age_years: int, needs: Sequence[int | None], as_of: dt.date) -> Price:  # noqa: ARG002
        if self.rows < self.least or placement_type != "residential":
            return Price(None, None, None, self.rows)
        base = 100_000 + 1_000 * age_years
        expected = base * (4 + (needs[0] or 0)) // 4
        return Price(expected, expected, expected, self.rows)

    def to_dict(self) -> dict[str, Any]:
        return {}


def placed(day: str, pence: int, age: int = 10, needs: tuple[int | None, ...] = NONE, kind: str = "residential") -> Any:
    return PastPlacement(kind, age, needs, dt.date.fromisoformat(day), pence)


def figures(rows: list[PastPlacement], *, least: int = 1, held_out: int = 1) -> dict[str, Any]:
    def fit(history: History) -> Known:
        return Known(len(history.rows), least)

    return figures_of(History.of(rows), fit, held_out_months=6, least_held_out=held_out)[1]


ROWS = [
    placed("2026-01-10", 100_000),
    placed("2026-02-10", 120_000),
    placed("2026-03-10", 130_000, age=12),
    placed("2026-08-10", 100_000),  # expected 110,000: off by 10%; the median before, 120,000, by 20%
    placed("2026-09-10", 137_500, needs=(1, *NONE[1:])),  # expected 137,500: exact; the median is off by 12.727...%
]


def test_multipliers_are_thousandths_of_the_price_without_needs() -> None:
    """At any age: 1 + a quarter a level for the first need, and 1 for every other."""
    kind = figures(ROWS)["types"]["residential"]
    assert kind["needs"] == [[1250, 1500, 1750], *[[1000, 1000, 1000]] * 11]
    assert kind["ages"] == [[10, 110_000], [11, 111_000], [12, 112_000]]
    assert kind["comparables"] == 5


def test_the_error_is_that_on_months_which_the_tariff_has_not_seen() -> None:
    """Held out from 10 March: six months before the last start, that day included, so three placements. The first
    (age 12, £1,120 expected of £1,300) is off by 13.846%; together (13.846 + 10 + 0) / 3 = 7.949%. The median of what
    came before, £1,100, is off by 15.385%, 10% and 20%: 15.128%.
    """
    found = figures(ROWS)
    assert found["held_out_from"] == "2026-03-10"
    assert found["held_out"] == {"placements": 3, "error": 79, "of_median": 151}
    assert found["types"]["residential"]["held_out"] == found["held_out"]


def test_an_error_on_few_placements_is_not_said() -> None:
    """One price could be worked out from it."""
    assert figures(ROWS, held_out=4)["held_out"] is None
    assert figures(ROWS, held_out=3)["held_out"] is not None


def test_a_kind_that_the_engine_does_not_price_has_no_figures() -> None:
    rows = [*ROWS, placed("2026-04-01", 90_000, kind="ifa")]
    assert list(figures(rows)["types"]) == ["residential"]
    assert figures(ROWS, least=6)["types"] == {}


def test_the_hash_of_a_history_is_of_what_it_says_and_not_of_its_order() -> None:
    whole = History.of(ROWS)
    assert History.of(reversed(ROWS)).hash == whole.hash
    assert History.read(whole.text) == whole
    assert History.of(ROWS[1:]).hash != whole.hash
    assert History.of([placed("2026-01-10", 100_001), *ROWS[1:]]).hash != whole.hash
    unmeasured = History.of([placed("2026-01-10", 100_000, needs=(None, *NONE[1:])), *ROWS[1:]])
    assert unmeasured.hash != whole.hash, "not measured is not the same as no need (F-57)"


def test_a_number_of_months_before_a_day_keeps_to_the_month() -> None:
    assert months_before(dt.date(2026, 8, 31), 6) == dt.date(2026, 2, 28)
    assert months_before(dt.date(2026, 3, 10), 6) == dt.date(2025, 9, 10)
    assert months_before(dt.date(2026, 12, 31), 12) == dt.date(2025, 12, 31)


def test_a_price_is_the_product_of_its_multipliers_and_total_need_is_spread_evenly() -> None:
    """£1,000 x 1.25 x 1.1 = £1,375. With a level of every need 1.2 times as dear, 12 points are 1.2^12 = 8.9161; 6
    points, half of the needs, are the root of that, 2.98598.
    """
    needs = ((1250, 1500, 1750), (1050, 1100, 1150), *(((1000,) * 3),) * 10)
    kind = KindOfPlacement(ServiceType.RESIDENTIAL, 40, ((10, 100_000), (11, 100_000), (12, 101_000)), needs, None)
    assert kind.price(100_000, {1: 1, 2: 2}) == 137_500
    assert kind.bands == [(10, 11, 100_000), (12, 12, 101_000)]
    even = KindOfPlacement(ServiceType.RESIDENTIAL, 40, ((10, 100_000),), ((1200, 1440, 1728),) * 12, None)
    assert [even.at_total(total) for total in (0, 6, 12)] == [100_000, 298_598, 891_610]
