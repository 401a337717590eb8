"""Tasks with due times."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Word, one_of, reference_to


class TaskKind(StrEnum):
    """Why a task exists."""

    STATUTORY = "statutory"
    ASSURANCE = "assurance"
    PANEL_ACTION = "panel_action"
    APPROVAL = "approval"
    ROUTE = "route"


ANSWERED_ON_ITS_PAGE = frozenset({"request_approval"})
"""What tasks are about that only the named person's answer on that page settles, and nobody's word that it is done."""


class Task(Base):
    """One thing to do. `key` names its cause, so that the same cause never makes two. `due_at` is the moment on the day
    `due_on`, for what is due within hours.
    """

    __tablename__ = "task"
    __table_args__ = (
        one_of("kind", TaskKind),
        UniqueConstraint("organisation_id", "key"),
        Index("ix_task_open", "organisation_id", "done_at", "due_on"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[TaskKind] = mapped_column(Word(TaskKind))
    title: Mapped[str] = mapped_column(String(200))
    basis: Mapped[str] = mapped_column(String(200))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[dt.date]
    due_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    done_at: Mapped[dt.datetime | None]
    done_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    evidence: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
