"""Files that companies sent in to change many services at once, with what each would change or what is wrong with
it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Word, one_of, reference_to
from providers.services.bulk.status import BulkStatus


class BulkFile(Base):
    """One file. `plan` is what was shown to be confirmed: changes and mistakes by line; `mark` is the hash of the
    changes with what they change from, so that a stale preview is known.
    """

    __tablename__ = "bulk_file"
    __table_args__ = (
        one_of("status", BulkStatus),
        CheckConstraint("status = 'reading' OR plan IS NOT NULL", name="planned"),
        CheckConstraint("(status = 'applied') = (applied_at IS NOT NULL)", name="applied"),
        Index("ix_bulk_file_organisation_sent", "organisation_id", "sent_at"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    status: Mapped[BulkStatus] = mapped_column(Word(BulkStatus), default=BulkStatus.READING)
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    file_name: Mapped[str] = mapped_column(String(120))
    plan: Mapped[dict[str, Any] | None]
    mark: Mapped[str | None] = mapped_column(String(64))
    sent_by: Mapped[str] = reference_to("person.id", index=False)
    sent_at: Mapped[dt.datetime]
    applied_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
