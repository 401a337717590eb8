"""Versions of the tariff: appending one, the one in force, and what it expects of a placement.

A version stands from the moment at which it was fitted until the next. Nothing is edited; a request keeps the version
that it froze.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.ages import years_of
from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict
from app.core.workdays import date_words
from app.requests.prices.models import PriceTariff
from app.requests.prices.rules import PriceRules
from matching.fit.price import read_tariff
from providers.market.status import ServiceType


@dataclass(frozen=True)
class Fitted:
    """A tariff that was fitted and is not kept yet. `figures` are what is published of it."""

    placements: int
    first_start: dt.date
    last_start: dt.date
    history_hash: str
    document: dict[str, Any]
    figures: dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """What a version of the tariff expects of a placement: pence a week over a year of 52 weeks. `high_pence` is what
    nine in ten such placements stay below, and no provider is told it.
    """

    tariff_id: str
    words: str
    expected_pence: int
    high_pence: int
    comparables: int


def tariff_at(session: Session, at: dt.datetime) -> PriceTariff | None:
    """The version in force at a moment; None before the first."""
    return session.scalar(
        select(PriceTariff).where(PriceTariff.fitted_at <= at).order_by(PriceTariff.number.desc()).limit(1)
    )


def latest_tariff(session: Session) -> PriceTariff | None:
    """The version with the highest number."""
    return session.scalar(select(PriceTariff).order_by(PriceTariff.number.desc()).limit(1))


def append_tariff(session: Session, *, fitted: Fitted, rules: PriceRules, now: dt.datetime) -> PriceTariff:
    """Keep a fitted tariff as the next version. Conflict where the latest was fitted from the very same placements."""
    latest = latest_tariff(session)
    if latest is not None and latest.history_hash == fitted.history_hash:
        raise Conflict(f"Version {latest.number} of the tariff was fitted from the same placements.")
    tariff = PriceTariff(
        number=latest.number + 1 if latest else 1,
        fitted_at=now,
        policy_version_id=rules.policy_version_id,
        placements=fitted.placements,
        first_start=fitted.first_start,
        last_start=fitted.last_start,
        history_hash=fitted.history_hash,
        document=fitted.document,
        figures=fitted.figures,
    )
    session.add(tariff)
    session.flush()
    audit.record(
        session,
        now=now,
        who=None,
        act="requests.tariff.append",
        subject_kind="tariff",
        subject_id=tariff.id,
        number=tariff.number,
        placements=tariff.placements,
        history=tariff.history_hash,
    )
    return tariff


def tariff_words(tariff: PriceTariff) -> str:
    """Version 3 of 12 November 2026."""
    return f"version {tariff.number} of {date_words(local_date(tariff.fitted_at))}"


def expected_price(
    tariff: PriceTariff,
    rules: PriceRules,
    *,
    service_type: ServiceType,
    age_weeks: int,
    needs: Sequence[int | None],
    starts_on: dt.date,
) -> Expected | None:
    """What a version expects of a placement; None where its kind has too few comparables, or none of about that age:
    what babies cost in a kind of home that has none on record, nobody knows.
    """
    ages = [age for age, _ in tariff.figures["types"].get(service_type.value, {}).get("ages", ())]
    years, beyond = years_of(age_weeks), rules.years_beyond_record
    if not ages or not ages[0] - beyond <= years <= ages[-1] + beyond:
        return None
    price = read_tariff(tariff.document).price(service_type.value, years, tuple(needs), starts_on)
    if price.expected is None or price.p90 is None or price.comparables < rules.least_comparables:
        return None
    return Expected(tariff.id, tariff_words(tariff), price.expected, price.p90, price.comparables)
