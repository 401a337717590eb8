"""Where a message is on its way out, and the only moves that it can make."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class Delivery(StrEnum):
    """Where a message is. `waiting` and `sending` are in flight; the others are final until a person acts."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


DELIVERY: Lifecycle[Delivery] = Lifecycle(
    words={
        Delivery.WAITING: "Waiting",
        Delivery.SENDING: "Sending",
        Delivery.SENT: "Sent",
        Delivery.FAILED: "Failed",
        Delivery.CANCELLED: "Cancelled",
    },
    moves={
        Delivery.WAITING: {Delivery.SENDING, Delivery.CANCELLED},
        # Back to waiting: to be tried again later, or given up by a worker that died.
        Delivery.SENDING: {Delivery.SENT, Delivery.WAITING, Delivery.FAILED},
        Delivery.SENT: set(),
        Delivery.FAILED: set(),
        Delivery.CANCELLED: set(),
    },
)
