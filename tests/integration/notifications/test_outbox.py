"""Queueing: one row for each cause, in the transaction of the cause, with a word to the delivery after its commit."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.database import Sessions, transaction
from app.core.errors import NotFound
from notifications import messages, outbox, queries
from notifications.messages import Message
from notifications.models import OutboxMessage
from notifications.outbox import Reason, Skipped
from notifications.status import Delivery
from tests.integration.notifications.conftest import START, queue_many, queue_one, stored

LETTER = messages.offer_won("CRO-7K4M2P", "https://homeward.example/offers/1")


def count(sessions: Sessions) -> int:
    with transaction(sessions, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def test_a_message_is_stored_as_it_will_be_sent(session: Session) -> None:
    row = outbox.queue(session, key="offer.won:1", address=" home@provider.example ", message=LETTER, now=START)
    assert isinstance(row, OutboxMessage)
    assert (row.address, row.template, row.subject) == ("home@provider.example", "offer_won", LETTER.subject)
    assert (row.text, row.html) == (LETTER.text, LETTER.html)
    assert (row.delivery, row.attempts, row.sent_at, row.claimed_by) == (Delivery.WAITING, 0, None, None)
    assert (row.created_at, row.due_at) == (START, START)


def test_a_message_id_comes_from_the_row_and_the_installation_and_says_nothing_else(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        row = queue_one(session, 1)
        assert row.message_id == f"<{row.id}@{outbox.NO_DOMAIN}>"
    outbox.name_domain(sessions, "https://homeward.example")
    with transaction(sessions) as session:
        row = queue_one(session, 2)
        assert row.message_id == f"<{row.id}@homeward.example>"


def test_a_cause_writes_one_message_however_often_it_is_told(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        queue_one(session)
        again = outbox.queue(session, key="made.up:1", address="home@provider.example", message=LETTER, now=START)
        assert again == Skipped("made.up:1", Reason.ALREADY_QUEUED)
    with transaction(sessions) as session:
        again = outbox.queue(session, key="made.up:1", address="home@provider.example", message=LETTER, now=START)
        assert again == Skipped("made.up:1", Reason.ALREADY_QUEUED)
    assert count(sessions) == 1


def test_a_cause_told_by_many_at_once_writes_one_message(sessions: Sessions) -> None:
    def tell(_: int) -> bool:
        with transaction(sessions) as session:
            told = outbox.queue(session, key="once", address="home@provider.example", message=LETTER, now=START)
            return isinstance(told, OutboxMessage)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tell, range(12))) == 1
    assert count(sessions) == 1


@pytest.mark.parametrize(
    ("address", "subject", "reason"),
    [
        (None, "Read this", Reason.NO_ADDRESS),
        ("  ", "Read this", Reason.NO_ADDRESS),
        ("nobody", "Read this", Reason.INVALID_ADDRESS),
        ("a@b.example, c@d.example", "Read this", Reason.INVALID_ADDRESS),
        ("a@b.example\r\nBcc: c@d.example", "Read this", Reason.UNSAFE_HEADER),
        ("a@b.example", "Read this\r\nBcc: c@d.example", Reason.UNSAFE_HEADER),
        ("a@b.example", "Read this\nBcc: c@d.example", Reason.UNSAFE_HEADER),
        ("a@b.example", "Read\x00 this", Reason.UNSAFE_HEADER),
        ("a@b.example", "Read\u2028this", Reason.UNSAFE_HEADER),
    ],
)
def test_what_cannot_be_sent_is_skipped_and_says_why(
    session: Session, address: str | None, subject: str, reason: Reason
) -> None:
    message = Message("offer_won", subject, "Text.", "<p>Text.</p>")
    told = outbox.queue(session, key="skipped", address=address, message=message, now=START)
    assert told == Skipped("skipped", reason)
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_an_organisation_cannot_write_headers_with_its_name(session: Session) -> None:
    message = messages.invitation("Made-up\r\nBcc: all@evil.example", "staff", "https://homeward.example/i", START)
    told = outbox.queue(session, key="invited", address="home@provider.example", message=message, now=START)
    assert told == Skipped("invited", Reason.UNSAFE_HEADER)


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_has_a_length(session: Session, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        outbox.queue(session, key=key, address="home@provider.example", message=LETTER, now=START)


def test_what_is_undone_leaves_no_message(sessions: Sessions) -> None:
    def fail() -> None:
        with transaction(sessions) as session:
            queue_one(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert count(sessions) == 0


def test_a_commit_that_queued_messages_kicks_once(sessions: Sessions) -> None:
    kicks: list[int] = []
    outbox.install_kick(sessions, lambda: kicks.append(1))
    queue_many(sessions, 3)
    assert len(kicks) == 1
    with transaction(sessions) as session:
        session.scalar(select(func.count()).select_from(OutboxMessage))
    assert len(kicks) == 1


def test_a_kick_waits_for_the_outer_commit_and_outlives_an_inner_failure(sessions: Sessions) -> None:
    kicks: list[int] = []
    outbox.install_kick(sessions, lambda: kicks.append(1))
    with transaction(sessions) as session:
        with session.begin_nested():
            queue_one(session, 1)
        assert kicks == []
        inner = session.begin_nested()
        queue_one(session, 2)
        inner.rollback()
        assert kicks == []
    assert kicks == [1]
    assert count(sessions) == 1


def test_no_kick_for_what_is_undone_or_due_later(sessions: Sessions) -> None:
    kicks: list[int] = []
    outbox.install_kick(sessions, lambda: kicks.append(1))
    with sessions() as session:
        queue_one(session, 1)
        session.rollback()
        queue_one(session, 2, due_at=START + dt.timedelta(hours=1))
        session.commit()
    assert kicks == []


def test_a_message_is_taken_back_only_before_it_is_sent(sessions: Sessions) -> None:
    queue_many(sessions, 2)
    with transaction(sessions) as session:
        session.query(OutboxMessage).filter_by(key="made.up:2").update({"delivery": Delivery.SENT})
        assert outbox.cancel(session, key="made.up:1")
        assert not outbox.cancel(session, key="made.up:1")
        assert not outbox.cancel(session, key="made.up:2")
        assert not outbox.cancel(session, key="never")
    assert stored(sessions, 1).delivery is Delivery.CANCELLED


def test_the_mailbox_shows_the_newest_first_and_finds_addresses(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        for number in range(1, 6):
            queue_one(session, number, START + dt.timedelta(minutes=number))
    with transaction(sessions, read_only=True) as session:
        rows, total = queries.mailbox(session, limit=2, offset=1)
        assert total == 5
        assert [row.address for row in rows] == ["home004@provider.example", "home003@provider.example"]
        rows, total = queries.mailbox(session, address="HOME002", limit=25, offset=0)
        assert (total, rows[0].subject) == (1, "You are awarded CRO-000002: confirm the start")
        assert queries.mailbox(session, address="%", limit=25, offset=0) == ([], 0)
        assert queries.mailbox_message(session, rows[0].id).text.startswith("Confirm the start")
        with pytest.raises(NotFound):
            queries.mailbox_message(session, "nothing")
        assert queries.backlog(session, START + dt.timedelta(minutes=2)) == queries.Backlog(
            2, START + dt.timedelta(minutes=1), 0
        )
