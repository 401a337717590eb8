"""E-mails to the borough about the offers of its request: they are ranked, or a service behind them was suspended or
removed.

They are reactions: `app/wiring.py` gives them the public address. No message names a service, a price or a child.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.identity.models import Person
from app.identity.service_keys import reader_of_mail
from app.offers.events import ShortlistFrozen
from app.offers.models import Evaluation, Invitation, Offer
from app.offers.status import OfferStatus
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from notifications import messages
from notifications.outbox import queue
from providers.passport.events import EnrolmentRemoved, EnrolmentSuspended
from providers.services.models import Service


def tell_shortlist(session: Session, event: ShortlistFrozen, *, base_url: str) -> None:
    """Write to whoever started the request that its offers are opened and ranked."""
    request = session.get_one(PlacementRequest, event.request_id)
    queue(
        session,
        key=f"shortlist.ready:{event.evaluation_id}",
        address=_writer(session, request),
        message=messages.shortlist_ready(request.reference, _link(base_url, request)),
        now=event.now,
    )


def flag_suspended(session: Session, event: EnrolmentSuspended | EnrolmentRemoved, *, base_url: str) -> int:
    """Tell every borough that is deciding between offers, one of which is of the suspended or removed service: an
    e-mail to whoever started the request. Returns how many requests were flagged.
    """
    requests = requests_concerned(session, claim_id=event.claim_id, lot_id=event.lot_id)
    removed = isinstance(event, EnrolmentRemoved)
    what = "removed" if removed else "suspended"
    for request in requests:
        queue(
            session,
            key=f"service.{what}:{event.enrolment_id}:{event.at.isoformat()}:{request.id}",
            address=_writer(session, request),
            message=messages.service_suspended(request.reference, _link(base_url, request), removed),
            now=event.at,
        )
    return len(requests)


def requests_concerned(session: Session, *, claim_id: str, lot_id: str) -> Sequence[PlacementRequest]:
    """The requests that the suspension of a service on a lot concerns.

    While offers are sealed nobody learns who offered. So each request that the service was invited to is flagged
    then, whether it offered or not; once they are open, only where its offer is undecided or preferred.
    """
    opened = exists().where(Evaluation.request_id == PlacementRequest.id)
    told = exists().where(Invitation.request_id == PlacementRequest.id, Invitation.service_id == Service.id)
    undecided = exists().where(
        Offer.request_id == PlacementRequest.id,
        Offer.service_id == Service.id,
        Offer.status.in_([OfferStatus.SUBMITTED, OfferStatus.PREFERRED]),
    )
    return session.scalars(
        select(PlacementRequest)
        .join(Service, Service.claim_id == claim_id)
        .where(
            PlacementRequest.lot_id == lot_id,
            PlacementRequest.status == RequestStatus.PUBLISHED,
            or_(undecided, and_(~opened, told)),
        )
        .order_by(PlacementRequest.id)
    ).all()


def _writer(session: Session, request: PlacementRequest) -> str:
    return reader_of_mail(session, session.get_one(Person, request.created_by)).email


def _link(base_url: str, request: PlacementRequest) -> str:
    return f"{base_url}/borough/requests/{request.id}/offers"
