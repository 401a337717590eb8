"""Giving, doing and listing tasks."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.identity.permissions import Actor, Permission
from app.tasks.models import ANSWERED_ON_ITS_PAGE, Task, TaskKind


def add_task(
    session: Session,
    *,
    organisation_id: str,
    key: str,
    kind: TaskKind,
    title: str,
    basis: str,
    subject_kind: str,
    subject_id: str,
    due_on: dt.date,
    now: dt.datetime,
    due_at: dt.datetime | None = None,
) -> Task:
    """Give an organisation something to do by a day, or by a moment of that day. The same `key` again returns the task
    that is already there.
    """
    existing = session.scalar(select(Task).where(Task.organisation_id == organisation_id, Task.key == key))
    if existing:
        return existing
    task = Task(
        organisation_id=organisation_id,
        key=key,
        kind=kind,
        title=title,
        basis=basis,
        subject_kind=subject_kind,
        subject_id=subject_id,
        due_on=due_on,
        due_at=due_at,
        created_at=now,
    )
    session.add(task)
    session.flush()
    return task


def move_task(session: Session, task: Task, *, due_on: dt.date, basis: str) -> None:
    """What a task waits for has happened, or was moved: it is due on another day, by another part of the law. A task
    that is done stays as it was.
    """
    if task.done_at is None and (task.due_on, task.basis) != (due_on, basis):
        task.due_on, task.basis = due_on, basis
        session.flush()


def task_for(session: Session, *, actor: Actor, task_id: str) -> Task:
    """A task of the actor's organisation, or NotFound."""
    task = session.scalar(select(Task).where(Task.id == task_id, Task.organisation_id == actor.organisation_id))
    if task is None:
        raise NotFound("task")
    return task


def finish_task(session: Session, *, actor: Actor, task_id: str, evidence: str, version: int, now: dt.datetime) -> Task:
    """Say that a task is done, and by what one can see it."""
    actor.require(Permission.TASK_DO)
    task = task_for(session, actor=actor, task_id=task_id)
    if task.done_at is not None:
        raise Conflict("This task is already done.")
    if task.subject_kind in ANSWERED_ON_ITS_PAGE:
        raise Conflict("This task is done by the answer on its own page, and by nothing else. Open its page.")
    if task.version != version:
        raise Stale("Somebody changed this task while you were looking at it. Check it and try again.")
    if not evidence.strip():
        raise Invalid("Say what was done, and where it is recorded.", field="evidence")
    task.done_at, task.done_by, task.evidence = now, actor.person_id, evidence.strip()
    session.flush()
    audit.record(session, now=now, who=actor, act="tasks.task.finish", subject_kind="task", subject_id=task.id)
    return task


def settle_task(session: Session, *, actor: Actor, key: str, evidence: str, now: dt.datetime) -> None:
    """Tick off the task that a thing just done has answered, if it is still open: for use cases of other rooms, which
    have checked that the actor may do that thing.
    """
    task = session.scalar(select(Task).where(Task.organisation_id == actor.organisation_id, Task.key == key))
    if task is None or task.done_at is not None:
        return
    task.done_at, task.done_by, task.evidence = now, actor.person_id, evidence
    session.flush()
    audit.record(session, now=now, who=actor, act="tasks.task.settle", subject_kind="task", subject_id=task.id)


def open_tasks(session: Session, *, actor: Actor, limit: int = 100) -> list[Task]:
    """What the actor's organisation has still to do, the soonest first."""
    return list(
        session.scalars(
            select(Task)
            .where(Task.organisation_id == actor.organisation_id, Task.done_at.is_(None))
            .order_by(Task.due_on, Task.due_at.nulls_last(), Task.created_at, Task.id)
            .limit(limit)
        )
    )
