"""What a company learns about its own offer once the request is decided: its own scores, and in summary where the
winner was ahead (F-39).

Nobody's name, price, rank or number of offers is in it, and no figure from which one could be worked out.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.permissions import Actor
from app.offers.models import Evaluation, Offer
from app.offers.offering import own_offer
from app.offers.sets import candidate_in
from app.offers.shortlist import PARTS, entries_of
from app.offers.status import OfferStatus
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from matching.rank import PriceFormula, read_market
from matching.rank.explain import NeedLine, PartLine

LEVEL_WITHIN = 10_000
"""Millionths of the total: within one point the winner was about level. A finer figure would give its price away."""


@dataclass(frozen=True)
class OwnResult:
    """An offer's own arithmetic. Contributions are millionths of the total and sum to it.

    `needs` is for the winner alone: need by need it says how this child was measured, which nobody else reads any more.
    `price_kept_back`: price was scored against the lowest one, so that the points for it, and with them the total,
    would say what another company asked; then `total` is None and neither `contributions` nor `parts` hold the price.
    """

    offer: Offer
    total: int | None
    contributions: tuple[tuple[str, int], ...]
    parts: tuple[PartLine, ...]
    needs: tuple[NeedLine, ...]
    refusals: tuple[str, ...]
    flags: tuple[str, ...]
    rate: str
    points_per_pound: Fraction | None
    price_kept_back: bool
    winner: tuple[tuple[str, str], ...]

    @property
    def unmet(self) -> tuple[str, ...]:
        """The names of needs that the service's stated level does not reach."""
        return tuple(line.name for line in self.needs if line.unmet)


def own_result(session: Session, *, actor: Actor, offer_id: str) -> OwnResult | None:
    """The scores of the actor's own offer. None while the request is undecided, and where the offer was not compared.

    NotFound for another company's offer. `winner` is empty for the winner, and where nobody won.
    """
    offer = own_offer(session, actor=actor, offer_id=offer_id)
    request = session.get_one(PlacementRequest, offer.request_id)
    decided = offer.status in (OfferStatus.WON, OfferStatus.LOST) or request.status is RequestStatus.UNPLACED
    evaluation = session.scalar(select(Evaluation).where(Evaluation.request_id == offer.request_id))
    if not decided or evaluation is None:
        return None
    market = read_market(evaluation.record["market"])
    own = next((entry for entry in entries_of(session, evaluation, market) if entry.offer.id == offer.id), None)
    if own is None:
        return None
    kept_back = market.policy.price_formula is PriceFormula.LOWEST_RATIO
    shown = [name for name, _ in PARTS if not (kept_back and name == "price")]
    given = [(words, getattr(own.candidate.contributions, name)) for name, words in PARTS if name in shown]
    return OwnResult(
        offer=offer,
        total=None if kept_back else own.candidate.total,
        contributions=tuple(given),
        parts=tuple(line for line in own.explanation.parts if line.part in shown),
        needs=own.explanation.needs if offer.status is OfferStatus.WON else (),
        refusals=own.reasons,
        flags=own.explanation.flags,
        rate=own.explanation.rate,
        points_per_pound=own.explanation.points_per_pound,
        price_kept_back=kept_back,
        winner=_winner(session, evaluation, given, offer),
    )


def _winner(
    session: Session, evaluation: Evaluation, mine: list[tuple[str, int]], offer: Offer
) -> tuple[tuple[str, str], ...]:
    """For each part, whether the winner was ahead, behind or about level. An offer is compared only with one for the
    same children, so where that did not win there is nothing to say.
    """
    if offer.status is not OfferStatus.LOST:
        return ()
    winner_id = session.scalar(
        select(Offer.id).where(
            Offer.request_id == offer.request_id,
            Offer.status == OfferStatus.WON,
            Offer.children_key == offer.children_key,
        )
    )
    found = candidate_in(evaluation.record, winner_id) if winner_id is not None else None
    if found is None:
        return ()
    theirs, names = found[0]["contributions"], {words: name for name, words in PARTS}
    return tuple((words, _beside(theirs[names[words]] - given)) for words, given in mine)


def _beside(ahead: int) -> str:
    if abs(ahead) <= LEVEL_WITHIN:
        return "About level with yours"
    return "Scored higher than yours" if ahead > 0 else "Scored lower than yours"
