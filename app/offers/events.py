"""What happens to offers that other rooms answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class ShortlistFrozen:
    """The deadline has passed, offers were opened and ranked."""

    request_id: str
    evaluation_id: str
    offers: int
    now: dt.datetime
