"""Whose approval a location needs, by where it is: the law's distance is not miles (F-37, F-38)."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest

from app.core.errors import WrongMove
from app.core.geography import LocationClass
from app.core.policies import SHIPPED, read_file
from app.placements.location import NEEDED_WORDS, approved_late, classify, may_start, needed_for
from app.placements.models import LocationApproval
from app.placements.status import (
    APPROVAL,
    AWARD,
    PLACEMENT,
    ApprovalNeeded,
    ApprovalStatus,
    AwardStatus,
    PlacementStatus,
)
from app.requests.statute import read_statute

LAW = read_statute(read_file(SHIPPED / "statute_1.toml")[4])
CROYDON, SUTTON, BRENT, MANCHESTER = "E09000008", "E09000029", "E09000005", "E08000003"


@pytest.mark.parametrize(
    ("placing", "located", "expected"),
    [
        (CROYDON, CROYDON, ApprovalNeeded.NONE),
        (CROYDON, SUTTON, ApprovalNeeded.NOMINATED_OFFICER),
        # A dozen miles away, and yet beyond every adjoining authority.
        (CROYDON, BRENT, ApprovalNeeded.DIRECTOR),
        (CROYDON, MANCHESTER, ApprovalNeeded.DIRECTOR),
        (CROYDON, None, ApprovalNeeded.DIRECTOR),
        (None, SUTTON, ApprovalNeeded.DIRECTOR),
    ],
)
def test_the_approval_follows_from_boundaries_alone(
    placing: str | None, located: str | None, expected: ApprovalNeeded
) -> None:
    assert needed_for(LAW.locations[classify(placing, located)]) is expected


def test_every_class_has_its_approval_and_its_words() -> None:
    assert set(LAW.locations) == set(LocationClass)
    assert all(one.words and one.says and one.basis for one in LAW.locations.values())
    assert {one.approval.value for one in LAW.locations.values()} == {one.value for one in ApprovalNeeded}
    assert set(NEEDED_WORDS) == set(ApprovalNeeded)


MOVES = {
    AWARD: {("live", "void")},
    APPROVAL: {("asked", "given"), ("asked", "refused"), ("asked", "not_needed"), ("refused", "asked")},
    PLACEMENT: {("awaiting_start", "live"), ("awaiting_start", "cancelled"), ("live", "ended")},
}


@pytest.mark.parametrize(
    ("words", "cycle"),
    [(AwardStatus, AWARD), (ApprovalStatus, APPROVAL), (PlacementStatus, PLACEMENT)],
    ids=["award", "approval", "placement"],
)
def test_a_status_moves_as_its_table_says_and_no_other_way(words: Any, cycle: Any) -> None:
    for before, after in itertools.product(words, words):
        if (before.value, after.value) in MOVES[cycle]:
            assert cycle.require(before, after, "It") is after
        else:
            with pytest.raises(WrongMove):
                cycle.require(before, after, "It")


START = dt.date(2026, 12, 10)
DAY = dt.timedelta(days=1)
NEVER = None


def approval(
    needed: ApprovalNeeded, given: dt.date | None, notified: dt.date | None, consulted: dt.date | None = None
) -> LocationApproval:
    return LocationApproval(
        needed=needed,
        status=ApprovalStatus.GIVEN if given else ApprovalStatus.ASKED,
        decided_at=dt.datetime.combine(given, dt.time(9), dt.UTC) if given else None,
        authority_notified_on=notified,
        authority_consulted_on=consulted,
    )


# Each of approval, consultation and notification: a day before the start, on it, a day after it, or never.
GRID = list(
    itertools.product(
        (ApprovalNeeded.NOMINATED_OFFICER, ApprovalNeeded.DIRECTOR),
        (START - DAY, START, START + DAY, NEVER),
        (START - DAY, START, START + DAY, NEVER),
        (START - DAY, START, START + DAY, NEVER),
        (False, True),
    )
)


@pytest.mark.parametrize(("needed", "given", "notified", "consulted", "emergency"), GRID)
def test_no_start_before_its_approval_and_notification_but_in_an_emergency(
    needed: ApprovalNeeded,
    given: dt.date | None,
    notified: dt.date | None,
    consulted: dt.date | None,
    emergency: bool,
) -> None:
    asked = given is not None and (
        needed is not ApprovalNeeded.DIRECTOR or (consulted is not None and consulted <= given)
    )
    in_time = given is not None and given <= START and notified is not None and notified <= START
    row = approval(needed, given, notified, consulted)
    assert (may_start(row, emergency=emergency, started_on=START) is None) == (asked and (emergency or in_time))
    assert approved_late(row, START) == (given == START + DAY)


def test_in_the_own_area_a_start_needs_nothing() -> None:
    row = LocationApproval(needed=ApprovalNeeded.NONE, status=ApprovalStatus.NOT_NEEDED)
    assert may_start(row, emergency=False, started_on=START) is None
