"""What a panel's people look at: meetings, cases, decisions; and what a borough sees of its referrals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from app.meetings.calendar import meetings_of
from app.meetings.models import Meeting
from app.offers.models import Offer
from app.panels.decisions import may_sign_as, outstanding, signatures_of
from app.panels.models import Authority, Panel, PanelDecision, PanelSeat, Payer, Referral
from app.panels.setting_up import seats_held
from app.panels.status import Outcome, ReferralStatus
from app.requests.models import PlacementRequest
from providers.services.models import Service


@dataclass(frozen=True)
class MeetingLine:
    """A coming meeting of a panel, when its agenda closes, and how many cases are on it."""

    meeting: Meeting
    panel: Panel
    closes_on: dt.date
    cases: int

    def is_open(self, today: dt.date) -> bool:
        """Whether a case can still be put on its agenda."""
        return today <= self.closes_on


@dataclass(frozen=True)
class CaseLine:
    """A case of a panel: the placement proposed, what it costs, when it is heard, and what was decided last."""

    referral: Referral
    request_reference: str
    panel: str
    borough: str
    service: str
    held_on: dt.date | None
    outcome: Outcome | None


@dataclass(frozen=True)
class SignatureLine:
    """A signature that is there, or (signed_at None) one that is outstanding, with who could give it."""

    capacity: str
    person: str
    signed_at: dt.datetime | None


@dataclass(frozen=True)
class DecisionLine:
    """A decision with its case, what it still lacks, and in which capacities the reader could sign it."""

    decision: PanelDecision
    referral_reference: str
    request_reference: str
    service: str
    lacking: list[str]
    mine: list[str]


def sits_on(session: Session, *, actor: Actor, now: dt.datetime) -> list[Panel]:
    """The panels on which the actor sits today, by name."""
    held = {seat.panel_id for seat in seats_held(session, actor=actor, on=local_date(now))}
    return list(session.scalars(select(Panel).where(Panel.id.in_(held)).order_by(Panel.name)))


def meetings_for(session: Session, *, panels: list[Panel], since: dt.date) -> list[MeetingLine]:
    """The meetings of some panels from a day on, the soonest first."""
    by_series = {panel.series_id: panel for panel in panels}
    meetings = meetings_of(session, list(by_series), since=since)
    cases = select(Referral.meeting_id, func.count(Referral.id)).where(
        Referral.meeting_id.in_([meeting.id for meeting in meetings]),
        Referral.status.in_([ReferralStatus.LISTED, ReferralStatus.DECIDED]),
    )
    counted = dict(session.execute(cases.group_by(Referral.meeting_id)).all())
    return [
        MeetingLine(
            meeting,
            by_series[meeting.series_id],
            meeting.held_on - dt.timedelta(days=by_series[meeting.series_id].lead_days),
            counted.get(meeting.id, 0),
        )
        for meeting in meetings
    ]


def _cases() -> Select[Referral, str, str, str, str, dt.date]:
    return (
        select(Referral, PlacementRequest.reference, Panel.name, Organisation.name, Service.name, Meeting.held_on)
        .join(PlacementRequest, PlacementRequest.id == Referral.request_id)
        .join(Panel, Panel.id == Referral.panel_id)
        .join(Organisation, Organisation.id == Referral.organisation_id)
        .join(Offer, Offer.id == Referral.offer_id)
        .join(Service, Service.id == Offer.service_id)
        .outerjoin(Meeting, Meeting.id == Referral.meeting_id)
    )


def cases_for(
    session: Session,
    *,
    actor: Actor,
    now: dt.datetime,
    meeting_id: str = "",
    status: ReferralStatus | None = None,
    limit: int = 25,
    offset: int = 0,
) -> tuple[list[CaseLine], int]:
    """A page of the cases of the panels on which the actor sits, those waiting for a decision first, and how many."""
    actor.require(Permission.PANEL_READ)
    panels = [panel.id for panel in sits_on(session, actor=actor, now=now)]
    wanted = [Referral.panel_id.in_(panels), Referral.status != ReferralStatus.DRAFT]
    if meeting_id:
        wanted.append(Referral.meeting_id == meeting_id)
    if status is not None:
        wanted.append(Referral.status == status)
    total = session.scalar(select(func.count(Referral.id)).where(*wanted)) or 0
    waiting = Referral.status != ReferralStatus.LISTED
    rows = session.execute(
        _cases().where(*wanted).order_by(waiting, Meeting.held_on.desc(), Referral.id).limit(limit).offset(offset)
    )
    return _with_outcomes(session, list(rows)), total


def case_line(session: Session, referral: Referral) -> CaseLine:
    """One case that the caller has already found within somebody's reach."""
    rows = session.execute(_cases().where(Referral.id == referral.id))
    return _with_outcomes(session, list(rows))[0]


def referrals_of_request(session: Session, *, actor: Actor, request_id: str) -> list[CaseLine]:
    """The borough's own referrals of a request, the latest first."""
    rows = session.execute(
        _cases()
        .where(Referral.request_id == request_id, Referral.organisation_id == actor.organisation_id)
        .order_by(Referral.created_at.desc(), Referral.id)
    )
    return _with_outcomes(session, list(rows))


def _with_outcomes(session: Session, rows: list[tuple[Referral, str, str, str, str, dt.date | None]]) -> list[CaseLine]:
    decided = session.execute(
        select(PanelDecision.referral_id, PanelDecision.outcome)
        .where(PanelDecision.referral_id.in_([row[0].id for row in rows]))
        .order_by(PanelDecision.recorded_at, PanelDecision.id)
    )
    latest = dict(decided.all())
    return [CaseLine(*row, latest.get(row[0].id)) for row in rows]


def decisions_of(session: Session, referral_id: str) -> list[PanelDecision]:
    """What was decided on a referral that the caller has already found, the latest first."""
    return list(
        session.scalars(
            select(PanelDecision)
            .where(PanelDecision.referral_id == referral_id)
            .order_by(PanelDecision.recorded_at.desc(), PanelDecision.id)
        )
    )


def decisions_for(session: Session, *, actor: Actor, now: dt.datetime, limit: int = 50) -> list[DecisionLine]:
    """The latest decisions of the panels on which the actor sits."""
    actor.require(Permission.PANEL_READ)
    panels = [panel.id for panel in sits_on(session, actor=actor, now=now)]
    rows = session.execute(
        select(PanelDecision, Referral.reference, PlacementRequest.reference, Service.name)
        .join(Referral, Referral.id == PanelDecision.referral_id)
        .join(PlacementRequest, PlacementRequest.id == Referral.request_id)
        .join(Offer, Offer.id == Referral.offer_id)
        .join(Service, Service.id == Offer.service_id)
        .where(Referral.panel_id.in_(panels))
        .order_by(PanelDecision.recorded_at.desc(), PanelDecision.id)
        .limit(limit)
    )
    return [
        DecisionLine(
            decision,
            referral,
            request,
            service,
            [capacity_words(payer) for payer in outstanding(session, decision)],
            [capacity_words(payer) for payer in may_sign_as(session, actor=actor, decision=decision, now=now)],
        )
        for decision, referral, request, service in rows
    ]


def capacity_words(payer: Payer | None) -> str:
    """In what capacity a signature is given."""
    return payer.name if payer else "The chair"


def signature_lines(session: Session, decision: PanelDecision, *, now: dt.datetime) -> list[SignatureLine]:
    """Who has signed a decision and who is outstanding, with the people who could sign in that capacity."""
    signed = signatures_of(session, decision.id)
    payers = {payer.id: payer for payer in session.scalars(select(Payer).order_by(Payer.id))}
    people = person_names(session, {signature.person_id for signature in signed})
    lines = [
        SignatureLine(
            capacity_words(payers[one.payer_id] if one.payer_id else None), people[one.person_id], one.signed_at
        )
        for one in signed
    ]
    for payer in outstanding(session, decision):
        able = _able_to_sign(session, decision.referral.panel_id, payer, local_date(now))
        lines.append(SignatureLine(capacity_words(payer), " or ".join(able) or "Nobody holds this seat", None))
    return lines


def _able_to_sign(session: Session, panel_id: str, payer: Payer | None, today: dt.date) -> list[str]:
    capacity = PanelSeat.is_chair if payer is None else PanelSeat.payer_id == payer.id
    return list(
        session.scalars(
            select(Person.name)
            .join(PanelSeat, PanelSeat.person_id == Person.id)
            .where(
                PanelSeat.panel_id == panel_id,
                capacity,
                PanelSeat.first_day <= today,
                func.coalesce(PanelSeat.last_day, today) >= today,
                Person.left_at.is_(None),
            )
            .order_by(Person.name, Person.id)
        )
    )


def authorities_of_offer(session: Session, *, actor: Actor, offer_id: str) -> list[Authority]:
    """Every authority that the borough has had for an offer, the latest first."""
    return list(
        session.scalars(
            select(Authority)
            .where(Authority.offer_id == offer_id, Authority.organisation_id == actor.organisation_id)
            .order_by(Authority.recorded_at.desc(), Authority.id)
        )
    )


def payer_names(session: Session) -> dict[str, str]:
    """The names of all payers, by id."""
    return dict(session.execute(select(Payer.id, Payer.name)).all())


def person_names(session: Session, person_ids: set[str]) -> dict[str, str]:
    """The names of some people, by id."""
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids))).all())
