"""The ways there still are to place the children of a request: from its frozen shortlist, and from what has been chosen
and awarded since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.offers.children import all_positions, positions_of
from app.offers.models import Evaluation, Offer
from app.offers.plans import Option, Plans, all_plans, level_with_first
from app.offers.sets import candidate_in
from app.offers.status import OfferStatus, Situation
from app.requests.models import PlacementRequest

OPEN = (OfferStatus.SUBMITTED, OfferStatus.PREFERRED)


@dataclass(frozen=True)
class Planning:
    """What can be chosen from now: `children` are those that are still to be placed, `placed` those for whom an offer
    has won. `tie_band` is the frozen policy's, in millionths: plans so near the first are level with it.
    """

    children: tuple[int, ...]
    placed: tuple[int, ...]
    options: tuple[Option, ...]
    found: Plans
    tie_band: int

    def situation(self, offer_ids: Iterable[str]) -> Situation:
        """Where the plan of these offers stands to the order of plans."""
        plan = self.found.of(offer_ids)
        level = level_with_first(self.found.plans, self.tie_band)
        if plan is None or plan not in level:
            return Situation.DEPARTS
        return Situation.TIED if len(level) > 1 else Situation.FOLLOWS


def planning_of(session: Session, request: PlacementRequest, evaluation: Evaluation) -> Planning:
    """Every plan for the children who are still to be placed. The caller has checked who may see it.

    Only offers that passed every gate when the shortlist was frozen are in it. The places of a service are those of
    the frozen record, less what has been awarded out of them for this request since.
    """
    offers = session.scalars(select(Offer).where(Offer.request_id == request.id).order_by(Offer.id)).all()
    won = [offer for offer in offers if offer.status is OfferStatus.WON]
    placed = placed_by(won)
    children = tuple(position for position in all_positions(request) if position not in placed)
    taken: dict[str, int] = {}
    for offer in won:
        taken[offer.service_id] = taken.get(offer.service_id, 0) + len(positions_of(offer.children_key))
    places = {service["id"]: int(service["places"]) for service in evaluation.record["market"]["services"]}
    options = [
        option
        for offer in offers
        if offer.status in OPEN and (option := _option(offer, evaluation, places, taken)) is not None
    ]
    band = int(evaluation.record["market"]["policy"]["tie_band"])
    return Planning(children, placed, tuple(options), all_plans(options, children, request.siblings), band)


def placed_by(won: Iterable[Offer]) -> tuple[int, ...]:
    """The children for whom an offer has won, by position."""
    return tuple(sorted({position for offer in won for position in positions_of(offer.children_key)}))


def home_of(offer: Offer) -> str:
    """What two opened offers share that lead to one door: the service and the place. A place that is not known is
    nobody else's.
    """
    if offer.place_easting is None or offer.place_northing is None:
        return f"{offer.service_id}:{offer.id}"
    return f"{offer.service_id}:{offer.place_easting}:{offer.place_northing}"


def _option(offer: Offer, evaluation: Evaluation, places: Mapping[str, int], taken: Mapping[str, int]) -> Option | None:
    found = candidate_in(evaluation.record, offer.id)
    if found is None or found[0]["rank"] is None:
        return None
    candidate, _ = found
    return Option(
        offer_id=offer.id,
        children=frozenset(positions_of(offer.children_key)),
        total=candidate["total"],
        weekly_pence=offer.payable_pence,
        service=offer.service_id,
        home=home_of(offer),
        places=places[candidate["service"]] - taken.get(offer.service_id, 0),
    )
