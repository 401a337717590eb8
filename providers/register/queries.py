"""Reads of the register. What Ofsted publishes is public, so these take no actor; pages ask for `REGISTER_READ` at
their door.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from providers.register.comparing import judgement_of
from providers.register.judgements import Judgement, latest_graded, newest_first
from providers.register.models import Inspection, RegisterImport, Registration
from providers.register.status import provision_words
from providers.register.urn import clean_urn

_ORDERS: dict[str, Any] = {
    "urn": Registration.urn,
    "name": func.coalesce(Registration.name, Registration.owner),
    "provision_type": Registration.provision_type,
    "local_authority": Registration.local_authority,
    "places": Registration.places,
    "registration_status": Registration.registration_status,
}


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A judgement that contradicts itself and waits for a person, with the registration that it is of."""

    judgement: Judgement
    name: str | None
    owner: str | None
    provision_type: str
    local_authority: str | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """How a contradiction was resolved: by whom (a person's id), when and why."""

    inspection_id: str
    resolved_by: str | None
    resolved_at: dt.datetime
    reason: str


def find_registration(session: Session, urn: str) -> Registration | None:
    """The registration with a URN as a person types it (any case, spaces round it), or None."""
    found = clean_urn(urn)
    return None if found is None else session.get(Registration, found)


def registration(session: Session, urn: str) -> Registration:
    """The registration with a URN; NotFound when the register has none."""
    found = find_registration(session, urn)
    if found is None:
        raise NotFound("registration")
    return found


def search_registrations(
    session: Session,
    *,
    text: str = "",
    provision_type: str | None = None,
    authority: str | None = None,
    status: str | None = None,
    order: str = "name",
    descending: bool = False,
    limit: int = 25,
    offset: int = 0,
) -> tuple[Sequence[Registration], int]:
    """A page of registrations and how many there are in all.

    Every word of `text` must occur in the URN, name, owner, town, postcode or local authority, in any case.
    `authority` is a GSS code. `order` is urn, name, provision_type, local_authority, places or registration_status;
    unknown values come last, equal ones by URN.
    """
    query = select(Registration).where(*_filters(text, provision_type, authority, status))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    column = _ORDERS.get(order, _ORDERS["name"])
    direction = column.desc() if descending else column.asc()
    page = query.order_by(direction.nulls_last(), Registration.urn).limit(limit).offset(offset)
    return session.scalars(page).all(), total


def _filters(
    text: str, provision_type: str | None, authority: str | None, status: str | None
) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = [
        Registration.search_words.contains(word, autoescape=True) for word in _text(text).casefold().split()[:10]
    ]
    if provision_type:
        filters.append(Registration.provision_type == _text(provision_type))
    if authority:
        filters.append(Registration.local_authority_gss == _text(authority))
    if status:
        filters.append(Registration.registration_status == _text(status))
    return filters


def _text(asked: str) -> str:
    """What was asked for without zero bytes, which PostgreSQL holds in no text."""
    return asked.replace("\0", " ")


def provision_types(session: Session) -> list[tuple[str, str, int]]:
    """Every type that the register holds: as stored, in words, and how many registrations; the most first."""
    rows = session.execute(select(Registration.provision_type, func.count()).group_by(Registration.provision_type))
    found = [(kind, provision_words(kind), count) for kind, count in rows]
    return sorted(found, key=lambda row: (-row[2], row[1]))


def local_authorities(session: Session) -> list[tuple[str, str]]:
    """Every authority that the register places a registration in: GSS code and name, by name."""
    rows = session.execute(
        select(Registration.local_authority_gss, func.min(Registration.local_authority))
        .where(Registration.local_authority_gss.is_not(None))
        .group_by(Registration.local_authority_gss)
    )
    return sorted(((gss, name or gss) for gss, name in rows if gss), key=lambda row: row[1])


def held_of(session: Session, urns: Sequence[str]) -> set[str]:
    """Which of these URNs the register holds."""
    return set(session.scalars(select(Registration.urn).where(Registration.urn.in_(list(urns)))))


def _judgements(session: Session, query: Select[Any]) -> list[Judgement]:
    return [judgement_of(dict(row._mapping)) for row in session.execute(query)]


def judgement_history(session: Session, urn: str) -> list[Judgement]:
    """Every inspection and visit of a registration, newest first."""
    query = select(Inspection.__table__).where(Inspection.urn == urn)
    return newest_first(_judgements(session, query))


def latest_graded_judgement(session: Session, urn: str, *, on: dt.date) -> Judgement | None:
    """The judgement that counts for a registration on a day, or None: unknown, which is neither 0 nor Inadequate
    (F-13).

    That is the newest full inspection with a judgement that was published by `on` (inspected, where the publication
    date is unknown). Visits that make no full judgement are passed over (F-20). So is a judgement that contradicts
    itself and that nobody has resolved (F-10): then `awaiting` of the answer is its id. Where such a one is all there
    is, the answer is None and `awaiting_resolution` tells why.
    """
    return latest_graded(judgement_history(session, urn), on)


def latest_graded_judgements(session: Session, urns: Sequence[str], *, on: dt.date) -> dict[str, Judgement | None]:
    """As `latest_graded_judgement`, for many registrations in one query. Every URN asked for is a key of the answer."""
    by_urn: dict[str, list[Judgement]] = {urn: [] for urn in urns}
    for one in _judgements(session, select(Inspection.__table__).where(Inspection.urn.in_(list(by_urn)))):
        by_urn[one.urn].append(one)
    return {urn: latest_graded(judgements, on) for urn, judgements in by_urn.items()}


def awaiting_resolution(session: Session, urn: str) -> list[Judgement]:
    """Judgements of a registration that contradict themselves and wait for a person, newest first."""
    return [one for one in judgement_history(session, urn) if one.in_doubt]


def unresolved_contradictions(session: Session) -> list[Contradiction]:
    """All judgements that contradict themselves and wait for a person: newest inspection first, then by URN."""
    query = (
        select(Inspection.__table__, Registration.name, Registration.owner, Registration.provision_type)
        .add_columns(Registration.local_authority)
        .join(Registration, Registration.urn == Inspection.urn)
        .where(Inspection.contradictory, Inspection.resolution.is_(None))
        .order_by(Inspection.inspected_on.desc(), Inspection.urn)
    )
    return [
        Contradiction(judgement_of(dict(row._mapping)), row.name, row.owner, row.provision_type, row.local_authority)
        for row in session.execute(query)
    ]


def count_contradictions(session: Session) -> int:
    """How many judgements wait for a person."""
    query = (
        select(func.count()).select_from(Inspection).where(Inspection.contradictory, Inspection.resolution.is_(None))
    )
    return session.scalar(query) or 0


def resolutions(session: Session, urn: str) -> dict[str, Resolved]:
    """How contradictions of a registration were resolved, by inspection id."""
    rows = session.execute(
        select(Inspection.id, Inspection.resolved_by, Inspection.resolved_at, Inspection.reason).where(
            Inspection.urn == urn, Inspection.resolved_at.is_not(None)
        )
    )
    return {
        inspection_id: Resolved(inspection_id, by, at, reason or "") for inspection_id, by, at, reason in rows if at
    }


def imports(session: Session, *, limit: int = 25, offset: int = 0) -> tuple[Sequence[RegisterImport], int]:
    """Files imported, the latest first, and how many in all."""
    total = session.scalar(select(func.count()).select_from(RegisterImport)) or 0
    query = select(RegisterImport).order_by(RegisterImport.imported_at.desc(), RegisterImport.id)
    return session.scalars(query.limit(limit).offset(offset)).all(), total


def register_import(session: Session, import_id: str) -> RegisterImport:
    """One import; NotFound when there is none."""
    found = session.get(RegisterImport, _text(import_id))
    if found is None:
        raise NotFound("import")
    return found
