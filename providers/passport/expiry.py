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

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.workdays import date_words
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
        ends_on = last_day_held(row.last_day, row.withdrawn_at)
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


def last_day_held(last_day: dt.date | None, withdrawn_at: dt.datetime | None) -> dt.date | None:
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
