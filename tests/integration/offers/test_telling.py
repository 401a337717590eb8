"""Who in a borough is told about its offers: that they are ranked, and that a service behind them was suspended."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.events import install
from app.identity.models import Person
from app.offers.events import ShortlistFrozen
from app.offers.telling import flag_suspended, tell_shortlist
from app.requests.publication import mark_awarded
from notifications.models import OutboxMessage
from providers.passport.enrolment import suspend_urn
from providers.passport.events import EnrolmentSuspended
from tests.factories import offers as made
from tests.factories.offers import BASE_URL, Scene

HOUR = dt.timedelta(hours=1)


def letters(session: Session, template: str) -> list[tuple[str, str]]:
    """(address, request's reference) of every e-mail of a kind."""
    rows = session.scalars(select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id))
    return sorted((row.address, row.subject) for row in rows)


def with_telling(session: Session) -> None:
    """The reactions of the wiring to a frozen shortlist and a suspension."""
    install(
        session,
        {
            ShortlistFrozen: (lambda s, event: tell_shortlist(s, event, base_url=BASE_URL),),
            EnrolmentSuspended: (lambda s, event: flag_suspended(s, event, base_url=BASE_URL),),
        },
    )


def suspend(scene: Scene, number: int, now: dt.datetime) -> None:
    suspend_urn(
        scene.session,
        urn=scene.services[number].urn,
        reason="Made up for a test",
        basis="Ofsted judgement: Inadequate",
        now=now,
    )


def writer(scene: Scene) -> str:
    return scene.session.get_one(Person, scene.request.created_by).email


def test_the_writer_is_told_once_that_the_shortlist_is_ready(session: Session) -> None:
    scene = made.make_scene(session)
    with_telling(session)
    made.offer(scene, scene.services[0])
    made.open_offers(scene)
    made.open_offers(scene)
    assert letters(session, "shortlist_ready") == [(writer(scene), f"Choose an offer for {scene.request.reference}")]


def test_every_borough_with_an_undecided_or_preferred_offer_of_a_suspended_service_is_told(session: Session) -> None:
    """F-14."""
    preferred = made.make_scene(session, services=({"places": 5}, {}))
    services, lot = preferred.services, preferred.lot
    undecided, other, awarded = (made.make_request_in(session, lot=lot, services=services) for _ in range(3))
    for scene in (preferred, undecided, awarded):
        offer = made.offer(scene, services[0])
        made.open_offers(scene)
        if scene is not undecided:
            made.prefer(scene, offer)
    made.offer(other, services[1])
    made.open_offers(other)
    mark_awarded(
        session, request_id=awarded.request.id, person_id=awarded.officer.person_id, now=awarded.deadline + HOUR
    )
    with_telling(session)
    suspend(preferred, 0, preferred.deadline + 2 * HOUR)
    told = [address for address, _ in letters(session, "service_suspended")]
    assert told == sorted([writer(preferred), writer(undecided)])


def test_while_offers_are_sealed_the_message_does_not_tell_who_offered(session: Session) -> None:
    with_offer = made.make_scene(session, services=({}, {}))
    without = made.make_request_in(session, lot=with_offer.lot, services=with_offer.services)
    made.offer(with_offer, with_offer.services[0])
    with_telling(session)
    suspend(with_offer, 0, with_offer.now + HOUR)
    told = letters(session, "service_suspended")
    assert [address for address, _ in told] == sorted([writer(with_offer), writer(without)])
    said = session.scalars(select(OutboxMessage.text).where(OutboxMessage.template == "service_suspended")).all()
    for text in said:
        assert with_offer.services[0].name not in text
        assert "Zebedee" not in text


def test_a_service_of_another_lot_troubles_nobody(session: Session) -> None:
    scene, elsewhere = (made.make_scene(session, services=({},)) for _ in range(2))
    made.offer(scene, scene.services[0])
    with_telling(session)
    suspend(elsewhere, 0, scene.now + HOUR)
    assert [address for address, _ in letters(session, "service_suspended")] == [writer(elsewhere)]
