"""Who is still waiting to join a lot while a request there is open (F-4).

The Procurement Act lets a council pass over the tender of a supplier who is no member, but bids it first consider that
supplier's application, save where the procurement is too complex to do so in time (section 34(4) and (5)). Homeward
takes no offer from anybody who is not enrolled, so nothing is passed over here; what is left is the duty, and the hub
is shown which applications it should decide before offers open. Where it will not, under the Act, it records why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core import audit
from app.core.clock import LONDON
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from app.requests.models import JoiningException, PlacementRequest
from app.requests.status import RequestStatus
from providers.market.models import Lot
from providers.market.rules import OF_THE_ACT
from providers.passport.models import Application
from providers.passport.status import ApplicationStatus

REASON_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A request whose offers open before an application to its lot has to be decided. `exception` is why the hub does
    not decide first, with who said so; None where nothing is recorded.
    """

    application_id: str
    request_id: str
    reference: str
    offers_close_at: dt.datetime
    exception: str | None
    recorded_by: str | None


def overtaken(session: Session, actor: Actor, now: dt.datetime) -> dict[str, list[Overtaken]]:
    """By application that waits for the hub: the open requests on its lot whose deadline comes before the last moment
    of the day on which it is due, the first to close first. An application that none overtakes is not in it.
    """
    actor.require(Permission.MARKET_READ)
    rows = session.execute(
        select(Application, PlacementRequest, JoiningException.reason, Person.name)
        .join(PlacementRequest, PlacementRequest.lot_id == Application.lot_id)
        .outerjoin(
            JoiningException,
            (JoiningException.application_id == Application.id) & (JoiningException.request_id == PlacementRequest.id),
        )
        .outerjoin(Person, Person.id == JoiningException.recorded_by)
        .where(
            Application.status == ApplicationStatus.SUBMITTED,
            PlacementRequest.status == RequestStatus.PUBLISHED,
            PlacementRequest.offers_close_at > now,
        )
        .order_by(PlacementRequest.offers_close_at, PlacementRequest.id, Application.id)
    )
    found: dict[str, list[Overtaken]] = {}
    for application, request, exception, who in rows:
        closes = request.offers_close_at
        if closes is None or application.due_on is None or closes >= _end_of(application.due_on):
            continue
        found.setdefault(application.id, []).append(
            Overtaken(
                application.id,
                request.id,
                request.reference,
                closes,
                exception,
                who,
            )
        )
    return found


def still_to_decide(requests: Iterable[Overtaken]) -> list[Overtaken]:
    """Those of an application's requests for which no exception is recorded."""
    return [one for one in requests if one.exception is None]


def knows_exception(lot: Lot) -> bool:
    """Whether the law of a lot's system knows the exception: the Procurement Act 2023 does."""
    return lot.system.mode in OF_THE_ACT


def record_exception(
    session: Session, *, actor: Actor, application_id: str, reason: str, now: dt.datetime
) -> list[Overtaken]:
    """Record why an application is not decided before the offers of the requests that overtake it now are opened.

    `Invalid` at `reason`; `Conflict` where the system is not under the Act, the application is decided, or no request
    overtakes it without an exception.
    """
    actor.require(Permission.APPLICATION_DECIDE)
    application = session.scalar(
        select(Application)
        .options(joinedload(Application.lot).joinedload(Lot.system))
        .where(Application.id == application_id)
    )
    if application is None:
        raise NotFound("application")
    if not knows_exception(application.lot):
        raise Conflict("This exception is the Procurement Act's. The system was begun under the 2015 regulations.")
    open_still = still_to_decide(overtaken(session, actor, now).get(application_id, ()))
    if not open_still:
        raise Conflict("No request on this lot opens its offers before this application is due.")
    reason = reason.strip()
    if not reason:
        raise Invalid("Enter what makes this too complex to decide in time", field="reason")
    if len(reason) > REASON_LONGEST:
        raise Invalid(f"The reason must be {REASON_LONGEST:,} characters or fewer", field="reason")
    for one in open_still:
        session.add(
            JoiningException(
                application_id=application_id,
                request_id=one.request_id,
                reason=reason,
                recorded_by=actor.person_id,
                recorded_at=now,
            )
        )
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.joining.except",
        subject_kind="application",
        subject_id=application_id,
        requests=[one.reference for one in open_still],
    )
    return open_still


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), LONDON).astimezone(dt.UTC)
