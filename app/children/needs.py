"""The needs measure: 12 indicators in six domains, each 0 to 3 on a house scale. Missing is missing, never zero
(F-57).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import NeedsMeasure
from app.children.records import for_writing, ids_of
from app.children.status import MeasureReason
from app.core import audit, policies
from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Actor, Permission

POLICY = "needs_measure"


@dataclass(frozen=True)
class Indicator:
    """One of the 12, numbered from 1, in its domain. `levels` says from 0 to 3 what is seen at each, where the policy
    does.
    """

    number: int
    domain: str
    label: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Totals:
    """The sum of a measure's scores, by domain too, and how many indicators were not measured."""

    total: int
    by_domain: dict[str, int]
    missing: int
    highest: int


def indicators(session: Session, on: dt.date) -> list[Indicator]:
    """The indicators of the policy in force on a day, in order."""
    return indicators_in(policies.in_force(session, POLICY, on).content)


def indicators_in(content: Mapping[str, Any]) -> list[Indicator]:
    """The indicators that a version of the policy states, in order."""
    return [
        Indicator(n, row["domain"], row["label"], tuple(row.get("describe", ())))
        for n, row in enumerate(content["indicators"], start=1)
    ]


def level_words(session: Session, on: dt.date) -> list[tuple[int, str]]:
    """The levels of the scale on a day, with their words, the lowest first."""
    words = policies.in_force(session, POLICY, on).content["levels"]
    return [(level, str(words[str(level)])) for level in range(4)]


def check_scores(scores: Sequence[int | None]) -> list[int | None]:
    """The scores, if there are 12 and each is 0 to 3 or missing; otherwise Invalid naming each that is wrong."""
    if len(scores) != 12:
        raise Invalid("A needs measure has 12 indicators.")
    errors = {
        f"need_{n}": f"Indicator {n} must be 0, 1, 2 or 3, or not measured."
        for n, score in enumerate(scores, start=1)
        if score is not None and (isinstance(score, bool) or score not in (0, 1, 2, 3))
    }
    if errors:
        raise Invalid(errors)
    return list(scores)


def totals(scores: Sequence[int | None], domains: Sequence[str]) -> Totals:
    """Sums over measured indicators: at most 36 in all and 6 a domain. `domains` names the domain of each of the 12."""
    by_domain: dict[str, int] = {}
    for score, domain in zip(scores, domains, strict=True):
        by_domain[domain] = by_domain.get(domain, 0) + (score or 0)
    measured = [score for score in scores if score is not None]
    return Totals(sum(measured), by_domain, len(scores) - len(measured), 3 * len(measured))


def measure_needs(
    session: Session,
    *,
    actor: Actor,
    child_id: str,
    scores: Sequence[int | None],
    measured_on: dt.date,
    now: dt.datetime,
    reason: MeasureReason = MeasureReason.REQUEST,
) -> NeedsMeasure:
    """Keep one measure of a child's needs, and why it was measured: for a request, unless told otherwise. Measures are
    history: a new one never replaces an old one.
    """
    actor.require(Permission.CHILD_WRITE)
    child = for_writing(session, actor=actor, child_id=child_id)
    checked = check_scores(scores)
    if measured_on > local_date(now):
        raise Invalid("The day of the measure must not be in the future.", field="measured_on")
    measure = NeedsMeasure(
        child_id=child.id,
        measured_on=measured_on,
        scores=checked,
        policy_version_id=policies.in_force(session, POLICY, measured_on).id,
        measured_by=actor.person_id,
        recorded_at=now,
        reason=reason,
    )
    session.add(measure)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="children.needs.measure",
        subject_kind="child",
        subject_id=child.id,
        reason=reason.value,
    )
    return measure


def history(session: Session, *, actor: Actor, child_id: str) -> list[NeedsMeasure]:
    """A child's measures, the oldest first. For the child's own borough."""
    return list(
        session.scalars(
            select(NeedsMeasure)
            .where(NeedsMeasure.child_id.in_(ids_of(session, actor=actor, child_id=child_id)))
            .order_by(NeedsMeasure.measured_on, NeedsMeasure.recorded_at, NeedsMeasure.id)
        )
    )
