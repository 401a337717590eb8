"""A second allocation, written from the page of the file formats and from nothing else: it tries every plan."""

from __future__ import annotations

import itertools
from typing import Any

Plan = dict[str, str | None]


def best_plan(
    totals: dict[str, dict[str, int]], places: dict[str, int], needed: dict[str, int], urgent: set[str]
) -> tuple[Plan, tuple[Any, ...]]:
    """The best plan and (placed, urgent placed, worst total or None, sum). Of equal plans the first: services of the
    requests for several places in order of id, then of the others, no place last.
    """
    order = sorted(totals, key=lambda name: (needed.get(name, 1) == 1, name))
    best: Any = None
    for way in itertools.product(*([None, *sorted(totals[name])] for name in order)):
        plan = dict(zip(order, way, strict=True))
        taken = dict.fromkeys(places, 0)
        for name, service in plan.items():
            if service is not None:
                taken[service] += needed.get(name, 1)
        if any(taken[service] > places[service] for service in places):
            continue
        got = [totals[name][service] for name, service in plan.items() if service is not None]
        hurry = sum(1 for name, service in plan.items() if service is not None and name in urgent)
        score = (len(got), hurry, min(got) if got else 0, sum(got))
        first = [(service is None, service or "") for service in way]
        if best is None or score > best[0] or (score == best[0] and first < best[1]):
            best = (score, first, plan)
    score, _first, plan = best
    return plan, (score[0], score[1], score[2] if score[0] else None, score[3])
