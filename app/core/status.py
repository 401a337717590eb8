"""Statuses of what belongs to no room."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class BatchStatus(StrEnum):
    """Long work that goes on behind the pages."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


BATCH = Lifecycle(
    words={
        BatchStatus.WAITING: "Waiting to begin",
        BatchStatus.RUNNING: "Under way",
        BatchStatus.DONE: "Done",
        BatchStatus.FAILED: "Stopped",
    },
    moves={
        BatchStatus.WAITING: {BatchStatus.RUNNING, BatchStatus.DONE, BatchStatus.FAILED},
        BatchStatus.RUNNING: {BatchStatus.DONE, BatchStatus.FAILED},
        BatchStatus.DONE: set(),
        BatchStatus.FAILED: set(),
    },
)
