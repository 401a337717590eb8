"""Claims to registrations, applications to lots, enrolments, and the company's passport."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Word, one_of, reference_to
from providers.market.models import Lot
from providers.passport.roles import ConnectedRole, ShareBand
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
    """A service enrolled on a lot. One row for each, whose status moves; the moves are kept beside it."""

    __tablename__ = "enrolment"
    __table_args__ = (one_of("status", EnrolmentStatus), UniqueConstraint("claim_id", "lot_id"))

    id: Mapped[Id]
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), index=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"), index=True)
    status: Mapped[EnrolmentStatus] = mapped_column(Word(EnrolmentStatus), default=EnrolmentStatus.ENROLLED)
    enrolled_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    claim: Mapped[Claim] = relationship()
    lot: Mapped[Lot] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class EnrolmentMove(Base):
    """A change of an enrolment's status: when, who, why, and on what basis. `number` counts an enrolment's moves from
    1.
    """

    __tablename__ = "enrolment_move"
    __table_args__ = (one_of("to_status", EnrolmentStatus), UniqueConstraint("enrolment_id", "number"))

    id: Mapped[Id]
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolment.id"))
    number: Mapped[int]
    to_status: Mapped[EnrolmentStatus] = mapped_column(Word(EnrolmentStatus))
    at: Mapped[dt.datetime]
    person_id: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    reason: Mapped[str]
    basis: Mapped[str | None]


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

    `last_day` is the last on which it holds; null where it does not expire. The newest that is not withdrawn counts,
    and `stands` for its question; where all were withdrawn, the one withdrawn last stands for it.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_organisation_question", "organisation_id", "question"),
        Index("ix_evidence_last_day", "last_day"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by"),
        # One row stands for a question about a company, and one for a question about each of its services.
        Index(
            "uq_evidence_stands_company",
            "organisation_id",
            "question",
            unique=True,
            sqlite_where=text("stands AND claim_id IS NULL"),
            postgresql_where=text("stands AND claim_id IS NULL"),
        ),
        Index(
            "uq_evidence_stands_service",
            "claim_id",
            "question",
            unique=True,
            sqlite_where=text("stands AND claim_id IS NOT NULL"),
            postgresql_where=text("stands AND claim_id IS NOT NULL"),
        ),
        # What ends soon is found among what stands, however long the history.
        Index("ix_evidence_stands_last_day", "last_day", sqlite_where=text("stands"), postgresql_where=text("stands")),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"), index=True)
    question: Mapped[str] = mapped_column(String(60))
    # To which version of the questions it was shown: a question that asks for something else later asks anew.
    policy_version_id: Mapped[str | None] = reference_to("policy_version.id", nullable=True, index=False)
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    file_name: Mapped[str] = mapped_column(String(120))
    last_day: Mapped[dt.date | None]
    added_by: Mapped[str] = reference_to("person.id", index=False)
    added_at: Mapped[dt.datetime]
    withdrawn_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    withdrawn_at: Mapped[dt.datetime | None]
    stands: Mapped[bool] = mapped_column(default=True)


class FormerAnswer(Base):
    """What a company's answer was before it was changed or taken back. Written once and kept: what was declared when
    can be shown.
    """

    __tablename__ = "former_answer"
    __table_args__ = (Index("ix_former_answer_organisation_question", "organisation_id", "question"),)

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    question: Mapped[str] = mapped_column(String(60))
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    value: Mapped[str]
    answered_by: Mapped[str] = reference_to("person.id", index=False)
    answered_at: Mapped[dt.datetime]
    replaced_by: Mapped[str] = reference_to("person.id", index=False)
    replaced_at: Mapped[dt.datetime]


class ConnectedPerson(Base):
    """A person or company that is connected or associated with a supplier, as the Procurement Act 2023 means it: the
    exclusion grounds are asked about them too. `to_day` is the last on which it was so, null while it is.
    """

    __tablename__ = "connected_person"
    __table_args__ = (
        one_of("role", ConnectedRole),
        one_of("share", ShareBand),
        CheckConstraint("to_day IS NULL OR to_day >= from_day", name="days"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id")
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[ConnectedRole] = mapped_column(Word(ConnectedRole))
    share: Mapped[ShareBand | None] = mapped_column(Word(ShareBand))
    company_number: Mapped[str | None] = mapped_column(String(12))
    from_day: Mapped[dt.date]
    to_day: Mapped[dt.date | None]
    added_by: Mapped[str] = reference_to("person.id", index=False)
    added_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class EvidenceReminder(Base):
    """That a company was told how long a file of its evidence holds: so many days before its last day, 0 once it had
    passed.
    """

    __tablename__ = "evidence_reminder"
    # Each is told once, however often the day's work is done and by however many workers.
    __table_args__ = (UniqueConstraint("evidence_id", "days"),)

    id: Mapped[Id]
    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence.id"))
    days: Mapped[int]
    told_at: Mapped[dt.datetime]
