"""Whose evidence ends soon, has lapsed or bars new offers, across the whole market: for the hub's pages and the day's
work.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, not_, or_, select
from sqlalchemy.orm import Session

from app.core.clock import LONDON
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.passport.expiry import GOING_ON, Currency, currency_of, last_day_held
from providers.passport.models import Claim, Enrolment, Evidence
from providers.passport.questions import AnswerKind, Question, Selection, selection_or_none


@dataclass(frozen=True, slots=True)
class Lapsing:
    """One document of a company that ends soon, has lapsed or bars. `urn` is the service's that it is about."""

    evidence_id: str
    organisation_id: str
    organisation_name: str
    claim_id: str | None
    urn: str | None
    question: Question
    ends_on: dt.date
    withdrawn: bool
    currency: Currency
    bars_from: dt.date | None


def lapsing_rows(
    session: Session,
    selection: Selection,
    on: dt.date,
    *,
    only: Currency | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Lapsing]:
    """The documents of all companies with an enrolment that requires them that end within the policy's longest notice
    of a day, or ended: what bars first, then by the last day. For jobs; pages ask `lapsing`.
    """
    found = []
    for row in session.execute(_lapsing(selection, on, only).limit(limit).offset(offset)):
        question, ends_on = selection.question(row.question), last_day_held(row.last_day, row.withdrawn_at)
        if question is None or ends_on is None:
            continue
        currency, bars_from = currency_of(
            ends_on, on, grace_days=selection.grace_days, remind_days=selection.remind_days
        )
        found.append(
            Lapsing(
                evidence_id=row.id,
                organisation_id=row.organisation_id,
                organisation_name=row.name,
                claim_id=row.claim_id,
                urn=row.urn,
                question=question,
                ends_on=ends_on,
                withdrawn=row.withdrawn_at is not None,
                currency=currency,
                bars_from=bars_from,
            )
        )
    return found


def lapsing(
    session: Session,
    actor: Actor,
    on: dt.date,
    *,
    only: Currency | None = None,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[Lapsing], int]:
    """The same for the hub, a page at a time, and how many there are in all."""
    actor.require(Permission.MARKET_READ)
    selection = selection_or_none(session, on)
    if selection is None:
        return [], 0
    wanted = (Evidence.stands, _Ended.on(selection, on).only(only), _required_by_a_lot(selection))
    total = session.scalar(select(func.count()).select_from(Evidence).where(*wanted)) or 0
    return lapsing_rows(session, selection, on, only=only, limit=limit, offset=offset), total


def companies_barred(session: Session, actor: Actor, on: dt.date) -> tuple[int, int]:
    """How many companies have evidence that bars new offers, and how many more have some that has lapsed in the
    grace.
    """
    actor.require(Permission.MARKET_READ)
    selection = selection_or_none(session, on)
    if selection is None:
        return 0, 0

    ended = _Ended.on(selection, on)
    bars = func.max(case((ended.barring, 1), else_=0))
    rows = session.scalars(
        select(bars)
        .select_from(Evidence)
        .where(Evidence.stands, ended.lapsed, _required_by_a_lot(selection))
        .group_by(Evidence.organisation_id)
    ).all()
    return sum(rows), len(rows) - sum(rows)


@dataclass(frozen=True, slots=True)
class _Ended:
    """Conditions on what stands for a question, on a day."""

    soon: ColumnElement[bool]
    lapsed: ColumnElement[bool]
    barring: ColumnElement[bool]

    @classmethod
    def on(cls, selection: Selection, on: dt.date) -> _Ended:
        """What ends within the longest notice or ended, what has lapsed, and what bars."""
        longest = max(selection.remind_days, default=0)
        days = (longest, -1, -(selection.grace_days + 1))
        return cls(*(cls.by(on + dt.timedelta(days=count)) for count in days))

    @staticmethod
    def by(day: dt.date) -> ColumnElement[bool]:
        """What held to a day at the longest."""
        # A day ends at midnight in London, also for what was withdrawn at a moment of it.
        next_day = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), LONDON).astimezone(dt.UTC)
        # Never null, so that its opposite can be asked for too.
        return or_(
            and_(Evidence.last_day.is_not(None), Evidence.last_day <= day),
            and_(Evidence.withdrawn_at.is_not(None), Evidence.withdrawn_at < next_day),
        )

    def only(self, currency: Currency | None) -> ColumnElement[bool]:
        """What is of one currency, or all that is to be looked at."""
        if currency is Currency.BARRING:
            return self.barring
        if currency is Currency.LAPSED:
            return and_(self.lapsed, not_(self.barring))
        return and_(self.soon, not_(self.lapsed)) if currency is Currency.ENDING else self.soon


def _required_by_a_lot(selection: Selection) -> ColumnElement[bool]:
    """Whether evidence is of a question that a lot requires on which the company, or the service that it is about,
    is.
    """
    by_lots: dict[frozenset[ServiceType], list[str]] = {}
    for question in selection.questions:
        if question.kind is AnswerKind.EVIDENCE and question.required and question.expires:
            by_lots.setdefault(question.service_types, []).append(question.key)
    return or_(false(), *(and_(Evidence.question.in_(keys), _enrolled(types)) for types, keys in by_lots.items()))


def _enrolled(service_types: frozenset[ServiceType]) -> ColumnElement[bool]:
    found = (
        select(Enrolment.id)
        .join(Claim, Claim.id == Enrolment.claim_id)
        .where(
            Claim.organisation_id == Evidence.organisation_id,
            or_(Evidence.claim_id.is_(None), Claim.id == Evidence.claim_id),
            Enrolment.status.in_(GOING_ON),
        )
    )
    if service_types:
        found = found.join(Lot, Lot.id == Enrolment.lot_id).where(Lot.service_type.in_(sorted(service_types)))
    return found.exists()


def _lapsing(selection: Selection, on: dt.date, only: Currency | None) -> Select[*tuple[Any, ...]]:
    """The documents that stand for a question that a lot requires, and that end within the policy's longest notice of a
    day or ended; of one currency where `only` names it.
    """
    ended = _Ended.on(selection, on)
    return (
        select(
            Evidence.id,
            Evidence.organisation_id,
            Evidence.claim_id,
            Evidence.question,
            Evidence.last_day,
            Evidence.withdrawn_at,
            Organisation.name,
            Claim.urn,
        )
        .join(Organisation, Organisation.id == Evidence.organisation_id)
        .outerjoin(Claim, Claim.id == Evidence.claim_id)
        .where(Evidence.stands, ended.only(only), _required_by_a_lot(selection))
        .order_by(
            case((ended.barring, 0), (ended.lapsed, 1), else_=2), Evidence.last_day, Organisation.name, Evidence.id
        )
    )
