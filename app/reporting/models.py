"""What reporting keeps for itself: its own rollups, written by the transaction that changed a placement and checked
against a recount.

Day numbers count days from 1 January of the year 1 (`datetime.date.toordinal`), so that both databases subtract days
alike and a page adds up what is running without reading it line by line.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Pence, Word, one_of, reference_to
from app.panels.status import PayerKind


class SpendLine(Base):
    """A cost line as it counts: the days that are owed, or will be, with where and whose they are.

    `started` is false while the child has not moved in: then the days are those planned. `goes_on` marks the last
    authorised lines of a live placement: days after them are owed and unauthorised until the child leaves.
    `left_number` is the last such day of a stay that has ended.
    """

    __tablename__ = "spend_line"
    __table_args__ = (
        one_of("payer_kind", PayerKind),
        CheckConstraint("weekly_pence > 0", name="positive"),
        CheckConstraint("last_number >= first_number", name="days_in_order"),
        CheckConstraint("left_number IS NULL OR (left_number > last_number AND NOT goes_on)", name="left_after"),
        CheckConstraint("started OR NOT goes_on", name="goes_on_once_started"),
        Index("ix_spend_line_days", "last_number", "first_number"),
        Index("ix_spend_line_own_days", "organisation_id", "last_number"),
        Index("ix_spend_line_going_on", "goes_on", "last_number"),
    )

    cost_line_id: Mapped[str] = mapped_column(String(22), ForeignKey("cost_line.id"), primary_key=True)
    placement_id: Mapped[str] = reference_to("placement.id")
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    lot_id: Mapped[str] = reference_to("lot.id", index=False)
    payer_kind: Mapped[PayerKind] = mapped_column(Word(PayerKind))
    weekly_pence: Mapped[Pence]
    first_number: Mapped[int]
    last_number: Mapped[int]
    started: Mapped[bool]
    goes_on: Mapped[bool]
    left_number: Mapped[int | None]


class SpendMonth(Base):
    """What a calendar month costs a borough on a lot, by the kind of budget that pays: whole months, past and to come.

    `started_pence` is for authorised days of placements that have begun, `planned_pence` for those awaited,
    `unauthorised_pence` for days past the last authorised one of stays that have ended. (Those still running are
    counted when asked, because nobody knows when they end.)
    """

    __tablename__ = "spend_month"
    __table_args__ = (
        one_of("payer_kind", PayerKind),
        CheckConstraint("started_pence >= 0 AND planned_pence >= 0 AND unauthorised_pence >= 0", name="not_negative"),
        Index("ix_spend_month_month", "month"),
    )

    organisation_id: Mapped[str] = mapped_column(String(22), ForeignKey("organisation.id"), primary_key=True)
    lot_id: Mapped[str] = mapped_column(String(22), ForeignKey("lot.id"), primary_key=True)
    payer_kind: Mapped[PayerKind] = mapped_column(Word(PayerKind), primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    started_pence: Mapped[Pence]
    planned_pence: Mapped[Pence]
    unauthorised_pence: Mapped[Pence]


class SavingBasis(Base):
    """What a saving on one placement is measured from. One row a placement, so that no placement counts by two methods.

    The benchmark is the one frozen when its request was published; where it is missing no saving is claimed. Days are
    the authorised days of a placement that has begun.
    """

    __tablename__ = "saving_basis"
    __table_args__ = (
        CheckConstraint("weekly_pence > 0 AND (benchmark_pence IS NULL OR benchmark_pence > 0)", name="positive"),
        CheckConstraint("last_number >= first_number", name="days_in_order"),
        Index("ix_saving_basis_days", "last_number", "first_number"),
        Index("ix_saving_basis_own_days", "organisation_id", "last_number"),
    )

    placement_id: Mapped[str] = mapped_column(String(22), ForeignKey("placement.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    lot_id: Mapped[str] = reference_to("lot.id", index=False)
    weekly_pence: Mapped[Pence]
    benchmark_pence: Mapped[Pence | None]
    benchmark_source: Mapped[str | None]
    first_number: Mapped[int]
    last_number: Mapped[int]


class UpliftBasis(Base):
    """What the avoidance of an agreed uplift is measured from, on one placement: its fee before, and what was asked for
    and agreed in hundredths of a per cent.

    The placement was running when the uplift took effect; days are its authorised ones from then on. It stands apart
    from `SavingBasis`: shown beside it and never added to it, because no placement counts by two methods.
    """

    __tablename__ = "uplift_basis"
    __table_args__ = (
        CheckConstraint("weekly_pence > 0", name="positive"),
        CheckConstraint("agreed_points >= 0 AND agreed_points <= requested_points", name="no_more_than_asked"),
        CheckConstraint("last_number >= first_number", name="days_in_order"),
        Index("ix_uplift_basis_own_days", "organisation_id", "last_number"),
    )

    uplift_line_id: Mapped[str] = mapped_column(String(22), ForeignKey("uplift_line.id"), primary_key=True)
    placement_id: Mapped[str] = mapped_column(String(22), ForeignKey("placement.id"), primary_key=True, index=True)
    reference: Mapped[str] = mapped_column(String(16))
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    lot_id: Mapped[str] = reference_to("lot.id", index=False)
    provider_id: Mapped[str] = reference_to("organisation.id", index=False)
    weekly_pence: Mapped[Pence]
    requested_points: Mapped[int]
    agreed_points: Mapped[int]
    first_number: Mapped[int]
    last_number: Mapped[int]
