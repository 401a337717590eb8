"""A model fitted anew from placements on record: when there is something to fit, and what is kept of it.

It is a `Long` job: read in one transaction, fitted in a process of its own while nothing is locked, appended in
another. While the policy is off it looks no further than the policy.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.jobs import Long
from app.placements.stability.fitter import fit_apart
from app.placements.stability.history import History, history_of
from app.placements.stability.models import StabilityModel
from app.placements.stability.rules import StabilityRules, stability_rules_on
from matching.fit.stability import LEAKAGE

FIT_STABILITY = "fit_stability"


@dataclass(frozen=True)
class ToFit:
    """A history with the policy under which a model is to be fitted from it."""

    history: History
    rules: StabilityRules


def latest_model(session: Session) -> StabilityModel | None:
    """The version with the highest number."""
    return session.scalar(select(StabilityModel).order_by(StabilityModel.number.desc()).limit(1))


def what_to_fit(session: Session, now: dt.datetime) -> ToFit | None:
    """The history to fit a model from. None while the policy is off, within its days of the latest model under the same
    policy, with too few placements, and where nothing that a model sees has changed.
    """
    rules = stability_rules_on(session, local_date(now))
    if rules is None:
        return None
    latest = latest_model(session)
    if latest is not None and latest.policy_version_id == rules.policy_version_id and now < _next_at(latest, rules):
        return None
    history = history_of(session, rules.fitting, local_date(now))
    placements, ended = len(history.rows), history.ended_early
    if placements < rules.fitting.least_placements or ended < rules.fitting.least_ended_early:
        return None
    return None if latest is not None and latest.history_hash == history.hash else ToFit(history, rules)


def _next_at(latest: StabilityModel, rules: StabilityRules) -> dt.datetime:
    return latest.fitted_at + dt.timedelta(days=rules.days_between_models)


def fit(found: ToFit) -> tuple[ToFit, dict[str, Any]]:
    """The work itself, in a process of its own."""
    return found, fit_apart(found.history)


def keep(session: Session, made: tuple[ToFit, dict[str, Any]], now: dt.datetime) -> StabilityModel | None:
    """Append it as the next version. None where another process was quicker with the same placements."""
    found, document = made
    latest = latest_model(session)
    if latest is not None and latest.history_hash == found.history.hash:
        return None
    model = StabilityModel(
        number=latest.number + 1 if latest else 1,
        fitted_at=now,
        policy_version_id=found.rules.policy_version_id,
        placements=document["placements"],
        ended_early=document["ended_early"],
        may_leak=LEAKAGE in document["warnings"],
        history_hash=found.history.hash,
        document=document,
    )
    session.add(model)
    session.flush()
    audit.record(
        session,
        now=now,
        who=None,
        act="placements.stability.append",
        subject_kind="stability_model",
        subject_id=model.id,
        number=model.number,
        placements=model.placements,
        may_leak=model.may_leak,
        history=model.history_hash,
    )
    return model


def _look(session: Session, _payload: dict[str, Any], now: dt.datetime) -> ToFit | None:
    return what_to_fit(session, now)


FITTING: Long[ToFit, tuple[ToFit, dict[str, Any]]] = Long(_look, fit, keep)
"""The daily job."""
