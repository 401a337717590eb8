"""Children of a borough. Whatever identifies is encrypted under the child's own key; destroying the key erases it
everywhere.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.children.status import ErasureBasis, MeasureReason, SdqBy, SiblingKind
from app.core.database import Base, Id, Word, one_of, reference_to

INDEXES = (
    "name_index",
    "sound_index",
    "birth_index",
    "birth_month_index",
    "given_birth_index",
    "family_birth_index",
)
"""The columns of blind indexes, which erasure clears. What each leaks stands in `app.children.indexes`."""

_ERASED = " AND ".join(f"{column} IS NULL" for column in ("wrapped_key", *INDEXES))


class Child(Base):
    """A child whom a borough looks after or supports. `sealed_*` columns are ciphertext; `*_index` columns are keyed
    hashes.

    A record that was merged into another keeps its key, so that what was sealed under it can still be read, and points
    at the record that stands for the child; pointers are one step long. An erased one has lost its key and its indexes.
    """

    __tablename__ = "child"
    __table_args__ = (
        CheckConstraint(f"erased_at IS NULL OR ({_ERASED})", name="erased_whole"),
        CheckConstraint("(merged_into IS NULL) = (merged_at IS NULL)", name="merged_whole"),
        CheckConstraint("merged_into <> id", name="merged_into_another"),
        Index("ix_child_said", "organisation_id", "reference"),
        Index("ix_child_list", "organisation_id", "created_at"),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    wrapped_key: Mapped[str | None]
    sealed_given_name: Mapped[str]
    sealed_family_name: Mapped[str]
    sealed_date_of_birth: Mapped[str]
    sealed_home_postcode: Mapped[str]
    name_index: Mapped[str | None] = mapped_column(String(64), index=True)
    sound_index: Mapped[str | None] = mapped_column(String(64), index=True)
    birth_index: Mapped[str | None] = mapped_column(String(64), index=True)
    birth_month_index: Mapped[str | None] = mapped_column(String(64), index=True)
    given_birth_index: Mapped[str | None] = mapped_column(String(64), index=True)
    family_birth_index: Mapped[str | None] = mapped_column(String(64), index=True)
    sex: Mapped[str] = mapped_column(String(1))
    sealed_ethnicity: Mapped[str]
    created_by: Mapped[str] = reference_to("person.id", index=False)
    created_at: Mapped[dt.datetime]
    erased_at: Mapped[dt.datetime | None]
    merged_into: Mapped[str | None] = reference_to("child.id", nullable=True)
    merged_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class NeedsMeasure(Base):
    """The 12 indicators measured on a day, each 0 to 3 or not measured (null). Missing is missing, never zero
    (F-57).
    """

    __tablename__ = "needs_measure"
    __table_args__ = (one_of("reason", MeasureReason),)

    id: Mapped[Id]
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    measured_on: Mapped[dt.date]
    scores: Mapped[list[int | None]]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    measured_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]
    # Why it was measured then; not known of measures that are older than the question.
    reason: Mapped[MeasureReason | None] = mapped_column(Word(MeasureReason))


class SdqScore(Base):
    """A strengths and difficulties questionnaire: its total, and where they are known its scales. A wrong one is put
    right by another that names it, never by a change.
    """

    __tablename__ = "sdq_score"
    __table_args__ = (
        one_of("filled_in_by", SdqBy),
        CheckConstraint("total BETWEEN 0 AND 40", name="total"),
        CheckConstraint(
            "(emotional IS NULL AND conduct IS NULL AND hyperactivity IS NULL AND peer IS NULL) OR"
            " (emotional BETWEEN 0 AND 10 AND conduct BETWEEN 0 AND 10 AND hyperactivity BETWEEN 0 AND 10"
            " AND peer BETWEEN 0 AND 10 AND emotional + conduct + hyperactivity + peer = total)",
            name="scales",
        ),
        CheckConstraint("prosocial IS NULL OR prosocial BETWEEN 0 AND 10", name="prosocial"),
        UniqueConstraint("corrects"),
    )

    id: Mapped[Id]
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    completed_on: Mapped[dt.date]
    filled_in_by: Mapped[SdqBy] = mapped_column(Word(SdqBy))
    total: Mapped[int]
    emotional: Mapped[int | None]
    conduct: Mapped[int | None]
    hyperactivity: Mapped[int | None]
    peer: Mapped[int | None]
    prosocial: Mapped[int | None]
    corrects: Mapped[str | None] = mapped_column(String(22), ForeignKey("sdq_score.id"))
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]


class ChildLink(Base):
    """Two children of one borough are siblings: one row for both, the lower id first. Why it was added and removed is
    sealed under the first child's key and goes when either record is erased.
    """

    __tablename__ = "child_link"
    __table_args__ = (
        one_of("kind", SiblingKind),
        CheckConstraint("child_a < child_b", name="in_order"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
        Index(
            "uq_child_link_live",
            "child_a",
            "child_b",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    child_a: Mapped[str] = mapped_column(String(22), ForeignKey("child.id"), index=True)
    child_b: Mapped[str] = mapped_column(String(22), ForeignKey("child.id"), index=True)
    kind: Mapped[SiblingKind] = mapped_column(Word(SiblingKind))
    sealed_reason: Mapped[str | None]
    added_by: Mapped[str] = reference_to("person.id", index=False)
    added_at: Mapped[dt.datetime]
    ended_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    ended_at: Mapped[dt.datetime | None]
    sealed_end_reason: Mapped[str | None]


class ChildDistinct(Base):
    """Somebody looked at two records that look alike and says that they are two children. The reason is sealed like a
    link's.
    """

    __tablename__ = "child_distinct"
    __table_args__ = (
        UniqueConstraint("child_a", "child_b"),
        CheckConstraint("child_a < child_b", name="in_order"),
    )

    id: Mapped[Id]
    child_a: Mapped[str] = mapped_column(String(22), ForeignKey("child.id"))
    child_b: Mapped[str] = mapped_column(String(22), ForeignKey("child.id"), index=True)
    sealed_reason: Mapped[str | None]
    decided_by: Mapped[str] = reference_to("person.id", index=False)
    decided_at: Mapped[dt.datetime]


class ChildMerge(Base):
    """One record was merged into another. `sealed_before` holds what both said of the child until then, sealed under
    the kept record's key, as is the reason.
    """

    __tablename__ = "child_merge"
    __table_args__ = (CheckConstraint("kept_id <> merged_id", name="two_records"),)

    id: Mapped[Id]
    kept_id: Mapped[str] = mapped_column(String(22), ForeignKey("child.id"), index=True)
    merged_id: Mapped[str] = mapped_column(String(22), ForeignKey("child.id"), unique=True)
    sealed_reason: Mapped[str]
    sealed_before: Mapped[str]
    merged_by: Mapped[str] = reference_to("person.id", index=False)
    merged_at: Mapped[dt.datetime]


class ChildErasure(Base):
    """What is left of a record whose key was destroyed: who did it, when, on what basis and why, in words that name
    nobody.
    """

    __tablename__ = "child_erasure"
    __table_args__ = (one_of("basis", ErasureBasis),)

    id: Mapped[Id]
    child_id: Mapped[str] = mapped_column(String(22), ForeignKey("child.id"), unique=True)
    basis: Mapped[ErasureBasis] = mapped_column(Word(ErasureBasis))
    reason: Mapped[str]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    erased_by: Mapped[str] = reference_to("person.id", index=False)
    erased_at: Mapped[dt.datetime]


class ChildView(Base):
    """Somebody was shown a child's data: who, acting for whom, which page, when. Written before the page is shown."""

    __tablename__ = "child_view"

    id: Mapped[Id]
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    person_id: Mapped[str] = reference_to("person.id")
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    what: Mapped[str] = mapped_column(String(80))
    at: Mapped[dt.datetime]
