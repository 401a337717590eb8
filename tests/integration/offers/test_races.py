"""Two at once, each in its own transaction, on both databases: one last place is held once, and what came in time is
opened.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core.database import Sessions, transaction
from app.core.errors import HomewardError
from app.offers.choosing import choose
from app.offers.ending import close_offers
from app.offers.holds import expire_hold
from app.offers.models import Evaluation, Offer, PlaceHold
from app.offers.offering import Late, submit_offer, withdraw_offer
from app.offers.opening import open_and_freeze
from app.offers.settling import settle
from app.requests.events import RequestWithdrawn
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
        requests, deadline = [scene.request.id for scene in scenes], first.deadline

    def prefer(number: int) -> Deed:
        return lambda session: choose(
            session,
            actor=scenes[number].officer,
            request_id=requests[number],
            offer_id=offers[number],
            reason_code=made.REASON,
            reason="It is needed now, as planned",
            now=deadline,
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
            reason_code=made.REASON,
            reason="It is needed now, as planned",
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


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_whoever_changes_the_offers_of_a_request_takes_the_request_first(sessions: Sessions) -> None:
    """One order of locks in the whole room: where it is kept, no two wait for each other."""
    with transaction(sessions) as session:
        scene = made.make_scene(session, services=({}, {}))
    first, second = scene.services
    late = scene.deadline + dt.timedelta(days=60)
    ids: dict[str, str] = {}

    def send(session: Session) -> None:
        ids["first"] = made.offer(dataclasses.replace(scene, session=session), first).id
        ids["second"] = made.offer(dataclasses.replace(scene, session=session), second).id

    def withdraw(session: Session) -> None:
        actor = scene.provider(second)
        withdraw_offer(session, actor=actor, offer_id=ids["second"], version=1, now=scene.now)

    def prefer(session: Session) -> None:
        made.prefer(dataclasses.replace(scene, session=session), session.get_one(Offer, ids["first"]))

    def expire(session: Session) -> None:
        hold = session.scalars(select(PlaceHold.id).where(PlaceHold.released_at.is_(None))).one()
        assert expire_hold(session, hold_id=hold, now=late, base_url=BASE_URL)

    def award(session: Session) -> None:
        settle(session, request_id=scene.request.id, won_offer_id=ids["first"], now=late, base_url=BASE_URL)

    def close(session: Session) -> None:
        close_offers(session, RequestWithdrawn(scene.request.id, late), base_url=BASE_URL)

    def undo(session: Session) -> None:
        session.execute(update(Offer).values(status="submitted"))

    steps: list[Deed] = [
        send,
        withdraw,
        lambda session: made.open_offers(dataclasses.replace(scene, session=session)),
        prefer,
        expire,
        prefer,
        award,
        undo,
        close,
    ]
    for step in steps:
        taken: list[str] = []
        with transaction(sessions) as session:
            made.install_reactions(session)

            def note(_1: Any, _2: Any, statement: str, *_3: Any, taken: list[str] = taken) -> None:
                if re.search(r"\bFOR (UPDATE|SHARE)\b|^(UPDATE|INSERT|DELETE)\b", statement):
                    taken.append(statement)

            connection = session.connection()
            event.listen(connection, "before_cursor_execute", note)
            step(session)
        if step is not undo:
            assert re.search(r"FROM placement_request\b.*FOR (UPDATE|SHARE)", taken[0], re.DOTALL), (step, taken[0])
