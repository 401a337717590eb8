"""Invitations, offers and the children they are for, evaluations, decisions and place holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, Pence, Word, one_of, reference_to
from app.offers.pricing import payable_prices
from app.offers.status import OfferStatus, Situation


class Invitation(Base):
    """An enrolled service of the lot was told of a request. Written with its alert in the transaction that publishes
    or opens its `wave`. `against` are the gates that it fails and was told all the same: because the mode invites
    everybody, or because an officer included it (`included_reason`). `stands_since` is the number of the last change of
    the request after which its company said that its offer stands.
    """

    __tablename__ = "offer_invitation"
    __table_args__ = (UniqueConstraint("request_id", "service_id"),)

    id: Mapped[Id]
    request_id: Mapped[str] = reference_to("placement_request.id")
    service_id: Mapped[str] = reference_to("service.id")
    organisation_id: Mapped[str] = reference_to("organisation.id")
    invited_at: Mapped[dt.datetime]
    first_seen_at: Mapped[dt.datetime | None]
    declined_at: Mapped[dt.datetime | None]
    decline_code: Mapped[str | None] = mapped_column(String(40))
    wave: Mapped[int] = mapped_column(default=1)
    included_reason: Mapped[str | None] = mapped_column(String(2000))
    against: Mapped[list[Any] | None]
    stands_since: Mapped[int | None]


class LeftOut(Base):
    """A service of the lot that was not told of a request when it was published, and why: `facts["gates"]` are all the
    matcher's gates that it fails, each with the figures of both sides. `reason` is the first of them, and a stale
    vacancy only where it is the only one.
    """

    __tablename__ = "offer_left_out"
    __table_args__ = (UniqueConstraint("request_id", "service_id"),)

    id: Mapped[Id]
    request_id: Mapped[str] = reference_to("placement_request.id")
    service_id: Mapped[str] = reference_to("service.id")
    organisation_id: Mapped[str] = reference_to("organisation.id")
    reason: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]]
    at: Mapped[dt.datetime]


class Offer(Base):
    """A named service's offer for a request, or for some of its children. Price and text are sealed until the deadline;
    opening writes the typed columns.

    An offer is per child per week, in pence, over `weeks_per_year` weeks. `children_key` are the positions of its
    children in the request, in order, with commas between them; it never changes.
    """

    __tablename__ = "offer"
    __table_args__ = (
        one_of("status", OfferStatus),
        CheckConstraint("weeks_per_year IS NULL OR (weeks_per_year >= 1 AND weeks_per_year <= 52)", name="weeks"),
        CheckConstraint(
            "opened_at IS NULL OR weekly_pence = care_pence + education_pence + health_pence + transport_pence",
            name="price_adds_up",
        ),
        # One live offer from a service for the same children of a request.
        Index(
            "uq_offer_live",
            "request_id",
            "service_id",
            "children_key",
            unique=True,
            sqlite_where=text("status <> 'withdrawn'"),
            postgresql_where=text("status <> 'withdrawn'"),
        ),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    request_id: Mapped[str] = reference_to("placement_request.id")
    service_id: Mapped[str] = reference_to("service.id")
    organisation_id: Mapped[str] = reference_to("organisation.id")
    children_key: Mapped[str] = mapped_column(String(20), default="1", server_default="1")
    status: Mapped[OfferStatus] = mapped_column(Word(OfferStatus), default=OfferStatus.SUBMITTED)
    submitted_by: Mapped[str] = reference_to("person.id", index=False)
    submitted_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
    wrapped_key: Mapped[str]
    sealed_content: Mapped[str]
    opened_at: Mapped[dt.datetime | None]
    care_pence: Mapped[Pence | None]
    education_pence: Mapped[Pence | None]
    health_pence: Mapped[Pence | None]
    transport_pence: Mapped[Pence | None]
    weekly_pence: Mapped[Pence | None]
    weeks_per_year: Mapped[int | None]
    can_start_on: Mapped[dt.date | None]
    place_easting: Mapped[int | None]
    place_northing: Mapped[int | None]
    place_authority_gss: Mapped[str | None] = mapped_column(String(9))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict

    @property
    def payable_pence(self) -> int:
        """Pence for each calendar week of the year, whatever the weeks that are charged. 0 while it is sealed."""
        return sum(payable_prices(self).values())


class OfferChild(Base):
    """A child whom an offer is for. Triggers write these rows from the offer itself (`covering`); `chosen` says that it
    is preferred or has won.
    """

    __tablename__ = "offer_child"
    __table_args__ = (
        # At most one offer for a child is preferred or has won.
        Index(
            "uq_offer_child_chosen",
            "request_child_id",
            unique=True,
            sqlite_where=text("chosen"),
            postgresql_where=text("chosen"),
        ),
    )

    offer_id: Mapped[str] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    request_child_id: Mapped[str] = mapped_column(ForeignKey("request_child.id"), primary_key=True, index=True)
    chosen: Mapped[bool]


class Evaluation(Base):
    """The shortlist as it was frozen: inputs, policy, algorithm number and results, with their hash. Append-only by
    trigger.
    """

    __tablename__ = "evaluation"

    id: Mapped[Id]
    request_id: Mapped[str] = reference_to("placement_request.id", unique=True)
    algorithm: Mapped[int]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    record: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(80))
    frozen_at: Mapped[dt.datetime]
    frozen_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)


class Choice(Base):
    """A person prefers one offer of a frozen shortlist, with the reason, also when it is the first. Append-only by
    trigger. Offers preferred together for several children have the same time and reason; `apart_reason` says why the
    children are placed apart although one home could have taken them all.

    `reason_code` is one of the list of `reason_policy_id`, `situation` where the decision stands to the order.
    Decisions from before the list was kept have neither.
    """

    __tablename__ = "offer_choice"
    __table_args__ = (
        one_of("situation", Situation),
        CheckConstraint(
            "(reason_code IS NULL) = (reason_policy_id IS NULL) AND (reason_code IS NULL) = (situation IS NULL)",
            name="reason_whole",
        ),
        Index("ix_offer_choice_chosen_at", "chosen_at"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = reference_to("placement_request.id")
    evaluation_id: Mapped[str] = mapped_column(ForeignKey("evaluation.id"), index=True)
    offer_id: Mapped[str] = mapped_column(ForeignKey("offer.id"), index=True)
    rank: Mapped[int]
    reason: Mapped[str]
    reason_code: Mapped[str | None] = mapped_column(String(40))
    reason_policy_id: Mapped[str | None] = reference_to("policy_version.id", nullable=True, index=False)
    situation: Mapped[Situation | None] = mapped_column(Word(Situation))
    apart_reason: Mapped[str | None]
    chosen_by: Mapped[str] = reference_to("person.id", index=False)
    chosen_at: Mapped[dt.datetime]


class PlaceHold(Base):
    """A preferred offer holds its places until a time; expiry releases them and tells everyone concerned."""

    __tablename__ = "place_hold"
    __table_args__ = (
        CheckConstraint("places > 0", name="places"),
        Index(
            "uq_place_hold_live",
            "offer_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    offer_id: Mapped[str] = mapped_column(ForeignKey("offer.id"), index=True)
    service_id: Mapped[str] = reference_to("service.id")
    places: Mapped[int]
    held_at: Mapped[dt.datetime]
    valid_until: Mapped[dt.datetime] = mapped_column(index=True)
    released_at: Mapped[dt.datetime | None]
    release_reason: Mapped[str | None] = mapped_column(String(60))


class Exemption(Base):
    """A suspended service may take part in one request all the same, because the borough's Head of Children's Social
    Care says so, with reasons and on conditions (F-16). `against` is what stood against the service when it was given;
    `ended_by` is an inspection that found the like since, which the exemption does not cover.
    """

    __tablename__ = "exemption"
    __table_args__ = (
        # At most one that holds for a service in a request.
        Index(
            "uq_exemption_live",
            "request_id",
            "service_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL AND ended_by IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL AND ended_by IS NULL"),
        ),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL)",
            name="withdrawn_whole",
        ),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = reference_to("placement_request.id")
    service_id: Mapped[str] = reference_to("service.id")
    against: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(String(2000))
    conditions: Mapped[str] = mapped_column(String(2000))
    given_by: Mapped[str] = reference_to("person.id", index=False)
    given_at: Mapped[dt.datetime]
    withdrawn_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawal_reason: Mapped[str | None] = mapped_column(String(2000))
    ended_by: Mapped[str | None] = reference_to("inspection.id", nullable=True, index=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
