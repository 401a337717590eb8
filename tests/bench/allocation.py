"""The joint allocation against its rivals: how fast one plan is made, and how much of hindsight is reached over time.

The worlds are made here from places on a map, kinds of home and thresholds of need. Nothing of the product's scores is
in them, and the product sees only who may go where and how well it would be.

Over time, requests arrive in windows and are placed in their own or not at all, and a share of hindsight is the sum of
the totals of all who were placed against that of a plan made when all arrivals are known. Which plans hindsight may
choose from can be read in two ways, and both are printed:

- `..._of_hindsight`: any plan. It may refuse a child who could be placed today, to keep the place for one who comes
  next month with a higher total. This is the reading that the target is held against. The product is never allowed to
  do that, so where places are scarce this hindsight breaks a rule that the product keeps.
- `..._of_hindsight_by_rule`: as many are placed as can be, and nobody is left out for one who arrives later; then the
  highest sum. (Most placed in the first window, of those plans most in the second, and so on: a chain of counts that a
  flow keeps to exactly.) A plan that keeps the rule may still do better, by sending early children where it keeps the
  least room for later ones with low totals; so a share above 1 is possible and no error.

"As many as can be placed in all, then the highest sum" is no third reading: it differs from the first in hardly any
world, for a refusal makes room for somebody else. It is printed as `most_placed_of_hindsight`.

Two more figures say where the rest goes. `known_of_hindsight` is the product told all arrivals beforehand, steering by
their prices: what it lacks is lost to the order of the objectives (in each window the worst total is raised before
anything is steered) and to no want of knowledge. `steered_but_worst_of_hindsight` is the product without that
objective.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.allocate import Plan, Table, allocate_table
from matching.allocate.joint import plan_of
from matching.allocate.matchings import Room, masks_of, placed
from matching.allocate.shadow import ShadowPrices, Stretch, learn, steered_table
from matching.allocate.single import Market

MILLION = 1_000_000
WINDOWS, PAST, STRETCHES = 24, 96, 8


def figures() -> Iterator[dict[str, Any]]:
    """One line a figure."""
    for name, table in speed_tables():
        yield speed(name, table)
    for world in WORLDS:
        yield over_time(world)


# One plan: all four objectives in order against one plain linear programme of the last one.


def speed_tables() -> Iterator[tuple[str, Table]]:
    for name, common, eligible in (
        ("unlike tastes", 0.0, 1.0),
        ("shared tastes", 0.8, 1.0),
        ("few eligible", 0.4, 0.1),
    ):
        draw = np.random.default_rng(7)
        totals = (1 - common) * draw.integers(0, MILLION, (200, 2000)) + common * draw.integers(0, MILLION, 2000)
        totals = np.where(draw.random(totals.shape) < eligible, totals, -1).astype(np.int64)
        yield name, table_of_totals(totals, np.ones(2000, dtype=np.int64), draw.random(200) < 0.2)


def table_of_totals(totals: Any, places: Any, urgent: Any) -> Table:
    names = [
        tuple(f"{letter}{number:05}" for number in range(count))
        for letter, count in zip("RS", totals.shape, strict=True)
    ]
    return Table(names[0], names[1], totals, np.ones(len(totals), dtype=np.int64), urgent, places)


def speed(name: str, table: Table) -> dict[str, Any]:
    """The rival is told the answers to the first three objectives; its time is shown without and with the building of
    its matrix. The product's time is that of everything.
    """
    plan, own = best_of(lambda: allocate_table(table))
    worst = plan.objective.worst_total or 0
    value, rival, built = linear_programme(table, worst, plan.objective.placed)
    return {
        "bench": "allocation_speed",
        "world": name,
        "requests": len(table.requests),
        "places": int(table.places.sum()),
        "choices": int((table.totals >= 0).sum()),
        "seconds": round(own, 4),
        "linear_programme_seconds": round(rival, 4),
        "linear_programme_built_seconds": round(built, 4),
        "times_faster": round(rival / own, 1),
        "same_optimum": value == plan.objective.sum_total,
    }


def best_of(act: Callable[[], Plan], times: int = 3) -> tuple[Plan, float]:
    took = []
    for _ in range(times):
        start = time.process_time()
        plan = act()
        took.append(time.process_time() - start)
    return plan, min(took)


def linear_programme(table: Table, worst: int, placed: int) -> tuple[int, float, float]:
    """The highest sum of totals by HiGHS over the pairs that the first objectives leave, as a sparse programme."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, vstack

    begin = time.process_time()
    rows, columns = np.nonzero((table.totals >= 0) & (table.totals >= worst))
    size, count = len(rows), len(table.requests)
    at = np.arange(size)
    by_service = csr_array((np.ones(size), (columns, at)), shape=(len(table.services), size))
    by_request = csr_array((np.ones(size), (rows, at)), shape=(count, size))
    gains = -table.totals[rows, columns].astype(np.float64)
    start = time.process_time()
    if placed == count:
        found = linprog(gains, A_ub=by_service, b_ub=table.places, A_eq=by_request, b_eq=np.ones(count), method="highs")
    else:
        everyone = csr_array(np.ones((1, size)))
        limits = np.concatenate([table.places, np.ones(count)])
        matrix = vstack([by_service, by_request])
        found = linprog(gains, A_ub=matrix, b_ub=limits, A_eq=everyone, b_eq=[placed], method="highs")
    end = time.process_time()
    return round(-found.fun), end - start, end - begin


# Over time: requests arrive in windows and are placed in their own or not at all; places open at the start and later.


@dataclass(frozen=True)
class World:
    """`places_per_request` over the whole time; `renewed` is the share of places that open later than the start."""

    name: str
    places_per_request: float
    renewed: float
    totals: Callable[[np.random.Generator, Any, Any], Any]
    per_window: int = 12
    services: int = 90


def people(draw: np.random.Generator, count: int) -> dict[str, Any]:
    return {
        "spot": draw.normal(0, 30, (count, 2)),
        "age": draw.integers(4, 18, count),
        "needs": draw.choice(4, (count, 5), p=(0.4, 0.3, 0.2, 0.1)),
        "means": draw.lognormal(0, 0.25, count),
        "luck": draw.random((count, 90)),
    }


def homes(draw: np.random.Generator, count: int) -> dict[str, Any]:
    low = draw.integers(0, 12, count)
    return {
        "spot": draw.normal(0, 30, (count, 2)),
        "low": low,
        "high": low + draw.integers(4, 9, count),
        "skills": draw.choice(4, (count, 5), p=(0.2, 0.3, 0.3, 0.2)),
        "good": draw.beta(4, 2, count),
        "dear": draw.lognormal(0, 0.3, count),
    }


def _near(asked: Any, offered: Any) -> Any:
    return np.linalg.norm(asked["spot"][:, None] - offered["spot"], axis=2)


def _of_age(asked: Any, offered: Any) -> Any:
    return (asked["age"][:, None] >= offered["low"]) & (asked["age"][:, None] <= offered["high"])


def thresholds(draw: np.random.Generator, asked: Any, offered: Any) -> Any:
    """A home meets a need or it does not; what is left over is distance."""
    met = (offered["skills"] >= asked["needs"][:, None]).mean(axis=2)
    value = 0.2 + 0.5 * met**2 + 0.3 * np.exp(-_near(asked, offered) / 25)
    return np.where(_of_age(asked, offered), value, -1)


def same_taste(draw: np.random.Generator, asked: Any, offered: Any) -> Any:
    """Everybody wants the same few good homes, those with high needs most of all."""
    high = asked["needs"].sum(axis=1)[:, None] / 15
    value = 0.25 + offered["good"] * (0.3 + 0.4 * high) + 0.05 * asked["luck"][:, : len(offered["good"])]
    return np.where(_of_age(asked, offered), value, -1)


def by_the_map(draw: np.random.Generator, asked: Any, offered: Any) -> Any:
    """Only homes within reach, at a price that some can better pay than others."""
    near = _near(asked, offered)
    value = 1 - near / 90 - 0.2 * offered["dear"] / asked["means"][:, None]
    return np.where((near < 55) & (value > 0), value, -1)


def by_luck(draw: np.random.Generator, asked: Any, offered: Any) -> Any:
    """No pattern at all: nothing can be learned, and nothing may be lost by trying."""
    luck = asked["luck"][:, : len(offered["good"])]
    return np.where(_of_age(asked, offered), luck, -1)


WORLDS = [
    World(f"{rule.__name__} {word}", share, renewed, rule)
    for rule in (thresholds, same_taste, by_the_map, by_luck)
    for word, share, renewed in (
        ("enough", 1.2, 0.0),
        ("enough, some open later", 1.3, 0.5),
        ("scarce", 0.6, 0.0),
        ("scarce, most open later", 0.6, 0.9),
    )
]


@dataclass(frozen=True)
class Story:
    """What happens in a world: totals of everyone against every service, when each arrives, when places open."""

    totals: Any
    window: Any
    opening: Any  # windows x services
    past: Any
    past_window: Any
    past_opening: Any


def story(world: World, seed: int) -> Story:
    draw = np.random.default_rng(seed)
    offered = homes(draw, world.services)
    count, before = WINDOWS * world.per_window, PAST * world.per_window

    def totals(number: int) -> Any:
        values = world.totals(draw, people(draw, number), offered)
        return np.where(values < 0, -1, np.round(values * MILLION)).astype(np.int64)

    places = draw.multinomial(int(world.places_per_request * count), np.full(world.services, 1 / world.services))
    opening = np.zeros((WINDOWS, world.services), dtype=np.int64)
    for column, number in enumerate(places):
        late = draw.binomial(number, world.renewed)
        opening[0, column] += number - late
        np.add.at(opening[:, column], draw.integers(0, WINDOWS, late), 1)
    return Story(
        totals(count),
        np.sort(draw.integers(0, WINDOWS, count)),
        opening,
        totals(before),
        np.sort(draw.integers(0, PAST, before)),
        draw.poisson(places * world.renewed / WINDOWS, (PAST, world.services)),
    )


def over_time(world: World, seeds: tuple[int, ...] = (1, 2)) -> dict[str, Any]:
    policies = {
        "greedy": greedy,
        "myopic": myopic,
        "steered": steering,
        "known": knowing,
        "steered_but_worst": steering_but_worst,
    }
    sums: dict[str, int] = dict.fromkeys(("hindsight", "by_rule", "most_placed", *policies), 0)
    counts = dict.fromkeys(sums, 0)
    kept_back = 0
    for seed in seeds:
        one = story(world, seed)
        for name, (number, total) in (
            ("hindsight", hindsight(one)),
            ("by_rule", hindsight(one, in_turn(one))),
            ("most_placed", hindsight(one, lift=WINDOWS * MILLION)),
        ):
            sums[name] += total
            counts[name] += number
        for name, policy in policies.items():
            number, total, back = lived(one, policy)
            sums[name] += total
            counts[name] += number
            kept_back += back
    return {
        "bench": "allocation_over_time",
        "world": world.name,
        "requests": len(seeds) * WINDOWS * world.per_window,
        **{f"{name}_of_hindsight": round(sums[name] / sums["hindsight"], 4) for name in sums if name != "hindsight"},
        **{f"{name}_of_hindsight_by_rule": round(sums[name] / sums["by_rule"], 4) for name in policies},
        **{f"{name}_placed": counts[name] for name in counts},
        "placeable_left_unplaced": kept_back,
    }


Policy = Callable[[Story, int, Table], Plan]


def lived(one: Story, policy: Policy) -> tuple[int, int, int]:
    """Placed, their sum of totals, and how many more could have been placed in their windows."""
    free = np.zeros(one.opening.shape[1], dtype=np.int64)
    placed = total = back = 0
    for window in range(WINDOWS):
        free += one.opening[window]
        rows = np.flatnonzero(one.window == window)
        if not len(rows):
            continue
        table = table_of_totals(one.totals[rows], free.copy(), np.zeros(len(rows), dtype=np.bool_))
        plan = policy(one, window, table)
        back += allocate_table(table).objective.placed - plan.objective.placed if policy is not greedy else 0
        for assignment in plan.assignments:
            free[int(assignment.service[1:])] -= 1
        placed += plan.objective.placed
        total += plan.objective.sum_total
    return placed, total, back


def greedy(_one: Story, _window: int, table: Table) -> Plan:
    """Each in turn takes the best place that is left."""
    free = table.places.copy()
    at = np.full(len(table.requests), -1, dtype=np.int64)
    for row in range(len(table.requests)):
        open_ = np.where(free > 0, table.totals[row], -1)
        column = int(open_.argmax())
        if open_[column] >= 0:
            at[row] = column
            free[column] -= 1
    return plan_of(table, at, table.totals.max(axis=1))


def myopic(_one: Story, _window: int, table: Table) -> Plan:
    return allocate_table(table)


def steering(one: Story, window: int, table: Table) -> Plan:
    return steered_table(table, prices_today(one, window, table))


def steering_but_worst(one: Story, window: int, table: Table) -> Plan:
    """As many as can be placed, then the steered sum: the product without its third objective."""
    prices = prices_today(one, window, table).of(table.services)
    worth = table.totals - prices + int(prices.max())
    lift = len(table.requests) * (int(worth.max()) + 1)
    market = Market(worth + lift, table.allowed, table.places)
    market.settle()
    return plan_of(table, market.at, table.totals.max(axis=1))


def knowing(one: Story, window: int, table: Table) -> Plan:
    return steered_table(
        table, learn(table, [stretch(one.totals, one.window, one.opening, window + 1, WINDOWS, table)])
    )


def prices_today(one: Story, window: int, table: Table) -> ShadowPrices:
    """From stretches of the past, each as long as what is still to come."""
    ahead = WINDOWS - window - 1
    starts = [number * (PAST - ahead) // (STRETCHES - 1) for number in range(STRETCHES)]
    return learn(
        table, [stretch(one.past, one.past_window, one.past_opening, start, start + ahead, table) for start in starts]
    )


def stretch(totals: Any, window: Any, opening: Any, start: int, end: int, table: Table) -> Stretch:
    rows = np.flatnonzero((window >= start) & (window < end))
    arrivals = table_of_totals(totals[rows], table.places, np.zeros(len(rows), dtype=np.bool_))
    return Stretch(arrivals, window[rows] - start, opening[start:end])


def in_turn(one: Story) -> Any:
    """How many of each window are placed when as many as possible are, those who arrive first before the others."""
    windows, columns = np.nonzero(one.opening)
    allowed = (one.totals[:, columns] >= 0) & (windows <= one.window[:, None])
    at, _all = placed(masks_of(allowed), Room.of(one.opening[windows, columns]), list(range(len(one.totals))))
    return np.bincount(one.window[np.array(at) >= 0], minlength=WINDOWS)


def hindsight(one: Story, in_windows: Any = None, lift: int = 0) -> tuple[int, int]:
    """How many one who knew all arrivals would place and their sum (HiGHS): the highest there is, among the plans that
    place so many of each window where that is given, with `lift` more for every one placed.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    windows, columns = np.nonzero(one.opening)
    allowed = (one.totals[:, columns] >= 0) & (windows <= one.window[:, None])
    rows, cohorts = np.nonzero(allowed)
    size = len(rows)
    at = np.arange(size)
    data, where = np.ones(2 * size), np.concatenate([cohorts, len(windows) + rows])
    matrix = csr_array((data, (where, np.concatenate([at, at]))), shape=(len(windows) + len(one.totals), size))
    limits = np.concatenate([one.opening[windows, columns], np.ones(len(one.totals))])
    totals = one.totals[rows, columns[cohorts]]
    given = {}
    if in_windows is not None:
        by_window = csr_array((np.ones(size), (one.window[rows], at)), shape=(WINDOWS, size))
        given = {"A_eq": by_window, "b_eq": in_windows}
    found = linprog(-(totals + lift).astype(np.float64), A_ub=matrix, b_ub=limits, method="highs", **given)
    number = round(found.x.sum())
    return number, round(-found.fun) - lift * number
