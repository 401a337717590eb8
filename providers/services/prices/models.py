"""Price lists as rows that are only ever added, and the discounts of a company on a lot."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Pence, Word, one_of, reference_to


class DiscountKind(StrEnum):
    """What a discount is given for. The order is that in which discounts are taken off and shown."""

    SIBLING = "sibling"
    LONG_TERM = "long_term"
    VOLUME = "volume"


KIND_WORDS: dict[DiscountKind, str] = {
    DiscountKind.SIBLING: "Brothers and sisters placed together",
    DiscountKind.LONG_TERM: "Long placements",
    DiscountKind.VOLUME: "Placements with the consortium",
}


class ListPrice(Base):
    """What a service charges a child of a band from a day on, in pence a week by element over so many weeks a year.

    A row is never changed. The one with the latest `from_day` not after a day counts on that day, so a list needs no
    last day and its prices cannot overlap; of several for one day the highest `number` counts.
    """

    __tablename__ = "list_price"
    __table_args__ = (
        # One price of each number for a day: of two people who set one at once, one is refused.
        UniqueConstraint("service_id", "band_id", "from_day", "number"),
        CheckConstraint(
            "care_pence >= 0 AND education_pence >= 0 AND health_pence >= 0 AND transport_pence >= 0"
            " AND care_pence + education_pence + health_pence + transport_pence > 0",
            name="amounts",
        ),
        CheckConstraint("weeks_per_year BETWEEN 1 AND 52", name="weeks"),
        CheckConstraint("number > 0", name="number_positive"),
        # The past is never priced again.
        CheckConstraint("from_day >= set_on", name="not_backdated"),
        # An uplift reaches each price of each list once.
        Index(
            "uq_list_price_uplifted",
            "uplift_id",
            "service_id",
            "band_id",
            "from_day",
            unique=True,
            sqlite_where=text("uplift_id IS NOT NULL"),
            postgresql_where=text("uplift_id IS NOT NULL"),
        ),
        Index("ix_list_price_band_from", "band_id", "from_day"),
    )

    id: Mapped[Id]
    service_id: Mapped[str] = reference_to("service.id", index=False)
    band_id: Mapped[str] = mapped_column(String(22), ForeignKey("price_band.id"))
    care_pence: Mapped[Pence]
    education_pence: Mapped[Pence]
    health_pence: Mapped[Pence]
    transport_pence: Mapped[Pence]
    weeks_per_year: Mapped[int]
    from_day: Mapped[dt.date]
    number: Mapped[int]
    set_on: Mapped[dt.date]
    set_at: Mapped[dt.datetime]
    set_by: Mapped[str] = reference_to("person.id", index=False)
    uplift_id: Mapped[str | None] = reference_to("uplift.id", nullable=True, index=False)


class DiscountRule(Base):
    """What a company takes off its list price on a lot: from the nth child of brothers and sisters placed together,
    from so many expected weeks, or from so many live placements with the consortium.

    `basis_points` are hundredths of a per cent. `last_day` null: until it is ended.
    """

    __tablename__ = "discount_rule"
    __table_args__ = (
        one_of("kind", DiscountKind),
        CheckConstraint("basis_points BETWEEN 1 AND 10000", name="rate"),
        CheckConstraint("threshold >= 1 AND (kind <> 'sibling' OR threshold >= 2)", name="threshold"),
        CheckConstraint("last_day IS NULL OR last_day >= from_day", name="days_in_order"),
        UniqueConstraint("organisation_id", "lot_id", "kind", "threshold", "from_day"),
        # A threshold has one rate at a time: whoever gives another ends the old one.
        Index(
            "uq_discount_rule_open",
            "organisation_id",
            "lot_id",
            "kind",
            "threshold",
            unique=True,
            sqlite_where=text("last_day IS NULL"),
            postgresql_where=text("last_day IS NULL"),
        ),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    lot_id: Mapped[str] = reference_to("lot.id", index=False)
    kind: Mapped[DiscountKind] = mapped_column(Word(DiscountKind))
    threshold: Mapped[int]
    basis_points: Mapped[int]
    from_day: Mapped[dt.date]
    last_day: Mapped[dt.date | None]
    set_at: Mapped[dt.datetime]
    set_by: Mapped[str] = reference_to("person.id", index=False)
    ended_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
