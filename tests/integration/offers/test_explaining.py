"""A price above what such placements usually cost: who is asked to explain it, until when, who is reminded, and who
reads what was said.
"""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import install
from app.core.models import AuditEntry, Job
from app.offers.explaining import (
    REMIND,
    asked_of,
    explain_price,
    plan_reminder,
    prices_beside,
    remind_to_explain,
    still_to_explain,
)
from app.offers.invitations import invite_enrolled
from app.offers.models import Offer
from app.offers.offering import Late, unsealed_for_owner, withdraw_offer
from app.panels.papers import papers
from app.requests.events import DeadlineExtended, RequestPublished
from app.requests.extending import extend
from notifications.models import OutboxMessage
from tests.factories import offers as made
from tests.factories import placements
from tests.factories.offers import BASE_URL, Scene
from tests.factories.requests import NOW, VAULT
from tests.factories.tariffs import keep_tariff

HOUR = dt.timedelta(hours=1)
LINE = 484_000
"""£4,400 expected of a child whose first need is low, and nine in ten below 1.1 times that."""


@pytest.fixture
def scene(session: Session) -> Scene:
    keep_tariff(session)
    return made.make_scene(session)


def explain(scene: Scene, offer: Offer, *, now: dt.datetime | None = None, **said: object) -> Offer | Late:
    given = {"reasons": ["staffing"], "words": "Two at night", "version": offer.version, **said}
    return explain_price(
        scene.session,
        actor=scene.provider(scene.services[0]),
        vault=VAULT,
        offer_id=offer.id,
        now=now or scene.now + 2 * HOUR,
        **given,  # type: ignore[arg-type]
    )


def asked(scene: Scene, offer: Offer) -> bool:
    mine = scene.provider(next(one for one in scene.services if one.id == offer.service_id))
    return asked_of(scene.session, actor=mine, vault=VAULT, offer_id=offer.id) is not None


def test_only_an_offer_above_the_line_is_asked_and_each_counts_all_the_same(scene: Scene) -> None:
    at, above = (made.offer(scene, one, LINE + i) for i, one in enumerate(scene.services[:2]))
    assert (asked(scene, at), asked(scene, above)) == (False, True)
    evaluation = made.open_offers(scene)
    compared = {one["offer"] for result in evaluation.record["result"]["requests"] for one in result["candidates"]}
    assert {at.id, above.id} <= compared


def test_an_explanation_is_sealed_changed_and_too_late_after_the_deadline(scene: Scene) -> None:
    offer = made.offer(scene, scene.services[0], LINE + 1)
    with pytest.raises(Invalid):
        explain(scene, offer, reasons=[], words="")
    explain(scene, offer)
    with pytest.raises(Stale):
        explain(scene, offer, version=offer.version - 1)
    assert "Two at night" not in offer.sealed_content
    explain(scene, offer, reasons=["therapy"], words="", now=scene.deadline - HOUR)
    content = unsealed_for_owner(vault=VAULT, offer=offer)
    assert (content.price_reasons, content.price_words, content.care_pence) == (("therapy",), "", LINE + 1)
    late = explain(scene, offer, now=scene.deadline)
    assert isinstance(late, Late)
    assert unsealed_for_owner(vault=VAULT, offer=offer) == content


def test_a_lower_price_needs_no_explanation_and_a_new_offer_is_asked_anew(scene: Scene) -> None:
    service = scene.services[0]
    offer = made.offer(scene, service, LINE + 1)
    explain(scene, offer)
    made.offer(scene, service, LINE + 500_00, version=offer.version)
    assert unsealed_for_owner(vault=VAULT, offer=offer).explained, "still high, so it stays"
    made.offer(scene, service, LINE, version=offer.version)
    assert not asked(scene, offer)
    assert not unsealed_for_owner(vault=VAULT, offer=offer).explained
    with pytest.raises(Conflict, match="needs no explanation"):
        explain(scene, offer)
    made.offer(scene, service, LINE + 1, version=offer.version)
    withdraw_offer(
        scene.session, actor=scene.provider(service), offer_id=offer.id, version=offer.version, now=scene.now + HOUR
    )
    with pytest.raises(Conflict):
        explain(scene, offer)
    again = made.offer(scene, service, LINE + 1)
    assert again.id != offer.id
    assert asked(scene, again)


def test_nobody_else_learns_who_was_asked(scene: Scene) -> None:
    """Another company finds no such offer; the borough has nothing before the deadline; the record says amended."""
    offer = made.offer(scene, scene.services[0], LINE + 1)
    explain(scene, offer)
    with pytest.raises(NotFound):
        asked_of(scene.session, actor=scene.provider(scene.services[1]), vault=VAULT, offer_id=offer.id)
    assert prices_beside(scene.session, actor=scene.officer, vault=VAULT, request_id=scene.request.id) == {}
    acts = scene.session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == offer.id)).all()
    assert sorted(acts) == ["offers.offer.amend", "offers.offer.submit"]


def test_the_unexplained_are_reminded_once_before_the_deadline_wherever_it_is_moved(session: Session) -> None:
    keep_tariff(session)
    install_both(session)
    lot = made.providers.make_system_and_lots(session, NOW).residential
    services = [made.providers.make_enrolled_service(session, lot=lot, now=NOW) for _ in range(3)]
    scene = made.make_request_in(session, lot=lot, services=services)
    cheap, silent, explained = (
        made.offer(scene, one, pence) for one, pence in zip(services, (LINE, LINE + 1, LINE + 2), strict=True)
    )
    actor = scene.provider(services[2])
    given = {"vault": VAULT, "offer_id": explained.id, "version": explained.version, "now": scene.now + 2 * HOUR}
    explain_price(session, actor=actor, reasons=["solo"], words="", **given)  # type: ignore[arg-type]
    first = session.scalars(select(Job).where(Job.kind == REMIND)).one()
    assert first.due_at == scene.deadline - 48 * HOUR
    closed = scene.deadline
    moved = closed + dt.timedelta(days=2)
    extend(
        session,
        actor=scene.officer,
        request_id=scene.request.id,
        closes_at=moved,
        reason="More time",
        version=scene.request.version,
        now=scene.now + 3 * HOUR,
    )
    due = sorted(session.scalars(select(Job.due_at).where(Job.kind == REMIND)))
    assert due == [closed - 48 * HOUR, moved - 48 * HOUR]

    def remind(closes_at: dt.datetime, now: dt.datetime) -> int:
        return remind_to_explain(
            session, vault=VAULT, request_id=scene.request.id, closes_at=closes_at, now=now, base_url=BASE_URL
        )

    assert remind(closed, due[0]) == 0, "the deadline was moved"
    assert remind(moved, due[1]) == 1
    assert remind(moved, due[1]) == 1, "run again, and told once all the same"
    assert remind(moved, moved) == 0
    message = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "price_to_explain")).one()
    assert f"/provider/offers/{silent.id}/explain" in message.text
    assert message.address == services[1].alert_email
    for secret in ("4,840", "484000", str(LINE), "4,400"):
        assert secret not in message.text + message.html + message.subject
    waiting = still_to_explain(session, actor=scene.provider(services[1]), vault=VAULT, now=due[1])
    assert [offer.id for offer, _, _ in waiting] == [silent.id]
    assert still_to_explain(session, actor=scene.provider(services[0]), vault=VAULT, now=due[1]) == []
    del cheap


def install_both(session: Session) -> None:
    """What the wiring does at a deadline: tell the services, and plan the reminder."""
    install(
        session,
        {
            RequestPublished: (lambda s, event: invite_enrolled(s, event, base_url=BASE_URL), plan_reminder),
            DeadlineExtended: (plan_reminder,),
        },
    )


def test_a_near_deadline_leaves_half_of_the_time_and_a_request_without_a_line_no_reminder(session: Session) -> None:
    keep_tariff(session)
    scene = made.make_scene(session)
    scene.request.offers_close_at = scene.deadline  # 14 days
    plan_reminder(session, RequestPublished(scene.request.id, scene.deadline - 10 * HOUR))
    job = session.scalars(select(Job).where(Job.kind == REMIND)).one()
    assert job.due_at == scene.deadline - 5 * HOUR


def test_the_officer_and_the_panel_read_both_prices_and_the_words_or_that_there_are_none(session: Session) -> None:
    keep_tariff(session)
    case = placements.make_case(session, care=LINE + 16_000)
    rival = next(one for one in session.scalars(select(Offer)) if one.id != case.offer.id)
    found = prices_beside(session, actor=case.officer, vault=VAULT, request_id=case.request_id)
    mine, theirs = found[case.offer.id], found[rival.id]
    assert (mine.expected_pence, mine.offered_pence, mine.difference_pence) == (440_000, 500_000, 60_000)
    assert (mine.high, mine.explained, theirs.high) == (True, False, True)
    read = papers(session, vault=VAULT, referral=case.referral, day=NOW.date())
    assert read.price == mine


def test_the_explanation_is_read_once_the_offers_are_opened(scene: Scene) -> None:
    offer = made.offer(scene, scene.services[0], LINE + 1)
    explain(scene, offer, reasons=["staffing", "education"], words="Two at night")
    made.open_offers(scene)
    found = prices_beside(scene.session, actor=scene.officer, vault=VAULT, request_id=scene.request.id)[offer.id]
    assert (found.reasons, found.words) == (("Staffing ratio", "Education is included"), "Two at night")
    stranger = placements.make_actor(scene.session)
    with pytest.raises(NotFound):
        prices_beside(scene.session, actor=stranger, vault=VAULT, request_id=scene.request.id)
