"""Tariffs of expected prices whose every price can be worked out by hand, and placements to fit one from. All made up.

Homes cost £4,000 a week at any age without needs. Each level of the first need multiplies that by 1.1, 1.2 and 1.5;
other needs change nothing. Nine in ten stay below 1.1 times the expected price, and eight in ten below 1.05 times.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.requests.prices.models import PriceTariff
from app.requests.prices.rules import price_rules_on
from app.requests.prices.tariff import Fitted, append_tariff
from tests.factories.requests import NOW, load_policies

BASE = 400_000
FIRST_NEED = (1.0, 1.1, 1.2, 1.5)
P80, P90 = 1.05, 1.1


def tariff_document(*, comparables: int = 30, base: int = BASE, kind: str = "residential") -> dict[str, Any]:
    """A TARIFF with one kind of placement."""
    flat = {"0": 1.0, "1": 1.0, "2": 1.0, "3": 1.0, "not_measured": 1.0}
    first = {str(level): multiplier for level, multiplier in enumerate(FIRST_NEED)} | {"not_measured": 1.0}
    none_counted = {"level_1_or_above": 0.0, "level_2_or_above": 0.0, "level_3": 0.0}
    prices = {
        "base_pence_week": float(base),
        "base_age": 12,
        "ages": [{"age": age, "multiplier": 1.0} for age in range(19)],
        "quarters": [{"quarter": "2026-Q1", "multiplier": 1.0}],
        "growth_per_year": 1.0,
        "needs": [
            {
                "indicator": number,
                "multipliers": first if number == 1 else flat,
                "not_measured_counts_as": none_counted,
            }
            for number in range(1, 13)
        ],
        "bands": [{"need_from": 0.0, "p80": P80, "p90": P90}],
        "bands_of": "all types",
    }
    return {
        "schema": "homeward-tariff/1",
        "method": ["Made up for a test."],
        "least_comparables": 30,
        "comparables": comparables,
        "first_start_date": "2026-01-01",
        "last_start_date": "2026-03-01",
        "held_out": None,
        "types": [
            {
                "placement_type": kind,
                "comparables": comparables,
                "prices": prices if comparables >= 30 else None,
            }
        ],
        "needs_together": {
            "pairs": [],
            "sum_of_levels": [{"count": count, "multiplier": 1.0} for count in range(37)],
            "needs_at_2_or_3": [{"count": count, "multiplier": 1.0} for count in range(13)],
            "needs_at_3": [{"count": count, "multiplier": 1.0} for count in range(13)],
        },
    }


def keep_tariff(
    session: Session, *, comparables: int = 30, base: int = BASE, now: dt.datetime = NOW, history: str = "a"
) -> PriceTariff:
    """Such a tariff as the next version. `history` tells the placements of one version from another's."""
    load_policies(session, now)
    rules = price_rules_on(session, local_date(now))
    assert rules is not None
    types = {
        "residential": {
            "comparables": comparables,
            "ages": [[age, base] for age in range(8, 14)],
            "by_total": [[0, base], [12, base * 11 // 10], [24, base * 12 // 10]],
            "example": {"age": 11, "base": base, "high": 1, "medium": 2, "price": base * 3 // 2},
        }
    }
    fitted = Fitted(
        placements=comparables,
        first_start=dt.date(2026, 1, 1),
        last_start=dt.date(2026, 3, 1),
        history_hash=(history * 64)[:64],
        document=tariff_document(comparables=comparables, base=base),
        figures={"types": types if comparables >= 30 else {}, "held_out": None},
    )
    return append_tariff(session, fitted=fitted, rules=rules, now=now)
