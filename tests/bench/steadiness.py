"""Does a result change when it should not: in another order, another process, with other threads, another hash seed, or
for a child of another ethnicity, religion or with a disability on record?

Results are compared as the bytes of their files, hash included.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.matcher import rank_file
from tests.bench.worlds.market import ETHNICITIES, RELIGIONS

Json = dict[str, Any]

POSITIONS_MEAN_SOMETHING = ("indicator_weights", "capability", "evidence", "needs")

SETTINGS: dict[str, dict[str, str]] = {
    "again": {},
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 4711": {"PYTHONHASHSEED": "4711"},
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "two threads": {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
}


def shuffled(value: Any, draw: random.Random) -> Any:
    """The same facts with every list and every object in another order, but for the lists whose positions matter."""
    if isinstance(value, dict):
        keys = draw.sample(sorted(value), len(value))
        return {key: value[key] if key in POSITIONS_MEAN_SOMETHING else shuffled(value[key], draw) for key in keys}
    if isinstance(value, list):
        return [shuffled(one, draw) for one in draw.sample(value, len(value))]
    return value


def flips(market: Json) -> Iterator[tuple[str, Json]]:
    """The market with each protected fact of every child put otherwise: another one, none, and all three at once."""
    every = {"ethnicity": ETHNICITIES, "religion": RELIGIONS, "disability": (True, False, None)}
    for name, values in every.items():
        for value in values:
            yield f"{name} {value}", _with(market, {name: value})
    yield "all", _with(market, {"ethnicity": "MOTH", "religion": "Sikh", "disability": True})


def _with(market: Json, facts: Json) -> Json:
    requests = [one | {"protected": one["protected"] | facts} for one in market["requests"]]
    return market | {"requests": requests}


Rank = Callable[..., None]


def differences(market: Json, folder: Path, *, shuffles: int = 4, rank: Rank = rank_file) -> tuple[int, list[str]]:
    """How many other ways the market was ranked, and in which of them the result file differed."""
    folder.mkdir(parents=True)
    draw = random.Random("shuffles")
    first = _result(market, folder / "first", rank)
    ways: dict[str, bytes] = {}
    for name, environment in SETTINGS.items():
        ways[name] = _result(market, folder / name.replace(" ", "-"), rank, **environment)
    for number in range(shuffles):
        mixed = shuffled(market, draw)
        ways[f"shuffle {number}"] = _result(mixed, folder / f"shuffle-{number}", rank)
    return len(ways), [name for name, result in ways.items() if result != first]


def unfair(market: Json, folder: Path, *, rank: Rank = rank_file) -> tuple[int, list[str]]:
    """How many flips were tried, and which of them changed a byte of the result."""
    folder.mkdir(parents=True)
    first = _result(market, folder / "first", rank)
    made = list(flips(market))
    return len(made), [
        name for place, (name, other) in enumerate(made) if _result(other, folder / f"flip-{place}", rank) != first
    ]


def _result(market: Json, place: Path, rank: Rank, **environment: str) -> bytes:
    """In a folder of its own, under one name: not even the file's name may matter."""
    place.mkdir()
    (place / "market.json").write_text(json.dumps(market, ensure_ascii=False), encoding="utf-8")
    rank(place / "market.json", place / "result.json", **environment)
    return (place / "result.json").read_bytes()
