"""Where a company's file stands."""

from __future__ import annotations

from enum import StrEnum

from app.core.lifecycle import Lifecycle


class BulkStatus(StrEnum):
    """A file from its upload to its end."""

    READING = "reading"
    READY = "ready"
    FAULTY = "faulty"
    APPLYING = "applying"
    APPLIED = "applied"
    STALE = "stale"


BULK = Lifecycle(
    words={
        BulkStatus.READING: "Being read",
        BulkStatus.READY: "To be confirmed",
        BulkStatus.FAULTY: "Has mistakes",
        BulkStatus.APPLYING: "Being imported",
        BulkStatus.APPLIED: "Imported",
        BulkStatus.STALE: "Out of date",
    },
    moves={
        BulkStatus.READING: {BulkStatus.READY, BulkStatus.FAULTY},
        BulkStatus.READY: {BulkStatus.APPLYING, BulkStatus.STALE},
        BulkStatus.FAULTY: set(),
        BulkStatus.APPLYING: {BulkStatus.APPLIED, BulkStatus.STALE},
        BulkStatus.APPLIED: set(),
        BulkStatus.STALE: set(),
    },
)
