"""The service behind a confirmed claim: the thing that is invited, offers and takes children."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, reference_to
from providers.passport.models import Claim

INDICATORS = 12
HIGHEST_LEVEL = 3


class Service(Base):
    """A service's profile. Sexes are empty, and the two lists too, until the company has said them.

    `capability` and `evidence` have 12 places, one for each needs indicator (0 to 3; declared, evidenced, verified).
    """

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("min_age >= 0 AND max_age >= min_age AND max_age <= 25", name="ages"),
        CheckConstraint("places_free >= 0", name="places_free"),
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
    places_free: Mapped[int] = mapped_column(default=0)
    places_confirmed_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    claim: Mapped[Claim] = relationship()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
