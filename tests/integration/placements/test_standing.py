"""What was true when an offer was chosen may no longer be: a suspended service, let-go places, a birthday, a day
that has passed (F-14, F-27, F-37, F-46).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.ages import years_of
from app.core.errors import Conflict, Invalid
from app.core.events import install
from app.core.models import AuditEntry, PolicyVersion
from app.core.policies import SHIPPED, append, read_file
from app.offers.models import PlaceHold
from app.panels.agenda import gaps
from app.panels.authorities import give_emergency_authority
from app.panels.decisions import may_sign_as, sign
from app.panels.events import AuthorityGiven
from app.panels.models import Authority
from app.panels.telling import tell_authority
from app.placements import location
from app.placements.confirming import confirm
from app.placements.events import PlacementConfirmed
from app.placements.models import Placement
from app.placements.progress import Stand, progress_of
from app.placements.queries import cost_lines_of, location_of
from app.placements.starting import start
from app.requests.statute import STATUTE
from app.tasks.tasks import open_tasks
from notifications.models import OutboxMessage
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.passport.enrolment import suspend_urn
from providers.services.models import Service
from tests.factories import offers as offers_factory
from tests.factories import placements as factory
from tests.factories.placements import BASE_URL, Case, make_approved, make_authorised, make_case, make_placement
from tests.factories.requests import NOW

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = dt.timedelta(days=1)


def suspend(case: Case) -> None:
    urn = case.session.get_one(Service, case.offer.service_id).urn
    suspend_urn(case.session, urn=urn, reason="Made-up", basis="Ofsted judgement: Inadequate", now=case.preferred_at)


def listed(session: Session, **case_with: Any) -> Case:
    case = make_case(session, **case_with)
    factory.complete(case)
    factory.list_case(case)
    return case


def emergency(case: Case, **replaced: Any) -> Authority:
    at = replaced.pop("at", case.preferred_at)
    given: dict[str, Any] = {"request_id": case.request_id, "reason": "Made-up", "given_at": at, "now": at, **replaced}
    return give_emergency_authority(case.session, actor=case.director, **given)


def begin(case: Case, placement: Placement, on: dt.date, *, now: dt.datetime | None = None) -> Placement:
    given: dict[str, Any] = {"started_on": on, "version": placement.version, "now": now or case.awarded_at}
    return start(case.session, actor=case.officer, placement_id=placement.id, **given)


def the_placement(session: Session) -> Placement:
    return session.scalars(select(Placement)).one()


def test_a_suspended_service_is_not_approved_authorised_awarded_or_moved_into(session: Session) -> None:
    case = listed(session)
    suspend(case)
    with pytest.raises(Conflict, match="suspended"):
        factory.decide(case)
    with pytest.raises(Conflict, match="suspended"):
        emergency(case)
    ready, authority = make_authorised(session)
    suspend(ready)
    with pytest.raises(Conflict, match="suspended"):
        factory.award(ready, authority)
    placed, placement = make_placement(session)
    suspend(placed)
    with pytest.raises(Conflict, match="cannot take the child"):
        begin(placed, placement, placed.meeting_on)


def test_a_panel_still_decides_for_a_child_who_lives_with_a_service_that_was_suspended_since(session: Session) -> None:
    case = make_case(session)
    factory.award(case, emergency(case), now=case.preferred_at)
    suspend(case)
    factory.complete(case, first_day=case.preferred_at.date())
    factory.list_case(case)
    assert factory.decide(case).first_day == case.preferred_at.date()


@pytest.mark.parametrize(
    ("asked", "blamed"),
    [
        ({"first_day": -1}, "first_day"),
        ({"first_day": 0, "last_day": 156 * 7}, "last_day"),
        ({"first_day": 0, "last_day": -1}, "last_day"),
    ],
)
def test_a_panel_approves_no_day_before_it_meets_and_no_endless_period(
    session: Session, asked: dict[str, int], blamed: str
) -> None:
    case = listed(session)
    days: dict[str, Any] = {name: case.meeting_on + days * DAY for name, days in asked.items()}
    with pytest.raises(Invalid) as refused:
        factory.decide(case, **days)
    assert blamed in refused.value.errors
    case.referral.first_day = days.get("first_day", case.referral.first_day)
    case.referral.last_day = days.get("last_day", case.referral.last_day)
    session.flush()
    assert blamed in gaps(session, case.referral, meeting_on=case.meeting_on, now=case.preferred_at)


def test_three_years_less_a_day_are_approved_and_the_review_comes_after_the_decision(session: Session) -> None:
    case = listed(session)
    last = case.meeting_on + 156 * 7 * DAY - DAY
    with pytest.raises(Invalid, match="after the day on which the decision is recorded"):
        factory.decide(case, last_day=last, review_on=case.meeting_on)
    assert factory.decide(case, last_day=last).last_day == last


def test_a_panel_approves_no_day_before_the_offer_can_take_the_child(session: Session) -> None:
    can = make_case(session).meeting_on + 5 * DAY
    case = make_case(session, start=can)
    factory.complete(case)
    with pytest.raises(Invalid, match=f"must be {can.day} December 2026 or later"):
        factory.list_case(case)
    factory.complete(case, first_day=can)
    factory.list_case(case)


def supported_from(session: Session, years: int) -> None:
    """A new version of the law as data: from which age supported accommodation is lawful."""
    _, _, begins, source, content = read_file(SHIPPED / "statute_1.toml")
    homes = [
        {**one, "from_age": years} if one["code"] == "supported_accommodation" else one for one in content["homes"]
    ]
    count = len(session.scalars(select(PolicyVersion).where(PolicyVersion.kind == STATUTE)).all())
    append(
        session,
        kind=STATUTE,
        version=f"made-up {count}",
        in_force_from=begins + DAY * count,
        source=source,
        content={**content, "homes": homes},
        now=NOW,
    )


def test_supported_accommodation_is_for_a_child_who_is_old_enough_on_the_first_day_and_on_the_start(
    session: Session,
) -> None:
    case = listed(session)
    session.get_one(Lot, case.scene.request.lot_id).service_type = ServiceType.SUPPORTED
    years = years_of(case.scene.request.age_weeks or 0)
    supported_from(session, years + 1)
    with pytest.raises(Invalid, match="regulation 27A"):
        factory.decide(case)
    with pytest.raises(Conflict, match="regulation 27A"):
        emergency(case)
    supported_from(session, years)
    factory.decide(case)
    (made,) = factory.award(case, factory.sign_all(case))
    placement = session.scalars(select(Placement).where(Placement.award_id == made.id)).one()
    supported_from(session, years + 1)
    with pytest.raises(Invalid, match="regulation 27A"):
        begin(case, placement, case.meeting_on)


def test_no_placement_starts_before_its_award_unless_an_emergency_covers_the_day(session: Session) -> None:
    case, authority = make_authorised(session)
    late = case.awarded_at + 3 * DAY
    factory.award(case, authority, now=late)
    with pytest.raises(Invalid, match="no placement starts before it"):
        begin(case, the_placement(session), case.meeting_on, now=late)
    begin(case, the_placement(session), late.date(), now=late)


def test_an_approval_whose_places_were_let_go_is_not_signed_and_the_case_goes_on(session: Session) -> None:
    case = make_approved(session)
    hold = session.scalars(select(PlaceHold)).one()
    hold.valid_until = case.meeting_at
    later = case.meeting_at + dt.timedelta(hours=1)
    session.flush()
    given: dict[str, Any] = {"decision_id": case.decision.id, "payer_id": None, "now": later}
    with pytest.raises(Conflict, match="can no longer be completed"):
        sign(session, actor=case.chair, **given)
    assert may_sign_as(session, actor=case.chair, decision=case.decision, now=later) == []
    request = case.scene.request
    assert progress_of(session, actor=case.officer, request=request, now=later).stand is Stand.CHOOSE
    offers_factory.prefer(case.scene, case.offer, now=later)
    assert progress_of(session, actor=case.officer, request=request, now=later).stand is Stand.REFER
    old = case.decision.referral_id
    case.preferred_at = later
    assert factory.refer(case).id != old


def test_an_authority_that_ended_unused_lets_the_case_go_to_the_panel_again(session: Session) -> None:
    case, authority = make_authorised(session)
    with pytest.raises(Conflict, match="has approved this offer"):
        factory.refer(case)
    request = case.scene.request
    assert progress_of(session, actor=case.officer, request=request, now=case.meeting_at).stand is Stand.AWARD
    authority.last_day = case.meeting_on
    hold = session.scalars(select(PlaceHold)).one()
    hold.valid_until = case.meeting_at + 9 * DAY
    session.flush()
    case.preferred_at = case.meeting_at + DAY
    assert progress_of(session, actor=case.officer, request=request, now=case.preferred_at).stand is Stand.REFER
    old = case.referral.id
    assert factory.refer(case).id != old


def test_an_award_under_the_panel_answers_the_task_of_an_emergency_that_nobody_used(session: Session) -> None:
    case = make_case(session)
    emergency(case)
    factory.complete(case)
    factory.list_case(case)
    factory.decide(case)
    panels = factory.sign_all(case)
    assert [task for task in open_tasks(session, actor=case.officer) if "emergency" in task.title]
    factory.award(case, panels)
    assert not [task for task in open_tasks(session, actor=case.officer) if "emergency" in task.title]


def test_a_notification_is_not_older_than_the_award_and_what_was_recorded_before_is_kept(session: Session) -> None:
    case, placement = make_placement(session, postcode=factory.ADJOINING)
    approval = location_of(session, placement.award_id)
    now = case.awarded_at + 2 * DAY

    def notify(on: dt.date) -> None:
        given: dict[str, Any] = {"approval_id": approval.id, "version": approval.version, "now": now}
        location.record_notification(session, actor=case.officer, notified_on=on, **given)

    with pytest.raises(Invalid, match="10 December 2026 or later"):
        notify(case.meeting_on - DAY)
    notify(case.meeting_on + DAY)
    notify(case.meeting_on)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.act == "placements.location.notify"))
    facts = sorted(str(entry.facts) for entry in entries)
    assert "'notified_on': '2026-12-11'" in facts[1]
    assert "'notified_on_before': '2026-12-11'" in facts[0]


def test_an_emergency_may_be_notified_from_the_day_it_was_given_and_confirmed_it_is_told(session: Session) -> None:
    case = make_case(session, postcode=factory.ADJOINING)
    told: list[Any] = []
    install(session, {PlacementConfirmed: (lambda _, event: told.append(event),)})
    given = case.preferred_at
    factory.award(case, emergency(case, at=given + DAY, given_at=given), now=given + DAY)
    placement = the_placement(session)
    approval = location_of(session, placement.award_id)
    location.record_notification(
        session,
        actor=case.officer,
        approval_id=approval.id,
        version=approval.version,
        notified_on=given.date(),
        now=given + DAY,
    )
    factory.complete(case, first_day=given.date())
    factory.list_case(case)
    factory.decide(case)
    panels = factory.sign_all(case)
    version = placement.version
    confirm(
        session,
        actor=case.officer,
        placement_id=placement.id,
        authority_id=panels.id,
        version=version,
        now=case.awarded_at,
    )
    assert told == [PlacementConfirmed(placement.id, case.awarded_at)]
    assert location.began_in_emergency(session, placement.award)
    assert not location.began_in_emergency(session, placement.award, case.meeting_on + DAY)


def test_an_offer_of_fewer_weeks_is_awarded_at_what_is_paid_all_year(session: Session) -> None:
    _, placement = make_placement(session, weeks_per_year=39, care=5_200_00)
    assert placement.award.weekly_pence == 3_900_00
    assert sum(line.weekly_pence for line in cost_lines_of(session, placement.id)) == 3_900_00


def test_the_writer_is_told_of_the_authority_and_in_an_emergency_whoever_chose(session: Session) -> None:
    def tell(session: Session, event: AuthorityGiven) -> None:
        tell_authority(session, event, base_url=BASE_URL)

    case = listed(session)
    install(session, {AuthorityGiven: (tell,)})
    factory.decide(case)
    factory.sign_all(case)
    urgent = make_case(session)
    install(session, {AuthorityGiven: (tell,)})
    emergency(urgent)
    mails = session.scalars(
        select(OutboxMessage).where(OutboxMessage.subject.contains("can be awarded")).order_by(OutboxMessage.created_at)
    ).all()
    links = {f"{BASE_URL}/borough/requests/{one.request_id}/award" for one in (case, urgent)}
    assert len(mails) == 2
    assert all(any(link in mail.text for mail in mails) for link in links)
