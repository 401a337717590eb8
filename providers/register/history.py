"""Reads of what stands beside a registration: the premises of supported accommodation by date, and who joined and left.

As public as the register, so these take no actor; pages ask for `REGISTER_READ` at their door.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.identity.models import Person
from providers.register.models import Inspection, RegistrationChange, SupportedPremises
from providers.register.status import CATEGORY_WORDS, ChangeKind


@dataclass(frozen=True, slots=True)
class PremisesCount:
    """How many buildings of a category a provider has on a date, and their places. `places` None: none is given."""

    as_of: dt.date
    category: str
    buildings: int
    places: int | None


def premises_of(session: Session, urn: str) -> list[PremisesCount]:
    """A provider's buildings by date, the newest first, and by category."""
    rows = session.execute(
        select(
            SupportedPremises.as_of,
            SupportedPremises.category,
            func.count(),
            func.sum(SupportedPremises.places),
        )
        .where(SupportedPremises.urn == urn)
        .group_by(SupportedPremises.as_of, SupportedPremises.category)
        .order_by(SupportedPremises.as_of.desc(), SupportedPremises.category)
    )
    return [PremisesCount(day, CATEGORY_WORDS[category], count, places) for day, category, count, places in rows]


def changes_of(session: Session, urn: str) -> Sequence[RegistrationChange]:
    """That a registration joined or left, the newest first."""
    return session.scalars(
        select(RegistrationChange)
        .where(RegistrationChange.urn == urn)
        .order_by(RegistrationChange.happened_on.desc(), RegistrationChange.as_of.desc(), RegistrationChange.kind)
    ).all()


@dataclass(frozen=True, slots=True)
class TypedFrom:
    """Where a person read an inspection that they typed, when, and who it was."""

    inspected_on: dt.date
    label: str
    note: str
    read_on: dt.date
    by: str


def typed_of(session: Session, urn: str) -> list[TypedFrom]:
    """The sources of a registration's inspections that people typed, the newest inspection first."""
    rows = session.execute(
        select(
            Inspection.inspected_on,
            Inspection.event_label,
            Inspection.source_note,
            Inspection.source_read_on,
            Person.name,
        )
        .join(Person, Person.id == Inspection.added_by)
        .where(Inspection.urn == urn, Inspection.source_note.is_not(None))
        .order_by(Inspection.inspected_on.desc(), Inspection.id)
    )
    return [
        TypedFrom(inspected_on, label, note or "", read_on or inspected_on, by)
        for inspected_on, label, note, read_on, by in rows
    ]


def change_dates(session: Session) -> list[dt.date]:
    """The dates of the lists of leavers and joiners that were imported, the newest first."""
    return list(session.scalars(select(RegistrationChange.as_of).distinct().order_by(RegistrationChange.as_of.desc())))


_ORDERS = {
    "day": RegistrationChange.happened_on,
    "name": func.coalesce(RegistrationChange.name, RegistrationChange.urn),
    "type": RegistrationChange.provision_type,
    "authority": RegistrationChange.local_authority,
    "places": RegistrationChange.places,
}


def changes(
    session: Session,
    *,
    as_of: dt.date,
    kind: ChangeKind | None = None,
    authority: str = "",
    order: str = "day",
    descending: bool = True,
    limit: int = 25,
    offset: int = 0,
) -> tuple[Sequence[RegistrationChange], int]:
    """A page of who joined and who left by the list of one date, and how many in all. `authority` is a GSS code."""
    where = [RegistrationChange.as_of == as_of]
    if kind is not None:
        where.append(RegistrationChange.kind == kind)
    if authority:
        where.append(RegistrationChange.local_authority_gss == authority.replace("\0", " "))
    total = session.scalar(select(func.count()).select_from(RegistrationChange).where(*where)) or 0
    column = _ORDERS.get(order, _ORDERS["day"])
    ordered = column.desc() if descending else column.asc()
    rows = session.scalars(
        select(RegistrationChange)
        .where(*where)
        .order_by(ordered.nulls_last(), RegistrationChange.urn, RegistrationChange.kind)
        .limit(limit)
        .offset(offset)
    )
    return rows.all(), total


def count_changes(session: Session, as_of: dt.date) -> dict[ChangeKind, int]:
    """How many joined and how many left by the list of one date."""
    rows = session.execute(
        select(RegistrationChange.kind, func.count())
        .where(RegistrationChange.as_of == as_of)
        .group_by(RegistrationChange.kind)
    )
    return dict(rows.all())
