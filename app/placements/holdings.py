"""What this room holds of a child: their placements."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.events import Holding, HoldingsAsked
from app.placements.models import Placement
from app.placements.status import PLACEMENT, PlacementStatus
from providers.market.models import Lot
from providers.market.status import Strand


def tell_holdings(session: Session, asked: HoldingsAsked) -> None:
    """Add every placement of one of the records. One that was cancelled looked after nobody."""
    rows = session.execute(
        select(Placement, Lot.strand)
        .join(Lot, Lot.id == Placement.lot_id)
        .where(Placement.child_id.in_(asked.child_ids))
        .order_by(Placement.created_at, Placement.id)
    )
    asked.found.extend(
        Holding(
            room="placements",
            id=placement.id,
            reference=placement.reference,
            child_id=placement.child_id,
            status=PLACEMENT.words[placement.status],
            live=placement.status in (PlacementStatus.AWAITING_START, PlacementStatus.LIVE),
            looked_after=strand is Strand.LOOKED_AFTER and placement.status is not PlacementStatus.CANCELLED,
        )
        for placement, strand in rows
    )
    asked.answered.add("placements")
