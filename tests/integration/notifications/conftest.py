"""An outbox on each engine, a clock that tests turn by hand, and a way out that remembers what it took."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

import pytest
from sqlalchemy.orm import Session

import notifications.models  # noqa: F401  # its tables
from app.core.database import Sessions, transaction
from notifications import messages, outbox
from notifications.models import OutboxMessage
from notifications.transports import Envelope

START = dt.datetime(2026, 11, 23, 14, tzinfo=dt.UTC)


class Hands:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self, _session: Session) -> dt.datetime:
        return self.now

    def turn(self, by: dt.timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Hands:
    return Hands()


class Way:
    """A way out that keeps what it took. `trouble` may raise for a message, before it is taken."""

    keeps: ClassVar[bool] = False

    def __init__(self, trouble: Callable[[Envelope], None] = lambda _: None, takes: float = 0.0) -> None:
        self.taken: list[Envelope] = []
        self.trouble = trouble
        self.takes = takes
        self.lock = threading.Lock()

    @contextmanager
    def courier(self) -> Iterator[Way]:
        yield self

    def send(self, envelope: Envelope) -> None:
        self.trouble(envelope)
        time.sleep(self.takes)
        with self.lock:
            self.taken.append(envelope)

    @property
    def addresses(self) -> list[str]:
        return [envelope.address for envelope in self.taken]


def address(number: int) -> str:
    return f"home{number:03}@provider.example"


def queue_one(
    session: Session, number: int = 1, now: dt.datetime = START, due_at: dt.datetime | None = None
) -> OutboxMessage:
    """A made-up message, queued."""
    queued = outbox.queue(
        session,
        key=f"made.up:{number}",
        address=address(number),
        message=messages.offer_won(f"CRO-{number:06}", "https://homeward.example/offers/1"),
        now=now,
        due_at=due_at,
    )
    assert isinstance(queued, OutboxMessage)
    return queued


def queue_many(sessions: Sessions, count: int, now: dt.datetime = START) -> None:
    """`count` messages, committed, each due a second after the one before it and all of them by `now`."""
    with transaction(sessions) as session:
        for number in range(1, count + 1):
            queue_one(session, number, now, due_at=now - dt.timedelta(seconds=count - number))


def stored(sessions: Sessions, number: int = 1) -> OutboxMessage:
    """The row of one message as it now is."""
    with transaction(sessions, read_only=True) as session:
        row = session.query(OutboxMessage).filter_by(key=f"made.up:{number}").one()
        session.expunge(row)
        return row
