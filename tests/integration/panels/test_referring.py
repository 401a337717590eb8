"""Putting an offer to a panel: complete, in time, and only while its places are held (F-29, F-40 to F-43)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.meetings.calendar import next_meeting
from app.offers.holds import expire_hold
from app.offers.models import PlaceHold
from app.panels import agenda, referrals
from app.panels.decisions import case_for
from app.panels.models import Referral
from app.panels.queries import cases_for
from app.panels.status import Element, Outcome, ReferralStatus
from tests.factories import placements as factory
from tests.factories.placements import BASE_URL, make_case
from tests.factories.requests import make_actor


def test_a_referral_starts_with_social_care_paying_what_education_does_not(session: Session) -> None:
    case = make_case(session, care=3_000_00, education=1_000_00, transport=50_00)
    referral = factory.refer(case)
    split = {(one.payer_id, one.element): one.weekly_pence for one in referrals.shares_of(session, referral.id)}
    assert split == {
        (case.social_care.id, Element.CARE): 3_000_00,
        (case.education.id, Element.EDUCATION): 1_000_00,
        (case.social_care.id, Element.TRANSPORT): 50_00,
    }
    assert factory.refer(case).id == referral.id
    assert session.scalar(select(func.count(Referral.id))) == 1


@pytest.mark.parametrize(
    ("field", "empty", "blamed"),
    [
        ("professionals_met_on", None, "professionals_met_on"),
        ("professionals_met_on", dt.date(2027, 1, 1), "professionals_met_on"),
        ("fostering_explored", " ", "fostering_explored"),
        ("case_for_placement", "", "case_for_placement"),
        ("first_day", None, "first_day"),
        ("last_day", None, "last_day"),
    ],
)
def test_what_is_missing_keeps_a_case_off_the_agenda(session: Session, field: str, empty: Any, blamed: str) -> None:
    case = make_case(session)
    factory.complete(case, **{field: empty})
    with pytest.raises(Invalid) as refused:
        factory.list_case(case)
    assert list(refused.value.errors) == [blamed]


def test_shares_that_do_not_add_up_are_refused_and_the_old_ones_stay(session: Session) -> None:
    case = make_case(session, care=4_000_00)
    factory.refer(case)
    with pytest.raises(Invalid, match=r"£0\.01 short"):
        factory.share(case, (case.social_care, Element.CARE, 3_999_99))
    assert [one.weekly_pence for one in referrals.shares_of(session, case.referral.id)] == [4_000_00]
    factory.share(case, (case.social_care, Element.CARE, 3_000_00), (case.health, Element.CARE, 1_000_00))
    factory.complete(case, split_reason="")
    with pytest.raises(Invalid) as refused:
        factory.list_case(case)
    assert list(refused.value.errors) == ["split_reason"]


@pytest.mark.parametrize(
    ("weekly", "facts", "refused"),
    [
        (961_53, {"health_by_executive": False}, None),
        (961_54, {"health_by_executive": False}, "its executive's"),
        (961_54, {"health_by_executive": True}, None),
        (1, {"health_approved_on": dt.date(2026, 12, 8)}, "must not be in the future"),
    ],
)
def test_health_has_approved_by_today_and_above_fifty_thousand_a_year_through_its_executive(
    session: Session, weekly: int, facts: dict[str, Any], refused: str | None
) -> None:
    case = make_case(session, care=4_000_00, health=weekly)
    factory.refer(case)
    factory.share(case, (case.social_care, Element.CARE, 4_000_00), (case.health, Element.HEALTH, weekly))
    factory.complete(case, **facts)
    if refused is None:
        assert factory.list_case(case).status is ReferralStatus.LISTED
    else:
        with pytest.raises(Invalid, match=refused):
            factory.list_case(case)


def test_a_second_save_from_the_same_page_is_stale_even_where_only_the_split_differs(session: Session) -> None:
    case = make_case(session, care=4_000_00)
    referral = factory.refer(case)
    shown = referral.version
    given: dict[str, Any] = {"actor": case.officer, "referral_id": referral.id, "now": case.preferred_at}

    def save(social_care: int) -> None:
        split = [
            (case.social_care.id, Element.CARE, social_care),
            (case.health.id, Element.CARE, 4_000_00 - social_care),
        ]
        referrals.save_shares(session, shares=split, version=shown, **given)

    save(3_000_00)
    with pytest.raises(Stale):
        save(1_000_00)
    with pytest.raises(Stale):
        referrals.save_referral(session, facts=referrals.facts_of(referral), version=shown, **given)
    assert [one.weekly_pence for one in referrals.shares_of(session, referral.id)] == [3_000_00, 1_000_00]


def test_a_price_for_term_time_is_shared_and_approved_as_it_is_paid_all_year(session: Session) -> None:
    case = make_case(session, care=0, education=900_00, transport=33_33, weeks_per_year=39)
    factory.refer(case)
    paid = {Element.EDUCATION: 675_00, Element.TRANSPORT: 25_00}  # 2,499.75 pence: half a penny and more goes up
    assert {one.element: one.weekly_pence for one in referrals.shares_of(session, case.referral.id)} == paid
    assert case.referral.weekly_pence == sum(paid.values())
    factory.complete(case)
    factory.list_case(case)
    decision = factory.decide(case, lead_payer_id=case.education.id)
    assert decision.weekly_ceiling_pence == factory.sign_all(case).weekly_ceiling_pence == 700_00


def test_a_case_is_listed_while_the_agenda_is_open_and_not_a_day_later(session: Session) -> None:
    case = make_case(session, lead_days=4)
    factory.complete(case)
    with pytest.raises(Invalid, match="The agenda of that meeting closed on 6 December 2026"):
        factory.list_case(case)
    later = next_meeting(session, case.panel.series_id, case.meeting_on + dt.timedelta(days=1))
    assert later is not None
    given: dict[str, Any] = {"actor": case.officer, "referral_id": case.referral.id, "now": case.preferred_at}
    with pytest.raises(Stale):
        agenda.list_for_meeting(session, meeting_id=later.id, version=0, **given)
    factory.complete(case, first_day=later.held_on)
    listed = agenda.list_for_meeting(session, meeting_id=later.id, version=case.referral.version, **given)
    assert listed.meeting_id == later.id
    with pytest.raises(Conflict, match="is with the panel"):
        factory.complete(case)


def test_an_offer_that_no_longer_holds_its_places_is_not_put_to_a_panel(session: Session) -> None:
    case = make_case(session)
    factory.complete(case)
    hold = session.scalars(select(PlaceHold)).one()
    hold.valid_until = case.preferred_at
    session.flush()
    with pytest.raises(Conflict, match="no longer holds its places"):
        factory.list_case(case)
    assert expire_hold(session, hold_id=hold.id, now=case.preferred_at, base_url=BASE_URL)
    with pytest.raises(Conflict, match="Prefer an offer of the shortlist first"):
        factory.refer(case)


def test_another_borough_finds_no_referral_and_only_the_panel_sees_its_cases(session: Session) -> None:
    case, other = make_case(session), make_case(session)
    referral = factory.complete(case)
    with pytest.raises(NotFound):
        referrals.referral_for(session, actor=other.officer, referral_id=referral.id)
    with pytest.raises(NotFound):  # a draft is the worker's own
        case_for(session, actor=case.chair, referral_id=referral.id, now=case.preferred_at)
    factory.list_case(case)
    now = case.preferred_at
    for member in (case.chair, case.for_health):
        assert case_for(session, actor=member, referral_id=referral.id, now=now).id == referral.id
    for stranger in (other.chair, other.for_health, make_actor(session, *case.chair.roles, organisation=case.borough)):
        with pytest.raises(NotFound):
            case_for(session, actor=stranger, referral_id=referral.id, now=now)
        assert cases_for(session, actor=stranger, now=now) == ([], 0)
    assert [line.referral.id for line in cases_for(session, actor=case.chair, now=now)[0]] == [referral.id]


def test_a_deferred_case_goes_back_to_its_worker_and_can_be_listed_again(session: Session) -> None:
    case = make_case(session)
    factory.complete(case)
    factory.list_case(case)
    decision = factory.decide(case, Outcome.DEFER)
    referral = case.referral
    assert (referral.status, referral.meeting_id) == (ReferralStatus.RETURNED, None)
    assert decision.first_day is None
    later = next_meeting(session, case.panel.series_id, case.meeting_on + dt.timedelta(days=1))
    assert later is not None
    given: dict[str, Any] = {"actor": case.officer, "referral_id": referral.id, "now": case.meeting_at}
    with pytest.raises(Invalid, match="must be 17 December 2026 or later"):
        agenda.list_for_meeting(session, meeting_id=later.id, version=referral.version, **given)
    factory.complete(case, first_day=later.held_on)
    agenda.list_for_meeting(session, meeting_id=later.id, version=referral.version, **given)
    assert case.referral.status is ReferralStatus.LISTED
