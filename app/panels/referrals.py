"""Putting a preferred offer to a panel: what it needs to know, and the split of the cost. `agenda` lists it for a
meeting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.core import audit, policies
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.references import new_reference
from app.identity.permissions import Actor, Permission
from app.offers.models import Offer
from app.offers.pricing import payable_prices
from app.offers.queries import preferred
from app.panels import funding
from app.panels.approvals import approval_in_play, lock_request, stands
from app.panels.funding import FundingRules, Share
from app.panels.models import FundingShare, Panel, Payer, Referral
from app.panels.period import emergency_first_day
from app.panels.setting_up import payers_of
from app.panels.status import Element, PayerKind, ReferralStatus
from app.requests.queries import request_for

OPEN = (ReferralStatus.DRAFT, ReferralStatus.LISTED, ReferralStatus.RETURNED)


@dataclass(frozen=True)
class ReferralFacts:
    """What the worker tells the panel."""

    panel_id: str
    professionals_met_on: dt.date | None
    fostering_explored: str
    case_for_placement: str
    first_day: dt.date | None
    last_day: dt.date | None
    health_approved_on: dt.date | None = None
    health_approved_by: str = ""
    health_by_executive: bool = False
    split_reason: str = ""


def rules_on(session: Session, day: dt.date) -> FundingRules:
    """The funding policy in force on a day."""
    return FundingRules.of(policies.in_force(session, "funding", day).content)


def prices_of(offer: Offer) -> dict[Element, int]:
    """What an opened offer costs in every week of the year by element, in pence: its weekly price times its weeks a
    year over 52, each element rounded once. Shares, ceilings, awards and cost lines are of these.
    """
    return {Element(element): pence for element, pence in payable_prices(offer).items()}


def weekly_price(offer: Offer) -> int:
    """What an opened offer costs in every week of the year, in pence: the sum of its parts as they are paid."""
    return sum(prices_of(offer).values())


def panels_of(session: Session, *, organisation_id: str) -> list[Panel]:
    """A borough's panels, by name."""
    return list(
        session.scalars(select(Panel).where(Panel.organisation_id == organisation_id).order_by(Panel.name, Panel.id))
    )


def refer(
    session: Session, *, actor: Actor, request_id: str, now: dt.datetime, offer_id: str | None = None
) -> Referral:
    """Start a referral of the request's preferred offer, whose places are held; of several, for different children, the
    one of `offer_id`. Its shares start with social care
    paying what education does not. Conflict while an approval of the offer can still lead to an award.
    """
    actor.require(Permission.REFERRAL_WRITE)
    request = request_for(session, actor=actor, request_id=request_id)
    lock_request(session, request.id)  # two clicks start one referral
    offer = preferred(session, actor=actor, request_id=request_id, offer_id=offer_id)
    if offer is None or offer.weekly_pence is None:
        raise Conflict("Prefer an offer of the shortlist first: a panel decides on a named placement.")
    existing = session.scalar(select(Referral).where(Referral.offer_id == offer.id, Referral.status.in_(OPEN)))
    if existing:
        return existing
    if not stands(session, offer, now):
        raise Conflict("The offer no longer holds its places. Prefer an offer again.")
    if approval_in_play(session, offer, now):
        raise Conflict("The panel has approved this offer. Its signatures or the award come next.")
    panels = panels_of(session, organisation_id=actor.organisation_id)
    if not panels:
        raise Conflict("Your borough has no funding panel yet. Ask your administrator to set one up.")
    referral = Referral(
        reference=new_reference("REF"),
        organisation_id=actor.organisation_id,
        request_id=request_id,
        offer_id=offer.id,
        panel_id=panels[0].id,
        weekly_pence=weekly_price(offer),
        # A panel that confirms an emergency approves from the day on which the child was placed.
        first_day=emergency_first_day(session, offer) or offer.can_start_on,
        created_by=actor.person_id,
        created_at=now,
        saved_by=actor.person_id,
        changed_at=now,
    )
    session.add(referral)
    session.flush()
    for payer, element, pence in _first_split(session, actor.organisation_id, offer):
        session.add(FundingShare(referral_id=referral.id, payer_id=payer.id, element=element, weekly_pence=pence))
    session.flush()
    audit.record(
        session, now=now, who=actor, act="panels.referral.start", subject_kind="referral", subject_id=referral.id
    )
    return referral


def _first_split(session: Session, organisation_id: str, offer: Offer) -> list[tuple[Payer, Element, int]]:
    by_kind: dict[PayerKind, Payer] = {}
    for payer in payers_of(session, organisation_id=organisation_id):
        if payer.organisation_id == organisation_id:
            by_kind.setdefault(payer.kind, payer)
    split = []
    for element, pence in prices_of(offer).items():
        payer_kind = PayerKind.EDUCATION if element is Element.EDUCATION else PayerKind.SOCIAL_CARE
        if pence and payer_kind in by_kind:
            split.append((by_kind[payer_kind], element, pence))
    return split


def referral_for(session: Session, *, actor: Actor, referral_id: str) -> Referral:
    """A referral of the actor's own borough, or NotFound."""
    referral = session.scalar(
        select(Referral).where(Referral.id == referral_id, Referral.organisation_id == actor.organisation_id)
    )
    if referral is None:
        raise NotFound("referral")
    return referral


def facts_of(referral: Referral) -> ReferralFacts:
    """What the worker has written so far, to be changed in part and saved."""
    return ReferralFacts(
        panel_id=referral.panel_id,
        professionals_met_on=referral.professionals_met_on,
        fostering_explored=referral.fostering_explored or "",
        case_for_placement=referral.case_for_placement or "",
        first_day=referral.first_day,
        last_day=referral.last_day,
        health_approved_on=referral.health_approved_on,
        health_approved_by=referral.health_approved_by or "",
        health_by_executive=referral.health_by_executive,
        split_reason=referral.split_reason or "",
    )


def shares_of(session: Session, referral_id: str) -> list[Share]:
    """A referral's shares, by payer kind, payer and element."""
    rows = session.execute(
        select(FundingShare, Payer)
        .join(Payer, Payer.id == FundingShare.payer_id)
        .where(FundingShare.referral_id == referral_id)
        .order_by(Payer.kind.desc(), Payer.name, FundingShare.element)
    )
    return [Share(payer.id, payer.kind, share.element, share.weekly_pence) for share, payer in rows]


def save_referral(
    session: Session, *, actor: Actor, referral_id: str, facts: ReferralFacts, version: int, now: dt.datetime
) -> Referral:
    """Save what the worker has written so far. Only the days' order and the panel are checked; gaps are listed by
    `gaps`.
    """
    referral = editable(session, actor, referral_id, version)
    if facts.panel_id not in {panel.id for panel in panels_of(session, organisation_id=actor.organisation_id)}:
        raise Invalid("Choose one of your borough's panels.", field="panel_id")
    if facts.first_day and facts.last_day and facts.last_day < facts.first_day:
        raise Invalid("The last day must be the same as or after the first day.", field="last_day")
    referral.panel_id = facts.panel_id
    referral.professionals_met_on = facts.professionals_met_on
    referral.fostering_explored = facts.fostering_explored.strip() or None
    referral.case_for_placement = facts.case_for_placement.strip() or None
    referral.first_day, referral.last_day = facts.first_day, facts.last_day
    referral.health_approved_on = facts.health_approved_on
    referral.health_approved_by = facts.health_approved_by.strip() or None
    referral.health_by_executive = facts.health_by_executive
    referral.split_reason = facts.split_reason.strip() or None
    referral.saved_by = actor.person_id
    changed(referral, now)
    session.flush()
    audit.record(
        session, now=now, who=actor, act="panels.referral.save", subject_kind="referral", subject_id=referral.id
    )
    return referral


def save_shares(
    session: Session,
    *,
    actor: Actor,
    referral_id: str,
    shares: Sequence[tuple[str, Element, int]],
    version: int,
    now: dt.datetime,
) -> Referral:
    """Replace the split: (payer id, element, pence a week) each. Invalid unless every element's shares sum to its
    price (F-43).
    """
    referral = editable(session, actor, referral_id, version)
    payers = {payer.id: payer for payer in payers_of(session, organisation_id=actor.organisation_id)}
    if any(payer_id not in payers for payer_id, _, _ in shares):
        raise Invalid("Choose payers from the list.", field="shares")
    given = [Share(payer_id, payers[payer_id].kind, element, pence) for payer_id, element, pence in shares]
    wrong = funding.faults(prices_of(session.get_one(Offer, referral.offer_id)), given)
    if wrong:
        raise Invalid(" ".join(wrong), field="shares")
    session.execute(delete(FundingShare).where(FundingShare.referral_id == referral.id))
    for share in given:
        session.add(
            FundingShare(
                referral_id=referral.id,
                payer_id=share.payer_id,
                element=share.element,
                weekly_pence=share.weekly_pence,
            )
        )
    referral.listed_at = None
    referral.saved_by = actor.person_id
    changed(referral, now)
    session.flush()
    audit.record(session, now=now, who=actor, act="panels.shares.save", subject_kind="referral", subject_id=referral.id)
    return referral


def editable(session: Session, actor: Actor, referral_id: str, version: int) -> Referral:
    """A referral of the actor's own borough that its writers may still change, locked after its request.

    Stale where somebody else has saved since the page was shown; Conflict where it is with the panel.
    """
    actor.require(Permission.REFERRAL_WRITE)
    referral = referral_for(session, actor=actor, referral_id=referral_id)
    lock_request(session, referral.request_id)
    session.refresh(referral, with_for_update=True)
    if referral.version != version:
        raise Stale("Somebody changed this referral while you were looking at it. Check it and try again.")
    if referral.status not in (ReferralStatus.DRAFT, ReferralStatus.RETURNED):
        raise Conflict("The referral is with the panel and cannot be changed.")
    return referral


def changed(referral: Referral, now: dt.datetime) -> None:
    """Write down when a referral was saved. Its version moves on every save, also where only its shares differ."""
    referral.changed_at = now
    flag_modified(referral, "changed_at")


def writers_of(referral: Referral) -> set[str]:
    """Who wrote a referral: began it, saved it last or put it on the agenda. None of them decides on it or signs."""
    return {one for one in (referral.created_by, referral.saved_by, referral.listed_by) if one is not None}
