"""Both matchers on the same documents; a sound pair has nothing to tell.

Of a document with several problems the page does not say which is named first, so the first matcher's one must be
among the second's.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from tests.second import allocating, first, generator, histories, market, mutations, prices, ranking, records
from tests.second.reading import Refused, parse


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
    said = answer(lambda: ask_first(written))
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


def answer(ask: Callable[[], Any]) -> Any:
    """What was answered; a crash is an answer too, and one that we are looking for."""
    try:
        return ask()
    except Exception as crash:
        return f"crashes with {type(crash).__name__}: {crash}"


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


def large_case(rng: Random, seed: str) -> Disagreement | None:
    """Many candidates at once: what computes by columns must not differ from what computes one by one."""
    made = generator.market(rng, services=rng.choice([60, 250, 700]), requests=2)
    return compare(first.rank, second_rank, generator.spelled(rng, made), "large market", seed)


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


def plan_case(rng: Random, seed: str) -> Disagreement | None:
    """A market whose requests compete: any plan will do that keeps the rules and is as good as the best."""
    chance = rng.random()
    if chance < 0.15:
        wrong = mutations.broken(rng, generator.crowded(rng))
        return compare(
            lambda text: _taken(lambda: first.plan(text)),
            lambda text: market.read(text) and "taken",
            wrong,
            "plan",
            seed,
        )
    made = generator.crowded(rng) if chance < 0.85 else generator.market(rng, services=4)
    written = generator.spelled(rng, made)
    said = answer(lambda: first.plan(written))
    try:
        faults = allocating.faults(made, parse(said))
        stated, best = allocating.stated(json.loads(said)), allocating.best(made)
    except (Refused, TypeError, ValueError, KeyError):
        return Disagreement(seed, "plan", _short(said), "a plan", written)
    if faults or stated != best:
        return Disagreement(seed, "plan", f"{faults or stated}", f"{best}", written)
    return None


def _taken(ask: Callable[[], Any]) -> Any:
    """An answer that is only asked whether it was one."""
    said = ask()
    return said if isinstance(said, first.Refusal) else "taken"


def history_case(rng: Random, seed: str) -> Disagreement | None:
    """A history with something wrong with it; of one that has nothing wrong, that it is taken."""

    def second(written: bytes | str) -> str:
        prices.history(written)
        return "taken"

    return compare(lambda written: _taken(lambda: first.fit(written)), second, histories.broken(rng), "history", seed)


@cache
def _tariff() -> tuple[str, Counter[str]]:
    """One history for all requests, its tariff, and its rows by type."""
    history = histories.spelled(histories.rows(Random("tariff"), len(histories.TYPES)))
    return answer(lambda: first.fit(history)), prices.history(history)


def price_case(rng: Random, seed: str) -> Disagreement | None:
    tariff, types = _tariff()
    written = generator.spelled(rng, histories.asked(rng)) if rng.random() < 0.5 else histories.broken_asked(rng)
    said = answer(lambda: first.price(tariff, written))
    try:
        faults = prices.faults(types, prices.requests(written), said)
    except Refused as refused:
        if isinstance(said, first.Refusal) and said.path in refused.paths:
            return None
        return Disagreement(seed, "prices", _short(said), f"refuses at {sorted(refused.paths)}", written)
    except (TypeError, AttributeError):
        return Disagreement(seed, "prices", _short(said), "prices", written)
    return Disagreement(seed, "prices", _short(said), f"{faults}", written) if faults else None


def sweep() -> list[Disagreement]:
    """Every single change of one small market and of its record, so that no field is left to chance."""
    made = generator.market(Random("sweep 10"), services=2, requests=2)
    kept = {"schema": "homeward-record/1", "algorithm": 1, "market": made, "result": ranking.rank(made)}
    found = [compare(first.rank, second_rank, written, "market", name) for name, written in mutations.each_alone(made)]
    found += [compare(first.verify, records.verify, text, "record", name) for name, text in mutations.each_alone(kept)]
    return [one for one in found if one is not None]


CASES: list[tuple[float, Callable[[Random, str], Disagreement | None]]] = [
    (0.55, valid_case),
    (0.3, broken_case),
    (0.15, record_case),
    (0.004, large_case),
]
if first.has("allocate"):
    CASES.append((0.05, plan_case))
if first.has("fit"):
    CASES += [(0.04, history_case), (0.04, price_case)]


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
