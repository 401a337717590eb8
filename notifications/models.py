"""The outbox: every message as it will be sent, written in the transaction of what caused it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Word, one_of
from notifications.status import Delivery

__all__ = ["Delivery", "OutboxMessage"]


class OutboxMessage(Base):
    """One e-mail. `key` names its cause, so that the same cause cannot write it twice; `message_id` stays the same
    over repeats.

    `claimed_by` is the token of the worker that is sending it: only who holds the claim may say how it ended.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        one_of("delivery", Delivery),
        Index("ix_outbox_message_due", "delivery", "due_at"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    address: Mapped[str] = mapped_column(String(254), index=True)
    template: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(250))
    text: Mapped[str]
    html: Mapped[str]
    delivery: Mapped[Delivery] = mapped_column(Word(Delivery), default=Delivery.WAITING)
    created_at: Mapped[dt.datetime] = mapped_column(index=True)
    due_at: Mapped[dt.datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(22))
    claimed_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]
