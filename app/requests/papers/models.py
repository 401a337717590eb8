"""Files that go with a request. Contents and titles are sealed under the child's own key."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Json, Word, one_of, reference_to
from app.requests.form import Audience
from app.requests.papers.status import PaperFormat, PaperKind


class Attachment(Base):
    """A file that somebody attached to a request, for an audience. `child_position` is 0 for what is about all its
    children, sealed under the first one's key. What is removed keeps its row, without its content.
    """

    __tablename__ = "request_attachment"
    __table_args__ = (
        one_of("audience", Audience),
        CheckConstraint("child_position >= 0", name="child_position"),
        CheckConstraint("size > 0", name="not_empty"),
        CheckConstraint("(checked_at IS NULL) = (checked_by IS NULL)", name="checked_by_somebody"),
        CheckConstraint("(removed_at IS NULL) = (removed_by IS NULL)", name="removed_by_somebody"),
        CheckConstraint("(removed_at IS NULL) = (sha256 IS NOT NULL)", name="removed_without_content"),
        Index("ix_request_attachment_request", "request_id", "audience"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"))
    child_position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(40))
    audience: Mapped[Audience] = mapped_column(Word(Audience))
    sealed_title: Mapped[str]
    sealed_name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    added_by: Mapped[str] = reference_to("person.id", index=False)
    added_at: Mapped[dt.datetime]
    checked_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    checked_at: Mapped[dt.datetime | None]
    removed_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    removed_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class Paper(Base):
    """A form or a pack that was made from a request for one organisation, or a blank form of no request. `audience` is
    whose eyes it is made for, and `reach` how much of each child a provider's pack says, by position: a later download
    is held against what the provider may read then. It is there until it expires; then its content is deleted.
    """

    __tablename__ = "request_paper"
    __table_args__ = (
        one_of("kind", PaperKind),
        one_of("format", PaperFormat),
        one_of("audience", Audience),
        CheckConstraint("(kind = 'blank_form') = (request_id IS NULL)", name="of_a_request"),
        CheckConstraint("sha256 IS NULL OR made_at IS NOT NULL", name="made"),
        Index("ix_request_paper_request", "request_id", "organisation_id"),
        Index("ix_request_paper_expires", "expires_at"),
    )

    id: Mapped[Id]
    request_id: Mapped[str | None] = mapped_column(ForeignKey("placement_request.id"))
    organisation_id: Mapped[str] = reference_to("organisation.id")
    form_version: Mapped[str] = mapped_column(String(20))
    kind: Mapped[PaperKind] = mapped_column(Word(PaperKind))
    format: Mapped[PaperFormat] = mapped_column(Word(PaperFormat))
    audience: Mapped[Audience] = mapped_column(Word(Audience))
    reach: Mapped[dict[str, int] | None] = mapped_column(Json)
    sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    asked_by: Mapped[str] = reference_to("person.id", index=False)
    asked_at: Mapped[dt.datetime]
    made_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]
