"""Offers until the deadline: sealed, amended, withdrawn; late is refused and the refusal is kept (F-34)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.models import AuditEntry
from app.offers.declining import decline, declined_code, undo_decline
from app.offers.models import Evaluation, Invitation, Offer
from app.offers.offering import Late, refuse_late, unsealed_for_owner, withdraw_offer
from app.offers.opening import open_by_officer
from app.offers.pricing import payable_prices
from app.offers.queries import opportunities, own_offers, told
from app.offers.shortlist import read_shortlist
from app.offers.status import OfferStatus
from notifications.models import OutboxMessage
from providers.market.status import ServiceType
from providers.passport.status import EnrolmentStatus
from tests.factories import offers as made
from tests.factories import providers
from tests.factories.requests import NOW, VAULT

SECRETS = ("care_pence", "education_pence", "health_pence", "transport_pence", "weekly_pence", "weeks_per_year")
MINUTE = dt.timedelta(minutes=1)


def test_every_enrolled_service_is_told_once_and_the_message_says_nothing_of_the_child(session: Session) -> None:
    scene = made.make_scene(session, services=({}, {}, {"status": EnrolmentStatus.SUSPENDED}))
    invited = session.scalars(select(Invitation.service_id)).all()
    assert sorted(invited) == sorted(service.id for service in scene.services[:2])
    letters = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "request_alert")).all()
    assert sorted(letter.address for letter in letters) == sorted(one.alert_email for one in scene.services[:2])
    for letter in letters:
        for word in ("Zebedee", "Testchild", "13 years", "CR0 1EA"):
            assert word not in letter.subject + letter.text + letter.html


def test_nothing_of_an_offer_can_be_read_before_the_deadline(session: Session) -> None:
    scene = made.make_scene(session)
    sent = made.offer(scene, scene.services[0], 4_321_00, note="Made-up secret note")
    row = session.execute(text("SELECT * FROM offer")).mappings().one()
    assert all(row[name] is None for name in (*SECRETS, "can_start_on", "place_easting", "place_northing", "opened_at"))
    everything = " ".join(str(value) for value in row.values())
    for secret in ("4321", "432100", "Made-up", "CR0 1EA", "CR01EA"):
        assert secret not in everything
    assert read_shortlist(session, actor=scene.officer, request_id=scene.request.id) is None
    with pytest.raises(Conflict):
        open_by_officer(
            session, actor=scene.officer, vault=VAULT, request_id=scene.request.id, now=scene.deadline - MINUTE
        )
    assert not hasattr(told(session, actor=scene.officer, request_id=scene.request.id), "offers")
    facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.subject_id == sent.id)).all()
    assert facts == [{}]


def test_a_company_reads_its_own_offer_and_no_rival_finds_it(session: Session) -> None:
    scene = made.make_scene(session)
    sent = made.offer(scene, scene.services[0], 4_321_00)
    assert unsealed_for_owner(vault=VAULT, offer=sent).care_pence == 4_321_00
    rival = scene.provider(scene.services[1])
    assert own_offers(session, actor=rival) == ([], 0)
    with pytest.raises(NotFound):
        withdraw_offer(session, actor=rival, offer_id=sent.id, version=sent.version, now=scene.now)
    lines, total = opportunities(session, actor=rival, now=scene.now)
    assert (total, lines[0].offered) == (1, 0)


def test_an_offer_is_amended_and_the_old_content_is_gone(session: Session) -> None:
    scene = made.make_scene(session)
    service = scene.services[0]
    sent = made.offer(scene, service, 4_000_00)
    before = sent.sealed_content
    again = made.offer(scene, service, 3_900_00, version=sent.version)
    assert again.id == sent.id
    assert again.sealed_content != before
    assert unsealed_for_owner(vault=VAULT, offer=again).care_pence == 3_900_00
    with pytest.raises(Stale):
        made.offer(scene, service, 3_800_00, version=again.version - 1)
    with pytest.raises(Stale):
        made.offer(scene, service, 3_800_00)


def test_a_withdrawn_offer_is_never_opened_and_a_new_one_may_follow(session: Session) -> None:
    scene = made.make_scene(session)
    service = scene.services[0]
    first = made.offer(scene, service)
    withdraw_offer(
        session, actor=scene.provider(service), offer_id=first.id, version=first.version, now=scene.now + MINUTE
    )
    second = made.offer(scene, service, 3_950_00)
    made.open_offers(scene)
    assert (first.status, first.opened_at) == (OfferStatus.WITHDRAWN, None)
    assert second.weekly_pence == 3_950_00


@pytest.mark.parametrize("after", [dt.timedelta(0), MINUTE, dt.timedelta(days=30)])
def test_late_is_refused_nothing_is_stored_and_the_refusal_is_kept(session: Session, after: dt.timedelta) -> None:
    scene = made.make_scene(session)
    outcome = made.try_offer(scene, scene.services[0], now=scene.deadline + after)
    assert isinstance(outcome, Late)
    assert outcome.closed_at == scene.deadline
    assert session.scalar(select(Offer.id)) is None
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "offers.offer.refuse_late")).one()
    assert (entry.subject_id, entry.organisation_id) == (scene.request.id, scene.services[0].organisation_id)


def test_a_late_change_and_a_late_withdrawal_leave_the_offer_as_it_was(session: Session) -> None:
    scene = made.make_scene(session)
    service = scene.services[0]
    sent = made.offer(scene, service, 4_000_00)
    assert isinstance(made.try_offer(scene, service, 1_00, now=scene.deadline, version=sent.version), Late)
    late = withdraw_offer(
        session, actor=scene.provider(service), offer_id=sent.id, version=sent.version, now=scene.deadline
    )
    assert isinstance(late, Late)
    assert sent.status is OfferStatus.SUBMITTED
    made.open_offers(scene)
    assert sent.weekly_pence == 4_000_00


def test_an_offer_that_waited_for_the_opening_is_late_although_its_clock_was_not(session: Session) -> None:
    scene = made.make_scene(session)
    made.open_offers(scene)
    assert isinstance(made.try_offer(scene, scene.services[0], now=scene.deadline - MINUTE), Late)


@pytest.mark.parametrize(
    ("replaced", "field"),
    [
        ({"care": 0}, "care_pence"),
        ({"weeks_per_year": 53}, "weeks_per_year"),
        ({"place_postcode": "ZZ99 9ZZ"}, "place_postcode"),
        ({"start": dt.date(2020, 1, 1)}, "can_start_on"),
        ({"start": dt.date(2099, 1, 1)}, "can_start_on"),
        ({"how_needs_are_met": {}}, "need_1"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_a_wrong_offer_is_refused_at_its_field(session: Session, replaced: dict[str, object], field: str) -> None:
    scene = made.make_scene(session)
    with pytest.raises(Invalid) as refusal:
        made.offer(scene, scene.services[0], **replaced)  # type: ignore[arg-type]
    assert field in refusal.value.errors


def test_a_home_that_is_far_away_cannot_offer_from_near_by(session: Session) -> None:
    """F-37: the place decides whose approval the law asks for."""
    scene = made.make_scene(session, services=({"postcode": "M1 1AE"},))
    with pytest.raises(Invalid) as refusal:
        made.offer(scene, scene.services[0], place_postcode="CR0 1EA")
    assert set(refusal.value.errors) == {"place_postcode"}
    sent = made.offer(scene, scene.services[0], place_postcode="")
    made.open_offers(scene)
    service = scene.services[0]
    assert sent.place_authority_gss == service.authority_gss
    assert (sent.place_easting, sent.place_northing) == (service.easting, service.northing)


def test_an_agency_names_the_household(session: Session) -> None:
    lot = providers.make_system_and_lots(session, NOW).fostering
    scene = made.make_scene(session, lot=lot, services=({"postcode": "CR0 1EA"},))
    with pytest.raises(Invalid):
        made.offer(scene, scene.services[0], place_postcode="")
    sent = made.offer(scene, scene.services[0], place_postcode="M1 1AE")
    made.open_offers(scene)
    assert sent.place_authority_gss == "E08000003"


def test_a_home_cannot_be_offered_for_half_the_year(session: Session) -> None:
    scene = made.make_scene(session, services=({},))
    with pytest.raises(Invalid) as refusal:
        made.offer(scene, scene.services[0], 6_000_00, weeks_per_year=26)
    assert set(refusal.value.errors) == {"weeks_per_year"}


def test_a_school_place_of_39_weeks_is_payable_over_the_year(session: Session) -> None:
    lot = providers.make_system_and_lots(session, NOW).lots[ServiceType.NMI_DAY]
    scene = made.make_scene(session, lot=lot, services=({},))
    sent = made.offer(scene, scene.services[0], 0, education_pence=900_00, transport_pence=75_00, weeks_per_year=39)
    assert sent.payable_pence == 0  # sealed
    made.open_offers(scene)
    assert payable_prices(sent) == {"care": 0, "education": 675_00, "health": 0, "transport": 56_25}
    assert (sent.weekly_pence, sent.payable_pence) == (975_00, 731_25)


def test_a_school_may_price_education_alone(session: Session) -> None:
    scene = made.make_scene(session)
    sent = made.offer(scene, scene.services[0], 0, education_pence=900_00)
    made.open_offers(scene)
    assert sent.weekly_pence == 900_00


def test_a_service_without_a_free_place_cannot_offer(session: Session) -> None:
    scene = made.make_scene(session, services=({"places": 0},))
    with pytest.raises(Conflict):
        made.offer(scene, scene.services[0])


def test_an_early_offer_does_not_go_stale_while_the_request_is_open(session: Session) -> None:
    scene = made.make_scene(session)
    made.offer(scene, scene.services[0], now=scene.now)
    evaluation = made.open_offers(scene, now=scene.deadline + dt.timedelta(days=20))
    assert evaluation.record["result"]["requests"][0]["candidates"][0]["gates_failed"] == []


def test_declining_is_coded_undone_until_the_deadline_and_lifted_by_an_offer(session: Session) -> None:
    scene = made.make_scene(session)
    service = scene.services[0]
    actor, request_id = scene.provider(service), scene.request.id
    with pytest.raises(Invalid):
        decline(session, actor=actor, request_id=request_id, code="because", now=scene.now)
    decline(session, actor=actor, request_id=request_id, code="staffing", now=scene.now)
    assert declined_code(session, actor=actor, request_id=request_id) == "staffing"
    assert told(session, actor=scene.officer, request_id=request_id).declined == 1
    undo_decline(session, actor=actor, request_id=request_id, now=scene.now)
    assert declined_code(session, actor=actor, request_id=request_id) is None
    decline(session, actor=actor, request_id=request_id, code="full", now=scene.now)
    made.offer(scene, service)
    assert declined_code(session, actor=actor, request_id=request_id) is None
    with pytest.raises(Conflict):
        decline(session, actor=actor, request_id=request_id, code="full", now=scene.now)
    with pytest.raises(Conflict):
        undo_decline(session, actor=actor, request_id=request_id, now=scene.deadline)


def test_a_company_that_never_offered_declines_no_more_after_the_deadline(session: Session) -> None:
    scene = made.make_scene(session)
    with pytest.raises(Conflict):
        decline(
            session,
            actor=scene.provider(scene.services[0]),
            request_id=scene.request.id,
            code="full",
            now=scene.deadline,
        )


def test_an_attempt_after_the_deadline_is_kept_and_one_before_is_no_refusal(session: Session) -> None:
    scene = made.make_scene(session)
    mine = {"actor": scene.provider(scene.services[0]), "request_id": scene.request.id}
    assert refuse_late(session, now=scene.deadline - MINUTE, **mine) is None  # type: ignore[arg-type]
    late = refuse_late(session, now=scene.deadline, **mine)  # type: ignore[arg-type]
    assert late == Late(scene.request.reference, scene.deadline)
    assert session.scalar(select(AuditEntry.id).where(AuditEntry.act == "offers.offer.refuse_late"))
    stranger = made.make_scene(session, services=({},))
    with pytest.raises(NotFound):
        refuse_late(
            session,
            actor=stranger.provider(stranger.services[0]),
            request_id=scene.request.id,
            now=scene.deadline,
        )


def test_opening_is_done_once(session: Session) -> None:
    scene = made.make_scene(session)
    made.offer(scene, scene.services[0])
    first = made.open_offers(scene)
    assert made.open_offers(scene, now=scene.deadline + dt.timedelta(days=1)).id == first.id
    assert len(session.scalars(select(Evaluation)).all()) == 1
