"""The borough's own services come first: what they answered, whether the market may be asked, and a child placed there.

They stand outside the competition: they make no sealed offer and nobody loses to them. Who is asked, the offers room
works out by the gates; the answers and what follows from them are here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import publish
from app.core.workdays import date_words, deadline_words
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.requests.changes import keep_change
from app.requests.events import InHouseAnswered
from app.requests.models import InHouseAsk, PlacementRequest
from app.requests.moves import for_change, move
from app.requests.queries import request_for
from app.requests.route import coded, route_on
from app.requests.status import REQUEST, ChangeKind, RequestStatus, Siblings
from providers.services.models import Service


class InHouse(StrEnum):
    """Where a request stands with the borough's own services."""

    NOBODY = "nobody"
    WAITING = "waiting"
    CAN = "can"
    CANNOT = "cannot"
    OVER = "over"


@dataclass(frozen=True)
class Asked:
    """One of the borough's own services that was asked, by name, and what it said."""

    ask: InHouseAsk
    service: str


def state_of(request: PlacementRequest, asked: list[Asked], now: dt.datetime) -> InHouse:
    """Nobody to ask; waiting; one that can; all that cannot; or over without every answer."""
    if not asked:
        return InHouse.NOBODY
    if any(one.ask.can_take for one in asked):
        return InHouse.CAN
    if all(one.ask.can_take is False for one in asked):
        return InHouse.CANNOT
    return InHouse.OVER if request.in_house_until is None or request.in_house_until <= now else InHouse.WAITING


def asked_in_house(session: Session, request: PlacementRequest) -> list[Asked]:
    """The services that were asked at the latest approval, by name. The caller has loaded the request as its own."""
    if request.in_house_asked_at is None:
        return []
    rows = session.execute(
        select(InHouseAsk, Service.name)
        .join(Service, Service.id == InHouseAsk.service_id)
        .where(InHouseAsk.request_id == request.id, InHouseAsk.asked_at == request.in_house_asked_at)
        .order_by(Service.name, InHouseAsk.id)
    )
    return [Asked(ask, name) for ask, name in rows]


def must_have_been_first(
    session: Session, request: PlacementRequest, actor: Actor, *, reason: str, now: dt.datetime
) -> None:
    """Invalid at `in_house_reason` where the market is asked although one of the borough's own services can take the
    child, or may still say so, and no reason is given. The reason is kept.
    """
    state = state_of(request, asked_in_house(session, request), now)
    if state in (InHouse.NOBODY, InHouse.CANNOT, InHouse.OVER):
        return
    said = reason.strip()
    if not said and state is InHouse.CAN:
        raise Invalid(
            "One of the council's own services can take the child. Place the child there, or say why not.",
            field="in_house_reason",
        )
    if not said:
        until = deadline_words(request.in_house_until or now, now)
        raise Invalid(
            f"The council's own services can answer until {until}. Wait for them, or say why you do not.",
            field="in_house_reason",
        )
    if len(said) > 2000:
        raise Invalid("The reason must be 2,000 characters or fewer.", field="in_house_reason")
    keep_change(session, request, ChangeKind.IN_HOUSE_CUT_SHORT, now=now, actor=actor, words=said, state=state.value)


def answer_for_own(
    session: Session,
    *,
    actor: Actor,
    ask_id: str,
    can_take: bool,
    can_from: dt.date | None,
    code: str,
    words: str,
    version: int,
    now: dt.datetime,
) -> InHouseAsk:
    """Somebody of the service itself answers. NotFound for another company's."""
    actor.require(Permission.OFFER_WRITE)
    ask = own_ask(session, actor=actor, ask_id=ask_id)
    request = session.get_one(PlacementRequest, ask.request_id, with_for_update=True, populate_existing=True)
    return _answer(session, actor, request, ask, can_take, can_from, code, words, version, now)


def record_answer(
    session: Session,
    *,
    actor: Actor,
    ask_id: str,
    can_take: bool,
    can_from: dt.date | None,
    code: str,
    words: str,
    version: int,
    now: dt.datetime,
) -> InHouseAsk:
    """An officer of the borough writes down what one of its services said, by telephone say."""
    actor.require(Permission.REQUEST_WRITE)
    ask = session.get(InHouseAsk, ask_id)
    if ask is None:
        raise NotFound("question")
    request = for_change(session, actor=actor, request_id=ask.request_id, version=None)
    return _answer(session, actor, request, ask, can_take, can_from, code, words, version, now)


def _answer(
    session: Session,
    actor: Actor,
    request: PlacementRequest,
    ask: InHouseAsk,
    can_take: bool,
    can_from: dt.date | None,
    code: str,
    words: str,
    version: int,
    now: dt.datetime,
) -> InHouseAsk:
    session.refresh(ask)
    if ask.version != version:
        raise Stale("Somebody answered this while you were looking at it. Look at what was said.")
    if request.status is not RequestStatus.APPROVED or ask.asked_at != request.in_house_asked_at:
        raise Conflict("The council no longer asks this: the request has moved on.")
    if can_take:
        if can_from is None:
            raise Invalid("Enter the first day on which the child can come.", field="can_from")
        if can_from < local_date(now):
            raise Invalid("The first day must be today or later.", field="can_from")
        ask.can_from, ask.code, ask.words = can_from, None, words.strip()[:2000] or None
    else:
        why = coded(route_on(session, local_date(now)).in_house_codes, code, "said", message="Choose why not.")
        ask.can_from, ask.code, ask.words = None, why.code, words.strip()[:2000] or None
    ask.can_take, ask.answered_at, ask.answered_by = can_take, now, actor.person_id
    service = session.get_one(Service, ask.service_id).name
    said = f"{service} can take the child from {date_words(can_from)}" if can_from and can_take else f"{service} cannot"
    keep_change(session, request, ChangeKind.IN_HOUSE_ANSWERED, now=now, actor=actor, said=said, code=ask.code)
    publish(session, InHouseAnswered(request.id, ask.id, now))
    return ask


def place_in_house(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    ask_id: str,
    first_day: dt.date,
    version: int,
    now: dt.datetime,
    takes_all: Collection[str] | None = None,
) -> PlacementRequest:
    """The child goes to one of the borough's own services that said it can take the child: the request ends here, and
    the market is not asked. Invalid at `first_day` where that is before the service can.

    A service is asked where it could take one of several children, so their request ends in house only where one could
    take them all: `takes_all` are those services, as the offers room works them out by the gates. Never where the
    children are placed apart. Invalid at `ask_id`.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    REQUEST.require(request.status, RequestStatus.PLACED_IN_HOUSE, f"Request {request.reference}")
    chosen = next((one for one in asked_in_house(session, request) if one.ask.id == ask_id), None)
    if chosen is None or not chosen.ask.can_take or chosen.ask.can_from is None:
        raise Invalid("Choose a service that said it can take the child.", field="ask_id")
    _must_take_all(request, chosen, takes_all or ())
    if first_day < chosen.ask.can_from:
        raise Invalid(
            f"{chosen.service} can take the child from {date_words(chosen.ask.can_from)} on.", field="first_day"
        )
    request.placed_service_id, request.placed_first_day = chosen.ask.service_id, first_day
    said = f"{chosen.service}, from {date_words(first_day)}"
    move(session, request, RequestStatus.PLACED_IN_HOUSE, now=now, actor=actor, reason=said)
    return request


def _must_take_all(request: PlacementRequest, chosen: Asked, takes_all: Collection[str]) -> None:
    if request.siblings is Siblings.APART:
        raise Invalid(
            "The children are placed apart, so one service cannot take them all. Send it back and take a child off, or "
            "publish the request.",
            field="ask_id",
        )
    if request.places > 1 and chosen.ask.service_id not in takes_all:
        raise Invalid(
            f"{chosen.service} cannot take all {request.places} children. Choose another service, or publish the "
            "request.",
            field="ask_id",
        )


def own_ask(session: Session, *, actor: Actor, ask_id: str) -> InHouseAsk:
    """A question to a service of the actor's own company that the borough still asks or that it answered; NotFound for
    any other, and once the request has moved on without it.
    """
    return own_ask_line(session, actor=actor, ask_id=ask_id).ask


@dataclass(frozen=True)
class OwnAsk:
    """A question to one of the actor's company's services: of which request and borough, and until when."""

    ask: InHouseAsk
    service: str
    borough: str
    request: PlacementRequest


def own_asks(session: Session, *, actor: Actor, limit: int = 100) -> list[OwnAsk]:
    """What the borough asks the actor's company now, the first to end first."""
    rows = session.execute(_own_asks(actor).order_by(PlacementRequest.in_house_until, InHouseAsk.id).limit(limit))
    return [OwnAsk(*row) for row in rows]


def own_ask_line(session: Session, *, actor: Actor, ask_id: str) -> OwnAsk:
    """One of `own_asks`, however many there are. What `own_ask` says holds here."""
    row = session.execute(_own_asks(actor).where(InHouseAsk.id == ask_id)).one_or_none()
    if row is None:
        raise NotFound("question")
    return OwnAsk(*row)


def _own_asks(actor: Actor) -> Select[InHouseAsk, str, str, PlacementRequest]:
    actor.require(Permission.OPPORTUNITY_READ)
    return (
        select(InHouseAsk, Service.name, Organisation.name, PlacementRequest)
        .join(PlacementRequest, PlacementRequest.id == InHouseAsk.request_id)
        .join(Service, Service.id == InHouseAsk.service_id)
        .join(Organisation, Organisation.id == PlacementRequest.organisation_id)
        .where(
            InHouseAsk.organisation_id == actor.organisation_id,
            InHouseAsk.asked_at == PlacementRequest.in_house_asked_at,
            PlacementRequest.status == RequestStatus.APPROVED,
        )
    )


def ask_for_borough(session: Session, *, actor: Actor, ask_id: str) -> tuple[InHouseAsk, PlacementRequest, str]:
    """A question about the borough's own request, the request and the service's name. NotFound for another's."""
    ask = session.get(InHouseAsk, ask_id)
    if ask is None:
        raise NotFound("question")
    request = request_for(session, actor=actor, request_id=ask.request_id)
    return ask, request, session.get_one(Service, ask.service_id).name


def note_asked(
    session: Session, request: PlacementRequest, services: list[tuple[str, str]], until: dt.datetime, now: dt.datetime
) -> list[InHouseAsk]:
    """Write down who is asked until when: `services` are the ids of services and of their companies."""
    rows = [
        InHouseAsk(request_id=request.id, service_id=service, organisation_id=company, asked_at=now)
        for service, company in services
    ]
    session.add_all(rows)
    request.in_house_asked_at, request.in_house_until = now, until
    keep_change(session, request, ChangeKind.IN_HOUSE_ASKED, now=now, services=len(rows), until=until.isoformat())
    audit.record(session, now=now, who=None, act="requests.in_house.ask", subject_kind="request", subject_id=request.id)
    return rows
