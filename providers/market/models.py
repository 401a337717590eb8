"""Purchasing systems, lots and participation as data, so that a consortium sets up its own without code."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Pence, Word, one_of, reference_to
from providers.market.status import BandLevel, NoticeKind, ProcurementMode, ServiceType, Strand


class PurchasingSystem(Base):
    """A dynamic purchasing system or dynamic market, under one procurement mode.

    `conditions` are those of membership, as providers read them. Once a system is established, a trigger keeps them as
    they are in the modes that fix them (fixed.py, F-6). There is no column for how many may join: nothing limits it
    (F-1).
    """

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
        # Regulation 34 forbids every charge; the Act allows one to a supplier that is awarded a contract only (F-5).
        CheckConstraint(
            "mode <> 'pcr34' OR (membership_fee_pence IS NULL AND award_fee_pence IS NULL)", name="no_fee_under_34"
        ),
        CheckConstraint(
            "mode NOT IN ('pa23_light_touch', 'pa23_dynamic_market') OR membership_fee_pence IS NULL",
            name="act_fee_on_award_only",
        ),
        CheckConstraint(
            "(membership_fee_pence IS NULL OR membership_fee_pence > 0) "
            "AND (award_fee_pence IS NULL OR award_fee_pence > 0)",
            name="fees_are_sums",
        ),
        CheckConstraint(
            "established_on IS NULL OR mode NOT IN ('pcr34', 'pa23_dynamic_market') OR length(conditions) > 0",
            name="established_with_conditions",
        ),
        # What a round refers to, so that the database itself knows which modes have rounds.
        UniqueConstraint("id", "mode"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    mode: Mapped[ProcurementMode] = mapped_column(Word(ProcurementMode))
    begun_on: Mapped[dt.date]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    established_on: Mapped[dt.date | None]
    conditions: Mapped[str] = mapped_column(default="")
    membership_fee_pence: Mapped[Pence | None]
    award_fee_pence: Mapped[Pence | None]
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class ApplicationRound(Base):
    """Days between which a light-touch system takes applications, both included. A system without rounds is open at
    any time (F-1).
    """

    __tablename__ = "application_round"
    __table_args__ = (
        ForeignKeyConstraint(["system_id", "mode"], ["purchasing_system.id", "purchasing_system.mode"]),
        # Regulation 34 and the Act's dynamic markets are open at any time of their validity (F-1).
        CheckConstraint("mode IN ('pcr_light_touch', 'pa23_light_touch')", name="light_touch_only"),
        CheckConstraint("closes_on >= opens_on", name="days_in_order"),
        UniqueConstraint("system_id", "opens_on"),
    )

    id: Mapped[Id]
    system_id: Mapped[str] = mapped_column(String(22))
    mode: Mapped[ProcurementMode] = mapped_column(Word(ProcurementMode))
    opens_on: Mapped[dt.date]
    closes_on: Mapped[dt.date]


class MarketNotice(Base):
    """A notice about a system that was published elsewhere: which, under what reference, when."""

    __tablename__ = "market_notice"
    __table_args__ = (one_of("kind", NoticeKind), UniqueConstraint("system_id", "kind", "reference"))

    id: Mapped[Id]
    system_id: Mapped[str] = mapped_column(ForeignKey("purchasing_system.id"), index=True)
    kind: Mapped[NoticeKind] = mapped_column(Word(NoticeKind))
    reference: Mapped[str] = mapped_column(String(60))
    published_on: Mapped[dt.date]
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]


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
    version: Mapped[int] = mapped_column(default=1)

    system: Mapped[PurchasingSystem] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


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
    version: Mapped[int] = mapped_column(default=1)

    lot: Mapped[Lot] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
