"""Whether a service may take part in a request and take its child: what was true when it was ranked may no longer be
(F-14).

Enrolled on the lot, or exempt for this one request (F-16). Asked again at every step that binds somebody: the choice,
the panel's approval, an emergency authority, the award and the start.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.offers.exemptions import is_exempt
from app.offers.models import Exemption, Offer
from app.requests.models import PlacementRequest
from providers.passport.gateway import stopped_by_judgement
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from providers.services.models import Service
from providers.services.queries import is_enrolled


def may_take_part(session: Session, *, request: PlacementRequest, service_id: str) -> bool:
    """Whether a service may be invited to a request, read it, offer for it and take its child."""
    if request.lot_id is None:
        return False
    return is_enrolled(session, service_id, request.lot_id) or is_exempt(
        session, request_id=request.id, service_id=service_id
    )


def must_be_enrolled(session: Session, offer: Offer) -> None:
    """Conflict where the offer's service is no longer enrolled on the request's lot, suspended or removed from it, and
    not exempt for this request either.

    The enrolment, and the exemption where that counts, is shared until this transaction ends, so that a suspension or a
    withdrawal at the same moment either comes first and is seen here, or waits and finds what was decided.
    """
    on_lot = (
        select(Enrolment.id)
        .join(Service, Service.claim_id == Enrolment.claim_id)
        .join(PlacementRequest, PlacementRequest.lot_id == Enrolment.lot_id)
        .where(Service.id == offer.service_id, PlacementRequest.id == offer.request_id)
    )
    enrolled = session.scalar(
        on_lot.where(Enrolment.status == EnrolmentStatus.ENROLLED).with_for_update(read=True, of=Enrolment)
    )
    if enrolled is not None:
        return
    exempt = session.scalar(
        on_lot.join(Exemption, (Exemption.service_id == Service.id) & (Exemption.request_id == PlacementRequest.id))
        .where(Exemption.withdrawn_at.is_(None), stopped_by_judgement())
        .with_for_update(read=True, of=[Enrolment, Exemption])
    )
    if exempt is None:
        raise Conflict("This service is suspended or has left the lot since, so it cannot take the child.")
