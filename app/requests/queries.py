"""Reading requests: the borough's list and desk, one request's story, and the frozen facts for the offers room."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, null, or_, select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.core.errors import NotFound
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from app.requests.models import PlacementRequest, RequestChild, RequestMove
from app.requests.status import REQUEST, RequestStatus, Urgency
from providers.market.models import Lot
from providers.market.status import ServiceType

CLOSED = "closed"
CLOSING_SOON = dt.timedelta(days=2)


@dataclass(frozen=True)
class RequestLine:
    """One request in a list. `child_reference` is None where the reader may know nothing of the child."""

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
class Step:
    """One move of a request: what it became, when, by whom and why."""

    status: RequestStatus
    at: dt.datetime
    person: str | None
    person_id: str | None
    reason: str | None


@dataclass(frozen=True)
class Desk:
    """What a person of a borough must do now, each list the most pressing first."""

    to_approve: list[RequestLine]
    returned: list[RequestLine]
    drafts: list[RequestLine]
    to_publish: list[RequestLine]
    waiting: list[RequestLine]
    closing_soon: list[RequestLine]
    open: list[RequestLine]
    closed: list[RequestLine]


@dataclass(frozen=True)
class PublishedRequest:
    """All that was frozen when a request was published. Needs are 12 scores, None where not measured."""

    id: str
    reference: str
    organisation_id: str
    borough: str
    borough_gss: str | None
    form_version: str
    status: RequestStatus
    urgency: Urgency
    needed_from: dt.date
    expected_weeks: int
    age_weeks: int
    sex: str
    needs: tuple[int | None, ...]
    looked_after: bool
    max_miles: int | None
    places: int
    home_authority_gss: str | None
    lot_id: str
    lot_name: str
    service_type: ServiceType
    published_at: dt.datetime
    offers_close_at: dt.datetime
    weights: dict[str, int]
    evaluation_policy_id: str
    benchmark_pence: int | None
    benchmark_policy_id: str | None
    benchmark_source: str | None
    origin_easting: int
    origin_northing: int
    child_ids: tuple[str, ...]
    request_child_ids: tuple[str, ...]


def request_for(session: Session, *, actor: Actor, request_id: str) -> PlacementRequest:
    """A request of the actor's own borough, or NotFound."""
    request = session.scalar(
        select(PlacementRequest).where(
            PlacementRequest.id == request_id, PlacementRequest.organisation_id == actor.organisation_id
        )
    )
    if request is None:
        raise NotFound("request")
    return request


def children_of_request(session: Session, *, actor: Actor, request_id: str) -> list[Child]:
    """The children whom the borough's own request names, in its order."""
    request = request_for(session, actor=actor, request_id=request_id)
    return list(
        session.scalars(
            select(Child)
            .join(RequestChild, RequestChild.child_id == Child.id)
            .where(RequestChild.request_id == request.id)
            .order_by(RequestChild.position)
        )
    )


def requests_of_child(session: Session, *, actor: Actor, child_id: str) -> list[RequestLine]:
    """The borough's requests for a child, the newest first."""
    query = _lines(actor).where(RequestChild.child_id == child_id)
    return _read(session, query.order_by(PlacementRequest.created_at.desc(), PlacementRequest.id))


_WHOLE_LINE: tuple[Any, ...] = (PlacementRequest, Organisation.name, Lot.name, Person.name)
_ORDERS: dict[str, Any] = {
    "reference": PlacementRequest.reference,
    "needed_from": PlacementRequest.needed_from,
    "offers_close_at": PlacementRequest.offers_close_at,
    "changed_at": PlacementRequest.changed_at,
    "borough": Organisation.name,
    "lot": Lot.name,
}


def requests_of(
    session: Session,
    *,
    actor: Actor,
    now: dt.datetime,
    status: str = "",
    text: str = "",
    order: str = "changed_at",
    descending: bool = True,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[RequestLine], int]:
    """A page of the borough's requests and how many there are. `status` is a status, "closed" for published ones past
    their deadline, or "" for all; `text` is part of a request's or child's reference.
    """
    actor.require(Permission.REQUEST_READ)
    return _page(session, _lines(actor), now, status, text, order, descending, limit, offset)


def market_requests(
    session: Session,
    *,
    actor: Actor,
    now: dt.datetime,
    status: str = "",
    text: str = "",
    order: str = "offers_close_at",
    descending: bool = True,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[RequestLine], int]:
    """A page of every borough's requests that went to the market, for the hub: nothing about the child."""
    actor.require(Permission.MARKET_READ)
    query = _base().add_columns(null().label("child_reference")).where(PlacementRequest.published_at.is_not(None))
    rows, total = _page(session, query, now, status, text, order, descending, limit, offset, child=False)
    return rows, total


def desk(session: Session, *, actor: Actor, now: dt.datetime, limit: int = 20) -> Desk:
    """What this person must do now with the borough's requests."""
    actor.require(Permission.REQUEST_READ)

    def some(*conditions: ColumnElement[bool], order: Any = PlacementRequest.changed_at) -> list[RequestLine]:
        return _read(session, _lines(actor).where(*conditions).order_by(order, PlacementRequest.id).limit(limit))

    status, closes = PlacementRequest.status, PlacementRequest.offers_close_at
    mine = PlacementRequest.created_by == actor.person_id
    moves = select(func.count(RequestMove.id)).where(
        RequestMove.request_id == PlacementRequest.id, RequestMove.to_status == RequestStatus.DRAFT
    )
    came_back = moves.scalar_subquery() > 1
    submitted = some(status == RequestStatus.SUBMITTED, order=PlacementRequest.needed_from)
    own = _submitted_by(session, actor, [one.id for one in submitted])
    may_approve = actor.may(Permission.REQUEST_APPROVE)
    return Desk(
        to_approve=[one for one in submitted if may_approve and one.id not in own],
        waiting=[one for one in submitted if not may_approve or one.id in own],
        returned=some(status == RequestStatus.DRAFT, mine, came_back) if actor.may(Permission.REQUEST_WRITE) else [],
        drafts=some(status == RequestStatus.DRAFT, mine, ~came_back) if actor.may(Permission.REQUEST_WRITE) else [],
        to_publish=some(status == RequestStatus.APPROVED, order=PlacementRequest.needed_from)
        if actor.may(Permission.REQUEST_WRITE)
        else [],
        closing_soon=some(status == RequestStatus.PUBLISHED, closes > now, closes <= now + CLOSING_SOON, order=closes),
        open=some(status == RequestStatus.PUBLISHED, closes > now + CLOSING_SOON, order=closes),
        closed=some(status == RequestStatus.PUBLISHED, closes <= now, order=closes),
    )


def story(session: Session, *, actor: Actor, request_id: str) -> list[Step]:
    """Every move of the borough's own request, the latest first."""
    request = request_for(session, actor=actor, request_id=request_id)
    rows = session.execute(
        select(RequestMove, Person.name)
        .outerjoin(Person, Person.id == RequestMove.person_id)
        .where(RequestMove.request_id == request.id)
        .order_by(RequestMove.position.desc())
    )
    return [Step(move.to_status, move.at, name, move.person_id, move.reason) for move, name in rows]


def published_request(session: Session, request_id: str) -> PublishedRequest:
    """The frozen facts of a published request, for the rooms above, which decide who may see them. NotFound before
    publication.
    """
    row = session.execute(
        select(PlacementRequest, Lot, Organisation)
        .join(Lot, Lot.id == PlacementRequest.lot_id)
        .join(Organisation, Organisation.id == PlacementRequest.organisation_id)
        .where(PlacementRequest.id == request_id, PlacementRequest.published_at.is_not(None))
    ).one_or_none()
    if row is None:
        raise NotFound("request")
    request, lot, borough = row
    facts = {
        name: getattr(request, name)
        for name in PublishedRequest.__dataclass_fields__
        if name in PlacementRequest.__mapper__.columns
    }
    facts |= {"needs": tuple(request.needs or ()), "weights": dict(request.weights or {})}
    return PublishedRequest(
        **facts,
        borough=borough.name,
        borough_gss=borough.gss_code,
        lot_name=lot.name,
        service_type=lot.service_type,
        child_ids=tuple(one.child_id for one in request.children),
        request_child_ids=tuple(one.id for one in request.children),
    )


def _base() -> Select[Any]:
    return (
        select(*_WHOLE_LINE)
        .join(Organisation, Organisation.id == PlacementRequest.organisation_id)
        .join(Person, Person.id == PlacementRequest.created_by)
        .outerjoin(Lot, Lot.id == PlacementRequest.lot_id)
        .join(RequestChild, (RequestChild.request_id == PlacementRequest.id) & (RequestChild.position == 1))
    )


def _lines(actor: Actor) -> Select[Any]:
    """The borough's own requests, each with the reference of its (first) child."""
    return (
        _base()
        .join(Child, Child.id == RequestChild.child_id)
        .add_columns(Child.reference)
        .where(PlacementRequest.organisation_id == actor.organisation_id)
    )


def _page(
    session: Session,
    query: Select[Any],
    now: dt.datetime,
    status: str,
    text: str,
    order: str,
    descending: bool,
    limit: int,
    offset: int,
    child: bool = True,
) -> tuple[list[RequestLine], int]:
    if status == CLOSED:
        query = query.where(PlacementRequest.status == RequestStatus.PUBLISHED, PlacementRequest.offers_close_at <= now)
    elif status in set(RequestStatus):
        query = query.where(PlacementRequest.status == RequestStatus(status))
        if status == RequestStatus.PUBLISHED:
            query = query.where(PlacementRequest.offers_close_at > now)
    if text.strip():
        wanted = text.strip().upper()
        matches = [PlacementRequest.reference.contains(wanted, autoescape=True)]
        query = query.where(or_(*matches, *([Child.reference.contains(wanted, autoescape=True)] if child else [])))
    total = session.scalar(query.with_only_columns(func.count(PlacementRequest.id))) or 0
    column = _ORDERS.get(order, PlacementRequest.changed_at)
    direction = column.desc() if descending else column.asc()
    rows = _read(
        session, query.order_by(direction.nulls_last(), PlacementRequest.id).limit(limit).offset(offset), child=child
    )
    return rows, total


def _read(session: Session, query: Select[Any], *, child: bool = True) -> list[RequestLine]:
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
            escalated=request.status is RequestStatus.PUBLISHED and request.escalated_at is not None,
        )
        for request, borough, lot, writer, reference in session.execute(query)
    ]


def _submitted_by(session: Session, actor: Actor, request_ids: list[str]) -> set[str]:
    """Which of these requests this person was the last to submit."""
    moves = session.execute(
        select(RequestMove.request_id, RequestMove.person_id)
        .where(RequestMove.request_id.in_(request_ids), RequestMove.to_status == RequestStatus.SUBMITTED)
        .order_by(RequestMove.position)
    )
    return {request_id for request_id, person_id in dict(moves.all()).items() if person_id == actor.person_id}
