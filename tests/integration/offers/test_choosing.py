"""The choice of an offer, its reason, and the places that it holds."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TypeAlias

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.core.models import AuditEntry, Job, PolicyVersion
from app.offers.decided import decisions_on
from app.offers.holds import expire_hold, held_places, live_hold
from app.offers.models import Choice, Offer, PlaceHold
from app.offers.queries import preferred
from app.offers.shortlist import shortlist
from app.offers.standing import must_be_enrolled
from app.offers.status import OfferStatus, Situation
from notifications.models import OutboxMessage
from providers.passport.exclusions import decide_exclusion, record_exclusion
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus, ExclusionKind
from tests.factories import offers as made
from tests.factories.offers import BASE_URL, Scene
from tests.factories.providers import make_commissioner

HOUR = dt.timedelta(hours=1)
HOLD = dt.timedelta(days=49)

Crowd: TypeAlias = tuple[Session, list[Scene], list[list[Offer]]]


@pytest.fixture
def crowded(session: Session) -> Crowd:
    """Three ranked requests that want places of the same two services, which have one and two."""
    first = made.make_scene(session, services=({"places": 1}, {"places": 2}))
    others = [made.make_request_in(session, lot=first.lot, services=first.services) for _ in range(2)]
    scenes = [first, *others]
    offers = [[made.offer(scene, service) for service in first.services] for scene in scenes]
    for scene in scenes:
        made.open_offers(scene)
    return session, scenes, offers


@pytest.mark.parametrize("statement", ["UPDATE offer_choice SET reason = 'x'", "DELETE FROM offer_choice"])
def test_a_choice_is_append_only_too(session: Session, statement: str) -> None:
    scene, sent = made.three_offers(session)
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_the_first_needs_a_reason_too_and_an_excluded_offer_cannot_be_chosen(session: Session) -> None:
    scene, sent = made.three_offers(session)
    made.open_offers(scene)
    with pytest.raises(Invalid):
        made.prefer(scene, sent[0], reason="  ")
    with pytest.raises(Invalid):
        made.prefer(scene, sent[2])
    choice = made.prefer(scene, sent[0])
    hold = live_hold(session, sent[0].id, scene.deadline + HOUR)
    assert hold is not None
    assert hold.valid_until - hold.held_at == HOLD
    assert choice.rank in (1, 2)
    assert session.scalar(select(Job.id).where(Job.kind == "expire_hold", Job.key == hold.id))


def test_a_change_of_mind_releases_the_first_place_and_keeps_both_choices(session: Session) -> None:
    scene, sent = made.three_offers(session)
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    made.prefer(scene, sent[1], reason="The family asked for it")
    now = scene.deadline + 2 * HOUR
    assert live_hold(session, sent[0].id, now) is None
    assert live_hold(session, sent[1].id, now) is not None
    assert (sent[0].status, sent[1].status) == (OfferStatus.SUBMITTED, OfferStatus.PREFERRED)
    with pytest.raises(Conflict):
        made.prefer(scene, sent[1])


def test_two_requests_cannot_hold_the_same_last_place(session: Session) -> None:
    first = made.make_scene(session, services=({"places": 1},))
    service = first.services[0]
    second = made.make_request_in(session, lot=first.lot, services=[service])
    offers = [made.offer(scene, service) for scene in (first, second)]
    for scene in (first, second):
        made.open_offers(scene)
    made.prefer(first, offers[0])
    with pytest.raises(Conflict, match="held for others"):
        made.prefer(second, offers[1])
    assert held_places(session, [service.id], now=first.deadline + HOUR) == {service.id: 1}
    hold = session.scalars(select(PlaceHold)).one()
    later = hold.valid_until
    assert expire_hold(session, hold_id=hold.id, now=later, base_url=BASE_URL)
    made.prefer(second, offers[1], now=later)


def test_a_service_suspended_since_the_opening_cannot_be_chosen(session: Session) -> None:
    scene, sent = made.three_offers(session)
    made.open_offers(scene)
    enrolment = session.scalars(select(Enrolment).where(Enrolment.claim_id == scene.services[0].claim_id)).one()
    enrolment.status = EnrolmentStatus.SUSPENDED
    session.flush()
    with pytest.raises(Conflict, match="suspended"):
        made.prefer(scene, sent[0])


def test_expiry_releases_the_place_and_tells_both_sides_once(session: Session) -> None:
    scene, sent = made.three_offers(session)
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    hold = session.scalars(select(PlaceHold)).one()
    assert not expire_hold(session, hold_id=hold.id, now=hold.valid_until - HOUR, base_url=BASE_URL)
    for _ in range(2):
        expire_hold(session, hold_id=hold.id, now=hold.valid_until, base_url=BASE_URL)
    letters = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "hold_expired")).all()
    assert len(letters) == 2
    assert scene.services[0].alert_email in {letter.address for letter in letters}
    assert (hold.release_reason, sent[0].status) == ("expired", OfferStatus.SUBMITTED)
    assert preferred(session, actor=scene.officer, request_id=scene.request.id) is None


def test_choosing_again_after_a_lapse_that_no_job_has_seen_holds_anew(session: Session) -> None:
    scene, sent = made.three_offers(session)
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    later = scene.deadline + HOLD + 2 * HOUR
    made.prefer(scene, sent[0], now=later)
    reasons = session.scalars(select(PlaceHold.release_reason).order_by(PlaceHold.held_at)).all()
    assert list(reasons) == ["expired", None]


@hypothesis.settings(max_examples=30, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 30)), max_size=10))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_order_of_choices_and_lapses_ever_holds_more_places_than_there_are(
    crowded: Crowd, steps: list[tuple[int, int, int]]
) -> None:
    session, scenes, offers = crowded
    now = scenes[0].deadline
    with session.begin_nested() as point:
        for number, service, days in steps:
            now += dt.timedelta(days=days)
            with contextlib.suppress(Conflict):
                made.prefer(scenes[number], offers[number][service], now=now)
            for one in scenes[0].services:
                live = held_places(session, [one.id], now=now).get(one.id, 0)
                assert live <= one.places_free
            for scene, sent in zip(scenes, offers, strict=True):
                assert sum(offer.status is OfferStatus.PREFERRED for offer in sent) <= 1, scene.request.reference
        point.rollback()
    session.expire_all()


@pytest.mark.parametrize("status", [EnrolmentStatus.SUSPENDED, EnrolmentStatus.REMOVED])
def test_a_service_must_be_enrolled_at_every_binding_step(session: Session, status: EnrolmentStatus) -> None:
    """F-14."""
    scene, sent = made.three_offers(session)
    must_be_enrolled(session, sent[0])
    session.scalars(select(Enrolment).where(Enrolment.claim_id == scene.services[0].claim_id)).one().status = status
    session.flush()
    with pytest.raises(Conflict, match="suspended or has left"):
        must_be_enrolled(session, sent[0])
    must_be_enrolled(session, sent[1])


def test_an_excluded_companys_offer_is_refused_at_the_choice_and_an_excludable_ones_waits_for_the_hub(
    session: Session,
) -> None:
    scene, sent = made.three_offers(session)
    made.open_offers(scene)
    hub = make_commissioner(session)
    today = local_date(scene.deadline)
    row = record_exclusion(
        session,
        actor=hub,
        organisation_id=sent[0].organisation_id,
        kind=ExclusionKind.EXCLUDABLE,
        ground="A made-up contract was ended",
        basis="Schedule 7",
        from_day=today,
        to_day=None,
        now=scene.deadline,
    )
    with pytest.raises(Conflict, match="Ask the hub"):
        made.prefer(scene, sent[0])

    def rule(*, admit: bool) -> None:
        decide_exclusion(
            session,
            actor=hub,
            exclusion_id=row.id,
            admit=admit,
            reason="It went on",
            now=scene.deadline,
            version=row.version,
        )

    rule(admit=False)
    with pytest.raises(Conflict, match="decided to disregard the company: It went on"):
        made.prefer(scene, sent[0])
    rule(admit=True)
    assert made.prefer(scene, sent[0]).offer_id == sent[0].id
    record_exclusion(
        session,
        actor=hub,
        organisation_id=sent[1].organisation_id,
        kind=ExclusionKind.EXCLUDED,
        ground="A made-up conviction",
        basis="Schedule 6",
        from_day=today,
        to_day=None,
        now=scene.deadline,
    )
    with pytest.raises(Conflict, match="excluded supplier: A made-up conviction"):
        made.prefer(scene, sent[1])


@pytest.mark.parametrize(
    ("chosen", "code", "words", "field"),
    [
        (0, "", "Nearest to school", "reason_code"),
        (0, "made_up", "Nearest to school", "reason_code"),
        (0, "first_withdrew", "Nearest to school", "reason_code"),
        (1, "best_overall", "Nearest to school", "reason_code"),
        (0, "best_overall", " \n ", "reason"),
        (0, "best_overall", "Best", "reason"),
        (1, made.REASON, "ok ok ok ok ok ok ok", "reason"),
    ],
)
def test_no_choice_without_a_reason_of_the_list_that_fits_and_words_that_say_something(
    session: Session, chosen: int, code: str, words: str, field: str
) -> None:
    """The first needs them as the others do. Offer 0 leads alone, offer 1 stands second."""
    scene = made.make_scene(session, services=({"quality": 90}, {"quality": 20}))
    sent = [made.offer(scene, service) for service in scene.services]
    made.open_offers(scene)
    with pytest.raises(Invalid) as error:
        made.prefer(scene, sent[chosen], code=code, reason=words)
    assert list(error.value.errors) == [field]
    assert session.scalar(select(Choice.id)) is None
    assert session.scalar(select(PlaceHold.id)) is None


def test_a_choice_keeps_its_code_the_version_of_the_list_and_how_it_stands_to_the_order(session: Session) -> None:
    scene = made.make_scene(session, services=({"quality": 90}, {"quality": 20}))
    sent = [made.offer(scene, service) for service in scene.services]
    made.open_offers(scene)
    made.prefer(scene, sent[0], code="best_overall", reason=" Nearest to school ")
    made.prefer(scene, sent[1], code="first_withdrew", now=scene.deadline + 2 * HOUR)
    second, first = decisions_on(session, actor=scene.officer, request_id=scene.request.id)
    assert (first.label, first.words) == ("Best overall score, and nothing against it", "Nearest to school")
    assert (first.order, second.order) == ("Follows the order", "Departs from the order")
    assert (second.choice.rank, second.services) == (2, (scene.services[1].name,))
    policy = session.get_one(PolicyVersion, first.choice.reason_policy_id)
    assert policy.kind == "decision_reasons"
    facts = session.scalars(
        select(AuditEntry.facts).where(AuditEntry.act == "offers.offer.prefer").order_by(AuditEntry.at)
    ).all()
    assert [(one["reason_code"], one["situation"], one["choice_id"]) for one in facts] == [
        ("best_overall", "follows", first.choice.id),
        ("first_withdrew", "departs", second.choice.id),
    ]
    with pytest.raises(DBAPIError, match="reason_whole"):
        session.execute(
            insert(Choice.__table__).values(
                id="x", request_id=scene.request.id, evaluation_id=first.choice.evaluation_id, offer_id=sent[0].id,
                rank=1, reason="y", reason_code="best_overall", chosen_by=scene.officer.person_id,
                chosen_at=scene.deadline,
            )
        )  # fmt: skip


def test_one_of_a_tied_set_is_chosen_for_a_fact_and_not_for_the_score(session: Session) -> None:
    scene = made.make_scene(session, services=({}, {}))
    sent = [made.offer(scene, service) for service in scene.services]
    made.open_offers(scene)
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert found.situations == {Situation.TIED}
    assert [(entry.fit.miles, entry.fit.days_late) for entry in found.eligible] == [("0 miles", 0), ("0 miles", 0)]
    with pytest.raises(Invalid):
        made.prefer(scene, sent[0], code="best_overall")
    assert made.prefer(scene, sent[0], code="near_home").situation is Situation.TIED
