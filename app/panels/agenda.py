"""What a panel would send a case back for, and a complete case's place on the agenda of a meeting (F-29, F-40 to
F-43).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.core.workdays import date_words
from app.identity.permissions import Actor
from app.meetings.models import Meeting
from app.offers.models import Offer
from app.panels import funding
from app.panels.approvals import stands
from app.panels.models import Panel, Referral
from app.panels.period import period_faults
from app.panels.referrals import changed, editable, prices_of, rules_on, shares_of
from app.panels.status import REFERRAL, ReferralStatus
from app.requests.models import PlacementRequest
from providers.market.models import Lot
from providers.market.status import ServiceType

RESIDENTIAL = frozenset({ServiceType.RESIDENTIAL, ServiceType.NMI_38, ServiceType.NMI_52})


def is_residential(session: Session, referral: Referral) -> bool:
    """Whether the lot buys somewhere to live in that is not a family."""
    service_type = session.scalar(
        select(Lot.service_type)
        .join(PlacementRequest, PlacementRequest.lot_id == Lot.id)
        .where(PlacementRequest.id == referral.request_id)
    )
    return service_type in RESIDENTIAL


def gaps(session: Session, referral: Referral, *, meeting_on: dt.date, now: dt.datetime) -> dict[str, str]:
    """What a panel that meets on a day would send the referral back for, by field. Nothing missing is an empty dict."""
    offer = session.get_one(Offer, referral.offer_id)
    shares = shares_of(session, referral.id)
    today = local_date(now)
    rules = rules_on(session, today)
    missing: dict[str, str] = {}
    if referral.professionals_met_on is None:
        missing["professionals_met_on"] = "Enter when the professionals of all agencies met."
    elif referral.professionals_met_on > today:
        missing["professionals_met_on"] = "The professionals' meeting must have taken place."
    if is_residential(session, referral) and not referral.fostering_explored:
        missing["fostering_explored"] = "Say how fostering was fully explored."
    if not referral.case_for_placement:
        missing["case_for_placement"] = "Say why this placement."
    if referral.first_day is None:
        missing["first_day"] = "Enter the first day."
    if referral.last_day is None:
        missing["last_day"] = "Enter the last day: funding is for a stated period."
    missing |= period_faults(
        session,
        offer,
        meeting_on=meeting_on,
        first_day=referral.first_day,
        last_day=referral.last_day,
        rules=rules,
    )
    wrong = funding.faults(prices_of(offer), shares)
    if wrong:
        missing["shares"] = " ".join(wrong)
    elif funding.care_is_split(shares) and not referral.split_reason:
        missing["split_reason"] = "More than one budget pays for care. Say why it is split this way."
    return missing | funding.health_faults(
        shares,
        rules,
        approved_on=referral.health_approved_on,
        approved_by=referral.health_approved_by,
        by_executive=referral.health_by_executive,
        meeting_on=meeting_on,
        today=today,
    )


def list_for_meeting(
    session: Session, *, actor: Actor, referral_id: str, meeting_id: str, version: int, now: dt.datetime
) -> Referral:
    """Put a complete referral on the agenda of a coming meeting of its panel, in time (F-40, F-41)."""
    referral = editable(session, actor, referral_id, version)
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
    referral.meeting_id, referral.listed_at, referral.listed_by = meeting.id, now, actor.person_id
    changed(referral, now)
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
