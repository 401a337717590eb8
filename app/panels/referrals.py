"""Putting a preferred offer to a panel: what it needs to know, the split of the cost, and its place on an agenda."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core import audit, policies
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.references import new_reference
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from app.meetings.models import Meeting
from app.offers.models import Offer
from app.offers.queries import live_hold, preferred
from app.offers.status import OfferStatus
from app.panels import funding
from app.panels.funding import FundingRules, Share
from app.panels.models import Authority, FundingShare, Panel, PanelDecision, Payer, Referral
from app.panels.setting_up import payers_of
from app.panels.status import REFERRAL, AuthorityStatus, Element, Outcome, PayerKind, ReferralStatus
from app.requests.models import PlacementRequest
from providers.market.models import Lot
from providers.market.status import ServiceType

RESIDENTIAL = frozenset({ServiceType.RESIDENTIAL, ServiceType.NMI_38, ServiceType.NMI_52})
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
    split_reason: str = ""


def rules_on(session: Session, day: dt.date) -> FundingRules:
    """The funding policy in force on a day."""
    return FundingRules.of(policies.in_force(session, "funding", day).content)


def prices_of(offer: Offer) -> dict[Element, int]:
    """An opened offer's weekly price by element, in pence."""
    return {
        Element.CARE: offer.care_pence or 0,
        Element.EDUCATION: offer.education_pence or 0,
        Element.HEALTH: offer.health_pence or 0,
        Element.TRANSPORT: offer.transport_pence or 0,
    }


def panels_of(session: Session, *, organisation_id: str) -> list[Panel]:
    """A borough's panels, by name."""
    return list(
        session.scalars(select(Panel).where(Panel.organisation_id == organisation_id).order_by(Panel.name, Panel.id))
    )


def refer(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> Referral:
    """Start a referral of the request's preferred offer, whose places are held. Its shares start with social care
    paying what
    education does not.
    """
    actor.require(Permission.REFERRAL_WRITE)
    offer = preferred(session, actor=actor, request_id=request_id)
    if offer is None or offer.weekly_pence is None:
        raise Conflict("Prefer an offer of the shortlist first: a panel decides on a named placement.")
    session.refresh(offer, with_for_update=True)  # two clicks start one referral
    existing = session.scalar(select(Referral).where(Referral.offer_id == offer.id, Referral.status.in_(OPEN)))
    if existing:
        return existing
    if not stands(session, offer, now):
        raise Conflict("The offer no longer holds its places. Prefer an offer again.")
    if _approved(session, offer.id):
        raise Conflict("The panel has approved this offer. Its signatures or the award come next.")
    panels = panels_of(session, organisation_id=actor.organisation_id)
    if not panels:
        raise Conflict("Your borough has no funding panel yet. Ask your administrator to set one up.")
    # A panel that confirms an emergency approves from the day on which the child was placed.
    emergency_first_day = session.scalar(
        select(func.min(Authority.first_day)).where(
            Authority.offer_id == offer.id, Authority.status == AuthorityStatus.LIVE
        )
    )
    referral = Referral(
        reference=new_reference("REF"),
        organisation_id=actor.organisation_id,
        request_id=request_id,
        offer_id=offer.id,
        panel_id=panels[0].id,
        weekly_pence=offer.weekly_pence,
        first_day=emergency_first_day or offer.can_start_on,
        created_by=actor.person_id,
        created_at=now,
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


def stands(session: Session, offer: Offer, now: dt.datetime) -> bool:
    """Whether an offer can be put to a panel: it holds its places, or an emergency award has taken them already."""
    if offer.status is OfferStatus.WON:
        return True
    return offer.status is OfferStatus.PREFERRED and live_hold(session, offer.id, now) is not None


def _approved(session: Session, offer_id: str) -> bool:
    found = select(PanelDecision.id).where(PanelDecision.offer_id == offer_id, PanelDecision.outcome == Outcome.APPROVE)
    return session.scalar(found.limit(1)) is not None


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
    referral = _editable(session, actor, referral_id, version)
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
    referral.split_reason = facts.split_reason.strip() or None
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
    referral = _editable(session, actor, referral_id, version)
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
    session.flush()
    audit.record(session, now=now, who=actor, act="panels.shares.save", subject_kind="referral", subject_id=referral.id)
    return referral


def is_residential(session: Session, referral: Referral) -> bool:
    """Whether the lot buys somewhere to live in that is not a family."""
    service_type = session.scalar(
        select(Lot.service_type)
        .join(PlacementRequest, PlacementRequest.lot_id == Lot.id)
        .where(PlacementRequest.id == referral.request_id)
    )
    return service_type in RESIDENTIAL


def gaps(session: Session, referral: Referral, *, meeting_on: dt.date, now: dt.datetime) -> dict[str, str]:
    """What a panel would send the referral back for, by field (F-29, F-40 to F-43). Nothing missing is an empty
    dict.
    """
    offer = session.get_one(Offer, referral.offer_id)
    shares = shares_of(session, referral.id)
    rules = rules_on(session, local_date(now))
    missing: dict[str, str] = {}
    if referral.professionals_met_on is None:
        missing["professionals_met_on"] = "Enter when the professionals of all agencies met."
    elif referral.professionals_met_on > local_date(now):
        missing["professionals_met_on"] = "The professionals' meeting must have taken place."
    if is_residential(session, referral) and not referral.fostering_explored:
        missing["fostering_explored"] = "Say how fostering was fully explored."
    if not referral.case_for_placement:
        missing["case_for_placement"] = "Say why this placement."
    if referral.first_day is None:
        missing["first_day"] = "Enter the first day."
    if referral.last_day is None:
        missing["last_day"] = "Enter the last day: funding is for a stated period."
    wrong = funding.faults(prices_of(offer), shares)
    if wrong:
        missing["shares"] = " ".join(wrong)
    elif funding.care_is_split(shares) and not referral.split_reason:
        missing["split_reason"] = "More than one budget pays for care. Say why it is split this way."
    health = funding.health_fault(
        shares,
        offer.weeks_per_year or 52,
        rules,
        referral.health_approved_on,
        referral.health_approved_by,
        meeting_on,
    )
    if health:
        missing["health_approved_on"] = health
    return missing


def list_for_meeting(
    session: Session, *, actor: Actor, referral_id: str, meeting_id: str, version: int, now: dt.datetime
) -> Referral:
    """Put a complete referral on the agenda of a coming meeting of its panel, in time (F-40, F-41)."""
    referral = _editable(session, actor, referral_id, version)
    panel = session.get_one(Panel, referral.panel_id)
    meeting = session.scalar(select(Meeting).where(Meeting.id == meeting_id, Meeting.series_id == panel.series_id))
    if meeting is None:
        raise Invalid("Choose one of the panel's meetings.", field="meeting_id")
    closes_on = meeting.held_on - dt.timedelta(days=panel.lead_days)
    if local_date(now) > closes_on:
        raise Invalid(
            f"The agenda of that meeting closed on {date_words(closes_on)}. Choose a later one.", field="meeting_id"
        )
    missing = gaps(session, referral, meeting_on=meeting.held_on, now=now)
    if missing:
        raise Invalid(missing)
    offer = session.get_one(Offer, referral.offer_id)
    if not stands(session, offer, now):
        raise Conflict("The offer no longer holds its places. Prefer an offer again.")
    referral.status = REFERRAL.require(referral.status, ReferralStatus.LISTED, "The referral")
    referral.meeting_id, referral.listed_at = meeting.id, now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="panels.referral.list",
        subject_kind="referral",
        subject_id=referral.id,
        meeting_id=meeting.id,
    )
    return referral


def _editable(session: Session, actor: Actor, referral_id: str, version: int) -> Referral:
    actor.require(Permission.REFERRAL_WRITE)
    referral = referral_for(session, actor=actor, referral_id=referral_id)
    if referral.version != version:
        raise Stale("Somebody changed this referral while you were looking at it. Check it and try again.")
    if referral.status not in (ReferralStatus.DRAFT, ReferralStatus.RETURNED):
        raise Conflict("The referral is with the panel and cannot be changed.")
    return referral
