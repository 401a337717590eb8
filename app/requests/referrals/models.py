"""Referrals that came as a file or by the API: their content until it is confirmed, and what was wrong with them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, reference_to


class ReferralImport(Base):
    """One referral. Before it is kept its content and its file's name are sealed under the installation's keys, because
    they may name a child whom nobody has recorded yet. Once it is a draft both are forgotten, and what was wrong with
    it is sealed under the child's own key until somebody has dealt with it.
    """

    __tablename__ = "referral_import"
    __table_args__ = (
        CheckConstraint("sealed_content IS NOT NULL OR sealed_name IS NULL", name="name_of_content"),
        CheckConstraint("sealed_content IS NULL OR request_id IS NULL", name="kept_once"),
        CheckConstraint("sealed_faults IS NULL OR request_id IS NOT NULL", name="faults_of_a_draft"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id")
    sealed_name: Mapped[str | None]
    sealed_content: Mapped[str | None]
    sent_by: Mapped[str] = reference_to("person.id", index=False)
    sent_at: Mapped[dt.datetime] = mapped_column(index=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("placement_request.id"), index=True)
    sealed_faults: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
