"""What this room holds of a child: the requests that name them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.events import Holding, HoldingsAsked
from app.requests.models import PlacementRequest, RequestChild
from app.requests.status import REQUEST, RequestStatus

OPEN = (RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.APPROVED, RequestStatus.PUBLISHED)
"""Requests that still look for a home. An awarded one lives on as its placement."""


def tell_holdings(session: Session, asked: HoldingsAsked) -> None:
    """Add every request that names one of the records."""
    rows = session.execute(
        select(PlacementRequest, RequestChild.child_id)
        .join(RequestChild, RequestChild.request_id == PlacementRequest.id)
        .where(RequestChild.child_id.in_(asked.child_ids))
        .order_by(PlacementRequest.created_at, PlacementRequest.id)
    )
    asked.found.extend(
        Holding(
            room="requests",
            id=request.id,
            reference=request.reference,
            child_id=child_id,
            status=REQUEST.words[request.status],
            live=request.status in OPEN,
            draft=request.status is RequestStatus.DRAFT,
            looked_after=bool(request.looked_after),
        )
        for request, child_id in rows
    )
    asked.answered.add("requests")
