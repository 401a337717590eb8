"""For how long a child's record must be kept. The years are a policy (`retention`), which says its source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.children.events import Holding
from app.core import policies

POLICY = "retention"


@dataclass(frozen=True)
class Retention:
    """Until when a record must be kept, for whom that is so, and the policy version that says it."""

    until: dt.date
    looked_after: bool
    years: int
    source: str
    policy_version_id: str

    def over(self, today: dt.date) -> bool:
        """Whether the time is over: on the day itself it is."""
        return today >= self.until


def anniversary(born: dt.date, years: int) -> dt.date:
    """The anniversary of a birth; of one on 29 February it is 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return dt.date(born.year + years, 3, 1)


def retention_of(session: Session, *, born: dt.date, holdings: Sequence[Holding], today: dt.date) -> Retention:
    """Until when the record of a child must be kept, by all that is held of them."""
    policy = policies.in_force(session, POLICY, today)
    looked_after = any(one.looked_after for one in holdings)
    years = int(policy.content["years_from_birth"]["looked_after" if looked_after else "other"])
    return Retention(anniversary(born, years), looked_after, years, policy.source, policy.id)
