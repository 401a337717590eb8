"""How long people have under each procurement mode: the hub to decide an application, providers to answer a request.

The numbers are the policy `procurement`. Where the law names the days (regulation 34: ten working days, fifteen when
justified, F-2) the clock is the law's; elsewhere it is a target and the law asks for a reasonable period.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app.core.clock import LONDON, local_date
from app.core.errors import Invalid
from app.core.policies import in_force
from app.core.workdays import add_working_days
from providers.market.status import ProcurementMode

POLICY = "procurement"


class Clock(StrEnum):
    """Whose days they are: the law's, or a target that the consortium set itself."""

    LAW = "law"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class ModeRules:
    """The numbers of one mode. Application days are working days; `least_response_days` are calendar days, 0 for
    none.
    """

    mode: ProcurementMode
    application_days: int
    extended_days: int
    clock: Clock
    least_response_days: int
    invite_everyone: bool
    last_end: dt.date | None
    policy_version_id: str


@dataclass(frozen=True, slots=True)
class ResponseWindow:
    """Until when providers are usually given, and the earliest deadline that the mode allows without every
    candidate's agreement.
    """

    usual: dt.datetime
    earliest: dt.datetime
    policy_version_id: str


def mode_rules(session: Session, mode: ProcurementMode, on: dt.date) -> ModeRules:
    """The rules of a mode in force on a date. `Invalid` where the policy does not know the mode."""
    policy = in_force(session, POLICY, on)
    found = policy.content["modes"].get(mode.value)
    if found is None:
        raise Invalid(f"The procurement policy {policy.version} does not say how {mode.value} works.")
    last_end = found.get("last_end")
    return ModeRules(
        mode=mode,
        application_days=int(found["application_days"]),
        extended_days=int(found["extended_days"]),
        clock=Clock(found["clock"]),
        least_response_days=int(found["least_response_days"]),
        invite_everyone=bool(found["invite_everyone"]),
        last_end=dt.date.fromisoformat(str(last_end)) if last_end else None,
        policy_version_id=policy.id,
    )


def application_due(rules: ModeRules, received_on: dt.date, *, extended: bool = False) -> dt.date:
    """The day by whose end an application is due to be decided: received on D, due on D + 10 working days (F-2)."""
    return add_working_days(received_on, rules.extended_days if extended else rules.application_days)


def response_window(session: Session, mode: ProcurementMode, urgency: str, now: dt.datetime) -> ResponseWindow:
    """The usual deadline for a request opened now and the earliest one allowed (F-34). `urgency`: planned, urgent or
    same_day.

    The earliest deadline wins over a usual one that would be sooner. A planned window ends at 5pm in London on its
    last working day.
    """
    policy = in_force(session, POLICY, local_date(now))
    words = policy.content["response"]
    if urgency == "same_day":
        usual = now + dt.timedelta(hours=int(words["same_day_hours"]))
    elif urgency == "urgent":
        usual = now + dt.timedelta(hours=int(words["urgent_hours"]))
    elif urgency == "planned":
        last = add_working_days(local_date(now), int(words["planned_working_days"]))
        usual = dt.datetime.combine(last, dt.time(17), LONDON).astimezone(dt.UTC)
    else:
        raise Invalid(f"There is no response window for {urgency!r}.", field="urgency")
    earliest = now + dt.timedelta(days=mode_rules(session, mode, local_date(now)).least_response_days)
    return ResponseWindow(max(usual, earliest), earliest, policy.id)
