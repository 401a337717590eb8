"""What must hold of a fitted tariff, whatever the history."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from matching.fit.excess import excess
from matching.fit.price import Comparable, Price, Tariff, fit, read_tariff
from matching.rank.strict import parse_json
from tests.unit.matching.histories import DAYS, FIRST, LEVELS, STEEPER, fair, history

NOW = date(2026, 2, 1)


@cache
def rough() -> tuple[list[Comparable], Tariff]:
    rows = history(360, noise=0.12, odd=0.05, blank=0.05)
    return rows, fit(rows)


def children(count: int, seed: int = 3) -> list[tuple[str, int, list[int | None]]]:
    draw = random.Random(seed)
    kinds = ("fostering", "home")
    return [
        (kinds[at % 2], draw.randrange(18), [draw.choice((0, 1, 2, 3, None)) for _ in range(12)]) for at in range(count)
    ]


def test_a_tariff_without_noise_is_found_again() -> None:
    """Penalties are worth at most 1/0.02^2 against a row's 1/0.005^2 (no spread is taken as less), and over 100 rows
    meet each level: a weight moves by 1/1600 of what pulls on it at most, so half a per cent is ample.
    """
    tariff = fit(history(400, noise=0.0))
    for one in tariff.types:
        assert one.prices is not None
        for at, need in enumerate(one.prices.needs):
            for level, multiplier in enumerate(need.levels):
                wanted = STEEPER[one.placement_type] * LEVELS[at][level]
                assert math.log(float(multiplier)) == pytest.approx(wanted, abs=0.005)
    draw = random.Random(9)
    for kind, age, needs in children(60):
        known = [0 if need is None else need for need in needs]
        day = FIRST + timedelta(days=draw.randrange(DAYS))
        price = tariff.price(kind, age, known, day)
        assert price.expected == pytest.approx(fair(kind, age, known, day), rel=0.01)
    assert tariff.error is not None
    assert tariff.error.mean_error < Decimal("0.01")


def test_growth_goes_on_for_two_years_after_the_record() -> None:
    tariff = fit(history(300, noise=0.0))
    needs = [1] * 12
    for ahead, counted in ((1, 1), (8, 8), (9, 8), (80, 8)):
        day = date(2025 + (3 + ahead) // 4, (3 + ahead) % 4 * 3 + 2, 1)
        wanted = fair("home", 10, needs, date(2025, 11, 1)) * 1.06 ** (counted / 4)
        assert tariff.price("home", 10, needs, day).expected == pytest.approx(wanted, rel=0.02)


def test_what_lies_above_is_in_excess_only_where_nothing_lies_as_far_below() -> None:
    draw = random.Random(4)
    plain = [draw.gauss(0, 1) / math.sqrt(draw.gammavariate(2, 0.5)) for _ in range(900)]
    both_sides = excess(np.array(plain + [-one for one in plain]))
    assert both_sides.mean() < 0.005
    lifted = np.array([draw.gauss(0, 1) + (3.5 if at % 10 == 0 else 0) for at in range(1800)])
    found = excess(lifted)
    assert found.mean() == pytest.approx(0.1, abs=0.03)
    assert found[lifted < 0].max() == 0
    assert (np.diff(found[np.argsort(lifted)]) >= 0).all()


def test_inflated_prices_on_record_hardly_raise_what_is_expected() -> None:
    """One price in nine is 60% too high: a plain mean of logarithms would be 5% too high, robust weights alone 3.5%."""
    rows = [
        replace(row, pence_week=row.pence_week * 8 // 5) if at % 9 == 0 else row
        for at, row in enumerate(history(700, noise=0.17, seed=7))
    ]
    tariff = fit(rows)
    off = []
    for kind, age, needs in children(200):
        known = [need or 0 for need in needs]
        price = tariff.price(kind, age, known, date(2025, 6, 1))
        assert price.expected is not None
        off.append(math.log(price.expected / fair(kind, age, known, date(2025, 6, 1))))
    assert abs(sum(off) / len(off)) < 0.02


def test_a_few_odd_prices_do_not_move_what_is_expected() -> None:
    """One row in twenty costs two to ten times too much: a plain mean of logarithms would be 7% too high."""
    _, tariff = rough()
    off = []
    for kind, age, needs in children(200):
        known = [0 if need is None else need for need in needs]
        price = tariff.price(kind, age, known, date(2025, 6, 1))
        assert price.expected is not None
        off.append(math.log(price.expected / fair(kind, age, known, date(2025, 6, 1))))
    assert abs(sum(off) / len(off)) < 0.025


def test_more_need_never_costs_less_and_bands_lie_in_order() -> None:
    _, tariff = rough()
    for kind, age, needs in children(150):
        at = needs.index(next(need for need in needs if need is not None))
        before = (0, 0, 0)
        for level in range(4):
            needs[at] = level
            price = tariff.price(kind, age, needs, NOW)
            assert price.expected is not None
            assert price.p80 is not None
            assert price.p90 is not None
            assert price.expected <= price.p80 <= price.p90
            now = (price.expected, price.p80, price.p90)
            assert all(high >= low for low, high in zip(before, now, strict=True))
            before = now


def test_a_tariff_lists_its_multipliers_line_by_line() -> None:
    _, tariff = rough()
    lines = tariff.multipliers()
    assert [line[:3] for line in lines] == [
        (kind, indicator, level)
        for kind in ("fostering", "home")
        for indicator in range(1, 13)
        for level in (0, 1, 2, 3, None)
    ]
    assert all(multiplier >= 1 for *_, multiplier in lines)


def test_twice_the_pence_are_twice_the_price() -> None:
    rows, tariff = rough()
    double = fit([replace(row, pence_week=row.pence_week * 2) for row in rows])
    for kind, age, needs in children(20):
        one, two = tariff.price(kind, age, needs, NOW), double.price(kind, age, needs, NOW)
        for single, twice in ((one.expected, two.expected), (one.p80, two.p80), (one.p90, two.p90)):
            assert single is not None
            assert twice == pytest.approx(2 * single, rel=1e-4)


def test_needs_in_other_columns_have_their_weights_there() -> None:
    rows, tariff = rough()
    order = random.Random(2).sample(range(12), 12)

    def moved(needs: Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(needs[at] for at in order)

    other = fit([replace(row, needs=moved(row.needs)) for row in rows])
    for kind, age, needs in children(20):
        wanted = tariff.price(kind, age, needs, NOW)
        assert other.price(kind, age, moved(needs), NOW).expected == pytest.approx(wanted.expected, rel=1e-3)


def test_thirty_comparables_of_a_type_make_a_price_and_twenty_nine_none() -> None:
    few = [replace(row, placement_type="lodging") for row in history(30, noise=0.1, seed=8)]
    rows = history(60, noise=0.1, seed=7)
    enough, short = fit([*rows, *few]), fit([*rows, *few[1:]])
    price, none = (one.price("lodging", 16, [1] * 12, NOW) for one in (enough, short))
    assert price.comparables == 30
    assert price.expected is not None
    assert none.comparables == 29
    assert (none.expected, none.p80, none.p90) == (None, None, None)
    assert short.price("home", 16, [1] * 12, NOW).expected is not None


def test_thirty_comparables_that_cost_nothing_have_a_price_of_0_and_a_tariff_that_can_be_read() -> None:
    free = [replace(row, placement_type="lodging", pence_week=0) for row in history(30, noise=0.1, seed=8)]
    hardly = [replace(row, placement_type="hardly", pence_week=0 if at else 50_000) for at, row in enumerate(free)]
    tariff = fit([*history(130, noise=0.1, seed=7), *free, *hardly, replace(free[0], placement_type="one")])
    for known in (tariff, read_tariff(parse_json(json.dumps(tariff.to_dict())))):
        for needs in ([0] * 12, [3] * 12, [None] * 12):
            for day in (date(2020, 1, 1), NOW, date(2030, 1, 1)):
                assert known.price("lodging", 16, needs, day) == Price(0, 0, 0, 30)
                assert None not in vars(known.price("hardly", 16, needs, day)).values()
        assert known.price("one", 16, [0] * 12, NOW) == Price(None, None, None, 1)
        assert known.price("home", 16, [0] * 12, NOW).expected
    assert fit(free).price("lodging", 16, [3] * 12, NOW) == Price(0, 0, 0, 30)
    assert fit(free[1:]).price("lodging", 16, [3] * 12, NOW) == Price(None, None, None, 29)


@pytest.mark.parametrize(
    "rows",
    [
        [Comparable("home", 8, (None,) * 12, date(2025, 1, 1), 100_000)] * 40,
        [Comparable("home", 8, (0,) * 12, date(2025, 1, 1), 0)] * 40,
        [Comparable("home", 99, (3,) * 12, date(1, 1, 1), 10**9), *history(80, noise=0.1)],
        [Comparable("home", 8, (3,) * 12, date(2999, 1, 1), 1), *history(150, noise=0.1)],
    ],
    ids=["all alike, nothing measured", "nothing but free places", "a row of the year 1", "a row of the year 2999"],
)
def test_odd_histories_make_a_sane_tariff_or_none(rows: list[Comparable]) -> None:
    price = fit(rows).price("home", 8, [0] * 12, date(2025, 2, 1))
    if rows[0].pence_week == 0:
        assert (price.expected, price.p80, price.p90, price.comparables) == (0, 0, 0, 40)
    elif rows[0].pence_week == 100_000:
        assert (price.expected, price.p80, price.p90) == (100_000, 100_000, 100_000)
    else:
        assert price.expected == pytest.approx(fair("home", 8, [0] * 12, date(2025, 2, 1)), rel=0.25)
