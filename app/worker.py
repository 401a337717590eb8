"""The work behind the pages: e-mail out, jobs that are due, the audit's seal.

Three ways lead to it. After a commit that queued e-mail, a *kick* has it sent at once: by an RQ worker where Redis is
configured, else by this process's own ticker. Every few seconds a *tick* does whatever is due, wherever it came from,
so that nothing waits on a kick that was lost with Redis or a worker. And `tick` can be called by hand.

`homeward worker` runs `run_worker`: one process that ticks, and RQ workers beside it as processes of their own,
because RQ forks for each job and a fork from a process with threads can hang. `homeward serve` without Redis starts a
`Ticker` in each web process.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import ClassVar, TypeVar

import structlog
from redis import Redis
from rq import Queue, Worker

from app.core import audit, jobs
from app.core.database import transaction
from app.web.logs import configure_logs
from app.wiring import Wiring, build
from config.settings import Settings
from notifications.delivery import Drained, drain
from notifications.outbox import install_kick

__all__ = [
    "TickReport",
    "Ticker",
    "after_commit_kick",
    "drain_outbox_job",
    "install_kick",
    "run_worker",
    "tick",
]

log = structlog.get_logger("homeward.worker")
T = TypeVar("T")

EVERY = 5.0
"""Seconds between ticks: the longest that anything due waits when every kick is lost."""

QUEUE = "homeward"
WANTED = "homeward:drain-wanted"
WANTED_FOR = 30
"""Seconds for which one queued drain stands for all. It bounds what a lost queue entry can delay; the tick is
sooner.
"""

MESSAGES_A_JOB = 1000
SECONDS_A_JOB = 600

PAGE_PATIENCE = 0.5
"""Seconds that a page may spend on telling Redis; after a failure it is left alone for `LEAVE_ALONE` seconds."""
LEAVE_ALONE = 30.0

STOP_WITHIN = 30.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class TickReport:
    """What one tick did. `faults` are the references of what went wrong, to be found in the log."""

    drained: Drained
    jobs: int
    sealed: int
    faults: tuple[str, ...] = ()


def tick(wiring: Wiring, now: dt.datetime | None = None) -> TickReport:
    """Send what is due, do the jobs that are due, seal the audit. One part's failure does not stop the others.

    `now` stands in for the clock, for a test or a demonstration that plays a day at a time.
    """
    clock = wiring.clock if now is None else lambda _session: now
    faults: list[str] = []

    def attempt(what: str, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except Exception as error:
            faults.append(_log_fault(what, error))
            return otherwise

    def failed(kind: str, error: Exception) -> None:
        faults.append(_log_fault(f"job {kind}", error))

    def seal() -> int:
        with transaction(wiring.sessions, read_only=True) as session:
            if not audit.unsealed(session):
                return 0
        with transaction(wiring.sessions) as session:
            return audit.seal(session, clock(session))

    # What is done every day is a job like any other, once its row is there.
    daily = {kind: hour for kind, hour in wiring.daily.items() if kind in wiring.job_handlers}
    attempt("daily", lambda: jobs.ensure_daily(wiring.sessions, daily, clock), 0)
    # Jobs first: what they queue leaves with this tick.
    done = attempt("jobs", lambda: jobs.run_due(wiring.sessions, wiring.job_handlers, clock, on_fault=failed), 0)
    drained = attempt("outbox", lambda: drain(wiring.sessions, wiring.transport, clock), Drained())
    sealed = attempt("audit", seal, 0)
    return TickReport(drained, done, sealed, tuple(faults))


class Ticker(threading.Thread):
    """Ticks in the background of a web process, every few seconds and whenever a kick wakes it.

    Start one in each process, after the fork: threads do not survive one. It is a daemon: a process that ends does
    not wait for it, and what it was sending is sent again.
    """

    _running: ClassVar[list[Ticker]] = []  # one list for the process: kicks look here

    def __init__(self, wiring: Wiring, *, every: float = EVERY) -> None:
        super().__init__(name="homeward-ticker", daemon=True)
        self.wiring = wiring
        self.every = every
        self._wake = threading.Event()
        self._stop_asked = False

    def run(self) -> None:
        Ticker._running.append(self)
        try:
            while not self._stop_asked:
                self._wake.clear()
                tick(self.wiring)
                self._wake.wait(self.every)
        finally:
            Ticker._running.remove(self)

    def wake(self) -> None:
        """Tick now."""
        self._wake.set()

    def stop(self, within: float = STOP_WITHIN) -> None:
        """End after the tick under way, waiting for it no longer than `within` seconds."""
        self._stop_asked = True
        self._wake.set()
        if self.is_alive():
            self.join(within)

    @classmethod
    def wake_all(cls, wiring: Wiring) -> None:
        """Wake this process's tickers of one installation."""
        for ticker in list(cls._running):
            if ticker.wiring is wiring:
                ticker.wake()


def after_commit_kick(wiring: Wiring) -> Callable[[], None]:
    """What to do after a commit that queued e-mail. Never raises and never waits long; what fails is left to the
    tick.
    """
    if wiring.settings.redis_url is None:
        return lambda: Ticker.wake_all(wiring)
    return _RedisKick(wiring.settings.redis_url)


class _RedisKick:
    """Puts a drain on the queue, and leaves Redis alone for a while when it does not answer."""

    def __init__(self, redis_url: str) -> None:
        self.redis = Redis.from_url(
            redis_url, socket_connect_timeout=PAGE_PATIENCE, socket_timeout=PAGE_PATIENCE, retry=None
        )
        self.not_before = 0.0

    def __call__(self) -> None:
        if time.monotonic() < self.not_before:
            return
        try:
            ask_for_drain(self.redis)
        except Exception as error:
            self.not_before = time.monotonic() + LEAVE_ALONE
            _log_fault("kick", error)


def ask_for_drain(redis: Redis) -> bool:
    """Queue one drain, unless one is queued that has not begun: that one will see these messages too. Returns
    whether it did.
    """
    if not redis.set(WANTED, 1, nx=True, ex=WANTED_FOR):
        return False
    Queue(QUEUE, connection=redis).enqueue(
        drain_outbox_job, job_timeout=SECONDS_A_JOB, result_ttl=0, failure_ttl=3600, description="drain the outbox"
    )
    return True


def drain_outbox_job() -> None:
    """The RQ job: send what is due, many messages to a job. Builds its own wiring, because RQ forks for each job."""
    settings = Settings.from_environment(os.environ)
    if settings.redis_url is None:
        raise RuntimeError("REDIS_URL is not set for the worker")
    wiring = build(settings)
    try:
        with Redis.from_url(settings.redis_url) as redis:
            # Before the first look: what is committed after it asks for a drain of its own.
            redis.delete(WANTED)
            drained = drain(wiring.sessions, wiring.transport, wiring.clock, limit=MESSAGES_A_JOB)
            log.info("drained", sent=drained.sent, failed=drained.failed, retried=drained.retried)
            if drained.sent + drained.failed + drained.retried >= MESSAGES_A_JOB:
                ask_for_drain(redis)
    finally:
        wiring.engine.dispose()


def run_worker(wiring: Wiring, *, burst: bool = False, workers: int = 1, every: float = EVERY) -> int:
    """Tick until told to stop (SIGTERM, SIGINT), with `workers` RQ workers beside it where Redis is configured.

    `burst` does what is queued and due, and returns. The RQ workers read their settings from the environment, as this
    process did. Returns an exit code: not 0 if something failed during a burst.
    """
    with_queue = wiring.settings.redis_url is not None
    if burst:
        code = _start_rq_worker("--burst").wait() if with_queue else 0
        report = tick(wiring)
        drained = report.drained
        log.info("ticked", sent=drained.sent, failed=drained.failed, jobs=report.jobs, sealed=report.sealed)
        return code or (1 if report.faults else 0)
    stop = threading.Event()
    with _stopping(stop):
        beside = [_Beside() for _ in range(workers)] if with_queue else []
        try:
            while not stop.is_set():
                for process in beside:
                    process.keep_up()
                tick(wiring)
                stop.wait(every)
        finally:
            for process in beside:
                process.ask_to_stop()
            for process in beside:
                process.wait()
    return 0


class _Beside:
    """One RQ worker process, started again when it has died."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def keep_up(self) -> None:
        if self.process is not None and self.process.poll() is not None:
            log.warning("rq worker ended", code=self.process.returncode)
            self.process = None
        if self.process is None:
            self.process = _start_rq_worker()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        if self.process is not None:
            try:
                self.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextlib.contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Sets `stop` on SIGTERM and SIGINT. Outside the main thread, where Python takes no signals, only `stop` itself
    counts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start_rq_worker(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app.worker", *arguments])  # noqa: S603  # our own interpreter and module


def main(arguments: list[str]) -> int:
    """The body of an RQ worker process: `python -m app.worker [--burst]`, started by `run_worker`."""
    burst = "--burst" in arguments
    if not burst:
        _end_with_parent()
    configure_logs()
    settings = Settings.from_environment(os.environ)
    if settings.redis_url is None:
        raise SystemExit("REDIS_URL is not set: there is no queue to work on.")
    redis = Redis.from_url(settings.redis_url)
    worker = Worker([Queue(QUEUE, connection=redis)], connection=redis, log_job_description=False)
    worker.work(burst=burst, logging_level="WARNING")
    return 0


def _end_with_parent() -> None:
    """Have the system end this process when its parent dies, so that a killed supervisor leaves nobody behind (Linux
    only).
    """
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit(0)


def _log_fault(what: str, error: Exception) -> str:
    """Write down that something failed: the kind of error and a reference, never its words, which can hold personal
    data.
    """
    reference = secrets.token_hex(4)
    log.error("fault", what=what, error=type(error).__name__, reference=reference)
    return reference


if __name__ == "__main__":
    # RQ names the job's function by module: it must be app.worker there and not __main__.
    from app.worker import main as main_of_module

    sys.exit(main_of_module(sys.argv[1:]))
