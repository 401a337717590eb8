"""Delivery: each message once while workers live, at most one repeated when one is killed, and none lost."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.core.database import Sessions, transaction
from notifications import delivery, messages, outbox
from notifications.delivery import Drained, drain
from notifications.models import OutboxMessage
from notifications.status import Delivery
from notifications.transports import Envelope, Mailbox, NotNow, Refused, Unreachable
from tests.integration.notifications.conftest import START, Hands, Way, address, queue_many, queue_one, stored
from tests.mail_server import MailServer

ROOT = Path(__file__).resolve().parents[3]


class KilledError(BaseException):
    """Stands for whatever ends a worker on the spot."""


def states(sessions: Sessions) -> Counter[str]:
    with transaction(sessions, read_only=True) as session:
        return Counter(row.delivery.value for row in session.query(OutboxMessage))


def test_what_is_due_leaves_in_order_and_is_marked(sessions: Sessions, clock: Hands) -> None:
    queue_many(sessions, 7)
    way = Way()
    assert drain(sessions, way, clock, batch=3) == Drained(sent=7)
    assert way.addresses == [address(number) for number in range(1, 8)]
    row = stored(sessions)
    assert (row.delivery, row.attempts, row.sent_at) == (Delivery.SENT, 1, START)
    assert (row.claimed_by, row.claimed_until, row.last_error) == (None, None, None)
    assert drain(sessions, way, clock) == Drained()


def test_what_is_due_later_waits(sessions: Sessions, clock: Hands) -> None:
    with transaction(sessions) as session:
        queue_one(session, due_at=START + dt.timedelta(minutes=10))
    assert drain(sessions, Way(), clock) == Drained()
    clock.turn(dt.timedelta(minutes=10))
    assert drain(sessions, Way(), clock) == Drained(sent=1)


def test_a_drain_has_a_limit(sessions: Sessions, clock: Hands) -> None:
    queue_many(sessions, 7)
    assert drain(sessions, Way(), clock, batch=3, limit=5) == Drained(sent=5)
    assert states(sessions) == {"sent": 5, "waiting": 2}


def test_the_mailbox_of_the_demonstration_marks_messages_sent(sessions: Sessions, clock: Hands) -> None:
    queue_many(sessions, 2)
    assert drain(sessions, Mailbox(), clock) == Drained(sent=2)


def test_two_drainers_at_once_send_each_message_once(sessions: Sessions, clock: Hands) -> None:
    queue_many(sessions, 120)
    ways = [Way(takes=0.001), Way(takes=0.001)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda way: drain(sessions, way, clock, batch=10), ways))
    assert sum(done, Drained()) == Drained(sent=120)
    assert Counter(ways[0].addresses + ways[1].addresses) == {address(number): 1 for number in range(1, 121)}
    assert all(way.taken for way in ways), "both had work to do"


def test_a_worker_that_ends_between_sending_and_marking_repeats_one_message_only(
    sessions: Sessions, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_many(sessions, 10)
    way = Way()
    mark = delivery._Claim._mark

    def end_at_the_fourth(claim: delivery._Claim, message: delivery._Claimed, *args: object, **values: object) -> None:
        if message.envelope.address == address(4):
            raise KilledError
        mark(claim, message, *args, **values)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(delivery._Claim, "_mark", end_at_the_fourth)
        with pytest.raises(KilledError):
            drain(sessions, way, clock)
    assert way.addresses == [address(number) for number in range(1, 5)]
    assert states(sessions) == {"sent": 3, "sending": 1, "waiting": 6}

    assert drain(sessions, way, clock) == Drained(sent=6)  # those that it had claimed and not sent do not wait
    clock.turn(delivery.CLAIM)
    assert drain(sessions, way, clock) == Drained(sent=1)
    times = Counter(envelope.message_id for envelope in way.taken)
    assert sorted(times.values()) == [1] * 9 + [2]
    assert times[stored(sessions, 4).message_id] == 2


def test_a_killed_process_loses_nothing_and_repeats_one_message_with_the_same_id(
    engine: Engine, sessions: Sessions, clock: Hands, mail_server: MailServer
) -> None:
    """The real thing: SIGKILL after the mail server took the third of ten messages."""
    queue_many(sessions, 10)
    program = textwrap.dedent("""
        import datetime as dt, os, signal, sys
        from app.core.database import build_engine, build_sessions
        from notifications import delivery, transports

        mark, marked = delivery._Claim._mark, []

        def kill_at_the_third(claim, message, *args, **values):
            marked.append(message)
            if len(marked) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            mark(claim, message, *args, **values)

        delivery._Claim._mark = kill_at_the_third
        now = dt.datetime.fromisoformat(sys.argv[3])
        way = transports.transport_for(sys.argv[2], "test")
        delivery.drain(build_sessions(build_engine(sys.argv[1])), way, lambda _session: now)
    """)
    url = engine.url.render_as_string(hide_password=False)
    ended = subprocess.run(
        [sys.executable, "-c", program, url, mail_server.url, START.isoformat()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert len(mail_server.messages) == 3
    assert states(sessions) == {"sent": 2, "sending": 8}

    from notifications.transports import transport_for

    way = transport_for(mail_server.url, "test")
    assert drain(sessions, way, clock) == Drained()
    clock.turn(delivery.CLAIM)
    assert drain(sessions, way, clock) == Drained(sent=8)
    times = Counter(message["Message-ID"] for message in mail_server.messages)
    assert sorted(times.values()) == [1] * 9 + [2]
    repeated = [message for message in mail_server.messages if times[message["Message-ID"]] == 2]
    assert repeated[0]["Date"] == repeated[1]["Date"]
    assert repeated[0]["To"] == repeated[1]["To"] == address(3)


def test_a_worker_whose_claim_ran_out_does_not_overrule_the_one_that_took_over(
    sessions: Sessions, clock: Hands
) -> None:
    queue_many(sessions, 1)
    slow = delivery._Claim.take(sessions, clock, 1)
    clock.turn(delivery.CLAIM)
    assert drain(sessions, Way(), clock) == Drained(sent=1)
    slow.deliver(Way(trouble=_raise(Refused("550 too late"))))
    row = stored(sessions)
    assert (row.delivery, row.last_error) == (Delivery.SENT, None)


def test_a_slow_server_does_not_outlast_a_claim(
    sessions: Sessions, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_many(sessions, 5)
    seconds = [0.0]
    monkeypatch.setattr(delivery, "monotonic", lambda: seconds[0])
    claims: list[int] = []
    take = delivery._Claim.take

    def counted(*args: object, **more: object) -> delivery._Claim:
        claim = take(*args, **more)  # type: ignore[arg-type]
        claims.append(len(claim.messages))
        return claim

    monkeypatch.setattr(delivery._Claim, "take", counted)

    def half_a_minute(_: Envelope) -> None:
        seconds[0] += 31

    way = Way(trouble=half_a_minute)
    assert drain(sessions, way, clock) == Drained(sent=5)
    assert claims == [5, 3, 1, 0]
    assert way.addresses == [address(number) for number in range(1, 6)]


def _raise(error: Exception) -> Callable[[Envelope], None]:
    def trouble(_: Envelope) -> None:
        raise error

    return trouble


def test_a_message_that_is_not_taken_now_is_tried_again_later_and_later(sessions: Sessions, clock: Hands) -> None:
    queue_many(sessions, 1)
    way = Way(trouble=_raise(NotNow("451 try later")))
    for minutes in (1, 2, 4, 8, 16, 32, 64, 128, 240, 240):
        assert drain(sessions, way, clock) == Drained(retried=1)
        assert stored(sessions).due_at == clock.now + dt.timedelta(minutes=minutes)
        clock.turn(dt.timedelta(minutes=minutes, seconds=-1))
        assert drain(sessions, way, clock) == Drained()
        clock.turn(dt.timedelta(seconds=1))
    row = stored(sessions)
    assert (row.delivery, row.attempts, row.last_error) == (Delivery.WAITING, 10, "451 try later")


def test_a_message_that_is_never_taken_is_given_up_and_says_why(sessions: Sessions, clock: Hands) -> None:
    queue_many(sessions, 1)
    with transaction(sessions) as session:
        session.query(OutboxMessage).update({"attempts": delivery.MOST_ATTEMPTS - 1})
    assert drain(sessions, Way(trouble=_raise(NotNow("451 try later"))), clock) == Drained(failed=1)
    assert (stored(sessions).delivery, stored(sessions).last_error) == (Delivery.FAILED, "451 try later")


def test_a_refused_message_fails_and_the_others_leave(sessions: Sessions, clock: Hands) -> None:
    queue_many(sessions, 3)

    def second(envelope: Envelope) -> None:
        if envelope.address == address(2):
            raise Refused("550 no such mailbox")

    assert drain(sessions, Way(trouble=second), clock) == Drained(sent=2, failed=1)
    row = stored(sessions, 2)
    assert (row.delivery, row.attempts, row.last_error) == (Delivery.FAILED, 1, "550 no such mailbox")


def test_a_message_that_breaks_the_courier_does_not_stop_the_others(sessions: Sessions, clock: Hands) -> None:
    queue_many(sessions, 3)

    def second(envelope: Envelope) -> None:
        if envelope.address == address(2):
            raise UnicodeError("something that nobody thought of")

    assert drain(sessions, Way(trouble=second), clock) == Drained(sent=2, retried=1)
    assert stored(sessions, 2).last_error == "UnicodeError"


def test_a_server_that_is_away_costs_no_attempt_and_is_asked_again_in_a_minute(
    sessions: Sessions, clock: Hands
) -> None:
    queue_many(sessions, 5)
    way = Way(trouble=_raise(Unreachable("ConnectionRefusedError")))
    for _ in range(3):
        assert drain(sessions, way, clock, batch=3) == Drained(retried=3)
        assert drain(sessions, way, clock, batch=3) == Drained(retried=2)
        assert drain(sessions, way, clock, batch=3) == Drained()
        clock.turn(delivery.SERVER_AWAY)
    assert (stored(sessions).attempts, stored(sessions).last_error) == (0, "ConnectionRefusedError")
    assert drain(sessions, Way(), clock) == Drained(sent=5)


@pytest.mark.parametrize(("make", "kept"), [(Way, False), (Mailbox, True)])
def test_a_link_that_lets_its_bearer_in_is_forgotten_once_it_has_left(
    sessions: Sessions, clock: Hands, make: type[Way | Mailbox], kept: bool
) -> None:
    way, link = make(), "https://homeward.example/reset/made-up-token"
    with transaction(sessions) as session:
        message = messages.password_reset(link, START)
        outbox.queue(session, key="made.up:1", address=address(1), message=message, now=START)
        queue_one(session, 2)
    trouble = Way(trouble=_raise(NotNow("451 try later")))
    assert drain(sessions, trouble, clock) == Drained(retried=2)
    clock.turn(dt.timedelta(minutes=1))
    assert drain(sessions, way, clock) == Drained(sent=2)
    assert [link in stored(sessions).text, link in stored(sessions).html] == [kept, kept]
    assert "https://" in stored(sessions, 2).text
    if isinstance(way, Way):
        assert any(link in envelope.text for envelope in way.taken)
