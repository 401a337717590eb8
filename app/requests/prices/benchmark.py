"""The benchmark of a request and what is expected of its price: worked out in one way for the page that shows what
would be frozen and for the act that freezes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.requests.models import PlacementRequest
from app.requests.prices.models import PriceExpectation
from app.requests.prices.rules import HOUSE_TABLE, INSUFFICIENT, PriceRules, price_rules_on
from app.requests.prices.tariff import Expected, expected_price, tariff_at
from app.requests.rules import Benchmark, benchmark_on
from providers.market.status import ServiceType


@dataclass(frozen=True)
class BenchmarkChoice:
    """Which benchmark a request would freeze now, and why that one. `expected` is what the tariff in force expects,
    whichever is frozen; None where there are too few comparables, or no tariff.
    """

    benchmark: Benchmark | None
    why: str
    expected: Expected | None
    rules: PriceRules | None


def choose_benchmark(
    session: Session,
    *,
    service_type: ServiceType,
    age_weeks: int,
    needs: Sequence[int | None],
    starts_on: dt.date | None,
    now: dt.datetime,
) -> BenchmarkChoice:
    """The tariff's expected price where the policy prefers it and it has enough comparables; else the house table's;
    else none.
    """
    today = local_date(now)
    rules = price_rules_on(session, today)
    tariff = tariff_at(session, now)
    expected = (
        expected_price(
            tariff,
            rules,
            service_type=service_type,
            age_weeks=age_weeks,
            needs=needs,
            starts_on=starts_on or today,
        )
        if rules is not None and tariff is not None
        else None
    )
    if expected is not None and rules is not None and rules.benchmark != HOUSE_TABLE:
        source = (
            f"Expected price by the tariff of placements on record, {expected.words}, from {expected.comparables} "
            "comparable placements."
        )
        benchmark = Benchmark(expected.expected_pence, source, rules.policy_version_id)
        return BenchmarkChoice(benchmark, "The tariff has enough comparable placements.", expected, rules)
    house = benchmark_on(session, service_type, age_weeks, today)
    then = "so the house table's price is frozen" if house else "and the house table has no price for this age"
    if tariff is None or rules is None:
        why = f"{INSUFFICIENT}: no tariff has been fitted yet"
    elif rules.benchmark == HOUSE_TABLE:
        why = "The policy keeps to the house table"
    else:
        why = f"{INSUFFICIENT} of this kind and age (fewer than {rules.least_comparables}, or none of about that age)"
    return BenchmarkChoice(house, f"{why}, {then}.", expected, rules)


def freeze_expectation(session: Session, request: PlacementRequest, choice: BenchmarkChoice, now: dt.datetime) -> None:
    """Keep what was expected of a request that is being published, once."""
    expected, rules = choice.expected, choice.rules
    if expected is None or rules is None:
        return
    session.add(
        PriceExpectation(
            request_id=request.id,
            tariff_id=expected.tariff_id,
            policy_version_id=rules.policy_version_id,
            expected_pence=expected.expected_pence,
            high_pence=expected.high_pence,
            comparables=expected.comparables,
            explain=rules.explain_above_p90,
            frozen_at=now,
        )
    )
    session.flush()


def expectation_of(session: Session, request_id: str) -> PriceExpectation | None:
    """What was expected of a published request, for the rooms above, which decide who may see it."""
    return session.scalar(select(PriceExpectation).where(PriceExpectation.request_id == request_id))
