"""The people and companies behind a supplier, whom the grounds for exclusion reach too (Procurement Act 2023,
schedules 6 and 7): added, corrected, and ended with their last day. Nobody is removed: who was there when is part of
the record.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.identity.addresses import read_company_number, read_name
from app.identity.permissions import Actor, Permission
from providers.passport.models import ConnectedPerson
from providers.passport.roles import HOLDERS, ConnectedRole, ShareBand


@dataclass(frozen=True, slots=True)
class Connection:
    """What a form says of somebody. `share` is needed of those who are connected by it; `company_number` where it is a
    company.
    """

    name: str
    role: ConnectedRole
    from_day: dt.date
    to_day: dt.date | None = None
    share: ShareBand | None = None
    company_number: str | None = None


def connected_people(session: Session, organisation_id: str) -> list[ConnectedPerson]:
    """Everybody who is or was connected to a company: those who still are first, then by name. The caller has checked
    that the actor may see the company.
    """
    found = session.scalars(
        select(ConnectedPerson)
        .where(ConnectedPerson.organisation_id == organisation_id)
        .order_by(ConnectedPerson.to_day.is_not(None), ConnectedPerson.name, ConnectedPerson.id)
    )
    return list(found)


def own_connected(session: Session, actor: Actor, connected_id: str) -> ConnectedPerson:
    """Somebody connected to the actor's own company. `NotFound` for any other."""
    actor.require(Permission.PASSPORT_READ)
    found = session.scalar(
        select(ConnectedPerson).where(
            ConnectedPerson.id == connected_id, ConnectedPerson.organisation_id == actor.organisation_id
        )
    )
    if found is None:
        raise NotFound("person")
    return found


def add_connected(session: Session, *, actor: Actor, connection: Connection, now: dt.datetime) -> ConnectedPerson:
    """Name somebody who is connected to the actor's company. `Invalid` at the field."""
    actor.require(Permission.PASSPORT_WRITE)
    said = _checked(connection, local_date(now))
    row = ConnectedPerson(
        organisation_id=actor.organisation_id,
        name=said.name,
        role=said.role,
        share=said.share,
        company_number=said.company_number,
        from_day=said.from_day,
        to_day=said.to_day,
        added_by=actor.person_id,
        added_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, actor, row, "add", now)
    return row


def change_connected(
    session: Session, *, actor: Actor, connected_id: str, connection: Connection, version: int, now: dt.datetime
) -> ConnectedPerson:
    """Correct what was said of somebody. `Stale` where it changed since `version`."""
    actor.require(Permission.PASSPORT_WRITE)
    row = _fresh(session, actor, connected_id, version)
    said = _checked(connection, local_date(now))
    row.name, row.role, row.share, row.company_number = said.name, said.role, said.share, said.company_number
    row.from_day, row.to_day = said.from_day, said.to_day
    session.flush()
    _record(session, actor, row, "change", now)
    return row


def end_connected(
    session: Session, *, actor: Actor, connected_id: str, to_day: dt.date, version: int, now: dt.datetime
) -> ConnectedPerson:
    """Say on which day somebody ceased to be connected."""
    actor.require(Permission.PASSPORT_WRITE)
    row = _fresh(session, actor, connected_id, version)
    if row.to_day is not None:
        raise Conflict(f"{row.name} has ended already.")
    _check_days(row.from_day, to_day, local_date(now))
    row.to_day = to_day
    session.flush()
    _record(session, actor, row, "end", now)
    return row


def _fresh(session: Session, actor: Actor, connected_id: str, version: int) -> ConnectedPerson:
    row = own_connected(session, actor, connected_id)
    if row.version != version:
        raise Stale("Somebody in your company changed this while you were working on it.")
    return row


def _checked(said: Connection, today: dt.date) -> Connection:
    name = read_name(said.name, "name", "the full name")
    _check_days(said.from_day, said.to_day, today)
    if said.role in HOLDERS and said.share is None:
        raise Invalid("Choose how much of the shares or votes", field="share")
    number = said.company_number.strip() if said.company_number else ""
    return Connection(
        name=name,
        role=said.role,
        from_day=said.from_day,
        to_day=said.to_day,
        share=said.share,
        company_number=read_company_number(number) if number else None,
    )


def _check_days(from_day: dt.date, to_day: dt.date | None, today: dt.date) -> None:
    if from_day > today:
        raise Invalid("The first day must be today or in the past", field="from_day")
    if to_day is not None and to_day < from_day:
        raise Invalid("The last day must be the same as or after the first", field="to_day")
    if to_day is not None and to_day > today:
        raise Invalid("The last day must be today or in the past. Leave it empty until then", field="to_day")


def _record(session: Session, actor: Actor, row: ConnectedPerson, verb: str, now: dt.datetime) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"passport.connected.{verb}",
        subject_kind="connected_person",
        subject_id=row.id,
        role=row.role.value,
        from_day=row.from_day.isoformat(),
        to_day=None if row.to_day is None else row.to_day.isoformat(),
    )
