"""MARKET to the best objective that any PLAN can have, by trying everything; and what is wrong with a PLAN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy
from scipy.optimize import linear_sum_assignment

from tests.second import ranking
from tests.second.reading import BAD, Pairs, Reader, each, integer, one_of, or_null, record, text

URGENT = frozenset({"urgent", "same_day"})
PLAN = record(
    {
        "schema": one_of("homeward-plan/1"),
        "assignments": each(record({"request": text, "service": text, "total": integer(0), "best_alone": integer(0)})),
        "unplaced": each(text),
        "objective": record(
            {
                "placed": integer(0),
                "urgent_placed": integer(0),
                "worst_total": or_null(integer(0)),
                "sum_total": integer(0),
            }
        ),
    }
)


@dataclass(frozen=True)
class Wanted:
    """A request, what it needs, and the total at each service that is open to it."""

    request: str
    places: int
    urgent: bool
    totals: Mapping[str, int]


Objective = tuple[int, int, int | None, int]
"""Placed, urgent among them, worst total (None when nobody is placed), sum of totals."""


def wanted(market: dict[str, Any]) -> list[Wanted]:
    """The requests in order of id, with the totals of `rank` without offers."""
    without = {**market, "offers": []}
    return [
        Wanted(
            request["id"],
            request["places"],
            request["urgency"] in URGENT,
            {one.service["id"]: one.total for one in ranking.measured(without, request) if one.eligible},
        )
        for request in sorted(market["requests"], key=lambda request: request["id"])
    ]


def best(market: dict[str, Any]) -> Objective:
    """Every worst total that could be is tried, the highest first; the first that costs no placement wins."""
    requests = wanted(market)
    places = {service["id"]: service["places"] for service in market["services"]}
    placed, urgent, _ = most(requests, places, 0)
    for worst in sorted({total for one in requests for total in one.totals.values()}, reverse=True):
        found = most(requests, places, worst)
        if placed and found[:2] == (placed, urgent):
            return placed, urgent, worst, found[2]
    return 0, 0, None, 0


def most(requests: Sequence[Wanted], places: Mapping[str, int], worst: int) -> tuple[int, int, int]:
    """(placed, urgent, sum) at their greatest, in that order, when no total may be below the worst."""
    names = sorted(places)

    @cache
    def onwards(at: int, left: tuple[int, ...]) -> tuple[int, int, int]:
        if at == len(requests):
            return 0, 0, 0
        one = requests[at]
        answers = [onwards(at + 1, left)]
        for service, total in one.totals.items():
            spot = names.index(service)
            if total >= worst and left[spot] >= one.places:
                after = (*left[:spot], left[spot] - one.places, *left[spot + 1 :])
                placed, urgent, together = onwards(at + 1, after)
                answers.append((placed + 1, urgent + one.urgent, together + total))
        return max(answers)

    return onwards(0, tuple(places[name] for name in names))


def best_of_singles(market: dict[str, Any]) -> Objective:
    """The same where every request takes one place: then it is an assignment problem, and a market may be large."""
    requests = wanted(market)
    if any(one.places != 1 for one in requests):
        raise ValueError("a request takes more than one place")
    spots = [service["id"] for service in market["services"] for _ in range(min(service["places"], len(requests)))]
    totals = sorted({total for one in requests for total in one.totals.values()})
    placed, urgent, _ = _most_of_singles(requests, spots, 0)
    if not placed:
        return 0, 0, None, 0
    low, high = 0, len(totals) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if _most_of_singles(requests, spots, totals[middle])[:2] == (placed, urgent):
            low = middle
        else:
            high = middle - 1
    return placed, urgent, totals[low], _most_of_singles(requests, spots, totals[low])[2]


def _most_of_singles(requests: Sequence[Wanted], spots: Sequence[str], worst: int) -> tuple[int, int, int]:
    """One number holds all three, the first in front: none can reach the next for 99 requests, and a float is exact."""
    if not requests or not spots:
        return 0, 0, 0
    sums, urgents = 10**8, 10**3
    worths = numpy.zeros((len(requests), len(spots)))
    for row, one in enumerate(requests):
        for column, service in enumerate(spots):
            total = one.totals.get(service, -1)
            if total >= worst:
                worths[row, column] = (urgents + one.urgent) * sums + total
    rows, columns = linear_sum_assignment(worths, maximize=True)
    whole = sum(int(worth) for worth in worths[rows, columns])
    return whole // sums // urgents, whole // sums % urgents, whole % sums


def faults(market: dict[str, Any], plan: Any) -> list[str]:
    """What the page forbids in a plan (a parsed tree), but for a better one that nobody looked for."""
    reader = Reader()
    read: Any = PLAN(plan, "", reader) if isinstance(plan, Pairs) else BAD
    if read is BAD or reader.problems:
        return [f"{path}: {reason}" for path, reason in reader.problems] or ["a plan is an object"]
    requests = {one.request: one for one in wanted(market)}
    assigned = [row["request"] for row in read["assignments"]]
    found = []
    if assigned != sorted(assigned) or read["unplaced"] != sorted(read["unplaced"]):
        found.append("a list is not in order of request id")
    if sorted(assigned + read["unplaced"]) != sorted(requests):
        found.append("not every request is there exactly once")
        return found
    left = {service["id"]: service["places"] for service in market["services"]}
    for row in read["assignments"]:
        one = requests[row["request"]]
        if row["total"] != one.totals.get(row["service"]):
            found.append(f"{row} has another total, or is not eligible")
            continue
        if row["best_alone"] != max(one.totals.values()):
            found.append(f"{row} would have {max(one.totals.values())} alone")
        left[row["service"]] -= one.places
    found += [f"{service} is short of {-places} places" for service, places in left.items() if places < 0]
    if stated(read) != of_assignments(read, requests):
        found.append(f"the objective {stated(read)} is not that of the assignments {of_assignments(read, requests)}")
    return found


def stated(plan: dict[str, Any]) -> Objective:
    objective = plan["objective"]
    return objective["placed"], objective["urgent_placed"], objective["worst_total"], objective["sum_total"]


def of_assignments(plan: dict[str, Any], requests: Mapping[str, Wanted]) -> Objective:
    totals = [row["total"] for row in plan["assignments"]]
    urgent = sum(requests[row["request"]].urgent for row in plan["assignments"])
    return len(totals), urgent, min(totals, default=None), sum(totals)
