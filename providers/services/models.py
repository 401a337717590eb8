"""The service behind a confirmed claim, its homes, its vacancies by date, and what shows that it meets a need."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Word, one_of, reference_to
from providers.passport.models import Claim
from providers.services.status import EvidenceLevel, Exemption, HomeKind, HomeStatus, Setting

INDICATORS = 12
HIGHEST_LEVEL = 3
FOSTER_LIMIT = 3
"""Foster children in one household, unless exempt (Children Act 1989, Schedule 7, paragraph 2; F-28)."""


class Service(Base):
    """A service's profile. Sexes are empty, and the lists of needs too, until the company has said them.

    `capability`, `evidence` and `needs_confirmed_on` have 12 places, one for each needs indicator (0 to 3; declared,
    evidenced or verified; the day as YYYY-MM-DD). A coded list that is null was not said; an empty one says none.
    The `registered_` facts are from the certificate, where the register does not publish them.
    """

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("min_age >= 0 AND max_age >= min_age AND max_age <= 25", name="ages"),
        CheckConstraint("places_free >= 0", name="places_free"),
        CheckConstraint(
            "registered_min_age >= 0 AND registered_max_age >= registered_min_age AND registered_max_age <= 25",
            name="registered_ages",
        ),
        CheckConstraint("(registered_min_age IS NULL) = (registered_max_age IS NULL)", name="registered_age_pair"),
        one_of("setting", Setting),
    )

    id: Mapped[Id]
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    urn: Mapped[str] = mapped_column(ForeignKey("registration.urn"), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    alert_email: Mapped[str] = mapped_column(String(254))
    postcode: Mapped[str] = mapped_column(String(8))
    easting: Mapped[int | None]
    northing: Mapped[int | None]
    authority_gss: Mapped[str | None] = mapped_column(String(9), index=True)
    min_age: Mapped[int]
    max_age: Mapped[int]
    sexes: Mapped[list[str]]
    capability: Mapped[list[int]]
    evidence: Mapped[list[str]]
    needs_confirmed_on: Mapped[list[str]] = mapped_column(default=list)
    registered_min_age: Mapped[int | None]
    registered_max_age: Mapped[int | None]
    registered_places: Mapped[int | None]
    setting: Mapped[Setting | None] = mapped_column(Word(Setting))
    education_on_site: Mapped[bool | None]
    specialisms: Mapped[list[str] | None]
    languages: Mapped[list[str] | None]
    faiths: Mapped[list[str] | None]
    cultures: Mapped[list[str] | None]
    adaptations: Mapped[list[str] | None]
    pets: Mapped[list[str] | None]
    places_free: Mapped[int] = mapped_column(default=0)
    places_confirmed_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    claim: Mapped[Claim] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class Home(Base):
    """Where children live inside a service: a carer household, a building, premises.

    `code_name` is the company's own and never a carer's name. The postcode and the coordinates are for the company and
    the hub; others get a distance. Of the other children who live there only how many and their age bands are kept.
    """

    __tablename__ = "home"
    __table_args__ = (
        one_of("kind", HomeKind),
        one_of("status", HomeStatus),
        one_of("exemption", Exemption),
        UniqueConstraint("service_id", "code_name"),
        CheckConstraint("min_age >= 0 AND max_age >= min_age AND max_age <= 25", name="ages"),
        CheckConstraint("approved_for > 0", name="approved_for"),
        # More than three foster children need a ground that the law knows (F-28).
        CheckConstraint(
            f"kind <> 'household' OR approved_for <= {FOSTER_LIMIT} OR exemption IS NOT NULL", name="foster_limit"
        ),
        # An exemption is the authority's in whose area the carer lives, and has a day.
        CheckConstraint(
            "exemption IS NULL OR exemption <> 'authority'"
            " OR (exempted_by_gss = authority_gss AND exempted_on IS NOT NULL)",
            name="exempted_by",
        ),
        CheckConstraint("others >= 0", name="others"),
    )

    id: Mapped[Id]
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    kind: Mapped[HomeKind] = mapped_column(Word(HomeKind))
    code_name: Mapped[str] = mapped_column(String(60))
    status: Mapped[HomeStatus] = mapped_column(Word(HomeStatus), default=HomeStatus.AVAILABLE)
    postcode: Mapped[str] = mapped_column(String(8))
    easting: Mapped[int]
    northing: Mapped[int]
    authority_gss: Mapped[str] = mapped_column(String(9))
    min_age: Mapped[int]
    max_age: Mapped[int]
    sexes: Mapped[list[str]]
    approved_for: Mapped[int]
    exemption: Mapped[Exemption | None] = mapped_column(Word(Exemption))
    exempted_by_gss: Mapped[str | None] = mapped_column(String(9))
    exempted_on: Mapped[dt.date | None]
    solo: Mapped[bool]
    siblings: Mapped[bool]
    others: Mapped[int]
    others_bands: Mapped[list[str]]
    adaptations: Mapped[list[str]]
    languages: Mapped[list[str]]
    pets: Mapped[list[str]]
    confirmed_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    service: Mapped[Service] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class Vacancy(Base):
    """Places that are free from a day, as somebody confirmed them. A newer confirmation ends the rows before it.

    `rolled_at` says since when they are among the service's `places_free`; null for a day that has not come.
    `confirmed_by` is null where it was confirmed by a link.
    """

    __tablename__ = "vacancy"
    __table_args__ = (
        CheckConstraint("places >= 0", name="places"),
        # One standing word about each day: of the service as a whole, and of each of its homes.
        Index(
            "uq_vacancy_live",
            "service_id",
            "from_day",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND home_id IS NULL"),
            postgresql_where=text("ended_at IS NULL AND home_id IS NULL"),
        ),
        Index(
            "uq_vacancy_live_home",
            "home_id",
            "from_day",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND home_id IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL AND home_id IS NOT NULL"),
        ),
        # The daily job looks for days that have come.
        Index(
            "ix_vacancy_to_come",
            "from_day",
            sqlite_where=text("ended_at IS NULL AND rolled_at IS NULL"),
            postgresql_where=text("ended_at IS NULL AND rolled_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    home_id: Mapped[str | None] = mapped_column(ForeignKey("home.id"))
    places: Mapped[int]
    from_day: Mapped[dt.date]
    confirmed_at: Mapped[dt.datetime]
    confirmed_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    link_id: Mapped[str | None] = reference_to("link_token.id", nullable=True, index=False)
    rolled_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]


class CapabilityProof(Base):
    """What is known of one indicator beyond the company's word: its evidence, or what the hub saw at a visit.

    `shows` is what stood afterwards: `declared` where a visit did not see it. It is for the level of that time;
    `taken_back_at` says since when it no longer counts.
    """

    __tablename__ = "capability_proof"
    __table_args__ = (
        one_of("shows", EvidenceLevel),
        CheckConstraint(f"indicator BETWEEN 1 AND {INDICATORS}", name="indicator"),
        CheckConstraint(f"level BETWEEN 0 AND {HIGHEST_LEVEL}", name="level"),
        CheckConstraint("(shows = 'evidenced') = (visited_on IS NULL)", name="visited"),
        CheckConstraint("(sha256 IS NULL) = (file_name IS NULL)", name="file"),
        Index("ix_capability_proof_service_indicator", "service_id", "indicator"),
    )

    id: Mapped[Id]
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"))
    indicator: Mapped[int]
    level: Mapped[int]
    shows: Mapped[EvidenceLevel] = mapped_column(Word(EvidenceLevel))
    words: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("stored_file.sha256"))
    file_name: Mapped[str | None] = mapped_column(String(120))
    visited_on: Mapped[dt.date | None]
    given_by: Mapped[str] = reference_to("person.id", index=False)
    given_at: Mapped[dt.datetime]
    taken_back_at: Mapped[dt.datetime | None]
