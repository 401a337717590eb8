"""The raw answers of each section, what could not be saved of them, what a change of a published request would make of
them, and what people decided, read and asked for in them. Everything is sealed under a child's key.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Word, one_of, reference_to
from app.requests.status import FindingChoice


class RequestSection(Base):
    """The raw answers of one section, as typed. A draft may hold what a schema would refuse. `child_position` is 0 for
    what is said of the whole request, sealed under the first child's key; else it is the position of the one child whom
    the answers are about, sealed under that child's own.
    """

    __tablename__ = "request_section"
    __table_args__ = (
        UniqueConstraint("request_id", "section", "child_position"),
        CheckConstraint("child_position >= 0", name="child_position"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    section: Mapped[str] = mapped_column(String(40))
    child_position: Mapped[int] = mapped_column(default=0)
    sealed_answers: Mapped[str]
    saved_by: Mapped[str] = reference_to("person.id", index=False)
    saved_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class RequestUnsaved(Base):
    """What a person typed into a section and could not save, because they were no longer signed in: sealed as the
    section is, for that person, until it expires.
    """

    __tablename__ = "request_unsaved"
    __table_args__ = (UniqueConstraint("request_id", "person_id", "section", "child_position"),)

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    person_id: Mapped[str] = reference_to("person.id", index=False)
    section: Mapped[str] = mapped_column(String(40))
    child_position: Mapped[int]
    version_shown: Mapped[int]
    sealed_answers: Mapped[str]
    kept_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class RequestClearance(Base):
    """What somebody decided about words that the detector pointed at: taken out, replaced by something more general, or
    kept, with why they identify nobody. Sealed like the answers, under the key of the child whom they are about: the
    words may be a name after all. `field` is the question, or the cell of one that is asked several times. Of a text
    that was changed both wordings are kept, so that it can be put back while the request is a draft.
    """

    __tablename__ = "request_clearance"
    __table_args__ = (
        one_of("choice", FindingChoice),
        CheckConstraint("child_position >= 0", name="child_position"),
        CheckConstraint("(choice = 'keep') = (sealed_after IS NULL)", name="changed_or_kept"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    child_position: Mapped[int] = mapped_column(default=0)
    field: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    choice: Mapped[FindingChoice] = mapped_column(Word(FindingChoice), default=FindingChoice.KEEP)
    sealed_words: Mapped[str]
    sealed_reason: Mapped[str]
    sealed_before: Mapped[str | None]
    sealed_after: Mapped[str | None]
    cleared_by: Mapped[str] = reference_to("person.id", index=False)
    cleared_at: Mapped[dt.datetime]
    undone_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    undone_at: Mapped[dt.datetime | None]


class RequestTextRead(Base):
    """Somebody read a text that providers see, and said that it does not say who the child is. `fingerprint` is of the
    text as it was read, under the child's key: a text that has changed since is not read.
    """

    __tablename__ = "request_text_read"
    __table_args__ = (
        UniqueConstraint("request_id", "child_position", "field"),
        CheckConstraint("child_position >= 0", name="child_position"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    child_position: Mapped[int]
    field: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    read_by: Mapped[str] = reference_to("person.id", index=False)
    read_at: Mapped[dt.datetime]


class RequestComment(Base):
    """What must change in one section before a request can be approved, sealed under the (first) child's key: it may
    speak of the child. Settled when the section is saved again; kept for the history.
    """

    __tablename__ = "request_comment"
    __table_args__ = (
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
        Index("ix_request_comment_open", "request_id", "settled_at"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"))
    section: Mapped[str] = mapped_column(String(40))
    sealed_words: Mapped[str]
    made_by: Mapped[str] = reference_to("person.id", index=False)
    made_at: Mapped[dt.datetime]
    settled_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    settled_at: Mapped[dt.datetime | None]


class RequestAmendment(Base):
    """One section of a published request as somebody is about to change it, of the child at `child_position` (0 where
    it is about all), sealed like the answers themselves. It is gone once the change is told to everybody invited, or
    dropped.
    """

    __tablename__ = "request_amendment"
    __table_args__ = (
        UniqueConstraint("request_id", "section", "child_position"),
        CheckConstraint("child_position >= 0", name="child_position"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    section: Mapped[str] = mapped_column(String(40))
    child_position: Mapped[int] = mapped_column(default=0)
    sealed_answers: Mapped[str]
    saved_by: Mapped[str] = reference_to("person.id", index=False)
    saved_at: Mapped[dt.datetime]
