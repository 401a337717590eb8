"""Who sees how often placements like one lasted, and of which offers: those who may decide on a shortlist of their own
borough, while it is open. It is worked out when it is read and kept nowhere: no score, no order and no record knows it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.identity.permissions import Actor, Permission
from app.offers.models import Evaluation
from app.offers.queries import evaluation_of
from app.offers.sets import results_in
from app.placements.stability.fitting import latest_model
from app.placements.stability.history import begun_by_child, earlier_in, facts_in
from app.placements.stability.models import StabilityModel
from app.placements.stability.rules import StabilityRules, stability_rules_on
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from matching.fit.stability import Band, Model, read_model

NOT_ENOUGH = "not enough placements on record"
NOT_LOOKED_AT = "the model separates better than records of moves can, and nobody has looked yet"


@dataclass(frozen=True)
class Lasting:
    """What an officer reads beside offers: bands by offer, with None for an offer of a kind with too few placements, or
    in `why_not` why there is none at all.
    """

    horizon_weeks: int
    bands: Mapping[str, Band | None] = field(default_factory=dict)
    why_not: str = ""


def lasting_beside(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> Lasting | None:
    """How often placements like each offer's lasted. None, and nothing is worked out, while the policy is off, for
    those who do not decide on shortlists, for several children together, and once the request is no longer open: what
    became of it might be in the model. NotFound for another borough's request.
    """
    if not actor.may(Permission.SHORTLIST_DECIDE):
        return None
    rules = stability_rules_on(session, local_date(now))
    if rules is None:
        return None
    evaluation = evaluation_of(session, actor=actor, request_id=request_id)
    request = session.get_one(PlacementRequest, request_id)
    if evaluation is None or request.places > 1 or request.status is not RequestStatus.PUBLISHED:
        return None
    latest = latest_model(session)
    why_not = _why_not(rules, latest)
    if latest is None or why_not:
        return Lasting(rules.fitting.horizon_weeks, why_not=why_not)
    model = read_model(latest.document)
    return Lasting(model.horizon_weeks, _bands(session, model, request, evaluation))


def model_words(session: Session, *, actor: Actor, on: dt.date) -> str:
    """For those who read policies: where the model stands, in a sentence or two; "" while it is off."""
    actor.require(Permission.POLICY_READ)
    rules = stability_rules_on(session, on)
    if rules is None:
        return ""
    latest = latest_model(session)
    if latest is None:
        return f"No model yet: {NOT_ENOUGH}, or the day's work has not run."
    model = read_model(latest.document)
    check = model.check
    told = (
        f"Model {latest.number}, from {latest.placements} placements of which {latest.ended_early} ended early. "
        f"Area under the curve {model.auc:.2f}."
    )
    if check is not None:
        told += (
            f" On the {check.placements} latest, left out: {check.auc:.2f}, and what was foretold is "
            f"{check.calibration_error:.2f} off."
        )
    if not _suspected(rules, latest):
        return told
    named = f" Look first at: {', '.join(model.suspects)}." if model.suspects else ""
    looked = "Somebody has looked." if latest.number in rules.found_sound else "Nobody has looked yet: it is not shown."
    return f"{told} Possible leakage, something known only afterwards.{named} {looked}"


def _why_not(rules: StabilityRules, latest: StabilityModel | None) -> str:
    if latest is None or latest.placements < rules.fitting.least_placements:
        return NOT_ENOUGH
    if latest.ended_early < rules.fitting.least_ended_early:
        return NOT_ENOUGH
    return NOT_LOOKED_AT if _suspected(rules, latest) and latest.number not in rules.found_sound else ""


def _suspected(rules: StabilityRules, latest: StabilityModel) -> bool:
    """By the policy that it was fitted under, or by the limit of the one in force, which may be stricter."""
    check = latest.document["check"]
    areas = [latest.document["auc"], check["auc"] if check else 0.0]
    return latest.may_leak or max(areas) > rules.fitting.auc_limit


def _bands(session: Session, model: Model, request: PlacementRequest, evaluation: Evaluation) -> dict[str, Band | None]:
    child_id = request.children[0].child_id
    earlier = earlier_in(begun_by_child(session, child_id), child_id, local_date(evaluation.frozen_at))
    found: dict[str, Band | None] = {}
    for result in results_in(evaluation.record):
        for candidate in result["candidates"]:
            if candidate["offer"] is not None and candidate["eligible"]:
                facts = facts_in(evaluation.record, candidate["offer"], earlier)
                found[candidate["offer"]] = model.band(facts) if facts else None
    return found
