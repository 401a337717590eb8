"""Which published requests nobody has decided yet, and which places nobody holds. Pages ask this too, to say whether a
proposal still holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.offers.children import all_positions, positions_of
from app.offers.holds import held_places
from app.offers.joint.rules import JointRules
from app.offers.models import Evaluation, Offer
from app.offers.status import OfferStatus
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus, Siblings
from providers.market.models import Lot
from providers.services.models import Service

DECIDED = (OfferStatus.PREFERRED, OfferStatus.WON)


@dataclass(frozen=True)
class Undecided:
    """A published request with the children for whom nothing is decided: `left` are their positions."""

    request: PlacementRequest
    evaluation_id: str | None
    left: tuple[int, ...]

    @property
    def apart(self) -> bool:
        """Whether its children go to different homes by its own terms, which one plan over services cannot see."""
        return self.request.siblings is Siblings.APART and len(self.left) > 1


def undecided(session: Session, rules: JointRules) -> list[Undecided]:
    """Every borough's published requests on the lots of the policy for which somebody is still to be decided, by id."""
    requests = session.scalars(
        select(PlacementRequest)
        .join(Lot, Lot.id == PlacementRequest.lot_id)
        .where(PlacementRequest.status == RequestStatus.PUBLISHED, Lot.service_type.in_(rules.service_types))
        .order_by(PlacementRequest.id)
        .options(selectinload(PlacementRequest.children))
    ).all()
    frozen = dict(
        session.execute(
            select(Evaluation.request_id, Evaluation.id).where(Evaluation.request_id.in_([one.id for one in requests]))
        ).all()
    )
    decided: dict[str, set[int]] = {}
    for request_id, key in session.execute(
        select(Offer.request_id, Offer.children_key).where(
            Offer.request_id.in_(list(frozen)), Offer.status.in_(DECIDED)
        )
    ):
        decided.setdefault(request_id, set()).update(positions_of(key))
    found = []
    for request in requests:
        gone = decided.get(request.id, set())
        left = tuple(position for position in all_positions(request) if position not in gone)
        if left:
            found.append(Undecided(request, frozen.get(request.id), left))
    return found


def free_places(session: Session, service_ids: Iterable[str], now: dt.datetime) -> dict[str, int]:
    """The places of services that are free and that nobody holds."""
    wanted = set(service_ids)
    held = held_places(session, wanted, now=now)
    rows = session.execute(select(Service.id, Service.places_free).where(Service.id.in_(wanted)).order_by(Service.id))
    return {service_id: max(0, free - held.get(service_id, 0)) for service_id, free in rows}
