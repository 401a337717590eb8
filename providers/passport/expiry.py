"""When evidence that a lot requires has lapsed, and from which day that bars new offers. Derived each time, never
stored.

A file holds to its last day. From the day after it has lapsed, and once the policy's days of grace are over new offers
are barred; both end by themselves with the newer file. A file that was withdrawn, with no other in its place, lapses
with the day of its withdrawal. What was never shown, or was shown when the question asked something else, bars nothing
until the day that the policy names (`missing_bars_from`), so that a new question takes nobody by surprise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, not_, or_, select
from sqlalchemy.orm import Session

from app.core.clock import LONDON, local_date
from app.core.workdays import date_words
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from notifications.words import say_list
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.passport.dossier import asks_the_same
from providers.passport.models import Application, Claim, Enrolment, Evidence
from providers.passport.questions import (
    AnswerKind,
    Question,
    Scope,
    Selection,
    selection_by_id,
    selection_or_none,
)
from providers.passport.status import ApplicationStatus, ClaimStatus, EnrolmentStatus

GOING_ON = (EnrolmentStatus.ENROLLED, EnrolmentStatus.SUSPENDED)


class Currency(StrEnum):
    """How current required evidence is on a day."""

    IN_DATE = "in_date"
    ENDING = "ending"
    LAPSED = "lapsed"
    BARRING = "barring"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Watched:
    """One document that a lot requires, on a day. `ends_on` is the last day on which it holds (None: it was never
    shown), `bars_from` the first day on which it bars new offers (None: none is known), `claim_id` the service that it
    is about.
    """

    question: Question
    claim_id: str | None
    evidence_id: str | None
    ends_on: dt.date | None
    bars_from: dt.date | None
    currency: Currency
    asked_anew: bool = False

    @property
    def words(self) -> str:
        """How it stands, to follow the name of the document: "Its last day was 3 May 2026"."""
        if self.ends_on is None:
            what = "The question asks for something else now" if self.asked_anew else "It has not been shown"
            return f"{what}. New offers are barred from {date_words(self.bars_from)}" if self.bars_from else what
        if self.currency in (Currency.IN_DATE, Currency.ENDING) or self.bars_from is None:
            return f"Its last day is {date_words(self.ends_on)}"
        since = "since" if self.currency is Currency.BARRING else "from"
        last = f"Its last day was {date_words(self.ends_on)}"
        return f"{last}. New offers are barred {since} {date_words(self.bars_from)}"


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a lot requires of a company and one of its services, on a day."""

    on: dt.date
    items: tuple[Watched, ...]

    @property
    def lapsed(self) -> tuple[Watched, ...]:
        """What has lapsed or bars, the first to bar first."""
        found = [one for one in self.items if one.currency in (Currency.LAPSED, Currency.BARRING)]
        return tuple(sorted(found, key=lambda one: one.bars_from or dt.date.max))

    @property
    def barring(self) -> tuple[Watched, ...]:
        """What bars new offers on the day."""
        return tuple(one for one in self.lapsed if one.currency is Currency.BARRING)

    @property
    def bar_from(self) -> dt.date | None:
        """The first day on which what has lapsed by now bars new offers; None where nothing has."""
        return min((one.bars_from for one in self.lapsed if one.bars_from), default=None)

    @property
    def refusal(self) -> str | None:
        """What whoever offers is told: which document, since when, and how to renew it. None where nothing bars."""
        if not self.barring:
            return None
        named = say_list([_named(one) for one in self.barring])
        return (
            f"This service cannot offer now: {named}. Show a file that is in date in your company's passport, "
            "and it can offer at once."
        )


def _named(one: Watched) -> str:
    if one.ends_on is None:
        return f"“{one.question.label}” has not been shown"
    return f"“{one.question.label}” ended on {date_words(one.ends_on)} and the days of grace are over"


def standing_of(
    session: Session, organisation_id: str, service_type: ServiceType, on: dt.date, claim_id: str | None = None
) -> Standing:
    """How current the evidence is that a lot of this kind requires of a company, and of the service of a claim where
    one is named. Empty where no questions are in force. The caller has checked that the actor may see the company.
    """
    return standings_of(session, organisation_id, service_type, on, [claim_id])[claim_id]


def standings_of(
    session: Session, organisation_id: str, service_type: ServiceType, on: dt.date, claim_ids: Iterable[str | None]
) -> dict[str | None, Standing]:
    """The same for several services of one company at once, by claim."""
    claims = list(claim_ids)
    selection = selection_or_none(session, on)
    if selection is None:
        return {claim_id: Standing(on, ()) for claim_id in claims}
    required = selection.evidence_for(service_type)
    about_company = [(one, None) for one in required if selection.scope_of(one) is Scope.COMPANY]
    about_service = [one for one in required if selection.scope_of(one) is Scope.SERVICE]
    asked = [*about_company, *((one, claim) for claim in claims if claim is not None for one in about_service)]
    judged = _judged(session, selection, organisation_id, asked, on)
    return {
        claim_id: Standing(on, tuple(one for one in judged if one.claim_id in (None, claim_id))) for claim_id in claims
    }


def watched_of(session: Session, organisation_id: str, selection: Selection, on: dt.date) -> list[Watched]:
    """Every document that is required of a company and of its services by the lots that they are enrolled on or apply
    to; about the company, by any lot where they are on none. In the order of the questions.
    """
    lots = _lots_of(session, organisation_id)
    types = {service_type for found in lots.values() for service_type in found}
    asked: list[tuple[Question, str | None]] = []
    for question in selection.questions:
        if question.kind is not AnswerKind.EVIDENCE or not (question.required and question.expires):
            continue
        if selection.scope_of(question) is Scope.COMPANY:
            if not types or any(question.is_for(one) for one in types):
                asked.append((question, None))
        else:
            asked += [(question, claim) for claim, found in lots.items() if any(question.is_for(one) for one in found)]
    return _judged(session, selection, organisation_id, asked, on)


def needs_attention(session: Session, organisation_id: str, on: dt.date) -> list[Watched]:
    """What a company should renew: what ends soon, has lapsed or bars; the first to end first."""
    selection = selection_or_none(session, on)
    if selection is None:
        return []
    found = [
        one
        for one in watched_of(session, organisation_id, selection, on)
        if one.currency in (Currency.ENDING, Currency.LAPSED, Currency.BARRING)
    ]
    return sorted(found, key=lambda one: one.ends_on or dt.date.min)


def currency_of(
    ends_on: dt.date | None, on: dt.date, *, grace_days: int, remind_days: Iterable[int]
) -> tuple[Currency, dt.date | None]:
    """How current a file with a last day is on a day, and from which day it bars. None: it does not expire.

    On its last day it still holds; on the `grace_days` days after it, it has lapsed; from the next day on it bars.
    """
    if ends_on is None:
        return Currency.IN_DATE, None
    bars_from = ends_on + dt.timedelta(days=grace_days + 1)
    if on >= bars_from:
        return Currency.BARRING, bars_from
    if on > ends_on:
        return Currency.LAPSED, bars_from
    soon = (ends_on - on).days <= max(remind_days, default=0)
    return (Currency.ENDING if soon else Currency.IN_DATE), bars_from


def _judged(
    session: Session,
    selection: Selection,
    organisation_id: str,
    asked: Iterable[tuple[Question, str | None]],
    on: dt.date,
) -> list[Watched]:
    standing = select(Evidence).where(Evidence.organisation_id == organisation_id, Evidence.stands)
    rows = {(row.question, row.claim_id): row for row in session.scalars(standing)}
    versions: dict[str, Selection] = {selection.policy_version_id: selection}
    found = []
    for question, claim_id in asked:
        row = rows.get((question.key, claim_id))
        if row is None:
            found.append(_never_shown(selection, question, claim_id, on))
            continue
        ends_on = _ends_on(row.last_day, row.withdrawn_at)
        currency, bars_from = currency_of(
            ends_on, on, grace_days=selection.grace_days, remind_days=selection.remind_days
        )
        version = row.policy_version_id or selection.policy_version_id
        if version not in versions:
            versions[version] = selection_by_id(session, version)
        anew = not asks_the_same(question, versions[version].question(question.key))
        if anew and currency in (Currency.IN_DATE, Currency.ENDING):
            found.append(_never_shown(selection, question, claim_id, on, asked_anew=True))
        else:
            found.append(Watched(question, claim_id, row.id, ends_on, bars_from, currency))
    return found


def _never_shown(
    selection: Selection, question: Question, claim_id: str | None, on: dt.date, *, asked_anew: bool = False
) -> Watched:
    from_day = selection.missing_bars_from
    currency = Currency.BARRING if from_day is not None and on >= from_day else Currency.MISSING
    return Watched(question, claim_id, None, None, from_day, currency, asked_anew)


def _ends_on(last_day: dt.date | None, withdrawn_at: dt.datetime | None) -> dt.date | None:
    """The last day on which a file held: its own, or the day on which it was withdrawn, whichever came first."""
    days = [day for day in (last_day, None if withdrawn_at is None else local_date(withdrawn_at)) if day is not None]
    return min(days, default=None)


def _lots_of(session: Session, organisation_id: str) -> dict[str, set[ServiceType]]:
    """What the lots buy that each confirmed claim of a company is enrolled on or applies to."""
    mine = (Claim.organisation_id == organisation_id, Claim.status == ClaimStatus.CONFIRMED)
    enrolled = (
        select(Claim.id, Lot.service_type)
        .join(Enrolment, Enrolment.claim_id == Claim.id)
        .join(Lot, Lot.id == Enrolment.lot_id)
        .where(*mine, Enrolment.status.in_(GOING_ON))
    )
    applying = (
        select(Claim.id, Lot.service_type)
        .join(Application, Application.claim_id == Claim.id)
        .join(Lot, Lot.id == Application.lot_id)
        .where(*mine, Application.status == ApplicationStatus.SUBMITTED)
    )
    found: dict[str, set[ServiceType]] = {}
    for claim_id, service_type in session.execute(enrolled.union(applying)):
        found.setdefault(claim_id, set()).add(ServiceType(service_type))
    return dict(sorted(found.items()))


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
        question, ends_on = selection.question(row.question), _ends_on(row.last_day, row.withdrawn_at)
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
