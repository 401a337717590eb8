"""The policy of the joint proposal: whether there is one, when it is worked out, and for which lots."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core import policies
from providers.market.status import ServiceType

POLICY = "joint"

REASON_CODE = "joint_proposal"
"""The code of a decision's reason for whoever follows the proposal (see `proposed_offers`)."""


@dataclass(frozen=True)
class JointRules:
    """The policy in figures. `hours` are full hours of a day in London, `flag_spread` is in millionths."""

    policy_version_id: str
    on: bool
    hours: tuple[int, ...]
    service_types: tuple[ServiceType, ...]
    flag_spread: int


def joint_rules(session: Session, on: dt.date) -> JointRules | None:
    """The rules in force on a day; None where no version is, which is as if it were off."""
    if not policies.has_any(session, POLICY, on):
        return None
    policy = policies.in_force(session, POLICY, on)
    content = policy.content
    return JointRules(
        policy_version_id=policy.id,
        on=bool(content["on"]),
        hours=tuple(sorted({int(hour) for hour in content["hours"]})),
        service_types=tuple(ServiceType(word) for word in content["service_types"]),
        flag_spread=int(content["flag_spread"]),
    )
