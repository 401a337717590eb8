"""From an authority to a child who has moved in: awarding, the approval of the location, the start, and what a panel
makes of an emergency (F-37, F-39, F-45, F-52).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.events import install
from app.offers.models import Offer, PlaceHold
from app.offers.status import OfferStatus
from app.panels.authorities import give_emergency_authority
from app.panels.decisions import record_decision
from app.panels.models import Authority
from app.panels.status import AuthorityKind, AuthorityStatus, Element, Outcome
from app.placements import location, statutory
from app.placements.confirming import confirm
from app.placements.events import Awarded, PlacementStarted
from app.placements.models import Award, CostLine, LocationApproval, Placement
from app.placements.queries import (
    child_file,
    cost_lines_of,
    cost_rows,
    list_placements,
    location_of,
    placement_for,
)
from app.placements.starting import start
from app.placements.status import ApprovalNeeded, ApprovalStatus, PlacementStatus
from app.requests.status import RequestStatus
from app.tasks.tasks import finish_task, open_tasks, task_for
from tests.factories import placements as factory
from tests.factories.placements import Case, make_authorised, make_case, make_placement
from tests.factories.requests import VAULT, make_actor


def test_an_award_makes_a_placement_with_each_payers_costs_and_tells_the_others_apart(session: Session) -> None:
    case = make_case(session, care=3_000_00, education=1_000_00)
    factory.complete(case)
    factory.list_case(case)
    factory.decide(case)
    authority = factory.sign_all(case)
    (made,) = factory.award(case, authority)
    placement = session.scalars(select(Placement)).one()
    assert (made.weekly_pence, made.first_day, made.last_day) == (4_000_00, authority.first_day, authority.last_day)
    assert (placement.status, placement.review_on) == (PlacementStatus.AWAITING_START, authority.review_on)
    assert {(line.payer_id, line.element): line.weekly_pence for line in cost_lines_of(session, placement.id)} == {
        (case.social_care.id, Element.CARE): 3_000_00,
        (case.education.id, Element.EDUCATION): 1_000_00,
    }
    assert case.scene.request.status is RequestStatus.AWARDED
    assert [offer.status for offer in session.scalars(select(Offer).order_by(Offer.care_pence))] == [
        OfferStatus.WON,
        OfferStatus.LOST,
    ]
    with pytest.raises(Conflict, match="has been awarded already"):
        factory.award(case, authority)


def test_an_authority_that_is_over_or_was_taken_back_awards_nothing(session: Session) -> None:
    case, authority = make_authorised(session)
    after = dt.datetime.combine(authority.last_day, dt.time(12), dt.UTC) + dt.timedelta(days=1)
    with pytest.raises(Conflict, match="That authority ended on 9 June 2027"):
        factory.award(case, authority, now=after)
    authority.status = AuthorityStatus.REVOKED
    session.flush()
    with pytest.raises(Conflict, match="taken back"):
        factory.award(case, authority)
    assert session.scalar(select(func.count(Award.id))) == 0


def test_the_last_signature_and_the_award_are_not_one_persons(session: Session) -> None:
    case, authority = make_authorised(session)
    authority.given_by = case.officer.person_id
    session.flush()
    with pytest.raises(NotAllowed, match="somebody else makes the award"):
        factory.award(case, authority)


def test_an_award_needs_the_places_to_be_held_and_an_authority_for_this_request(session: Session) -> None:
    case, authority = make_authorised(session)
    other, others = make_authorised(session)
    with pytest.raises(NotFound):
        factory.award(case, others)
    others.organisation_id = case.borough.id
    session.flush()
    with pytest.raises(Invalid, match="for another request"):
        factory.award(case, others)
    session.scalars(select(PlaceHold).where(PlaceHold.offer_id == case.offer.id)).one().valid_until = case.meeting_at
    session.flush()
    with pytest.raises(Conflict, match="no longer holds its places"):
        factory.award(case, authority)
    assert other.offer.status is OfferStatus.PREFERRED


def decide(case: Case, approval: LocationApproval, by: Any, *, give: bool = True, reason: str = "Made-up") -> None:
    location.decide_location(
        case.session,
        actor=by,
        approval_id=approval.id,
        give=give,
        reason=reason,
        version=approval.version,
        now=case.awarded_at,
    )


def notify(case: Case, approval: LocationApproval, **days: dt.date) -> None:
    location.record_notification(
        case.session,
        actor=case.officer,
        approval_id=approval.id,
        version=approval.version,
        now=case.awarded_at,
        **days,
    )


def begin(case: Case, placement: Placement, on: dt.date | None = None, late: str = "") -> Placement:
    return start(
        case.session,
        actor=case.officer,
        placement_id=placement.id,
        started_on=on or case.meeting_on,
        version=placement.version,
        now=case.awarded_at,
        late_approval_reason=late,
    )


def react(session: Session) -> None:
    """What the law asks follows from the events, as it does in the product."""
    install(
        session,
        {
            Awarded: [lambda on, event: statutory.on_awarded(on, event, vault=VAULT)],
            PlacementStarted: [lambda on, event: statutory.on_started(on, event, vault=VAULT)],
        },
    )


def test_in_the_boroughs_own_area_a_placement_starts_without_an_approval(session: Session) -> None:
    case, authority = make_authorised(session)
    react(session)
    factory.award(case, authority)
    placement = session.scalars(select(Placement)).one()
    assert location_of(session, placement.award_id).status is ApprovalStatus.NOT_NEEDED
    assert {task.title.split(" PL-")[0]: task.due_on for task in open_tasks(session, actor=case.officer)} == {
        "Agree the placement plan for": dt.date(2026, 12, 10)
    }
    with pytest.raises(Invalid, match="in the future"):
        begin(case, placement, case.meeting_on + dt.timedelta(days=1))
    with pytest.raises(Invalid, match="The award covers 10 December 2026 to 9 June 2027"):
        begin(case, placement, case.meeting_on - dt.timedelta(days=1))
    begin(case, placement)
    assert placement.status is PlacementStatus.LIVE
    due = {task.title.split(" PL-")[0]: task.due_on for task in open_tasks(session, actor=case.officer)}
    assert due == {
        "Agree the placement plan for": dt.date(2026, 12, 17),
        "Hold the first review of": dt.date(2027, 1, 12),
        "Hold the second review of": dt.date(2027, 4, 12),
        "Hold the third review of": dt.date(2027, 10, 12),
        "Review the funding of": placement.review_on,
    }
    with pytest.raises(Conflict):
        begin(case, placement)
    (line,) = cost_rows(session, placement, upto=case.meeting_on + dt.timedelta(days=6))
    assert line.spent_pence == 4_000_00


def test_in_an_adjoining_area_a_nominated_officer_approves_and_the_area_is_notified_first(session: Session) -> None:
    case, placement = make_placement(session, postcode=factory.ADJOINING)
    approval = location_of(session, placement.award_id)
    assert approval.needed is ApprovalNeeded.NOMINATED_OFFICER
    with pytest.raises(Conflict, match="A nominated officer's approval is needed"):
        begin(case, placement)
    with pytest.raises(NotAllowed):
        decide(case, approval, case.officer)
    with pytest.raises(Invalid, match="Say why"):
        decide(case, approval, case.nominated, reason=" ")
    decide(case, approval, case.nominated)
    assert not [task for task in open_tasks(session, actor=case.officer) if "location" in task.title]
    with pytest.raises(Conflict, match="Notify the authority of the area"):
        begin(case, placement)
    notify(case, approval, notified_on=case.meeting_on)
    assert begin(case, placement).started_on == case.meeting_on


def test_at_a_distance_the_director_approves_after_the_area_was_consulted(session: Session) -> None:
    case, placement = make_placement(session, postcode=factory.AT_A_DISTANCE)
    approval = location_of(session, placement.award_id)
    assert approval.needed is ApprovalNeeded.DIRECTOR
    with pytest.raises(NotAllowed):
        decide(case, approval, case.nominated)
    with pytest.raises(Invalid, match="consulted and given the care plan"):
        decide(case, approval, case.director)
    notify(case, approval, notified_on=case.meeting_on, consulted_on=case.meeting_on)
    decide(case, approval, case.director)
    assert begin(case, placement).status is PlacementStatus.LIVE


def test_a_refused_location_stops_the_start_until_it_is_asked_for_again(session: Session) -> None:
    case, placement = make_placement(session, postcode=factory.ADJOINING)
    approval = location_of(session, placement.award_id)
    decide(case, approval, case.nominated, give=False)
    with pytest.raises(Conflict):
        begin(case, placement)
    with pytest.raises(Conflict):
        decide(case, approval, case.nominated)
    given: dict[str, Any] = {"actor": case.officer, "approval_id": approval.id, "now": case.awarded_at}
    with pytest.raises(Stale):
        location.ask_again(session, reason="Made-up", version=0, **given)
    location.ask_again(session, reason="A nearer school was found", version=approval.version, **given)
    decide(case, approval, case.nominated)
    assert approval.status is ApprovalStatus.GIVEN


def test_whoever_awarded_does_not_approve_the_location(session: Session) -> None:
    case, placement = make_placement(session, postcode=factory.ADJOINING)
    placement.award.awarded_by = case.nominated.person_id
    session.flush()
    with pytest.raises(Conflict, match="somebody else approves"):
        decide(case, location_of(session, placement.award_id), case.nominated)


def test_only_the_winner_and_the_borough_reach_a_placement(session: Session) -> None:
    case, placement = make_placement(session)
    winner, loser = (case.scene.provider(service) for service in case.scene.services)
    file = child_file(session, actor=winner, vault=VAULT, placement_id=placement.id)
    assert file.identity.name == "Zebedee Testchild"
    assert file.prices == [(Element.CARE, 4_000_00)]
    assert ("Name", "Zebedee Testchild") in file.sections[0].rows
    with pytest.raises(NotAllowed):
        child_file(session, actor=case.officer, vault=VAULT, placement_id=placement.id)
    other = make_actor(session, *case.officer.roles)
    for stranger in (loser, other, case.for_health):
        with pytest.raises(NotFound):
            placement_for(session, actor=stranger, placement_id=placement.id)
        assert list_placements(session, actor=stranger) == ([], 0)
    for reader in (winner, case.officer):
        lines, total = list_placements(session, actor=reader, status=PlacementStatus.AWAITING_START, order="price")
        assert ([line.placement.id for line in lines], total) == ([placement.id], 1)


def emergency(session: Session) -> tuple[Case, Authority]:
    case = make_case(session, postcode=factory.ADJOINING)
    authority = give_emergency_authority(
        session,
        actor=case.director,
        request_id=case.request_id,
        reason="Made-up emergency",
        given_at=case.preferred_at,
        now=case.preferred_at,
    )
    return case, authority


def test_a_lapsed_emergency_awards_nothing(session: Session) -> None:
    case, authority = emergency(session)
    late = case.meeting_at + dt.timedelta(days=1)
    with pytest.raises(Conflict, match="lapsed on 10 December 2026"):
        factory.award(case, authority, now=late)


def test_a_panel_confirms_what_an_emergency_began(session: Session) -> None:
    case, authority = emergency(session)
    (made,) = factory.award(case, authority, now=case.preferred_at)
    placement = session.scalars(select(Placement)).one()
    assert (made.first_day, made.last_day) == (dt.date(2026, 12, 7), case.meeting_on)
    referral = factory.refer(case)
    assert referral.first_day == made.first_day
    factory.complete(case, first_day=made.first_day)
    factory.share(case, (case.social_care, Element.CARE, 3_000_00), (case.health, Element.CARE, 1_000_00))
    factory.list_case(case)
    factory.decide(case)
    panel = factory.sign_all(case)
    given: dict[str, Any] = {"placement_id": placement.id, "version": placement.version, "now": case.awarded_at}
    with pytest.raises(Invalid, match="not a panel's"):
        confirm(session, actor=case.officer, authority_id=authority.id, **given)
    signed_last, panel.given_by = panel.given_by, case.officer.person_id
    with pytest.raises(NotAllowed, match="somebody else confirms"):
        confirm(session, actor=case.officer, authority_id=panel.id, **given)
    panel.given_by = signed_last
    confirm(session, actor=case.officer, authority_id=panel.id, **given)
    assert (made.authority_id, made.last_day, placement.planned_end) == (panel.id, panel.last_day, panel.last_day)
    lines = [(line.payer_id, line.weekly_pence, line.first_day) for line in cost_lines_of(session, placement.id)]
    after = case.meeting_on + dt.timedelta(days=1)
    assert lines[0] == (case.social_care.id, 4_000_00, dt.date(2026, 12, 7))
    assert sorted(lines[1:]) == sorted([(case.social_care.id, 3_000_00, after), (case.health.id, 1_000_00, after)])
    assert session.scalar(select(func.sum(CostLine.weekly_pence)).where(CostLine.authority_id == panel.id)) == 4_000_00
    assert not [task for task in open_tasks(session, actor=case.officer) if "emergency" in task.title]
    with pytest.raises(Stale):
        confirm(session, actor=case.officer, authority_id=panel.id, **given)


def test_a_refusal_after_an_emergency_leaves_the_award_to_its_own_end(session: Session) -> None:
    case, authority = emergency(session)
    (made,) = factory.award(case, authority, now=case.preferred_at)
    factory.complete(case, first_day=made.first_day)
    factory.list_case(case)
    terms: dict[str, Any] = {"referral_id": case.referral.id, "outcome": Outcome.REFUSE, "reason": "Made-up"}
    record_decision(session, actor=case.chair, now=case.meeting_at, **terms)
    assert made.last_day == case.meeting_on
    kinds = session.scalars(select(Authority.kind)).all()
    assert kinds == [AuthorityKind.EMERGENCY]


def test_an_emergency_starts_after_approval_and_notifies_within_five_working_days(session: Session) -> None:
    case, authority = emergency(session)
    react(session)
    factory.award(case, authority, now=case.preferred_at)
    placement = session.scalars(select(Placement)).one()
    approval = location_of(session, placement.award_id)
    with pytest.raises(Conflict):
        begin(case, placement)
    decide(case, approval, case.nominated)
    with pytest.raises(Invalid, match="Say why the child had to move first"):
        begin(case, placement, dt.date(2026, 12, 7))
    begin(case, placement, dt.date(2026, 12, 7), late="There was nowhere else to sleep")
    assert placement.late_approval_reason == "There was nowhere else to sleep"
    due = {task.title.split(" PL-")[0]: task for task in open_tasks(session, actor=case.officer)}
    task = due["Notify the authority of the area about"]
    assert task.due_on == dt.date(2026, 12, 14)
    notify(case, approval, notified_on=case.meeting_on)
    assert task.done_at == case.awarded_at


def test_a_task_is_finished_once_with_evidence_by_its_own_organisation(session: Session) -> None:
    case, _ = emergency(session)
    (task,) = open_tasks(session, actor=case.officer)
    with pytest.raises(NotFound):
        task_for(session, actor=make_actor(session, *case.officer.roles), task_id=task.id)
    given: dict[str, Any] = {"actor": case.officer, "task_id": task.id, "now": case.awarded_at}
    with pytest.raises(Invalid, match="Say what was done"):
        finish_task(session, evidence=" ", version=task.version, **given)
    with pytest.raises(Stale):
        finish_task(session, evidence="Made-up evidence", version=task.version + 1, **given)
    finish_task(session, evidence="Made-up evidence", version=task.version, **given)
    with pytest.raises(Conflict, match="already done"):
        finish_task(session, evidence="Made-up evidence", version=task.version, **given)
    assert open_tasks(session, actor=case.officer) == []
