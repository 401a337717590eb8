"""The tariff as anybody may read it: multipliers, comparables, error and versions. Aggregates only; a kind of placement
with too few comparables has no figure at all, and the line above which an offer explains itself is never in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.requests.prices.models import PriceTariff
from app.requests.prices.rules import ENOUGH, price_rules_of, price_rules_on
from providers.market.status import ServiceType

THOUSANDTHS = 1000


@dataclass(frozen=True)
class Error:
    """How far off expected prices were, on average, on placements that the tariff had not seen: in thousandths of what
    was paid, beside the error of taking the middle price of each kind (None: of one kind alone it is not said).
    """

    placements: int
    error: int
    of_median: int | None = None


@dataclass(frozen=True)
class NeedPrices:
    """What one need does to a price: multipliers of its levels 1 to 3, and of one that was not measured."""

    levels: tuple[Decimal, ...]
    not_measured: Decimal


@dataclass(frozen=True)
class Example:
    """A child's price worked out: a high need and a medium one, by number from 1, on the price without needs."""

    age: int
    base: int
    high: int
    medium: int
    price: int


@dataclass(frozen=True)
class KindOfPlacement:
    """One kind with enough comparables: pence a week at each age for a child without any need, what each of the twelve
    needs multiplies it by, how prices grow in a year, and the price by total need. `error` is None where too few
    placements could be tried.
    """

    service_type: ServiceType
    comparables: int
    ages: tuple[tuple[int, int], ...]
    needs: tuple[NeedPrices, ...]
    growth: Decimal
    by_total: tuple[tuple[int, int], ...]
    example: Example
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

    def rows(self, labels: Sequence[str]) -> list[tuple[str, NeedPrices]]:
        """Each need in words with its multipliers."""
        return list(zip(labels, self.needs, strict=True))


@dataclass(frozen=True)
class Together:
    """What needs that come together multiply a price by besides: two of them (by number) that are medium or high, and
    by the sum of levels or the number of needs that high: (counted, from how many, multiplier).
    """

    pairs: tuple[tuple[int, int, Decimal], ...]
    counts: tuple[tuple[str, int, Decimal], ...]


@dataclass(frozen=True)
class Published:
    """One version as it is published."""

    number: int
    fitted_at: dt.datetime
    first_start: dt.date
    last_start: dt.date
    held_out_from: dt.date | None
    kinds: tuple[KindOfPlacement, ...]
    together: Together
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
    held_out = row.figures["held_out"]
    in_document = {one["placement_type"]: one["prices"] for one in row.document["types"]}
    kinds = [
        _kind(ServiceType(code), raw, in_document[code], held_out)
        for code, raw in row.figures["types"].items()
        if raw["comparables"] >= rules.least_comparables
    ]
    order = list(ServiceType)
    return Published(
        number=row.number,
        fitted_at=row.fitted_at,
        first_start=row.first_start,
        last_start=row.last_start,
        held_out_from=dt.date.fromisoformat(held_out["first"]) if held_out else None,
        kinds=tuple(sorted(kinds, key=lambda kind: order.index(kind.service_type))),
        together=_together(row.document["needs_together"]),
        error=Error(held_out["placements"], held_out["error"], held_out["of_median"]) if held_out else None,
    )


def _kind(
    service_type: ServiceType, raw: dict[str, Any], prices: dict[str, Any], held_out: dict[str, Any] | None
) -> KindOfPlacement:
    tried = held_out["types"].get(service_type.value) if held_out else None
    return KindOfPlacement(
        service_type=service_type,
        comparables=raw["comparables"],
        ages=tuple((age, pence) for age, pence in raw["ages"]),
        needs=tuple(
            NeedPrices(
                tuple(_decimal(need["multipliers"][str(level)]) for level in (1, 2, 3)),
                _decimal(need["multipliers"]["not_measured"]),
            )
            for need in prices["needs"]
        ),
        growth=_decimal(prices["growth_per_year"]),
        by_total=tuple((total, pence) for total, pence in raw["by_total"]),
        example=Example(**raw["example"]),
        error=Error(tried["placements"], tried["error"]) if tried else None,
    )


def _together(raw: dict[str, Any]) -> Together:
    """Of tables that go up in steps only where they step."""
    counts = []
    for name in ("sum_of_levels", "needs_at_2_or_3", "needs_at_3"):
        before = Decimal(1)
        for one in raw[name]:
            multiplier = _decimal(one["multiplier"])
            if multiplier != before:
                counts.append((name, int(one["count"]), multiplier))
            before = multiplier
    pairs = [(*one["indicators"], _decimal(one["multiplier"])) for one in raw["pairs"]]
    return Together(tuple(pairs), tuple(counts))


def _decimal(value: float) -> Decimal:
    """A number as the document writes it."""
    return Decimal(str(value))


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
