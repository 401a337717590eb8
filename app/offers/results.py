"""What a company learns about its own offer once the request is decided: its own scores, and in summary where the
winner was ahead (F-39).

Nobody's name, price, rank or number of offers is in it, and no figure from which one could be worked out.
"""

from __future__ import annotations

from dataclasses import dataclass

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
from matching.rank import read_market
from matching.rank.explain import NeedLine, PartLine

LEVEL_WITHIN = 10_000
"""Millionths of the total: within one point the winner was about level. A finer figure would give its price away."""


@dataclass(frozen=True)
class OwnResult:
    """An offer's own arithmetic. Contributions are millionths of the total and sum to it.

    `needs` is for the winner alone: need by need it says how this child was measured, which nobody else reads any more.
    """

    offer: Offer
    total: int
    contributions: tuple[tuple[str, int], ...]
    parts: tuple[PartLine, ...]
    needs: tuple[NeedLine, ...]
    refusals: tuple[str, ...]
    flags: tuple[str, ...]
    rate: str
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
    return OwnResult(
        offer=offer,
        total=own.candidate.total,
        contributions=tuple(own.contributions),
        parts=own.explanation.parts,
        needs=own.explanation.needs if offer.status is OfferStatus.WON else (),
        refusals=own.reasons,
        flags=own.explanation.flags,
        rate=own.explanation.rate,
        winner=_winner(session, evaluation, own.contributions, offer),
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
    theirs = found[0]["contributions"]
    return tuple((words, _beside(theirs[name] - given)) for (name, words), (_, given) in zip(PARTS, mine, strict=True))


def _beside(ahead: int) -> str:
    if abs(ahead) <= LEVEL_WITHIN:
        return "About level with yours"
    return "Scored higher than yours" if ahead > 0 else "Scored lower than yours"
