"""Tables of the register: registrations, their inspections as history, and the files they came from."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Json, Word, one_of
from providers.register.status import Coverage, EventType, Grade, Resolution, Source, SupportedOutcome

MAX_PLACES = 32767


class Registration(Base):
    """One home, agency, school or undertaking as the newest file knows it. Cells that Ofsted redacts are unknown
    (null).

    `provision_type` and `registration_status` hold a word of status.py, or the file's own text where that is a word
    nobody here knows yet. `facts_as_of` and `facts_from` say which file the facts come from; `first_seen` and
    `last_seen` are the dates of the oldest and the newest file that lists it. Other tables refer to `urn`.
    """

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("length(urn) BETWEEN 6 AND 8 AND urn = upper(urn)", name="urn_form"),
        CheckConstraint(f"places BETWEEN 0 AND {MAX_PLACES}", name="places_range"),
        CheckConstraint("first_seen <= last_seen", name="seen_in_order"),
        one_of("source", Source),
        one_of("facts_from", Coverage),
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
    search_words: Mapped[str] = mapped_column(String(1500))


class Inspection(Base):
    """One inspection or visit. Event numbers repeat between the branches of one agency, so the key is the URN and the
    number.

    A file without numbers leaves `event_number` empty; then the day is the key. `full` says that it was a full
    inspection with a judgement, the only kind that is ever scored (F-20). `labels` keeps the published words where
    they are not the scale's own (F-11).
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
