"""Before publication an officer may include a service that is out only on gates on which people may agree, with a
reason. Nobody can include one that the law, its enrolment or its inspection keeps out.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Delete, delete
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.permissions import Actor, Permission
from app.offers.candidates import Candidates, candidates_of
from app.requests.models import PlacementRequest, RequestInclusion
from app.requests.moves import for_change, required_reason
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from providers.market.models import Lot
from providers.market.queries import lots_of_borough


def preview(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    lot_id: str,
    now: dt.datetime,
    plan: str | None = None,
) -> Candidates:
    """Who would be told of an approved request of the borough's own on a lot, and who would not and why, as publishing
    it now would have it. NotFound for a lot in which the borough takes no part.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = request_for(session, actor=actor, request_id=request_id)
    return candidates_of(
        session, request=request, lot=_lot(session, request, lot_id, now), now=now, vault=vault, plan=plan
    )


def include(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    lot_id: str,
    service_id: str,
    reason: str,
    version: int,
    now: dt.datetime,
) -> RequestInclusion:
    """Have a service told although it fails soft gates. Invalid at `service_id` where it fails a hard one or none, or
    at `reason`; Conflict once the request is no longer waiting for publication.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    _must_wait(request)
    said = required_reason(reason, "Say why this service should be told all the same.")
    found = candidates_of(session, request=request, lot=_lot(session, request, lot_id, now), now=now, vault=vault)
    one = next((one for one in found.all if one.service.service_id == service_id), None)
    if one is None or found.everyone or not one.refusals:
        raise Invalid("Choose a service that would be left out.", field="service_id")
    if not one.can_be_included:
        raise Invalid("This service is out for a reason that nobody can set aside.", field="service_id")
    session.execute(_those(request.id, lot_id, service_id))
    row = RequestInclusion(
        request_id=request.id,
        lot_id=lot_id,
        service_id=service_id,
        reason=said,
        included_by=actor.person_id,
        included_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, actor, request, "include", service_id, now)
    return row


def leave_out(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    lot_id: str,
    service_id: str,
    version: int,
    now: dt.datetime,
) -> None:
    """Take an inclusion back before the request is published."""
    actor.require(Permission.REQUEST_WRITE)
    lot = _lot(session, request_for(session, actor=actor, request_id=request_id), lot_id, now)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    _must_wait(request)
    session.execute(_those(request.id, lot.id, service_id))
    _record(session, actor, request, "leave_out", service_id, now)


def _those(request_id: str, lot_id: str, service_id: str) -> Delete:
    return delete(RequestInclusion).where(
        RequestInclusion.request_id == request_id,
        RequestInclusion.lot_id == lot_id,
        RequestInclusion.service_id == service_id,
    )


def _must_wait(request: PlacementRequest) -> None:
    if request.status is not RequestStatus.APPROVED:
        raise Conflict("Who is told is settled before the request is published.")


def _lot(session: Session, request: PlacementRequest, lot_id: str, now: dt.datetime) -> Lot:
    lots = lots_of_borough(session, request.organisation_id, local_date(now))
    lot = next((one for one in lots if one.id == lot_id), None)
    if lot is None:
        raise NotFound("lot")
    return lot


def _record(
    session: Session, actor: Actor, request: PlacementRequest, act: str, service_id: str, now: dt.datetime
) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"requests.invitation.{act}",
        subject_kind="request",
        subject_id=request.id,
        service_id=service_id,
    )
