"""Lists of requests that a busy desk lives in: narrowed, sorted and paged in the database, at a cost that does not grow
with the history.

A page first finds its rows by one index of the request's own table, and only then reads what stands beside them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, null, or_, select
from sqlalchemy.orm import Session, aliased

from app.children.models import Child
from app.children.records import ids_of
from app.core.clock import local_date, start_of_day
from app.identity.models import Organisation, Person, ServiceKey
from app.identity.permissions import Actor, Permission
from app.requests.models import PlacementRequest, RequestChild, RequestMove
from app.requests.status import REQUEST, RequestStatus, Urgency
from providers.market.models import Lot

CLOSED = "closed"
MINE, WAITING = "mine", "waiting"
OFFERS_TODAY, NEEDED_SOON, LATE = "offers_today", "needed_soon", "late"
SOON_DAYS = 7
MOST_FOUND = 500
LIVE = (RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.APPROVED, RequestStatus.PUBLISHED)
"""Requests whose child still waits for a placement."""


@dataclass(frozen=True)
class RequestLine:
    """One request in a list. `child_reference` is None where the reader may know nothing of the child; `children` is
    how many it names.
    """

    id: str
    reference: str
    status: RequestStatus
    urgency: Urgency | None
    needed_from: dt.date | None
    offers_close_at: dt.datetime | None
    published_at: dt.datetime | None
    changed_at: dt.datetime
    borough: str
    lot_name: str | None
    writer: str
    writer_id: str
    child_reference: str | None
    children: int
    escalated: bool = False

    def is_closed(self, now: dt.datetime) -> bool:
        """Whether it is published and its deadline has passed."""
        return (
            self.status is RequestStatus.PUBLISHED and self.offers_close_at is not None and self.offers_close_at <= now
        )

    def words(self, now: dt.datetime) -> str:
        """Its state as people say it."""
        if self.status is RequestStatus.PUBLISHED:
            return "Closed for offers" if self.is_closed(now) else "Open for offers"
        return REQUEST.words[self.status]


@dataclass(frozen=True)
class RequestFilter:
    """What narrows a list; "" narrows nothing. `status` is a status or "closed" (published, past its deadline), `whose`
    is "mine" or "waiting" (for this person), `due` is "offers_today", "needed_soon" or "late", `text` is part of the
    reference of a request or of a child.
    """

    whose: str = ""
    status: str = ""
    due: str = ""
    urgency: str = ""
    lot_id: str = ""
    text: str = ""


def requests_of(
    session: Session,
    *,
    actor: Actor,
    now: dt.datetime,
    wanted: RequestFilter = RequestFilter(),
    order: str = "changed_at",
    descending: bool = True,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[RequestLine], int]:
    """A page of the borough's requests and how many there are."""
    actor.require(Permission.REQUEST_READ)
    conditions = [PlacementRequest.organisation_id == actor.organisation_id, *_narrowed(actor, wanted, now)]
    if wanted.text.strip():
        conditions.append(PlacementRequest.id.in_(_found(session, actor, wanted.text)))
    ids, total = _page(session, conditions, order, descending, limit, offset)
    return _in_order(read_lines(session, lines(actor).where(PlacementRequest.id.in_(ids))), ids), total


def market_requests(
    session: Session,
    *,
    actor: Actor,
    now: dt.datetime,
    wanted: RequestFilter = RequestFilter(),
    order: str = "offers_close_at",
    descending: bool = True,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[RequestLine], int]:
    """A page of every borough's requests that went to the market, for the hub: nothing about the child."""
    actor.require(Permission.MARKET_READ)
    conditions = [PlacementRequest.published_at.is_not(None), *_narrowed(actor, wanted, now)]
    if wanted.text.strip():
        conditions.append(PlacementRequest.reference.contains(wanted.text.strip().upper(), autoescape=True))
    ids, total = _page(session, conditions, order, descending, limit, offset)
    query = _base().add_columns(null().label("child_reference")).where(PlacementRequest.id.in_(ids))
    return _in_order(read_lines(session, query, child=False), ids), total


def requests_of_child(session: Session, *, actor: Actor, child_id: str) -> list[RequestLine]:
    """The borough's requests that name a child, by any of the child's records, the newest first."""
    ids = ids_of(session, actor=actor, child_id=child_id)
    named = select(RequestChild.request_id).where(RequestChild.child_id.in_(ids))
    query = lines(actor).where(PlacementRequest.id.in_(named))
    return read_lines(session, query.order_by(PlacementRequest.created_at.desc(), PlacementRequest.id))


_ORDERS: dict[str, Any] = {
    "needed_from": PlacementRequest.needed_from,
    "offers_close_at": PlacementRequest.offers_close_at,
    "changed_at": PlacementRequest.changed_at,
}


def _narrowed(actor: Actor, wanted: RequestFilter, now: dt.datetime) -> list[ColumnElement[bool]]:
    status, closes = PlacementRequest.status, PlacementRequest.offers_close_at
    today = local_date(now)
    found: list[ColumnElement[bool]] = []
    if wanted.status == CLOSED:
        found += [status == RequestStatus.PUBLISHED, closes <= now]
    elif wanted.status == RequestStatus.PUBLISHED:
        found += [status == RequestStatus.PUBLISHED, closes > now]
    elif wanted.status in set(RequestStatus):
        found.append(status == RequestStatus(wanted.status))
    if wanted.whose == MINE:
        found.append(PlacementRequest.created_by == actor.person_id)
    elif wanted.whose == WAITING:
        found.append(waiting_for(actor, now))
    tomorrow = start_of_day(today + dt.timedelta(days=1))
    if wanted.due == OFFERS_TODAY:
        found += [status == RequestStatus.PUBLISHED, closes >= start_of_day(today), closes < tomorrow]
    elif wanted.due == NEEDED_SOON:
        soon = today + dt.timedelta(days=SOON_DAYS)
        found += [status.in_(LIVE), PlacementRequest.needed_from.between(today, soon)]
    elif wanted.due == LATE:
        found += [status.in_(LIVE), PlacementRequest.needed_from < today]
    if wanted.urgency in set(Urgency):
        found.append(PlacementRequest.urgency == Urgency(wanted.urgency))
    if wanted.lot_id:
        found.append(PlacementRequest.lot_id == wanted.lot_id)
    return found


def waiting_for(actor: Actor, now: dt.datetime) -> ColumnElement[bool]:
    """Requests with which this person is to do the next thing: finish, approve, publish, or go on from the offers."""
    status = PlacementRequest.status
    parts: list[ColumnElement[bool]] = []
    if actor.may(Permission.REQUEST_WRITE):
        parts.append(and_(status == RequestStatus.DRAFT, theirs(actor)))
        parts.append(status == RequestStatus.APPROVED)
    if actor.may(Permission.REQUEST_APPROVE):
        parts.append(and_(status == RequestStatus.SUBMITTED, ~_submitted_last_by(actor.person_id)))
    if actor.may(Permission.SHORTLIST_DECIDE):
        parts.append(and_(status == RequestStatus.PUBLISHED, PlacementRequest.offers_close_at <= now))
    return or_(false(), *parts)


def theirs(actor: Actor) -> ColumnElement[bool]:
    """Requests that this person started, or one of the borough's keys: what a case system started is nobody's own, so
    it waits for everybody who writes.
    """
    systems = select(ServiceKey.person_id).where(ServiceKey.organisation_id == actor.organisation_id)
    return or_(PlacementRequest.created_by == actor.person_id, PlacementRequest.created_by.in_(systems))


def _submitted_last_by(person_id: str) -> ColumnElement[bool]:
    """Whether this person submitted a request last, or a key that they made: somebody else approves it."""
    move, later = aliased(RequestMove), aliased(RequestMove)
    keys = select(ServiceKey.person_id).where(ServiceKey.created_by == person_id)
    newer = exists().where(
        later.request_id == move.request_id,
        later.to_status == RequestStatus.SUBMITTED,
        later.position > move.position,
    )
    return exists().where(
        move.request_id == PlacementRequest.id,
        move.to_status == RequestStatus.SUBMITTED,
        or_(move.person_id == person_id, move.person_id.in_(keys)),
        ~newer,
    )


def _found(session: Session, actor: Actor, text: str) -> list[str]:
    """The ids of the borough's requests whose own reference or whose child's has this in it, no more than 500."""
    wanted, ours = text.strip().upper(), actor.organisation_id
    by_own = (
        select(PlacementRequest.id)
        .where(PlacementRequest.organisation_id == ours, PlacementRequest.reference.contains(wanted, autoescape=True))
        .limit(MOST_FOUND)
    )
    children = select(Child.id).where(Child.organisation_id == ours, Child.reference.contains(wanted, autoescape=True))
    by_child = (
        select(RequestChild.request_id).where(RequestChild.child_id.in_(children.limit(MOST_FOUND))).limit(MOST_FOUND)
    )
    return sorted({*session.scalars(by_own), *session.scalars(by_child)})


def _page(
    session: Session,
    conditions: list[ColumnElement[bool]],
    order: str,
    descending: bool,
    limit: int,
    offset: int,
) -> tuple[list[str], int]:
    """The ids of a page in order, and how many rows there are. Rows without a value of the order come last: they are
    read apart, since no index of both databases has them there.
    """
    column = _ORDERS.get(order, PlacementRequest.changed_at)
    values = func.count(column) if column.nullable else func.count()
    total, valued = session.execute(select(func.count(), values).select_from(PlacementRequest).where(*conditions)).one()
    direction = column.desc() if descending else column.asc()
    query = select(PlacementRequest.id).where(*conditions)
    ids: list[str] = []
    if offset < valued:
        with_value = query.where(column.is_not(None)) if valued < total else query
        ids += session.scalars(with_value.order_by(direction, PlacementRequest.id).limit(limit).offset(offset))
    if len(ids) < limit and valued < total:
        skipped = max(0, offset - valued)
        rest = query.where(column.is_(None)).order_by(PlacementRequest.changed_at.desc(), PlacementRequest.id)
        ids += session.scalars(rest.limit(limit - len(ids)).offset(skipped))
    return ids, total


def _in_order(rows: list[RequestLine], ids: list[str]) -> list[RequestLine]:
    by_id = {row.id: row for row in rows}
    return [by_id[one] for one in ids]


def _base() -> Select[Any]:
    counted = aliased(RequestChild)
    children = select(func.count()).where(counted.request_id == PlacementRequest.id).scalar_subquery()
    return (
        select(PlacementRequest, Organisation.name, Lot.name, Person.name, children)
        .join(Organisation, Organisation.id == PlacementRequest.organisation_id)
        .join(Person, Person.id == PlacementRequest.created_by)
        .outerjoin(Lot, Lot.id == PlacementRequest.lot_id)
        .join(RequestChild, (RequestChild.request_id == PlacementRequest.id) & (RequestChild.position == 1))
    )


def lines(actor: Actor) -> Select[Any]:
    """The borough's own requests, each with the reference of its (first) child, for `read_lines`."""
    return (
        _base()
        .join(Child, Child.id == RequestChild.child_id)
        .add_columns(Child.reference)
        .where(PlacementRequest.organisation_id == actor.organisation_id)
    )


def read_lines(session: Session, query: Select[Any], *, child: bool = True) -> list[RequestLine]:
    """What a query of `lines` finds, in its order."""
    return [
        RequestLine(
            id=request.id,
            reference=request.reference,
            status=request.status,
            urgency=request.urgency,
            needed_from=request.needed_from,
            offers_close_at=request.offers_close_at,
            published_at=request.published_at,
            changed_at=request.changed_at,
            borough=borough,
            lot_name=lot,
            writer=writer,
            writer_id=request.created_by,
            child_reference=reference if child else None,
            children=children,
            escalated=request.status is RequestStatus.PUBLISHED and request.escalated_at is not None,
        )
        for request, borough, lot, writer, children, reference in session.execute(query)
    ]
