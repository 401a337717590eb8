"""What happens to the facts behind a quality score that other use cases answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class OutcomeRecorded:
    """A borough said how a placement goes, or corrected what it had said."""

    outcome_id: str
    urn: str
    at: dt.datetime


@dataclass(frozen=True)
class ComplianceRecorded:
    """The hub recorded how a contract is kept, or corrected what it had recorded."""

    check_id: str
    urn: str
    at: dt.datetime
