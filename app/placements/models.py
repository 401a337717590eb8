"""Awards, location approvals, placements and their cost lines."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Pence, Word, one_of, reference_to
from app.core.geography import LocationClass
from app.panels.status import Element
from app.placements.status import ApprovalNeeded, ApprovalStatus, AwardStatus, PlacementStatus


class Award(Base):
    """An offer is awarded for one child of a request. Triggers refuse one that its authority does not cover (F-52)."""

    __tablename__ = "award"
    __table_args__ = (
        one_of("status", AwardStatus),
        CheckConstraint("weekly_pence > 0", name="price"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        # At most one live award for a child of a request.
        Index(
            "uq_award_live",
            "request_child_id",
            unique=True,
            sqlite_where=text("status <> 'void'"),
            postgresql_where=text("status <> 'void'"),
        ),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    request_id: Mapped[str] = reference_to("placement_request.id")
    request_child_id: Mapped[str] = reference_to("request_child.id", index=False)
    offer_id: Mapped[str] = reference_to("offer.id")
    authority_id: Mapped[str] = reference_to("authority.id")
    status: Mapped[AwardStatus] = mapped_column(Word(AwardStatus), default=AwardStatus.LIVE)
    weekly_pence: Mapped[Pence]
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    awarded_by: Mapped[str] = reference_to("person.id", index=False)
    awarded_at: Mapped[dt.datetime]
    voided_at: Mapped[dt.datetime | None]
    void_reason: Mapped[str | None]


class LocationApproval(Base):
    """The approval that an award's location needs by law before a start, whether it was given, and whom it was told
    to.
    """

    __tablename__ = "location_approval"
    __table_args__ = (
        one_of("location_class", LocationClass),
        one_of("needed", ApprovalNeeded),
        one_of("status", ApprovalStatus),
        CheckConstraint("status <> 'given' OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)", name="given_by"),
        CheckConstraint("(needed = 'none') = (status = 'not_needed')", name="needed_or_not"),
    )

    id: Mapped[Id]
    award_id: Mapped[str] = mapped_column(ForeignKey("award.id"), unique=True)
    location_class: Mapped[LocationClass] = mapped_column(Word(LocationClass))
    located_authority_gss: Mapped[str | None] = mapped_column(String(9))
    needed: Mapped[ApprovalNeeded] = mapped_column(Word(ApprovalNeeded))
    status: Mapped[ApprovalStatus] = mapped_column(Word(ApprovalStatus))
    asked_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    decided_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None]
    authority_notified_on: Mapped[dt.date | None]
    authority_consulted_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class Placement(Base):
    """A child lives, or is to live, with a service under an award."""

    __tablename__ = "placement"
    __table_args__ = (
        one_of("status", PlacementStatus),
        CheckConstraint("status NOT IN ('live', 'ended') OR started_on IS NOT NULL", name="started"),
        CheckConstraint("status <> 'ended' OR ended_on IS NOT NULL", name="ended"),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    award_id: Mapped[str] = mapped_column(ForeignKey("award.id"), unique=True)
    child_id: Mapped[str] = reference_to("child.id")
    service_id: Mapped[str] = reference_to("service.id")
    provider_id: Mapped[str] = reference_to("organisation.id")
    lot_id: Mapped[str] = reference_to("lot.id")
    status: Mapped[PlacementStatus] = mapped_column(Word(PlacementStatus), default=PlacementStatus.AWAITING_START)
    planned_start: Mapped[dt.date]
    planned_end: Mapped[dt.date]
    review_on: Mapped[dt.date | None]
    started_on: Mapped[dt.date | None]
    # Why an emergency began before its location was approved, where it did.
    late_approval_reason: Mapped[str | None]
    ended_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    award: Mapped[Award] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class CostLine(Base):
    """What one payer pays of one element a week between two days of a placement."""

    __tablename__ = "cost_line"
    __table_args__ = (
        one_of("element", Element),
        CheckConstraint("weekly_pence > 0", name="positive"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
    )

    id: Mapped[Id]
    placement_id: Mapped[str] = mapped_column(ForeignKey("placement.id"), index=True)
    payer_id: Mapped[str] = reference_to("payer.id")
    authority_id: Mapped[str] = reference_to("authority.id")
    element: Mapped[Element] = mapped_column(Word(Element))
    weekly_pence: Mapped[Pence]
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
