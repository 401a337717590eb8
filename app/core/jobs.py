"""Things to be done at or after a time, once each: a row with a due time, and a tick that does what is due.

A deadline lives here and not in a queue's memory, so that it outlives every process. Each job runs in its own
transaction, which also marks it done: its effect and its mark are there together or not at all. A handler must bear
being run again after a failure. One whose work takes seconds is a `Long`, so that nobody waits for its lock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.clock import LONDON, local_date
from app.core.database import Sessions, new_id, transaction
from app.core.models import Job

Clock: TypeAlias = Callable[[Session], dt.datetime]
Handler: TypeAlias = Callable[[Session, dict[str, Any], dt.datetime], None]

DUE = "homeward_job_due"
"""Marks a session that has written a job to be done at once: after the commit somebody is woken."""

FIRST_WAIT = dt.timedelta(seconds=30)
LONGEST_WAIT = dt.timedelta(hours=1)
BEGUN_FOR = dt.timedelta(minutes=10)
"""For how long a `Long` that was begun is left to whoever began it; after that it is begun again."""

Found = TypeVar("Found")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Long(Generic[Found, Made]):
    """A job that works for seconds, in three steps: `look` reads what the work needs (None: there is nothing to do),
    `work` does it outside every transaction, and `keep` writes what came of it in the one that marks the job done.
    What was looked at may have changed by then: `keep` must bear that.
    """

    look: Callable[[Session, dict[str, Any], dt.datetime], Found | None]
    work: Callable[[Found], Made]
    keep: Callable[[Session, Made, dt.datetime], object]

    def __call__(self, session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
        """All three steps in the caller's own transaction."""
        found = self.look(session, payload, now)
        if found is not None:
            self.keep(session, self.work(found), now)


def schedule(
    session: Session,
    *,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    due_at: dt.datetime,
    at_once: bool = False,
) -> bool:
    """Write a job. `kind` names its handler, `key` its cause; the payload holds ids and never names. `at_once` wakes
    the worker after the commit.

    Returns whether it is new: the same kind and key is one job, and the first due time stands.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    written = session.execute(
        insert(Job)
        .values(id=new_id(), kind=kind, key=key, payload=dict(payload), due_at=due_at, attempts=0)
        .on_conflict_do_nothing(index_elements=[Job.kind, Job.key])
        .returning(Job.id)
    ).scalar_one_or_none()
    if written is not None and at_once:
        session.info[DUE] = True
    return written is not None


def ensure_daily(sessions: Sessions, kinds: Mapping[str, int], clock: Clock) -> int:
    """See to it that today's job of each daily kind is there, due at its hour in London. `kinds`: kind -> hour.

    One query while all of them are. A day on which nothing ran is not made up for: its work is done by the next one,
    and a handler does whatever is due by then. Returns how many were written.
    """
    if not kinds:
        return 0
    with transaction(sessions, read_only=True) as session:
        today = local_date(clock(session))
        there = set(session.scalars(select(Job.kind).where(Job.kind.in_(sorted(kinds)), Job.key == today.isoformat())))
    absent = {kind: hour for kind, hour in kinds.items() if kind not in there}
    if not absent:
        return 0
    with transaction(sessions) as session:
        return sum(
            schedule(session, kind=kind, key=today.isoformat(), payload={}, due_at=_at_hour(today, hour))
            for kind, hour in sorted(absent.items())
        )


def _at_hour(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), LONDON).astimezone(dt.UTC)


def run_due(
    sessions: Sessions,
    handlers: Mapping[str, Handler],
    clock: Clock,
    limit: int = 100,
    on_fault: Callable[[str, Exception], object] | None = None,
) -> int:
    """Do up to `limit` jobs that are due, the longest due first. Returns how many were done.

    Two runners never do one job twice: on PostgreSQL the row is locked for the length of its transaction and the
    other passes it over, on SQLite one writer at a time gets here. A job that fails is put off, twice as long each
    time, and `on_fault(kind, error)` is told; jobs of a kind that nobody here handles are left for a newer version.
    """
    done = 0
    for _ in range(limit):
        outcome = _run_one(sessions, handlers, clock, on_fault)
        if outcome is None:
            break
        done += outcome
    return done


def wait_after(attempts: int) -> dt.timedelta:
    """How long to wait after this many failures. A job is never given up: what is owed by a date stays owed."""
    return min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT) if attempts < 16 else LONGEST_WAIT


def _run_one(
    sessions: Sessions,
    handlers: Mapping[str, Handler],
    clock: Clock,
    on_fault: Callable[[str, Exception], object] | None,
) -> bool | None:
    """Whether the next job was done; None where no job is due."""
    with transaction(sessions) as session:
        now = clock(session)
        job = session.scalars(
            select(Job)
            .where(Job.done_at.is_(None), Job.due_at <= now, Job.kind.in_(sorted(handlers)))
            .order_by(Job.due_at, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if job is None:
            return None
        handler, job_id, payload = handlers[job.kind], job.id, dict(job.payload)
        if not isinstance(handler, Long):
            return _finish(session, job, lambda: handler(session, payload, now), now, on_fault)
        job.due_at = now + BEGUN_FOR  # nobody else begins it meanwhile
    return _run_long(sessions, handler, job_id, payload, clock, on_fault)


def _run_long(
    sessions: Sessions,
    handler: Long[Any, Any],
    job_id: str,
    payload: dict[str, Any],
    clock: Clock,
    on_fault: Callable[[str, Exception], object] | None,
) -> bool:
    fault: Exception | None = None
    made = None
    try:
        with transaction(sessions, read_only=True) as session:
            found = handler.look(session, payload, clock(session))
        made = None if found is None else handler.work(found)
    except Exception as error:
        fault = error

    with transaction(sessions) as session:
        now = clock(session)
        job = session.get_one(Job, job_id, with_for_update=True)
        if job.done_at is not None:
            return True  # begun again by another, which was quicker

        def keep() -> None:
            if fault is not None:
                raise fault
            if made is not None:
                handler.keep(session, made, now)

        return _finish(session, job, keep, now, on_fault)


def _finish(
    session: Session,
    job: Job,
    act: Callable[[], object],
    now: dt.datetime,
    on_fault: Callable[[str, Exception], object] | None,
) -> bool:
    """Act and mark the job done, or put it off. Returns whether it was done."""
    kind, attempts = job.kind, job.attempts
    try:
        with session.begin_nested():  # the lock on the row outlives what a failed handler wrote
            act()
            session.flush()
    except Exception as error:
        session.expire(job)
        job.attempts = attempts + 1
        job.due_at = now + wait_after(attempts + 1)
        job.last_error = type(error).__name__  # the words of an error can hold what a person typed
        if on_fault is not None:
            on_fault(kind, error)
        return False
    job.done_at = now
    job.last_error = None
    return True
