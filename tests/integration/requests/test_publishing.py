"""Publishing: what is checked, what is frozen for everyone, and how a request ends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, WrongMove
from app.core.events import install
from app.core.models import Job
from app.identity.status import OrganisationKind, Role
from app.requests import approval, deciding, findings, publication, submitting
from app.requests.events import RequestPublished
from app.requests.lists import RequestFilter, market_requests
from app.requests.models import PlacementRequest
from app.requests.publication import public_state
from app.requests.queries import published_request
from app.requests.status import FindingChoice, RequestStatus
from app.requests.texts import texts_of
from app.requests.unmet import mark_unplaced
from providers.market.status import ProcurementMode, ServiceType
from tests.factories.identity import make_organisation
from tests.factories.requests import (
    NEEDS,
    NOW,
    VAULT,
    join,
    load_policies,
    make_actor,
    make_approved_request,
    make_borough,
    make_child,
    make_draft,
    make_lot,
    make_published_request,
    read_everything,
    request_answers,
)

DAY = dt.timedelta(days=1)


def publish(session: Session, request: PlacementRequest, actor: Any, lot_id: str, closes: dt.datetime) -> None:
    publication.publish(
        session,
        actor=actor,
        vault=VAULT,
        request_id=request.id,
        lot_id=lot_id,
        offers_close_at=closes,
        version=request.version,
        now=NOW,
    )


def test_publication_freezes_the_terms_tells_and_schedules(session: Session) -> None:
    told: list[Any] = []
    install(session, {RequestPublished: [lambda _, event: told.append(event)]})
    lot = make_lot(session)
    request = make_published_request(session, lot=lot)
    assert told == [RequestPublished(request.id, NOW)]
    frozen = published_request(session, request.id)
    assert frozen.weights == {"price": 30, "quality": 30, "needs": 30, "practical": 10}
    assert (frozen.benchmark_pence, frozen.service_type) == (612308, ServiceType.RESIDENTIAL)
    assert "National Audit Office" in (frozen.benchmark_source or "")
    assert frozen.needs == NEEDS
    assert frozen.origin_easting % 100 == frozen.origin_northing % 100 == 0
    job = session.scalars(select(Job).where(Job.kind == "open_offers")).one()
    assert (job.key, job.due_at) == (request.id, NOW + 14 * DAY)


def test_the_youngest_band_prices_a_baby_and_no_row_means_no_benchmark(session: Session) -> None:
    """F-24; and the honest absence of a benchmark."""
    fostering = make_lot(session, service_type=ServiceType.FOSTERING)
    officer = make_actor(session)
    baby = make_child(session, actor=officer, date_of_birth=dt.date(2026, 6, 15))
    request = make_published_request(session, lot=fostering, officer=officer, child=baby)
    assert (request.age_weeks, request.benchmark_pence) == (26, 93000)
    homes = make_lot(session, service_type=ServiceType.RESIDENTIAL)  # the table starts at five years for homes
    toddler = make_child(session, actor=officer, date_of_birth=dt.date(2023, 6, 15))
    without = published_request(session, make_published_request(session, lot=homes, officer=officer, child=toddler).id)
    assert (without.benchmark_pence, without.benchmark_policy_id, without.benchmark_source) == (None, None, None)


def test_support_packages_are_not_bought_by_sealed_offers(session: Session) -> None:
    """They have no places that could be ranked."""
    with pytest.raises(Invalid) as refused:
        make_published_request(session, lot=make_lot(session, service_type=ServiceType.SUPPORT_PACKAGE))
    assert refused.value.field == "lot_id"


@pytest.mark.parametrize(
    ("mode", "days", "allowed"),
    [
        (ProcurementMode.PCR34, 9.99, False),
        (ProcurementMode.PCR34, 10, True),
        (ProcurementMode.PCR_LIGHT_TOUCH, 0.01, True),
        (ProcurementMode.PCR_LIGHT_TOUCH, 0, False),
        (ProcurementMode.PCR_LIGHT_TOUCH, -1, False),
    ],
)
def test_the_deadline_leaves_at_least_the_days_of_the_mode(
    session: Session, mode: ProcurementMode, days: float, allowed: bool
) -> None:
    """F-34."""
    request, officer, _ = make_approved_request(session)
    lot = make_lot(session, mode=mode)
    join(session, officer.organisation_id, lot)
    if allowed:
        publish(session, request, officer, lot.id, NOW + days * DAY)
        assert request.status is RequestStatus.PUBLISHED
    else:
        with pytest.raises(Invalid) as refused:
            publish(session, request, officer, lot.id, NOW + days * DAY)
        assert refused.value.field == "offers_close_at"


def test_only_to_an_open_lot_in_which_the_borough_takes_part(session: Session) -> None:
    request, officer, _ = make_approved_request(session)
    for lot_id in (make_lot(session).id, "nothing"):
        with pytest.raises(Invalid) as refused:
            publish(session, request, officer, lot_id, NOW + 14 * DAY)
        assert refused.value.field == "lot_id"


def test_supported_accommodation_is_refused_under_16(session: Session) -> None:
    """F-27."""
    request, officer, _ = make_approved_request(session)
    lot = make_lot(session, service_type=ServiceType.SUPPORTED)
    join(session, officer.organisation_id, lot)
    with pytest.raises(Invalid, match="under 16"):
        publish(session, request, officer, lot.id, NOW + 14 * DAY)


def test_text_that_points_at_the_child_must_be_settled_before_a_manager_approves(session: Session) -> None:
    request, officer, manager = pointing_request(session)
    with pytest.raises(Conflict, match="2 places") as refused:
        approve(session, manager, request)
    assert "send the request back" in refused.value.message
    for place in findings.open_findings(session, vault=VAULT, request=request):
        with pytest.raises(Invalid):
            clear(session, officer, request, place, " ")
        clear(session, officer, request, place, "It is a toy and a shop")
    assert "toys" not in str(session.execute(text("SELECT * FROM request_clearance")).all())
    read_everything(session, officer, VAULT, request)
    approve(session, manager, request)
    lot = make_lot(session)
    join(session, officer.organisation_id, lot)
    publish(session, request, officer, lot.id, NOW + 14 * DAY)
    assert request.status is RequestStatus.PUBLISHED


def test_after_the_approval_nobody_marks_words_and_nothing_that_points_is_published(session: Session) -> None:
    """Whoever publishes would otherwise settle alone what the market reads of the child."""
    request, officer, _ = pointing_request(session)
    places = findings.open_findings(session, vault=VAULT, request=request)
    clear(session, officer, request, places[0], "It is a toy")
    request.status = RequestStatus.APPROVED  # as a detector that has learnt a new pattern would find it
    session.flush()
    with pytest.raises(Conflict, match="send the request back"):
        clear(session, officer, request, places[1], "It is a shop")
    lot = make_lot(session)
    join(session, officer.organisation_id, lot)
    with pytest.raises(Conflict, match="1 place"):
        publish(session, request, officer, lot.id, NOW + 14 * DAY)


def pointing_request(session: Session) -> tuple[PlacementRequest, Any, Any]:
    """A submitted request whose text points at the child in two places, its writer and a manager."""
    load_policies(session)
    borough = make_borough(session)
    officer = make_actor(session, organisation=borough)
    manager = make_actor(session, Role.TEAM_MANAGER, organisation=borough)
    typed = request_answers(enjoys="Likes the Zebedee toys", own_words="I live at CR0 1EA")
    request = make_draft(session, actor=officer, answers=typed)
    submitting.submit(session, actor=officer, vault=VAULT, request_id=request.id, version=request.version, now=NOW)
    return request, officer, manager


def approve(session: Session, manager: Any, request: PlacementRequest) -> None:
    approval.approve(session, actor=manager, vault=VAULT, request_id=request.id, version=request.version, now=NOW)


def clear(session: Session, actor: Any, request: PlacementRequest, place: findings.Pointed, reason: str) -> None:
    deciding.check_texts(
        session,
        actor=actor,
        vault=VAULT,
        request_id=request.id,
        decisions=[deciding.Decision(place.key, FindingChoice.KEEP, reason=reason)],
        ticks=(),
        seen={one.key: one.fingerprint for one in texts_of(session, vault=VAULT, request=request)},
        now=NOW,
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("lot_id", "NULL"),
        ("offers_close_at", "published_at"),
        ("weights", "'{\"price\": 100}'"),
        ("evaluation_policy_id", "benchmark_policy_id"),
        ("benchmark_pence", "1"),
        ("benchmark_pence", "NULL"),
        ("benchmark_source", "'better'"),
        ("origin_easting", "origin_easting + 100"),
        ("needs", "'[3]'"),
        ("age_weeks", "1"),
        ("published_at", "NULL"),
    ],
)
def test_the_database_refuses_to_change_what_is_frozen(session: Session, column: str, value: str) -> None:
    request = make_published_request(session)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(f"UPDATE placement_request SET {column} = {value} WHERE id = :id"), {"id": request.id})


def test_the_database_lets_the_deadline_be_extended_and_a_draft_be_changed(session: Session) -> None:
    request = make_published_request(session)
    request.offers_close_at = NOW + 20 * DAY
    draft, _, _ = make_approved_request(session)
    draft.age_weeks = 5
    session.flush()


def test_before_approval_or_by_those_without_the_right_nothing_is_published(session: Session) -> None:
    request, officer, _ = make_approved_request(session)
    lot = make_lot(session)
    join(session, officer.organisation_id, lot)
    director = make_actor(session, Role.DIRECTOR)
    with pytest.raises(NotAllowed):
        publish(session, request, director, lot.id, NOW + 14 * DAY)
    with pytest.raises(NotFound):
        publish(session, request, make_actor(session), lot.id, NOW + 14 * DAY)
    publish(session, request, officer, lot.id, NOW + 14 * DAY)
    with pytest.raises(WrongMove):
        publish(session, request, officer, lot.id, NOW + 14 * DAY)


def test_public_state_follows_the_deadline_and_what_people_decide(session: Session) -> None:
    request = make_published_request(session)
    officer = make_actor(session)
    assert public_state(request, NOW) == "Open for offers"
    assert public_state(request, NOW + 14 * DAY) == "Closed for offers"
    publication.mark_awarded(session, request_id=request.id, person_id=officer.person_id, now=NOW + 15 * DAY)
    assert public_state(request, NOW + 15 * DAY) == "Awarded"
    publication.reopen(
        session, request_id=request.id, person_id=officer.person_id, reason="Award void", now=NOW + 16 * DAY
    )
    assert public_state(request, NOW + 16 * DAY) == "Closed for offers"
    unpublished, _, _ = make_approved_request(session)
    with pytest.raises(NotFound):
        public_state(unpublished, NOW)
    with pytest.raises(NotFound):
        published_request(session, unpublished.id)


def test_withdrawn_and_unplaced_carry_a_reason_and_unplaced_waits_for_the_deadline(session: Session) -> None:
    officer = make_actor(session)
    first, second = (make_published_request(session, officer=officer) for _ in range(2))

    def end(use_case: Any, request: PlacementRequest, reason: str, now: dt.datetime) -> None:
        use_case(session, actor=officer, request_id=request.id, reason=reason, version=request.version, now=now)

    def unplaced(code: str, words: str, now: dt.datetime) -> None:
        given = {"request_id": first.id, "version": first.version, "now": now}
        mark_unplaced(session, actor=officer, code=code, words=words, **given)

    with pytest.raises(Conflict):
        unplaced("no_offer", "", NOW + DAY)
    for code, words, field in (("nonsense", "", "code"), ("other", " ", "words")):
        with pytest.raises(Invalid) as refused:
            unplaced(code, words, NOW + 14 * DAY)
        assert refused.value.field == field
    with pytest.raises(Invalid):
        end(publication.withdraw, second, "", NOW + DAY)
    unplaced("price", "Four times the benchmark", NOW + 14 * DAY)
    assert (first.unmet_code, first.unmet_words) == ("price", "Four times the benchmark")
    end(publication.withdraw, second, "Went home", NOW + DAY)
    assert (first.status, second.status) == (RequestStatus.UNPLACED, RequestStatus.WITHDRAWN)
    with pytest.raises(WrongMove):
        end(publication.withdraw, first, "Again", NOW + 15 * DAY)


def test_the_hub_lists_published_requests_without_a_word_of_the_child(session: Session) -> None:
    request = make_published_request(session)
    make_approved_request(session)
    commissioner = make_actor(session, Role.COMMISSIONER, organisation=make_organisation(session, OrganisationKind.HUB))
    rows, total = market_requests(session, actor=commissioner, now=NOW)
    assert total == 1
    assert (rows[0].reference, rows[0].child_reference) == (request.reference, None)
    assert market_requests(session, actor=commissioner, now=NOW, wanted=RequestFilter(status="closed"))[1] == 0
    assert (
        market_requests(session, actor=commissioner, now=NOW + 15 * DAY, wanted=RequestFilter(status="closed"))[1] == 1
    )
