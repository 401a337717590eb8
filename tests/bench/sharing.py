"""Whether the joint plan is as good as it says, by a solver that knows nothing of how it was made.

Markets of our worlds with too few services for all (offers left aside) go through the commands `rank` and `allocate`.
The eligible pairs and their totals are read from the result file; HiGHS then works out, one after the other, the most
requests that can be placed, the most urgent among them, the highest worst total and the highest sum. Greedy, written as
an office would: urgent requests first, each takes the best place that is left.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from tests.bench import worlds
from tests.bench.matcher import allocate_file, rank_file

Json = dict[str, Any]

SERVICES = 22
"""For 24 requests, some of them siblings, of whom a place suits about half."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One market: what our plan reaches and what could be reached."""

    name: str
    wrong: tuple[str, ...]  # a request in two places, a service too full, someone who does not fit
    placed: int
    most: int
    urgent: int
    most_urgent: int
    worst: int
    highest_worst: int
    greedy_worst: int | None  # None where greedy leaves more children without a place
    total: int
    highest_total: int

    @property
    def exact(self) -> bool:
        ours = (self.placed, self.urgent, self.worst, self.total)
        return not self.wrong and ours == (self.most, self.most_urgent, self.highest_worst, self.highest_total)


def share(folder: Path, seed: int = 1) -> list[Shared]:
    """One market for each world and each of two lots."""
    folder.mkdir(parents=True)
    return [
        share_one(folder, worlds.Sheet(world, lot, seed))
        for world in worlds.WORLDS
        for lot in ("residential", "supported")
    ]


def share_one(folder: Path, sheet: worlds.Sheet) -> Shared:
    market = sheet.market(services=SERVICES) | {"offers": []}
    file, result, plan = (folder / f"{sheet.name}.{kind}.json" for kind in ("market", "result", "plan"))
    file.write_text(json.dumps(market), encoding="utf-8")
    rank_file(file, result)
    allocate_file(file, plan)
    return judge(sheet.name, market, json.loads(result.read_bytes()), json.loads(plan.read_bytes()))


def judge(name: str, market: Json, result: Json, plan: Json) -> Shared:
    totals = {
        (one["request"], each["service"]): each["total"]
        for one in result["requests"]
        for each in one["candidates"]
        if each["eligible"]
    }
    requests = {one["id"]: one for one in market["requests"]}
    places = {one["id"]: one["places"] for one in market["services"]}
    chosen = [(one["request"], one["service"]) for one in plan["assignments"]]
    best = _Best(totals, requests, places)
    most = best.most(1.0)
    most_urgent = best.most(best.urgent, [(np.ones(len(best.pairs)), most)])
    so_far = [(np.ones(len(best.pairs)), most), (best.urgent, most_urgent)]
    highest_worst = best.highest_worst(so_far)
    highest_total = best.most(best.totals, so_far, least=highest_worst)
    greedy = _greedy(totals, requests, places)
    ours = [totals.get(pair, -1) for pair in chosen]
    return Shared(
        name=name,
        wrong=tuple(_wrong(chosen, totals, requests, places, plan)),
        placed=len(chosen),
        most=most,
        urgent=sum(requests[request]["urgency"] != "planned" for request, _service in chosen),
        most_urgent=most_urgent,
        worst=min(ours, default=0),
        highest_worst=highest_worst,
        greedy_worst=min((totals[pair] for pair in greedy), default=0) if len(greedy) == most else None,
        total=sum(ours),
        highest_total=highest_total,
    )


class _Best:
    """The best there is, objective by objective, over yes or no for each eligible pair."""

    def __init__(self, totals: dict[tuple[str, str], int], requests: dict[str, Json], places: dict[str, int]) -> None:
        self.pairs = sorted(totals)
        self.totals = np.array([totals[pair] for pair in self.pairs], dtype=np.float64)
        self.urgent = np.array([float(requests[request]["urgency"] != "planned") for request, _ in self.pairs])
        names, homes = sorted(requests), sorted(places)
        at = np.arange(len(self.pairs))
        rows = np.array([names.index(request) for request, _ in self.pairs], dtype=int)
        columns = np.array([homes.index(service) for _, service in self.pairs], dtype=int)
        needed = np.array([float(requests[request]["places"]) for request, _ in self.pairs])
        data = np.concatenate([np.ones(len(at)), needed])
        where = np.concatenate([rows, len(names) + columns])
        matrix = csr_array((data, (where, np.concatenate([at, at]))), shape=(len(names) + len(homes), len(at)))
        limits = np.concatenate([np.ones(len(names)), [float(places[home]) for home in homes]])
        self.room = LinearConstraint(matrix, -np.inf, limits)

    def most(self, gains: Any, held: Sequence[tuple[Any, int]] = (), least: int = 0) -> int:
        """The highest sum of `gains` where each held sum is reached and no pair is below `least`; -1 where none is."""
        if not self.pairs:
            return 0
        gains = np.broadcast_to(np.asarray(gains, dtype=np.float64), len(self.pairs))
        constraints = [self.room, *(LinearConstraint(sums[None, :], value, np.inf) for sums, value in held)]
        found = milp(
            -gains,
            constraints=constraints,
            integrality=np.ones(len(self.pairs)),
            bounds=Bounds(0, (self.totals >= least).astype(np.float64)),
            options={"mip_rel_gap": 0},
        )
        return -1 if found.x is None else round(float(gains @ np.round(found.x)))

    def highest_worst(self, held: Sequence[tuple[Any, int]]) -> int:
        """By halving over the totals that there are."""
        if not self.pairs or not held[0][1]:
            return 0
        levels = np.unique(self.totals)
        low, high = 0, len(levels) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.most(0.0, held, int(levels[middle])) >= 0 else (low, middle - 1)
        return int(levels[low])


def _greedy(
    totals: dict[tuple[str, str], int], requests: dict[str, Json], places: dict[str, int]
) -> list[tuple[str, str]]:
    free = dict(places)
    taken = []
    for name in sorted(requests, key=lambda name: (requests[name]["urgency"] == "planned", name)):
        needed = requests[name]["places"]
        fit = [pair for pair in totals if pair[0] == name and free[pair[1]] >= needed]
        if fit:
            pair = max(fit, key=lambda pair: (totals[pair], pair[1]))
            free[pair[1]] -= needed
            taken.append(pair)
    return taken


def _wrong(
    chosen: Sequence[tuple[str, str]],
    totals: dict[tuple[str, str], int],
    requests: dict[str, Json],
    places: dict[str, int],
    plan: Json,
) -> list[str]:
    said = [f"{request} does not fit {service}" for request, service in chosen if (request, service) not in totals]
    used = dict.fromkeys(places, 0)
    for request, service in chosen:
        used[service] += requests[request]["places"]
    said += [f"{service} is too full" for service, number in used.items() if number > places[service]]
    names = [request for request, _service in chosen] + plan["unplaced"]
    if sorted(names) != sorted(requests):
        said.append("not every request stands in the plan once")
    for one in plan["assignments"]:
        own = [total for (request, _service), total in totals.items() if request == one["request"]]
        if one["total"] != totals.get((one["request"], one["service"])) or one["best_alone"] != max(own, default=None):
            said.append(f"{one['request']} has another total or another best alone")
    return said
