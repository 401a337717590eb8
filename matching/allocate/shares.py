"""What a plan means for each request and each borough: who gains, who waits, and because of whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from matching.allocate.plan import Plan
from matching.allocate.table import NONE, Table

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Share:
    """One request alone against the joint plan.

    `alone` is the service with its highest total (of equal ones the first id), None where it has no choice at all.
    `service` and `total` are what the plan gives, None where it waits. `yields_to` are the requests that hold places in
    the services which would have been better for it; `gains_over` are those that, the other way round, would have been
    better off in this one's service.
    """

    request: str
    alone: str | None
    best_alone: int | None
    service: str | None
    total: int | None
    yields_to: tuple[str, ...]
    gains_over: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """It has choices, and no place."""
        return self.service is None and self.alone is not None

    @property
    def loss(self) -> int:
        """What sharing costs it, in millionths: all that it could have where it waits."""
        return (self.best_alone or 0) - (self.total or 0)


def shares(table: Table, plan: Plan) -> tuple[Share, ...]:
    """Every request of the table under `plan`, in order of id."""
    allowed = table.allowed
    totals = np.where(allowed, table.totals, NONE)
    column_of = {name: column for column, name in enumerate(table.services)}
    went = {one.request: column_of[one.service] for one in plan.assignments}
    holders: dict[int, list[str]] = {}
    for name in table.requests:
        if name in went:
            holders.setdefault(went[name], []).append(name)
    yields: dict[str, tuple[str, ...]] = {}
    gains: dict[str, list[str]] = {}
    for row, name in enumerate(table.requests):
        own = int(totals[row, went[name]]) if name in went else NONE
        better = [column for column in np.flatnonzero(totals[row] > own).tolist() if column in holders]
        yields[name] = tuple(sorted(other for column in better for other in holders[column]))
        for other in yields[name]:
            gains.setdefault(other, []).append(name)
    found = []
    for row, name in enumerate(table.requests):
        some = bool(allowed[row].any())
        best = int(totals[row].argmax()) if some else NONE
        found.append(
            Share(
                request=name,
                alone=table.services[best] if some else None,
                best_alone=int(totals[row, best]) if some else None,
                service=table.services[went[name]] if name in went else None,
                total=int(totals[row, went[name]]) if name in went else None,
                yields_to=yields[name],
                gains_over=tuple(gains.get(name, ())),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class BoroughShare:
    """How one borough fares: what part of its placeable requests is placed, and what sharing costs those that are.

    `placed_share` and `mean_loss` are in millionths, rounded down; None where there is nothing to divide by.
    """

    borough: str
    requests: int
    placeable: int
    placed: int
    placed_share: int | None
    total_loss: int
    mean_loss: int | None


@dataclass(frozen=True, slots=True)
class Balance:
    """Every borough in order of its code, and how far apart they are: the highest less the lowest mean loss."""

    boroughs: tuple[BoroughShare, ...]
    spread: int


def balance(found: Iterable[Share], boroughs: Mapping[str, str]) -> Balance:
    """The shares by borough. `boroughs` says whose each request is."""
    by_borough: dict[str, list[Share]] = {}
    for share in found:
        by_borough.setdefault(boroughs[share.request], []).append(share)
    lines = []
    for borough, own in sorted(by_borough.items()):
        placed = [share for share in own if share.service is not None]
        placeable = sum(1 for share in own if share.alone is not None)
        loss = sum(share.loss for share in placed)
        lines.append(
            BoroughShare(
                borough=borough,
                requests=len(own),
                placeable=placeable,
                placed=len(placed),
                placed_share=MILLION * len(placed) // placeable if placeable else None,
                total_loss=loss,
                mean_loss=loss // len(placed) if placed else None,
            )
        )
    means = [line.mean_loss for line in lines if line.mean_loss is not None]
    return Balance(boroughs=tuple(lines), spread=max(means) - min(means) if means else 0)
