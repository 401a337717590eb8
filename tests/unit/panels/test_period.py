"""The age that counts on a lot of supported accommodation: the one on the day, moved on from the request's (F-27)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app.panels.period import too_young
from app.requests.models import PlacementRequest
from providers.market.models import Lot
from providers.market.status import ServiceType

NEEDED = dt.date(2026, 12, 10)
SIXTEEN = 835
"""The first number of completed weeks at which a child is 16."""


class OneLot:
    """Stands in for a session that knows one lot."""

    def __init__(self, service_type: ServiceType) -> None:
        self.lot = Lot(service_type=service_type)

    def get(self, *_: Any) -> Lot:
        return self.lot


@pytest.mark.parametrize(
    ("service_type", "weeks", "days_later", "allowed"),
    [
        (ServiceType.SUPPORTED, SIXTEEN, 0, True),
        (ServiceType.SUPPORTED, SIXTEEN - 1, 0, False),
        (ServiceType.SUPPORTED, SIXTEEN - 1, 6, False),
        (ServiceType.SUPPORTED, SIXTEEN - 1, 7, True),
        (ServiceType.SUPPORTED, SIXTEEN, -1, False),
        (ServiceType.RESIDENTIAL, SIXTEEN - 400, 0, True),
    ],
)
def test_a_child_is_sixteen_on_the_day(service_type: ServiceType, weeks: int, days_later: int, allowed: bool) -> None:
    request = PlacementRequest(lot_id="a lot", age_weeks=weeks, needed_from=NEEDED)
    session: Any = OneLot(service_type)
    assert (too_young(session, request, NEEDED + dt.timedelta(days=days_later)) is None) == allowed
