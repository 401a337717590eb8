"""Quality scores with what they rest on, the runs that compute many of them, and the facts that only the consortium
knows: contract checks, what became of placements, challenges, and proposed changes of the policy.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Word, one_of, reference_to
from providers.market.status import ServiceType
from providers.quality.status import ChallengeStatus, ComplianceRating, Ending, OutcomeKind, Progress


class QualityScore(Base):
    """A registration's score at a moment. `score` is null where it is unknown; rows are appended, never edited.

    `number` counts a registration's rows, so that two of one moment have an order. A row with a `run_id` stands from
    the moment at which its run was completed, and until then for nobody.
    """

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
    # No foreign key: the table keeps its triggers only where nothing but a plain column is added to it.
    run_id: Mapped[str | None] = mapped_column(String(22), index=True)
    number: Mapped[int | None]


class QualityCurrent(Base):
    """The score of each registration that stands now, kept in the transaction that makes it stand: for lists.

    `computed_at` is the moment from which it stands. A registration that was never scored has no row.
    """

    __tablename__ = "quality_current"

    urn: Mapped[str] = mapped_column(String(9), ForeignKey("registration.urn"), primary_key=True)
    score: Mapped[int | None] = mapped_column(index=True)
    score_id: Mapped[str] = reference_to("quality_score.id", index=False)
    number: Mapped[int]
    computed_at: Mapped[dt.datetime]


class QualityRun(Base):
    """The scores of the whole market computed anew, in steps: none of them stands before all of them do.

    `as_of` is the day and `lots` are the lots' placements by which every step computes, so that a run of several steps
    is one picture.
    """

    __tablename__ = "quality_run"
    __table_args__ = (
        CheckConstraint("completed_at IS NULL OR abandoned_at IS NULL", name="ended_once"),
        # Two workers, or a person and the day's work, never begin the same run twice.
        Index(
            "uq_quality_run_under_way",
            "policy_version_id",
            unique=True,
            sqlite_where=text("completed_at IS NULL AND abandoned_at IS NULL"),
            postgresql_where=text("completed_at IS NULL AND abandoned_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    batch_id: Mapped[str | None] = reference_to("batch.id", nullable=True, index=False)
    why: Mapped[str] = mapped_column(String(60))
    as_of: Mapped[dt.date]
    lots: Mapped[list[Any]]
    started_at: Mapped[dt.datetime]
    completed_at: Mapped[dt.datetime | None]
    abandoned_at: Mapped[dt.datetime | None]


class ComplianceCheck(Base):
    """How a registration's contract was kept, as the hub found it. Rows stay; a correction is a row that names the one
    it corrects.
    """

    __tablename__ = "compliance_check"
    __table_args__ = (
        one_of("rating", ComplianceRating),
        UniqueConstraint("corrects"),
        Index("ix_compliance_check_urn_day", "urn", "checked_on"),
    )

    id: Mapped[Id]
    urn: Mapped[str] = mapped_column(String(9), ForeignKey("registration.urn"))
    checked_on: Mapped[dt.date]
    rating: Mapped[ComplianceRating] = mapped_column(Word(ComplianceRating))
    words: Mapped[str]
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]
    corrects: Mapped[str | None] = mapped_column(String(22), ForeignKey("compliance_check.id"))


class ServiceOutcome(Base):
    """What a borough says of a placement, at a review or at its ending. Rows stay; a correction is a row of the next
    `edition` that names the one it corrects and says why.
    """

    __tablename__ = "service_outcome"
    __table_args__ = (
        one_of("service_type", ServiceType),
        one_of("kind", OutcomeKind),
        one_of("progress", Progress),
        one_of("ending", Ending),
        CheckConstraint("(kind = 'ending') = (ending IS NOT NULL)", name="ending_said"),
        CheckConstraint("feedback IS NULL OR feedback BETWEEN 1 AND 5", name="feedback_range"),
        CheckConstraint("(corrects IS NULL) = (why IS NULL) AND (corrects IS NULL) = (edition = 1)", name="corrected"),
        # One record of a placement for each moment, and one correction of each record.
        UniqueConstraint("placement_reference", "kind", "happened_on", "edition"),
        UniqueConstraint("corrects"),
        Index("ix_service_outcome_urn_day", "urn", "happened_on"),
        Index("ix_service_outcome_type_day", "service_type", "happened_on"),
    )

    id: Mapped[Id]
    urn: Mapped[str] = mapped_column(String(9), ForeignKey("registration.urn"))
    service_type: Mapped[ServiceType] = mapped_column(Word(ServiceType))
    placement_reference: Mapped[str] = mapped_column(String(16))
    organisation_id: Mapped[str] = reference_to("organisation.id")
    provider_id: Mapped[str] = reference_to("organisation.id")
    kind: Mapped[OutcomeKind] = mapped_column(Word(OutcomeKind))
    happened_on: Mapped[dt.date]
    progress: Mapped[Progress | None] = mapped_column(Word(Progress))
    ending: Mapped[Ending | None] = mapped_column(Word(Ending))
    started_on_day: Mapped[bool | None]
    reports_on_time: Mapped[bool | None]
    feedback: Mapped[int | None]
    words: Mapped[str]
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]
    edition: Mapped[int]
    corrects: Mapped[str | None] = mapped_column(String(22), ForeignKey("service_outcome.id"))
    why: Mapped[str | None]


class OutcomeReply(Base):
    """The provider's word on what a borough said: one for each record, shown beside it, never edited."""

    __tablename__ = "outcome_reply"

    id: Mapped[Id]
    outcome_id: Mapped[str] = mapped_column(String(22), ForeignKey("service_outcome.id"), unique=True)
    words: Mapped[str]
    made_by: Mapped[str] = reference_to("person.id", index=False)
    made_at: Mapped[dt.datetime]


class QualityChallenge(Base):
    """A company says that a fact behind its score is wrong, and the hub's answer. `fact` is the line's key, `fact_said`
    what the page said of it then.
    """

    __tablename__ = "quality_challenge"
    __table_args__ = (
        one_of("status", ChallengeStatus),
        CheckConstraint(
            "(status = 'open') = (answered_at IS NULL) AND (answered_at IS NULL) = (answer IS NULL)", name="answered"
        ),
        CheckConstraint("(sha256 IS NULL) = (file_name IS NULL)", name="file_whole"),
        # A fact is challenged once at a time.
        Index(
            "uq_quality_challenge_open",
            "urn",
            "fact",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: Mapped[Id]
    urn: Mapped[str] = mapped_column(String(9), ForeignKey("registration.urn"), index=True)
    claim_id: Mapped[str] = reference_to("claim.id", index=False)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    score_id: Mapped[str] = reference_to("quality_score.id", index=False)
    fact: Mapped[str] = mapped_column(String(60))
    fact_label: Mapped[str] = mapped_column(String(120))
    fact_said: Mapped[str]
    why: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    file_name: Mapped[str | None] = mapped_column(String(120))
    made_by: Mapped[str] = reference_to("person.id", index=False)
    made_at: Mapped[dt.datetime]
    status: Mapped[ChallengeStatus] = mapped_column(Word(ChallengeStatus), default=ChallengeStatus.OPEN)
    answer: Mapped[str | None]
    answered_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    answered_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class QualityProposal(Base):
    """A changed policy before it is in force: its numbers, and with `quality_preview` what it would do to scores."""

    __tablename__ = "quality_proposal"
    __table_args__ = (
        CheckConstraint("(adopted_id IS NULL) = (adopted_at IS NULL)", name="adopted_whole"),
        CheckConstraint("adopted_at IS NULL OR previewed_at IS NOT NULL", name="seen_first"),
    )

    id: Mapped[Id]
    based_on_id: Mapped[str] = reference_to("policy_version.id", index=False)
    content: Mapped[dict[str, Any]]
    why: Mapped[str]
    as_of: Mapped[dt.date]
    lots_before: Mapped[list[Any]]
    lots_after: Mapped[list[Any]]
    batch_id: Mapped[str | None] = reference_to("batch.id", nullable=True, index=False)
    made_by: Mapped[str] = reference_to("person.id", index=False)
    made_at: Mapped[dt.datetime]
    previewed_at: Mapped[dt.datetime | None]
    adopted_id: Mapped[str | None] = reference_to("policy_version.id", nullable=True, index=False)
    adopted_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class QualityPreview(Base):
    """What one enrolled registration's score is under the policy in force and would be under a proposed one."""

    __tablename__ = "quality_preview"

    proposal_id: Mapped[str] = mapped_column(String(22), ForeignKey("quality_proposal.id"), primary_key=True)
    urn: Mapped[str] = mapped_column(String(9), ForeignKey("registration.urn"), primary_key=True)
    before: Mapped[int | None]
    after: Mapped[int | None]
