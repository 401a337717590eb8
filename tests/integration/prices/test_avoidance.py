"""What an uplift avoided: to the penny, once for each placement, and never in the sum against benchmarks."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.core.events import install
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.placements.models import Placement
from app.placements.status import PlacementStatus
from app.reporting import rollup, savings, uplifts
from app.reporting.models import UpliftBasis
from app.reporting.reach import Scope
from app.reporting.recount import recount_differences
from app.reporting.years import FinancialYear
from providers.services.events import UpliftAgreed
from providers.services.uplifts import negotiating
from providers.services.uplifts.models import Uplift
from tests.factories import providers as factory
from tests.factories.identity import make_actor
from tests.factories.prices import make_uplift, set_list
from tests.factories.providers import BASE_URL
from tests.factories.reporting import SpendMarket

CASES = sorted((Path(__file__).parents[2] / "cases" / "uplifts").glob("*.toml"))
ALL = Scope()


def agree(
    session: Session, market: SpendMarket, *, requested: int, agreed: int, agreed_on: dt.date, from_day: dt.date
) -> Uplift:
    """An uplift of the market's one company on its first lot, asked, answered and accepted on a day."""
    install(session, {UpliftAgreed: (rollup.on_uplift_agreed,)})
    now = dt.datetime.combine(agreed_on, dt.time(10), dt.UTC)
    company = make_actor(session, session.get_one(Organisation, market.service.organisation_id))
    hub: Actor = factory.make_commissioner(session)
    lot = market.lots[0]
    set_list(session, company, lot, now=now)
    uplift = make_uplift(session, company, lot, points=requested, from_day=from_day, now=now)
    given: dict[str, Any] = {"uplift_id": uplift.id, "now": now, "base_url": BASE_URL}
    negotiating.offer_figure(
        session,
        actor=hub,
        figures={lot.id: agreed},
        from_day=from_day,
        words="Made-up reasons",
        version=uplift.version,
        **given,
    )
    return negotiating.accept(session, actor=company, version=uplift.version, **given)


def avoided(session: Session, today: dt.date, year: int = 2026, scope: Scope = ALL) -> uplifts.UpliftAvoidance:
    method = savings.method_on(session, today)
    assert method is not None
    return uplifts.total(
        uplifts.uplift_avoidance(session, scope=scope, year=FinancialYear(year), today=today, method=method)
    )


@pytest.fixture
def spend(session: Session) -> SpendMarket:
    return SpendMarket.make(session)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_case_comes_out_as_worked_by_hand(session: Session, spend: SpendMarket, file: Path) -> None:
    case: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    for placement in case["placements"]:
        spend.place(**placement)
    spend.write(session)
    agree(session, spend, **case["uplift"])
    found = avoided(session, case["today"], case["year"])
    assert {name: getattr(found, name) for name in case["expected"]} == case["expected"]
    noon = dt.datetime.combine(case["today"], dt.time(12), dt.UTC)
    rollup.rebuild(session, noon)
    assert avoided(session, case["today"], case["year"]) == found
    assert [one.words for one in recount_differences(session, noon)] == []


def test_it_stands_beside_the_savings_against_benchmarks_and_in_none_of_their_sums(
    session: Session, spend: SpendMarket
) -> None:
    today = dt.date(2026, 11, 23)
    begun = today - dt.timedelta(days=100)
    for benchmark in (500_000, None):
        spend.place(
            first_day=begun,
            last_day=today + dt.timedelta(days=200),
            weekly=420_000,
            started_on=begun,
            benchmark=benchmark,
        )
    spend.write(session)
    rollup.rebuild(session, dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC))
    method, year = savings.method_on(session, today), FinancialYear(2026)
    assert method is not None

    def against_benchmarks() -> savings.Savings:
        return savings.total(savings.savings(session, scope=ALL, year=year, today=today, method=method))

    before = against_benchmarks()
    agree(
        session,
        spend,
        requested=500,
        agreed=200,
        agreed_on=today - dt.timedelta(days=50),
        from_day=today - dt.timedelta(days=40),
    )
    assert against_benchmarks() == before
    assert before.placements == 1
    found = avoided(session, today)
    assert (found.placements, found.also_benchmarked) == (2, 1)
    assert found.avoided > 0


def test_agreeing_again_counts_again_nothing_and_each_borough_sees_its_own(
    session: Session, spend: SpendMarket
) -> None:
    today = dt.date(2026, 11, 23)
    begun = today - dt.timedelta(days=100)
    for borough in (0, 1, 1):
        spend.place(
            borough=borough,
            first_day=begun,
            last_day=today + dt.timedelta(days=200),
            weekly=70_000,
            started_on=begun,
        )
    spend.write(session)
    uplift = agree(session, spend, requested=500, agreed=0, agreed_on=begun, from_day=today - dt.timedelta(days=6))
    before = avoided(session, today)
    event = UpliftAgreed(uplift.id, uplift.organisation_id, (spend.lots[0].id,), uplift.changed_at)
    rollup.on_uplift_agreed(session, event)
    for placement_id in session.scalars(select(Placement.id)).all():
        rollup.bring_up_to_date(session, placement_id)
    assert avoided(session, today) == before
    assert before.avoided == 3 * 3_500  # a week of 5% of £700.00, three times
    shares = [avoided(session, today, scope=Scope(organisation_id=one.id)).avoided for one in spend.boroughs]
    assert shares == [3_500, 7_000]


def test_a_placement_that_begins_before_the_day_of_a_figure_agreed_earlier_is_counted_when_it_starts(
    session: Session, spend: SpendMarket
) -> None:
    today = dt.date(2026, 11, 23)
    planned = today - dt.timedelta(days=30)
    placement_id = spend.place(first_day=planned, last_day=today + dt.timedelta(days=100), weekly=70_000)
    spend.write(session)
    agree(
        session,
        spend,
        requested=500,
        agreed=300,
        agreed_on=today - dt.timedelta(days=60),
        from_day=today - dt.timedelta(days=6),
    )
    assert avoided(session, today).placements == 0
    placement = session.get_one(Placement, placement_id)
    placement.status, placement.started_on = PlacementStatus.LIVE, planned
    rollup.bring_up_to_date(session, placement_id)
    assert avoided(session, today).avoided == 1_400
    assert session.scalars(select(UpliftBasis.first_number)).one() == (today - dt.timedelta(days=6)).toordinal()


def test_the_database_rounds_as_the_product_does(session: Session) -> None:
    first = dt.date(2026, 1, 1)
    cases = [
        (weekly, points, days)
        for weekly in (1, 3, 5_000, 7_000, 35_000, 123_457, 2_500_001)
        for points in (0, 1, 250, 333, 5_000)
        for days in (1, 2, 7, 30, 365)
    ]
    halves = 0
    for weekly, points, days in cases:
        last = first + dt.timedelta(days=days - 1)
        exact = weekly * points * days
        halves += exact % 70_000 == 35_000
        found = session.scalar(
            select(
                uplifts.risen(literal(weekly), literal(points), literal(first.toordinal()), literal(last.toordinal()))
            )
        )
        assert found == uplifts.risen_pence(weekly, points, first, last), (weekly, points, days)
    assert halves > 3
