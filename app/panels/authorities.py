"""The power to award: written by a signed decision, or in an emergency until the next panel (F-45)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import publish
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from app.meetings.calendar import next_meeting
from app.offers.models import Offer
from app.offers.queries import live_hold, preferred
from app.offers.standing import must_be_enrolled, must_not_be_disregarded
from app.panels.approvals import lock_request
from app.panels.events import AuthorityGiven
from app.panels.models import Authority, AuthorityShare, PanelDecision, Signature
from app.panels.period import too_young
from app.panels.referrals import panels_of, prices_of, rules_on, shares_of, weekly_price
from app.panels.setting_up import payers_of
from app.panels.status import AUTHORITY, AuthorityKind, AuthorityStatus, PayerKind
from app.requests.queries import request_for
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task


def give_from_decision(session: Session, *, actor: Actor, decision: PanelDecision, now: dt.datetime) -> Authority:
    """The authority of an approval that is wholly signed: its offer, ceiling and days, and the shares as the panel
    saw them.
    """
    if (
        decision.offer_id is None
        or decision.weekly_ceiling_pence is None
        or decision.first_day is None
        or decision.last_day is None
    ):
        raise Conflict("Only an approval of a named placement gives an authority.")
    authority = Authority(
        kind=AuthorityKind.PANEL,
        organisation_id=decision.referral.organisation_id,
        offer_id=decision.offer_id,
        decision_id=decision.id,
        weekly_ceiling_pence=decision.weekly_ceiling_pence,
        first_day=decision.first_day,
        last_day=decision.last_day,
        review_on=decision.review_on,
        reason=decision.reason,
        given_by=actor.person_id,
        given_at=now,
        recorded_at=now,
    )
    session.add(authority)
    session.flush()
    for share in shares_of(session, decision.referral_id):
        session.add(
            AuthorityShare(
                authority_id=authority.id,
                payer_id=share.payer_id,
                element=share.element,
                weekly_pence=share.weekly_pence,
            )
        )
    _told(session, actor, authority, now)
    return authority


def give_emergency_authority(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    reason: str,
    given_at: dt.datetime,
    now: dt.datetime,
    offer_id: str | None = None,
) -> Authority:
    """Authorise the preferred offer (of several, for different children, the one of `offer_id`) at once, for social
    care, until the next available panel: the first meeting whose
    agenda was still open on the day it was given (F-45). That day is fixed now: moving the meeting later does not
    extend it, and neither does writing the authority down late.

    `given_at` may precede `now` by as many days as policy allows, because a child was placed before anybody
    reached a desk. A second one for the same offer ends when the first one does, and there is none after that: then
    a panel decides. Leaves a task to put the case to the panel.
    """
    actor.require(Permission.EMERGENCY_AUTHORISE)
    rules = rules_on(session, local_date(now))
    if not reason.strip():
        raise Invalid("Say why this cannot wait for the panel.", field="reason")
    if given_at > now:
        raise Invalid("The authority cannot be given in the future.", field="given_at")
    if now - given_at > dt.timedelta(days=rules.emergency_recorded_within_days):
        raise Invalid(
            f"Record an emergency authority within {rules.emergency_recorded_within_days} days of giving it.",
            field="given_at",
        )
    request = lock_request(session, request_for(session, actor=actor, request_id=request_id).id)
    # Of two clicks, the later one sees the first one's.
    offer = preferred(session, actor=actor, request_id=request_id, offer_id=offer_id)
    if offer is None or offer.weekly_pence is None or live_hold(session, offer.id, now) is None:
        raise Conflict("Prefer an offer of the shortlist first: an authority names a placement.")
    must_be_enrolled(session, offer)
    must_not_be_disregarded(session, offer, local_date(now))
    if usable_authority(session, actor=actor, offer_id=offer.id, on=local_date(now)):
        raise Conflict("There is already an authority for this offer.")
    first_day = local_date(given_at)
    young = too_young(session, request, first_day, offer.children_key)
    if young:
        raise Conflict(young)
    lapses_on = emergency_lapses_on(session, offer, organisation_id=actor.organisation_id, given_on=first_day)
    if lapses_on is None:
        raise Conflict("No panel meeting is planned, so it is not known when this authority would lapse.")
    if lapses_on < local_date(now):
        raise Conflict(
            f"An emergency authority for this offer lapsed on {date_words(lapses_on)}, the day of the panel. The panel "
            "must decide now."
        )
    payer = next(
        (
            payer
            for payer in payers_of(session, organisation_id=actor.organisation_id)
            if payer.kind is PayerKind.SOCIAL_CARE
        ),
        None,
    )
    if payer is None:
        raise Conflict("Your borough has no social care budget set up to pay.")
    authority = Authority(
        kind=AuthorityKind.EMERGENCY,
        organisation_id=actor.organisation_id,
        offer_id=offer.id,
        weekly_ceiling_pence=weekly_price(offer),
        first_day=first_day,
        last_day=lapses_on,
        lapses_on=lapses_on,
        reason=reason.strip(),
        given_by=actor.person_id,
        given_at=given_at,
        recorded_at=now,
    )
    session.add(authority)
    session.flush()
    for element, pence in prices_of(offer).items():
        if pence:
            session.add(
                AuthorityShare(authority_id=authority.id, payer_id=payer.id, element=element, weekly_pence=pence)
            )
    add_task(
        session,
        organisation_id=actor.organisation_id,
        key=emergency_task(authority.id),
        kind=TaskKind.PANEL_ACTION,
        title=f"Put {offer.reference} to the panel: its emergency authority ends then",
        basis="Panel procedure: an emergency is agreed only up to the next available panel",
        subject_kind="request",
        subject_id=request_id,
        due_on=lapses_on,
        now=now,
    )
    _told(session, actor, authority, now)
    return authority


def next_panel_day(session: Session, *, organisation_id: str, given_on: dt.date) -> dt.date | None:
    """The day of the borough's first panel meeting whose agenda is still open on a day, or None where none is fixed."""
    coming = [
        meeting.held_on
        for panel in panels_of(session, organisation_id=organisation_id)
        if (meeting := next_meeting(session, panel.series_id, given_on + dt.timedelta(days=panel.lead_days)))
    ]
    return min(coming, default=None)


def emergency_task(authority_id: str) -> str:
    """The key of the task to put an emergency to the panel."""
    return f"emergency-to-panel:{authority_id}"


def emergency_lapses_on(session: Session, offer: Offer, *, organisation_id: str, given_on: dt.date) -> dt.date | None:
    """When an emergency authority for an offer would lapse: at the next available panel, and never later than the
    first one for this offer did, so that it cannot be renewed without a panel. None where no meeting is fixed.
    """
    first = session.scalar(
        select(func.min(Authority.lapses_on)).where(
            Authority.offer_id == offer.id, Authority.kind == AuthorityKind.EMERGENCY
        )
    )
    coming = next_panel_day(session, organisation_id=organisation_id, given_on=given_on)
    return min((day for day in (first, coming) if day is not None), default=None)


def had_a_part_in(session: Session, authority: Authority) -> set[str]:
    """Who gave an authority, signed its decision or recorded it. None of them makes an award under it."""
    had = {authority.given_by}
    if authority.decision_id is not None:
        had |= set(session.scalars(select(Signature.person_id).where(Signature.decision_id == authority.decision_id)))
        had.add(session.get_one(PanelDecision, authority.decision_id).recorded_by)
    return had


def _told(session: Session, actor: Actor, authority: Authority, now: dt.datetime) -> None:
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="panels.authority.give",
        subject_kind="authority",
        subject_id=authority.id,
        kind=authority.kind.value,
        offer_id=authority.offer_id,
        weekly_ceiling_pence=authority.weekly_ceiling_pence,
        first_day=authority.first_day.isoformat(),
        last_day=authority.last_day.isoformat(),
    )
    publish(session, AuthorityGiven(authority.id, now))


def authority_for(session: Session, *, actor: Actor, authority_id: str) -> Authority:
    """An authority of the actor's own borough, or NotFound."""
    authority = session.scalar(
        select(Authority).where(Authority.id == authority_id, Authority.organisation_id == actor.organisation_id)
    )
    if authority is None:
        raise NotFound("authority")
    return authority


def usable_authority(session: Session, *, actor: Actor, offer_id: str, on: dt.date) -> Authority | None:
    """The authority for an offer that is in force and not past its last day; the panel's own before an emergency's."""
    found = session.scalars(
        select(Authority)
        .where(
            Authority.offer_id == offer_id,
            Authority.organisation_id == actor.organisation_id,
            Authority.status == AuthorityStatus.LIVE,
            Authority.last_day >= on,
        )
        .order_by(Authority.kind.desc(), Authority.recorded_at.desc(), Authority.id)
    ).all()
    return next(iter(found), None)


def shares_of_authority(session: Session, authority_id: str) -> list[AuthorityShare]:
    """What each payer agreed to pay, by payer and element."""
    return list(
        session.scalars(
            select(AuthorityShare)
            .where(AuthorityShare.authority_id == authority_id)
            .order_by(AuthorityShare.payer_id, AuthorityShare.element)
        )
    )


def revoke(
    session: Session, *, actor: Actor, authority_id: str, reason: str, version: int, now: dt.datetime
) -> Authority:
    """Take back an emergency's authority on which no live award stands: the database refuses where one does. What a
    panel decided is not one person's to take back.
    """
    actor.require(Permission.EMERGENCY_AUTHORISE)
    authority = authority_for(session, actor=actor, authority_id=authority_id)
    lock_request(session, session.get_one(Offer, authority.offer_id).request_id)
    session.refresh(authority, with_for_update=True)
    if authority.kind is not AuthorityKind.EMERGENCY:
        raise Conflict("Only an emergency's authority can be taken back. The panel's decision stands.")
    if authority.version != version:
        raise Stale("Somebody changed this authority while you were looking at it. Check it and try again.")
    if not reason.strip():
        raise Invalid("Say why the authority is taken back.", field="reason")
    authority.status = AUTHORITY.require(authority.status, AuthorityStatus.REVOKED, "The authority")
    session.flush()
    audit.record(
        session, now=now, who=actor, act="panels.authority.revoke", subject_kind="authority", subject_id=authority.id
    )
    return authority
