"""What agreed uplifts avoided: what was asked for less what was agreed, on the fee that each placement had when the
figure took effect, for as long as it then runs.

Avoided, so not cashable, and a method of its own: shown beside the savings against benchmarks and never added to them,
because a placement counts by one method (F-55). A claim ends after the days that the savings policy says. Shares name
what they are of (F-56).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.core.money import per_day, round_half_even
from app.identity.models import Organisation
from app.reporting.models import SavingBasis, UpliftBasis
from app.reporting.reach import Scope
from app.reporting.savings import Method
from app.reporting.spend import larger, smaller
from app.reporting.years import FinancialYear
from providers.market.models import Lot
from providers.services.uplifts.models import Uplift, UpliftLine

POINTS = 10_000
_DIVISOR = 7 * POINTS


@dataclass(frozen=True)
class UpliftAvoidance:
    """What was asked for and agreed of some placements' fees, in pence over their days: this year's and the whole
    claims'. `also_benchmarked` counts the placements that a saving against benchmarks counts as well.
    """

    placements: int = 0
    asked_pence: int = 0
    agreed_pence: int = 0
    full_asked_pence: int = 0
    full_agreed_pence: int = 0
    also_benchmarked: int = 0

    @property
    def avoided(self) -> int:
        """The in-year effect in pence."""
        return self.asked_pence - self.agreed_pence

    @property
    def full_avoided(self) -> int:
        """The full-year effect in pence."""
        return self.full_asked_pence - self.full_agreed_pence

    def __add__(self, other: UpliftAvoidance) -> UpliftAvoidance:
        return UpliftAvoidance(
            self.placements + other.placements,
            self.asked_pence + other.asked_pence,
            self.agreed_pence + other.agreed_pence,
            self.full_asked_pence + other.full_asked_pence,
            self.full_agreed_pence + other.full_agreed_pence,
            self.also_benchmarked + other.also_benchmarked,
        )


@dataclass(frozen=True)
class AvoidancePart:
    """One uplift on one lot, as far as one borough's placements go."""

    uplift_id: str
    reference: str
    company: str
    organisation_id: str
    lot_id: str
    lot: str
    requested_points: int
    agreed_points: int
    from_day: dt.date
    avoidance: UpliftAvoidance


def risen_pence(weekly_pence: int, points: int, first: dt.date, last: dt.date) -> int:
    """What an uplift of so many hundredths of a per cent adds to a fee between two days, both included: rounded once,
    half to even.
    """
    return round_half_even(per_day(weekly_pence) * Fraction(points, POINTS) * ((last - first).days + 1))


def risen(weekly_pence: Any, points: Any, first: Any, last: Any) -> ColumnElement[int]:
    """`risen_pence` as the database counts it, between two day numbers. A test holds them together."""
    # Wide from the first product on: pence times points times days outgrow 32 bits.
    twice = literal(2, BigInteger) * weekly_pence * points * (last - first + 1) + _DIVISOR
    up: ColumnElement[int] = twice // (2 * _DIVISOR)
    # Exactly half a penny went up: it goes to the even side instead.
    half = and_(twice % (2 * _DIVISOR) == 0, up % 2 == 1)
    return case((half, up - 1), else_=up)


def uplift_avoidance(
    session: Session, *, scope: Scope, year: FinancialYear, today: dt.date, method: Method
) -> list[AvoidancePart]:
    """The year's avoidance to date of every agreed uplift, by borough, in the order of their references."""
    basis = UpliftBasis
    begin, end = year.first_day.toordinal(), min(year.last_day, today).toordinal()
    claim_last = smaller(basis.last_number, basis.first_number + (method.claim_days - 1))
    first, last = larger(basis.first_number, begin), smaller(claim_last, end)
    counts = last >= first
    benchmarked = exists().where(
        SavingBasis.placement_id == basis.placement_id, SavingBasis.benchmark_pence.is_not(None)
    )

    def of_counted(pence: Any) -> ColumnElement[int]:
        return func.sum(case((counts, pence), else_=0))

    provider = aliased(Organisation)
    rows = session.execute(
        select(
            Uplift.id,
            Uplift.reference,
            Uplift.agreed_from,
            provider.name.label("company"),
            basis.organisation_id,
            basis.lot_id,
            Lot.name.label("lot"),
            basis.requested_points,
            basis.agreed_points,
            of_counted(1).label("placements"),
            of_counted(risen(basis.weekly_pence, basis.requested_points, first, last)).label("asked"),
            of_counted(risen(basis.weekly_pence, basis.agreed_points, first, last)).label("agreed"),
            of_counted(risen(basis.weekly_pence, basis.requested_points, basis.first_number, claim_last)).label(
                "full_asked"
            ),
            of_counted(risen(basis.weekly_pence, basis.agreed_points, basis.first_number, claim_last)).label(
                "full_agreed"
            ),
            func.sum(case((and_(counts, benchmarked), 1), else_=0)).label("benchmarked"),
        )
        .join(UpliftLine, UpliftLine.id == basis.uplift_line_id)
        .join(Uplift, Uplift.id == UpliftLine.uplift_id)
        .join(provider, provider.id == basis.provider_id)
        .join(Lot, Lot.id == basis.lot_id)
        .where(basis.last_number >= begin, basis.first_number <= end, *scope.conditions(basis))
        .group_by(
            Uplift.id,
            Uplift.reference,
            Uplift.agreed_from,
            provider.name,
            basis.organisation_id,
            basis.lot_id,
            Lot.name,
            basis.requested_points,
            basis.agreed_points,
        )
        .order_by(Uplift.reference, Lot.name, basis.lot_id, basis.organisation_id)
    )
    return [
        AvoidancePart(
            uplift_id=row.id,
            reference=row.reference,
            company=row.company,
            organisation_id=row.organisation_id,
            lot_id=row.lot_id,
            lot=row.lot,
            requested_points=row.requested_points,
            agreed_points=row.agreed_points,
            from_day=row.agreed_from,
            avoidance=UpliftAvoidance(
                placements=int(row.placements),
                asked_pence=int(row.asked),
                agreed_pence=int(row.agreed),
                full_asked_pence=int(row.full_asked),
                full_agreed_pence=int(row.full_agreed),
                also_benchmarked=int(row.benchmarked),
            ),
        )
        for row in rows
        if row.placements
    ]


def total(parts: Iterable[AvoidancePart]) -> UpliftAvoidance:
    """The sum of any number of parts."""
    return sum((part.avoidance for part in parts), UpliftAvoidance())
