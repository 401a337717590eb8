"""Counting again, independently: from the cost lines themselves, line by line with the pure rules of
`app.placements.costs`, never from what reporting keeps. What differs is a fault of the rollups.

Reads everything, so it is for tests, the demonstration's loading and jobs, never for a page.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.panels.models import Payer
from app.placements import costs
from app.placements.models import Award, CostLine, Placement
from app.placements.status import AwardStatus, PlacementStatus
from app.reporting import savings as saving_rules
from app.reporting import spend as kept
from app.reporting import uplifts as uplift_rules
from app.reporting.reach import Scope
from app.reporting.years import FinancialYear, month_after, month_of, year_of
from app.requests.models import PlacementRequest
from providers.services.uplifts.models import Uplift, UpliftLine
from providers.services.uplifts.status import UpliftStatus

ONE_DAY = dt.timedelta(days=1)
Counts: TypeAlias = dict[str, int]


@dataclass(frozen=True)
class Difference:
    """A figure that a page would show and what the recount makes of it, in pence or placements."""

    what: str
    shown: int
    counted: int

    @property
    def words(self) -> str:
        return f"{self.what}: the rollup says {self.shown}, the recount {self.counted}"


def recount_differences(session: Session, now: dt.datetime) -> list[Difference]:
    """Everything that spend pages would show at a moment, for every year, against a recount. Empty when all agree."""
    session.flush()
    today = local_date(now)
    lines = _lines(session)
    begin = min((row.first_day for row in lines), default=today)
    found: list[Difference] = []
    for number in range(year_of(min(begin, today)).begins, year_of(today).begins + 1):
        found += _year(session, lines, FinancialYear(number), today)
    return found + _months(session, lines, today)


def _lines(session: Session) -> list[Any]:
    rows = session.execute(
        select(
            CostLine.placement_id,
            CostLine.weekly_pence,
            CostLine.first_day,
            CostLine.last_day,
            Payer.kind,
            Placement.organisation_id,
            Placement.lot_id,
            Placement.planned_start,
            Placement.started_on,
            Placement.ended_on,
        )
        .join(Placement, Placement.id == CostLine.placement_id)
        .join(Award, Award.id == Placement.award_id)
        .join(Payer, Payer.id == CostLine.payer_id)
        .where(Award.status != AwardStatus.VOID, Placement.status != PlacementStatus.CANCELLED)
    )
    return list(rows)


def _last_days(lines: list[Any]) -> dict[str, dt.date]:
    last: dict[str, dt.date] = {}
    for row in lines:
        last[row.placement_id] = max(row.last_day, last.get(row.placement_id, row.last_day))
    return last


def _owed(row: Any, last_day: dt.date, upto: dt.date) -> tuple[int, int]:
    """(authorised, unauthorised) pence of a line by the end of a day."""
    line, stay = _line(row), {"started_on": row.started_on, "ended_on": row.ended_on}
    over = 0
    if row.last_day == last_day and upto > last_day:
        over = costs.unauthorised(row.weekly_pence, last_authorised=last_day, upto=upto, **stay)
    return costs.spent(line, upto=upto, **stay), over


def _to_come(row: Any, after: dt.date) -> int:
    return costs.committed(
        _line(row), planned_start=row.planned_start, started_on=row.started_on, ended_on=row.ended_on, after=after
    )


def _line(row: Any) -> costs.Line:
    return costs.Line("", row.weekly_pence, row.first_day, row.last_day)


def _year(session: Session, lines: list[Any], year: FinancialYear, today: dt.date) -> list[Difference]:
    counted: dict[str, Counts] = defaultdict(lambda: defaultdict(int))
    last_days, before, upto = _last_days(lines), year.first_day - ONE_DAY, min(today, year.last_day)
    for row in lines:
        cell = counted[f"{row.organisation_id} {row.lot_id} {row.kind}"]
        was, is_ = _owed(row, last_days[row.placement_id], before), _owed(row, last_days[row.placement_id], upto)
        cell["unauthorised"] += is_[1] - was[1]
        cell["spent"] += sum(is_) - sum(was)
        later = _to_come(row, max(today, year.last_day))
        cell["later"] += later
        cell["this year"] += _to_come(row, today) - later
    shown: dict[str, Counts] = defaultdict(lambda: defaultdict(int))
    running = kept.running_on(session, scope=Scope(), today=today)
    for part in kept.spend(session, scope=Scope(), year=year, running=running):
        money, name = part.money, f"{part.organisation_id} {part.lot_id} {part.payer_kind}"
        shown[name] = {
            "spent": money.spent,
            "unauthorised": money.unauthorised,
            "this year": money.this_year,
            "later": money.later,
        }
    found = _compare(f"{year.words} ", shown, counted)
    method = saving_rules.method_on(session, today)
    if method is None:
        return found
    return found + _savings(session, year, today, method) + _uplifts(session, year, today, method)


def _months(session: Session, lines: list[Any], today: dt.date) -> list[Difference]:
    counted: dict[str, Counts] = defaultdict(lambda: defaultdict(int))
    last_days = _last_days(lines)
    first = month_of(min((min(row.first_day, row.planned_start) for row in lines), default=today))
    last = max(month_of(max((row.last_day for row in lines), default=today)), month_of(today))
    for row in lines:
        month = first
        while month <= last:
            before, end = month - ONE_DAY, month_after(month) - ONE_DAY
            cell, upto = counted[month.isoformat()], min(end, today)
            if month <= today:
                was, is_ = (
                    _owed(row, last_days[row.placement_id], before),
                    _owed(row, last_days[row.placement_id], upto),
                )
                cell["spent"] += sum(is_) - sum(was)
                cell["unauthorised"] += is_[1] - was[1]
            cell["committed"] += _to_come(row, max(before, today)) - _to_come(row, max(end, today))
            month = month_after(month)
    running = kept.running_on(session, scope=Scope(), today=today)
    shown: dict[str, Counts] = {
        one.month.isoformat(): {"spent": one.spent, "unauthorised": one.unauthorised, "committed": one.committed}
        for one in kept.months(session, scope=Scope(), first=first, last=last, running=running)
    }
    return _compare("month ", shown, counted)


def _savings(session: Session, year: FinancialYear, today: dt.date, method: saving_rules.Method) -> list[Difference]:
    counted: Counts = defaultdict(int)
    rows = session.execute(
        select(
            Placement.started_on,
            Placement.ended_on,
            Award.weekly_pence,
            Award.last_day,
            PlacementRequest.benchmark_pence,
        )
        .join(Award, Award.id == Placement.award_id)
        .join(PlacementRequest, PlacementRequest.id == Award.request_id)
        .where(
            Award.status != AwardStatus.VOID,
            Placement.status != PlacementStatus.CANCELLED,
            Placement.started_on.is_not(None),
        )
    )
    for row in rows:
        last = min(row.last_day, row.ended_on - ONE_DAY) if row.ended_on else row.last_day
        upto = min(today, year.last_day)
        if last < max(year.first_day, row.started_on) or upto < row.started_on:
            continue
        if row.benchmark_pence is None:
            counted["without a benchmark"] += 1
            continue
        end = saving_rules.claim_end(row.started_on, last, method.claim_days)
        first, until = max(row.started_on, year.first_day), min(end, upto)
        if until < first:
            counted["past their claim"] += 1
            continue
        counted["placements"] += 1
        counted["in year"] += saving_rules.avoidance(row.benchmark_pence, row.weekly_pence, first, until)
        counted["full year"] += saving_rules.avoidance(row.benchmark_pence, row.weekly_pence, row.started_on, end)
    whole = saving_rules.total(saving_rules.savings(session, scope=Scope(), year=year, today=today, method=method))
    shown = {
        "placements": whole.placements,
        "in year": whole.saving,
        "full year": whole.full_saving,
        "without a benchmark": whole.without_benchmark,
        "past their claim": whole.past_claim,
    }
    return _compare(f"{year.words} savings", {"": shown}, {"": counted})


def _uplifts(session: Session, year: FinancialYear, today: dt.date, method: saving_rules.Method) -> list[Difference]:
    counted: Counts = defaultdict(int)
    rows = session.execute(
        select(
            UpliftLine.requested_points,
            UpliftLine.agreed_points,
            Uplift.agreed_from,
            Award.weekly_pence,
            Award.last_day,
            Placement.started_on,
            Placement.ended_on,
        )
        .join(Uplift, Uplift.id == UpliftLine.uplift_id)
        .join(
            Placement,
            (Placement.provider_id == UpliftLine.organisation_id) & (Placement.lot_id == UpliftLine.lot_id),
        )
        .join(Award, Award.id == Placement.award_id)
        .where(
            Uplift.status == UpliftStatus.AGREED,
            Award.status != AwardStatus.VOID,
            Placement.status != PlacementStatus.CANCELLED,
            Placement.started_on <= Uplift.agreed_from,
            Award.first_day <= Uplift.agreed_from,
        )
    )
    for row in rows:
        last = min(row.last_day, row.ended_on - ONE_DAY) if row.ended_on else row.last_day
        if last < row.agreed_from:
            continue
        end = saving_rules.claim_end(row.agreed_from, last, method.claim_days)
        first, until = max(row.agreed_from, year.first_day), min(end, today, year.last_day)
        if until < first:
            continue
        counted["placements"] += 1
        for what, points in (("asked", row.requested_points), ("agreed", row.agreed_points)):
            counted[what] += uplift_rules.risen_pence(row.weekly_pence, points, first, until)
            counted[f"whole {what}"] += uplift_rules.risen_pence(row.weekly_pence, points, row.agreed_from, end)
    whole = uplift_rules.total(
        uplift_rules.uplift_avoidance(session, scope=Scope(), year=year, today=today, method=method)
    )
    shown = {
        "placements": whole.placements,
        "asked": whole.asked_pence,
        "agreed": whole.agreed_pence,
        "whole asked": whole.full_asked_pence,
        "whole agreed": whole.full_agreed_pence,
    }
    return _compare(f"{year.words} uplifts", {"": shown}, {"": counted})


def _compare(prefix: str, shown: dict[str, Counts], counted: dict[str, Counts]) -> list[Difference]:
    found = []
    for name in sorted({*shown, *counted}):
        ours, theirs = shown.get(name, {}), counted.get(name, {})
        for what in sorted({*ours, *theirs}):
            if ours.get(what, 0) != theirs.get(what, 0):
                found.append(Difference(f"{prefix}{name} {what}", ours.get(what, 0), theirs.get(what, 0)))
    return found
