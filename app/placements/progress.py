"""Where a published request stands between its deadline and the child's first day: the one thing that must happen next.

Derived from what the rooms hold; nothing of it is stored.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.identity.permissions import Actor
from app.meetings.models import Meeting
from app.offers.children import all_positions, positions_of
from app.offers.models import Evaluation, Offer
from app.offers.planning import placed_by
from app.offers.queries import chosen_offers, live_hold
from app.offers.status import OfferStatus
from app.panels.approvals import approval_in_play
from app.panels.authorities import usable_authority
from app.panels.decisions import outstanding
from app.panels.models import PanelDecision, Referral
from app.panels.status import Outcome, ReferralStatus
from app.placements.models import Placement
from app.placements.queries import location_of, placements_of_request
from app.placements.status import ApprovalStatus, PlacementStatus
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus


class Stand(StrEnum):
    """What must happen next."""

    OPEN_OFFERS = "open_offers"
    CHOOSE = "choose"
    REFER = "refer"
    COMPLETE_REFERRAL = "complete_referral"
    MEET = "meet"
    DECIDE_AGAIN = "decide_again"
    SIGN = "sign"
    AWARD = "award"
    APPROVE_LOCATION = "approve_location"
    START = "start"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Progress:
    """The next thing, by when where there is a day, and who is still to act in words. `placed` are how many of the
    request's `children` have an award.
    """

    stand: Stand
    by: dt.datetime | None = None
    on: dt.date | None = None
    who: str = ""
    placed: int = 0
    children: int = 1


def progress_of(session: Session, *, actor: Actor, request: PlacementRequest, now: dt.datetime) -> Progress:
    """What must happen next with a request of the actor's own borough whose deadline has passed."""
    if request.status is RequestStatus.AWARDED:
        return _placed(placements_of_request(session, actor=actor, request_id=request.id), session)
    if session.scalar(select(Evaluation.id).where(Evaluation.request_id == request.id)) is None:
        return Progress(Stand.OPEN_OFFERS)
    chosen = chosen_offers(session, actor=actor, request_id=request.id)
    if request.places == 1:
        return _of_offer(session, actor, chosen[0], now) if chosen else Progress(Stand.CHOOSE)
    return _of_group(session, actor, request, chosen, now)


def _of_offer(session: Session, actor: Actor, offer: Offer, now: dt.datetime) -> Progress:
    hold = live_hold(session, offer.id, now)
    if hold is None:
        return Progress(Stand.CHOOSE)
    if usable_authority(session, actor=actor, offer_id=offer.id, on=local_date(now)):
        return Progress(Stand.AWARD, by=hold.valid_until)
    return _at_panel(session, offer, hold.valid_until, now)


def _of_group(
    session: Session, actor: Actor, request: PlacementRequest, chosen: list[Offer], now: dt.datetime
) -> Progress:
    """Of all that is next for a group's children the earliest step, and of equal ones the first that must be done."""
    placed = placed_by(offer for offer in chosen if offer.status is OfferStatus.WON)
    waiting = [offer for offer in chosen if offer.status is not OfferStatus.WON]
    steps = [_of_offer(session, actor, offer, now) for offer in waiting]
    named = {position for offer in chosen for position in positions_of(offer.children_key)}
    if named != set(all_positions(request)):
        steps.append(Progress(Stand.CHOOSE))
    order = list(Stand)
    first = min(steps, key=lambda step: (order.index(step.stand), step.by is None, step.by))
    return replace(first, placed=len(placed), children=request.places)


def waiting_to_start(session: Session, *, actor: Actor, limit: int = 20) -> list[tuple[Placement, Progress]]:
    """The borough's placements that wait to start, the soonest first, each with what must happen next."""
    placements = session.scalars(
        select(Placement)
        .where(Placement.organisation_id == actor.organisation_id, Placement.status == PlacementStatus.AWAITING_START)
        .order_by(Placement.planned_start, Placement.id)
        .limit(limit)
    ).all()
    return [(placement, _placed([placement], session)) for placement in placements]


def _at_panel(session: Session, offer: Offer, held_until: dt.datetime, now: dt.datetime) -> Progress:
    referral = session.scalar(
        select(Referral)
        .where(Referral.offer_id == offer.id, Referral.status != ReferralStatus.WITHDRAWN)
        .order_by(Referral.created_at.desc(), Referral.id.desc())
        .limit(1)
    )
    if referral is None:
        return Progress(Stand.REFER, by=held_until)
    if referral.status is ReferralStatus.LISTED and referral.meeting_id is not None:
        return Progress(Stand.MEET, on=session.get_one(Meeting, referral.meeting_id).held_on)
    if referral.status is not ReferralStatus.DECIDED:
        return Progress(Stand.COMPLETE_REFERRAL, by=held_until)
    decision = session.scalar(
        select(PanelDecision)
        .where(PanelDecision.referral_id == referral.id)
        .order_by(PanelDecision.recorded_at.desc(), PanelDecision.id.desc())
        .limit(1)
    )
    if decision is None or decision.outcome is not Outcome.APPROVE:
        return Progress(Stand.DECIDE_AGAIN, by=held_until)
    if approval_in_play(session, offer, now) is None:
        return Progress(Stand.REFER, by=held_until)  # approved, and never used: the case goes to the panel again
    lacking = [payer.name if payer else "the chair" for payer in outstanding(session, decision)]
    return Progress(Stand.SIGN, by=held_until, who=", ".join(lacking))


def _placed(placements: list[Placement], session: Session) -> Progress:
    waiting = [placement for placement in placements if placement.status is PlacementStatus.AWAITING_START]
    if not waiting:
        return Progress(Stand.NOTHING)
    if any(
        location_of(session, placement.award_id).status in (ApprovalStatus.ASKED, ApprovalStatus.REFUSED)
        for placement in waiting
    ):
        return Progress(Stand.APPROVE_LOCATION, on=waiting[0].planned_start)
    return Progress(Stand.START, on=waiting[0].planned_start)
