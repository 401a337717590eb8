"""The moves of a message and the times at which it is tried again."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest

from app.core import jobs
from app.core.errors import WrongMove
from notifications import delivery
from notifications.status import DELIVERY, Delivery

ALLOWED = {
    ("waiting", "sending"),
    ("waiting", "cancelled"),
    ("sending", "sent"),
    ("sending", "waiting"),
    ("sending", "failed"),
}


@pytest.mark.parametrize(("now", "then"), list(product(Delivery, Delivery)))
def test_a_message_moves_along_its_table_and_nowhere_else(now: Delivery, then: Delivery) -> None:
    assert DELIVERY.allows(now, then) == ((now.value, then.value) in ALLOWED)
    if (now.value, then.value) not in ALLOWED:
        with pytest.raises(WrongMove):
            DELIVERY.require(now, then, "The message")


def test_a_message_is_tried_for_five_days_and_then_given_up() -> None:
    waits = [delivery.wait_after(attempts) for attempts in range(1, delivery.MOST_ATTEMPTS)]
    known = [wait for wait in waits if wait is not None]
    assert len(known) == len(waits)
    assert [wait // dt.timedelta(minutes=1) for wait in known[:10]] == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]
    assert sum(known, dt.timedelta()) >= dt.timedelta(days=4, hours=20)
    assert sum(known, dt.timedelta()) <= dt.timedelta(days=5, hours=4)
    assert delivery.wait_after(delivery.MOST_ATTEMPTS) is None


def test_a_job_is_never_given_up() -> None:
    assert [jobs.wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 8, 1000)] == [30, 60, 120, 3600, 3600]


def test_one_message_always_fits_into_what_is_left_of_a_claim() -> None:
    from notifications.transports import SECONDS_A_STEP

    # Greeting, hello, TLS, hello, three of signing in; sender, recipient, data, content.
    assert 11 * SECONDS_A_STEP < delivery.ENOUGH_FOR_ONE.total_seconds() < delivery.CLAIM.total_seconds()
