"""Both matchers on the same documents; a sound pair has nothing to tell.

Of a document with several problems the page does not say which is named first, so the first matcher's one must be
among the second's.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.second import first, generator, market, mutations, ranking, records
from tests.second.reading import Refused


@dataclass(frozen=True)
class Disagreement:
    """One document on which the two matchers differ."""

    seed: str
    kind: str
    first: str
    second: str
    document: bytes | str

    def __str__(self) -> str:
        return f"{self.kind} {self.seed}: first {self.first}; second {self.second}"


Answer = Callable[[bytes | str], Any]


def second_rank(written: bytes | str) -> Any:
    return ranking.rank(market.read(written))


def compare(ask_first: Answer, ask_second: Answer, written: bytes | str, kind: str, seed: str) -> Disagreement | None:
    said: Any
    try:
        said = ask_first(written)
    except Exception as crash:  # a crash is what we are looking for
        said = f"crashes with {type(crash).__name__}: {crash}"
    try:
        expected = ask_second(written)
    except Refused as refused:
        if isinstance(said, first.Refusal) and said.path in refused.paths:
            return None
        return Disagreement(seed, kind, _short(said), f"refuses at {sorted(refused.paths)}", written)
    if said == expected:
        return None
    where = records.difference(said, expected, "") if isinstance(said, dict) else None
    if where is not None:
        return Disagreement(seed, kind, f"{where} = {at(said, where)}", f"{at(expected, where)}", written)
    return Disagreement(seed, kind, _short(said), _short(expected), written)


def at(tree: Any, path: str) -> Any:
    """What stands at a path such as requests[0].total."""
    for step in path.replace("]", "").replace("[", ".").split("."):
        tree = tree[int(step)] if isinstance(tree, list) else tree[step]
    return tree


def _short(said: Any) -> str:
    return f"refuses at {said.path}" if isinstance(said, first.Refusal) else str(said)[:300]


def valid_case(rng: Random, seed: str) -> Disagreement | None:
    """A valid market, and the same with its lists in another order."""
    made = generator.market(rng)
    found = compare(first.rank, second_rank, generator.spelled(rng, made), "market", seed)
    if found is None and rng.random() < 0.2:
        again = generator.spelled(rng, generator.shuffled(rng, made))
        return compare(first.rank, lambda _: second_rank(generator.spelled(rng, made)), again, "shuffled market", seed)
    return found


def broken_case(rng: Random, seed: str) -> Disagreement | None:
    made = generator.market(rng, services=3, requests=2)
    return compare(first.rank, second_rank, mutations.broken(rng, made), "broken market", seed)


def record_case(rng: Random, seed: str) -> Disagreement | None:
    """A record as kept, or with something in it changed since."""
    made = generator.market(rng, services=3, requests=2)
    result = ranking.rank(made)
    kept = {"schema": "homeward-record/1", "algorithm": 1, "market": made, "result": result}
    chance = rng.random()
    if chance < 0.5:
        kept["result"] = copy.deepcopy(result)
        mutations.doctored(rng, kept["result"])
    elif chance < 0.75:
        kept = copy.deepcopy(kept)
        mutations.strange_value(rng, kept)
    elif chance < 0.85:
        kept["market"] = generator.shuffled(rng, made)
    elif chance < 0.9:
        kept["algorithm"] = rng.choice([0, 2, -1, 10**30, "1", None])
    return compare(first.verify, records.verify, generator.spelled(rng, kept), "record", seed)


CASES = ((0.55, valid_case), (0.3, broken_case), (0.15, record_case))


def run(cases: int, seed: int) -> list[Disagreement]:
    """Every disagreement among so many documents; each case can be repeated from the seed that it names."""
    found = []
    for number in range(cases):
        name = f"{seed}.{number}"
        rng = Random(name)
        case: Callable[[Random, str], Disagreement | None] = generator.weighted(rng, *CASES)
        disagreement = case(rng, name)
        if disagreement is not None:
            found.append(disagreement)
    return found


def tell(found: Disagreement) -> str:
    document = found.document if isinstance(found.document, str) else repr(found.document)
    return f"{found}\n{json.dumps(document) if len(document) < 200 else document}"
