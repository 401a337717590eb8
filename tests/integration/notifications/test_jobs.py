"""Jobs: each once, at its time or after it, however many runners there are and however often one fails."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.database import Sessions, transaction
from app.core.jobs import Handler, ensure_daily, run_due, schedule
from app.core.models import Job
from tests.integration.notifications.conftest import START, Hands, queue_one


def plan(sessions: Sessions, key: str, *, kind: str = "note", after: int = 0) -> bool:
    with transaction(sessions) as session:
        due_at = START + dt.timedelta(seconds=after)
        return schedule(session, kind=kind, key=key, payload={"key": key}, due_at=due_at)


def job(sessions: Sessions, key: str) -> Job:
    with transaction(sessions, read_only=True) as session:
        found = session.scalars(select(Job).where(Job.key == key)).one()
        session.expunge(found)
        return found


class Notes:
    """A handler that writes down what it was asked to do."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.lock = threading.Lock()

    def __call__(self, _session: Session, payload: dict[str, Any], _now: dt.datetime) -> None:
        time.sleep(0.001)
        with self.lock:
            self.seen.append(payload["key"])


def test_the_same_cause_is_one_job_and_its_first_time_stands(sessions: Sessions) -> None:
    assert plan(sessions, "one", after=10)
    assert not plan(sessions, "one", after=99)
    assert plan(sessions, "one", kind="other")
    assert job_times(sessions, "note") == [START + dt.timedelta(seconds=10)]


def job_times(sessions: Sessions, kind: str) -> list[dt.datetime]:
    with transaction(sessions, read_only=True) as session:
        return list(session.scalars(select(Job.due_at).where(Job.kind == kind)))


def test_what_is_due_is_done_once_in_order_and_the_rest_waits(sessions: Sessions, clock: Hands) -> None:
    for key, after in (("c", -1), ("a", -3), ("later", 60), ("b", -2)):
        plan(sessions, key, after=after)
    notes = Notes()
    assert run_due(sessions, {"note": notes}, clock) == 3
    assert notes.seen == ["a", "b", "c"]
    assert job(sessions, "a").done_at == START
    assert run_due(sessions, {"note": notes}, clock) == 0
    clock.turn(dt.timedelta(seconds=60))
    assert run_due(sessions, {"note": notes}, clock) == 1
    assert notes.seen[-1] == "later"


def test_a_run_has_a_limit(sessions: Sessions, clock: Hands) -> None:
    for number in range(5):
        plan(sessions, str(number))
    assert run_due(sessions, {"note": Notes()}, clock, limit=2) == 2
    assert run_due(sessions, {"note": Notes()}, clock, limit=9) == 3


def test_two_runners_do_each_job_once(sessions: Sessions, clock: Hands) -> None:
    for number in range(40):
        plan(sessions, str(number))
    notes = Notes()
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: run_due(sessions, {"note": notes}, clock), range(3)))
    assert sum(done) == 40
    assert Counter(notes.seen) == {str(number): 1 for number in range(40)}


def test_a_failure_undoes_what_the_job_wrote_and_puts_it_off_longer_each_time(sessions: Sessions, clock: Hands) -> None:
    plan(sessions, "fails", after=-2)
    plan(sessions, "works", after=-1)
    failures = iter([True, True, False])

    def write(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        if payload["key"] == "works":
            return
        queue_one(session, 1, now)
        if next(failures):
            raise LookupError("Jo Bloggs, 3 Made-up Street")

    handlers: Mapping[str, Handler] = {"note": write}
    assert run_due(sessions, handlers, clock) == 1
    found = job(sessions, "fails")
    assert (found.attempts, found.due_at, found.done_at) == (1, START + dt.timedelta(seconds=30), None)
    assert found.last_error == "LookupError"
    assert messages(sessions) == 0

    clock.turn(dt.timedelta(seconds=30))
    assert run_due(sessions, handlers, clock) == 0
    assert job(sessions, "fails").due_at == clock.now + dt.timedelta(seconds=60)
    clock.turn(dt.timedelta(seconds=60))
    assert run_due(sessions, handlers, clock) == 1
    found = job(sessions, "fails")
    assert (found.attempts, found.done_at, found.last_error) == (2, clock.now, None)
    assert messages(sessions) == 1


def messages(sessions: Sessions) -> int:
    from notifications.models import OutboxMessage

    with transaction(sessions, read_only=True) as session:
        return session.query(OutboxMessage).count()


def test_a_failure_of_the_database_itself_does_not_lose_the_count(sessions: Sessions, clock: Hands) -> None:
    """A constraint breaks at the flush, inside the job's own part of the transaction."""
    plan(sessions, "twice")

    def twice(session: Session, _payload: dict[str, Any], _now: dt.datetime) -> None:
        session.add(Job(kind="note", key="twice", payload={}, due_at=START))

    assert run_due(sessions, {"note": twice}, clock) == 0
    assert (job(sessions, "twice").attempts, job(sessions, "twice").last_error) == (1, "IntegrityError")


def test_a_runner_that_is_ended_leaves_the_job_as_it_was(sessions: Sessions, clock: Hands) -> None:
    plan(sessions, "one")

    def ended(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        queue_one(session, 1, now)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_due(sessions, {"note": ended}, clock)
    assert (job(sessions, "one").attempts, job(sessions, "one").done_at, messages(sessions)) == (0, None, 0)


def test_jobs_that_nobody_here_handles_are_left(sessions: Sessions, clock: Hands) -> None:
    plan(sessions, "newer", kind="not yet known", after=-5)
    plan(sessions, "known")
    assert run_due(sessions, {"note": Notes()}, clock) == 1
    assert run_due(sessions, {}, clock) == 0
    assert job(sessions, "newer").done_at is None


def test_a_handler_changes_its_own_payload_only(sessions: Sessions, clock: Hands) -> None:
    plan(sessions, "one")

    def spoil(_session: Session, payload: dict[str, Any], _now: dt.datetime) -> None:
        payload.clear()

    assert run_due(sessions, {"note": spoil}, clock) == 1
    assert job(sessions, "one").payload == {"key": "one"}


def test_a_wait_has_an_end() -> None:
    assert jobs.wait_after(30) == jobs.LONGEST_WAIT


def test_what_is_done_daily_has_one_row_a_day_due_at_its_hour_in_london(sessions: Sessions, clock: Hands) -> None:
    clock.now = dt.datetime(2027, 3, 27, 12, tzinfo=dt.UTC)  # the day before the clocks go forward
    assert ensure_daily(sessions, {"note": 7, "other": 18}, clock) == 2
    assert ensure_daily(sessions, {"note": 7, "other": 18}, clock) == 0
    clock.turn(dt.timedelta(hours=11, minutes=30))
    assert ensure_daily(sessions, {"note": 7}, clock) == 0, "it is still the same day in London"
    clock.turn(dt.timedelta(hours=1))
    assert ensure_daily(sessions, {"note": 7}, clock) == 1
    assert sorted(job_times(sessions, "note")) == [
        dt.datetime(2027, 3, 27, 7, tzinfo=dt.UTC),
        dt.datetime(2027, 3, 28, 6, tzinfo=dt.UTC),  # seven in summer time
    ]


def test_a_day_whose_hour_has_passed_is_done_at_once_and_once(sessions: Sessions, clock: Hands) -> None:
    done: list[dt.datetime] = []

    def note(_session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
        done.append(now)

    for hour in (14, 15):
        clock.now = START.replace(hour=hour)
        ensure_daily(sessions, {"note": 7}, clock)
        run_due(sessions, {"note": note}, clock)
    assert done == [START.replace(hour=14)]


def test_many_who_look_at_once_write_one_row(sessions: Sessions, clock: Hands) -> None:
    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(lambda _: ensure_daily(sessions, {"note": 7}, clock), range(12)))
    assert sum(written) == 1
    assert len(job_times(sessions, "note")) == 1
