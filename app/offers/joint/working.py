"""Working the proposal out, and keeping it: at the hours of the policy, and when somebody of the hub asks.

The only file of the room that loads the allocation and the columns of the matcher, and numpy with them: jobs do, pages
do not. Shadow prices over time are not used: the sum of totals is that of the requests of now.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit, batches
from app.core.clock import local_date
from app.core.crypto import Vault
from app.offers.joint.competing import Competition, gather
from app.offers.joint.models import JointPlan, JointPlanRow
from app.offers.joint.rules import JointRules, joint_rules
from matching.allocate import Choice, Plan, Share, allocate_table, balance, shares, table_of

ALGORITHM = 1
"""Goes up with every change that could alter a proposal."""

LEADS_TO = "/hub/requests/joint"


def work_out(session: Session, *, vault: Vault, now: dt.datetime, asked_by: str | None = None) -> JointPlan | None:
    """A new proposal. None where it is turned off, and where nothing that goes in has changed since the newest one:
    doing it twice does it once.
    """
    rules = joint_rules(session, local_date(now))
    if rules is None or not rules.on:
        return None
    found = gather(session, vault=vault, rules=rules, now=now)
    digest = found.digest(rules.policy_version_id, ALGORITHM)
    newest = session.scalar(select(JointPlan.inputs_hash).order_by(JointPlan.number.desc()).limit(1))
    if newest == digest:
        return None
    return _keep(session, found, rules, digest=digest, now=now, asked_by=asked_by)


def asked_step(session: Session, payload: dict[str, Any], now: dt.datetime, *, vault: Vault) -> None:
    """The job of somebody's asking: one step, watched on the page of progress."""
    found = batches.batch_of(session, payload)
    if found is None:
        return
    batch, _ = found
    rules = joint_rules(session, local_date(now))
    if rules is None or not rules.on:
        batches.fail(session, batch, now=now, problem="The policy has turned joint proposals off.", leads_to=LEADS_TO)
        return
    made = work_out(session, vault=vault, now=now, asked_by=batch.person_id)
    batches.finish(session, batch, now=now, result={"new": made is not None}, leads_to=LEADS_TO)


def _keep(
    session: Session, found: Competition, rules: JointRules, *, digest: str, now: dt.datetime, asked_by: str | None
) -> JointPlan:
    choices = [
        Choice(one.unit, option.service_id, option.total, one.places, one.urgent, one.solo)
        for one in found.competitors
        for option in one.options
    ]
    table = table_of(choices, found.places, [one.unit for one in found.competitors])
    plan = allocate_table(table)
    said = {share.request: share for share in shares(table, plan)}
    named = {service for share in said.values() for service in (share.service, share.alone) if service is not None}
    kept = _plan(session, found, rules, plan, tuple(said.values()))
    kept.inputs_hash, kept.made_at, kept.asked_by = digest, now, asked_by
    kept.places = {service_id: found.places[service_id] for service_id in sorted(named)}
    session.add(kept)
    session.flush()
    for one in found.competitors:
        share = said[one.unit]
        offers = {option.service_id: option.offer_id for option in one.options}
        session.add(
            JointPlanRow(
                plan_id=kept.id,
                request_id=one.request_id,
                organisation_id=one.organisation_id,
                children_key=one.children_key,
                urgent=one.urgent,
                opened=one.opened,
                alone_service_id=share.alone,
                alone_total=share.best_alone,
                service_id=share.service,
                offer_id=offers[share.service] if share.service is not None else None,
                total=share.total,
                yields_to=list(share.yields_to),
                gains_over=list(share.gains_over),
            )
        )
    session.flush()
    audit.record(
        session,
        now=now,
        who=None,
        act="offers.joint_plan.make",
        subject_kind="joint_plan",
        subject_id=kept.id,
        number=kept.number,
        placed=kept.placed,
        requests=kept.requests,
    )
    return kept


def _plan(session: Session, found: Competition, rules: JointRules, plan: Plan, said: tuple[Share, ...]) -> JointPlan:
    boroughs = {one.unit: one.organisation_id for one in found.competitors}
    weighed = balance(said, boroughs)
    return JointPlan(
        number=(session.scalar(select(func.max(JointPlan.number))) or 0) + 1,
        algorithm=ALGORITHM,
        policy_version_id=rules.policy_version_id,
        requests=len(found.competitors),
        apart=found.apart,
        placed=plan.objective.placed,
        urgent=sum(one.urgent for one in found.competitors),
        urgent_placed=plan.objective.urgent_placed,
        worst_total=plan.objective.worst_total,
        sum_total=plan.objective.sum_total,
        spread=weighed.spread,
        boroughs=[
            {
                "organisation_id": line.borough,
                "requests": line.requests,
                "placeable": line.placeable,
                "placed": line.placed,
                "mean_loss": line.mean_loss,
            }
            for line in weighed.boroughs
        ],
    )
