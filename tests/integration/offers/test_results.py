"""The frozen shortlist, who reads the request when, and what each company learns once the request has ended."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.errors import Conflict, NotFound
from app.core.policies import append, in_force
from app.offers.ending import close_offers
from app.offers.holds import held_places
from app.offers.invitations import may_read, opportunity_for
from app.offers.models import Evaluation, Offer
from app.offers.offering import withdraw_offer
from app.offers.queries import own_offer_line
from app.offers.results import own_result
from app.offers.settling import settle
from app.offers.shortlist import recomputes, shortlist
from app.offers.status import OfferStatus
from app.requests.events import RequestUnplaced, RequestWithdrawn
from app.requests.publication import mark_awarded
from app.requests.unmet import mark_unplaced
from notifications.models import OutboxMessage
from providers.passport.models import Enrolment
from providers.passport.status import EnrolmentStatus
from tests.factories import offers as made
from tests.factories.offers import BASE_URL, Scene
from tests.factories.providers import make_system_and_lots
from tests.factories.requests import NOW

HOUR = dt.timedelta(hours=1)


def award(scene: Scene, winner: Offer) -> None:
    """What the placements room does to offers and request at an award."""
    now = scene.deadline + 2 * HOUR
    mark_awarded(scene.session, request_id=scene.request.id, person_id=scene.officer.person_id, now=now)
    settle(scene.session, request_id=scene.request.id, won_offer_id=winner.id, now=now, base_url=BASE_URL)


def test_contributions_sum_to_the_total_and_the_excluded_keep_their_reasons(session: Session) -> None:
    scene, sent = made.three_offers(session)
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
    scene, _ = made.three_offers(session)
    made.open_offers(scene)
    scene.services[0].min_age = 17
    session.flush()
    found = shortlist(session, actor=scene.officer, request_id=scene.request.id)
    assert {entry.quality for entry in found.eligible} == {90, 60}
    assert found.recomputes


def test_an_offer_of_a_service_that_left_the_lot_is_named_and_not_compared(session: Session) -> None:
    scene, sent = made.three_offers(session)
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
    scene, _ = made.three_offers(session)
    made.open_offers(scene)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_a_record_that_was_tampered_with_does_not_recompute(session: Session) -> None:
    scene, _ = made.three_offers(session)
    kept = made.open_offers(scene)
    record = {**kept.record, "market": {**kept.record["market"]}}
    offers = [dict(one) for one in record["market"]["offers"]]
    offers[0] = {**offers[0], "elements": {**offers[0]["elements"], "care": 1}}
    record["market"]["offers"] = offers
    forged = Evaluation(record=record, hash=kept.hash)
    assert recomputes(kept)
    assert not recomputes(forged)


@pytest.mark.parametrize("event", [RequestWithdrawn, RequestUnplaced])
def test_a_request_that_ends_holds_no_place_and_tells_each_company_once(
    session: Session, event: type[RequestWithdrawn] | type[RequestUnplaced]
) -> None:
    scene, sent = made.three_offers(session)
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
    scene, sent = made.three_offers(session)
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


def test_who_reads_the_request_at_each_stage(session: Session) -> None:
    scene, sent = made.three_offers(session)
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


def test_at_award_each_company_gets_its_own_scores_and_nothing_of_anybody_else(session: Session) -> None:
    scene, sent = made.three_offers(session)
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
    scene, sent = made.three_offers(session)
    made.open_offers(scene)
    with pytest.raises(Conflict):
        settle(session, request_id=scene.request.id, won_offer_id="nobody", now=scene.deadline, base_url=BASE_URL)
    with pytest.raises(Conflict):
        settle(session, request_id=scene.request.id, won_offer_id=sent[0].id, now=scene.deadline, base_url=BASE_URL)


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
