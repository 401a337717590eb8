"""When a borough's part in a lot ends, and taking back one that has not begun. Taking part begins in setup.py."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from providers.market.models import Participation


def leave_lot(
    session: Session, *, actor: Actor, participation_id: str, last_day: dt.date, now: dt.datetime
) -> Participation:
    """Set the last day on which a borough takes part in a lot, today at the earliest: what it published until then
    goes on. A later day than the one set before is well, unless the borough joins again before it.

    `Invalid` at `last_day`; `Conflict` where it has ended already.
    """
    actor.require(Permission.MARKET_MANAGE)
    taking_part = _found(session, participation_id)
    today = local_date(now)
    if taking_part.last_day is not None and taking_part.last_day < today:
        raise Conflict(f"This borough's part in the lot ended on {date_words(taking_part.last_day)}.")
    earliest = max(today, taking_part.first_day)
    if not earliest <= last_day <= taking_part.lot.closes_on:
        span = f"between {date_words(earliest)} and {date_words(taking_part.lot.closes_on)}"
        raise Invalid(f"The last day must be {span}", field="last_day")
    again = session.scalar(
        select(Participation.first_day)
        .where(
            Participation.lot_id == taking_part.lot_id,
            Participation.organisation_id == taking_part.organisation_id,
            Participation.first_day > taking_part.first_day,
            Participation.first_day <= last_day,
        )
        .limit(1)
    )
    if again is not None:
        raise Invalid(f"The borough joins again on {date_words(again)}, before this day", field="last_day")
    taking_part.last_day = last_day
    session.flush()
    _keep(session, actor, "market.lot.leave", taking_part, now, last_day=last_day.isoformat())
    return taking_part


def take_back_participation(session: Session, *, actor: Actor, participation_id: str, now: dt.datetime) -> str:
    """Take back a part in a lot that has not begun. Answers with the lot's id. `Conflict` once it has begun."""
    actor.require(Permission.MARKET_MANAGE)
    taking_part = _found(session, participation_id)
    if taking_part.first_day <= local_date(now):
        raise Conflict("This borough takes part already. Set its last day instead.")
    lot_id = taking_part.lot_id
    _keep(session, actor, "market.lot.take_back", taking_part, now, first_day=taking_part.first_day.isoformat())
    session.delete(taking_part)
    session.flush()
    return lot_id


def _found(session: Session, participation_id: str) -> Participation:
    found = session.get(Participation, participation_id)
    if found is None:
        raise NotFound("participation")
    return found


def _keep(
    session: Session, actor: Actor, act: str, taking_part: Participation, now: dt.datetime, **facts: object
) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=act,
        subject_kind="lot",
        subject_id=taking_part.lot_id,
        borough_id=taking_part.organisation_id,
        **facts,
    )
