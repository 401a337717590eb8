"""Asking the borough's own services first: as soon as a request is approved, those that could take the child (by the
gates) are asked, for as long as the policy gives them. When that is over, whoever wrote the request is told.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core import jobs
from app.core.clock import local_date
from app.core.crypto import Vault
from app.identity.models import Person
from app.identity.permissions import Actor
from app.identity.service_keys import reader_of_mail
from app.offers.candidates import fitting, sentence_of
from app.requests.events import InHouseAnswered, RequestApproved
from app.requests.in_house import InHouse, asked_in_house, note_asked, place_in_house, state_of
from app.requests.models import InHouseAsk, PlacementRequest
from app.requests.queries import request_for
from app.requests.route import Route, route_on
from app.requests.status import RequestStatus, Urgency
from matching.rank import Refusal
from notifications import messages
from notifications.outbox import queue
from providers.market.queries import lots_of_borough
from providers.market.status import ServiceType
from providers.services.models import Service
from providers.services.queries import EnrolledService, in_house_services

END_WINDOW = "end_in_house_window"


def ask_in_house(session: Session, event: RequestApproved, *, vault: Vault, base_url: str) -> int:
    """The reaction to an approval: ask every one of the borough's own services that could take the child. Returns how
    many; none where the urgency has no window. A request that follows another is not asked about again.
    """
    request = session.get_one(PlacementRequest, event.request_id)
    route = route_on(session, local_date(event.now))
    until = route.in_house_window(request.urgency or Urgency.PLANNED, event.now)
    if until is None or request.follows_id is not None:
        return 0
    asked = [service for service, out in own_services(session, request, route, vault=vault, now=event.now) if not out]
    if not asked:
        return 0
    rows = note_asked(session, request, [(one.service_id, one.organisation_id) for one in asked], until, event.now)
    jobs.schedule(
        session,
        kind=END_WINDOW,
        key=f"{request.id}:{event.now.isoformat()}",
        payload={"request_id": request.id, "asked_at": event.now.isoformat()},
        due_at=until,
    )
    for row, service in zip(rows, asked, strict=True):
        link = f"{base_url}/provider/in-house/{row.id}"
        message = messages.in_house_asked(request.reference, service.name, until, link)
        queue(session, key=f"in_house.asked:{row.id}", address=service.alert_email, message=message, now=event.now)
    return len(rows)


def own_services(
    session: Session,
    request: PlacementRequest,
    route: Route,
    *,
    vault: Vault,
    now: dt.datetime,
    all_children: bool = False,
) -> list[tuple[EnrolledService, tuple[Refusal, ...]]]:
    """The borough's own services on the lots in which it takes part, by name, each with the gates that keep it from
    being asked: of a service on several lots, those of the lot that it fits best. With `all_children`, those that keep
    it from taking all of them. The caller has loaded the request.
    """
    today = local_date(now)
    lots = [
        lot
        for lot in lots_of_borough(session, request.organisation_id, today)
        if lot.service_type is not ServiceType.SUPPORT_PACKAGE
    ]
    services = in_house_services(session, request.organisation_id, [lot.id for lot in lots], today)
    best: dict[str, tuple[EnrolledService, tuple[Refusal, ...]]] = {}
    for lot in lots:
        here = [one for one in services if one.lot_id == lot.id]
        if not here:
            continue
        for service, out in fitting(
            session,
            request=request,
            lot=lot,
            services=here,
            now=now,
            vault=vault,
            passing_over=route.passes_over,
            all_children=all_children,
        ):
            known = best.get(service.service_id)
            if known is None or len(out) < len(known[1]):
                best[service.service_id] = (service, out)
    return sorted(best.values(), key=lambda one: (one[0].name, one[0].service_id))


def place_with_own(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    ask_id: str,
    first_day: dt.date,
    version: int,
    now: dt.datetime,
) -> PlacementRequest:
    """As `place_in_house`, for one child or for several: only a service that could take them all can."""
    request = request_for(session, actor=actor, request_id=request_id)
    takes_all: set[str] = set()
    if request.places > 1:
        route = route_on(session, local_date(now))
        found = own_services(session, request, route, vault=vault, now=now, all_children=True)
        takes_all = {service.service_id for service, out in found if not out}
    return place_in_house(
        session,
        actor=actor,
        request_id=request_id,
        ask_id=ask_id,
        first_day=first_day,
        version=version,
        now=now,
        takes_all=takes_all,
    )


def why_not_asked(
    session: Session, request: PlacementRequest, *, vault: Vault, now: dt.datetime
) -> list[tuple[str, list[str]]]:
    """The borough's own services that could not take the child, by name, and why. The caller has loaded the request."""
    route = route_on(session, local_date(now))
    found = own_services(session, request, route, vault=vault, now=now)
    return [(service.name, [sentence_of(one) for one in out]) for service, out in found if out]


def end_window(session: Session, *, request_id: str, asked_at: dt.datetime, now: dt.datetime, base_url: str) -> bool:
    """The job at the end of a window: tell whoever wrote the request, unless it has moved on or every service answered
    before. Returns whether somebody was told.
    """
    request = session.get_one(PlacementRequest, request_id)
    if request.status is not RequestStatus.APPROVED or request.in_house_asked_at != asked_at:
        return False
    if state_of(request, asked_in_house(session, request), now) is not InHouse.OVER:
        return False
    writer = reader_of_mail(session, session.get_one(Person, request.created_by))
    message = messages.in_house_over(request.reference, f"{base_url}/borough/requests/{request.id}/publish")
    key = f"in_house.over:{request.id}:{asked_at.isoformat()}"
    return queue(session, key=key, address=writer.email, message=message, now=now) is not None


def tell_answer(session: Session, event: InHouseAnswered, *, base_url: str) -> None:
    """Write to whoever wrote the request that one of the borough's own services answered, unless they recorded it."""
    request = session.get_one(PlacementRequest, event.request_id)
    ask = session.get_one(InHouseAsk, event.ask_id)
    writer = reader_of_mail(session, session.get_one(Person, request.created_by))
    if ask.answered_by == writer.id:
        return
    service = session.get_one(Service, ask.service_id).name
    link = f"{base_url}/borough/requests/{request.id}/in-house"
    message = messages.in_house_answered(request.reference, service, bool(ask.can_take), link)
    queue(session, key=f"in_house.answered:{ask.id}", address=writer.email, message=message, now=event.now)
