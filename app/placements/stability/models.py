"""Versions of the model of how often placements lasted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, reference_to


class StabilityModel(Base):
    """A model as it was fitted: from how many placements, how many of which ended early, and under which policy.
    `history_hash` is of those placements and the policy's numbers, of which nothing says who anybody is; `may_leak`
    says that it separates too well to be shown before somebody has looked. Append-only by trigger.
    """

    __tablename__ = "stability_model"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("ended_early > 0 AND ended_early < placements", name="fitted_from_both"),
    )

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    fitted_at: Mapped[dt.datetime]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    placements: Mapped[int]
    ended_early: Mapped[int]
    may_leak: Mapped[bool]
    history_hash: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
