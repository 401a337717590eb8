"""The rollups say what a recount says, whatever happened in whatever order, on both databases."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.panels.status import PayerKind
from app.placements.models import Award, Placement
from app.placements.status import AwardStatus, PlacementStatus
from app.reporting.models import SavingBasis, SpendLine, SpendMonth
from app.reporting.recount import recount_differences
from app.reporting.rollup import bring_up_to_date, rebuild
from tests.factories.reporting import NOW, SpendMarket

TODAY = NOW.date()
days = st.integers(min_value=-500, max_value=200).map(lambda number: TODAY + dt.timedelta(days=number))


@st.composite
def lives(draw: st.DrawFn) -> dict[str, Any]:
    """How one placement may be: awarded, and perhaps begun, and perhaps ended early, in time or late."""
    first = draw(days)
    last = first + dt.timedelta(days=draw(st.integers(0, 500)))
    started = ended = None
    if first <= TODAY and draw(st.booleans()):
        started = draw(st.dates(first, min(last, TODAY)))
        if draw(st.booleans()):
            ended = draw(st.dates(started, max(started, TODAY)))
    kinds = draw(st.lists(st.sampled_from(list(PayerKind)), min_size=1, max_size=3, unique=True))
    return {
        "first_day": first,
        "last_day": last,
        "weekly": {kind: draw(st.integers(1, 2_500_000)) for kind in kinds},
        "started_on": started,
        "ended_on": ended,
        "benchmark": draw(st.none() | st.integers(1, 2_500_000)),
        "borough": draw(st.integers(0, 1)),
        "lot": draw(st.integers(0, 1)),
    }


def words(session: Session, now: dt.datetime = NOW) -> list[str]:
    return [difference.words for difference in recount_differences(session, now)]


def forget(session: Session) -> None:
    for table in (SpendLine, SpendMonth, SavingBasis):
        session.execute(delete(table))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lives=st.lists(lives(), min_size=1, max_size=5), chance=st.randoms(use_true_random=False), later=st.integers(0, 400)
)
def test_rollups_kept_act_by_act_equal_a_recount_and_a_rebuild(
    session: Session, market: SpendMarket, lives: list[dict[str, Any]], chance: random.Random, later: int
) -> None:
    ids: dict[int, str] = {}
    stages = [number for number in range(len(lives)) for _ in range(4)]
    chance.shuffle(stages)
    with session.begin_nested() as kept:
        for number in stages:
            act_upon(session, market, ids, number, lives[number])
        assert words(session) == []
        assert words(session, NOW + dt.timedelta(days=later)) == []
        before = _months(session)
        rebuild(session, NOW)
        assert _months(session) == before
        kept.rollback()


def act_upon(session: Session, market: SpendMarket, ids: dict[int, str], number: int, life: dict[str, Any]) -> None:
    """The next thing that happens to a placement: awarded, begun, ended, or told once more."""
    if number not in ids:
        ids[number] = market.place(**{**life, "started_on": None, "ended_on": None})
        market.write(session)
    else:
        placement = session.get_one(Placement, ids[number])
        if life["started_on"] and not placement.started_on:
            placement.started_on, placement.status = life["started_on"], PlacementStatus.LIVE
        elif life["ended_on"] and not placement.ended_on:
            placement.ended_on, placement.status = life["ended_on"], PlacementStatus.ENDED
    bring_up_to_date(session, ids[number])


def _months(session: Session) -> list[tuple[object, ...]]:
    months = SpendMonth.__table__
    pence = months.c.started_pence + months.c.planned_pence + months.c.unauthorised_pence
    return [tuple(row) for row in session.execute(select(months).where(pence > 0).order_by(*months.primary_key))]


def test_a_void_award_and_a_cancelled_placement_cost_nothing(session: Session, market: SpendMarket) -> None:
    first, last = TODAY - dt.timedelta(days=10), TODAY + dt.timedelta(days=100)
    void = market.place(first_day=first, last_day=last, weekly=100_000)
    cancelled = market.place(first_day=first, last_day=last, weekly=100_000)
    market.write(session)
    for placement_id in (void, cancelled):
        bring_up_to_date(session, placement_id)
    assert _months(session)
    award = session.get_one(Award, session.get_one(Placement, void).award_id)
    award.status = AwardStatus.VOID
    session.get_one(Placement, cancelled).status = PlacementStatus.CANCELLED
    for placement_id in (void, cancelled):
        bring_up_to_date(session, placement_id)
    assert _months(session) == []
    assert session.scalars(select(SpendLine.cost_line_id)).all() == []
    assert words(session) == []


def test_a_recount_names_what_a_rollup_lost(session: Session, market: SpendMarket) -> None:
    market.place(
        first_day=dt.date(2026, 9, 1), last_day=dt.date(2027, 8, 31), weekly=70_000, started_on=dt.date(2026, 9, 1)
    )
    market.write(session)
    found = words(session)
    assert any("spent" in one for one in found)
    assert any("month 2026-10-01 spent: the rollup says 0, the recount 310000" in one for one in found)
    rebuild(session, NOW)
    assert words(session) == []


def test_a_whole_market_is_rebuilt_and_agrees(session: Session, market: SpendMarket) -> None:
    market.fill(60)
    market.write(session)
    assert rebuild(session, NOW) == 60
    assert words(session) == []
