"""The second half of a case: referral, split, agenda, decision, signatures, award, location and start."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.demo.plans import WEEKS_OF_PLACEMENT, Plan, Reached
from app.identity.permissions import Actor
from app.identity.status import Role
from app.meetings.models import Meeting
from app.offers.models import Offer
from app.panels.agenda import list_for_meeting
from app.panels.authorities import give_emergency_authority
from app.panels.decisions import record_decision, sign
from app.panels.models import Authority, Referral
from app.panels.referrals import ReferralFacts, refer, save_referral, save_shares, shares_of
from app.panels.status import Element, Outcome, PayerKind
from app.placements import location
from app.placements.awarding import award
from app.placements.models import Award, Placement
from app.placements.queries import location_of
from app.placements.starting import start
from app.placements.status import ApprovalNeeded, ApprovalStatus
from app.requests.models import PlacementRequest

if TYPE_CHECKING:
    from app.demo.cases import Case

HEALTH_PER_CENT = 20


class Funding:
    """What happens to one case from the preferred offer on."""

    def __init__(self, case: Case, request: PlacementRequest) -> None:
        self.case, self.request = case, request
        self.plan: Plan = case.plan
        self.people: dict[Role, Actor] = case.plan.council.people
        self.chosen_at = case.closes() + dt.timedelta(hours=2)

    def play(self, session: Session) -> None:
        """Play as far as the plan says."""
        if self.plan.emergency:
            given = self.chosen_at + dt.timedelta(hours=1)
            emergency = give_emergency_authority(
                session,
                actor=self.people[Role.DIRECTOR],
                request_id=self.request.id,
                reason="The child has nowhere safe to sleep tonight, and no panel sits before next week.",
                given_at=given,
                now=given,
            )
            self._award(session, emergency, given + dt.timedelta(minutes=30))
            return
        referral = self._refer(session)
        if self.plan.reached is Reached.REFERRED or self.plan.meeting is None:
            return
        meeting = self._list(session, referral)
        if self.plan.reached is Reached.LISTED:
            return
        authority = self._decide(session, referral, meeting)
        if authority is not None and self.plan.reached >= Reached.AWARDED:
            self._award(session, authority, self._after(meeting, 2))

    def _after(self, meeting: Meeting, days: int) -> dt.datetime:
        moment = dt.datetime.combine(meeting.held_on, dt.time(11), dt.UTC) + dt.timedelta(days=days)
        return min(moment, self.case.stage.now - dt.timedelta(minutes=1))

    def _refer(self, session: Session) -> Referral:
        now = self.chosen_at + dt.timedelta(hours=20)
        now = min(now, self.case.stage.now - dt.timedelta(minutes=2))
        officer = self.people[Role.PLACEMENT_OFFICER]
        referral = refer(session, actor=officer, request_id=self.request.id, now=now)
        first = self._first_day(session, referral)
        health = self.plan.health_pays
        save_referral(
            session,
            actor=officer,
            referral_id=referral.id,
            facts=ReferralFacts(
                panel_id=self.plan.council.panel.id,
                professionals_met_on=local_date(now),
                fostering_explored="Every enrolled agency was asked; none could meet the needs with support.",
                case_for_placement="Meets the needs that matter most, near enough to family, and can start in time.",
                first_day=first,
                last_day=self._last_day(first),
                health_approved_on=local_date(now) if health else None,
                health_approved_by="The made-up board's executive" if health else "",
                health_by_executive=health,
                split_reason="Health pays for the part of care that meets assessed continuing care needs."
                if health
                else "",
            ),
            version=referral.version,
            now=now,
        )
        if health:
            self._split(session, referral, now)
        return referral

    def _split(self, session: Session, referral: Referral, now: dt.datetime) -> None:
        payers = self.plan.council.payers
        shares: list[tuple[str, Element, int]] = []
        for share in shares_of(session, referral.id):
            pence = share.weekly_pence
            if share.element is Element.CARE:
                part = pence * HEALTH_PER_CENT // 100
                shares.append((payers[PayerKind.HEALTH].id, Element.CARE, part))
                pence -= part
            shares.append((share.payer_id, share.element, pence))
        save_shares(
            session,
            actor=self.people[Role.PLACEMENT_OFFICER],
            referral_id=referral.id,
            shares=shares,
            version=referral.version,
            now=now,
        )

    def _first_day(self, session: Session, referral: Referral) -> dt.date:
        """A week after the meeting, or when the offer can take the child where that is later."""
        after = 40 if self.plan.meeting is None else self.plan.meeting + 7
        first = local_date(self.case.stage.now) + dt.timedelta(days=after)
        return max(first, session.get_one(Offer, referral.offer_id).can_start_on or first)

    def _last_day(self, first: dt.date) -> dt.date:
        weeks = 26 if self.plan.runs_over else self.case.stage.draw.choice(WEEKS_OF_PLACEMENT)
        last = first + dt.timedelta(weeks=weeks)
        if not self.plan.runs_over:  # what is live today is authorised today, but for the one that runs over
            last = max(last, local_date(self.case.stage.now) + dt.timedelta(days=30))
        return last

    def _list(self, session: Session, referral: Referral) -> Meeting:
        held = local_date(self.case.stage.now) + dt.timedelta(days=self.plan.meeting or 0)
        meeting = session.scalars(
            select(Meeting).where(Meeting.series_id == self.plan.council.panel.series_id, Meeting.held_on == held)
        ).one()
        list_for_meeting(
            session,
            actor=self.people[Role.PLACEMENT_OFFICER],
            referral_id=referral.id,
            meeting_id=meeting.id,
            version=referral.version,
            now=min(self.chosen_at + dt.timedelta(days=1), self.case.stage.now),
        )
        return meeting

    def _decide(self, session: Session, referral: Referral, meeting: Meeting) -> Authority | None:
        first = referral.first_day or meeting.held_on
        decision = record_decision(
            session,
            actor=self.people[Role.PANEL_ADMINISTRATOR],
            referral_id=referral.id,
            outcome=Outcome.APPROVE,
            reason="The panel is satisfied that the needs cannot be met nearer or for less.",
            first_day=first,
            last_day=referral.last_day,
            review_on=first + dt.timedelta(days=150),
            lead_payer_id=shares_of(session, referral.id)[0].payer_id,
            now=self._after(meeting, 0),
        )
        signed = self._after(meeting, 1)
        authority = sign(
            session, actor=self.people[Role.PANEL_CHAIR], decision_id=decision.id, payer_id=None, now=signed
        )
        if self.plan.reached is Reached.DECIDED:
            return authority
        council = self.plan.council
        signers = {
            council.payers[PayerKind.SOCIAL_CARE].id: self.people[Role.PANEL_MEMBER],
            council.payers[PayerKind.EDUCATION].id: council.education,
            council.payers[PayerKind.HEALTH].id: council.health,
        }
        for payer_id in sorted({share.payer_id for share in shares_of(session, referral.id)}):
            authority = sign(session, actor=signers[payer_id], decision_id=decision.id, payer_id=payer_id, now=signed)
        return authority

    def _award(self, session: Session, authority: Authority, now: dt.datetime) -> None:
        officer = self.people[Role.PLACEMENT_OFFICER]
        now = min(now, self.case.stage.now - dt.timedelta(minutes=1))
        for awarded in award(
            session,
            actor=officer,
            request_id=self.request.id,
            authority_id=authority.id,
            now=now,
            base_url=self.case.stage.base_url,
        ):
            placement = session.scalars(select(Placement).where(Placement.award_id == awarded.id)).one()
            if self.plan.reached is Reached.LIVE:
                self._settle_location(session, awarded, now)
                self._start(session, placement, awarded)

    def _settle_location(self, session: Session, awarded: Award, now: dt.datetime) -> None:
        approval = location_of(session, awarded.id)
        if approval.status is ApprovalStatus.NOT_NEEDED:
            return
        distant = approval.needed is ApprovalNeeded.DIRECTOR
        location.record_notification(
            session,
            actor=self.people[Role.PLACEMENT_OFFICER],
            approval_id=approval.id,
            version=approval.version,
            notified_on=local_date(now),
            consulted_on=local_date(now) if distant else None,
            now=now,
        )
        location.decide_location(
            session,
            actor=self.people[Role.DIRECTOR if distant else Role.NOMINATED_OFFICER],
            approval_id=approval.id,
            give=True,
            reason="No suitable place nearer; contact and schooling are planned.",
            version=approval.version,
            now=now,
        )

    def _start(self, session: Session, placement: Placement, awarded: Award) -> None:
        today = local_date(self.case.stage.now)
        started_on = min(awarded.first_day, today)
        start(
            session,
            actor=self.people[Role.PLACEMENT_OFFICER],
            placement_id=placement.id,
            started_on=started_on,
            version=placement.version,
            now=min(dt.datetime.combine(started_on, dt.time(15), dt.UTC), self.case.stage.now),
        )
