"""Two people give the last two signatures at once: each must see the other, or nobody makes the authority."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Barrier
from typing import Any

from sqlalchemy import func, select

from app.core.database import Sessions, build_engine, build_sessions, transaction
from app.identity.queries import actor_for
from app.panels.decisions import sign
from app.panels.models import Authority, Signature
from tests.factories.placements import make_approved

PATIENCE = 60


def give(url: str, facts: dict[str, Any], who: tuple[str, str, str | None], start: Barrier, answers: Any) -> None:
    """One process's signature. Puts whether it made the authority."""
    engine = build_engine(url)
    sessions = build_sessions(engine)
    person, organisation, payer_id = who
    with transaction(sessions, read_only=True) as session:
        actor = actor_for(session, person, organisation)
    assert actor is not None
    start.wait(PATIENCE)
    with transaction(sessions) as session:
        made = sign(session, actor=actor, decision_id=facts["decision"], payer_id=payer_id, now=facts["now"])
    answers.put(made is not None)
    engine.dispose()


def test_of_two_last_signatures_at_once_exactly_one_makes_the_authority(database_url: str, sessions: Sessions) -> None:
    with sessions() as session:
        case = make_approved(session)
        facts = {"decision": case.decision.id, "now": case.meeting_at}
        pairs = ((case.chair, None), (case.for_social_care, case.social_care.id))
        signers = [(actor.person_id, actor.organisation_id, payer_id) for actor, payer_id in pairs]
        session.commit()

    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(2), context.Queue()
    racers = [context.Process(target=give, args=(database_url, facts, who, start, answers)) for who in signers]
    for racer in racers:
        racer.start()
    made = sorted(answers.get(timeout=PATIENCE) for _ in racers)
    for racer in racers:
        racer.join(PATIENCE)

    assert made == [False, True]
    with sessions() as session:
        assert session.scalar(select(func.count(Signature.id))) == 2
        assert session.scalar(select(func.count(Authority.id))) == 1
