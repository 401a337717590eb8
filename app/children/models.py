"""Children of a borough. Whatever identifies is encrypted under the child's own key; destroying the key erases it
everywhere.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, reference_to


class Child(Base):
    """A child whom a borough looks after or supports. `sealed_*` columns are ciphertext; `name_index` is a keyed
    hash.
    """

    __tablename__ = "child"
    __table_args__ = (Index("ix_child_said", "organisation_id", "reference"),)

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    wrapped_key: Mapped[str | None]
    sealed_given_name: Mapped[str]
    sealed_family_name: Mapped[str]
    sealed_date_of_birth: Mapped[str]
    sealed_home_postcode: Mapped[str]
    name_index: Mapped[str] = mapped_column(String(64), index=True)
    sex: Mapped[str] = mapped_column(String(1))
    sealed_ethnicity: Mapped[str]
    created_by: Mapped[str] = reference_to("person.id", index=False)
    created_at: Mapped[dt.datetime]
    erased_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class NeedsMeasure(Base):
    """The 12 indicators measured on a day, each 0 to 3 or not measured (null). Missing is missing, never zero
    (F-57).
    """

    __tablename__ = "needs_measure"

    id: Mapped[Id]
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    measured_on: Mapped[dt.date]
    scores: Mapped[list[int | None]]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    measured_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]


class ChildView(Base):
    """Somebody was shown a child's data: who, acting for whom, which page, when. Written before the page is shown."""

    __tablename__ = "child_view"

    id: Mapped[Id]
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    person_id: Mapped[str] = reference_to("person.id")
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    what: Mapped[str] = mapped_column(String(80))
    at: Mapped[dt.datetime]
