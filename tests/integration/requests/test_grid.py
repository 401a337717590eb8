"""Every act on a request at every status: done where the table of moves allows it, refused everywhere else."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.core.errors import WrongMove
from app.identity.permissions import Actor
from app.requests import approval, publication, submitting
from app.requests.in_house import place_in_house
from app.requests.models import InHouseAsk, PlacementRequest
from app.requests.status import RequestStatus
from app.requests.unmet import mark_unplaced
from providers.market.models import Lot
from tests.factories.providers import make_enrolled_service
from tests.factories.requests import NOW, VAULT, join, make_approved_request, make_lot, make_published_request

S = RequestStatus
LATER = NOW + dt.timedelta(days=20)
Act = Callable[[Session, PlacementRequest, Actor, Actor, str], object]


def submit(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    submitting.submit(session, actor=officer, vault=VAULT, request_id=request.id, version=request.version, now=NOW)


def approve(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    approval.approve(session, actor=manager, vault=VAULT, request_id=request.id, version=request.version, now=NOW)


def send_back(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    approval.send_back(
        session, actor=manager, request_id=request.id, reason="Say more", version=request.version, now=NOW
    )


def publish(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    publication.publish(
        session,
        actor=officer,
        vault=VAULT,
        request_id=request.id,
        lot_id=lot_id,
        offers_close_at=NOW + dt.timedelta(days=14),
        version=request.version,
        now=NOW,
    )


def withdraw(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    publication.withdraw(
        session, actor=officer, request_id=request.id, reason="Went home", version=request.version, now=LATER
    )


def unplaced(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    mark_unplaced(
        session, actor=officer, request_id=request.id, code="no_offer", words="", version=request.version, now=LATER
    )


def in_house(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    service = make_enrolled_service(session, lot=session.get_one(Lot, lot_id), now=NOW)
    ask = InHouseAsk(
        request_id=request.id, service_id=service.id, organisation_id=service.organisation_id, asked_at=NOW
    )
    ask.can_take, ask.can_from, ask.answered_at = True, NOW.date(), NOW
    request.in_house_asked_at = NOW
    session.add(ask)
    session.flush()
    day = NOW.date()
    place_in_house(
        session,
        actor=officer,
        request_id=request.id,
        ask_id=ask.id,
        first_day=day,
        version=request.version,
        now=NOW,
    )


def award(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    publication.mark_awarded(session, request_id=request.id, person_id=officer.person_id, now=LATER)


def reopen(session: Session, request: PlacementRequest, officer: Actor, manager: Actor, lot_id: str) -> None:
    publication.reopen(session, request_id=request.id, person_id=officer.person_id, reason="Void", now=LATER)


ACTS: dict[str, tuple[Act, set[RequestStatus], RequestStatus]] = {
    "submit": (submit, {S.DRAFT}, S.SUBMITTED),
    "approve": (approve, {S.SUBMITTED}, S.APPROVED),
    "send back": (send_back, {S.SUBMITTED, S.APPROVED}, S.DRAFT),
    "publish": (publish, {S.APPROVED}, S.PUBLISHED),
    "withdraw": (withdraw, {S.DRAFT, S.SUBMITTED, S.APPROVED, S.PUBLISHED}, S.WITHDRAWN),
    "close without a placement": (unplaced, {S.PUBLISHED}, S.UNPLACED),
    "place in house": (in_house, {S.APPROVED}, S.PLACED_IN_HOUSE),
    "award": (award, {S.PUBLISHED}, S.AWARDED),
    "reopen": (reopen, {S.AWARDED}, S.PUBLISHED),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("name", "status"), list(itertools.product(ACTS, S)))
def test_an_act_is_done_or_refused_as_the_table_says(session: Session, name: str, status: RequestStatus) -> None:
    act, allowed, then = ACTS[name]
    lot = make_lot(session)
    request, officer, manager = make_approved_request(session)
    join(session, officer.organisation_id, lot)
    if status in (S.PUBLISHED, S.AWARDED, S.UNPLACED):
        request = make_published_request(session, officer=officer, manager=manager, lot=lot)
    if status is S.UNPLACED:
        request.unmet_code = "no_offer"
    if status is S.PLACED_IN_HOUSE:
        service = make_enrolled_service(session, lot=lot)
        request.placed_service_id, request.placed_first_day = service.id, NOW.date()
    request.status = status
    session.flush()
    if status in allowed:
        act(session, request, officer, manager, lot.id)
        assert request.status is then
    else:
        with pytest.raises(WrongMove):
            act(session, request, officer, manager, lot.id)
        assert request.status is status
