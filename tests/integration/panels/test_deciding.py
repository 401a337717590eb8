"""Decisions, signatures and authorities: an approval is whole, nobody decides alone, and an emergency ends at the next
panel (F-44 to F-47).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.meetings.calendar import schedule
from app.meetings.models import Meeting
from app.panels import setting_up
from app.panels.authorities import give_emergency_authority, revoke, shares_of_authority, usable_authority
from app.panels.decisions import may_sign_as, outstanding, record_decision, sign
from app.panels.models import Authority, Signature
from app.panels.queries import signature_lines
from app.panels.status import AuthorityKind, AuthorityStatus, Element, Outcome, ReferralStatus
from app.tasks.tasks import open_tasks
from tests.factories import placements as factory
from tests.factories.placements import Case, make_approved, make_authorised, make_case
from tests.factories.requests import make_actor


def listed_case(session: Session, **case_with: Any) -> Case:
    case = make_case(session, **case_with)
    factory.complete(case)
    factory.list_case(case)
    return case


def test_an_approval_names_the_days_the_review_and_the_lead_and_says_all_that_is_missing(session: Session) -> None:
    case = listed_case(session)
    with pytest.raises(Invalid) as refused:
        factory.decide(case, first_day=None, last_day=None, review_on=None, lead_payer_id=None)
    assert set(refused.value.errors) == {"first_day", "last_day", "review_on", "lead_payer_id"}
    with pytest.raises(Invalid, match="Choose the lead"):
        factory.decide(case, lead_payer_id=case.health.id)
    with pytest.raises(Invalid, match="same as or after"):
        factory.decide(case, last_day=case.meeting_on - dt.timedelta(days=1))
    long = dt.date(2027, 9, 30)
    with pytest.raises(Invalid, match="within 6 months"):
        factory.decide(case, last_day=long, review_on=dt.date(2027, 6, 11))
    with pytest.raises(Invalid, match="before the approval ends"):
        factory.decide(case, last_day=dt.date(2027, 6, 9), review_on=dt.date(2027, 6, 10))
    decided = factory.decide(case, last_day=long, review_on=dt.date(2027, 6, 10))
    assert decided.weekly_ceiling_pence == case.offer.weekly_pence


def test_a_decision_waits_for_the_meeting_and_for_somebody_who_did_not_write_the_referral(session: Session) -> None:
    case = listed_case(session)
    given: dict[str, Any] = {"referral_id": case.referral.id, "outcome": Outcome.REFUSE, "reason": "Made-up"}
    with pytest.raises(Conflict, match="has not been held yet"):
        record_decision(session, actor=case.chair, now=case.meeting_at - dt.timedelta(days=1), **given)
    with pytest.raises(Invalid, match="reasons"):
        factory.decide(case, Outcome.REFUSE, reason=" ")
    case.referral.created_by = case.chair.person_id
    session.flush()
    with pytest.raises(NotAllowed, match="You wrote this referral"):
        record_decision(session, actor=case.chair, now=case.meeting_at, **given)
    with pytest.raises(NotAllowed):
        record_decision(session, actor=case.for_health, now=case.meeting_at, **given)
    record_decision(session, actor=case.administrator, now=case.meeting_at, **given)
    assert case.referral.status is ReferralStatus.DECIDED
    assert outstanding(session, case.decision) == []
    with pytest.raises(Conflict, match="Only an approval is signed"):
        sign(session, actor=case.chair, decision_id=case.decision.id, payer_id=None, now=case.meeting_at)


def three_payers(session: Session) -> Case:
    case = make_case(session, care=3_000_00, education=1_000_00, health=200_00)
    factory.refer(case)
    factory.share(
        case,
        (case.social_care, Element.CARE, 3_000_00),
        (case.education, Element.EDUCATION, 1_000_00),
        (case.health, Element.HEALTH, 200_00),
    )
    factory.complete(case)
    factory.list_case(case)
    factory.decide(case)
    return case


@pytest.mark.parametrize("left_out", [0, 1, 2, 3])
def test_without_any_one_signature_there_is_no_authority(session: Session, left_out: int) -> None:
    case = three_payers(session)
    signers = list(case.signers.items())
    last_payer, last_signer = signers.pop(left_out)
    given: dict[str, Any] = {"decision_id": case.decision.id, "now": case.meeting_at}
    for payer_id, actor in signers:
        assert sign(session, actor=actor, payer_id=payer_id, **given) is None
    assert session.scalar(select(func.count(Authority.id))) == 0
    assert [payer.id if payer else None for payer in outstanding(session, case.decision)] == [last_payer]
    assert [line.signed_at for line in signature_lines(session, case.decision, now=case.meeting_at)][-1] is None
    made = sign(session, actor=last_signer, payer_id=last_payer, **given)
    assert made is not None
    assert (made.kind, made.offer_id, made.weekly_ceiling_pence) == (AuthorityKind.PANEL, case.offer.id, 4_200_00)
    assert sum(share.weekly_pence for share in shares_of_authority(session, made.id)) == 4_200_00


def test_the_chair_alone_is_not_enough(session: Session) -> None:
    case = make_approved(session)
    given: dict[str, Any] = {"decision_id": case.decision.id, "now": case.meeting_at}
    assert sign(session, actor=case.chair, payer_id=None, **given) is None
    assert usable_authority(session, actor=case.officer, offer_id=case.offer.id, on=case.meeting_on) is None


def test_nobody_signs_twice_or_in_a_seat_that_is_not_theirs_or_their_own_referral(session: Session) -> None:
    case = make_approved(session)
    given: dict[str, Any] = {"decision_id": case.decision.id, "now": case.meeting_at}
    since = case.meeting_on - dt.timedelta(days=1)
    seats: dict[str, Any] = {"panel_id": case.panel.id, "person_id": case.chair.person_id, "first_day": since}
    setting_up.seat(session, payer_id=case.social_care.id, **seats)
    assert len(may_sign_as(session, actor=case.chair, decision=case.decision, now=case.meeting_at)) == 2
    sign(session, actor=case.chair, payer_id=None, **given)
    assert may_sign_as(session, actor=case.chair, decision=case.decision, now=case.meeting_at) == []
    with pytest.raises(Conflict, match="already signed this decision in another capacity"):
        sign(session, actor=case.chair, payer_id=case.social_care.id, **given)
    with pytest.raises(NotAllowed, match="in that capacity"):
        sign(session, actor=case.for_education, payer_id=case.social_care.id, **given)
    with pytest.raises(Conflict, match="already there, or is not needed"):
        sign(session, actor=case.for_health, payer_id=case.health.id, **given)
    case.referral.created_by = case.for_social_care.person_id
    session.flush()
    with pytest.raises(NotAllowed, match="You wrote this referral"):
        sign(session, actor=case.for_social_care, payer_id=case.social_care.id, **given)
    assert session.scalar(select(func.count(Signature.id))) == 1


def test_a_seat_that_has_ended_signs_nothing_and_sees_nothing(session: Session) -> None:
    case = make_approved(session)
    for seat in setting_up.seats_of(session, person_id=case.for_social_care.person_id, on=case.meeting_on):
        seat.last_day = case.meeting_on - dt.timedelta(days=1)
    session.flush()
    given: dict[str, Any] = {"decision_id": case.decision.id, "payer_id": case.social_care.id}
    with pytest.raises(NotFound):
        sign(session, actor=case.for_social_care, now=case.meeting_at, **given)


def give(case: Case, **replaced: Any) -> Authority:
    terms: dict[str, Any] = {
        "actor": case.director,
        "request_id": case.request_id,
        "reason": "Made-up emergency",
        "given_at": case.preferred_at,
        "now": case.preferred_at,
        **replaced,
    }
    return give_emergency_authority(case.session, **terms)


def test_an_emergency_authority_lapses_at_the_next_available_panel_whatever_becomes_of_that_meeting(
    session: Session,
) -> None:
    case = make_case(session)
    authority = give(case)
    assert authority.lapses_on == authority.last_day == case.meeting_on
    meeting = session.scalars(select(Meeting).where(Meeting.held_on == case.meeting_on)).one()
    meeting.held_on = case.meeting_on + dt.timedelta(days=2)
    session.flush()
    assert authority.lapses_on == case.meeting_on
    after = case.meeting_on + dt.timedelta(days=1)
    assert usable_authority(session, actor=case.officer, offer_id=case.offer.id, on=after) is None
    assert [(share.payer_id, share.weekly_pence) for share in shares_of_authority(session, authority.id)] == [
        (case.social_care.id, 4_000_00)
    ]
    assert [task.due_on for task in open_tasks(session, actor=case.officer)] == [case.meeting_on]


def test_an_available_panel_is_one_whose_agenda_was_open_on_the_day_it_was_given(session: Session) -> None:
    case = make_case(session, lead_days=4)
    assert give(case).lapses_on == case.meeting_on + dt.timedelta(weeks=1)


def test_writing_an_emergency_down_late_does_not_extend_it(session: Session) -> None:
    case = make_case(session)
    schedule(session, series_id=case.panel.series_id, held_on=case.preferred_at.date() + dt.timedelta(days=1))
    two_days_before = case.preferred_at - dt.timedelta(days=2)
    authority = give(case, given_at=two_days_before)
    assert (authority.first_day, authority.lapses_on) == (dt.date(2026, 12, 5), dt.date(2026, 12, 8))
    assert authority.recorded_at - authority.given_at == dt.timedelta(days=2)


def test_an_emergency_needs_the_director_a_reason_and_a_moment_that_is_near(session: Session) -> None:
    case = make_case(session)
    with pytest.raises(NotAllowed):
        give(case, actor=case.officer)
    with pytest.raises(Invalid, match="cannot wait"):
        give(case, reason=" ")
    with pytest.raises(Invalid, match="in the future"):
        give(case, given_at=case.preferred_at + dt.timedelta(minutes=1))
    with pytest.raises(Invalid, match="within 3 days"):
        give(case, given_at=case.preferred_at - dt.timedelta(days=3, minutes=1))
    give(case)
    with pytest.raises(Conflict, match="already an authority"):
        give(case)


def test_an_emergency_can_be_taken_back_before_an_award_and_what_a_panel_decided_cannot(session: Session) -> None:
    case = make_case(session)
    authority = give(case)
    given: dict[str, Any] = {"authority_id": authority.id, "version": authority.version, "now": case.preferred_at}
    with pytest.raises(Invalid, match="Say why"):
        revoke(session, actor=case.director, reason="", **given)
    other = make_actor(session, *case.director.roles)
    with pytest.raises(NotFound):
        revoke(session, actor=other, reason="Made-up", **given)
    assert revoke(session, actor=case.director, reason="Made-up", **given).status is AuthorityStatus.REVOKED
    assert usable_authority(session, actor=case.officer, offer_id=case.offer.id, on=case.meeting_on) is None
    decided, panels = make_authorised(session)
    given = {"authority_id": panels.id, "version": panels.version, "now": decided.meeting_at}
    with pytest.raises(Conflict, match="The panel's decision stands"):
        revoke(session, actor=decided.director, reason="Made-up", **given)


def test_an_emergency_given_again_ends_when_the_first_one_does_and_never_after_it(session: Session) -> None:
    case = make_case(session)
    first = give(case)
    gone: dict[str, Any] = {"authority_id": first.id, "version": first.version, "now": case.preferred_at}
    revoke(session, actor=case.director, reason="Made-up", **gone)
    later = case.preferred_at + dt.timedelta(days=2)  # the agenda of the meeting has closed, so the next one is later
    second = give(case, given_at=later, now=later)
    assert second.lapses_on == second.last_day == first.lapses_on
    after = case.meeting_at + dt.timedelta(days=1)
    with pytest.raises(Conflict, match="The panel must decide now"):
        give(case, given_at=after, now=after)


def test_the_database_holds_no_emergency_that_outlives_its_panel(session: Session) -> None:
    authority = give(make_case(session))
    authority.last_day += dt.timedelta(days=1)
    with pytest.raises(IntegrityError, match="emergency_lapses"):
        session.flush()
