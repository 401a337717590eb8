"""The route to the market as the policy `route` has it: windows, waves, and the words of an unmet need.

Pure rules over its numbers. Lengths of time are by how soon the place is needed; working days and office hours are
those of London.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core import policies
from app.core.clock import LONDON, local_date
from app.core.errors import Invalid
from app.core.workdays import add_working_days, is_working_day
from app.requests.status import Urgency
from providers.market.status import ServiceType

POLICY = "route"
ALL_AT_ONCE = "all_at_once"
END_OF_DAY = dt.time(17)


@dataclass(frozen=True, slots=True)
class Coded:
    """A code that adds up, with its words. `must_say`: it needs words of its own beside."""

    code: str
    words: str
    must_say: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """Whom a wave tells: those in the borough or within some miles that meet a part of the needs, in millionths. A tier
    without conditions takes all others.
    """

    words: str
    in_area: bool = False
    miles: int | None = None
    least_needs: int = 0

    def takes(self, *, in_area: bool, within: bool, needs: int) -> bool:
        """Whether a service belongs to it. `within`: it is known to be no further than `miles`."""
        near = not (self.in_area or self.miles is not None) or (self.in_area and in_area) or within
        return near and needs >= self.least_needs


@dataclass(frozen=True, slots=True)
class Plan:
    """How a lot's services are told: in waves by tier, each `then` after the one before. One tier: all at once."""

    code: str
    words: str
    hint: str
    tiers: tuple[Tier, ...]
    then: Mapping[str, Mapping[str, int]]

    @property
    def waits(self) -> bool:
        """Whether there are later waves."""
        return len(self.tiers) > 1


@dataclass(frozen=True, slots=True)
class Route:
    """The policy in force on a day."""

    policy_version_id: str
    content: Mapping[str, Any]

    def in_house_window(self, urgency: Urgency, now: dt.datetime) -> dt.datetime | None:
        """Until when the borough's own services are asked; None where this urgency has no window."""
        given = self.content["in_house"].get(urgency.value)
        return after(given, now) if given else None

    @property
    def passes_over(self) -> frozenset[str]:
        """Gates that do not keep a borough's own service from being asked."""
        return frozenset(self.content["in_house"].get("passes_over", ()))

    @property
    def in_house_codes(self) -> tuple[Coded, ...]:
        """Why one of them cannot take a child."""
        return _coded(self.content["in_house"]["codes"])

    @property
    def unmet_codes(self) -> tuple[Coded, ...]:
        """Why a need was not met."""
        return _coded(self.content["unmet"])

    def least_left(self, urgency: Urgency, now: dt.datetime) -> dt.datetime:
        """The earliest deadline that leaves enough time to whoever is told now."""
        return after(self.content["waves"]["least_left"][urgency.value], now)

    def decide_by(self, urgency: Urgency, now: dt.datetime) -> dt.datetime:
        """By when a manager decides what follows when nobody offered."""
        return after(self.content["escalation"][urgency.value], now)

    def plans(self, service_type: ServiceType) -> tuple[Plan, ...]:
        """The plans of waves for a kind of service, the first the usual one."""
        return tuple(_plan(one, service_type) for one in self.content["waves"]["plans"])

    def plan(self, code: str | None, service_type: ServiceType) -> Plan:
        """A plan by its code. Invalid at `plan` where the policy has none."""
        wanted = code or ALL_AT_ONCE
        found = next((one for one in self.plans(service_type) if one.code == wanted), None)
        if found is None:
            raise Invalid("Choose in which order services are told.", field="plan")
        return found

    def opens(self, plan: Plan, urgency: Urgency, number: int, now: dt.datetime) -> dt.datetime:
        """When the wave of a number opens, where the first one opens now."""
        moment = now
        for _ in range(number - 1):
            moment = after(plan.then[urgency.value], moment)
        return moment

    def is_office_hours(self, now: dt.datetime) -> bool:
        """Whether offices are open."""
        local, office = now.astimezone(LONDON), self.content["office"]
        return is_working_day(local.date()) and int(office["opens"]) <= local.hour < int(office["closes"])


def route_on(session: Session, on: dt.date) -> Route:
    """The policy in force on a day."""
    policy = policies.in_force(session, POLICY, on)
    return Route(policy.id, policy.content)


def after(given: Mapping[str, int], now: dt.datetime) -> dt.datetime:
    """A moment so many `minutes`, `hours` or `working_days` after another; a working day ends at 5pm."""
    if "working_days" in given:
        last = add_working_days(local_date(now), int(given["working_days"]))
        return dt.datetime.combine(last, END_OF_DAY, LONDON).astimezone(dt.UTC)
    return now + dt.timedelta(hours=int(given.get("hours", 0)), minutes=int(given.get("minutes", 0)))


def coded(codes: tuple[Coded, ...], code: str, words: str, *, message: str) -> Coded:
    """The code that was chosen. Invalid at `code`, or at `words` where it must be said in words and is not."""
    found = next((one for one in codes if one.code == code), None)
    if found is None:
        raise Invalid(message, field="code")
    if found.must_say and not words.strip():
        raise Invalid("Say in words what the reason is.", field="words")
    if len(words.strip()) > 2000:
        raise Invalid("The words must be 2,000 characters or fewer.", field="words")
    return found


def words_of_code(codes: tuple[Coded, ...], code: str | None) -> str:
    """A stored code as people say it; the code itself where a newer policy no longer has it."""
    return next((one.words for one in codes if one.code == code), code or "")


def _coded(rows: list[dict[str, Any]]) -> tuple[Coded, ...]:
    return tuple(Coded(str(row["code"]), str(row["words"]), bool(row.get("must_say", False))) for row in rows)


def _plan(raw: Mapping[str, Any], service_type: ServiceType) -> Plan:
    tiers = tuple(
        Tier(
            words=str(tier["words"]),
            in_area=bool(tier.get("in_area", False)),
            miles=tier.get("miles", {}).get(service_type.value),
            least_needs=int(tier.get("least_needs", 0)),
        )
        for tier in raw.get("tiers", ())
    )
    return Plan(
        code=str(raw["code"]),
        words=str(raw["words"]),
        hint=str(raw.get("hint", "")),
        tiers=tiers or (Tier("Every service that can take the child"),),
        then=raw.get("then", {}),
    )
