"""The tasks that the law leaves with an award and a start: which, until when, once, and settled by what was done."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policies import SHIPPED, append, read_file
from app.placements import location, statutory
from app.placements.events import Awarded, PlacementStarted
from app.placements.models import Placement
from app.placements.queries import location_of
from app.requests.drawers import drawer_of
from app.requests.form import form
from app.requests.models import RequestChild
from app.requests.statute import STATUTE, statute_on
from app.tasks.models import Task
from tests.factories import placements as factory
from tests.factories.offers import open_offers
from tests.factories.placements import ADJOINING, AT_A_DISTANCE, IN_AREA, make_placement
from tests.factories.providers import make_system_and_lots
from tests.factories.requests import NOW, VAULT, request_answers
from tests.factories.siblings import authorise, make_group, offer, prefer_plan

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FIRST_DAY = dt.date(2026, 12, 10)
PLAN = "Agree the placement plan for"
NOTIFY = "Notify the authority of the area about"
CONSULT = "Consult the authority of the area, with the care plan, about"
SCHOOL = "Ask a nominated officer about school in the GCSE years for"
FOSTER = "Make sure of the limit of three foster children for"


def tasks(session: Session) -> dict[str, Task]:
    """The tasks of the law by their words, those of the location's approval and of panels apart."""
    found = session.scalars(select(Task).where(Task.key.not_like("location-approval:%"))).all()
    return {one.title.split(" PL-")[0]: one for one in found}


def award_of(session: Session, **case_with: Any) -> tuple[factory.Case, Placement]:
    case, placement = make_placement(session, **case_with)
    for _ in range(2):  # an event that is answered twice leaves no second task
        statutory.on_awarded(session, Awarded(placement.award_id, placement.id, case.awarded_at), vault=VAULT)
    return case, placement


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [(IN_AREA, {PLAN}), (ADJOINING, {PLAN, NOTIFY}), (AT_A_DISTANCE, {PLAN, NOTIFY, CONSULT})],
)
def test_an_award_leaves_what_its_location_needs_before_the_child_moves(
    session: Session, postcode: str, expected: set[str]
) -> None:
    """F-37."""
    case, placement = award_of(session, postcode=postcode)
    found = tasks(session)
    assert set(found) == expected
    assert {one.due_on for one in found.values()} == {FIRST_DAY}
    assert all("regulation" in one.basis for one in found.values())
    if NOTIFY not in expected:
        return
    approval = location_of(session, placement.award_id)
    today = case.awarded_at.date()
    location.record_notification(
        session,
        actor=case.officer,
        approval_id=approval.id,
        version=approval.version,
        now=case.awarded_at,
        notified_on=today,
        consulted_on=today,
    )
    assert {words for words, one in tasks(session).items() if one.done_at} == expected - {PLAN}


def test_the_gcse_years_and_foster_homes_leave_their_own_tasks(session: Session) -> None:
    """The child of the factory is in year 9 then: a made-up version of the law says that this counts."""
    lot = make_system_and_lots(session, NOW).fostering
    case, placement = award_of(session, lot=lot, answers=request_answers(keep_school="no", school_name=""))
    assert set(tasks(session)) == {PLAN, FOSTER}
    _, _, begins, source, content = read_file(SHIPPED / "statute_1.toml")
    content["numbers"]["key_stage_4_years"] = [9]
    begins += dt.timedelta(days=1)
    append(session, kind=STATUTE, version="made-up", in_force_from=begins, source=source, content=content, now=NOW)
    statutory.on_awarded(session, Awarded(placement.award_id, placement.id, case.awarded_at), vault=VAULT)
    assert set(tasks(session)) == {PLAN, FOSTER, SCHOOL}


def test_what_is_done_before_the_start_is_not_moved_by_it(session: Session) -> None:
    case, placement = award_of(session)
    plan = tasks(session)[PLAN]
    plan.done_at, plan.done_by, plan.evidence = case.awarded_at, case.officer.person_id, "Agreed"
    placement.started_on = FIRST_DAY
    statutory.on_started(session, PlacementStarted(placement.id, case.awarded_at), vault=VAULT)
    assert plan.due_on == FIRST_DAY
    assert len(tasks(session)) == 4


def test_each_child_of_a_group_answers_to_what_is_said_of_that_child(session: Session) -> None:
    scene = make_group(session, children=2, services=({"min_age": 0, "max_age": 17, "places": 2},))
    part = form(scene.request.form_version).section("identity")
    of_second = drawer_of(session, VAULT, scene.request, part, 2)
    of_second.put(session, None, {"legal_status": "V3"}, actor=scene.officer, now=NOW)
    sent = offer(scene, 0, "1,2")
    open_offers(scene)
    prefer_plan(scene, sent)
    at = scene.deadline + dt.timedelta(hours=1)
    case = factory.found_panel_for(session, scene, sent, factory.borough_of(session, scene), at, 2, 900)
    law = statute_on(session, case.awarded_at.date())
    held = {}
    for award in factory.award(case, authorise(case, sent)):
        placement = session.scalars(select(Placement).where(Placement.award_id == award.id)).one()
        position = session.get_one(RequestChild, award.request_child_id).position
        held[position] = statutory.applies_to(session, law, vault=VAULT, placement=placement, award=award)
    assert held[2] - held[1] == {"short_break"}
    assert not held[1] - held[2]
