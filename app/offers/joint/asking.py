"""When a proposal is worked out: the jobs of a day, and somebody of the hub who asks for one now."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, batches, jobs
from app.core.clock import LONDON, local_date
from app.core.errors import Conflict
from app.core.models import Batch
from app.core.status import BatchStatus
from app.identity.permissions import Actor, Permission
from app.offers.joint.rules import joint_rules

DAY = "joint_plans_of_day"
AT_HOUR = "joint_plan"
ASKED = "joint_plan_asked"
TITLE = "Working out how boroughs could share scarce places"


def plan_day(session: Session, now: dt.datetime) -> int:
    """The job of each day: write down its hours. Of those that have passed only the last is made up for. Returns how
    many are new.
    """
    today = local_date(now)
    rules = joint_rules(session, today)
    if rules is None or not rules.on:
        return 0
    hours = [dt.datetime.combine(today, dt.time(hour), LONDON).astimezone(dt.UTC) for hour in rules.hours]
    passed = [hour for hour in hours if hour <= now]
    wanted = [*passed[-1:], *(hour for hour in hours if hour > now)]
    return sum(jobs.schedule(session, kind=AT_HOUR, key=at.isoformat(), payload={}, due_at=at) for at in wanted)


def ask(session: Session, *, actor: Actor, now: dt.datetime) -> Batch:
    """Have it worked out now. Who asks while another of the hub's is under way watches that one. Conflict where the
    policy has turned it off.
    """
    actor.require(Permission.JOINT_PLAN_MAKE)
    rules = joint_rules(session, local_date(now))
    if rules is None or not rules.on:
        raise Conflict("The policy has turned joint proposals off.")
    under_way = session.scalar(
        select(Batch)
        .where(
            Batch.kind == ASKED,
            Batch.organisation_id == actor.organisation_id,
            Batch.status.in_([BatchStatus.WAITING, BatchStatus.RUNNING]),
        )
        .order_by(Batch.created_at.desc(), Batch.id)
        .limit(1)
    )
    if under_way is not None:
        return under_way
    made = batches.begin(
        session,
        kind=ASKED,
        title=TITLE,
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        payload={},
        now=now,
    )
    audit.record(session, now=now, who=actor, act="offers.joint_plan.ask", subject_kind="batch", subject_id=made.id)
    return made
