"""Series of meetings and their dates."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, reference_to


class MeetingSeries(Base):
    """A body that meets every so many weeks. Its agenda goes out `agenda_days` before each meeting."""

    __tablename__ = "meeting_series"
    __table_args__ = (
        CheckConstraint("every_weeks > 0", name="cycle"),
        CheckConstraint("agenda_days >= 0", name="agenda"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id")
    name: Mapped[str] = mapped_column(String(120))
    every_weeks: Mapped[int]
    agenda_days: Mapped[int] = mapped_column(default=14)


class Meeting(Base):
    """One sitting. Agenda due 14 days before unless its body says otherwise, minutes due 7 days after (F-48)."""

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("series_id", "held_on"),)

    id: Mapped[Id]
    series_id: Mapped[str] = mapped_column(ForeignKey("meeting_series.id"), index=True)
    held_on: Mapped[dt.date] = mapped_column(index=True)
    agenda_due_on: Mapped[dt.date]
    minutes_due_on: Mapped[dt.date]

    series: Mapped[MeetingSeries] = relationship()
