"""Taking messages out of the outbox: at least once, by as many workers at a time as there are, without waiting for
each other.

A worker claims a batch for a few minutes, sends each message and marks it at once. A worker that is killed leaves at
most one message that was sent and not marked; that one is repeated, with the same Message-ID, when its claim has run
out. So are the others that it had claimed, and none is lost.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core.database import Sessions, new_id, transaction
from notifications.messages import WITH_SECRETS
from notifications.models import OutboxMessage
from notifications.status import Delivery
from notifications.transports import Courier, Envelope, NotNow, Refused, Transport, Unreachable

Clock: TypeAlias = Callable[[Session], dt.datetime]

BATCH = 50
CLAIM = dt.timedelta(minutes=5)
"""How long a claim lasts. After it, a message whose worker died may be taken by another."""

ENOUGH_FOR_ONE = dt.timedelta(minutes=4)
"""What is left of a claim must be longer than sending one message can take, or the message is given back unsent."""

FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(hours=4)
MOST_ATTEMPTS = 37
"""Twice as long each time, then every four hours, for five days in all: as long as RFC 5321 (4.5.4.1) asks a sender
to go on.
"""

SERVER_AWAY = dt.timedelta(minutes=1)
"""How soon to knock again at a server that is away. It counts as no attempt: the message is not to blame."""

FORGOTTEN = "Not kept: it held a link that lets its bearer in."


@dataclass(frozen=True)
class Drained:
    """What one drain did: messages sent, failed for good, and put off until later."""

    sent: int = 0
    failed: int = 0
    retried: int = 0

    def __add__(self, other: Drained) -> Drained:
        return Drained(self.sent + other.sent, self.failed + other.failed, self.retried + other.retried)


def wait_after(attempts: int) -> dt.timedelta | None:
    """How long to wait after this many failed attempts, None to give up. The same for every message, so that it can
    be foretold.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    return min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT) if attempts < 16 else LONGEST_WAIT


def drain(
    sessions: Sessions, transport: Transport, clock: Clock, batch: int = BATCH, limit: int | None = None
) -> Drained:
    """Send what is due, `batch` messages to a claim, until nothing is due or `limit` messages were handled.

    No transaction is open while a message is under way. Database errors are raised; what was claimed comes back by
    itself.
    """
    done, handled = Drained(), 0
    with transport.courier() as courier:
        while limit is None or handled < limit:
            size = batch if limit is None else min(batch, limit - handled)
            claim = _Claim.take(sessions, clock, size, keeps=transport.keeps)
            if not claim.messages:
                break
            handled += len(claim.messages)
            outcome, reachable = claim.deliver(courier)
            done += outcome
            if not reachable:
                break
    return done


@dataclass(frozen=True)
class _Claimed:
    """One message in a worker's hands."""

    id: str
    envelope: Envelope
    attempts: int
    secret: bool


@dataclass(frozen=True)
class _Claim:
    """A batch that only the holder of `token` may send and mark, until the claim runs out."""

    sessions: Sessions
    clock: Clock
    token: str
    messages: Sequence[_Claimed]
    good_until: float  # on this process's monotonic clock: a moved or corrected clock cannot stretch a claim
    keeps: bool

    @classmethod
    def take(cls, sessions: Sessions, clock: Clock, size: int, *, keeps: bool = False) -> _Claim:
        token, good_until = new_id(), monotonic() + CLAIM.total_seconds()
        with transaction(sessions) as session:
            now = clock(session)
            # Who was claimed and never marked, by a worker that died, waits again.
            _move(
                session,
                (OutboxMessage.delivery == Delivery.SENDING, OutboxMessage.claimed_until <= now),
                1000,
                delivery=Delivery.WAITING,
                claimed_by=None,
                claimed_until=None,
            )
            rows = _move(
                session,
                (OutboxMessage.delivery == Delivery.WAITING, OutboxMessage.due_at <= now),
                size,
                delivery=Delivery.SENDING,
                claimed_by=token,
                claimed_until=now + CLAIM,
            )
        return cls(sessions, clock, token, [_claimed(row) for row in rows], good_until, keeps)

    def deliver(self, courier: Courier) -> tuple[Drained, bool]:
        """Send the batch. Returns what was done and whether the server can be reached."""
        done = Drained()
        for place, message in enumerate(self.messages):
            if self.good_until - monotonic() < ENOUGH_FOR_ONE.total_seconds():
                self._give_back(place)
                break
            try:
                done += self._send(courier, message)
            except Unreachable as trouble:
                put_off = self._give_back(place, wait=SERVER_AWAY, last_error=trouble.reason)
                return done + Drained(retried=put_off), False
            except BaseException:
                # This worker ends here. The message in its hands may have left: its claim runs out. The others did
                # not leave.
                with contextlib.suppress(SQLAlchemyError):
                    self._give_back(place + 1)
                raise
        return done, True

    def _send(self, courier: Courier, message: _Claimed) -> Drained:
        try:
            courier.send(message.envelope)
        except Unreachable:
            raise
        except Refused as refusal:
            self._mark(message, Delivery.FAILED, attempts=message.attempts + 1, last_error=refusal.reason)
            return Drained(failed=1)
        except Exception as trouble:  # a message that breaks the courier must not stop the messages behind it
            return self._try_later(message, trouble.reason if isinstance(trouble, NotNow) else type(trouble).__name__)
        self._mark(message, Delivery.SENT, attempts=message.attempts + 1, last_error=None)
        return Drained(sent=1)

    def _try_later(self, message: _Claimed, reason: str) -> Drained:
        attempts = message.attempts + 1
        wait = wait_after(attempts)
        if wait is None:
            self._mark(message, Delivery.FAILED, attempts=attempts, last_error=reason)
            return Drained(failed=1)
        self._mark(message, Delivery.WAITING, wait=wait, attempts=attempts, last_error=reason)
        return Drained(retried=1)

    def _mark(self, message: _Claimed, delivery: Delivery, *, wait: dt.timedelta | None = None, **values: Any) -> None:
        with transaction(self.sessions) as session:
            now = self.clock(session)
            if delivery is Delivery.SENT:
                values["sent_at"] = now
            if message.secret and not self.keeps and delivery in (Delivery.SENT, Delivery.FAILED):
                values.update(text=FORGOTTEN, html=FORGOTTEN)
            if wait is not None:
                values["due_at"] = now + wait
            session.execute(
                update(OutboxMessage)
                # A claim that ran out belongs to another worker now: its word counts, not ours.
                .where(OutboxMessage.id == message.id, OutboxMessage.claimed_by == self.token)
                .values(delivery=delivery, claimed_by=None, claimed_until=None, **values)
                .execution_options(synchronize_session=False)
            )

    def _give_back(self, place: int, *, wait: dt.timedelta | None = None, **values: Any) -> int:
        """Let go of the messages from `place` on, unsent. Returns how many."""
        rest = [message.id for message in self.messages[place:]]
        if rest:
            with transaction(self.sessions) as session:
                if wait is not None:
                    values["due_at"] = self.clock(session) + wait
                session.execute(
                    update(OutboxMessage)
                    .where(OutboxMessage.id.in_(rest), OutboxMessage.claimed_by == self.token)
                    .values(delivery=Delivery.WAITING, claimed_by=None, claimed_until=None, **values)
                    .execution_options(synchronize_session=False)
                )
        return len(rest)


def _move(
    session: Session, which: tuple[ColumnElement[bool], ...], most: int, **values: Any
) -> Sequence[OutboxMessage]:
    """Change up to `most` messages, the longest due first, in one statement.

    On PostgreSQL, rows in other workers' hands are passed over; on SQLite one writer at a time gets here. The CTE is
    computed once: in a subquery PostgreSQL may run a LIMIT again for each row and take too many.
    """
    due = (
        select(OutboxMessage.id)
        .where(*which)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    moved = session.scalars(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(due.c.id)))
        .values(**values)
        .returning(OutboxMessage)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted(moved, key=lambda row: (row.due_at, row.id))


def _claimed(row: OutboxMessage) -> _Claimed:
    envelope = Envelope(row.message_id, row.address, row.subject, row.text, row.html, row.created_at)
    return _Claimed(row.id, envelope, row.attempts, row.template in WITH_SECRETS)
