"""A preferred offer on its way through the panel to a placement, through the use cases. All of it is made up.

`make_case(session)` is a request with a preferred offer, a panel with its people and payers; `refer(case)`,
`list_case(case)`, `decide(case)`, `sign_all(case)`, `award(case)` go one step each, and `make_placement(session)` goes
the whole way. Times follow each other: `case.preferred_at`, `case.meeting_at`, `case.awarded_at`.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.meetings.calendar import next_meeting
from app.offers.models import Offer
from app.panels import agenda, referrals, setting_up
from app.panels.decisions import outstanding, record_decision, sign
from app.panels.models import Authority, Panel, PanelDecision, Payer, Referral
from app.panels.status import Element, Outcome, PayerKind
from app.placements.awarding import award as make_award
from app.placements.models import Award, Placement
from providers.market.status import ServiceType
from tests.factories import identity, offers, providers
from tests.factories.offers import BASE_URL, Scene
from tests.factories.requests import NOW, VAULT, make_actor, make_borough
from tests.remembering import remembered

CROYDON = "E09000008"
IN_AREA, ADJOINING, AT_A_DISTANCE = "CR0 1EA", "SM1 1EA", "M1 1AE"
"""Postcodes in Croydon, in Sutton, which adjoins it, and in Manchester, which does not."""

_numbers = itertools.count(1)


@dataclass
class Case:
    """A request with a preferred offer, and everybody who must act on it."""

    scene: Scene
    offer: Offer
    borough: Organisation
    panel: Panel
    social_care: Payer
    education: Payer
    health: Payer
    officer: Actor
    manager: Actor
    director: Actor
    nominated: Actor
    chair: Actor
    administrator: Actor
    for_social_care: Actor
    for_education: Actor
    for_health: Actor
    preferred_at: dt.datetime
    meeting_on: dt.date
    others: dict[str, Any] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.scene.session

    @property
    def request_id(self) -> str:
        return self.scene.request.id

    @property
    def meeting_at(self) -> dt.datetime:
        return dt.datetime.combine(self.meeting_on, dt.time(12), dt.UTC)

    @property
    def awarded_at(self) -> dt.datetime:
        return self.meeting_at + dt.timedelta(hours=3)

    @property
    def referral(self) -> Referral:
        return self.session.scalars(
            select(Referral).where(Referral.offer_id == self.offer.id).order_by(Referral.created_at.desc())
        ).first() or refer(self)

    @property
    def decision(self) -> PanelDecision:
        found = select(PanelDecision).where(PanelDecision.referral_id == self.referral.id)
        return self.session.scalars(found.order_by(PanelDecision.recorded_at.desc())).one()

    @property
    def signers(self) -> dict[str | None, Actor]:
        """Who signs for which payer; the chair for None."""
        return {
            None: self.chair,
            self.social_care.id: self.for_social_care,
            self.education.id: self.for_education,
            self.health.id: self.for_health,
        }


@remembered
def make_case(
    session: Session,
    *,
    postcode: str = IN_AREA,
    care: int = 4_000_00,
    education: int = 0,
    health: int = 0,
    transport: int = 0,
    weeks_per_year: int = 52,
    start: dt.date | None = None,
    lead_days: int = 2,
    services: Sequence[Mapping[str, Any]] = ({}, {}),
    **scene_with: Any,
) -> Case:
    """A preferred offer of the first service, whose places are held, with a rival's beside it; a weekly panel that
    next meets three days after, with a seat for everybody. The offer can take the child from the deadline on, unless
    `start` is given.
    """
    number = next(_numbers)
    taken = session.scalar(select(Organisation.id).where(Organisation.gss_code == CROYDON))
    gss_code = None if taken else CROYDON  # the first borough is Croydon, any other is nowhere
    borough = scene_with.pop("borough", None) or make_borough(session, gss_code=gss_code, short_code=f"P{number}")
    at_home = [{"postcode": postcode, **services[0]}, *services[1:]]
    if weeks_per_year != 52 and "lot" not in scene_with:
        now = scene_with.get("now", NOW)
        scene_with["lot"] = providers.make_system_and_lots(session, now).lots[ServiceType.NMI_38]
    scene = offers.make_scene(session, services=at_home, borough=borough, **scene_with)
    price: dict[str, Any] = {"education_pence": education, "health_pence": health, "transport_pence": transport}
    terms: dict[str, Any] = {"weeks_per_year": weeks_per_year, "place_postcode": postcode, **price}
    chosen = offers.offer(scene, scene.services[0], care, start=start or scene.deadline.date(), **terms)
    for rival in scene.services[1:]:
        offers.offer(scene, rival, care + 500_00, **price)
    offers.open_offers(scene)
    preferred_at = scene.deadline + dt.timedelta(hours=1)
    offers.prefer(scene, chosen, now=preferred_at)
    return found_panel_for(session, scene, chosen, borough, preferred_at, lead_days, number)


def found_panel_for(
    session: Session,
    scene: Scene,
    chosen: Offer,
    borough: Organisation,
    preferred_at: dt.datetime,
    lead_days: int,
    number: int,
) -> Case:
    """The panel of the borough, its payers, and a person in each seat since long before."""
    meeting_on = preferred_at.date() + dt.timedelta(days=3)
    panel = setting_up.found_panel(
        session,
        organisation_id=borough.id,
        name=f"Made-up panel {number}",
        every_weeks=1,
        first_on=meeting_on,
        meetings=6,
        lead_days=lead_days,
    )
    board = identity.make_organisation(session, OrganisationKind.AGENCY, f"Made-up care board {number}")
    kinds = {PayerKind.SOCIAL_CARE: borough, PayerKind.EDUCATION: borough, PayerKind.HEALTH: board}
    payers = {
        kind: setting_up.add_payer(
            session, organisation_id=place.id, kind=kind, name=f"Made-up {kind.value.replace('_', ' ')} {number}"
        )
        for kind, place in kinds.items()
    }
    case = Case(
        scene=scene,
        offer=chosen,
        borough=borough,
        panel=panel,
        social_care=payers[PayerKind.SOCIAL_CARE],
        education=payers[PayerKind.EDUCATION],
        health=payers[PayerKind.HEALTH],
        officer=scene.officer,
        manager=make_actor(session, Role.TEAM_MANAGER, organisation=borough),
        director=make_actor(session, Role.DIRECTOR, organisation=borough),
        nominated=make_actor(session, Role.NOMINATED_OFFICER, organisation=borough),
        chair=make_actor(session, Role.PANEL_CHAIR, organisation=borough, name="Test Chair"),
        administrator=make_actor(session, Role.PANEL_ADMINISTRATOR, organisation=borough),
        for_social_care=make_actor(session, Role.PANEL_MEMBER, organisation=borough),
        for_education=make_actor(session, Role.PANEL_MEMBER, organisation=borough),
        for_health=make_actor(session, Role.AGENCY_PANEL_MEMBER, organisation=board),
        preferred_at=preferred_at,
        meeting_on=meeting_on,
    )
    since = NOW.date() - dt.timedelta(days=365)
    give: dict[str, Any] = {"panel_id": panel.id, "first_day": since}
    setting_up.seat(session, person_id=case.chair.person_id, is_chair=True, **give)
    setting_up.seat(session, person_id=case.administrator.person_id, **give)
    for payer_id, actor in case.signers.items():
        if payer_id is not None:
            setting_up.seat(session, person_id=actor.person_id, payer_id=payer_id, **give)
    return case


def borough_of(session: Session, scene: Scene) -> Organisation:
    """The borough whose request a scene is about."""
    return session.get_one(Organisation, scene.request.organisation_id)


@remembered
def refer(case: Case) -> Referral:
    """The referral, started just after the offer was preferred."""
    return referrals.refer(case.session, actor=case.officer, request_id=case.request_id, now=case.preferred_at)


@remembered
def complete(case: Case, **replaced: Any) -> Referral:
    """The referral with all that the panel needs: half a year from the day after the meeting. Arguments replace."""
    referral = case.referral
    facts: dict[str, Any] = {
        "panel_id": case.panel.id,
        "professionals_met_on": case.preferred_at.date(),
        "fostering_explored": "Four made-up agencies were asked and none could.",
        "case_for_placement": "The home meets the needs that were measured highest.",
        "first_day": case.meeting_on,
        "last_day": case.meeting_on + dt.timedelta(days=181),
        "health_approved_on": case.preferred_at.date() - dt.timedelta(days=1),
        "health_approved_by": "A made-up executive",
        "health_by_executive": True,
        "split_reason": "Made-up reason of the split",
        **replaced,
    }
    return referrals.save_referral(
        case.session,
        actor=case.officer,
        referral_id=referral.id,
        facts=referrals.ReferralFacts(**facts),
        version=referral.version,
        now=case.preferred_at,
    )


@remembered
def share(case: Case, *shares: tuple[Payer, Element, int]) -> Referral:
    """Replace the split by (payer, element, pence a week) each."""
    referral = case.referral
    return referrals.save_shares(
        case.session,
        actor=case.officer,
        referral_id=referral.id,
        shares=[(payer.id, element, pence) for payer, element, pence in shares],
        version=referral.version,
        now=case.preferred_at,
    )


@remembered
def list_case(case: Case) -> Referral:
    """The complete referral on the agenda of the next meeting."""
    referral = case.referral
    meeting = next_meeting(case.session, case.panel.series_id, case.meeting_on)
    assert meeting is not None
    return agenda.list_for_meeting(
        case.session,
        actor=case.officer,
        referral_id=referral.id,
        meeting_id=meeting.id,
        version=referral.version,
        now=case.preferred_at,
    )


@remembered
def decide(case: Case, outcome: Outcome = Outcome.APPROVE, **replaced: Any) -> PanelDecision:
    """The decision of the meeting, recorded by the administrator on its day."""
    referral = case.referral
    terms: dict[str, Any] = {}
    if outcome is Outcome.APPROVE:
        terms = {
            "first_day": referral.first_day,
            "last_day": referral.last_day,
            "review_on": case.meeting_on + dt.timedelta(days=120),
            "lead_payer_id": case.social_care.id,
        }
    return record_decision(
        case.session,
        actor=case.administrator,
        referral_id=referral.id,
        outcome=outcome,
        now=case.meeting_at,
        **{"reason": "Made-up reasons of the panel", **terms, **replaced},
    )


@remembered
def make_approved(session: Session, **case_with: Any) -> Case:
    """A case that the panel has approved; nobody has signed yet."""
    case = make_case(session, **case_with)
    complete(case)
    list_case(case)
    decide(case)
    return case


@remembered
def sign_all(case: Case) -> Authority:
    """Every signature that is outstanding, the chair's first; the last one makes the authority."""
    made = None
    for payer in outstanding(case.session, case.decision):
        payer_id = payer.id if payer else None
        signer = case.signers[payer_id]
        made = sign(case.session, actor=signer, decision_id=case.decision.id, payer_id=payer_id, now=case.meeting_at)
    assert made is not None
    return made


@remembered
def make_authorised(session: Session, **case_with: Any) -> tuple[Case, Authority]:
    """A case with the panel's authority, ready to be awarded."""
    case = make_approved(session, **case_with)
    return case, sign_all(case)


@remembered
def award(case: Case, authority: Authority, *, now: dt.datetime | None = None) -> list[Award]:
    """The award, by the officer, three hours after the meeting unless told otherwise."""
    return make_award(
        case.session,
        actor=case.officer,
        request_id=case.request_id,
        authority_id=authority.id,
        now=now or case.awarded_at,
        base_url=BASE_URL,
    )


@remembered
def make_placement(session: Session, **case_with: Any) -> tuple[Case, Placement]:
    """A placement that waits for its start, the whole way through the panel."""
    case, authority = make_authorised(session, **case_with)
    made = award(case, authority)[0]
    return case, session.scalars(select(Placement).where(Placement.award_id == made.id)).one()


__all__ = ["ADJOINING", "AT_A_DISTANCE", "BASE_URL", "IN_AREA", "VAULT", "Case", "make_case", "make_placement"]
