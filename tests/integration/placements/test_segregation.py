"""One person with every role cannot take a case from its referral to its award alone, whatever part they begin with."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.errors import HomewardError, NotAllowed
from app.identity.models import Membership
from app.identity.permissions import Actor
from app.identity.queries import actor_for
from app.identity.status import Role
from app.panels import setting_up
from app.panels.decisions import may_sign_as, sign
from app.panels.models import Authority
from app.placements.awarding import award
from tests.factories import placements as factory
from tests.factories.placements import BASE_URL, Case, make_case

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PARTS = ("refer", "save", "list", "record", "chair", "payer")
WRITES = {"refer", "save", "list"}


def everybody(case: Case) -> Actor:
    """The chair, who is also placement officer and administrator and sits for social care as well."""
    for role in (Role.PLACEMENT_OFFICER, Role.PANEL_ADMINISTRATOR, Role.PANEL_MEMBER):
        case.session.add(
            Membership(
                person_id=case.chair.person_id,
                organisation_id=case.borough.id,
                role=role,
                started_at=case.preferred_at,
            )
        )
    since = case.preferred_at.date()
    setting_up.seat(
        case.session,
        panel_id=case.panel.id,
        person_id=case.chair.person_id,
        payer_id=case.social_care.id,
        first_day=since,
    )
    case.session.flush()
    actor = actor_for(case.session, case.chair.person_id, case.borough.id)
    assert actor is not None
    return actor


def play(case: Case, one: Actor, parts: set[str]) -> Authority:
    """The whole way to an authority; `one` takes these parts and the others are other people's."""
    officer = case.officer

    def by(part: str, other: Actor) -> Actor:
        return one if part in parts else other

    case.officer = by("refer", officer)
    factory.refer(case)
    case.officer = by("save", officer)
    factory.complete(case)
    case.officer = by("list", officer)
    factory.list_case(case)
    case.officer = officer
    case.administrator = by("record", case.administrator)
    decision = factory.decide(case)
    made = None
    for part, payer_id, other in (
        ("chair", None, case.for_education),
        ("payer", case.social_care.id, case.for_social_care),
    ):
        if payer_id is None and "chair" not in parts:  # a second chair, where the one is busy elsewhere
            setting_up.seat(
                case.session,
                panel_id=case.panel.id,
                person_id=other.person_id,
                is_chair=True,
                first_day=case.preferred_at.date(),
            )
        made = sign(
            case.session, actor=by(part, other), decision_id=decision.id, payer_id=payer_id, now=case.meeting_at
        )
    assert made is not None
    return made


def award_by(case: Case, actor: Actor, authority: Authority) -> Any:
    return award(
        case.session,
        actor=actor,
        request_id=case.request_id,
        authority_id=authority.id,
        now=case.awarded_at,
        base_url=BASE_URL,
    )


@pytest.mark.parametrize("part", ["refer", "save", "list", "record", "chair", "payer"])
def test_whoever_had_a_part_in_the_decision_does_not_award(session: Session, part: str) -> None:
    case = make_case(session)
    one = everybody(case)
    authority = play(case, one, {part})
    if part in WRITES:  # writing the case is not deciding it
        assert award_by(case, one, authority)
    else:
        with pytest.raises(NotAllowed, match="somebody else makes the award"):
            award_by(case, one, authority)


@pytest.mark.parametrize("writing", ["refer", "save", "list"])
@pytest.mark.parametrize("deciding", ["record", "chair", "payer"])
def test_whoever_wrote_any_of_a_case_neither_decides_nor_signs(session: Session, writing: str, deciding: str) -> None:
    case = make_case(session)
    one = everybody(case)
    with pytest.raises(NotAllowed, match="You wrote this referral"):
        play(case, one, {writing, deciding})
    if deciding != "record":
        assert may_sign_as(session, actor=one, decision=case.decision, now=case.meeting_at) == []


def test_nobody_goes_the_whole_way_alone(session: Session) -> None:
    case = make_case(session)
    with pytest.raises(HomewardError):
        play(case, everybody(case), set(PARTS) - WRITES)  # a person signs once, so the payer's is somebody else's
