"""Savings by one declared method, benchmark avoidance: what placements would have cost at the benchmark frozen when
their requests were published, less what was agreed.

Avoided, so not cashable. Where there was no benchmark there is no saving; dearer than the benchmark is a negative
saving and is kept; a claim ends after the days that policy says. In-year and full-year effects stand apart (F-55), and
every percentage names its denominator (F-56).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.core.money import accrue
from app.core.policies import in_force
from app.identity.models import Organisation
from app.reporting.models import SavingBasis
from app.reporting.reach import Scope
from app.reporting.spend import larger, paid, smaller
from app.reporting.years import FinancialYear
from providers.market.models import Lot

METHOD_WORDS = {"benchmark_avoidance": "Benchmark avoidance"}


@dataclass(frozen=True)
class Method:
    """How savings are measured, from the policy in force."""

    name: str
    cashable: bool
    claim_days: int
    policy_version: str
    source: str

    @property
    def words(self) -> str:
        return METHOD_WORDS[self.name]


@dataclass(frozen=True)
class Percentage:
    """A share that cannot be shown without what it is a share of (F-56)."""

    part: int
    whole: int
    of: str

    def __post_init__(self) -> None:
        if not self.of.strip():
            raise ValueError("a percentage names its denominator")
        if self.whole <= 0:
            raise ValueError("a percentage of nothing says nothing")

    @property
    def tenths(self) -> int:
        """Tenths of a per cent, rounded once, half to even."""
        return round(Fraction(self.part * 1000, self.whole))

    @property
    def words(self) -> str:
        """11.0% of the £1,809,091 that those 7 placements would have cost at their benchmarks."""
        sign = "-" if self.tenths < 0 else ""
        return f"{sign}{abs(self.tenths) // 10}.{abs(self.tenths) % 10}% of {self.of}"


@dataclass(frozen=True)
class Savings:
    """What a group of placements saved. The first three are of the year to date, `full_` ones of their whole claims."""

    placements: int = 0
    benchmark_pence: int = 0
    agreed_pence: int = 0
    full_benchmark_pence: int = 0
    full_agreed_pence: int = 0
    without_benchmark: int = 0
    past_claim: int = 0

    @property
    def saving(self) -> int:
        """The in-year effect in pence; negative where placements cost more than their benchmarks."""
        return self.benchmark_pence - self.agreed_pence

    @property
    def full_saving(self) -> int:
        """The full-year effect in pence: the same placements, each over its whole claim."""
        return self.full_benchmark_pence - self.full_agreed_pence

    def __add__(self, other: Savings) -> Savings:
        return Savings(
            self.placements + other.placements,
            self.benchmark_pence + other.benchmark_pence,
            self.agreed_pence + other.agreed_pence,
            self.full_benchmark_pence + other.full_benchmark_pence,
            self.full_agreed_pence + other.full_agreed_pence,
            self.without_benchmark + other.without_benchmark,
            self.past_claim + other.past_claim,
        )


@dataclass(frozen=True)
class SavingPart:
    """The savings of one borough on one lot."""

    organisation_id: str
    lot_id: str
    savings: Savings


@dataclass(frozen=True)
class CountedPlacement:
    """A placement that a saving counts, with the evidence: no child, only its reference."""

    reference: str
    borough: str
    lot: str
    benchmark_weekly_pence: int
    agreed_weekly_pence: int
    benchmark_source: str
    days: int
    saving: int
    full_saving: int


def avoidance(benchmark_weekly_pence: int, agreed_weekly_pence: int, first: dt.date, last: dt.date) -> int:
    """Pence avoided between two days, both included; negative where the agreed price is the dearer (F-55)."""
    return accrue(benchmark_weekly_pence, first, last) - accrue(agreed_weekly_pence, first, last)


def claim_end(first: dt.date, last: dt.date, claim_days: int) -> dt.date:
    """The last day that a claim counts: the placement's last, or the policy's limit from the start."""
    return min(last, first + dt.timedelta(days=claim_days - 1))


def method_on(session: Session, on: dt.date) -> Method | None:
    """The method in force on a date; None where the consortium has none, and then no saving is claimed."""
    try:
        policy = in_force(session, "savings", on)
    except Invalid:
        return None
    content = policy.content
    return Method(content["method"], content["cashable"], content["claim_days"], policy.version, policy.source)


def total(parts: Iterable[SavingPart]) -> Savings:
    """The sum of any number of parts."""
    return sum((part.savings for part in parts), Savings())


def savings(session: Session, *, scope: Scope, year: FinancialYear, today: dt.date, method: Method) -> list[SavingPart]:
    """The year's savings to date, by borough and lot, with how many placements are counted and how many are not."""
    basis, days = SavingBasis, _Days(year, today, method)
    known, sums = basis.benchmark_pence.is_not(None), func.sum

    def of_counted(pence: Any) -> ColumnElement[int]:
        return sums(case((days.counted, pence), else_=0))

    rows = session.execute(
        select(
            basis.organisation_id,
            basis.lot_id,
            of_counted(1).label("placements"),
            of_counted(paid(basis.benchmark_pence, days.first, days.last)).label("benchmark"),
            of_counted(paid(basis.weekly_pence, days.first, days.last)).label("agreed"),
            of_counted(paid(basis.benchmark_pence, basis.first_number, days.claim_last)).label("full_benchmark"),
            of_counted(paid(basis.weekly_pence, basis.first_number, days.claim_last)).label("full_agreed"),
            sums(case((known, 0), else_=1)).label("unknown"),
            sums(case((and_(known, days.last < days.first), 1), else_=0)).label("past"),
        )
        .where(*days.within, *scope.conditions(basis))
        .group_by(basis.organisation_id, basis.lot_id)
        .order_by(basis.organisation_id, basis.lot_id)
    )
    return [
        SavingPart(
            row.organisation_id,
            row.lot_id,
            Savings(
                placements=int(row.placements),
                benchmark_pence=int(row.benchmark),
                agreed_pence=int(row.agreed),
                full_benchmark_pence=int(row.full_benchmark),
                full_agreed_pence=int(row.full_agreed),
                without_benchmark=int(row.unknown),
                past_claim=int(row.past),
            ),
        )
        for row in rows
    ]


ORDERS = ("reference", "borough", "lot", "benchmark", "agreed", "days", "saving", "full")


def counted_placements(
    session: Session,
    *,
    scope: Scope,
    year: FinancialYear,
    today: dt.date,
    method: Method,
    order: str = "saving",
    descending: bool = True,
    limit: int | None = 25,
    offset: int = 0,
) -> list[CountedPlacement]:
    """A page of the placements that the year's saving counts; all with `limit=None`. `order` is one of `ORDERS`."""
    basis, days = SavingBasis, _Days(year, today, method)
    saving = paid(basis.benchmark_pence, days.first, days.last) - paid(basis.weekly_pence, days.first, days.last)
    full = paid(basis.benchmark_pence, basis.first_number, days.claim_last) - paid(
        basis.weekly_pence, basis.first_number, days.claim_last
    )
    columns: dict[str, Any] = {
        "reference": basis.reference,
        "borough": Organisation.name,
        "lot": Lot.name,
        "benchmark": basis.benchmark_pence,
        "agreed": basis.weekly_pence,
        "days": days.last - days.first + 1,
        "saving": saving,
        "full": full,
    }
    statement: Select[*tuple[Any, ...]] = (
        select(*(column.label(f"of_{name}") for name, column in columns.items()), basis.benchmark_source)
        .join(Organisation, Organisation.id == basis.organisation_id)
        .join(Lot, Lot.id == basis.lot_id)
        .where(days.counted, *days.within, *scope.conditions(basis))
        .order_by(columns[order].desc() if descending else columns[order].asc(), basis.reference)
        .offset(offset)
    )
    if limit is not None:
        statement = statement.limit(limit)
    return [
        CountedPlacement(
            reference=row.of_reference,
            borough=row.of_borough,
            lot=row.of_lot,
            benchmark_weekly_pence=row.of_benchmark,
            agreed_weekly_pence=row.of_agreed,
            benchmark_source=row.benchmark_source or "",
            days=row.of_days,
            saving=row.of_saving,
            full_saving=row.of_full,
        )
        for row in session.execute(statement)
    ]


class _Days:
    """The days of a claim that fall in a year to date, as expressions of the database."""

    def __init__(self, year: FinancialYear, today: dt.date, method: Method) -> None:
        basis = SavingBasis
        begin, end = year.first_day.toordinal(), min(year.last_day, today).toordinal()
        self.claim_last = smaller(basis.last_number, basis.first_number + (method.claim_days - 1))
        self.first = larger(basis.first_number, begin)
        self.last = smaller(self.claim_last, end)
        self.counted = and_(basis.benchmark_pence.is_not(None), self.last >= self.first)
        self.within = (basis.last_number >= begin, basis.first_number <= end)
