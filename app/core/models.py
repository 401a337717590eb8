"""Tables that belong to no room: policies in force, the audit chain, spent form keys, scheduled jobs and the moved
clock.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id


class PolicyVersion(Base):
    """A policy as it came into force. Appended, never edited; results store the version they used."""

    __tablename__ = "policy_version"
    __table_args__ = (
        UniqueConstraint("kind", "version"),
        UniqueConstraint("kind", "digest"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    in_force_from: Mapped[dt.date]
    source: Mapped[str]
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[dt.datetime]


class AuditEntry(Base):
    """Something that somebody did. Append-only (a trigger refuses update and delete) and sealed into a chain seconds
    later.
    """

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    act: Mapped[str] = mapped_column(String(80))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40), index=True)
    person_id: Mapped[str | None] = mapped_column(String(22), index=True)
    organisation_id: Mapped[str | None] = mapped_column(String(22), index=True)
    facts: Mapped[dict[str, Any]]


class AuditSeal(Base):
    """One link of the chain: the hash of the entry, of its position and of the link before."""

    __tablename__ = "audit_seal"
    __table_args__ = (CheckConstraint("position > 0", name="position_positive"),)

    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[dt.datetime]


class SpentFormKey(Base):
    """A form that was already acted upon, and where it led, so that a second click goes to the same place."""

    __tablename__ = "spent_form_key"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str | None] = mapped_column(String(22))
    endpoint: Mapped[str] = mapped_column(String(120))
    location: Mapped[str | None]
    spent_at: Mapped[dt.datetime] = mapped_column(index=True)


class Job(Base):
    """Something to be done at or after a time, once. Workers claim a row, do it, and mark it done in the same
    transaction.
    """

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        # What is due is found among what is not done, however long the history.
        Index(
            "ix_job_waiting",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]


class MovedClock(Base):
    """How far the clock is moved, in seconds. Read in the demonstration and the tests only."""

    __tablename__ = "moved_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seconds: Mapped[int] = mapped_column(Integer)


class InstallationSecret(Base):
    """A secret made once for this installation and kept sealed under its encryption keys, such as the key of blind
    indexes.
    """

    __tablename__ = "installation_secret"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    sealed: Mapped[str]
