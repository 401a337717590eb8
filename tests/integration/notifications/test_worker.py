"""The work behind the pages: ticks, kicks, and RQ worker processes on a real Redis with a real mail server."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from redis import Redis
from rq import Queue
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import worker
from app.core import audit
from app.core.database import transaction
from app.core.jobs import schedule
from app.wiring import Wiring, build
from app.worker import Ticker, after_commit_kick, install_kick, tick
from config.settings import Settings
from notifications.delivery import Drained
from notifications.models import OutboxMessage
from notifications.status import Delivery
from tests.integration.notifications.conftest import START, Hands, Way, address, queue_many, queue_one
from tests.mail_server import MailServer

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def environment(engine: Engine, tmp_path: Path) -> dict[str, str]:
    """What a process of this installation is started with. Without Redis and mail server, until a test adds them."""
    return {
        "HOMEWARD_ENV": "test",
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path / "data"),
    }


@pytest.fixture
def wired(environment: dict[str, str]) -> Iterator[Callable[..., Wiring]]:
    """Builds a wiring for this environment and what is added to it."""
    built: list[Wiring] = []

    def make(**more: str) -> Wiring:
        environment.update(more)
        built.append(build(Settings.from_environment(environment)))
        return built[-1]

    yield make
    for wiring in built:
        wiring.engine.dispose()


def states(wiring: Wiring) -> Counter[str]:
    with transaction(wiring.sessions, read_only=True) as session:
        return Counter(row.delivery.value for row in session.query(OutboxMessage))


def until(true: Callable[[], bool], within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, f"not within {within} seconds"
        time.sleep(0.02)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_a_tick_does_what_is_due_and_sends_what_that_queued(wired: Callable[..., Wiring]) -> None:
    wiring = wired()

    def note(session: Session, _payload: dict[str, Any], at: dt.datetime) -> None:
        queue_one(session, 1, at)
        audit.record(session, now=at, who=None, act="tests.note.write", subject_kind="note", subject_id="1")

    wiring.job_handlers = {"note": note}
    with transaction(wiring.sessions) as session:
        schedule(session, kind="note", key="1", payload={}, due_at=START)
    report = tick(wiring, now=START)
    assert (report.drained, report.jobs, report.sealed, report.faults) == (Drained(sent=1), 1, 1, ())
    assert tick(wiring) == worker.TickReport(Drained(), 0, 0)
    with transaction(wiring.sessions, read_only=True) as session:
        sent = session.query(OutboxMessage).one()
        assert (sent.delivery, sent.sent_at) == (Delivery.SENT, START)


def test_one_part_that_fails_does_not_stop_the_others(
    wired: Callable[..., Wiring], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = wired()
    with transaction(wiring.sessions) as session:
        audit.record(session, now=START, who=None, act="tests.note.write", subject_kind="note", subject_id="1")

    def broken(*_: object, **__: object) -> Drained:
        raise LookupError("Jo Bloggs, 3 Made-up Street")

    monkeypatch.setattr(worker, "drain", broken)
    with structlog.testing.capture_logs() as lines:
        report = tick(wiring, now=START)
    assert report.sealed == 1
    (line,) = lines
    assert (line["what"], line["error"], (line["reference"],)) == ("outbox", "LookupError", report.faults)
    assert "Bloggs" not in str(line)


def test_without_redis_a_commit_wakes_the_ticker_of_this_process(wired: Callable[..., Wiring]) -> None:
    wiring = wired()
    install_kick(wiring.sessions, after_commit_kick(wiring))
    ticker = Ticker(wiring, every=600)
    ticker.start()
    try:
        for number in range(1, 4):
            with transaction(wiring.sessions) as session:
                queue_one(session, number, now())
            until(lambda sent=number: states(wiring) == {"sent": sent})  # type: ignore[misc]
    finally:
        ticker.stop()
    assert not ticker.is_alive()


def test_a_ticker_sweeps_what_nobody_told_it_of(wired: Callable[..., Wiring]) -> None:
    wiring = wired()
    ticker = Ticker(wiring, every=0.05)
    ticker.start()
    try:
        queue_many(wiring.sessions, 3, now())
        until(lambda: states(wiring) == {"sent": 3})
    finally:
        ticker.stop()


def test_a_ticker_outlives_a_database_that_is_away_for_a_while(
    wired: Callable[..., Wiring], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = wired()
    away = iter([True, True])
    seal = audit.unsealed

    def unsealed(session: Session) -> int:
        if next(away, False):
            raise ConnectionError
        return seal(session)

    monkeypatch.setattr(audit, "unsealed", unsealed)
    ticker = Ticker(wiring, every=0.02)
    ticker.start()
    try:
        with transaction(wiring.sessions) as session:
            audit.record(session, now=START, who=None, act="tests.note.write", subject_kind="note", subject_id="1")

        def sealed() -> bool:
            with transaction(wiring.sessions, read_only=True) as session:
                return seal(session) == 0

        until(sealed)
    finally:
        ticker.stop()


def test_a_page_does_not_wait_for_mail(wired: Callable[..., Wiring]) -> None:
    """The commit returns while the courier is still busy with the first message."""
    wiring = wired()
    wiring.transport = slow = Way(takes=1.0)
    install_kick(wiring.sessions, after_commit_kick(wiring))
    ticker = Ticker(wiring, every=600)
    ticker.start()
    try:
        began = time.monotonic()
        for number in range(1, 4):
            with transaction(wiring.sessions) as session:
                queue_one(session, number, now())
        assert time.monotonic() - began < 0.9
        until(lambda: len(slow.taken) == 3)
    finally:
        ticker.stop()


def test_many_commits_put_one_drain_on_the_queue(wired: Callable[..., Wiring], redis_url: str) -> None:
    wiring = wired(REDIS_URL=redis_url)
    install_kick(wiring.sessions, after_commit_kick(wiring))
    with Redis.from_url(redis_url) as redis:
        queue = Queue(worker.QUEUE, connection=redis)
        for number in range(1, 6):
            with transaction(wiring.sessions) as session:
                queue_one(session, number, now())
        assert [job.func_name for job in queue.jobs] == ["app.worker.drain_outbox_job"]
        redis.delete(worker.WANTED)  # that drain has begun: what comes now may be too late for it
        with transaction(wiring.sessions) as session:
            queue_one(session, 6, now())
        assert len(queue.jobs) == 2


def test_a_page_goes_on_when_redis_is_away_and_asks_it_only_once(wired: Callable[..., Wiring]) -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1) as silent,  # takes connections and never answers
        structlog.testing.capture_logs() as lines,
    ):
        wiring = wired(REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        install_kick(wiring.sessions, after_commit_kick(wiring))
        began = time.monotonic()
        for number in range(1, 6):
            with transaction(wiring.sessions) as session:
                queue_one(session, number, now())
        assert time.monotonic() - began < 3 * worker.PAGE_PATIENCE + 1
    assert states(wiring) == {"waiting": 5}
    assert [line["what"] for line in lines] == ["kick"]
    assert "provider.example" not in str(lines)
    assert tick(wiring).drained == Drained(sent=5)


def test_the_job_drains_and_asks_for_another_when_there_is_more(
    wired: Callable[..., Wiring], redis_url: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = wired(REDIS_URL=redis_url)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(worker, "MESSAGES_A_JOB", 3)
    queue_many(wiring.sessions, 5, now())
    with Redis.from_url(redis_url) as redis:
        worker.drain_outbox_job()
        assert states(wiring) == {"sent": 3, "waiting": 2}
        assert len(Queue(worker.QUEUE, connection=redis)) == 1
        worker.drain_outbox_job()
        assert states(wiring) == {"sent": 5}
        assert redis.exists(worker.WANTED) == 0


@contextmanager
def running(environment: Mapping[str, str], call: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process, as `homeward worker` starts it. Ended with the test, whatever happens."""
    program = (
        "import os, sys; from app import worker, wiring; from config.settings import Settings\n"
        f"sys.exit(worker.run_worker(wiring.build(Settings.from_environment(os.environ)), {call}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(40)


def children(pid: int) -> list[int]:
    """The processes that a process has started (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_rq_workers_send_what_a_commit_queued_and_stop_when_asked(
    wired: Callable[..., Wiring], redis_url: str, mail_server: MailServer, environment: dict[str, str]
) -> None:
    wiring = wired(REDIS_URL=redis_url, SMTP_URL=mail_server.url)
    install_kick(wiring.sessions, after_commit_kick(wiring))
    with running(environment, "every=600.0") as process:  # so that only the queue can have done it
        with Redis.from_url(redis_url) as redis:
            until(lambda: redis.scard("rq:workers") == 1)
        (rq_worker,) = children(process.pid)
        for number in range(1, 11):
            with transaction(wiring.sessions) as session:
                queue_one(session, number, now())
        received = mail_server.wait_for(10, within=30)
        until(lambda: states(wiring) == {"sent": 10})
        assert Counter(message["To"] for message in received) == {address(number): 1 for number in range(1, 11)}
        process.terminate()
        assert process.wait(40) == 0
    assert not is_there(rq_worker)


def test_the_sweep_sends_what_redis_forgot(
    wired: Callable[..., Wiring], redis_url: str, mail_server: MailServer, environment: dict[str, str]
) -> None:
    wiring = wired(REDIS_URL=redis_url, SMTP_URL=mail_server.url)
    install_kick(wiring.sessions, after_commit_kick(wiring))
    queue_many(wiring.sessions, 3, now())
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    with running(environment, "every=0.2, workers=0"):
        mail_server.wait_for(3)
        until(lambda: states(wiring) == {"sent": 3})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_dead_rq_worker_is_replaced_and_a_killed_supervisor_leaves_none(
    wired: Callable[..., Wiring], redis_url: str, environment: dict[str, str]
) -> None:
    wired(REDIS_URL=redis_url)
    with running(environment, "every=0.2") as process, Redis.from_url(redis_url) as redis:
        until(lambda: redis.scard("rq:workers") == 1)
        (first,) = children(process.pid)
        os.kill(first, signal.SIGKILL)
        # The dead one stays on the list until RQ looks after it.
        until(lambda: redis.scard("rq:workers") == 2)
        (second,) = children(process.pid)
        assert second != first
        process.kill()
        process.wait(10)
        until(lambda: not is_there(second))


def test_a_burst_does_what_is_queued_and_due_and_returns(
    wired: Callable[..., Wiring], redis_url: str, mail_server: MailServer, environment: dict[str, str]
) -> None:
    wiring = wired(REDIS_URL=redis_url, SMTP_URL=mail_server.url)
    install_kick(wiring.sessions, after_commit_kick(wiring))
    queue_many(wiring.sessions, 3, now())
    with running(environment, "burst=True") as process:
        assert process.wait(40) == 0
    assert len(mail_server.messages) == 3
    assert states(wiring) == {"sent": 3}


def test_a_worker_without_redis_ticks_alone(
    wired: Callable[..., Wiring], mail_server: MailServer, environment: dict[str, str], clock: Hands
) -> None:
    wiring = wired(SMTP_URL=mail_server.url)
    queue_many(wiring.sessions, 3, now())
    with running(environment, "every=0.2") as process:
        mail_server.wait_for(3, within=20)
        assert children(process.pid) == []
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0
