"""The whole from-by-to table of a request's status."""

from __future__ import annotations

import itertools

import pytest

from app.core.errors import WrongMove
from app.requests.status import REQUEST, RequestStatus

ALLOWED = {
    ("draft", "submitted"),
    ("draft", "withdrawn"),
    ("submitted", "draft"),
    ("submitted", "approved"),
    ("submitted", "withdrawn"),
    ("approved", "draft"),
    ("approved", "published"),
    ("approved", "placed_in_house"),
    ("approved", "withdrawn"),
    ("published", "awarded"),
    ("published", "unplaced"),
    ("published", "withdrawn"),
    ("awarded", "published"),
}


@pytest.mark.parametrize(("now", "then"), list(itertools.product(RequestStatus, RequestStatus)))
def test_a_request_moves_only_as_the_table_says(now: RequestStatus, then: RequestStatus) -> None:
    if (now.value, then.value) in ALLOWED:
        assert REQUEST.require(now, then) is then
    else:
        with pytest.raises(WrongMove):
            REQUEST.require(now, then)
