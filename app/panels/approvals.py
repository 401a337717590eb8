"""Whether an offer still stands before a panel, and whether what a panel approved can still lead to an award."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.offers.models import Offer
from app.offers.queries import live_hold
from app.offers.status import OfferStatus
from app.panels.models import Authority, PanelDecision, Referral
from app.panels.status import AuthorityStatus, Outcome, ReferralStatus
from app.requests.models import PlacementRequest


def lock_request(session: Session, request_id: str) -> PlacementRequest:
    """The request of a case, which nobody else changes until this transaction ends.

    Every act on a case takes the request first and its own rows after, so that no two acts wait for each other.
    """
    request = session.get_one(PlacementRequest, request_id)
    session.refresh(request, with_for_update=True)
    return request


def stands(session: Session, offer: Offer, now: dt.datetime) -> bool:
    """Whether an offer can be put to a panel: it holds its places, or an emergency award has taken them already."""
    if offer.status is OfferStatus.WON:
        return True
    return offer.status is OfferStatus.PREFERRED and live_hold(session, offer.id, now) is not None


def approval_in_play(session: Session, offer: Offer, now: dt.datetime) -> PanelDecision | None:
    """The panel's latest approval of an offer, where it can still lead to an award; None where the case may go to the
    panel again: nobody approved it, the authority ended unused, or the places were let go before everybody had signed.
    """
    decision = session.scalar(
        select(PanelDecision)
        .where(PanelDecision.offer_id == offer.id, PanelDecision.outcome == Outcome.APPROVE)
        .order_by(PanelDecision.recorded_at.desc(), PanelDecision.id.desc())
        .limit(1)
    )
    if decision is None:
        return None
    today = local_date(now)
    authority = session.scalar(select(Authority).where(Authority.decision_id == decision.id))
    if authority is not None:
        live = authority.status is AuthorityStatus.LIVE
        return decision if live and (authority.last_day >= today or offer.status is OfferStatus.WON) else None
    return decision if can_be_completed(session, decision, now) else None


def can_be_completed(session: Session, decision: PanelDecision, now: dt.datetime) -> bool:
    """Whether signatures can still make an authority of an approval: its days lie ahead, no later referral of the
    offer has taken its place, and the places that it was given for have been held ever since.
    """
    if decision.offer_id is None or decision.last_day is None or decision.last_day < local_date(now):
        return False
    newest = session.scalar(
        select(Referral.id)
        .where(Referral.offer_id == decision.offer_id, Referral.status != ReferralStatus.WITHDRAWN)
        .order_by(Referral.created_at.desc(), Referral.id.desc())
        .limit(1)
    )
    if newest != decision.referral_id:
        return False
    offer = session.get_one(Offer, decision.offer_id)
    if offer.status is OfferStatus.WON:
        return True
    hold = live_hold(session, offer.id, now) if offer.status is OfferStatus.PREFERRED else None
    return hold is not None and hold.held_at <= decision.recorded_at
