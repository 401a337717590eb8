"""Proposals for sharing places, each with what it says about every request. Append-only by trigger: a newer one is
added and none is changed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Id, reference_to


class JointPlan(Base):
    """One proposal over every request that was published and undecided when it was made.

    `inputs_hash` is over all that went in, so that nothing new is written where nothing changed. `placed` to
    `sum_total` are the objectives in their order, totals in millionths. `apart` counts requests that are left out
    because their children are placed apart. `spread` and `boroughs` are the imbalance that is reported: for each
    borough its requests, how many could be placed, how many are, and what sharing costs those. `places` are the free
    places, less those held, of the services that a row names. `number` counts up from 1.
    """

    __tablename__ = "joint_plan"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("placed <= requests AND urgent_placed <= urgent", name="counts"),
    )

    id: Mapped[Id]
    number: Mapped[int]
    made_at: Mapped[dt.datetime]
    asked_by: Mapped[str | None] = reference_to("person.id", nullable=True, index=False)
    inputs_hash: Mapped[str] = mapped_column(String(80))
    algorithm: Mapped[int]
    policy_version_id: Mapped[str] = reference_to("policy_version.id", index=False)
    requests: Mapped[int]
    apart: Mapped[int]
    placed: Mapped[int]
    urgent: Mapped[int]
    urgent_placed: Mapped[int]
    worst_total: Mapped[int | None]
    sum_total: Mapped[int] = mapped_column(BigInteger())
    spread: Mapped[int]
    boroughs: Mapped[list[Any]]
    places: Mapped[dict[str, Any]]


class JointPlanRow(Base):
    """What a proposal says about one request, or about one child of a group that no single service could take.

    `alone` is the best that it could have if it were the only one; `service_id` and `total` are what the proposal
    gives, null where it waits. `offer_id` is the opened offer behind that; null where offers were still sealed and the
    service was judged at its list price (`opened` false). `yields_to` are the rows of the same plan that take what
    would have been better for it, `gains_over` those that would have been better off in its place, each by `unit`.
    """

    __tablename__ = "joint_plan_row"
    __table_args__ = (
        UniqueConstraint("plan_id", "request_id", "children_key"),
        CheckConstraint(
            "(service_id IS NULL) = (total IS NULL) AND (alone_service_id IS NULL) = (alone_total IS NULL)",
            name="whole",
        ),
        CheckConstraint("offer_id IS NULL OR (opened AND service_id IS NOT NULL)", name="only_opened_offers"),
    )

    id: Mapped[Id]
    plan_id: Mapped[str] = mapped_column(ForeignKey("joint_plan.id"), index=True)
    request_id: Mapped[str] = reference_to("placement_request.id")
    organisation_id: Mapped[str] = reference_to("organisation.id")
    children_key: Mapped[str] = mapped_column(String(20))
    urgent: Mapped[bool]
    opened: Mapped[bool]
    alone_service_id: Mapped[str | None] = reference_to("service.id", nullable=True, index=False)
    alone_total: Mapped[int | None]
    service_id: Mapped[str | None] = reference_to("service.id", nullable=True, index=False)
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("offer.id"), index=False)
    total: Mapped[int | None]
    yields_to: Mapped[list[Any]]
    gains_over: Mapped[list[Any]]

    @property
    def unit(self) -> str:
        """How other rows of the plan name this one."""
        return unit_of(self.request_id, self.children_key)


def unit_of(request_id: str, children_key: str) -> str:
    """The name in a plan of a request, or of some of its children."""
    return f"{request_id}:{children_key}"
