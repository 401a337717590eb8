"""Long work in steps that somebody can watch: an import, a bulk change, scores computed again.

A batch is a row that says how far it is; each of its steps is a job of its own transaction (jobs.py), so that a kill
loses one step at most and the next worker goes on from there. A handler does a step, says how far it came
(`advance`), and either asks for the next (`next_step`) or ends the batch (`finish`, `fail`). What people do wrong
ends it with a sentence; an accident leaves the job to be tried again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.errors import NotFound
from app.core.models import Batch
from app.core.status import BATCH, BatchStatus


def begin(
    session: Session,
    *,
    kind: str,
    title: str,
    organisation_id: str | None,
    person_id: str | None,
    payload: Mapping[str, Any],
    now: dt.datetime,
    total: int | None = None,
) -> Batch:
    """Write a batch and the job of its first step, due at once. `kind` names the job's handler, `title` says in words
    what is done. People of `organisation_id` may watch it (None: nobody may).
    """
    batch = Batch(
        kind=kind,
        title=title,
        organisation_id=organisation_id,
        person_id=person_id,
        payload=dict(payload),
        total=total,
        done=0,
        step=0,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    _schedule(session, batch, now)
    return batch


def batch_of(session: Session, payload: Mapping[str, Any]) -> tuple[Batch, int] | None:
    """The batch and the number of the step that a job is for; None where that step was done or the batch has ended."""
    batch = session.get(Batch, payload["batch_id"])
    if batch is None or batch.step != payload["step"]:
        return None
    if batch.status in (BatchStatus.DONE, BatchStatus.FAILED):
        return None
    return batch, batch.step


def advance(session: Session, batch: Batch, *, done: int, total: int | None, now: dt.datetime) -> None:
    """Say how far it is."""
    if batch.status is BatchStatus.WAITING:
        batch.status = BATCH.require(batch.status, BatchStatus.RUNNING, "This work")
        batch.started_at = now
    batch.done, batch.total = done, total
    session.flush()


def next_step(session: Session, batch: Batch, now: dt.datetime) -> None:
    """Ask for the step after this one, due at once."""
    batch.step += 1
    session.flush()
    _schedule(session, batch, now)


def finish(
    session: Session, batch: Batch, *, now: dt.datetime, result: Mapping[str, Any], leads_to: str | None = None
) -> None:
    """End it well. `leads_to` is the path of the page that shows what came of it."""
    batch.status = BATCH.require(batch.status, BatchStatus.DONE, "This work")
    batch.finished_at, batch.result, batch.leads_to = now, dict(result), leads_to
    if batch.total is not None:
        batch.done = batch.total
    session.flush()


def fail(session: Session, batch: Batch, *, now: dt.datetime, problem: str, leads_to: str | None = None) -> None:
    """End it because of something that a person must put right; `problem` says what, as a sentence."""
    batch.status = BATCH.require(batch.status, BatchStatus.FAILED, "This work")
    batch.finished_at, batch.problem, batch.leads_to = now, problem, leads_to
    session.flush()


def batch_for(session: Session, *, organisation_id: str, batch_id: str) -> Batch:
    """A batch that people of an organisation may watch. `NotFound` for any other."""
    found = session.scalar(select(Batch).where(Batch.id == batch_id, Batch.organisation_id == organisation_id))
    if found is None:
        raise NotFound("work")
    return found


def _schedule(session: Session, batch: Batch, now: dt.datetime) -> None:
    jobs.schedule(
        session,
        kind=batch.kind,
        key=f"batch:{batch.id}:{batch.step}",
        payload={"batch_id": batch.id, "step": batch.step},
        due_at=now,
        at_once=True,
    )
