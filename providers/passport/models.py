"""Claims to registrations, applications to lots, enrolments, and the company's passport."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Json, Word, one_of, reference_to
from providers.market.models import Lot
from providers.passport.basis import Basis
from providers.passport.roles import ConnectedRole, ShareBand
from providers.passport.status import (
    ApplicationStatus,
    ClaimStatus,
    EnrolmentStatus,
    ExclusionKind,
    ExclusionStatus,
    MarkKind,
)


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
    """A service's application to a lot: drafted, sent, and decided with reasons inside the mode's working-day clock,
    which begins when it is sent (F-2).

    `policy_version_id` are the questions that it is written to. `frozen` is what the company and the service had
    answered and shown when it was sent (frozen.py): that is what is assessed. `follows_id` is the one that was refused
    or withdrawn and whose answers this one began with. `disregarded`: refused unread, since the supplier is excluded.
    """

    __tablename__ = "application"
    __table_args__ = (
        one_of("status", ApplicationStatus),
        # One at a time is written or waits, so that nobody decides on two.
        Index(
            "uq_application_open",
            "claim_id",
            "lot_id",
            unique=True,
            sqlite_where=text("status IN ('draft', 'submitted')"),
            postgresql_where=text("status IN ('draft', 'submitted')"),
        ),
        CheckConstraint(
            "CASE WHEN status = 'draft' THEN started_at IS NOT NULL AND submitted_at IS NULL AND due_on IS NULL "
            "ELSE submitted_by IS NOT NULL AND submitted_at IS NOT NULL AND due_on IS NOT NULL END",
            name="sent",
        ),
        CheckConstraint("NOT disregarded OR status = 'refused'", name="disregarded_refused"),
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
    policy_version_id: Mapped[str | None] = reference_to("policy_version.id", nullable=True, index=False)
    follows_id: Mapped[str | None] = reference_to("application.id", nullable=True, index=False)
    started_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    started_at: Mapped[dt.datetime | None]
    saved_at: Mapped[dt.datetime | None]
    submitted_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    submitted_at: Mapped[dt.datetime | None]
    due_on: Mapped[dt.date | None]
    frozen: Mapped[dict[str, Any] | None] = mapped_column(Json)
    extended_at: Mapped[dt.datetime | None]
    extension_reason: Mapped[str | None]
    decided_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    decided_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None]
    # What the assessors' marks came to, of 100, as it was decided; null where nothing is scored.
    marks_per_cent: Mapped[int | None]
    disregarded: Mapped[bool] = mapped_column(default=False)
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


class ApplicationAnswer(Base):
    """What a service answers to a selection question in one application. Written while it is a draft, then fixed."""

    __tablename__ = "application_answer"
    __table_args__ = (UniqueConstraint("application_id", "question"),)

    id: Mapped[Id]
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"))
    question: Mapped[str] = mapped_column(String(60))
    value: Mapped[str]
    answered_by: Mapped[str] = reference_to("person.id", index=False)
    answered_at: Mapped[dt.datetime]


class Clarification(Base):
    """Something that the hub asks about an application, of one question or in general, and the company's answer. The
    answer stands beside what was answered first and changes nothing of it; `evidence_id` is a file that came with it.
    """

    __tablename__ = "clarification"
    __table_args__ = (
        CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by IS NULL)", name="answered"
        ),
    )

    id: Mapped[Id]
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    question: Mapped[str | None] = mapped_column(String(60))
    asked: Mapped[str]
    asked_by: Mapped[str] = reference_to("person.id", index=False)
    asked_at: Mapped[dt.datetime]
    answer_by: Mapped[dt.date]
    answer: Mapped[str | None]
    answered_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    answered_at: Mapped[dt.datetime | None]
    evidence_id: Mapped[str | None] = mapped_column(ForeignKey("evidence.id"))
    version: Mapped[int] = mapped_column(default=1)

    application: Mapped[Application] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class ApplicationMark(Base):
    """A mark that somebody gave to one answer, with the words for it. Rows stay; a person's newest counts, by `number`
    within the application. `carried_from_id`: taken over from an earlier application with the same answer.
    """

    __tablename__ = "application_mark"
    __table_args__ = (
        one_of("kind", MarkKind),
        UniqueConstraint("application_id", "number"),
        CheckConstraint("(passed IS NULL) <> (score IS NULL)", name="one_of_two"),
        CheckConstraint("score BETWEEN 0 AND 4", name="score_range"),
        CheckConstraint("why <> ''", name="justified"),
    )

    id: Mapped[Id]
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"))
    number: Mapped[int]
    question: Mapped[str] = mapped_column(String(60))
    kind: Mapped[MarkKind] = mapped_column(Word(MarkKind))
    passed: Mapped[bool | None]
    score: Mapped[int | None]
    why: Mapped[str]
    marked_by: Mapped[str] = reference_to("person.id", index=False)
    marked_at: Mapped[dt.datetime]
    carried_from_id: Mapped[str | None] = mapped_column(ForeignKey("application_mark.id"))


class SupplierExclusion(Base):
    """A ground for exclusion that the hub recorded against a company, from a day to a day, and what was decided of it
    (F-7). It removes nobody from a lot: that is a person's decision on its own (section 37).
    """

    __tablename__ = "supplier_exclusion"
    __table_args__ = (
        one_of("kind", ExclusionKind),
        one_of("status", ExclusionStatus),
        CheckConstraint("to_day IS NULL OR to_day >= from_day", name="days_in_order"),
        # A mandatory ground leaves nothing to decide: it is disregarded until it has ended.
        CheckConstraint("kind <> 'excluded' OR status IN ('disregarded', 'ended')", name="mandatory"),
        CheckConstraint(
            "status IN ('waiting', 'ended') OR "
            "(decided_at IS NOT NULL AND decided_by IS NOT NULL AND decision IS NOT NULL)",
            name="decided",
        ),
        CheckConstraint(
            "(status = 'ended') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (end_reason IS NULL)", name="ended"
        ),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id")
    kind: Mapped[ExclusionKind] = mapped_column(Word(ExclusionKind))
    status: Mapped[ExclusionStatus] = mapped_column(Word(ExclusionStatus))
    ground: Mapped[str]
    basis: Mapped[str]
    from_day: Mapped[dt.date]
    to_day: Mapped[dt.date | None]
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    decided_at: Mapped[dt.datetime | None]
    ended_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    ended_at: Mapped[dt.datetime | None]
    end_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
