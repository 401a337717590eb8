"""The tariff as anybody may read it: multipliers, comparables, error and versions. Aggregates only; a kind of placement
with too few comparables has no figure at all, and the line above which an offer explains itself is never in it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.requests.prices.models import PriceTariff
from app.requests.prices.rules import ENOUGH, price_rules_of, price_rules_on
from providers.market.status import ServiceType

THOUSANDTHS = 1000
NEEDS = 12
HIGHEST = 3


@dataclass(frozen=True)
class Error:
    """How far off expected prices were, on average, on placements that the tariff had not seen: in thousandths of what
    was paid, beside the error of taking the middle price of each kind.
    """

    placements: int
    error: int
    of_median: int


@dataclass(frozen=True)
class KindOfPlacement:
    """One kind with enough comparables: pence a week at each age for a child without any need, and the multipliers of
    the 12 needs at levels 1 to 3, in thousandths. `error` is None where too few placements could be tried.
    """

    service_type: ServiceType
    comparables: int
    ages: tuple[tuple[int, int], ...]
    needs: tuple[tuple[int, ...], ...]
    error: Error | None

    @property
    def bands(self) -> list[tuple[int, int, int]]:
        """Neighbouring ages at the same price as one: (from, to, pence)."""
        found: list[tuple[int, int, int]] = []
        for age, pence in self.ages:
            if found and found[-1][2] == pence and found[-1][1] == age - 1:
                found[-1] = (found[-1][0], age, pence)
            else:
                found.append((age, age, pence))
        return found

    @property
    def middle(self) -> tuple[int, int]:
        """The age in the middle and its price without needs."""
        return self.ages[len(self.ages) // 2]

    def rows(self, labels: Sequence[str]) -> list[tuple[str, tuple[int, ...]]]:
        """Each need in words with its multipliers."""
        return list(zip(labels, self.needs, strict=True))

    def price(self, base_pence: int, levels: dict[int, int]) -> int:
        """A price without needs times the multiplier of each need (by number from 1) at its level."""
        factor = math.prod(self.needs[number - 1][level - 1] / THOUSANDTHS for number, level in levels.items())
        return round(base_pence * factor)

    def at_total(self, total: int) -> int:
        """The expected price at the middle age for so many points of need in all (0 to 36), spread evenly over the
        twelve needs: the geometric mean over every way of spreading what does not divide.
        """
        level, over = divmod(total, NEEDS)
        log = self._log_of_all(level)
        if over:
            log += over / NEEDS * (self._log_of_all(level + 1) - log)
        return round(self.middle[1] * math.exp(log))

    def _log_of_all(self, level: int) -> float:
        return sum(math.log(row[level - 1] / THOUSANDTHS) for row in self.needs) if level else 0.0


@dataclass(frozen=True)
class Published:
    """One version as it is published."""

    number: int
    fitted_at: dt.datetime
    first_start: dt.date
    last_start: dt.date
    held_out_from: dt.date
    held_out_months: int
    kinds: tuple[KindOfPlacement, ...]
    error: Error | None

    @property
    def comparables(self) -> int:
        """The placements of the kinds that are published."""
        return sum(kind.comparables for kind in self.kinds)

    def kind(self, service_type: ServiceType) -> KindOfPlacement | None:
        return next((kind for kind in self.kinds if kind.service_type is service_type), None)


@dataclass(frozen=True)
class Change:
    """What a version changed of one kind: comparables before and after, and by how many thousandths the price without
    needs moved. None before: the kind was not published.
    """

    service_type: ServiceType
    before: int | None
    after: int | None
    moved: int | None


@dataclass(frozen=True)
class Version:
    """A version in the list of them, with what it changed against the one before."""

    number: int
    fitted_at: dt.datetime
    first_start: dt.date
    last_start: dt.date
    changes: tuple[Change, ...]


def published_tariff(session: Session, now: dt.datetime) -> tuple[Published | None, list[Version]]:
    """The version in force and every version so far, the latest first. For everybody: nothing of it is secret."""
    rows = session.scalars(select(PriceTariff).where(PriceTariff.fitted_at <= now).order_by(PriceTariff.number)).all()
    found = [_published(session, row) for row in rows]
    versions = [_version(None, found[0])] if found else []
    versions += [_version(before, after) for before, after in pairwise(found)]
    return (found[-1] if found else None), versions[::-1]


def least_comparables(session: Session, now: dt.datetime) -> int:
    """How many comparables a kind of placement needs."""
    rules = price_rules_on(session, local_date(now))
    return rules.least_comparables if rules else ENOUGH


def _published(session: Session, row: PriceTariff) -> Published:
    rules = price_rules_of(session, row.policy_version_id)
    kinds = [
        KindOfPlacement(
            service_type=ServiceType(code),
            comparables=raw["comparables"],
            ages=tuple((age, pence) for age, pence in raw["ages"]),
            needs=tuple(tuple(levels) for levels in raw["needs"]),
            error=_error(raw["held_out"]),
        )
        for code, raw in row.figures["types"].items()
        if raw["comparables"] >= rules.least_comparables
    ]
    order = list(ServiceType)
    return Published(
        number=row.number,
        fitted_at=row.fitted_at,
        first_start=row.first_start,
        last_start=row.last_start,
        held_out_from=dt.date.fromisoformat(row.figures["held_out_from"]),
        held_out_months=rules.held_out_months,
        kinds=tuple(sorted(kinds, key=lambda kind: order.index(kind.service_type))),
        error=_error(row.figures["held_out"]),
    )


def _error(raw: dict[str, Any] | None) -> Error | None:
    return Error(**raw) if raw else None


def _version(before: Published | None, after: Published) -> Version:
    changes = []
    for service_type in ServiceType:
        old = before.kind(service_type) if before else None
        new = after.kind(service_type)
        if old is None and new is None:
            continue
        changes.append(
            Change(
                service_type,
                old.comparables if old else None,
                new.comparables if new else None,
                _moved(old, new) if old and new else None,
            )
        )
    return Version(after.number, after.fitted_at, after.first_start, after.last_start, tuple(changes))


def _moved(old: KindOfPlacement, new: KindOfPlacement) -> int | None:
    """By how many thousandths prices without needs moved, on average over the ages that both versions have."""
    before, after = dict(old.ages), dict(new.ages)
    both = [after[age] / before[age] for age in sorted(before.keys() & after.keys())]
    return round(THOUSANDTHS * (sum(both) / len(both) - 1)) if both else None
