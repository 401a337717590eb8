"""Tables that belong to no room: policies in force, the audit chain, spent form keys, links that act once, scheduled
jobs, long work, files and the moved clock.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Word, one_of, reference_to
from app.core.status import BatchStatus


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


class LinkToken(Base):
    """A link in an e-mail that acts once, known by the hash of its secret. `subject_id` is what it is for."""

    __tablename__ = "link_token"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40), index=True)
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


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


class Batch(Base):
    """Long work in steps: what it is, how far it is, and what came of it. `step` is the next step's number."""

    __tablename__ = "batch"
    __table_args__ = (
        one_of("status", BatchStatus),
        CheckConstraint("done >= 0 AND (total IS NULL OR total >= done)", name="so_far"),
        CheckConstraint("(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="ended"),
        Index("ix_batch_kind_created", "kind", "created_at"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    status: Mapped[BatchStatus] = mapped_column(Word(BatchStatus), default=BatchStatus.WAITING)
    organisation_id: Mapped[str | None] = reference_to("organisation.id", nullable=True)
    person_id: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    payload: Mapped[dict[str, Any]]
    done: Mapped[int]
    total: Mapped[int | None]
    step: Mapped[int]
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None]
    leads_to: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class StoredFile(Base):
    """A content in the store of files, known by its hash. Who may have it is for the table that points here to say."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger())
    media_type: Mapped[str] = mapped_column(String(100))
    stored_at: Mapped[dt.datetime]
