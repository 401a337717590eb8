"""Reading requests: the borough's list and desk, one request's story, and the frozen facts for the offers room."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from app.children.models import Child
from app.core.errors import NotFound
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from app.requests.approval import within_reach
from app.requests.lists import RequestLine, lines, read_lines, theirs
from app.requests.models import PlacementRequest, RequestChild, RequestMove
from app.requests.status import RequestStatus, Urgency
from providers.market.models import Lot
from providers.market.status import ServiceType

CLOSING_SOON = dt.timedelta(days=2)


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


def desk(session: Session, *, actor: Actor, now: dt.datetime, limit: int = 20) -> Desk:
    """What this person must do now with the borough's requests."""
    actor.require(Permission.REQUEST_READ)

    def some(*conditions: ColumnElement[bool], order: Any = PlacementRequest.changed_at) -> list[RequestLine]:
        return read_lines(session, lines(actor).where(*conditions).order_by(order, PlacementRequest.id).limit(limit))

    status, closes = PlacementRequest.status, PlacementRequest.offers_close_at
    mine = theirs(actor)
    moves = select(func.count(RequestMove.id)).where(
        RequestMove.request_id == PlacementRequest.id, RequestMove.to_status == RequestStatus.DRAFT
    )
    came_back = moves.scalar_subquery() > 1
    submitted = some(status == RequestStatus.SUBMITTED, order=PlacementRequest.needed_from)
    reach = _within_reach(session, actor, [one.id for one in submitted], now)
    return Desk(
        to_approve=[one for one in submitted if one.id in reach],
        waiting=[one for one in submitted if one.id not in reach],
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


def _within_reach(session: Session, actor: Actor, request_ids: list[str], now: dt.datetime) -> set[str]:
    """Which of these submitted requests this person may approve, by a limit of their own or of whom they cover."""
    if not actor.may(Permission.REQUEST_APPROVE) or not request_ids:
        return set()
    rows = session.scalars(
        select(PlacementRequest)
        .where(PlacementRequest.id.in_(request_ids))
        .options(selectinload(PlacementRequest.children))
        .order_by(PlacementRequest.id)
    ).all()
    return within_reach(session, actor=actor, requests=rows, now=now)
