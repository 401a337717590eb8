"""Queueing a message: one row, in the transaction of what caused it, or a reason why there is none.

A message is rendered when it is queued, so that what people get is what was true then, and a worker needs no domain
knowledge to send it.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import event, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.database import Sessions, new_id
from app.core.jobs import DUE
from notifications.messages import LONGEST_SUBJECT, Message
from notifications.models import OutboxMessage
from notifications.status import Delivery

NO_DOMAIN = "homeward.invalid"
"""The domain of Message-IDs where the installation has no public name (RFC 2606 keeps `.invalid` for such uses)."""

LONGEST_ADDRESS = 254
LONGEST_KEY = 200

_QUEUED = "homeward_mail_queued"
_DOMAIN = "homeward_mail_domain"
_MARKS = (_QUEUED, DUE)

# One mailbox in plain ASCII, as mail servers everywhere accept it. Nothing here can end a header line or add a
# recipient.
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_LOCAL}@(?:{_LABEL}\.)+{_LABEL}")


class Reason(StrEnum):
    """Why a message was not queued."""

    NO_ADDRESS = "no_address"
    INVALID_ADDRESS = "invalid_address"
    UNSAFE_HEADER = "unsafe_header"
    ALREADY_QUEUED = "already_queued"


@dataclass(frozen=True)
class Skipped:
    """No message was queued for this key, and why."""

    key: str
    reason: Reason


def is_address(address: str) -> bool:
    """Whether this is one e-mail address and nothing else."""
    return len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address) is not None


def queue(
    session: Session,
    *,
    key: str,
    address: str | None,
    message: Message,
    now: dt.datetime,
    due_at: dt.datetime | None = None,
) -> OutboxMessage | Skipped:
    """Write a message to the outbox, to be sent at `due_at` (now, if none is given) or soon after.

    `key` names the cause, for example `request.published:<request>:<service>`: a cause writes one message, however
    often it is told. Raises ValueError for a key that is empty or too long and a subject that is too long: faults of
    the caller.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError("the key of a message has 1 to 200 characters")
    if len(message.subject) > LONGEST_SUBJECT:
        raise ValueError("the subject of a message has up to 250 characters")
    address = (address or "").strip(" ")
    if not address:
        return Skipped(key, Reason.NO_ADDRESS)
    if any(_ends_a_line(character) for character in address + message.subject):
        return Skipped(key, Reason.UNSAFE_HEADER)
    if not is_address(address):
        return Skipped(key, Reason.INVALID_ADDRESS)
    row_id = new_id()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    written = session.execute(
        insert(OutboxMessage)
        .values(
            id=row_id,
            key=key,
            message_id=f"<{row_id}@{session.info.get(_DOMAIN, NO_DOMAIN)}>",
            address=address,
            template=message.template,
            subject=message.subject,
            text=message.text,
            html=message.html,
            delivery=Delivery.WAITING,
            created_at=now,
            due_at=due_at or now,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        .returning(OutboxMessage.id)
    ).scalar_one_or_none()
    if written is None:
        return Skipped(key, Reason.ALREADY_QUEUED)
    if due_at is None or due_at <= now:
        session.info[_QUEUED] = True
    return session.get_one(OutboxMessage, row_id)


def cancel(session: Session, *, key: str) -> bool:
    """Take back a message that is not yet being sent. Returns whether there was one."""
    cancelled = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.key == key, OutboxMessage.delivery == Delivery.WAITING)
        .values(delivery=Delivery.CANCELLED)
        .returning(OutboxMessage.id)
    ).all()
    return bool(cancelled)


def mail_domain(base_url: str) -> str:
    """The host of the public address, for Message-IDs and the sender; `homeward.invalid` where that is no public
    name.
    """
    host = (urlsplit(base_url).hostname or "").lower()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host if is_address(f"x@{host}") else NO_DOMAIN
    return NO_DOMAIN


def name_domain(sessions: Sessions, base_url: str) -> None:
    """Let every session from here on write Message-IDs of this installation's domain."""
    sessions.configure(info={**sessions.kw.get("info", {}), _DOMAIN: mail_domain(base_url)})


def install_kick(sessions: Sessions, kick: Callable[[], None]) -> None:
    """Call `kick` after each commit of a transaction that queued messages, or a job to be done at once.

    `kick` must not raise and must not wait: a page is behind it. What it misses, the next sweep sends.
    """

    def committed(session: Session) -> None:
        # The release of a savepoint is told as a commit too, but nothing is in the database for others to see yet.
        if session.get_nested_transaction() is None and [mark for mark in _MARKS if session.info.pop(mark, False)]:
            kick()

    def rolled_back(session: Session) -> None:
        if session.get_nested_transaction() is None:
            for mark in _MARKS:
                session.info.pop(mark, None)

    event.listen(sessions, "after_commit", committed)
    event.listen(sessions, "after_rollback", rolled_back)


def _ends_a_line(character: str) -> bool:
    return ord(character) < 32 or ord(character) == 127 or character in "\x85\u2028\u2029"
