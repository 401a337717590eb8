"""What a published request is judged by: the evaluation policy of its kind of service, and the benchmark of its age.

Both are versioned policies. A request freezes what held on the day it was published and names the versions.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.children.ages import years_of
from app.core import policies
from app.core.errors import Invalid
from providers.market.status import ServiceType

EVALUATION = "evaluation"
BENCHMARK = "benchmark"
WEIGHTS = ("price", "quality", "needs", "practical")


@dataclass(frozen=True)
class EvaluationRules:
    """How offers for one kind of service are evaluated. `policy` has the fields of the market files but `version`."""

    policy_version_id: str
    version: str
    service_type: ServiceType
    weights: dict[str, int]
    policy: dict[str, Any]


@dataclass(frozen=True)
class Benchmark:
    """What such a placement costs a week, on a year of 52 weeks, and where that comes from."""

    weekly_pence: int
    source: str
    policy_version_id: str


def evaluation_on(session: Session, service_type: ServiceType, on: dt.date) -> EvaluationRules:
    """The rules in force on a day. Invalid where the service is not known or the weights are not 100 (F-30)."""
    return _rules(policies.in_force(session, EVALUATION, on), service_type)


def evaluation_of(session: Session, policy_version_id: str, service_type: ServiceType) -> EvaluationRules:
    """The rules that a published request froze."""
    return _rules(policies.by_id(session, policy_version_id), service_type)


def _rules(policy: policies.Policy, service_type: ServiceType) -> EvaluationRules:
    own = policy.content.get("service_types", {}).get(service_type.value)
    if own is None:
        raise Invalid(f"The evaluation policy {policy.version} does not say how this kind of service is evaluated.")
    merged = {**policy.content["common"], **own}
    weights = {name: int(merged["weights"][name]) for name in WEIGHTS}
    if sum(weights.values()) != 100 or any(weight < 0 for weight in weights.values()):
        raise Invalid(f"The weights of the evaluation policy {policy.version} do not add up to 100.")
    merged["weights"] = weights
    return EvaluationRules(policy.id, policy.version, service_type, weights, merged)


def benchmark_on(session: Session, service_type: ServiceType, age_weeks: int, on: dt.date) -> Benchmark | None:
    """The benchmark of a kind of service and an age, in force on a day; None where the table has none. A baby of 26
    weeks falls in the youngest band (F-24).
    """
    return benchmark_in(policies.in_force(session, BENCHMARK, on), service_type, age_weeks)


def benchmark_in(policy: policies.Policy, service_type: ServiceType, age_weeks: int) -> Benchmark | None:
    """The benchmark of a kind of service and an age in one version of the table."""
    years = years_of(age_weeks)
    for row in policy.content.get("rows", []):
        if row["service_type"] == service_type.value and row["from_age"] <= years <= row["to_age"]:
            return Benchmark(int(row["weekly_pence"]), str(row["source"]), policy.id)
    return None
