"""Every quality score that was ever computed, with its parts and the policy that it used."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, reference_to


class QualityScore(Base):
    """A registration's score at a moment. `score` is null where it is unknown; rows are appended, never edited."""

    __tablename__ = "quality_score"
    __table_args__ = (
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= 100)", name="score_range"),
        Index("ix_quality_score_latest", "urn", "computed_at"),
    )

    id: Mapped[Id]
    urn: Mapped[str] = mapped_column(ForeignKey("registration.urn"))
    score: Mapped[int | None]
    parts: Mapped[dict[str, Any]]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    why: Mapped[str] = mapped_column(String(60))
    computed_at: Mapped[dt.datetime]
