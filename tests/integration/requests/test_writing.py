"""Writing a request: sealed drafts, stale saves, submission with its typed columns, and two people to approve."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.children.needs import history
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale, WrongMove
from app.core.events import install
from app.identity.permissions import Actor
from app.identity.status import Role
from app.requests import approval, drafting, submitting
from app.requests.events import RequestReturned, RequestSubmitted
from app.requests.form import form
from app.requests.lists import RequestFilter, requests_of
from app.requests.models import PlacementRequest, RequestMove
from app.requests.queries import desk, request_for, story
from app.requests.status import RequestStatus
from app.requests.telling import tell_managers, tell_writer
from notifications.models import OutboxMessage
from tests.factories.requests import (
    NEEDS,
    NOW,
    VAULT,
    load_policies,
    make_actor,
    make_approved_request,
    make_borough,
    make_child,
    make_draft,
    read_everything,
    request_answers,
)


def save(session: Session, actor: Actor, request: PlacementRequest, section: str, version: int, **answers: Any) -> Any:
    return drafting.save_section(
        session,
        actor=actor,
        vault=VAULT,
        request_id=request.id,
        section=section,
        answers=answers,
        version=version,
        now=NOW,
    )


def submit(session: Session, actor: Actor, request: PlacementRequest) -> PlacementRequest:
    return submitting.submit(session, actor=actor, vault=VAULT, request_id=request.id, version=request.version, now=NOW)


def test_a_draft_keeps_what_was_typed_and_nothing_in_the_clear(session: Session) -> None:
    actor = make_actor(session)
    child = make_child(session, actor=actor)
    request = drafting.start_draft(session, actor=actor, vault=VAULT, child_id=child.id, now=NOW)
    save(session, actor, request, "key_information", 0, expected_weeks="about a year")
    save(session, actor, request, "identity", 0, other_language="Madeupish")
    typed = drafting.answers(session, vault=VAULT, request=request)
    assert (typed["expected_weeks"], typed["other_language"]) == ("about a year", "Madeupish")
    assert "madeupish" not in str(session.execute(text("SELECT * FROM request_section")).all()).lower()
    assert request.reference.startswith("REQ-")


def test_a_code_that_the_form_does_not_know_is_refused_at_once(session: Session) -> None:
    """F-26."""
    actor = make_actor(session)
    request = make_draft(session, actor=actor)
    with pytest.raises(Invalid) as refused:
        save(session, actor, request, "identity", 1, legal_status="c2", category_of_need="N9")
    assert set(refused.value.errors) == {"legal_status", "category_of_need"}


def test_a_stale_save_says_who_saved_and_what_differs(session: Session) -> None:
    borough = make_borough(session)
    one, other = (make_actor(session, organisation=borough, name=name) for name in ("Ana First", "Bo Second"))
    request = make_draft(session, actor=one)
    save(session, one, request, "reason", 1, why_now="Changed", journey="The child came into care eight months ago.")
    with pytest.raises(Stale) as refused:
        save(
            session,
            other,
            request,
            "reason",
            1,
            why_now="Something else",
            journey="The child came into care eight months ago.",
        )
    assert "Ana First" in refused.value.message
    assert refused.value.facts["changed"] == [form().field("why_now").label]
    assert drafting.answers(session, vault=VAULT, request=request)["why_now"] == "Changed"


def test_submission_lists_gaps_by_field_and_changes_nothing(session: Session) -> None:
    """F-23."""
    load_policies(session)
    actor = make_actor(session)
    child = make_child(session, actor=actor)
    request = drafting.start_draft(session, actor=actor, vault=VAULT, child_id=child.id, now=NOW)
    with pytest.raises(Invalid) as refused:
        submit(session, actor, request)
    assert {"needed_from", "first_language", "religion", "why_now", "need_1"} <= set(refused.value.errors)
    assert request.status is RequestStatus.DRAFT
    assert request.age_weeks is None


def test_submission_writes_typed_columns_a_measure_and_the_age_on_the_planned_start(session: Session) -> None:
    """F-24: the age is that of the planned first day, to the week."""
    load_policies(session)
    actor = make_actor(session)
    baby = make_child(session, actor=actor, date_of_birth=dt.date(2026, 6, 15))
    request = make_draft(session, actor=actor, child=baby)
    submit(session, actor, request)
    assert request.needed_from == dt.date(2026, 12, 14)
    assert request.age_weeks == 26
    assert request.needs == list(NEEDS)
    assert (request.looked_after, request.sex, request.places, request.expected_weeks) == (True, "M", 1, 52)
    assert request.home_authority_gss == "E09000008"
    (measure,) = history(session, actor=actor, child_id=baby.id)
    assert measure.scores == list(NEEDS)


def test_nobody_approves_their_own_request(session: Session) -> None:
    load_policies(session)
    borough = make_borough(session)
    manager = make_actor(session, Role.TEAM_MANAGER, organisation=borough)
    request = submit(session, manager, make_draft(session, actor=manager))
    with pytest.raises(NotAllowed, match="No single person"):
        approval.approve(session, actor=manager, vault=VAULT, request_id=request.id, version=request.version, now=NOW)
    officer = make_actor(session, organisation=borough)
    with pytest.raises(NotAllowed):
        approval.approve(session, actor=officer, vault=VAULT, request_id=request.id, version=request.version, now=NOW)
    second = make_actor(session, Role.TEAM_MANAGER, organisation=borough)
    read_everything(session, second, VAULT, request)
    approval.approve(session, actor=second, vault=VAULT, request_id=request.id, version=request.version, now=NOW)
    assert request.status is RequestStatus.APPROVED


def test_sent_back_with_a_reason_it_is_a_draft_again_and_the_other_can_submit(session: Session) -> None:
    load_policies(session)
    borough = make_borough(session)
    officer, manager = (
        make_actor(session, organisation=borough),
        make_actor(session, Role.TEAM_MANAGER, organisation=borough),
    )
    request = submit(session, officer, make_draft(session, actor=officer))
    with pytest.raises(Invalid):
        approval.send_back(session, actor=manager, request_id=request.id, reason=" ", version=request.version, now=NOW)
    approval.send_back(
        session, actor=manager, request_id=request.id, reason="Say more about risks", version=request.version, now=NOW
    )
    steps = story(session, actor=officer, request_id=request.id)
    assert [step.status.value for step in steps] == ["draft", "submitted", "draft"]
    assert steps[0].reason == "Say more about risks"
    assert [one.id for one in desk(session, actor=officer, now=NOW).returned] == [request.id]
    submit(session, officer, request)
    assert len(history(session, actor=officer, child_id=request.children[0].child_id)) == 1


def test_a_submitted_request_is_no_longer_written(session: Session) -> None:
    load_policies(session)
    officer = make_actor(session)
    request = submit(session, officer, make_draft(session, actor=officer))
    with pytest.raises(Conflict):
        save(session, officer, request, "reason", 1, why_now="Later")
    with pytest.raises(WrongMove):
        submit(session, officer, request)


def test_an_old_version_is_refused(session: Session) -> None:
    load_policies(session)
    officer = make_actor(session)
    request = make_draft(session, actor=officer)
    with pytest.raises(Stale, match="a draft"):
        submitting.submit(
            session, actor=officer, vault=VAULT, request_id=request.id, version=request.version - 1, now=NOW
        )


def test_a_child_has_one_draft_at_a_time(session: Session) -> None:
    officer = make_actor(session)
    child = make_child(session, actor=officer)
    first = make_draft(session, actor=officer, child=child)
    with pytest.raises(Conflict, match=first.reference):
        drafting.start_draft(session, actor=officer, vault=VAULT, child_id=child.id, now=NOW)


def test_another_borough_has_no_such_request(session: Session) -> None:
    request, officer, _ = make_approved_request(session)
    stranger = make_actor(session, Role.TEAM_MANAGER)
    for reach in (
        lambda: request_for(session, actor=stranger, request_id=request.id),
        lambda: story(session, actor=stranger, request_id=request.id),
        lambda: save(session, stranger, request, "reason", 1, why_now="x"),
        lambda: submit(session, stranger, request),
        lambda: approval.approve(
            session, actor=stranger, vault=VAULT, request_id=request.id, version=request.version, now=NOW
        ),
        lambda: approval.send_back(
            session, actor=stranger, request_id=request.id, reason="x", version=request.version, now=NOW
        ),
        lambda: drafting.start_draft(
            session, actor=stranger, vault=VAULT, child_id=request.children[0].child_id, now=NOW
        ),
    ):
        with pytest.raises(NotFound):
            reach()
    assert requests_of(session, actor=stranger, now=NOW)[1] == 0
    assert (
        requests_of(session, actor=officer, now=NOW, wanted=RequestFilter(text=request.reference[-4:].lower()))[1] == 1
    )


def test_managers_and_the_writer_are_told_without_a_word_about_the_child(session: Session) -> None:
    base = "https://homeward.example"
    install(
        session,
        {
            RequestSubmitted: [lambda s, e: tell_managers(s, e, base_url=base)],
            RequestReturned: [lambda s, e: tell_writer(s, e, base_url=base)],
        },
    )
    load_policies(session)
    borough = make_borough(session)
    officer = make_actor(session, organisation=borough)
    managers = [make_actor(session, Role.TEAM_MANAGER, organisation=borough) for _ in range(2)]
    request = submit(session, officer, make_draft(session, actor=officer))
    approval.send_back(
        session, actor=managers[0], request_id=request.id, reason="Zebedee", version=request.version, now=NOW
    )
    mails = session.scalars(select(OutboxMessage)).all()
    assert len(mails) == 3
    for mail in mails:
        assert request.reference in mail.subject + mail.text
        assert "zebedee" not in (mail.subject + mail.text + mail.html).lower()


def test_the_moves_are_numbered(session: Session) -> None:
    request, _, _ = make_approved_request(session, answers=request_answers())
    positions = session.scalars(
        select(RequestMove.position).where(RequestMove.request_id == request.id).order_by(RequestMove.position)
    ).all()
    assert positions == [1, 2, 3]
