"""Payers, panels, referrals, shares, decisions, signatures and authorities."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Pence, Word, one_of, reference_to
from app.panels.status import (
    AuthorityKind,
    AuthorityStatus,
    Element,
    Outcome,
    PayerKind,
    ReferralStatus,
)


class Payer(Base):
    """A budget that pays: a borough's social care, its high-needs block, an integrated care board's continuing care."""

    __tablename__ = "payer"
    __table_args__ = (one_of("kind", PayerKind),)

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id")
    kind: Mapped[PayerKind] = mapped_column(Word(PayerKind))
    name: Mapped[str] = mapped_column(String(160), unique=True)


class Panel(Base):
    """A multi-agency funding panel of a borough. A case must be listed `lead_days` before the meeting."""

    __tablename__ = "panel"
    __table_args__ = (CheckConstraint("lead_days >= 0", name="lead_days"),)

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id")
    name: Mapped[str] = mapped_column(String(160), unique=True)
    series_id: Mapped[str] = reference_to("meeting_series.id", unique=True)
    lead_days: Mapped[int]


class PanelSeat(Base):
    """A person sits on a panel: as chair, administrator, or for a payer whose budget they may commit."""

    __tablename__ = "panel_seat"
    __table_args__ = (
        UniqueConstraint("panel_id", "person_id", "payer_id", "is_chair"),
        CheckConstraint("NOT (is_chair AND payer_id IS NOT NULL)", name="chair_is_not_payer"),
    )

    id: Mapped[Id]
    panel_id: Mapped[str] = mapped_column(ForeignKey("panel.id"), index=True)
    person_id: Mapped[str] = reference_to("person.id")
    payer_id: Mapped[str | None] = reference_to("payer.id", nullable=True, index=False)
    is_chair: Mapped[bool] = mapped_column(default=False)
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date | None]


class Referral(Base):
    """A preferred offer put to a panel, with what the panel needs to know."""

    __tablename__ = "referral"
    __table_args__ = (
        one_of("status", ReferralStatus),
        Index(
            "uq_referral_open",
            "offer_id",
            unique=True,
            sqlite_where=text("status IN ('draft', 'listed', 'returned')"),
            postgresql_where=text("status IN ('draft', 'listed', 'returned')"),
        ),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    request_id: Mapped[str] = reference_to("placement_request.id")
    offer_id: Mapped[str] = reference_to("offer.id")
    panel_id: Mapped[str] = mapped_column(ForeignKey("panel.id"), index=True)
    meeting_id: Mapped[str | None] = reference_to("meeting.id", nullable=True)
    status: Mapped[ReferralStatus] = mapped_column(Word(ReferralStatus), default=ReferralStatus.DRAFT)
    weekly_pence: Mapped[Pence]
    professionals_met_on: Mapped[dt.date | None]
    fostering_explored: Mapped[str | None]
    case_for_placement: Mapped[str | None]
    first_day: Mapped[dt.date | None]
    last_day: Mapped[dt.date | None]
    health_approved_on: Mapped[dt.date | None]
    health_approved_by: Mapped[str | None] = mapped_column(String(200))
    health_by_executive: Mapped[bool] = mapped_column(default=False)
    split_reason: Mapped[str | None]
    created_by: Mapped[str] = reference_to("person.id", index=False)
    created_at: Mapped[dt.datetime]
    # Whoever wrote any of it has no part in the panel's decision.
    saved_by: Mapped[str] = reference_to("person.id", index=False)
    changed_at: Mapped[dt.datetime]
    listed_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    listed_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class FundingShare(Base):
    """What one payer pays of one element of the weekly price. The shares of a referral sum to it to the penny
    (F-43).
    """

    __tablename__ = "funding_share"
    __table_args__ = (
        one_of("element", Element),
        UniqueConstraint("referral_id", "payer_id", "element"),
        CheckConstraint("weekly_pence > 0", name="positive"),
    )

    id: Mapped[Id]
    referral_id: Mapped[str] = mapped_column(ForeignKey("referral.id"), index=True)
    payer_id: Mapped[str] = mapped_column(ForeignKey("payer.id"))
    element: Mapped[Element] = mapped_column(Word(Element))
    weekly_pence: Mapped[Pence]


class PanelDecision(Base):
    """What the panel decided, and, where it approved, for which offer, from when to when and reviewed when (F-46,
    F-47).
    """

    __tablename__ = "panel_decision"
    __table_args__ = (
        one_of("outcome", Outcome),
        CheckConstraint(
            "outcome <> 'approve' OR (offer_id IS NOT NULL AND first_day IS NOT NULL AND last_day IS NOT NULL"
            " AND review_on IS NOT NULL AND weekly_ceiling_pence > 0 AND last_day >= first_day"
            " AND lead_payer_id IS NOT NULL)",
            name="approval_whole",
        ),
    )

    id: Mapped[Id]
    referral_id: Mapped[str] = mapped_column(ForeignKey("referral.id"), index=True)
    meeting_id: Mapped[str] = reference_to("meeting.id")
    outcome: Mapped[Outcome] = mapped_column(Word(Outcome))
    reason: Mapped[str]
    offer_id: Mapped[str | None] = reference_to("offer.id", nullable=True)
    weekly_ceiling_pence: Mapped[Pence | None]
    first_day: Mapped[dt.date | None]
    last_day: Mapped[dt.date | None]
    review_on: Mapped[dt.date | None]
    lead_payer_id: Mapped[str | None] = reference_to("payer.id", nullable=True, index=False)
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]

    referral: Mapped[Referral] = relationship()


class Signature(Base):
    """The chair, or a payer's representative, signs a decision. `payer_id` is null for the chair."""

    __tablename__ = "panel_signature"
    __table_args__ = (
        # Nobody signs twice in two capacities: a decision is never one person's.
        UniqueConstraint("decision_id", "person_id"),
        Index(
            "uq_panel_signature_chair",
            "decision_id",
            unique=True,
            sqlite_where=text("payer_id IS NULL"),
            postgresql_where=text("payer_id IS NULL"),
        ),
        Index(
            "uq_panel_signature_payer",
            "decision_id",
            "payer_id",
            unique=True,
            sqlite_where=text("payer_id IS NOT NULL"),
            postgresql_where=text("payer_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    decision_id: Mapped[str] = mapped_column(ForeignKey("panel_decision.id"), index=True)
    payer_id: Mapped[str | None] = mapped_column(ForeignKey("payer.id"))
    person_id: Mapped[str] = reference_to("person.id")
    signed_at: Mapped[dt.datetime]


class Authority(Base):
    """The power to award one offer, up to a weekly ceiling, between two days. An award must cite one that covers it
    (triggers).

    `given_at` may precede `recorded_at` for an emergency, which lapses on the next available panel's day as fixed
    when it was given (F-45).
    """

    __tablename__ = "authority"
    __table_args__ = (
        one_of("kind", AuthorityKind),
        one_of("status", AuthorityStatus),
        CheckConstraint("weekly_ceiling_pence > 0", name="ceiling"),
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("kind <> 'panel' OR decision_id IS NOT NULL", name="panel_has_decision"),
        CheckConstraint(
            "kind <> 'emergency' OR (lapses_on IS NOT NULL AND last_day <= lapses_on)", name="emergency_lapses"
        ),
    )

    id: Mapped[Id]
    kind: Mapped[AuthorityKind] = mapped_column(Word(AuthorityKind))
    status: Mapped[AuthorityStatus] = mapped_column(Word(AuthorityStatus), default=AuthorityStatus.LIVE)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    offer_id: Mapped[str] = reference_to("offer.id")
    decision_id: Mapped[str | None] = reference_to("panel_decision.id", nullable=True, unique=True)
    weekly_ceiling_pence: Mapped[Pence]
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    review_on: Mapped[dt.date | None]
    lapses_on: Mapped[dt.date | None]
    reason: Mapped[str]
    given_by: Mapped[str] = reference_to("person.id", index=False)
    given_at: Mapped[dt.datetime]
    recorded_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class AuthorityShare(Base):
    """What each payer has agreed to pay under an authority, by element."""

    __tablename__ = "authority_share"
    __table_args__ = (
        one_of("element", Element),
        UniqueConstraint("authority_id", "payer_id", "element"),
        CheckConstraint("weekly_pence > 0", name="positive"),
    )

    id: Mapped[Id]
    authority_id: Mapped[str] = mapped_column(ForeignKey("authority.id"), index=True)
    payer_id: Mapped[str] = mapped_column(ForeignKey("payer.id"), index=True)
    element: Mapped[Element] = mapped_column(Word(Element))
    weekly_pence: Mapped[Pence]
