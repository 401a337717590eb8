"""How far each role's approval of a request reaches, by what is known before the market: pure rules over the `approval`
policy.

What a request is estimated to cost is the benchmark of a kind of home times the weeks it is expected to last. The form
may say which kinds suit the child; where it does not, an approval covers the kinds within the approver's limit and the
lot is held to them when one is chosen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core import policies
from app.core.errors import Invalid
from app.core.geography import LocationClass
from app.core.money import pounds
from app.identity.status import ROLE_WORDS, Role
from app.requests.status import Urgency
from providers.market.status import SERVICE_TYPE_WORDS, ServiceType

APPROVAL = "approval"
RESIDENTIAL = frozenset({ServiceType.RESIDENTIAL, ServiceType.NMI_38, ServiceType.NMI_52})
URGENCY_WORDS = {Urgency.PLANNED: "planned", Urgency.URGENT: "urgent", Urgency.SAME_DAY: "same-day"}
WHERE_WORDS = {
    LocationClass.IN_AREA: "in the borough's own area",
    LocationClass.ADJOINING: "in an adjoining authority",
    LocationClass.AT_A_DISTANCE: "at a distance",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """The highest request that a role may approve. None is no limit."""

    role: Role
    most_weeks: int | None
    most_pence: int | None
    kinds: frozenset[ServiceType] | None
    urgencies: frozenset[Urgency] | None
    locations: frozenset[LocationClass] | None
    most_miles: int | None
    residential_from_age: int | None


@dataclass(frozen=True, slots=True)
class Telephone:
    """Whether an approval by telephone may be written down by somebody else, for which urgencies, and until when it is
    confirmed.
    """

    allowed: bool
    urgencies: frozenset[Urgency]
    confirm_within_working_days: int
    submitter_may_record: bool


@dataclass(frozen=True)
class ApprovalRules:
    """The policy in force: limits from the lowest role to the highest, who may cover whom, and telephones."""

    policy_version_id: str
    version: str
    limits: tuple[Limit, ...]
    covered_by: Mapping[Role, frozenset[Role]]
    most_cover_days: int
    telephone: Telephone

    def limit(self, role: Role) -> Limit | None:
        """The limit of a role; None for one that approves nothing."""
        return next((one for one in self.limits if one.role is role), None)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is known of a request before the market. `stated` are the kinds of home that the form says suit the child,
    empty where it does not say; `lawful` those that are lawful at the age; `weekly` their benchmarks in pence, without
    those that have none.
    """

    weeks: int
    urgency: Urgency
    age_years: int
    miles: int | None
    accepts: frozenset[LocationClass]
    stated: frozenset[ServiceType]
    lawful: frozenset[ServiceType]
    weekly: Mapping[ServiceType, int]

    def value(self, kind: ServiceType) -> int | None:
        """The estimated value of a kind of home in pence; None without a benchmark."""
        return self.weekly[kind] * self.weeks if kind in self.weekly else None


def approval_rules(session: Session, on: dt.date) -> ApprovalRules:
    """The rules in force on a day. Invalid where the policy does not say all that it must."""
    policy = policies.in_force(session, APPROVAL, on)
    return read_rules(policy.content, policy.id, policy.version)


def rules_by_id(session: Session, policy_version_id: str) -> ApprovalRules:
    """The rules that an approval was given under."""
    policy = policies.by_id(session, policy_version_id)
    return read_rules(policy.content, policy.id, policy.version)


def read_rules(content: Mapping[str, Any], policy_version_id: str = "", version: str = "") -> ApprovalRules:
    """The rules of a policy's content."""
    try:
        phone = content["telephone"]
        return ApprovalRules(
            policy_version_id=policy_version_id,
            version=version,
            limits=tuple(_limit(one) for one in content["limits"]),
            covered_by={Role(role): frozenset(Role(one) for one in by) for role, by in content["cover"]["by"].items()},
            most_cover_days=int(content["cover"]["most_days"]),
            telephone=Telephone(
                allowed=bool(phone["allowed"]),
                urgencies=frozenset(Urgency(one) for one in phone["urgencies"]),
                confirm_within_working_days=int(phone["confirm_within_working_days"]),
                submitter_may_record=bool(phone["submitter_may_record"]),
            ),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid(f"The approval policy {version} does not say {error}.") from error


def _limit(raw: Mapping[str, Any]) -> Limit:
    def of(name: str, words: Any) -> Any:
        return frozenset(words(one) for one in raw[name]) if name in raw else None

    return Limit(
        role=Role(raw["role"]),
        most_weeks=raw.get("most_weeks"),
        most_pence=int(raw["most_pounds"]) * 100 if "most_pounds" in raw else None,
        kinds=of("kinds", ServiceType),
        urgencies=of("urgencies", Urgency),
        locations=of("locations", LocationClass),
        most_miles=raw.get("most_miles"),
        residential_from_age=raw.get("residential_from_age"),
    )


def beyond(limit: Limit, ask: Ask) -> list[str]:
    """Why a request is beyond a role's limit, in clauses that follow "because"; an empty list where it is within."""
    found = beyond_in_general(limit, ask)
    if ask.stated:
        for kind in _in_order(ask.stated):
            found += beyond_kind(limit, ask, kind)
    elif ask.lawful and not covered_kinds(limit, ask):
        found.append("every kind of home that is lawful at this age is beyond it")
    return found


def beyond_in_general(limit: Limit, ask: Ask) -> list[str]:
    """Why a request is beyond a role's limit whatever kind of home it is."""
    found = []
    if limit.most_weeks is not None and ask.weeks > limit.most_weeks:
        found.append(f"it is expected to last {ask.weeks} weeks, and the limit is {limit.most_weeks}")
    if limit.urgencies is not None and ask.urgency not in limit.urgencies:
        found.append(f"it is a {URGENCY_WORDS[ask.urgency]} request")
    if limit.most_miles is not None and ask.miles is not None and ask.miles > limit.most_miles:
        found.append(f"it would take a home {ask.miles} miles away, and the limit is {limit.most_miles}")
    if limit.locations is not None:
        found += [
            f"it would take a home {WHERE_WORDS[where]}"
            for where in WHERE_WORDS
            if where in ask.accepts and where not in limit.locations
        ]
    return found


def beyond_kind(limit: Limit, ask: Ask, kind: ServiceType) -> list[str]:
    """Why one kind of home is beyond a role's limit."""
    words = SERVICE_TYPE_WORDS[kind].lower()
    found = []
    if limit.kinds is not None and kind not in limit.kinds:
        found.append(f"this role may not have {words} bought")
    value = ask.value(kind)
    if limit.most_pence is not None and value is not None and value > limit.most_pence:
        found.append(
            f"{words} for {ask.weeks} weeks are estimated at {pounds(value, whole=True)}, "
            f"and the limit is {pounds(limit.most_pence, whole=True)}"
        )
    if limit.residential_from_age is not None and kind in RESIDENTIAL and ask.age_years < limit.residential_from_age:
        found.append(
            f"the child is {ask.age_years}, and the limit for {words} is {limit.residential_from_age} or older"
        )
    return found


def covered_kinds(limit: Limit, ask: Ask) -> frozenset[ServiceType]:
    """The lawful kinds of home that an approval within this limit covers."""
    return frozenset(kind for kind in ask.lawful if not beyond_kind(limit, ask, kind))


def lowest_for(rules: ApprovalRules, ask: Ask) -> Role | None:
    """The lowest role whose limit reaches a request; None where nobody's does."""
    return next((one.role for one in rules.limits if not beyond(one, ask)), None)


def roles_for(rules: ApprovalRules, ask: Ask) -> list[Role]:
    """Every role whose limit reaches a request, from the lowest."""
    return [one.role for one in rules.limits if not beyond(one, ask)]


def said(limit: Limit) -> list[str]:
    """A role's limit in words, one clause for each part; one clause where it has none."""
    parts = []
    if limit.most_weeks is not None:
        parts.append(f"up to {limit.most_weeks} weeks")
    if limit.most_pence is not None:
        parts.append(f"up to {pounds(limit.most_pence, whole=True)} by the benchmark")
    if limit.kinds is not None:
        parts.append("for " + _listed(SERVICE_TYPE_WORDS[one].lower() for one in _in_order(limit.kinds)))
    if limit.urgencies is not None and limit.urgencies != frozenset(Urgency):
        parts.append(_listed(URGENCY_WORDS[one] for one in Urgency if one in limit.urgencies) + " requests only")
    if limit.most_miles is not None:
        parts.append(f"within a stated limit of {limit.most_miles} miles")
    if limit.locations is not None and not set(WHERE_WORDS) <= limit.locations:
        parts.append("only " + _listed(words for where, words in WHERE_WORDS.items() if where in limit.locations))
    if limit.residential_from_age is not None:
        parts.append(f"children's homes and residential schools from the age of {limit.residential_from_age}")
    return parts or [f"without a limit, as {ROLE_WORDS[limit.role]}"]


def _in_order(kinds: Iterable[ServiceType]) -> Sequence[ServiceType]:
    wanted = set(kinds)
    return [kind for kind in ServiceType if kind in wanted]


def _listed(words: Iterable[str]) -> str:
    several = list(words)
    return several[0] if len(several) == 1 else f"{', '.join(several[:-1])} and {several[-1]}" if several else ""
