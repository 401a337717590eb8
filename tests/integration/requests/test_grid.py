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
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
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
    publication.mark_unplaced(
        session, actor=officer, request_id=request.id, reason="No offer", version=request.version, now=LATER
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
    request.status = status
    session.flush()
    if status in allowed:
        act(session, request, officer, manager, lot.id)
        assert request.status is then
    else:
        with pytest.raises(WrongMove):
            act(session, request, officer, manager, lot.id)
        assert request.status is status
