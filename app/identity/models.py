"""Organisations, people, memberships, sign-ups, invitations, password resets, sessions and failed sign-ins."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Word, one_of
from app.identity.status import OrganisationKind, Role


class Organisation(Base):
    """A borough, a provider company, an agency such as an integrated care board, or the sub-regional hub."""

    __tablename__ = "organisation"
    __table_args__ = (
        one_of("kind", OrganisationKind),
        CheckConstraint("in_house_of IS NULL OR kind = 'provider'", name="in_house_provider"),
        # One deployment is one consortium, so there is one hub.
        Index(
            "uq_organisation_one_hub",
            "kind",
            unique=True,
            sqlite_where=text("kind = 'hub'"),
            postgresql_where=text("kind = 'hub'"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[OrganisationKind] = mapped_column(Word(OrganisationKind))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    short_code: Mapped[str | None] = mapped_column(String(8), unique=True)
    gss_code: Mapped[str | None] = mapped_column(String(9), unique=True)
    company_number: Mapped[str | None] = mapped_column(String(12), unique=True)
    alert_email: Mapped[str | None] = mapped_column(String(254))
    # A provider that is a borough's own: its services stand outside the competition.
    in_house_of: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_at: Mapped[dt.datetime]


class Person(Base):
    """Somebody who signs in. The address is kept folded; the password only as an argon2id hash."""

    __tablename__ = "person"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[dt.datetime | None]
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]


class Membership(Base):
    """One role that a person holds in one organisation, from when until when."""

    __tablename__ = "membership"
    __table_args__ = (
        one_of("role", Role),
        Index(
            "uq_membership_live",
            "person_id",
            "organisation_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()


class Invitation(Base):
    """A promise by e-mail of a role in an organisation. The token is stored only as a hash and works once, until it
    expires."""

    __tablename__ = "invitation"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    invited_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    accepted_at: Mapped[dt.datetime | None]
    cancelled_at: Mapped[dt.datetime | None]

    organisation: Mapped[Organisation] = relationship()


class SignUp(Base):
    """A company that asks to come in. It becomes an organisation once the link in the e-mail is followed, within two
    days."""

    __tablename__ = "sign_up"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    person_name: Mapped[str] = mapped_column(String(200))
    company_name: Mapped[str] = mapped_column(String(200))
    company_number: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    confirmed_at: Mapped[dt.datetime | None]


class PasswordReset(Base):
    """A link to choose a new password. Stored as a hash, works once, for an hour."""

    __tablename__ = "password_reset"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class SignInSession(Base):
    """A signed-in browser. The cookie holds a token whose hash stands here, so that leaving or a reset ends it
    everywhere at once."""

    __tablename__ = "sign_in_session"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"))
    started_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class FailedSignIn(Base):
    """A failed sign-in, by folded address hash and network address, for lock-out across processes."""

    __tablename__ = "failed_sign_in"
    id: Mapped[Id]
    email_hash: Mapped[str] = mapped_column(String(64), index=True)
    network_address: Mapped[str] = mapped_column(String(45), index=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)


class ServiceKey(Base):
    """A key with which a borough's case system uses the API: it acts as a person of its own, who signs in nowhere, with
    no more than the key's scope. Shown once, kept as a hash.
    """

    __tablename__ = "service_key"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="ends_later"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_somebody"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[list[str]]
    created_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[dt.datetime | None]
