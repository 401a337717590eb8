"""Uplifts, what each asks on each lot, what was said about it, and the files that go with it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Word, one_of, reference_to
from providers.services.uplifts.status import EntryKind, UpliftStatus

MOST_BASIS_POINTS = 5_000
"""Half the price again: an uplift beyond it is a slip of the keyboard."""


class Uplift(Base):
    """A company's wish for higher prices from a day on. `offered_from` is the day of the hub's last figure.

    Applied in the transaction that agreed it, so an agreed uplift is an applied one.
    """

    __tablename__ = "uplift"
    __table_args__ = (
        one_of("status", UpliftStatus),
        CheckConstraint("(status = 'agreed') = (applied_at IS NOT NULL)", name="agreed_is_applied"),
        CheckConstraint("(status = 'agreed') = (agreed_from IS NOT NULL)", name="agreed_from"),
        CheckConstraint("status NOT IN ('offered', 'agreed') OR offered_from IS NOT NULL", name="offered_from"),
        CheckConstraint("(status IN ('agreed', 'refused', 'withdrawn')) = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_uplift_status_asked", "status", "asked_at"),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    status: Mapped[UpliftStatus] = mapped_column(Word(UpliftStatus), default=UpliftStatus.ASKED)
    reason: Mapped[str]
    requested_from: Mapped[dt.date]
    offered_from: Mapped[dt.date | None]
    agreed_from: Mapped[dt.date | None]
    asked_by: Mapped[str] = reference_to("person.id", index=False)
    asked_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    applied_at: Mapped[dt.datetime | None]
    # How many prices of its lists the company got from it.
    prices_set: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    lines: Mapped[list[UpliftLine]] = relationship(order_by="UpliftLine.position", back_populates="uplift")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class UpliftLine(Base):
    """An uplift on one lot, in hundredths of a per cent: asked for first, asked for last, offered, agreed."""

    __tablename__ = "uplift_line"
    __table_args__ = (
        UniqueConstraint("uplift_id", "lot_id"),
        # A company negotiates one uplift on a lot at a time.
        Index(
            "uq_uplift_line_open",
            "organisation_id",
            "lot_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        CheckConstraint("requested_points BETWEEN 1 AND 5000", name="requested"),
        CheckConstraint("counter_points IS NULL OR counter_points BETWEEN 0 AND requested_points", name="counter"),
        CheckConstraint("offered_points IS NULL OR offered_points BETWEEN 0 AND requested_points", name="offered"),
        CheckConstraint("agreed_points IS NULL OR agreed_points = offered_points", name="agreed"),
    )

    id: Mapped[Id]
    uplift_id: Mapped[str] = mapped_column(ForeignKey("uplift.id"))
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    lot_id: Mapped[str] = reference_to("lot.id")
    position: Mapped[int]
    requested_points: Mapped[int]
    counter_points: Mapped[int | None]
    offered_points: Mapped[int | None]
    agreed_points: Mapped[int | None]
    closed_at: Mapped[dt.datetime | None]

    uplift: Mapped[Uplift] = relationship(back_populates="lines")


class UpliftEntry(Base):
    """One thing that was said, by whom and for whom, in order. `figures` are hundredths of a per cent by lot.
    Append-only by trigger.
    """

    __tablename__ = "uplift_entry"
    __table_args__ = (one_of("kind", EntryKind), UniqueConstraint("uplift_id", "number"))

    id: Mapped[Id]
    uplift_id: Mapped[str] = mapped_column(ForeignKey("uplift.id"))
    number: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    person_id: Mapped[str] = reference_to("person.id", index=False)
    words: Mapped[str]
    figures: Mapped[dict[str, Any] | None]
    from_day: Mapped[dt.date | None]
    at: Mapped[dt.datetime]


class UpliftFile(Base):
    """A file that the company sent with its asking or later: for the company and the hub."""

    __tablename__ = "uplift_file"

    id: Mapped[Id]
    uplift_id: Mapped[str] = mapped_column(ForeignKey("uplift.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    file_name: Mapped[str] = mapped_column(String(120))
    added_by: Mapped[str] = reference_to("person.id", index=False)
    added_at: Mapped[dt.datetime]
