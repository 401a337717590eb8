"""What happens to an award or a placement that other rooms answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Awarded:
    """An offer was awarded; a placement waits to start."""

    award_id: str
    placement_id: str
    now: dt.datetime


@dataclass(frozen=True)
class PlacementStarted:
    """The child has moved in."""

    placement_id: str
    now: dt.datetime


@dataclass(frozen=True)
class PlacementConfirmed:
    """A panel's authority took the place of an emergency's: the placement's days and cost lines changed."""

    placement_id: str
    now: dt.datetime
