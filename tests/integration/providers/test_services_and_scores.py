"""What other rooms ask: enrolled services as facts, scores as they stood, and a profile that says only what is true."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Invalid, NotFound, Stale
from app.core.events import publish
from app.identity.permissions import Actor
from providers.passport.status import EnrolmentStatus
from providers.quality.models import QualityScore
from providers.quality.queries import latest_quality, qualities_at, quality_at
from providers.quality.scoring import rescore_all, score_registration
from providers.register.events import RegisterImported
from providers.register.resolving import resolve_judgement
from providers.register.status import EventType, Grade, Resolution
from providers.services.profile import describe_service
from providers.services.queries import enrolled_services, is_enrolled, places_to_confirm, service_for_offer, services_of
from tests.factories import providers as factory
from tests.factories.providers import NOW, Market

DAY = dt.timedelta(days=1)


def test_enrolled_services_carry_what_matching_needs(session: Session, market: Market) -> None:
    home = factory.make_enrolled_service(session, lot=market.residential, name="Sample House", grade=Grade.OUTSTANDING)
    stopped = factory.make_enrolled_service(
        session, lot=market.residential, name="Zed House", status=EnrolmentStatus.SUSPENDED, grade=None, quality=None
    )
    agency = factory.make_enrolled_service(session, lot=market.fostering, name="Sample Fostering")
    first, second = enrolled_services(session, market.residential.id, NOW.date())
    assert (first.service_id, first.ofsted, first.registration, first.capability) == (
        home.id,
        "Outstanding",
        "childrens_home",
        (2,) * 12,
    )
    assert first.easting is not None
    assert (second.service_id, second.status, second.ofsted) == (stopped.id, EnrolmentStatus.SUSPENDED, None)
    alerted = enrolled_services(session, market.residential.id, NOW.date(), with_suspended=False)
    assert [one.service_id for one in alerted] == [home.id]
    (fostering,) = enrolled_services(session, market.fostering.id, NOW.date())
    assert (fostering.service_id, fostering.easting, fostering.northing) == (agency.id, None, None)
    assert is_enrolled(session, home.id, market.residential.id)
    assert not is_enrolled(session, stopped.id, market.residential.id)
    assert not is_enrolled(session, home.id, market.fostering.id)


def test_a_judgement_that_was_not_known_yet_does_not_count(session: Session, market: Market) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential, grade=Grade.GOOD)
    factory.make_inspection(session, service.urn, overall=Grade.INADEQUATE, inspected_on=dt.date(2026, 11, 20))
    by_day = [
        enrolled_services(session, market.residential.id, day)[0].ofsted
        for day in (dt.date(2026, 11, 19), dt.date(2026, 11, 20))
    ]
    assert by_day == ["Good", "Inadequate"]


def test_a_monitoring_visit_does_not_replace_the_graded_judgement(session: Session, market: Market) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential, grade=Grade.GOOD)
    factory.make_inspection(
        session,
        service.urn,
        overall=None,
        event_type=EventType.MONITORING,
        inspected_on=dt.date(2026, 11, 2),
    )
    # inspection: 60 per cent of 78 is 46.8, so 47; strategic: 40 and 30 per cent of the prior 50 are 20 and 15, no
    # evidence is in date, so 35, of which 20 per cent are 7; no placement, so 20 per cent of the prior 60 are 12
    assert score_registration(session, service.urn, now=NOW + DAY, why="Test").score == 47 + 7 + 12


def test_a_score_is_asked_for_at_a_moment_and_history_stays(session: Session, market: Market) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential, grade=Grade.GOOD, quality=78)
    worse = factory.make_inspection(
        session, service.urn, overall=Grade.REQUIRES_IMPROVEMENT, inspected_on=dt.date(2026, 11, 20)
    )
    factory.install_reactions(session, NOW + DAY)
    publish(session, RegisterImported(worse.id, changed=(service.urn,)))
    assert [quality_at(session, service.urn, moment) for moment in (NOW - DAY, NOW, NOW + DAY)] == [None, 78, 46]
    assert qualities_at(session, [service.urn, "9900000"], NOW) == {service.urn: 78}
    latest = latest_quality(session, service.urn)
    assert latest is not None
    assert latest.adds_up
    # 27 + 11 + 7 - 0 is 45, of which 60 per cent are 27; the rest as above
    assert [(part.key, part.points) for part in latest.parts] == [("inspection", 27), ("strategic", 7), ("service", 12)]
    assert [(line.key, line.points) for line in latest.sections[0].lines] == [
        ("overall", 27),
        ("protected", 11),
        ("leaders", 7),
        ("age", 0),
    ]


def test_rescoring_twice_appends_nothing_the_second_time(session: Session, market: Market) -> None:
    for _ in range(3):
        factory.make_enrolled_service(session, lot=market.residential)
    assert rescore_all(session, now=NOW + DAY, why="First") == 3
    assert rescore_all(session, now=NOW + DAY + DAY, why="Second") == 0
    assert session.scalar(select(func.count()).select_from(QualityScore)) == 6


def test_not_yet_inspected_and_contradictory_are_unknown(session: Session) -> None:
    new, odd, older = (factory.make_registration(session).urn for _ in range(3))
    factory.make_inspection(session, odd, overall=Grade.GOOD, protected=Grade.INADEQUATE, contradictory=True)
    factory.make_inspection(session, older, overall=Grade.GOOD, inspected_on=dt.date(2025, 6, 1))
    factory.make_inspection(session, older, overall=Grade.GOOD, protected=Grade.INADEQUATE, contradictory=True)
    reasons = {}
    for urn in (new, odd, older):
        row = score_registration(session, urn, now=NOW, why="Test")
        assert row.score is None
        reasons[urn] = row.parts["unknown"]
    assert reasons == {new: "not_inspected", odd: "contradictory", older: "contradictory"}


def test_a_resolved_contradiction_is_scored_at_once(session: Session, commissioner: Actor, market: Market) -> None:
    service = factory.make_enrolled_service(session, lot=market.residential, grade=None, quality=None)
    odd = factory.make_inspection(
        session,
        service.urn,
        overall=Grade.GOOD,
        leaders=Grade.INADEQUATE,
        contradictory=True,
        inspected_on=dt.date(2026, 10, 6),
    )
    factory.install_reactions(session, NOW + DAY)
    resolve_judgement(
        session,
        actor=commissioner,
        inspection_id=odd.id,
        resolution=Resolution.AS_LIMITED,
        reason="The report says requires improvement.",
        now=NOW + DAY,
    )
    # 27 for requires improvement overall, 19 for good protection, 0 for inadequate leaders: 46, of which 60 per cent
    # are 27.6, so 28; 7 and 12 of the other parts, as above
    assert quality_at(session, service.urn, NOW + DAY) == 28 + 7 + 12
    latest = latest_quality(session, service.urn)
    assert latest is not None
    assert latest.sections[0].lines[0].said == "Requires improvement to be good, as resolved; published as Good"
    assert is_enrolled(session, service.id, market.residential.id)


def test_a_company_sees_and_offers_with_its_own_services_only(
    session: Session, provider: Actor, commissioner: Actor, market: Market
) -> None:
    urn = factory.make_registration(session).urn
    own = factory.make_claimed_service(session, provider=provider, commissioner=commissioner, urn=urn)
    other = factory.make_enrolled_service(session, lot=market.residential)
    assert [found.id for found in services_of(session, provider)] == [own.id]
    assert service_for_offer(session, provider, own.id).missing == ("who you take", "needs you meet", "free places")
    with pytest.raises(NotFound):
        service_for_offer(session, provider, other.id)


def test_a_changed_level_loses_its_evidence_and_an_unchanged_one_keeps_it(
    session: Session, provider: Actor, commissioner: Actor
) -> None:
    urn = factory.make_registration(session, places=3).urn
    service = factory.make_claimed_service(session, provider=provider, commissioner=commissioner, urn=urn)
    describe_service(session, actor=provider, service_id=service.id, now=NOW, capability=[2] * 12)
    service.evidence = ["verified"] * 12
    session.flush()
    describe_service(session, actor=provider, service_id=service.id, now=NOW, capability=[3] + [2] * 11)
    assert service.evidence == ["declared"] + ["verified"] * 11


def test_a_profile_that_cannot_be_true_is_refused_whole(session: Session, provider: Actor, commissioner: Actor) -> None:
    urn = factory.make_registration(session, places=3).urn
    service = factory.make_claimed_service(session, provider=provider, commissioner=commissioner, urn=urn)
    with pytest.raises(Invalid) as refused:
        describe_service(
            session,
            actor=provider,
            service_id=service.id,
            now=NOW,
            name="Better name",
            min_age=12,
            max_age=11,
            sexes=[],
            capability=[4] * 12,
            places=4,
            alert_email="nobody",
        )
    assert set(refused.value.errors) == {"max_age", "sexes", "capability", "places", "alert_email"}
    assert service.name != "Better name"
    with pytest.raises(Stale):
        describe_service(session, actor=provider, service_id=service.id, now=NOW, name="Late", version=99)


def test_places_that_nobody_confirmed_lately_are_asked_about(session: Session, provider: Actor, market: Market) -> None:
    company = provider.organisation_id
    for age in (13, 15):
        service = factory.make_enrolled_service(session, lot=market.residential, confirmed_at=NOW - age * DAY)
        service.organisation_id = company
    session.flush()
    stale = places_to_confirm(session, services_of(session, provider), NOW)
    assert [own.service.places_confirmed_at for own in stale] == [NOW - 15 * DAY]
