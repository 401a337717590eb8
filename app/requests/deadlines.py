"""Until when providers may offer: the deadline that is proposed, the least that a mode allows, and agreements to less.

All who are invited have the same deadline. Under regulation 34 less than ten days is refused, unless every candidate of
the lot agreed to the same deadline and that is on record (F-34); light touch knows no minimum.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import LONDON, local_date
from app.core.errors import Invalid
from app.core.workdays import deadline_words
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from app.requests.models import DeadlineAgreement, PlacementRequest
from app.requests.moves import for_change
from app.requests.status import RequestStatus, Urgency
from providers.market.clocks import mode_rules, response_window
from providers.market.models import Lot
from providers.market.queries import lots_of_borough
from providers.services.queries import enrolled_services

HALF_HOUR = dt.timedelta(minutes=30)
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Proposal:
    """The deadline that the policy proposes, on a clock that people can read, and the earliest one that is allowed
    without everybody's agreement, None where the mode knows no minimum.
    """

    closes_at: dt.datetime
    earliest: dt.datetime | None


@dataclass(frozen=True)
class Candidate:
    """A company of a lot that must agree before less than the mode's days are given; `agreed` are its agreements to
    deadlines, the latest first.
    """

    organisation_id: str
    name: str
    agreed: tuple[tuple[DeadlineAgreement, str], ...]


def proposal(session: Session, lot: Lot, urgency: Urgency | None, now: dt.datetime) -> Proposal:
    """What the policy proposes for a request published now: hours for a same-day one whatever the hour and the day,
    with no more than the policy's, to the half hour; else whole hours, with no less.
    """
    window = response_window(session, lot.system.mode, urgency or Urgency.PLANNED, now)
    same_day = urgency is Urgency.SAME_DAY and window.usual != window.earliest
    step = HALF_HOUR if same_day else HOUR
    whole = _down(window.usual, step)
    closes_at = whole if same_day or whole == window.usual else whole + step
    return Proposal(closes_at, window.earliest if window.earliest > now else None)


def _down(moment: dt.datetime, step: dt.timedelta) -> dt.datetime:
    local = moment.astimezone(LONDON)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + (local - midnight) // step * step).astimezone(dt.UTC)


def check_deadline(
    session: Session, request: PlacementRequest, lot: Lot, closes_at: dt.datetime, now: dt.datetime
) -> bool:
    """Invalid at `offers_close_at` where the deadline is past, or leaves less than the mode's days and not every
    candidate agreed to it. Returns whether it rests on such agreements.
    """
    if closes_at <= now:
        raise Invalid("The deadline for offers must be in the future.", field="offers_close_at")
    days = mode_rules(session, lot.system.mode, local_date(now)).least_response_days
    if closes_at >= now + dt.timedelta(days=days):
        return False
    people = candidates_to_agree(session, request, lot, now)
    if people and all(any(row.closes_at == closes_at for row, _ in one.agreed) for one in people):
        return True
    earliest = deadline_words(now + dt.timedelta(days=days), now)
    raise Invalid(
        f"Offers on this lot must stay open for at least {days} days, so the deadline must be {earliest} or later, "
        "unless every candidate's agreement to this very deadline is on record.",
        field="offers_close_at",
    )


def candidates_to_agree(session: Session, request: PlacementRequest, lot: Lot, now: dt.datetime) -> list[Candidate]:
    """Every company with an enrolled service on a lot, by name, with what it agreed to for this request. The caller has
    loaded the request as its borough's.
    """
    names = {
        one.organisation_id: one.organisation_name
        for one in enrolled_services(session, lot.id, local_date(now), with_suspended=False)
    }
    rows = session.execute(
        select(DeadlineAgreement, Person.name)
        .join(Person, Person.id == DeadlineAgreement.recorded_by)
        .where(DeadlineAgreement.request_id == request.id, DeadlineAgreement.lot_id == lot.id)
        .order_by(DeadlineAgreement.recorded_at.desc(), DeadlineAgreement.id)
    ).all()
    return [
        Candidate(id_, name, tuple((row, by) for row, by in rows if row.organisation_id == id_))
        for id_, name in sorted(names.items(), key=lambda one: (one[1], one[0]))
    ]


def record_agreement(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    lot_id: str,
    organisation_id: str,
    closes_at: dt.datetime,
    agreed_by: str,
    agreed_on: dt.date,
    version: int,
    now: dt.datetime,
) -> DeadlineAgreement:
    """Keep that a candidate agreed to a deadline: who, for which company, and on which day. Invalid names the field."""
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    if request.status is not RequestStatus.APPROVED:
        raise Invalid("Agreements are recorded before the request is published.", field="lot_id")
    today = local_date(now)
    lot = next((one for one in lots_of_borough(session, request.organisation_id, today) if one.id == lot_id), None)
    if lot is None:
        raise Invalid("Choose a lot in which your council takes part.", field="lot_id")
    company = next(
        (one for one in candidates_to_agree(session, request, lot, now) if one.organisation_id == organisation_id), None
    )
    if company is None:
        raise Invalid("Choose a company with an enrolled service on the lot.", field="organisation_id")
    if closes_at <= now:
        raise Invalid("The deadline for offers must be in the future.", field="closes_on")
    if agreed_on > today:
        raise Invalid("The day of the agreement must not be in the future.", field="agreed_on")
    if not agreed_by.strip():
        raise Invalid("Enter who agreed for the company.", field="agreed_by")
    if any(row.closes_at == closes_at for row, _ in company.agreed):
        raise Invalid("This company's agreement to this deadline is on record.", field="organisation_id")
    row = DeadlineAgreement(
        request_id=request.id,
        lot_id=lot.id,
        organisation_id=organisation_id,
        closes_at=closes_at,
        agreed_by=agreed_by.strip()[:200],
        agreed_on=agreed_on,
        recorded_by=actor.person_id,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.deadline.agree",
        subject_kind="request",
        subject_id=request.id,
        organisation_id=organisation_id,
    )
    return row
