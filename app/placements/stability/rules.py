"""The policy of stability: whether it is on, and from when on there is something to say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core import policies
from app.core.errors import Invalid
from matching.fit.stability import Rules

POLICY = "stability"
FEWEST = 50
"""A policy may ask for more placements than the shipped one and for fewer, but not for fewer than a band looks at."""


@dataclass(frozen=True)
class StabilityRules:
    """The policy in force. `found_sound` are the numbers of suspected models that somebody has found sound."""

    policy_version_id: str
    on: bool
    fitting: Rules
    found_sound: frozenset[int]
    days_between_models: int

    @classmethod
    def of(cls, policy: policies.Policy) -> StabilityRules:
        """Invalid where the numbers make no model."""
        content = policy.content
        fitting = Rules(
            horizon_weeks=int(content["horizon_weeks"]),
            least_placements=int(content["least_placements"]),
            least_ended_early=int(content["least_ended_early"]),
            least_of_kind=int(content["least_of_kind"]),
            auc_limit=float(content["auc_limit"]),
        )
        named = f"The stability policy {policy.version}"
        if fitting.horizon_weeks < 1 or not 0.5 < fitting.auc_limit < 1:
            raise Invalid(f"{named} needs a horizon of a week or more and a limit between 0.5 and 1.")
        if fitting.least_placements < FEWEST or not 5 <= fitting.least_ended_early < fitting.least_placements:
            raise Invalid(f"{named} asks for fewer than {FEWEST} placements, or fewer than 5 of them that ended early.")
        return cls(
            policy_version_id=policy.id,
            on=content["on"] is True,
            fitting=fitting,
            found_sound=frozenset(int(number) for number in content["found_sound"]),
            days_between_models=int(content["days_between_models"]),
        )


def stability_rules_on(session: Session, on: dt.date) -> StabilityRules | None:
    """The policy in force on a day where it turns stability on; None where it does not, or where there is none."""
    if not policies.has_any(session, POLICY, on):
        return None
    rules = StabilityRules.of(policies.in_force(session, POLICY, on))
    return rules if rules.on else None
