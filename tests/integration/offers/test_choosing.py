"""The frozen shortlist, the choice, the places it holds, and what follows at award."""

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
from app.core.errors import Conflict, Invalid, NotFound
from app.core.models import AuditEntry, Job, PolicyVersion
from app.core.policies import append, in_force
from app.offers.decided import decisions_on
from app.offers.ending import close_offers
from app.offers.holds import expire_hold, held_places, live_hold
from app.offers.invitations import may_read, opportunity_for
from app.offers.models import Choice, Evaluation, Offer, PlaceHold
from app.offers.offering import withdraw_offer
from app.offers.queries import own_offer_line, preferred
from app.offers.results import own_result
from app.offers.settling import settle
from app.offers.shortlist import recomputes, shortlist
from app.offers.standing import must_be_enrolled
from app.offers.status import OfferStatus, Situation
from app.requests.events import RequestUnplaced, RequestWithdrawn
from app.requests.publication import mark_awarded
from app.requests.unmet import mark_unplaced
from notifications.models import OutboxMessage
from providers.passport.exclusions import decide_exclusion, record_exclusion
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus, ExclusionKind
from tests.factories import offers as made
from tests.factories.offers import BASE_URL, Scene
from tests.factories.providers import make_commissioner, make_system_and_lots
from tests.factories.requests import NOW

HOUR = dt.timedelta(hours=1)
HOLD = dt.timedelta(days=49)


def three_offers(session: Session) -> tuple[Scene, list[Offer]]:
    scene = made.make_scene(session, services=({"quality": 90}, {"quality": 60}, {"min_age": 16}))
    sent = [
        made.offer(scene, service, price)
        for service, price in zip(scene.services, (4_800_00, 4_100_00, 3_000_00), strict=True)
    ]
    return scene, sent


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


def award(scene: Scene, winner: Offer) -> None:
    """What the placements room does to offers and request at an award."""
    now = scene.deadline + 2 * HOUR
    mark_awarded(scene.session, request_id=scene.request.id, person_id=scene.officer.person_id, now=now)
    settle(scene.session, request_id=scene.request.id, won_offer_id=winner.id, now=now, base_url=BASE_URL)


def test_contributions_sum_to_the_total_and_the_excluded_keep_their_reasons(session: Session) -> None:
    scene, sent = three_offers(session)
    made.open_offers(scene)
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert {entry.offer.id for entry in found.eligible} == {sent[0].id, sent[1].id}
    for entry in (*found.eligible, *found.excluded):
        assert sum(given for _, given in entry.contributions) == entry.candidate.total
    assert [entry.offer.id for entry in found.excluded] == [sent[2].id]
    assert "ages 16" in found.excluded[0].explanation.gates[0].sentence
    assert sum(found.weights.values()) == 100
    assert found.recomputes


def test_the_quality_that_was_used_is_the_one_of_the_deadline(session: Session) -> None:
    scene, _ = three_offers(session)
    made.open_offers(scene)
    scene.services[0].min_age = 17
    session.flush()
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert {entry.quality for entry in found.eligible} == {90, 60}
    assert found.recomputes


def test_an_offer_of_a_service_that_left_the_lot_is_named_and_not_compared(session: Session) -> None:
    scene, sent = three_offers(session)
    enrolment = session.scalars(select(Enrolment).where(Enrolment.claim_id == scene.services[0].claim_id)).one()
    enrolment.status = EnrolmentStatus.REMOVED
    session.flush()
    made.open_offers(scene)
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert [row[0].id for row in found.left] == [sent[0].id]


def test_no_offers_freeze_to_an_empty_shortlist_that_recomputes(session: Session) -> None:
    scene = made.make_scene(session)
    made.open_offers(scene)
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert (found.eligible, found.excluded, found.recomputes) == ((), (), True)


def test_nobody_passing_says_where_each_fell_and_what_would_admit_somebody(session: Session) -> None:
    scene = made.make_scene(session, services=({"min_age": 16}, {"sexes": ("F",)}))
    for service in scene.services:
        made.offer(scene, service)
    made.open_offers(scene)
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert [(step.gate, step.failed, step.alone) for step in found.funnel.steps] == [("age", 1, 1), ("sex", 1, 1)]
    names = [service.name for service in scene.services]
    assert [(one.gates, one.admits) for one in found.funnel.relaxations] == [
        (("age",), (names[0],)),
        (("sex",), (names[1],)),
    ]


@pytest.mark.parametrize("statement", ["UPDATE evaluation SET hash = 'x'", "DELETE FROM evaluation"])
def test_the_record_is_append_only_in_the_database_itself(session: Session, statement: str) -> None:
    scene, _ = three_offers(session)
    made.open_offers(scene)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["UPDATE offer_choice SET reason = 'x'", "DELETE FROM offer_choice"])
def test_a_choice_is_append_only_too(session: Session, statement: str) -> None:
    scene, sent = three_offers(session)
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_a_record_that_was_tampered_with_does_not_recompute(session: Session) -> None:
    scene, _ = three_offers(session)
    kept = made.open_offers(scene)
    record = {**kept.record, "market": {**kept.record["market"]}}
    offers = [dict(one) for one in record["market"]["offers"]]
    offers[0] = {**offers[0], "elements": {**offers[0]["elements"], "care": 1}}
    record["market"]["offers"] = offers
    forged = Evaluation(record=record, hash=kept.hash)
    assert recomputes(kept)
    assert not recomputes(forged)


def test_the_first_needs_a_reason_too_and_an_excluded_offer_cannot_be_chosen(session: Session) -> None:
    scene, sent = three_offers(session)
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
    scene, sent = three_offers(session)
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
    scene, sent = three_offers(session)
    made.open_offers(scene)
    enrolment = session.scalars(select(Enrolment).where(Enrolment.claim_id == scene.services[0].claim_id)).one()
    enrolment.status = EnrolmentStatus.SUSPENDED
    session.flush()
    with pytest.raises(Conflict, match="suspended"):
        made.prefer(scene, sent[0])


def test_expiry_releases_the_place_and_tells_both_sides_once(session: Session) -> None:
    scene, sent = three_offers(session)
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
    scene, sent = three_offers(session)
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    later = scene.deadline + HOLD + 2 * HOUR
    made.prefer(scene, sent[0], now=later)
    reasons = session.scalars(select(PlaceHold.release_reason).order_by(PlaceHold.held_at)).all()
    assert list(reasons) == ["expired", None]


@pytest.mark.parametrize("event", [RequestWithdrawn, RequestUnplaced])
def test_a_request_that_ends_holds_no_place_and_tells_each_company_once(
    session: Session, event: type[RequestWithdrawn] | type[RequestUnplaced]
) -> None:
    scene, sent = three_offers(session)
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    now = scene.deadline + 2 * HOUR
    assert close_offers(session, event(scene.request.id, now), base_url=BASE_URL) == 3
    assert held_places(session, [offer.service_id for offer in sent], now=now) == {}
    assert {offer.status for offer in sent} == {OfferStatus.LOST}
    assert close_offers(session, event(scene.request.id, now), base_url=BASE_URL) == 0
    letters = session.scalars(select(OutboxMessage.address).where(OutboxMessage.template == "request_ended")).all()
    assert sorted(letters) == sorted(service.alert_email for service in scene.services)


def test_a_company_whose_request_found_no_placement_gets_its_own_scores(session: Session) -> None:
    scene, sent = three_offers(session)
    made.open_offers(scene)
    now = scene.deadline + HOUR
    mark_unplaced(
        session,
        actor=scene.officer,
        request_id=scene.request.id,
        code="other",
        words="The family changed its mind",
        version=scene.request.version,
        now=now,
    )
    close_offers(session, RequestUnplaced(scene.request.id, now), base_url=BASE_URL)
    actor = scene.provider(scene.services[2])
    result = own_result(session, actor=actor, offer_id=sent[2].id)
    assert result is not None
    assert result.winner == ()
    assert result.refusals
    assert own_offer_line(session, actor=actor, offer_id=sent[2].id).words(now) == "Closed without a placement"


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


def test_who_reads_the_request_at_each_stage(session: Session) -> None:
    scene, sent = three_offers(session)
    opened_at = scene.deadline + HOUR
    stranger = made.make_scene(session, services=({},))
    suspended = made.make_scene(session, services=({}, {}))
    enrolment = session.scalars(select(Enrolment).where(Enrolment.claim_id == suspended.services[0].claim_id)).one()
    enrolment.status = EnrolmentStatus.SUSPENDED
    session.flush()

    def stage(of: Scene, service_of: Scene, number: int, now: dt.datetime | None = None) -> int:
        actor = service_of.provider(service_of.services[number])
        try:
            return opportunity_for(session, actor=actor, request_id=of.request.id, now=now or of.now).stage
        except NotFound:
            return 0

    assert [stage(suspended, suspended, number) for number in (0, 1)] == [0, 1]
    assert [stage(scene, scene, number) for number in range(3)] == [1, 1, 1]
    assert stage(scene, stranger, 0) == 0
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    assert [stage(scene, scene, number, opened_at) for number in range(3)] == [2, 1, 1]
    award(scene, sent[0])
    assert [stage(scene, scene, number, opened_at) for number in range(3)] == [3, 0, 0]


def test_who_has_no_offer_in_at_the_deadline_reads_the_request_no_more(session: Session) -> None:
    """F-39."""
    scene = made.make_scene(session)
    made.offer(scene, scene.services[0])
    taken_back = made.offer(scene, scene.services[1])
    withdraw_offer(
        session,
        actor=scene.provider(scene.services[1]),
        offer_id=taken_back.id,
        version=taken_back.version,
        now=scene.now,
    )

    def readers(now: dt.datetime) -> list[bool]:
        return [
            may_read(session, actor=scene.provider(service), request_id=scene.request.id, now=now)
            for service in scene.services
        ]

    assert readers(scene.deadline - HOUR) == [True, True, True]
    assert readers(scene.deadline) == [True, False, False]


@pytest.mark.parametrize("status", [EnrolmentStatus.SUSPENDED, EnrolmentStatus.REMOVED])
def test_a_service_must_be_enrolled_at_every_binding_step(session: Session, status: EnrolmentStatus) -> None:
    """F-14."""
    scene, sent = three_offers(session)
    must_be_enrolled(session, sent[0])
    session.scalars(select(Enrolment).where(Enrolment.claim_id == scene.services[0].claim_id)).one().status = status
    session.flush()
    with pytest.raises(Conflict, match="suspended or has left"):
        must_be_enrolled(session, sent[0])
    must_be_enrolled(session, sent[1])


def test_at_award_each_company_gets_its_own_scores_and_nothing_of_anybody_else(session: Session) -> None:
    scene, sent = three_offers(session)
    made.open_offers(scene)
    made.prefer(scene, sent[0])
    loser, winner = scene.provider(scene.services[1]), scene.provider(scene.services[0])
    assert own_result(session, actor=loser, offer_id=sent[1].id) is None
    places = scene.services[0].places_free
    award(scene, sent[0])
    result = own_result(session, actor=loser, offer_id=sent[1].id)
    assert result is not None
    assert sum(given for _, given in result.contributions) == result.total
    assert result.needs == ()
    assert [words for words, _ in result.winner] == ["Price", "Quality", "Needs", "Practical fit"]
    said = repr((result.parts, result.needs, result.flags, result.rate, result.winner))
    for secret in ("4,800", "4800", scene.services[0].name, winner.organisation_name, "rank"):
        assert secret not in said
    with pytest.raises(NotFound):
        own_result(session, actor=loser, offer_id=sent[0].id)
    won = own_result(session, actor=winner, offer_id=sent[0].id)
    assert won is not None
    assert won.winner == ()
    assert len(won.needs) == sum(bool(score) for score in scene.request.needs or [])
    assert scene.services[0].places_free == places - 1
    letters = session.scalars(select(OutboxMessage.template).where(OutboxMessage.key.startswith("offer.settled"))).all()
    assert sorted(letters) == ["offer_lost", "offer_lost", "offer_won"]


def test_an_offer_that_cannot_win_does_not_settle_a_request(session: Session) -> None:
    scene, sent = three_offers(session)
    made.open_offers(scene)
    with pytest.raises(Conflict):
        settle(session, request_id=scene.request.id, won_offer_id="nobody", now=scene.deadline, base_url=BASE_URL)
    with pytest.raises(Conflict):
        settle(session, request_id=scene.request.id, won_offer_id=sent[0].id, now=scene.deadline, base_url=BASE_URL)


def test_an_excluded_companys_offer_is_refused_at_the_choice_and_an_excludable_ones_waits_for_the_hub(
    session: Session,
) -> None:
    scene, sent = three_offers(session)
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_under_the_lowest_price_a_company_is_told_nothing_from_which_anothers_price_could_be_worked_out(
    session: Session,
) -> None:
    """F-31, F-39: its points for price are the lowest price over its own."""
    lot = make_system_and_lots(session, NOW).residential
    shipped = in_force(session, "evaluation", local_date(NOW))
    content = {**shipped.content, "common": {**shipped.content["common"], "price_formula": "lowest_ratio"}}
    append(
        session, kind="evaluation", version="made-up", in_force_from=local_date(NOW), source="A test", content=content,
        now=NOW,
    )  # fmt: skip
    scene = made.make_scene(session, lot=lot, services=({"quality": 90}, {"quality": 60}))
    sent = [
        made.offer(scene, service, price) for service, price in zip(scene.services, (480_000, 410_000), strict=True)
    ]
    made.open_offers(scene)
    assert shortlist(session, actor=scene.officer, request_id=scene.request.id).lowest_ratio
    made.prefer(scene, sent[0])
    award(scene, sent[0])
    for number in (0, 1):
        result = own_result(session, actor=scene.provider(scene.services[number]), offer_id=sent[number].id)
        assert result is not None
        assert result.price_kept_back
        assert result.total is None
        assert [words for words, _ in result.contributions] == ["Quality", "Needs", "Practical fit"]
        assert {line.part for line in result.parts} == {"quality", "needs", "practical"}
