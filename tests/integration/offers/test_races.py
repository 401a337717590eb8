"""Two at once, each in its own transaction, on both databases: one last place is held once, and what came in time is
opened.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core.database import Sessions, transaction
from app.core.errors import HomewardError
from app.offers.choosing import choose
from app.offers.models import Evaluation, Offer, PlaceHold
from app.offers.offering import Late, submit_offer
from app.offers.opening import open_and_freeze
from tests.factories import offers as made
from tests.factories.offers import BASE_URL
from tests.factories.requests import VAULT

Deed = Callable[[Session], object]


def at_once(sessions: Sessions, deeds: Iterable[Deed]) -> list[object]:
    """What each deed came to: its answer, or the refusal that ended it."""
    listed = list(deeds)
    start, outcomes = threading.Barrier(len(listed)), [object()] * len(listed)

    def run(number: int, deed: Deed) -> None:
        start.wait(timeout=30)
        try:
            with transaction(sessions) as session:
                outcomes[number] = deed(session)
        except (HomewardError, OperationalError) as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=item) for item in enumerate(listed)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def test_two_officers_cannot_hold_one_last_place_at_once(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        first = made.make_scene(session, services=({"places": 1},))
        scenes = [first, made.make_request_in(session, lot=first.lot, services=first.services)]
        offers = [made.offer(scene, first.services[0]).id for scene in scenes]
        for scene in scenes:
            made.open_offers(scene)

    def prefer(number: int) -> Deed:
        return lambda session: choose(
            session,
            actor=scenes[number].officer,
            request_id=scenes[number].request.id,
            offer_id=offers[number],
            reason="Needed now",
            now=first.deadline,
            base_url=BASE_URL,
        )

    outcomes = at_once(sessions, [prefer(0), prefer(1)])
    with transaction(sessions) as session:
        assert session.scalar(select(func.sum(PlaceHold.places))) == 1
    assert sum(isinstance(outcome, HomewardError) for outcome in outcomes) == 1


def test_two_officers_of_one_request_prefer_one_offer(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        scene = made.make_scene(session, services=({}, {}))
        offers = [made.offer(scene, service).id for service in scene.services]
        made.open_offers(scene)

    def prefer(offer_id: str) -> Deed:
        return lambda session: choose(
            session,
            actor=scene.officer,
            request_id=scene.request.id,
            offer_id=offer_id,
            reason="Needed now",
            now=scene.deadline,
            base_url=BASE_URL,
        )

    at_once(sessions, [prefer(offer_id) for offer_id in offers])
    with transaction(sessions) as session:
        assert session.scalar(select(func.count(Offer.id)).where(Offer.status == "preferred")) == 1
        assert session.scalar(select(func.count(PlaceHold.id)).where(PlaceHold.released_at.is_(None))) == 1


def test_an_offer_at_the_last_second_is_either_opened_or_late_and_never_left_sealed(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        scene = made.make_scene(session, services=({},))
    service = scene.services[0]
    second = dt.timedelta(seconds=1)

    def send(session: Session) -> object:
        return submit_offer(
            session,
            actor=scene.provider(service),
            vault=VAULT,
            request_id=scene.request.id,
            service_id=service.id,
            content=made.content(needs=scene.request.needs or []),
            now=scene.deadline - second,
        )

    def open_them(session: Session) -> object:
        return open_and_freeze(session, vault=VAULT, request_id=scene.request.id, now=scene.deadline)

    sent, _ = at_once(sessions, [send, open_them])
    with transaction(sessions) as session:
        offer = session.scalars(select(Offer)).one_or_none()
        candidates = session.scalars(select(Evaluation)).one().record["result"]["requests"][0]["candidates"]
        if isinstance(sent, Late):
            assert (offer, candidates) == (None, [])
        else:
            assert offer is not None
            assert offer.opened_at is not None
            assert [candidate["offer"] for candidate in candidates] == [offer.id]


def test_two_colleagues_send_one_offer_with_one_service(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        scene = made.make_scene(session, services=({},))
    service = scene.services[0]

    def send(session: Session) -> object:
        return submit_offer(
            session,
            actor=scene.provider(service),
            vault=VAULT,
            request_id=scene.request.id,
            service_id=service.id,
            content=made.content(needs=scene.request.needs or []),
            now=scene.now,
        )

    outcomes = at_once(sessions, [send, send])
    with transaction(sessions) as session:
        assert session.scalar(select(func.count(Offer.id))) == 1
    assert sum(isinstance(outcome, HomewardError) for outcome in outcomes) == 1
