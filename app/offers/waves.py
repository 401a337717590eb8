"""Waves of invitations: what is written down at publication, and opening the next one, at its time or by an officer.

Who is in a later wave is worked out when it opens: whoever was suspended meanwhile is not told, and whoever has a free
place again is. All who are invited have the same deadline, so it moves for everybody where too little is left (F-34).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.clock import local_date
from app.core.errors import Conflict
from app.identity.permissions import Actor, Permission
from app.offers.alerting import tell_candidates
from app.offers.candidates import Candidates, candidates_of
from app.offers.models import Invitation
from app.requests.changes import keep_change
from app.requests.extending import leave_enough, must_be_open
from app.requests.models import PlacementRequest, RequestWave
from app.requests.moves import for_change
from app.requests.queries import request_for
from app.requests.route import route_on
from app.requests.status import ChangeKind, RequestStatus, Urgency
from providers.market.models import Lot

OPEN_WAVE = "open_wave"


def plan_waves(session: Session, request: PlacementRequest, found: Candidates, now: dt.datetime) -> None:
    """Write down the waves in which somebody is told: the first opens now, each later one at its time."""
    route = route_on(session, local_date(now))
    for number, tier in enumerate(found.tiers, start=1):
        opens_at = route.opens(found.plan, request.urgency or Urgency.PLANNED, number, now)
        wave = RequestWave(
            request_id=request.id, number=number, tier=tier, opens_at=opens_at, opened_at=now if number == 1 else None
        )
        session.add(wave)
        session.flush()
        if number > 1:
            jobs.schedule(session, kind=OPEN_WAVE, key=wave.id, payload={"wave_id": wave.id}, due_at=opens_at)


def waves_of(session: Session, *, actor: Actor, request_id: str) -> list[RequestWave]:
    """The waves of the borough's own request, in order."""
    actor.require(Permission.REQUEST_READ)
    request = request_for(session, actor=actor, request_id=request_id)
    return list(
        session.scalars(select(RequestWave).where(RequestWave.request_id == request.id).order_by(RequestWave.number))
    )


def next_wave(session: Session, request_id: str) -> RequestWave | None:
    """The first wave of a request that has not opened. The caller has loaded the request as its borough's."""
    return session.scalar(
        select(RequestWave)
        .where(RequestWave.request_id == request_id, RequestWave.opened_at.is_(None))
        .order_by(RequestWave.number)
        .limit(1)
    )


def open_next(session: Session, *, actor: Actor, request_id: str, version: int, now: dt.datetime, base_url: str) -> int:
    """An officer opens the next wave before its time. Conflict where there is none, or the deadline has passed. Returns
    how many services are told.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    must_be_open(request, now)
    wave = next_wave(session, request.id)
    if wave is None:
        raise Conflict("Everybody who is to be told has been told.")
    return _open(session, request, wave, now=now, base_url=base_url, actor=actor)


def open_due(session: Session, *, wave_id: str, now: dt.datetime, base_url: str) -> int:
    """The job at a wave's time. Nothing where an officer opened it before, or the request has ended or closed."""
    wave = session.get_one(RequestWave, wave_id)
    request = session.get_one(PlacementRequest, wave.request_id, with_for_update=True, populate_existing=True)
    session.refresh(wave)
    closed = request.offers_close_at is None or request.offers_close_at <= now
    if wave.opened_at is not None or request.status is not RequestStatus.PUBLISHED or closed:
        return 0
    return _open(session, request, wave, now=now, base_url=base_url)


def _open(
    session: Session,
    request: PlacementRequest,
    wave: RequestWave,
    *,
    now: dt.datetime,
    base_url: str,
    actor: Actor | None = None,
) -> int:
    found = candidates_of(session, request=request, lot=session.get_one(Lot, request.lot_id), now=now)
    before = set(session.scalars(select(Invitation.service_id).where(Invitation.request_id == request.id)))
    chosen = [one for one in found.invited if one.tier <= wave.tier and one.service.service_id not in before]
    if chosen:
        why = "More services are told now, so that everybody has the same time."
        leave_enough(session, request, route_on(session, local_date(now)), why=why, now=now, actor=actor)
    told = tell_candidates(session, request, found.lot, chosen, wave=wave.number, now=now, base_url=base_url)
    wave.opened_at, wave.opened_by = now, actor.person_id if actor else None
    keep_change(session, request, ChangeKind.WAVE_OPENED, now=now, actor=actor, wave=wave.number, services=told)
    return told
