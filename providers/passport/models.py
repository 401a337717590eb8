"""Claims to registrations, applications to lots, enrolments, and the company's passport."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Word, one_of, reference_to
from providers.market.models import Lot
from providers.passport.basis import Basis
from providers.passport.status import ApplicationStatus, ClaimStatus, EnrolmentStatus


class Claim(Base):
    """A provider's claim to a registration. At most one live claim to a URN, so no two companies hold one home."""

    __tablename__ = "claim"
    __table_args__ = (
        one_of("status", ClaimStatus),
        Index(
            "uq_claim_live_urn",
            "urn",
            unique=True,
            sqlite_where=text("status IN ('pending', 'confirmed')"),
            postgresql_where=text("status IN ('pending', 'confirmed')"),
        ),
        CheckConstraint("status NOT IN ('confirmed', 'refused') OR decided_at IS NOT NULL", name="decided"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id")
    urn: Mapped[str] = mapped_column(ForeignKey("registration.urn"), index=True)
    postcode: Mapped[str] = mapped_column(String(8))
    status: Mapped[ClaimStatus] = mapped_column(Word(ClaimStatus), default=ClaimStatus.PENDING)
    made_by: Mapped[str] = reference_to("person.id", index=False)
    made_at: Mapped[dt.datetime]
    decided_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    decided_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class Application(Base):
    """A service's application to a lot, decided with reasons inside the mode's working-day clock (F-2)."""

    __tablename__ = "application"
    __table_args__ = (
        one_of("status", ApplicationStatus),
        Index(
            "uq_application_open",
            "claim_id",
            "lot_id",
            unique=True,
            sqlite_where=text("status = 'submitted'"),
            postgresql_where=text("status = 'submitted'"),
        ),
        CheckConstraint(
            "status NOT IN ('approved', 'refused') OR (decided_at IS NOT NULL AND reason IS NOT NULL)", name="reasoned"
        ),
        # The time to decide is extended once, with the reason that justifies it (F-2).
        CheckConstraint("(extended_at IS NULL) = (extension_reason IS NULL)", name="extension_reasoned"),
        CheckConstraint("marks_per_cent IS NULL OR marks_per_cent BETWEEN 0 AND 100", name="marks_range"),
    )

    id: Mapped[Id]
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), index=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"), index=True)
    status: Mapped[ApplicationStatus] = mapped_column(Word(ApplicationStatus), default=ApplicationStatus.SUBMITTED)
    statement: Mapped[str]
    submitted_by: Mapped[str] = reference_to("person.id", index=False)
    submitted_at: Mapped[dt.datetime]
    due_on: Mapped[dt.date]
    extended_at: Mapped[dt.datetime | None]
    extension_reason: Mapped[str | None]
    decided_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    decided_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None]
    # What the assessors' marks came to, of 100, as it was decided; null where nothing is scored.
    marks_per_cent: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    claim: Mapped[Claim] = relationship()
    lot: Mapped[Lot] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class Enrolment(Base):
    """A service enrolled on a lot. One row for each time, whose status moves; the moves are kept beside it. A removed
    one stays as it is: who is let in again gets a new row.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        one_of("status", EnrolmentStatus),
        # At most one that stands, so that who was removed can come back (F-1) and nobody is on a lot twice.
        Index(
            "uq_enrolment_standing",
            "claim_id",
            "lot_id",
            unique=True,
            sqlite_where=text("status <> 'removed'"),
            postgresql_where=text("status <> 'removed'"),
        ),
        Index("ix_enrolment_lot_id_status", "lot_id", "status", "claim_id"),
    )

    id: Mapped[Id]
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), index=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    status: Mapped[EnrolmentStatus] = mapped_column(Word(EnrolmentStatus), default=EnrolmentStatus.ENROLLED)
    enrolled_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    claim: Mapped[Claim] = relationship()
    lot: Mapped[Lot] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class EnrolmentMove(Base):
    """A change of an enrolment's status: when, who, why, and on what basis, as a code and in the words of the day.
    `number` counts an enrolment's moves from 1.
    """

    __tablename__ = "enrolment_move"
    __table_args__ = (
        one_of("to_status", EnrolmentStatus),
        one_of("basis_code", Basis),
        UniqueConstraint("enrolment_id", "number"),
    )

    id: Mapped[Id]
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolment.id"))
    number: Mapped[int]
    to_status: Mapped[EnrolmentStatus] = mapped_column(Word(EnrolmentStatus))
    at: Mapped[dt.datetime]
    person_id: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    reason: Mapped[str]
    basis: Mapped[str | None]
    basis_code: Mapped[Basis | None] = mapped_column(Word(Basis))


class PassportAnswer(Base):
    """What a company answers to a selection question, once, for every lot and borough. `value` is text, or a code."""

    __tablename__ = "passport_answer"
    __table_args__ = (UniqueConstraint("organisation_id", "question"),)

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    question: Mapped[str] = mapped_column(String(60))
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    value: Mapped[str]
    answered_by: Mapped[str] = reference_to("person.id", index=False)
    answered_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class Evidence(Base):
    """A file that shows something: a company's (`claim_id` null) or one service's. Rows stay: a newer one takes over.

    `last_day` is the last on which it holds; null where it does not expire. The newest that is not withdrawn counts.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_organisation_question", "organisation_id", "question"),
        Index("ix_evidence_last_day", "last_day"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"), index=True)
    question: Mapped[str] = mapped_column(String(60))
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    file_name: Mapped[str] = mapped_column(String(120))
    last_day: Mapped[dt.date | None]
    added_by: Mapped[str] = reference_to("person.id", index=False)
    added_at: Mapped[dt.datetime]
    withdrawn_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    withdrawn_at: Mapped[dt.datetime | None]
