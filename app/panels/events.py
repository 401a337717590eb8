"""What happens on a panel that other rooms answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class DecisionRecorded:
    """A decision stands and, where it approves, waits for its signatures."""

    decision_id: str
    now: dt.datetime


@dataclass(frozen=True)
class AuthorityGiven:
    """There is an authority that an award may cite."""

    authority_id: str
    now: dt.datetime
