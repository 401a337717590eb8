"""Lapsed evidence bars new offers and changes of offers after the grace, and the bar lifts itself with the newer
file.
"""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.identity.models import Organisation
from app.offers.models import Offer
from app.offers.offering import Late, evidence_bars, withdraw_offer
from app.offers.status import OfferStatus
from providers.market.status import ServiceType
from providers.passport.evidence import withdraw_evidence
from providers.passport.expiry import Currency, standing_of
from providers.services.models import Service
from tests.factories import offers as made
from tests.factories import providers
from tests.factories.passport import fill_in, new_questions, show
from tests.factories.requests import NOW

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
GRACE = 14
SOON = TODAY - (GRACE + 1) * DAY
"""A last day that bars from today on, with the shipped grace of 14 days."""

LONG_AGO = NOW - 300 * DAY


def scene_with(session: Session, last_day: dt.date, question: str = "public_liability") -> tuple[made.Scene, Service]:
    """A request and a service whose company has shown everything, one file of it to a last day."""
    scene = made.make_scene(session, services=({},))
    service = scene.services[0]
    actor = scene.provider(service)
    own = question == "statement_of_purpose"
    fill_in(session, actor, now=LONG_AGO, last_day=TODAY + 400 * DAY, but={} if own else {question: last_day})
    day = last_day if own else TODAY + 400 * DAY
    show(session, actor, "statement_of_purpose", day, now=LONG_AGO, claim_id=service.claim_id)
    return scene, service


def bar(
    session: Session, service: Service, on: dt.date, service_type: ServiceType = ServiceType.RESIDENTIAL
) -> str | None:
    return evidence_bars(session, [service], service_type, on).get(service.id)


def test_within_the_grace_a_company_offers_and_after_it_not(session: Session) -> None:
    scene, service = scene_with(session, SOON + DAY)
    assert made.offer(scene, service).status is OfferStatus.SUBMITTED
    with pytest.raises(Conflict) as refusal:
        made.try_offer(scene, service, now=scene.now + DAY, version=1)
    words = refusal.value.message
    assert "“Public liability insurance, at least £5 million” ended on" in words
    assert "Show a file that is in date in your company's passport" in words


def test_the_bar_lifts_itself_when_the_document_is_renewed(session: Session) -> None:
    scene, service = scene_with(session, SOON)
    with pytest.raises(Conflict, match="cannot offer now"):
        made.try_offer(scene, service)
    show(session, scene.provider(service), "public_liability", TODAY + 365 * DAY, now=scene.now)
    assert made.offer(scene, service).status is OfferStatus.SUBMITTED


def test_an_offer_that_is_in_stays_in_cannot_be_changed_and_can_be_withdrawn(session: Session) -> None:
    scene, service = scene_with(session, SOON + DAY)
    sent = made.offer(scene, service)
    later = scene.now + 2 * DAY
    with pytest.raises(Conflict, match="cannot offer now"):
        made.try_offer(scene, service, now=later, version=sent.version)
    assert session.get_one(Offer, sent.id).status is OfferStatus.SUBMITTED
    taken = withdraw_offer(session, actor=scene.provider(service), offer_id=sent.id, version=sent.version, now=later)
    assert isinstance(taken, Offer)
    assert taken.status is OfferStatus.WITHDRAWN


def test_what_a_service_has_to_show_bars_that_service(session: Session) -> None:
    scene, service = scene_with(session, SOON, "statement_of_purpose")
    with pytest.raises(Conflict, match="Statement of purpose"):
        made.try_offer(scene, service)
    other = providers.make_enrolled_service(
        session, lot=scene.lot, organisation=session.get_one(Organisation, service.organisation_id)
    )
    assert set(evidence_bars(session, [service, other], ServiceType.RESIDENTIAL, TODAY)) == {service.id}
    # The company's own papers are in date: without the service, nothing has lapsed.
    assert standing_of(session, service.organisation_id, ServiceType.RESIDENTIAL, TODAY).refusal is None


def test_late_is_said_before_anything_about_evidence(session: Session) -> None:
    scene, service = scene_with(session, SOON)
    assert isinstance(made.try_offer(scene, service, now=scene.deadline), Late)


def test_a_company_that_joined_before_it_was_asked_may_offer(session: Session) -> None:
    scene = made.make_scene(session, services=({},))
    service = scene.services[0]
    standing = standing_of(session, service.organisation_id, ServiceType.RESIDENTIAL, TODAY, service.claim_id)
    assert {one.currency for one in standing.items} == {Currency.MISSING}
    assert standing.refusal is None
    assert made.offer(scene, service).status is OfferStatus.SUBMITTED


def test_from_a_day_that_the_policy_names_what_was_never_shown_bars_too(session: Session) -> None:
    scene = made.make_scene(session, services=({},))
    service = scene.services[0]
    new_questions(session, TODAY - 10 * DAY, missing_bars_from=TODAY.isoformat())
    bars = [bar(session, service, TODAY + days * DAY) for days in (-1, 0)]
    assert bars[0] is None
    assert "has not been shown" in str(bars[1])
    with pytest.raises(Conflict, match="has not been shown"):
        made.try_offer(scene, service)


def test_a_file_that_was_withdrawn_lapses_with_its_withdrawal(session: Session) -> None:
    scene, service = scene_with(session, TODAY + 100 * DAY)
    actor = scene.provider(service)
    (row,) = [
        one
        for one in standing_of(session, service.organisation_id, ServiceType.RESIDENTIAL, TODAY).items
        if one.question.key == "public_liability"
    ]
    assert row.evidence_id is not None
    withdraw_evidence(session, actor=actor, evidence_id=row.evidence_id, now=NOW - 5 * DAY)
    standing = standing_of(session, service.organisation_id, ServiceType.RESIDENTIAL, TODAY)
    assert [(one.question.key, one.ends_on) for one in standing.lapsed] == [("public_liability", TODAY - 5 * DAY)]
    assert standing.bar_from == TODAY + (GRACE - 5 + 1) * DAY
    assert standing.refusal is None
    after = standing_of(session, service.organisation_id, ServiceType.RESIDENTIAL, TODAY + (GRACE - 5 + 1) * DAY)
    assert after.refusal is not None


def test_a_question_that_asks_anew_takes_nobody_by_surprise(session: Session) -> None:
    scene, service = scene_with(session, TODAY + 5 * DAY)
    new_questions(session, TODAY, {"public_liability": {"label": "Public liability insurance, at least £10 million"}})
    standing = standing_of(session, service.organisation_id, ServiceType.RESIDENTIAL, TODAY)
    anew = [one for one in standing.items if one.question.key == "public_liability"]
    assert [(one.currency, one.asked_anew) for one in anew] == [(Currency.MISSING, True)]
    assert made.offer(scene, service).status is OfferStatus.SUBMITTED
    # What was shown before has ended meanwhile: that it lapsed counts as ever.
    later = TODAY + (5 + GRACE + 1) * DAY
    assert bar(session, service, later) is not None


def test_evidence_that_the_lot_does_not_ask_for_bars_nothing(session: Session) -> None:
    scene, service = scene_with(session, SOON)
    new_questions(session, TODAY - DAY, {"public_liability": {"service_types": ["ifa"]}})
    assert bar(session, service, TODAY) is None
    assert bar(session, service, TODAY, ServiceType.FOSTERING) is not None
    assert made.offer(scene, service).status is OfferStatus.SUBMITTED
