"""What a panel decides, and the signatures without which it is only a wish (F-44, F-46, F-47)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.core.events import publish
from app.identity.permissions import Actor, Permission
from app.meetings.models import Meeting
from app.offers.models import Offer
from app.offers.standing import must_be_enrolled, must_not_be_disregarded
from app.offers.status import OfferStatus
from app.panels import authorities, funding
from app.panels.agenda import gaps, is_residential
from app.panels.approvals import can_be_completed, lock_request, stands
from app.panels.events import DecisionRecorded
from app.panels.models import Authority, PanelDecision, Payer, Referral, Signature
from app.panels.period import period_faults
from app.panels.referrals import rules_on, shares_of, writers_of
from app.panels.setting_up import seats_held
from app.panels.status import REFERRAL, Outcome, ReferralStatus


def case_for(session: Session, *, actor: Actor, referral_id: str, now: dt.datetime) -> Referral:
    """A referral of a panel on which the actor sits today, or NotFound: nobody sees cases of panels they do not sit
    on, or drafts.
    """
    actor.require(Permission.PANEL_READ)
    panels = {seat.panel_id for seat in seats_held(session, actor=actor, on=local_date(now))}
    referral = session.get(Referral, referral_id)
    if referral is None or referral.panel_id not in panels or referral.status is ReferralStatus.DRAFT:
        raise NotFound("case")
    return referral


def record_decision(
    session: Session,
    *,
    actor: Actor,
    referral_id: str,
    outcome: Outcome,
    reason: str,
    now: dt.datetime,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    review_on: dt.date | None = None,
    lead_payer_id: str | None = None,
) -> PanelDecision:
    """Record what the meeting decided, on its day or after. An approval names the offer, a finite period, the
    review and the lead payer.

    Nobody who wrote the referral records its decision, and a service that is suspended by now is not approved (F-14).
    A deferred case goes back to its worker, who can list it again. Invalid names every field that is missing or wrong.
    """
    actor.require(Permission.PANEL_DECIDE)
    referral = case_for(session, actor=actor, referral_id=referral_id, now=now)
    lock_request(session, referral.request_id)
    session.refresh(referral, with_for_update=True)
    if actor.person_id in writers_of(referral):
        raise NotAllowed("You wrote this referral, so somebody else records the panel's decision.")
    meeting = session.get(Meeting, referral.meeting_id) if referral.meeting_id else None
    if referral.status is not ReferralStatus.LISTED or meeting is None:
        raise Conflict("The case is not on the agenda of a meeting.")
    if meeting.held_on > local_date(now):
        raise Conflict("The meeting has not been held yet.")
    if not reason.strip():
        raise Invalid("Give the panel's reasons.", field="reason")
    decision = PanelDecision(
        referral_id=referral.id,
        meeting_id=meeting.id,
        outcome=outcome,
        reason=reason.strip(),
        recorded_by=actor.person_id,
        recorded_at=now,
    )
    if outcome is Outcome.APPROVE:
        _approve(session, referral, meeting, decision, (first_day, last_day, review_on, lead_payer_id), now)
    deferred = outcome is Outcome.DEFER
    after = ReferralStatus.RETURNED if deferred else ReferralStatus.DECIDED
    referral.status = REFERRAL.require(referral.status, after, "The referral")
    if deferred:
        referral.meeting_id = referral.listed_at = None
    session.add(decision)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="panels.decision.record",
        subject_kind="referral",
        subject_id=referral.id,
        outcome=outcome.value,
        decision_id=decision.id,
    )
    publish(session, DecisionRecorded(decision.id, now))
    return decision


def _approve(
    session: Session,
    referral: Referral,
    meeting: Meeting,
    decision: PanelDecision,
    terms: tuple[dt.date | None, dt.date | None, dt.date | None, str | None],
    now: dt.datetime,
) -> None:
    offer = session.get_one(Offer, referral.offer_id)
    if not stands(session, offer, now):
        raise Conflict("The offer no longer holds its places, so it cannot be approved. Defer the case.")
    if offer.status is not OfferStatus.WON:  # a child who was placed in an emergency is there already
        must_be_enrolled(session, offer)
        must_not_be_disregarded(session, offer, local_date(now))
    missing = gaps(session, referral, meeting_on=meeting.held_on, now=now)
    if missing:
        raise Invalid(missing)
    first_day, last_day, review_on, lead_payer_id = terms
    rules = rules_on(session, local_date(now))
    errors = period_faults(
        session, offer, meeting_on=meeting.held_on, first_day=first_day, last_day=last_day, rules=rules
    )
    if first_day is None:
        errors["first_day"] = "Enter the first day."
    if last_day is None:
        errors["last_day"] = "Enter the last day: funding is for a finite period."
    if review_on is None:
        errors["review_on"] = "Enter when the placement is reviewed."
    elif review_on <= local_date(now):
        errors["review_on"] = "The review must come after the day on which the decision is recorded."
    if lead_payer_id not in {share.payer_id for share in shares_of(session, referral.id)}:
        errors["lead_payer_id"] = "Choose the lead from the payers of this case."
    if errors or first_day is None or last_day is None or review_on is None:
        raise Invalid(errors)
    late = funding.review_fault(
        first_day,
        review_on,
        residential=is_residential(session, referral),
        rules=rules,
    )
    if late:
        raise Invalid(late, field="review_on")
    if review_on > last_day:
        raise Invalid("The review must come before the approval ends.", field="review_on")
    decision.offer_id = offer.id
    decision.weekly_ceiling_pence = referral.weekly_pence
    decision.first_day, decision.last_day, decision.review_on = first_day, last_day, review_on
    decision.lead_payer_id = lead_payer_id


def decision_for(session: Session, *, actor: Actor, decision_id: str, now: dt.datetime) -> PanelDecision:
    """A decision of a panel on which the actor sits, or NotFound."""
    decision = session.get(PanelDecision, decision_id)
    if decision is None:
        raise NotFound("decision")
    case_for(session, actor=actor, referral_id=decision.referral_id, now=now)
    return decision


def signatures_of(session: Session, decision_id: str) -> list[Signature]:
    """Who has signed, in the order of signing."""
    return list(
        session.scalars(
            select(Signature).where(Signature.decision_id == decision_id).order_by(Signature.signed_at, Signature.id)
        )
    )


def outstanding(session: Session, decision: PanelDecision) -> list[Payer | None]:
    """Whose signatures an approval still lacks: each paying payer's, and the chair's as None."""
    if decision.outcome is not Outcome.APPROVE:
        return []
    signed = {signature.payer_id for signature in signatures_of(session, decision.id)}
    paying = {share.payer_id for share in shares_of(session, decision.referral_id)}
    lacking: list[Payer | None] = [None] if None not in signed else []
    lacking.extend(
        session.scalars(select(Payer).where(Payer.id.in_(paying - signed)).order_by(Payer.kind.desc(), Payer.name))
    )
    return lacking


def sign(
    session: Session, *, actor: Actor, decision_id: str, payer_id: str | None, now: dt.datetime
) -> Authority | None:
    """Sign an approval as the chair (`payer_id` None) or for a payer. The last signature makes the authority, which
    is returned (F-44).

    A person signs once, in a capacity in which they sit on the panel today, and never a referral of their own.
    """
    actor.require(Permission.PANEL_SIGN)
    decision = decision_for(session, actor=actor, decision_id=decision_id, now=now)
    lock_request(session, decision.referral.request_id)  # of two last signatures, the later one sees the other
    session.refresh(decision.referral, with_for_update=True)
    if decision.outcome is not Outcome.APPROVE:
        raise Conflict("Only an approval is signed.")
    if actor.person_id in writers_of(decision.referral):
        raise NotAllowed("You wrote this referral, so somebody else signs its decision.")
    if payer_id not in _sits_as(session, actor, decision.referral.panel_id, now):
        raise NotAllowed("You do not sit on this panel in that capacity.")
    lacking = outstanding(session, decision)
    if payer_id not in {payer.id if payer else None for payer in lacking}:
        raise Conflict("That signature is already there, or is not needed.")
    if any(signature.person_id == actor.person_id for signature in signatures_of(session, decision.id)):
        raise Conflict("You have already signed this decision in another capacity.")
    if not can_be_completed(session, decision, now):
        raise Conflict("This approval can no longer be completed: its days are over, or the places were let go.")
    session.add(Signature(decision_id=decision.id, payer_id=payer_id, person_id=actor.person_id, signed_at=now))
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="panels.decision.sign",
        subject_kind="referral",
        subject_id=decision.referral_id,
        decision_id=decision.id,
        payer_id=payer_id,
    )
    if outstanding(session, decision):
        return None
    return authorities.give_from_decision(session, actor=actor, decision=decision, now=now)


def may_sign_as(session: Session, *, actor: Actor, decision: PanelDecision, now: dt.datetime) -> list[Payer | None]:
    """In which capacities this person could sign now: payers, and None for the chair. Nobody signs twice, and nobody
    their own referral.
    """
    signed = {signature.person_id for signature in signatures_of(session, decision.id)}
    if not actor.may(Permission.PANEL_SIGN) or actor.person_id in signed | writers_of(decision.referral):
        return []
    lacking = outstanding(session, decision)
    if not lacking or not can_be_completed(session, decision, now):
        return []
    held = _sits_as(session, actor, decision.referral.panel_id, now)
    return [payer for payer in lacking if (payer.id if payer else None) in held]


def _sits_as(session: Session, actor: Actor, panel_id: str, now: dt.datetime) -> set[str | None]:
    seats = seats_held(session, actor=actor, on=local_date(now))
    return {seat.payer_id for seat in seats if seat.panel_id == panel_id and (seat.payer_id or seat.is_chair)}
