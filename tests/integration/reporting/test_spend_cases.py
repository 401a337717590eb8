"""Spend, commitment and savings to the penny, against examples worked by hand in tests/cases/spend, and the laws that
every market keeps: months and boroughs sum to the whole.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.errors import NotAllowed
from app.identity.status import OrganisationKind, Role
from app.panels.status import PayerKind
from app.reporting import savings, spend
from app.reporting.reach import Scope, scope_of
from app.reporting.recount import recount_differences
from app.reporting.rollup import rebuild
from app.reporting.spend import paid
from app.reporting.years import FinancialYear, month_after
from tests.factories.identity import actor_of
from tests.factories.reporting import NOW, TODAY, SpendMarket

CASES = sorted((Path(__file__).parents[2] / "cases" / "spend").glob("*.toml"))
ALL = Scope()


def total_of(session: Session, scope: Scope, year: FinancialYear, today: dt.date) -> spend.Money:
    running = spend.running_on(session, scope=scope, today=today)
    return spend.total(part.money for part in spend.spend(session, scope=scope, year=year, running=running))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_an_example_comes_out_as_worked_by_hand(session: Session, market: SpendMarket, file: Path) -> None:
    case: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    for placement in case["placements"]:
        weekly = {PayerKind(kind): pence for kind, pence in placement.pop("weekly").items()}
        market.place(weekly=weekly, **placement)
    market.write(session)
    rebuild(session, NOW)
    expected, today, year = case["expected"], case["today"], FinancialYear(case["year"])
    money = total_of(session, ALL, year, today)
    assert {name: expected[name] for name in ("spent", "unauthorised", "this_year", "later")} == {
        "spent": money.spent,
        "unauthorised": money.unauthorised,
        "this_year": money.this_year,
        "later": money.later,
    }
    running = spend.running_on(session, scope=ALL, today=today)
    for month, pence in expected["months"].items():
        first = dt.date.fromisoformat(f"{month}-01")
        (found,) = spend.months(session, scope=ALL, first=first, last=first, running=running)
        assert (month, found.spent) == (month, pence)
    parts = spend.spend(session, scope=ALL, year=year, running=running)
    budgets = {str(kind): sums.spent for kind, sums in spend.by(parts, lambda part: part.payer_kind).items()}
    assert budgets == expected["budgets"]
    method = savings.method_on(session, today)
    assert method is not None
    assert not method.cashable
    whole = savings.total(savings.savings(session, scope=ALL, year=year, today=today, method=method))
    assert {name: getattr(whole, name) for name in expected["savings"]} == expected["savings"]
    assert [one.words for one in recount_differences(session, dt.datetime.combine(today, dt.time(12), dt.UTC))] == []


def test_boroughs_lots_and_months_sum_to_the_whole(session: Session, market: SpendMarket) -> None:
    market.fill(40, seed=7)
    market.write(session)
    rebuild(session, NOW)
    year = FinancialYear(2026)
    whole = total_of(session, ALL, year, TODAY)
    by_borough = [total_of(session, Scope(organisation_id=one.id), year, TODAY) for one in market.boroughs]
    by_lot = [total_of(session, Scope(lot_id=one.id), year, TODAY) for one in market.lots]
    assert spend.total(by_borough) == whole
    assert spend.total(by_lot) == whole
    running = spend.running_on(session, scope=ALL, today=TODAY)
    months = spend.months(session, scope=ALL, first=year.months[0], last=year.months[-1], running=running)
    assert sum(month.spent for month in months) == whole.spent
    assert sum(month.unauthorised for month in months) == whole.unauthorised
    assert sum(month.committed for month in months) == whole.this_year
    after = month_after(year.months[-1])
    later = spend.months(session, scope=ALL, first=after, last=month_after(after, 60), running=running)
    assert sum(month.committed for month in later) == whole.later


def test_savings_of_boroughs_sum_to_the_whole_and_placements_to_both(session: Session, market: SpendMarket) -> None:
    market.fill(40, seed=8)
    market.write(session)
    rebuild(session, NOW)
    method, year = savings.method_on(session, TODAY), FinancialYear(2026)
    assert method is not None
    whole = savings.total(savings.savings(session, scope=ALL, year=year, today=TODAY, method=method))
    parts = [
        savings.total(
            savings.savings(session, scope=Scope(organisation_id=one.id), year=year, today=TODAY, method=method)
        )
        for one in market.boroughs
    ]
    assert sum(parts, savings.Savings()) == whole
    for order in savings.ORDERS:
        rows = savings.counted_placements(
            session, scope=ALL, year=year, today=TODAY, method=method, order=order, descending=True, limit=None
        )
        assert len({row.reference for row in rows}) == len(rows) == whole.placements
        assert sum(row.saving for row in rows) == whole.saving
        assert sum(row.full_saving for row in rows) == whole.full_saving
    assert any(row.saving < 0 for row in rows)


def test_a_borough_reaches_its_own_spend_and_the_hub_everybodys(session: Session, market: SpendMarket) -> None:
    hub = actor_of(OrganisationKind.HUB, Role.COMMISSIONER)
    director = actor_of(OrganisationKind.BOROUGH, Role.DIRECTOR)
    assert scope_of(hub) == ALL
    assert scope_of(hub, borough_id="b", lot_id="l") == Scope("b", "l")
    assert scope_of(director, borough_id="another") == Scope(director.organisation_id, own=True)
    for actor in (
        actor_of(OrganisationKind.BOROUGH, Role.PLACEMENT_OFFICER),
        actor_of(OrganisationKind.HUB, Role.HUB_ADMINISTRATOR),
        actor_of(OrganisationKind.PROVIDER, Role.PROVIDER_ADMINISTRATOR),
    ):
        with pytest.raises(NotAllowed):
            scope_of(actor)


def test_without_a_savings_policy_no_saving_is_claimed(session: Session, market: SpendMarket) -> None:
    assert savings.method_on(session, dt.date(2019, 12, 31)) is None


def test_the_database_rounds_as_the_product_does(session: Session) -> None:
    from sqlalchemy import literal, select

    from app.core.money import accrue

    first = dt.date(2026, 1, 1)
    for weekly in (1, 2, 3, 4, 5, 6, 7, 8, 99_999, 123_457, 2_500_001):
        for days in (1, 2, 3, 4, 5, 6, 7, 30, 31, 365):
            last = first + dt.timedelta(days=days - 1)
            found = session.scalar(select(paid(literal(weekly), literal(first.toordinal()), literal(last.toordinal()))))
            assert found == accrue(weekly, first, last)
