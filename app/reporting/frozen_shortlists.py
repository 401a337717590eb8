"""Frozen shortlists of a scope, a kind of service and a period, read once each to ask what other weights would have
changed. Reading only: no row is written, no record is touched.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVarTuple

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from app.core.clock import local_date, start_of_day
from app.identity.models import Organisation
from app.offers.models import Choice, Evaluation
from app.reporting.reach import Scope
from app.reporting.what_if import About, Asked, Case, Compared, LeftOut, Reason, compare, whole_set
from app.reporting.years import FinancialYear, month_after, month_of
from app.requests.models import PlacementRequest
from matching.rank import MarketError
from matching.rank.record import read_record
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.services.models import Service

Columns = TypeVarTuple("Columns")

AT_ONCE = 50
"""How many records are in memory at a time: of each only what was first stays."""


@dataclass(frozen=True)
class Period:
    """From the beginning of `first` to the end of `last`, in London's days, by when shortlists were frozen."""

    first: dt.date
    last: dt.date

    @classmethod
    def last_months(cls, today: dt.date) -> Period:
        """The twelve months that end today."""
        before = month_after(month_of(today), -12)
        day = min(today.day, calendar.monthrange(before.year, before.month)[1])
        return cls(before.replace(day=day) + dt.timedelta(days=1), today)

    @classmethod
    def of(cls, year: FinancialYear) -> Period:
        """A financial year."""
        return cls(year.first_day, year.last_day)


@dataclass(frozen=True)
class Offered:
    """What a scope has frozen shortlists of: its boroughs (id, name), kinds of service with how many, and the first
    day.
    """

    boroughs: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[ServiceType, int], ...]
    first: dt.date | None

    @property
    def commonest(self) -> ServiceType | None:
        """The kind of service with the most shortlists, the first by code among equals."""
        return min(self.kinds, key=lambda one: (-one[1], one[0].value))[0] if self.kinds else None


def offered(session: Session, *, scope: Scope) -> Offered:
    """What can be asked about in a scope."""
    kinds: dict[ServiceType, int] = {}
    boroughs: dict[str, str] = {}
    begun: list[dt.datetime] = []
    rows = session.execute(
        select(
            PlacementRequest.organisation_id,
            Organisation.name,
            Lot.service_type,
            func.count().label("number"),
            func.min(Evaluation.frozen_at).label("first"),
        )
        .select_from(Evaluation)
        .join(PlacementRequest, PlacementRequest.id == Evaluation.request_id)
        .join(Organisation, Organisation.id == PlacementRequest.organisation_id)
        .join(Lot, Lot.id == PlacementRequest.lot_id)
        .where(*scope.conditions(PlacementRequest))
        .group_by(PlacementRequest.organisation_id, Organisation.name, Lot.service_type)
        .order_by(Organisation.name, PlacementRequest.organisation_id, Lot.service_type)
    )
    for row in rows:
        boroughs[row.organisation_id] = row.name
        kinds[row.service_type] = kinds.get(row.service_type, 0) + row.number
        begun.append(row.first)
    return Offered(
        boroughs=tuple(boroughs.items()),
        kinds=tuple(sorted(kinds.items(), key=lambda one: one[0].value)),
        first=local_date(min(begun)) if begun else None,
    )


def compare_period(
    session: Session, *, scope: Scope, service_type: ServiceType, period: Period, asked: Asked
) -> tuple[list[Compared], list[LeftOut]]:
    """Every frozen shortlist of a scope, a kind of service and a period under what is asked, in the order in which they
    were frozen; and those that are not compared, each with its reason.
    """
    chosen = _chosen(session, scope, service_type, period)
    compared: list[Compared] = []
    left_out: list[LeftOut] = []
    for row in session.execute(
        _within(
            select(
                Evaluation.request_id,
                Evaluation.record,
                Evaluation.hash,
                Evaluation.frozen_at,
                PlacementRequest.reference,
                PlacementRequest.places,
                Organisation.name.label("borough"),
            ),
            scope,
            service_type,
            period,
        )
        .join(Organisation, Organisation.id == PlacementRequest.organisation_id)
        .order_by(Evaluation.frozen_at, Evaluation.id)
        .execution_options(yield_per=AT_ONCE)
    ):
        case = case_of(row, chosen.get(row.request_id, frozenset()))
        found = compare(case, asked) if isinstance(case, Case) else case
        if isinstance(found, Compared):
            compared.append(found)
        else:
            left_out.append(found)
    return compared, left_out


def case_of(row: Any, chosen: frozenset[str]) -> Case | LeftOut:
    """One row as a case. A record that cannot be read, or that is not the one whose hash was kept, is left out."""
    unreadable = LeftOut(row.reference, row.borough, Reason.UNREADABLE)
    try:
        algorithm, market, result = read_record(row.record)
    except MarketError:
        return unreadable
    if result["hash"] != row.hash:
        return unreadable
    whole = whole_set(row.request_id, row.places, market.requests)
    candidates = next(
        (one["candidates"] for one in result["requests"] if whole is not None and one["request"] == whole.id), ()
    )
    return Case(
        about=About(row.request_id, row.reference, row.borough, row.frozen_at, row.places),
        algorithm=algorithm,
        market=market,
        order=tuple((one["offer"], one["tie_group"]) for one in candidates if one["rank"] is not None),
        chosen=chosen,
    )


def service_names(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The names of some services, as they are called now: a record has none."""
    rows = session.execute(select(Service.id, Service.name).where(Service.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def services_of(compared: Sequence[Compared]) -> set[str]:
    """The services that a table of these requests names."""
    return {service for one in compared for service in (one.then.service_id, one.now.service_id, *one.chosen_services)}


def _chosen(session: Session, scope: Scope, service_type: ServiceType, period: Period) -> dict[str, frozenset[str]]:
    """The offers of each request's latest decision: several where children are placed apart."""
    latest = select(Choice.request_id, func.max(Choice.chosen_at).label("at")).group_by(Choice.request_id).subquery()
    rows = session.execute(
        _within(select(Choice.request_id, Choice.offer_id), scope, service_type, period)
        .join(Choice, Choice.evaluation_id == Evaluation.id)
        .join(latest, and_(latest.c.request_id == Choice.request_id, latest.c.at == Choice.chosen_at))
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.request_id, set()).add(row.offer_id)
    return {request_id: frozenset(offers) for request_id, offers in found.items()}


def _within(columns: Select[*Columns], scope: Scope, service_type: ServiceType, period: Period) -> Select[*Columns]:
    return (
        columns.select_from(Evaluation)
        .join(PlacementRequest, PlacementRequest.id == Evaluation.request_id)
        .join(Lot, Lot.id == PlacementRequest.lot_id)
        .where(
            Lot.service_type == service_type,
            Evaluation.frozen_at >= start_of_day(period.first),
            Evaluation.frozen_at < start_of_day(period.last + dt.timedelta(days=1)),
            *scope.conditions(PlacementRequest),
        )
    )
