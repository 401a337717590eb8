"""What the panel reads before it decides: the proposed placement, what it costs whom, and how it came to be chosen.

Who the child is stays unknown to the panel: it reads the request as a shortlisted provider does (F-25).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.core.money import accrue
from app.offers.children import children_words, positions_of
from app.offers.decided import Decided, decided
from app.offers.exemptions import Given, exemption_of_offer
from app.offers.explaining import PriceBeside, price_beside
from app.offers.models import Choice, Evaluation, Offer
from app.offers.shortlist import Shortlist, Standing, shortlist_in, standing_of
from app.panels.agenda import is_residential
from app.panels.funding import Share, health_pence_a_year
from app.panels.models import Referral
from app.panels.queries import CaseLine, case_line, payer_names
from app.panels.referrals import prices_of, rules_on, shares_of
from app.panels.status import Element
from app.requests.audiences import SHORTLISTED, SectionView, provider_view
from app.requests.models import PlacementRequest
from app.requests.reach import reach_of_some


@dataclass(frozen=True)
class Papers:
    """A case as the panel reads it. Prices and shares are pence a week for each child. `exemption` is the one by which
    a service that is suspended takes part (F-16). `children` says whom the offer is for where the request has several,
    `apart_because` why they are placed apart although one home could take all of them, `decided` who chose the offer
    and why. `price` has the expected price beside the offer's, and what the company said of a high one; None where
    nothing was expected.
    """

    line: CaseLine
    request: PlacementRequest
    offer: Offer
    sections: list[SectionView]
    prices: dict[Element, int]
    shares: list[Share]
    payers: dict[str, str]
    standing: Standing | None
    offers_ranked: int
    decided: Decided | None
    residential: bool
    review_months: int
    health_pence_a_year: int
    exemption: Given | None
    places: int
    children: str
    apart_because: str
    price: PriceBeside | None

    @property
    def referral(self) -> Referral:
        """The referral itself."""
        return self.line.referral

    @property
    def chosen_because(self) -> str:
        """Why the offer was chosen: the reason and the person's words."""
        return self.decided.said if self.decided else ""

    @property
    def period_pence(self) -> int | None:
        """What the weekly price comes to over the days asked for, in pence; None while they are not known."""
        first, last = self.referral.first_day, self.referral.last_day
        return accrue(self.referral.weekly_pence, first, last) if first and last else None


def children_of_case(session: Session, referral: Referral) -> list[str]:
    """The ids of the children whose papers these are, for the log of who was shown what."""
    request = session.get_one(PlacementRequest, referral.request_id)
    return [one.child_id for one in request.children]


def shortlist_of_case(session: Session, referral: Referral) -> Shortlist | None:
    """The frozen shortlist that the offer of a case was chosen from; None where there is none. The caller has found the
    case within somebody's reach. Nothing in it says who the child is.
    """
    evaluation = session.scalar(select(Evaluation).where(Evaluation.request_id == referral.request_id))
    return shortlist_in(session, evaluation) if evaluation is not None else None


def papers(session: Session, *, vault: Vault, referral: Referral, day: dt.date) -> Papers:
    """The papers of a case that the caller has found within somebody's reach. Whoever shows them logs it first."""
    request = session.get_one(PlacementRequest, referral.request_id)
    offer = session.get_one(Offer, referral.offer_id)
    shares = shares_of(session, referral.id)
    evaluation = session.scalar(select(Evaluation).where(Evaluation.request_id == request.id))
    chosen = session.scalar(
        select(Choice).where(Choice.offer_id == offer.id).order_by(Choice.chosen_at.desc(), Choice.id).limit(1)
    )
    residential = is_residential(session, referral)
    rules = rules_on(session, day)
    standing = standing_of(evaluation, offer.id) if evaluation else None
    return Papers(
        line=case_line(session, referral),
        request=request,
        offer=offer,
        sections=provider_view(
            session,
            vault=vault,
            request=request,
            reach=reach_of_some(request, SHORTLISTED, positions_of(offer.children_key)),
        ),
        prices={element: pence for element, pence in prices_of(offer).items() if pence},
        shares=shares,
        payers=payer_names(session),
        standing=standing,
        offers_ranked=standing.ranked if standing else 0,
        decided=decided(session, chosen) if chosen else None,
        residential=residential,
        review_months=rules.residential_review_months if residential else rules.other_review_months,
        health_pence_a_year=health_pence_a_year(shares),
        exemption=exemption_of_offer(session, offer),
        places=len(positions_of(offer.children_key)),
        children=children_words(offer.children_key, request.places),
        apart_because=(chosen.apart_reason or "") if chosen else "",
        price=price_beside(session, vault=vault, offer=offer),
    )
