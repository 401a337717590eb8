"""Versions of the tariff of expected prices, and what one expected of each published request."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Pence, reference_to


class PriceTariff(Base):
    """A tariff as it was fitted: from how many placements of which days, under which policy, and how well it does.
    `history_hash` is of the placements it was fitted from, of whom nothing says who they are. Append-only by trigger:
    what a request froze can always be worked out again.
    """

    __tablename__ = "price_tariff"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("placements > 0 AND first_start <= last_start", name="fitted_from_some"),
    )

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    fitted_at: Mapped[dt.datetime]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    placements: Mapped[int]
    first_start: Mapped[dt.date]
    last_start: Mapped[dt.date]
    history_hash: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]


class PriceExpectation(Base):
    """What a tariff expected of a request on the day it was published, and the price above which an offer is asked to
    explain itself (`high_pence`, which no provider is told), each a week over a year of 52 weeks. `explain` says
    whether offers are asked at all. A request of a kind with too few comparables has no row. Append-only by trigger.
    """

    __tablename__ = "price_expectation"
    __table_args__ = (CheckConstraint("expected_pence > 0 AND high_pence > 0 AND comparables > 0", name="positive"),)

    id: Mapped[Id]
    request_id: Mapped[str] = reference_to("placement_request.id", unique=True)
    tariff_id: Mapped[str] = reference_to("price_tariff.id", index=False)
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    expected_pence: Mapped[Pence]
    high_pence: Mapped[Pence]
    comparables: Mapped[int]
    explain: Mapped[bool]
    frozen_at: Mapped[dt.datetime]
