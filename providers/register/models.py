"""Tables of the register: registrations, their inspections as history, and the files they came from."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Json, Word, one_of
from providers.register.status import (
    ChangeKind,
    Coverage,
    EventType,
    Grade,
    Resolution,
    Source,
    SupportedOutcome,
    UploadStatus,
)

MAX_PLACES = 32767


class Registration(Base):
    """One home, agency, school or undertaking as the newest file knows it. Cells that Ofsted redacts are unknown
    (null).

    `provision_type` and `registration_status` hold a word of status.py, or the file's own text where that is a word
    nobody here knows yet. `facts_as_of` and `facts_from` say which file the facts come from; `first_seen` and
    `last_seen` are the dates of the oldest and the newest file that lists it. `left_on` is the day on which it ended,
    by a file of leavers. `source_note` says where a person read what they typed, and `source_read_on` when. Other
    tables refer to `urn`.
    """

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("length(urn) BETWEEN 6 AND 8 AND urn = upper(urn)", name="urn_form"),
        CheckConstraint(f"places BETWEEN 0 AND {MAX_PLACES}", name="places_range"),
        CheckConstraint("first_seen <= last_seen", name="seen_in_order"),
        one_of("source", Source),
        one_of("facts_from", Coverage),
        CheckConstraint("(source_note IS NULL) = (source_read_on IS NULL)", name="source_whole"),
        Index("ix_registration_authority_type", "local_authority_gss", "provision_type"),
    )

    urn: Mapped[str] = mapped_column(String(9), primary_key=True)
    provision_type: Mapped[str] = mapped_column(String(120), index=True)
    name: Mapped[str | None] = mapped_column(String(300), index=True)
    owner: Mapped[str | None] = mapped_column(String(300))
    registered_on: Mapped[dt.date | None]
    registration_status: Mapped[str | None] = mapped_column(String(60))
    address_1: Mapped[str | None] = mapped_column(String(300))
    address_2: Mapped[str | None] = mapped_column(String(300))
    town: Mapped[str | None] = mapped_column(String(120))
    county: Mapped[str | None] = mapped_column(String(120))
    postcode: Mapped[str | None] = mapped_column(String(8))
    region: Mapped[str | None] = mapped_column(String(120))
    local_authority: Mapped[str | None] = mapped_column(String(120))
    local_authority_gss: Mapped[str | None] = mapped_column(String(9))
    sector: Mapped[str | None] = mapped_column(String(60))
    places: Mapped[int | None] = mapped_column(Integer)
    supported_premises: Mapped[int | None] = mapped_column(Integer)
    short_breaks_only: Mapped[bool] = mapped_column(default=False)
    several_buildings: Mapped[bool] = mapped_column(default=False)
    linked_education_urn: Mapped[str | None] = mapped_column(String(6), index=True)
    ungraded_label: Mapped[str | None] = mapped_column(String(120))
    source: Mapped[Source] = mapped_column(Word(Source))
    first_seen: Mapped[dt.date]
    last_seen: Mapped[dt.date]
    facts_as_of: Mapped[dt.date]
    facts_from: Mapped[Coverage | None] = mapped_column(Word(Coverage))
    left_on: Mapped[dt.date | None]
    source_note: Mapped[str | None] = mapped_column(String(500))
    source_read_on: Mapped[dt.date | None]
    added_by: Mapped[str | None] = mapped_column(String(22), ForeignKey("person.id"))
    search_words: Mapped[str] = mapped_column(String(1500))


class Inspection(Base):
    """One inspection or visit. Event numbers repeat between the branches of one agency, so the key is the URN and the
    number.

    A file without numbers leaves `event_number` empty; then the day is the key. `full` says that it was a full
    inspection with a judgement, the only kind that is ever scored (F-20). `labels` keeps the published words where
    they are not the scale's own (F-11). `source_note`, `source_read_on` and `added_by` are of one that a person typed.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        UniqueConstraint("urn", "event_number"),
        CheckConstraint("NOT (contradictory AND NOT full_judgement)", name="only_judgements_contradict"),
        CheckConstraint(
            "(resolution IS NULL) = (resolved_at IS NULL) "
            "AND (resolution IS NULL OR (contradictory AND reason IS NOT NULL))",
            name="resolved_whole",
        ),
        one_of("event_type", EventType),
        *(
            one_of(column, Grade)
            for column in ("overall", "helped_protected", "leaders_managers", "education", "health")
        ),
        one_of("supported_outcome", SupportedOutcome),
        one_of("resolution", Resolution),
        one_of("facts_from", Coverage),
        CheckConstraint(
            "(source_note IS NULL) = (source_read_on IS NULL) AND (source_note IS NULL) = (added_by IS NULL)",
            name="source_whole",
        ),
        Index("ix_inspection_urn_day", "urn", "inspected_on"),
        Index("ix_inspection_contradictory", "contradictory", "resolution"),
    )

    id: Mapped[Id]
    urn: Mapped[str] = mapped_column(String(9), ForeignKey("registration.urn"))
    event_number: Mapped[str | None] = mapped_column(String(20))
    event_type: Mapped[EventType] = mapped_column(Word(EventType))
    event_label: Mapped[str] = mapped_column(String(120))
    inspected_on: Mapped[dt.date]
    published_on: Mapped[dt.date | None]
    full_judgement: Mapped[bool]
    overall: Mapped[Grade | None] = mapped_column(Word(Grade))
    helped_protected: Mapped[Grade | None] = mapped_column(Word(Grade))
    leaders_managers: Mapped[Grade | None] = mapped_column(Word(Grade))
    education: Mapped[Grade | None] = mapped_column(Word(Grade))
    health: Mapped[Grade | None] = mapped_column(Word(Grade))
    supported_outcome: Mapped[SupportedOutcome | None] = mapped_column(Word(SupportedOutcome))
    # Of schools: the independent school standards and safeguarding, each met, not met or not said (F-18); and a report
    # card's areas with their words, which no four-point grade is ever derived from (F-17).
    standards_met: Mapped[bool | None]
    safeguarding_met: Mapped[bool | None]
    report_card: Mapped[dict[str, Any] | None] = mapped_column(Json)
    inspectorate: Mapped[str | None] = mapped_column(String(80))
    labels: Mapped[dict[str, Any]] = mapped_column(Json)
    contradictory: Mapped[bool]
    resolution: Mapped[Resolution | None] = mapped_column(Word(Resolution))
    resolved_by: Mapped[str | None] = mapped_column(String(22), ForeignKey("person.id"))
    resolved_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None] = mapped_column(String(2000))
    facts_as_of: Mapped[dt.date]
    facts_from: Mapped[Coverage] = mapped_column(Word(Coverage))
    source_note: Mapped[str | None] = mapped_column(String(500))
    source_read_on: Mapped[dt.date | None]
    added_by: Mapped[str | None] = mapped_column(String(22), ForeignKey("person.id"))


class RegisterImport(Base):
    """A file that was imported: what it was, what it covered, which URNs it listed and what came of it."""

    __tablename__ = "register_import"
    __table_args__ = (
        one_of("coverage", Coverage),
        Index("ix_register_import_coverage_day", "coverage", "as_of"),
    )

    id: Mapped[Id]
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    as_of: Mapped[dt.date]
    coverage: Mapped[Coverage] = mapped_column(Word(Coverage))
    rows_read: Mapped[int]
    new: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    rejected: Mapped[int]
    imported_at: Mapped[dt.datetime] = mapped_column(index=True)
    imported_by: Mapped[str | None] = mapped_column(String(22), ForeignKey("person.id"))
    report: Mapped[dict[str, Any]] = mapped_column(Json)
    urns: Mapped[list[str]] = mapped_column(Json, deferred=True)


class SupportedPremises(Base):
    """One building of a supported-accommodation provider, as the file of one date lists it. Buildings have no number of
    their own, so a file of the same date replaces the list and other dates stay as history.

    `urn` refers to nothing: a file may list a provider that the register does not hold yet.
    """

    __tablename__ = "supported_premises"
    __table_args__ = (
        CheckConstraint("category BETWEEN 1 AND 4", name="category_range"),
        CheckConstraint(f"places BETWEEN 0 AND {MAX_PLACES}", name="places_range"),
        Index("ix_supported_premises_urn_day", "urn", "as_of"),
        Index("ix_supported_premises_day", "as_of"),
    )

    id: Mapped[Id]
    as_of: Mapped[dt.date]
    urn: Mapped[str] = mapped_column(String(9))
    category: Mapped[int] = mapped_column(SmallInteger)
    places: Mapped[int | None] = mapped_column(Integer)
    region: Mapped[str | None] = mapped_column(String(120))
    local_authority: Mapped[str | None] = mapped_column(String(120))
    local_authority_gss: Mapped[str | None] = mapped_column(String(9))


class RegistrationChange(Base):
    """A registration joined or left, as the file of a year says: when, with which status, and the reason as published.

    `urn` refers to nothing: who left long ago was never in the register. A correction of the same date replaces the
    row; a file that leaves it out takes nothing back.
    """

    __tablename__ = "registration_change"
    __table_args__ = (
        one_of("kind", ChangeKind),
        UniqueConstraint("urn", "kind", "as_of"),
        Index("ix_registration_change_day", "as_of", "kind", "happened_on"),
    )

    id: Mapped[Id]
    as_of: Mapped[dt.date]
    urn: Mapped[str] = mapped_column(String(9))
    kind: Mapped[ChangeKind] = mapped_column(Word(ChangeKind))
    happened_on: Mapped[dt.date]
    registration_status: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(300))
    provision_type: Mapped[str] = mapped_column(String(120))
    name: Mapped[str | None] = mapped_column(String(300))
    region: Mapped[str | None] = mapped_column(String(120))
    local_authority: Mapped[str | None] = mapped_column(String(120))
    local_authority_gss: Mapped[str | None] = mapped_column(String(9))
    sector: Mapped[str | None] = mapped_column(String(60))
    places: Mapped[int | None] = mapped_column(Integer)


class RegisterUpload(Base):
    """A file that somebody uploaded: read, previewed, then confirmed or discarded.

    `preview` is the report of what it would do, and `digest` says what that report rests on: an import that would do
    anything else is not done, and the new preview is shown (`changed_at`).
    """

    __tablename__ = "register_upload"
    __table_args__ = (
        one_of("status", UploadStatus),
        CheckConstraint("status <> 'ready' OR (preview IS NOT NULL AND digest IS NOT NULL)", name="previewed"),
        CheckConstraint("status <> 'unreadable' OR problem IS NOT NULL", name="says_why"),
        CheckConstraint("status NOT IN ('imported', 'discarded') OR decided_at IS NOT NULL", name="decided"),
        Index("ix_register_upload_status", "status", "uploaded_at"),
    )

    id: Mapped[Id]
    file_name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    as_of: Mapped[dt.date]
    skip_bad_rows: Mapped[bool]
    status: Mapped[UploadStatus] = mapped_column(Word(UploadStatus), default=UploadStatus.READING)
    uploaded_by: Mapped[str] = mapped_column(String(22), ForeignKey("person.id"))
    uploaded_at: Mapped[dt.datetime]
    preview: Mapped[dict[str, Any] | None] = mapped_column(Json)
    digest: Mapped[str | None] = mapped_column(String(64))
    computed_at: Mapped[dt.datetime | None]
    changed_at: Mapped[dt.datetime | None]
    problem: Mapped[str | None] = mapped_column(String(1000))
    batch_id: Mapped[str | None] = mapped_column(String(22), ForeignKey("batch.id"))
    decided_by: Mapped[str | None] = mapped_column(String(22), ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    import_id: Mapped[str | None] = mapped_column(String(22), ForeignKey("register_import.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
