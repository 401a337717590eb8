"""What placements have cost and will cost, read from the rollups: whole months as they were counted, the running month
from the lines that run in it.

Spent: what is owed for the days of placements that began, to the end of today, authorised or not. Committed: what
authorised lines will cost from tomorrow to their last day. Nothing here grows with the history.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from app.identity.models import Organisation
from app.panels.status import PayerKind
from app.placements.models import Placement
from app.reporting.lines import unauthorised_months
from app.reporting.models import SpendLine, SpendMonth
from app.reporting.reach import Scope
from app.reporting.years import FinancialYear, month_after, month_of
from providers.market.models import Lot


@dataclass(frozen=True)
class Money:
    """Pence. `spent` is owed in the year to date and holds `unauthorised`; `this_year` and `later` are committed."""

    spent: int = 0
    unauthorised: int = 0
    this_year: int = 0
    later: int = 0

    @property
    def committed(self) -> int:
        """What authorised lines will still cost, to their last day."""
        return self.this_year + self.later

    def __add__(self, other: Money) -> Money:
        return Money(
            self.spent + other.spent,
            self.unauthorised + other.unauthorised,
            self.this_year + other.this_year,
            self.later + other.later,
        )


@dataclass(frozen=True)
class Part:
    """The money of one borough on one lot from one kind of budget."""

    organisation_id: str
    lot_id: str
    payer_kind: PayerKind
    money: Money


@dataclass(frozen=True)
class MonthMoney:
    """One calendar month: what is owed of it to date (with what of that is unauthorised) and what is still to come."""

    month: dt.date
    spent: int = 0
    unauthorised: int = 0
    committed: int = 0


@dataclass(frozen=True)
class Overstay:
    """A live placement that goes on past its last authorised day, and what that has come to. The borough owns it."""

    placement_id: str
    reference: str
    organisation_id: str
    lot_id: str
    last_authorised: dt.date
    days: int
    pence: int


@dataclass(frozen=True)
class Running:
    """What runs on a day and no whole month holds. Read once for a page: `running_on`.

    `gone` is (started, planned) pence of authorised days from the first of the month to the day, by borough, lot and
    budget. `going_on` is each line whose placement went on past it, with the (month, pence) owed since.
    """

    today: dt.date
    gone: dict[tuple[str, str, PayerKind], tuple[int, int]]
    going_on: list[tuple[Any, list[tuple[dt.date, int]]]]


def total(parts: Iterable[Money]) -> Money:
    """The sum of any number of parts."""
    return sum(parts, Money())


def by(parts: Iterable[Part], key: Callable[[Part], str]) -> dict[str, Money]:
    """The parts added up by borough, lot or budget."""
    found: dict[str, Money] = defaultdict(Money)
    for part in parts:
        found[key(part)] += part.money
    return dict(found)


def spend(session: Session, *, scope: Scope, year: FinancialYear, running: Running) -> list[Part]:
    """The year's spend to date, and what is committed in the rest of it and later, in parts that sum to the whole.

    For a year that is over everything was spent in it and what is committed now is `later`.
    """
    first, last, current = year.first_day, month_of(year.last_day), month_of(running.today)
    m = SpendMonth
    to_come = m.started_pence + m.planned_pence
    rows = session.execute(
        select(
            m.organisation_id,
            m.lot_id,
            m.payer_kind,
            _sum(m.started_pence, m.month >= first, m.month <= last, m.month < current).label("spent"),
            _sum(m.unauthorised_pence, m.month >= first, m.month <= last).label("unauthorised"),
            _sum(to_come, m.month >= first, m.month <= last, m.month >= current).label("this_year"),
            _sum(to_come, m.month > last, m.month >= current).label("later"),
        )
        .where(or_(m.month.between(first, last), m.month >= current), *scope.conditions(m))
        .group_by(m.organisation_id, m.lot_id, m.payer_kind)
        .order_by(m.organisation_id, m.lot_id, m.payer_kind)
    )
    found: dict[tuple[str, str, PayerKind], Money] = defaultdict(Money)
    for row in rows:
        spent, unauthorised = int(row.spent), int(row.unauthorised)
        found[row.organisation_id, row.lot_id, row.payer_kind] += Money(
            spent + unauthorised, unauthorised, int(row.this_year), int(row.later)
        )
    within = first <= current <= last
    for key, (started, planned) in running.gone.items():
        gone = started + planned  # days of the running month that are behind us are not to come
        found[key] += Money(started, 0, -gone, 0) if within else Money(0, 0, 0, -gone if current > last else 0)
    for line, owed in running.going_on:
        over = sum(pence for month, pence in owed if first <= month <= last)
        found[line.organisation_id, line.lot_id, line.payer_kind] += Money(over, over)
    return [Part(*key, money) for key, money in sorted(found.items()) if money != Money()]


def months(session: Session, *, scope: Scope, first: dt.date, last: dt.date, running: Running) -> list[MonthMoney]:
    """Each calendar month from `first` to `last` (both firsts of a month), also those in which nothing falls."""
    m, current = SpendMonth, month_of(running.today)
    rows = session.execute(
        select(
            m.month,
            func.sum(m.started_pence).label("started"),
            func.sum(m.planned_pence).label("planned"),
            func.sum(m.unauthorised_pence).label("unauthorised"),
        )
        .where(m.month.between(first, last), *scope.conditions(m))
        .group_by(m.month)
        .order_by(m.month)
    ).all()
    started = {row.month: int(row.started) for row in rows}
    planned = {row.month: int(row.planned) for row in rows}
    unauthorised: dict[dt.date, int] = defaultdict(int, {row.month: int(row.unauthorised) for row in rows})
    for _, owed in running.going_on:
        for month, pence in owed:
            unauthorised[month] += pence
    gone_started, gone_planned = (sum(one[place] for one in running.gone.values()) for place in (0, 1))
    found, month = [], first
    while month <= last:
        spent = started.get(month, 0) if month < current else gone_started if month == current else 0
        to_come = started.get(month, 0) + planned.get(month, 0) if month >= current else 0
        if month == current:
            to_come -= gone_started + gone_planned
        found.append(MonthMoney(month, spent + unauthorised[month], unauthorised[month], to_come))
        month = month_after(month)
    return found


def overstays(session: Session, *, running: Running) -> list[Overstay]:
    """Live placements past their last authorised day, the longest first, with what is owed without authority."""
    pence: dict[str, int] = defaultdict(int)
    since: dict[str, Any] = {}
    for line, owed in running.going_on:
        pence[line.placement_id] += sum(month[1] for month in owed)
        since[line.placement_id] = line
    references = {
        row.id: row.reference
        for row in session.execute(select(Placement.id, Placement.reference).where(Placement.id.in_(pence)))
    }
    found = [
        Overstay(
            placement_id=placement_id,
            reference=references[placement_id],
            organisation_id=line.organisation_id,
            lot_id=line.lot_id,
            last_authorised=_day(line.last_number),
            days=running.today.toordinal() - line.last_number,
            pence=pence[placement_id],
        )
        for placement_id, line in since.items()
    ]
    return sorted(found, key=lambda one: (-one.days, one.reference))


def choices(session: Session, *, scope: Scope) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(id, name) of the boroughs and of the lots that have any spend in a scope, by name."""
    m = SpendMonth
    boroughs = (
        select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(select(m.organisation_id).where(*scope.conditions(m))))
        .order_by(Organisation.name, Organisation.id)
    )
    lots = (
        select(Lot.id, Lot.name)
        .where(Lot.id.in_(select(m.lot_id).where(*scope.conditions(m))))
        .order_by(Lot.name, Lot.id)
    )
    return (
        [(row.id, row.name) for row in session.execute(boroughs)],
        [(row.id, row.name) for row in session.execute(lots)],
    )


def first_month(session: Session, *, scope: Scope) -> dt.date | None:
    """The earliest month in which a scope spent anything."""
    m = SpendMonth
    return session.scalar(
        select(func.min(m.month)).where(m.started_pence + m.unauthorised_pence > 0, *scope.conditions(m))
    )


def paid(weekly_pence: Any, first: Any, last: Any) -> ColumnElement[int]:
    """What a weekly price comes to between two day numbers, as the database counts it.

    A seventh is never a half, so rounding to the nearest is rounding half to even: the rule of `app.core.money.accrue`,
    and a test holds them together.
    """
    answer: ColumnElement[int] = (2 * weekly_pence * (last - first + 1) + 7) // 14
    return answer


def larger(column: Any, other: Any) -> ColumnElement[int]:
    """The larger of two numbers, in words that both databases know."""
    return case((column > other, column), else_=other)


def smaller(column: Any, other: Any) -> ColumnElement[int]:
    """The smaller of two numbers, in words that both databases know."""
    return case((column < other, column), else_=other)


def running_on(session: Session, *, scope: Scope, today: dt.date) -> Running:
    """What runs on a day: the lines of its month, and the stays that go on without authority."""
    line, first, last = SpendLine, month_of(today).toordinal(), today.toordinal()
    pence = paid(line.weekly_pence, larger(line.first_number, first), smaller(line.last_number, last))
    rows = session.execute(
        select(
            line.organisation_id,
            line.lot_id,
            line.payer_kind,
            _sum(pence, line.started.is_(True)).label("started"),
            _sum(pence, line.started.is_(False)).label("planned"),
        )
        .where(line.last_number >= first, line.first_number <= last, *scope.conditions(line))
        .group_by(line.organisation_id, line.lot_id, line.payer_kind)
    )
    gone = {(row.organisation_id, row.lot_id, row.payer_kind): (int(row.started), int(row.planned)) for row in rows}
    going_on = session.execute(
        select(
            line.placement_id,
            line.organisation_id,
            line.lot_id,
            line.payer_kind,
            line.weekly_pence,
            line.last_number,
        )
        .where(line.goes_on.is_(True), line.last_number < last, *scope.conditions(line))
        .order_by(line.last_number, line.cost_line_id)
    )
    return Running(
        today, gone, [(row, unauthorised_months(row.weekly_pence, _day(row.last_number), today)) for row in going_on]
    )


def _sum(pence: Any, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((_all(conditions), pence), else_=0)), 0)


def _all(conditions: tuple[ColumnElement[bool], ...]) -> ColumnElement[bool]:
    first, *others = conditions
    for other in others:
        first = first & other
    return first


def _day(number: int) -> dt.date:
    return dt.date.fromordinal(number)
