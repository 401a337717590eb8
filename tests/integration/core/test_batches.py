"""Long work in steps: watched by its own organisation, resumed where it stopped, ended once, in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import batches, jobs
from app.core.database import Sessions, transaction
from app.core.errors import NotFound, WrongMove
from app.core.models import Batch
from app.core.status import BatchStatus
from app.identity.status import OrganisationKind
from tests.factories.identity import make_organisation

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
STEPS = 4


class Counting:
    """A handler of four steps that writes down which it did, and falls over before one of them once."""

    def __init__(self, falls_before: int | None = None) -> None:
        self.did: list[int] = []
        self.falls_before = falls_before

    def __call__(self, session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        found = batches.batch_of(session, payload)
        if found is None:
            return
        batch, step = found
        if step == self.falls_before:
            self.falls_before = None
            raise RuntimeError("killed")
        batches.advance(session, batch, done=step + 1, total=STEPS, now=now)
        self.did.append(step)
        if step + 1 < STEPS:
            batches.next_step(session, batch, now)
        else:
            batches.finish(session, batch, now=now, result={"steps": STEPS}, leads_to="/made-up")


def begun(sessions: Sessions) -> tuple[str, str]:
    """A batch and the organisation that may watch it."""
    with transaction(sessions) as session:
        organisation = make_organisation(session, OrganisationKind.HUB)
        batch = batches.begin(
            session,
            kind="counting",
            title="Count to four",
            organisation_id=organisation.id,
            person_id=None,
            payload={},
            now=NOW,
            total=STEPS,
        )
        return batch.id, organisation.id


def seen(sessions: Sessions, batch_id: str, organisation_id: str) -> Batch:
    with transaction(sessions, read_only=True) as session:
        return batches.batch_for(session, organisation_id=organisation_id, batch_id=batch_id)


def run(sessions: Sessions, handler: Counting, now: dt.datetime = NOW) -> int:
    return jobs.run_due(sessions, {"counting": handler}, lambda _: now)


def test_it_goes_step_by_step_to_its_end(sessions: Sessions) -> None:
    batch_id, organisation_id = begun(sessions)
    assert seen(sessions, batch_id, organisation_id).status is BatchStatus.WAITING
    handler = Counting()
    assert run(sessions, handler) == STEPS
    done = seen(sessions, batch_id, organisation_id)
    assert handler.did == [0, 1, 2, 3]
    assert (done.status, done.done, done.total, done.leads_to) == (BatchStatus.DONE, STEPS, STEPS, "/made-up")


def test_a_step_that_falls_over_is_done_again_and_those_before_it_are_not(sessions: Sessions) -> None:
    batch_id, organisation_id = begun(sessions)
    handler = Counting(falls_before=2)
    run(sessions, handler)
    half = seen(sessions, batch_id, organisation_id)
    assert (half.status, half.done) == (BatchStatus.RUNNING, 2)
    run(sessions, handler, NOW + dt.timedelta(minutes=5))
    assert handler.did == [0, 1, 2, 3]
    assert seen(sessions, batch_id, organisation_id).status is BatchStatus.DONE


def test_a_job_that_comes_twice_does_nothing_the_second_time(sessions: Sessions) -> None:
    batch_id, _ = begun(sessions)
    handler = Counting()
    run(sessions, handler)
    with transaction(sessions) as session:
        handler(session, {"batch_id": batch_id, "step": 1}, NOW)
        handler(session, {"batch_id": batch_id, "step": 3}, NOW)
        handler(session, {"batch_id": "made up", "step": 0}, NOW)
    assert handler.did == [0, 1, 2, 3]


def test_it_ends_once(sessions: Sessions) -> None:
    batch_id, organisation_id = begun(sessions)
    with transaction(sessions) as session:
        batch = session.get_one(Batch, batch_id)
        batches.fail(session, batch, now=NOW, problem="Line 7 has no URN.", leads_to="/back")
        with pytest.raises(WrongMove, match="stopped, so it cannot become done"):
            batches.finish(session, batch, now=NOW, result={})
    assert seen(sessions, batch_id, organisation_id).problem == "Line 7 has no URN."


def test_nobody_else_may_watch(sessions: Sessions) -> None:
    batch_id, _ = begun(sessions)
    with transaction(sessions) as session:
        other = make_organisation(session, OrganisationKind.BOROUGH)
        with pytest.raises(NotFound):
            batches.batch_for(session, organisation_id=other.id, batch_id=batch_id)


def test_the_commit_of_a_batch_wakes_the_worker_and_a_rollback_does_not(sessions: Sessions) -> None:
    from notifications.outbox import install_kick

    woken: list[int] = []
    install_kick(sessions, lambda: woken.append(1))
    begun(sessions)
    assert woken == [1]
    with transaction(sessions) as session:
        batches.begin(session, kind="counting", title="T", organisation_id=None, person_id=None, payload={}, now=NOW)
        session.rollback()
    with transaction(sessions) as session:
        session.scalars(select(Batch)).all()
    assert woken == [1]
