"""A valid document made wrong, one sentence of the page about errors at a time."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from tests.second import generator
from tests.second.market import ELEMENTS, LOTS

STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    4,
    53,
    101,
    1_000_001,
    10**9,
    10**9 + 1,
    -(10**30),
    Decimal("12.0"),
    Decimal("0.5"),
    Decimal("-0.5"),
    Decimal("1E+2"),
    "",
    "text",
    "12",
    "F",
    "Good",
    "2026-02-30",
    "2026-4-1",
    "20260401",
    "2026-04-01T00:00",
    " 2026-04-01",
    [],
    [[]],
    {},
    [None],
    ["F", "F"],
    ["ifa", "ifa"],
)
BROKEN: tuple[str, ...] = ("", "{", "nonsense", "{'a': 1}", "\ufeff{}", "// no\n{}", "NaN", "[1,]", '{"a": 01}', '"\t"')


def nodes(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key or place) of a tree."""
    for key, inner in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield tree, key
        yield from nodes(inner)


def anywhere(rng: Random, tree: Any) -> tuple[Any, Any]:
    """A node; first a part of the file, so that the many numbers of the services do not hide the few of the policy."""
    spot = tree, rng.choice(_steps(tree))
    while rng.random() < 0.85:
        container, key = spot
        inner = container[key]
        within = _steps(inner)
        if not within:
            break
        spot = inner, rng.choice(within)
    return spot


def _steps(inner: Any) -> list[Any]:
    if isinstance(inner, dict):
        return list(inner)
    return list(range(len(inner))) if isinstance(inner, list) else []


def strange_value(rng: Random, tree: Any) -> None:
    container, key = anywhere(rng, tree)
    container[key] = copy.deepcopy(rng.choice(STRANGE))


def missing(rng: Random, tree: Any) -> None:
    container, key = anywhere(rng, tree)
    del container[key]


def unknown(rng: Random, tree: Any) -> None:
    container, key = anywhere(rng, tree)
    holder = container[key] if isinstance(container[key], dict) else container
    if isinstance(holder, dict):
        holder[rng.choice(["extra", "X_big", "_x", "id ", "x", "protected", "a.b", "a[0]"])] = rng.choice(STRANGE)


def renamed(rng: Random, tree: Any) -> None:
    container, key = anywhere(rng, tree)
    if isinstance(container, dict):
        container[rng.choice([key.upper(), f"{key}s", f"x_{key}"])] = container.pop(key)


def list_length(rng: Random, tree: Any) -> None:
    lists = [container[key] for container, key in nodes(tree) if isinstance(container[key], list)]
    wrong = rng.choice(lists)
    if wrong and rng.random() < 0.5:
        wrong.pop(rng.randrange(len(wrong)))
    elif wrong:
        wrong.insert(rng.randint(0, len(wrong)), copy.deepcopy(rng.choice(wrong)))
    else:
        wrong.append(rng.choice(STRANGE))


def duplicate_id(rng: Random, tree: Any) -> None:
    kind = rng.choice([kind for kind in ("services", "requests", "offers") if tree[kind]] or ["requests"])
    if tree[kind]:
        tree[kind].insert(rng.randint(0, len(tree[kind])), copy.deepcopy(rng.choice(tree[kind])))


def second_offer(rng: Random, tree: Any) -> None:
    if tree["offers"]:
        again = {**copy.deepcopy(rng.choice(tree["offers"])), "id": "another"}
        tree["offers"].insert(rng.randint(0, len(tree["offers"])), again)


def to_nothing(rng: Random, tree: Any) -> None:
    if tree["requests"] and tree["services"]:
        tree["offers"].append(
            {
                "id": "to nothing",
                "request": rng.choice([tree["requests"][0]["id"], "nobody", ""]),
                "service": rng.choice([tree["services"][0]["id"], "nothing", tree["requests"][0]["id"]]),
                "elements": dict.fromkeys(ELEMENTS, 0),
                "weeks_per_year": 52,
            }
        )


def half_a_place(rng: Random, tree: Any) -> None:
    one = rng.choice(tree[rng.choice(["services", "services", "requests"])] or [{}])
    one[rng.choice(["easting", "northing"])] = rng.choice([None, None, Decimal(-1), "1", True, 0])


def ages_crossed(rng: Random, tree: Any) -> None:
    for one in tree["services"][:1]:
        one["min_age"], one["max_age"] = one["max_age"] + rng.choice([0, 1]), one["min_age"]


def price_ends(rng: Random, tree: Any) -> None:
    rules = tree["policy"]
    rules[rng.choice(["price_floor", "price_ceiling"])] = rules[
        rng.choice(["price_floor", "price_ceiling"])
    ] + rng.choice([0, 1, -1])


def weights(rng: Random, tree: Any) -> None:
    tree["policy"]["weights"][rng.choice(["price", "quality", "needs", "practical"])] += rng.choice([1, -1, 100, -100])


def no_indicator(rng: Random, tree: Any) -> None:
    tree["policy"]["indicator_weights"] = [0] * rng.choice([12, 12, 12, 11, 13, 0])


def lots(rng: Random, tree: Any) -> None:
    for one in tree["requests"][:1]:
        one["lots"] = rng.choice(
            [[], ["ifa", "ifa"], ["ifa", "nmi"], [*LOTS, rng.choice(LOTS)], "ifa", [["ifa"]], [None]]
        )


MUTATIONS: tuple[Callable[[Random, Any], None], ...] = (
    strange_value,
    strange_value,
    strange_value,
    strange_value,
    missing,
    missing,
    unknown,
    renamed,
    list_length,
    duplicate_id,
    second_offer,
    to_nothing,
    half_a_place,
    ages_crossed,
    price_ends,
    weights,
    no_indicator,
    lots,
)


def doubled_key(rng: Random, written: str) -> str:
    """One of the text's keys a second time: the same member again, or with null."""
    starts = [place for place, letter in enumerate(written) if written.startswith('":', place) and letter == '"']
    if not starts:
        return written
    end = rng.choice(starts)
    start = written.rfind('"', 0, end)
    return f"{written[:start]}{written[start : end + 1]}:{rng.choice(['null', '1', '[]'])},{written[start:]}"


def broken(rng: Random, tree: Any) -> str | bytes:
    """The text of a document with one to three things wrong with it; now and then with none."""
    wrong = copy.deepcopy(tree)
    for _ in range(generator.weighted(rng, (8, 1), (2, 2), (1, 3))):
        try:
            rng.choice(MUTATIONS)(rng, wrong)
        except (AttributeError, IndexError, KeyError, TypeError):
            break  # an earlier change has taken away what this one would change
    chance = rng.random()
    if chance < 0.02:
        return rng.choice(BROKEN)
    written = generator.spelled(rng, wrong)
    if chance < 0.05:
        return written[: rng.randrange(len(written))]
    if chance < 0.1:
        return doubled_key(rng, generator.spelled(rng, tree))
    if chance < 0.12:
        return written.encode("utf-16" if rng.random() < 0.5 else "utf-8") + rng.choice([b"\xff", b"", b"\x80"])
    return written


def doctored(rng: Random, result: Any) -> None:
    """A RESULT with one to two of its values changed, most of them to what could have been true."""
    for _ in range(rng.choice([1, 1, 2])):
        spots = [(container, key) for container, key in nodes(result) if container[key] not in ([], {})]
        container, key = rng.choice(spots) if rng.random() < 0.9 else (result, "hash")
        value = container[key]
        if isinstance(value, bool):
            container[key] = not value
        elif isinstance(value, int):
            container[key] = value + rng.choice([1, -1, 10**6])
        elif isinstance(value, str):
            container[key] = rng.choice([value[:-1], value + "0", "lot", "distance", "quality_unknown"])
        elif value is None:
            container[key] = rng.choice([0, 1, "S1"])
        elif isinstance(value, list):
            container[key] = rng.choice([value[::-1], value[1:], value[:-1], [*value, copy.deepcopy(value[0])]])
        else:
            del container[key]


def each_alone(tree: Any) -> Iterator[tuple[str, str]]:
    """Every node of a document replaced by every strange value, left out, or given twice, one change at a time."""
    steady = Random(0)
    for number, (_, key) in enumerate(nodes(tree)):
        for place, value in enumerate(STRANGE):
            yield f"{number} {key}: {place}", _changed(steady, tree, number, partial(_set, value))
        yield f"{number} {key}: left out", _changed(steady, tree, number, _leave_out)
        yield f"{number} {key}: again", _changed(steady, tree, number, _again)


def _set(value: Any, container: Any, key: Any) -> None:
    container[key] = value


def _leave_out(container: Any, key: Any) -> None:
    del container[key]


def _changed(rng: Random, tree: Any, number: int, change: Callable[[Any, Any], None]) -> str:
    wrong = copy.deepcopy(tree)
    container, key = next(itertools.islice(nodes(wrong), number, None))
    change(container, key)
    return generator.spelled(rng, wrong, additions=False)


def _again(container: Any, key: Any) -> None:
    if isinstance(container, dict):
        container[f"{key}_"] = copy.deepcopy(container[key])
    else:
        container.insert(key, copy.deepcopy(container[key]))
