"""The age that counts on a lot of supported accommodation: the one on the day, moved on from the request's (F-27)."""

from __future__ import annotations

import datetime as dt

import pytest

from app.core.policies import SHIPPED, read_file
from app.requests.statute import read_statute, why_unlawful, years_on
from providers.market.status import ServiceType

LAW = read_statute(read_file(SHIPPED / "statute_1.toml")[4])
NEEDED = dt.date(2026, 12, 10)
SIXTEEN = 835
"""The first number of completed weeks at which a child is 16."""


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
    years = years_on(weeks, NEEDED, NEEDED + dt.timedelta(days=days_later))
    assert (why_unlawful(LAW, service_type, years) is None) == allowed
