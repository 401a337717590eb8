"""Two processes award the same child's request at the same moment: one wins, the other is told so in plain words."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Barrier
from typing import Any

from sqlalchemy import func, select

from app.core.database import Sessions, build_engine, build_sessions, transaction
from app.core.errors import Conflict
from app.identity.queries import actor_for
from app.identity.status import Role
from app.placements.awarding import award
from app.placements.models import Award, CostLine, Placement
from providers.services.models import Service
from tests.factories.placements import BASE_URL, make_authorised
from tests.factories.requests import make_actor

PATIENCE = 60


def race(url: str, facts: dict[str, Any], officer: str, start: Barrier, answers: Any) -> None:
    """One process's try. Puts "won" or what it was told."""
    engine = build_engine(url)
    sessions = build_sessions(engine)
    with transaction(sessions, read_only=True) as session:
        actor = actor_for(session, officer, facts["borough"])
    assert actor is not None
    start.wait(PATIENCE)
    try:
        with transaction(sessions) as session:
            award(
                session,
                actor=actor,
                request_id=facts["request"],
                authority_id=facts["authority"],
                now=facts["now"],
                base_url=BASE_URL,
            )
        answers.put("won")
    except Conflict as refused:
        answers.put(refused.message)
    finally:
        engine.dispose()


def test_of_two_awards_at_once_exactly_one_is_made(database_url: str, sessions: Sessions) -> None:
    with sessions() as session:
        case, authority = make_authorised(session)
        second = make_actor(session, Role.PLACEMENT_OFFICER, organisation=case.borough)
        free = case.scene.services[0].places_free
        facts = {
            "borough": case.borough.id,
            "request": case.request_id,
            "authority": authority.id,
            "now": case.awarded_at,
        }
        officers = [case.officer.person_id, second.person_id]
        service_id = case.offer.service_id
        session.commit()

    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(2), context.Queue()
    racers = [context.Process(target=race, args=(database_url, facts, one, start, answers)) for one in officers]
    for racer in racers:
        racer.start()
    said = sorted(answers.get(timeout=PATIENCE) for _ in racers)
    for racer in racers:
        racer.join(PATIENCE)

    assert said == ["This request has been awarded already.", "won"]
    with sessions() as session:
        assert session.scalar(select(func.count(Award.id))) == 1
        assert session.scalar(select(func.count(Placement.id))) == 1
        assert session.scalar(select(func.count(CostLine.id))) == 1
        assert session.get_one(Service, service_id).places_free == free - 1
