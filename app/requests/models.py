"""Placement requests, the children they name, the moves of their status, and their way to approval and the market."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Id, Pence, Word, one_of, reference_to
from app.identity.status import Role
from app.requests.status import ApprovalHow, ChangeKind, RequestStatus, Siblings, Urgency


class PlacementRequest(Base):
    """One request for a home or a school place.

    Answers stand in `request_section`, sealed under the child's key. The typed columns are written when the form is
    submitted; weights,
    benchmark and origin are frozen at publication and a trigger refuses to change them afterwards.
    """

    __tablename__ = "placement_request"
    __table_args__ = (
        one_of("status", RequestStatus),
        one_of("urgency", Urgency),
        one_of("siblings", Siblings),
        CheckConstraint("(siblings = 'alone') = (places = 1)", name="siblings_are_several"),
        CheckConstraint(
            "published_at IS NULL OR (lot_id IS NOT NULL AND offers_close_at IS NOT NULL AND weights IS NOT NULL"
            " AND evaluation_policy_id IS NOT NULL AND age_weeks IS NOT NULL AND needs IS NOT NULL)",
            name="published_whole",
        ),
        CheckConstraint(
            "status NOT IN ('published', 'awarded', 'unplaced') OR published_at IS NOT NULL", name="published_at"
        ),
        CheckConstraint("offers_close_at IS NULL OR offers_close_at > published_at", name="deadline_after_publication"),
        CheckConstraint("benchmark_pence IS NULL OR benchmark_pence > 0", name="benchmark_positive"),
        CheckConstraint(
            "(status = 'placed_in_house') = (placed_service_id IS NOT NULL AND placed_first_day IS NOT NULL)",
            name="placed_in_house_whole",
        ),
        CheckConstraint("status <> 'unplaced' OR unmet_code IS NOT NULL", name="unmet_coded"),
        UniqueConstraint("follows_id"),
        Index("ix_placement_request_desk", "organisation_id", "status", "offers_close_at"),
        # Each order of the list of requests, so that a page is found without reading the rest.
        Index("ix_placement_request_changed", "organisation_id", "changed_at", "id"),
        Index("ix_placement_request_needed", "organisation_id", "needed_from", "id"),
        Index("ix_placement_request_closes", "organisation_id", "offers_close_at", "id"),
        Index("ix_placement_request_writer", "organisation_id", "created_by", "changed_at"),
        Index("ix_placement_request_late", "organisation_id", "status", "needed_from"),
        Index("ix_placement_request_said", "organisation_id", "reference"),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    form_version: Mapped[str] = mapped_column(String(20))
    status: Mapped[RequestStatus] = mapped_column(Word(RequestStatus), default=RequestStatus.DRAFT)
    created_by: Mapped[str] = reference_to("person.id", index=False)
    created_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    approved_at: Mapped[dt.datetime | None]
    published_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    # Written at submission, from the answers.
    urgency: Mapped[Urgency | None] = mapped_column(Word(Urgency))
    needed_from: Mapped[dt.date | None]
    expected_weeks: Mapped[int | None]
    age_weeks: Mapped[int | None]
    sex: Mapped[str | None] = mapped_column(String(1))
    needs: Mapped[list[int | None] | None]
    looked_after: Mapped[bool | None]
    max_miles: Mapped[int | None]
    places: Mapped[int] = mapped_column(default=1)
    home_authority_gss: Mapped[str | None] = mapped_column(String(9))
    siblings: Mapped[Siblings] = mapped_column(Word(Siblings), default=Siblings.ALONE)
    # What matching needs beside: GSS codes of areas that are ruled out, codes of adaptations that the home must have, a
    # language that it must speak, and whether the child must live there alone.
    exclude_authorities: Mapped[list[str] | None]
    adaptations: Mapped[list[str] | None]
    language_required: Mapped[str | None] = mapped_column(String(20))
    solo: Mapped[bool] = mapped_column(default=False)
    # Frozen at publication. The origin is rounded to 100 metres.
    lot_id: Mapped[str | None] = reference_to("lot.id", nullable=True)
    offers_close_at: Mapped[dt.datetime | None]
    weights: Mapped[dict[str, Any] | None]
    evaluation_policy_id: Mapped[str | None] = reference_to("policy_version.id", nullable=True, index=False)
    benchmark_pence: Mapped[Pence | None]
    benchmark_policy_id: Mapped[str | None] = reference_to("policy_version.id", nullable=True, index=False)
    benchmark_source: Mapped[str | None]
    origin_easting: Mapped[int | None]
    origin_northing: Mapped[int | None]
    # The route: until when the borough's own services are asked, the plan of waves, and how it ended without an award.
    in_house_asked_at: Mapped[dt.datetime | None]
    in_house_until: Mapped[dt.datetime | None]
    wave_plan: Mapped[str | None] = mapped_column(String(40))
    escalated_at: Mapped[dt.datetime | None]
    placed_service_id: Mapped[str | None] = reference_to("service.id", nullable=True, index=False)
    placed_first_day: Mapped[dt.date | None]
    unmet_code: Mapped[str | None] = mapped_column(String(40))
    unmet_words: Mapped[str | None] = mapped_column(String(2000))
    follows_id: Mapped[str | None] = mapped_column(ForeignKey("placement_request.id"))
    version: Mapped[int] = mapped_column(default=1)

    children: Mapped[list[RequestChild]] = relationship(order_by="RequestChild.position", back_populates="request")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class RequestChild(Base):
    """A child whom a request names. Offers, awards and placements cite these rows. What was measured of the child is
    written at submission and frozen at publication, like the request's own columns, which are the first child's.
    """

    __tablename__ = "request_child"
    __table_args__ = (UniqueConstraint("request_id", "child_id"), UniqueConstraint("request_id", "position"))

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    child_id: Mapped[str] = reference_to("child.id")
    position: Mapped[int]
    age_weeks: Mapped[int | None]
    sex: Mapped[str | None] = mapped_column(String(1))
    needs: Mapped[list[int | None] | None]

    request: Mapped[PlacementRequest] = relationship(back_populates="children")


class RequestMove(Base):
    """A change of a request's status: when, who and why. Moves are numbered from 1, because two can have one time."""

    __tablename__ = "request_move"
    __table_args__ = (
        one_of("to_status", RequestStatus),
        UniqueConstraint("request_id", "position"),
        # What ended how in a stretch of time, of every borough, without reading the moves of all other requests.
        Index("ix_request_move_ended", "to_status", "at"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    position: Mapped[int]
    to_status: Mapped[RequestStatus] = mapped_column(Word(RequestStatus))
    at: Mapped[dt.datetime]
    person_id: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    reason: Mapped[str | None]


class JoiningException(Base):
    """Why an application to a lot is not decided before a request there stops taking offers: the exceptional complexity
    that section 34 of the Procurement Act 2023 knows (F-4).
    """

    __tablename__ = "joining_exception"
    __table_args__ = (UniqueConstraint("application_id", "request_id"),)

    id: Mapped[Id]
    application_id: Mapped[str] = reference_to("application.id", index=False)
    request_id: Mapped[str] = reference_to("placement_request.id")
    reason: Mapped[str]
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]


class SavedView(Base):
    """A list of requests that a person keeps under a name: what narrows it and how it is sorted, as the address has
    it.
    """

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "name"),)

    id: Mapped[Id]
    person_id: Mapped[str] = reference_to("person.id")
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    name: Mapped[str] = mapped_column(String(60))
    asked: Mapped[dict[str, Any]]
    kept_at: Mapped[dt.datetime]


class RequestApproval(Base):
    """One approval: whose decision it is, in whose place and within which role's limit, and who wrote it down. One by
    telephone is confirmed or denied by whoever gave it. `move_position` is the move that it made.
    """

    __tablename__ = "request_approval"
    __table_args__ = (
        one_of("how", ApprovalHow),
        one_of("role", Role),
        UniqueConstraint("request_id", "move_position"),
        CheckConstraint("(how = 'telephone') = (confirm_by IS NOT NULL)", name="telephone_is_confirmed"),
        CheckConstraint("how = 'telephone' OR given_by = recorded_by", name="page_is_own"),
        CheckConstraint("how <> 'telephone' OR given_by <> recorded_by", name="telephone_is_anothers"),
        CheckConstraint("in_place_of IS NULL OR in_place_of <> given_by", name="covers_another"),
        CheckConstraint(
            "how = 'telephone' OR (confirmed_at IS NULL AND denied_at IS NULL)", name="only_telephone_is_answered"
        ),
        CheckConstraint("confirmed_at IS NULL OR denied_at IS NULL", name="answered_once"),
        CheckConstraint("(denied_at IS NULL) = (denial_reason IS NULL)", name="denial_has_reason"),
        CheckConstraint("given_at <= recorded_at", name="given_before_recorded"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    move_position: Mapped[int]
    how: Mapped[ApprovalHow] = mapped_column(Word(ApprovalHow))
    given_by: Mapped[str] = reference_to("person.id")
    in_place_of: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    role: Mapped[Role] = mapped_column(Word(Role))
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    given_at: Mapped[dt.datetime]
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]
    confirm_by: Mapped[dt.date | None]
    confirmed_at: Mapped[dt.datetime | None]
    denied_at: Mapped[dt.datetime | None]
    denial_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class RequestEvidence(Base):
    """How a duty of the law was met at the request, sealed under the (first) child's key. The newest of a duty counts;
    the earlier ones stay.
    """

    __tablename__ = "request_evidence"
    __table_args__ = (UniqueConstraint("request_id", "duty", "position"),)

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    duty: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    sealed_words: Mapped[str]
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]


class ApprovalCover(Base):
    """Somebody approves in another's place from one day to another, both included. Ended early by whoever made it."""

    __tablename__ = "approval_cover"
    __table_args__ = (
        CheckConstraint("covered_id <> covering_id", name="by_another"),
        CheckConstraint("first_day <= last_day", name="days_in_order"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        Index("ix_approval_cover_days", "organisation_id", "first_day", "last_day"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    covered_id: Mapped[str] = reference_to("person.id")
    covering_id: Mapped[str] = reference_to("person.id")
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[str] = reference_to("person.id", index=False)
    made_at: Mapped[dt.datetime]
    ended_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    ended_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict


class RequestChange(Base):
    """What happened to a request on its way, beside its moves: numbered from 1, append-only by trigger. `words` is the
    reason that a person gave, `facts` what can be counted; `sealed_detail` is what answers said before and after an
    amendment: by position, each sealed under the key of the child whom it is about (0: about all, under the first's).
    """

    __tablename__ = "request_change"
    __table_args__ = (one_of("kind", ChangeKind), UniqueConstraint("request_id", "position"))

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ChangeKind] = mapped_column(Word(ChangeKind))
    at: Mapped[dt.datetime]
    person_id: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    words: Mapped[str | None] = mapped_column(String(2000))
    facts: Mapped[dict[str, Any]]
    sealed_detail: Mapped[str | None]


class RequestInclusion(Base):
    """Before a request is published: a service that fails only gates on which people may agree is to be told of it all
    the same, and why.
    """

    __tablename__ = "request_inclusion"
    __table_args__ = (UniqueConstraint("request_id", "lot_id", "service_id"),)

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    lot_id: Mapped[str] = reference_to("lot.id", index=False)
    service_id: Mapped[str] = reference_to("service.id", index=False)
    reason: Mapped[str] = mapped_column(String(2000))
    included_by: Mapped[str] = reference_to("person.id", index=False)
    included_at: Mapped[dt.datetime]


class DeadlineAgreement(Base):
    """A candidate agreed to a deadline that leaves less than the mode's days: who, for which company, and when
    (regulation 34; F-34). It serves only where every candidate of the lot agreed to the same one.
    """

    __tablename__ = "deadline_agreement"
    __table_args__ = (UniqueConstraint("request_id", "lot_id", "organisation_id", "closes_at"),)

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    lot_id: Mapped[str] = reference_to("lot.id", index=False)
    organisation_id: Mapped[str] = reference_to("organisation.id", index=False)
    closes_at: Mapped[dt.datetime]
    agreed_by: Mapped[str] = mapped_column(String(200))
    agreed_on: Mapped[dt.date]
    recorded_by: Mapped[str] = reference_to("person.id", index=False)
    recorded_at: Mapped[dt.datetime]


class RequestWave(Base):
    """One wave of invitations. The first opens with the publication; a later one at its time or when an officer opens
    it. `tier` is that of the plan: the wave tells every service of it, and of the tiers before, that was not told yet.
    """

    __tablename__ = "request_wave"
    __table_args__ = (UniqueConstraint("request_id", "number"), CheckConstraint("number > 0", name="number"))

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    number: Mapped[int]
    tier: Mapped[int]
    opens_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    opened_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)


class InHouseAsk(Base):
    """One of the borough's own services was asked whether it can take the child, before the market is. Those of one
    approval have its time; only the latest approval's count.
    """

    __tablename__ = "in_house_ask"
    __table_args__ = (
        UniqueConstraint("request_id", "service_id", "asked_at"),
        CheckConstraint("(answered_at IS NULL) = (can_take IS NULL)", name="answered_whole"),
        CheckConstraint("can_take IS NULL OR (can_take = (can_from IS NOT NULL))", name="can_from_a_day"),
        CheckConstraint("can_take IS NULL OR (can_take = (code IS NULL))", name="cannot_for_a_reason"),
    )

    id: Mapped[Id]
    request_id: Mapped[str] = mapped_column(ForeignKey("placement_request.id"), index=True)
    service_id: Mapped[str] = reference_to("service.id", index=False)
    organisation_id: Mapped[str] = reference_to("organisation.id")
    asked_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    can_take: Mapped[bool | None]
    can_from: Mapped[dt.date | None]
    code: Mapped[str | None] = mapped_column(String(40))
    words: Mapped[str | None] = mapped_column(String(2000))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
