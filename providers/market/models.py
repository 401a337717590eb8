"""Purchasing systems, lots and participation as data, so that a consortium sets up its own without code."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Word, one_of, reference_to
from providers.market.status import BandLevel, ProcurementMode, ServiceType, Strand


class PurchasingSystem(Base):
    """A dynamic purchasing system or dynamic market, under one procurement mode."""

    __tablename__ = "purchasing_system"
    __table_args__ = (
        one_of("mode", ProcurementMode),
        CheckConstraint("ends_on > starts_on", name="ends_after_start"),
        # A procurement begun on or after 24 February 2025 is under the Procurement Act 2023.
        CheckConstraint(
            "mode NOT IN ('pcr34', 'pcr_light_touch') OR begun_on < '2025-02-24'", name="pcr_begun_in_time"
        ),
        CheckConstraint(
            "mode NOT IN ('pa23_light_touch', 'pa23_dynamic_market') OR begun_on >= '2025-02-24'",
            name="act_begun_after",
        ),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    mode: Mapped[ProcurementMode] = mapped_column(Word(ProcurementMode))
    begun_on: Mapped[dt.date]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    created_at: Mapped[dt.datetime]


class Lot(Base):
    """A category (PCR) or part (Procurement Act) of a system that providers join and requests are published to."""

    __tablename__ = "lot"
    __table_args__ = (
        one_of("strand", Strand),
        one_of("service_type", ServiceType),
        UniqueConstraint("system_id", "name"),
    )

    id: Mapped[Id]
    system_id: Mapped[str] = mapped_column(ForeignKey("purchasing_system.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    strand: Mapped[Strand] = mapped_column(Word(Strand))
    service_type: Mapped[ServiceType] = mapped_column(Word(ServiceType))
    opens_on: Mapped[dt.date]
    closes_on: Mapped[dt.date]

    system: Mapped[PurchasingSystem] = relationship()


class Participation(Base):
    """A borough takes part in a lot between dates; one may join residential only, another later."""

    __tablename__ = "participation"
    __table_args__ = (
        UniqueConstraint("lot_id", "organisation_id", "first_day"),
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="days_in_order"),
    )

    id: Mapped[Id]
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"), index=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date | None]

    lot: Mapped[Lot] = relationship()


class PriceBand(Base):
    """What a price list of a lot is priced by: ages (whole years, both included) and how much a child needs."""

    __tablename__ = "price_band"
    __table_args__ = (
        one_of("level", BandLevel),
        UniqueConstraint("lot_id", "name"),
        UniqueConstraint("lot_id", "min_age", "max_age", "level"),
        CheckConstraint("min_age >= 0 AND max_age >= min_age AND max_age <= 25", name="ages"),
    )

    id: Mapped[Id]
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    min_age: Mapped[int]
    max_age: Mapped[int]
    level: Mapped[BandLevel] = mapped_column(Word(BandLevel))
    position: Mapped[int]

    lot: Mapped[Lot] = relationship()
