"""Reading the outbox: the demonstration's mailbox, and how much waits to leave."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from notifications.models import OutboxMessage
from notifications.status import Delivery


@dataclass(frozen=True)
class MailboxRow:
    """One line of the mailbox."""

    id: str
    address: str
    subject: str
    written_at: dt.datetime
    delivery: Delivery


@dataclass(frozen=True)
class MailboxMessage(MailboxRow):
    """One message as it leaves, whole."""

    message_id: str
    text: str
    html: str
    sent_at: dt.datetime | None


@dataclass(frozen=True)
class Backlog:
    """What is in flight and what failed. `oldest_due` is None when nothing is due."""

    waiting: int
    oldest_due: dt.datetime | None
    failed: int


def mailbox(session: Session, *, address: str = "", limit: int, offset: int) -> tuple[list[MailboxRow], int]:
    """Messages to addresses that contain `address` (any, if it is empty), newest first, and how many there are in
    all.
    """
    which = [OutboxMessage.address.icontains(address, autoescape=True)] if address else []
    total = session.scalar(select(func.count()).select_from(OutboxMessage).where(*which)) or 0
    rows = session.execute(
        select(
            OutboxMessage.id,
            OutboxMessage.address,
            OutboxMessage.subject,
            OutboxMessage.created_at,
            OutboxMessage.delivery,
        )
        .where(*which)
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id)
        .limit(limit)
        .offset(offset)
    )
    return [MailboxRow(*row) for row in rows], total


def mailbox_message(session: Session, id_: str) -> MailboxMessage:
    """One message. Raises NotFound."""
    row = session.get(OutboxMessage, id_)
    if row is None:
        raise NotFound("message")
    return MailboxMessage(
        id=row.id,
        address=row.address,
        subject=row.subject,
        written_at=row.created_at,
        delivery=row.delivery,
        message_id=row.message_id,
        text=row.text,
        html=row.html,
        sent_at=row.sent_at,
    )


def backlog(session: Session, now: dt.datetime) -> Backlog:
    """How much waits to leave, since when, and how much could not."""
    in_flight = OutboxMessage.delivery.in_([Delivery.WAITING, Delivery.SENDING])
    waiting, oldest = session.execute(
        select(func.count(), func.min(OutboxMessage.due_at)).where(in_flight, OutboxMessage.due_at <= now)
    ).one()
    failed = session.scalar(
        select(func.count()).select_from(OutboxMessage).where(OutboxMessage.delivery == Delivery.FAILED)
    )
    return Backlog(waiting, oldest, failed or 0)
