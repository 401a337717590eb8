"""The scores of the whole market computed anew, in steps that somebody can watch (app/core/batches.py).

A step computes the scores of a thousand registrations and appends those that changed under the run's id. They stand for
nobody until the last step completes the run, which makes all of them stand at once: a kill half-way leaves every old
score as it was, and the next worker goes on with the step that was lost.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core import batches
from app.core.clock import local_date
from app.core.errors import HomewardError
from app.core.models import Batch
from app.core.policies import has_any, in_force
from app.identity.models import Organisation
from app.identity.status import OrganisationKind
from providers.passport.claims import LIVE
from providers.passport.models import Claim
from providers.quality.gathering import CHUNK, lot_placements
from providers.quality.models import QualityCurrent, QualityRun, QualityScore
from providers.quality.rule import QualityPolicy
from providers.quality.scoring import POLICY, changed_rows, rescore_all, ruler_of

KIND = "rescore_services"
TITLE = "Working out every quality score anew"
LEADS_TO = "/hub/policies"


def begin_run(session: Session, *, why: str, now: dt.datetime, person_id: str | None = None) -> Batch | None:
    """Begin a run under the policy that is in force today. None where one of that version is under way already.

    A run of another version that is under way is abandoned: a newer policy counts, and none of its scores ever stood.
    """
    on = local_date(now)
    policy = in_force(session, POLICY, on)
    under_way = session.scalars(
        select(QualityRun)
        .where(QualityRun.completed_at.is_(None), QualityRun.abandoned_at.is_(None))
        .order_by(QualityRun.started_at, QualityRun.id)
    ).all()
    if any(run.policy_version_id == policy.id for run in under_way):
        return None
    for run in under_way:
        _abandon(session, run, now, "A newer version of the policy came into force.")
    run = QualityRun(
        policy_version_id=policy.id,
        why=why[:60],
        as_of=on,
        lots=lot_placements(session, QualityPolicy.read(policy.content).service, on),
        started_at=now,
    )
    session.add(run)
    session.flush()
    batch = batches.begin(
        session,
        kind=KIND,
        title=TITLE,
        organisation_id=hub_id(session),
        person_id=person_id,
        payload={"run_id": run.id, "after": ""},
        now=now,
        total=session.scalar(select(func.count()).select_from(Claim).where(Claim.status.in_(LIVE))) or 0,
    )
    run.batch_id = batch.id
    session.flush()
    return batch


def hub_id(session: Session) -> str | None:
    """The organisation whose people watch what the whole market is about."""
    return session.scalar(
        select(Organisation.id)
        .where(Organisation.kind == OrganisationKind.HUB)
        .order_by(Organisation.created_at, Organisation.id)
        .limit(1)
    )


def run_step(session: Session, payload: dict[str, Any], now: dt.datetime) -> None:
    """The job of one step. A policy that cannot be used ends the run with a sentence; an accident is tried again."""
    found = batches.batch_of(session, payload)
    if found is None:
        return
    batch, _ = found
    run = session.get_one(QualityRun, batch.payload["run_id"])
    try:
        with session.begin_nested():
            urns = next_urns(session, batch.payload["after"])
            ruler = ruler_of(session, run.policy_version_id, run.lots, run.as_of)
            rows = changed_rows(session, ruler, urns, now=now, why=run.why, run_id=run.id)
            if rows:
                session.execute(insert(QualityScore), rows)
    except HomewardError as error:
        _abandon(session, run, now, error.message)
        return
    done = batch.done + len(urns)
    batches.advance(session, batch, done=done, total=max(done, batch.total or 0), now=now)
    if len(urns) == CHUNK:
        batch.payload = {**batch.payload, "after": urns[-1]}
        batches.next_step(session, batch, now)
    else:
        batches.finish(session, batch, now=now, result={"changed": _complete(session, run, now)}, leads_to=LEADS_TO)


def rescore_daily(session: Session, _payload: dict[str, Any], now: dt.datetime) -> None:
    """The job of each day: inspections are a day older, evidence lapses, and a policy may be in force from today."""
    if has_any(session, POLICY, local_date(now)):
        begin_run(session, why="Day's work", now=now)


def next_urns(session: Session, after: str, *where: Any) -> list[str]:
    """The next thousand registrations that somebody claims or holds, in order, after one."""
    return list(
        session.scalars(
            select(Claim.urn).where(Claim.status.in_(LIVE), Claim.urn > after, *where).order_by(Claim.urn).limit(CHUNK)
        )
    )


def _complete(session: Session, run: QualityRun, now: dt.datetime) -> int:
    """Let all rows of the run stand from now on. Returns how many.

    What was computed of single registrations since the run began rests on newer facts, so those are computed once more,
    under the run's policy, which is in force.
    """
    session.refresh(run, with_for_update=True)  # whoever computes a single score now is waited for
    run.completed_at = now
    session.flush()
    rows = select(QualityScore.urn, QualityScore.score, QualityScore.id, QualityScore.number).where(
        QualityScore.run_id == run.id
    )
    columns = ("urn", "score", "score_id", "number", "computed_at")
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    moment = literal(now, QualityCurrent.__table__.c.computed_at.type)
    statement = make(QualityCurrent).from_select(columns, rows.add_columns(moment).order_by(QualityScore.urn))
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[QualityCurrent.urn], set_={name: statement.excluded[name] for name in columns[1:]}
        )
    )
    meanwhile = session.scalars(
        select(QualityScore.urn)
        .where(QualityScore.run_id.is_(None), QualityScore.computed_at >= run.started_at)
        .distinct()
    ).all()
    rescore_all(session, now=now, why=run.why, urns=meanwhile)
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def _abandon(session: Session, run: QualityRun, now: dt.datetime, why: str) -> None:
    run.abandoned_at = now
    session.flush()
    batch = session.get(Batch, run.batch_id) if run.batch_id else None
    if batch is not None:
        batches.fail(session, batch, now=now, problem=why, leads_to=LEADS_TO)
