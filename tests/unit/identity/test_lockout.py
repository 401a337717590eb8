"""How long an account locks."""

from __future__ import annotations

import datetime as dt

import pytest

from app.identity.lockout import lock_after


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [
        (0, None),
        (1, None),
        (4, None),
        (5, 15),
        (6, None),
        (9, None),
        (10, 30),
        (15, 60),
        (20, 120),
        (30, 480),
        (50, 480),
        (5_000_000, 480),
    ],
)
def test_the_lock_comes_at_every_fifth_failure_and_grows(failures: int, minutes: int | None) -> None:
    assert lock_after(failures) == (None if minutes is None else dt.timedelta(minutes=minutes))
