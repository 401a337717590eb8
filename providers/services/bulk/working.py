"""A company's file on its way: sent in, read and checked in steps, confirmed by a person, and then done whole or not at
all.

Reading and checking write nothing but the plan. The plan keeps what everything was when it was made; if any of it has
changed when the file is confirmed, nothing is done and the company looks again.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, batches
from app.core.errors import Conflict, HomewardError, Invalid, NotFound, Stale
from app.core.files import MEDIA_TYPES, Accepted, FileKind, Store, keep
from app.core.models import Batch, StoredFile
from app.identity.permissions import Actor, Permission
from app.identity.queries import actor_for
from providers.services.bulk.models import BulkFile
from providers.services.bulk.planning import COLUMN_OF, Change, Plan, plan_of
from providers.services.bulk.reading import Mistake, read_tables
from providers.services.bulk.sheets import NEEDS, PRICES, SERVICES, own_services
from providers.services.bulk.status import BULK, BulkStatus
from providers.services.prices.discounts import Itemised
from providers.services.prices.setting import NewPrice, set_prices
from providers.services.profile import describe_service

READ, APPLY = "read_bulk_file", "apply_bulk_file"
AT_A_TIME = 200
"""Services that are checked in one step: about a second of work."""


def send_in(
    session: Session, *, actor: Actor, accepted: Accepted, store: Store, leads_to: str, now: dt.datetime
) -> tuple[BulkFile, Batch]:
    """Keep a file and have it read. `leads_to` is the path of the page that shows what it would change, with `{id}`
    for the file's id. Somebody who may set prices and describe services sends it.
    """
    _may(actor)
    kept = keep(session, store, accepted, now=now)
    row = BulkFile(
        organisation_id=actor.organisation_id,
        status=BulkStatus.READING,
        sha256=kept.sha256,
        file_name=accepted.name,
        sent_by=actor.person_id,
        sent_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(session, now=now, who=actor, act="services.bulk.send", subject_kind="bulk_file", subject_id=row.id)
    return row, _begin(session, READ, f"Reading {accepted.name}", row, actor, leads_to, now)


def confirm(session: Session, *, actor: Actor, file_id: str, version: int, leads_to: str, now: dt.datetime) -> Batch:
    """Have a file done as its page showed it. `Stale` where the page is older than the file; `Conflict` for one that
    is not waiting for it.
    """
    _may(actor)
    row = bulk_file(session, actor, file_id)
    if row.version != version:
        raise Stale("This file was confirmed or read again since you opened the page. Look at it again.")
    row.status = BULK.require(row.status, BulkStatus.APPLYING, "This file")
    session.flush()
    audit.record(session, now=now, who=actor, act="services.bulk.confirm", subject_kind="bulk_file", subject_id=row.id)
    return _begin(session, APPLY, f"Importing {row.file_name}", row, actor, leads_to, now)


def bulk_file(session: Session, actor: Actor, file_id: str) -> BulkFile:
    """A file of the actor's own company. `NotFound` for any other."""
    actor.require(Permission.PRICE_WRITE)
    row = session.scalar(
        select(BulkFile).where(BulkFile.id == file_id, BulkFile.organisation_id == actor.organisation_id)
    )
    if row is None:
        raise NotFound("file")
    return row


def bulk_files(session: Session, actor: Actor, *, limit: int = 25) -> list[BulkFile]:
    """The latest files of the actor's company."""
    actor.require(Permission.PRICE_WRITE)
    return list(
        session.scalars(
            select(BulkFile)
            .where(BulkFile.organisation_id == actor.organisation_id)
            .order_by(BulkFile.sent_at.desc(), BulkFile.id)
            .limit(limit)
        )
    )


def read_step(session: Session, payload: Mapping[str, Any], now: dt.datetime, *, store: Store) -> None:
    """The job that reads a file: first all of it, then so many services a step are tried out."""
    found = _at_work(session, payload, now)
    if found is None:
        return
    batch, step, row, actor = found
    if step == 0:
        kept = session.get_one(StoredFile, row.sha256)
        kind = next(kind for kind, media_type in MEDIA_TYPES.items() if media_type == kept.media_type)
        try:
            plan = plan_of(own_services(session, actor), read_tables(store.get(row.sha256), FileKind(kind)), now)
        except Invalid as error:
            plan = Plan(mistakes=[Mistake("", 0, "", error.message)])
    else:
        plan = Plan.from_dict(row.plan or {})
        first = (step - 1) * AT_A_TIME
        plan.mistakes += check_services(session, actor, _by_service(plan)[first : first + AT_A_TIME], now)
    row.plan = plan.to_dict()
    profiles, done = len(_by_service(plan)), step * AT_A_TIME
    batches.advance(session, batch, done=min(done, profiles), total=profiles, now=now)
    if done < profiles:
        batches.next_step(session, batch, now)
        return
    plan.mistakes.sort(key=lambda one: (_place(one.sheet), one.line, one.column))
    row.plan, row.mark = plan.to_dict(), plan.mark
    row.status = BULK.require(row.status, BulkStatus.FAULTY if plan.mistakes else BulkStatus.READY, "This file")
    session.flush()
    batches.finish(session, batch, now=now, result={"changes": len(plan.changes)}, leads_to=batch.payload["leads_to"])


def apply_step(session: Session, payload: Mapping[str, Any], now: dt.datetime, *, store: Store) -> None:
    """The job that does a confirmed file: everything in its one transaction, if nothing has changed since it was
    shown.
    """
    found = _at_work(session, payload, now)
    if found is None:
        return
    batch, _, row, actor = found
    leads_to = batch.payload["leads_to"]
    kept = session.get_one(StoredFile, row.sha256)
    kind = next(kind for kind, media_type in MEDIA_TYPES.items() if media_type == kept.media_type)
    plan = plan_of(own_services(session, actor), read_tables(store.get(row.sha256), FileKind(kind)), now)
    batches.advance(session, batch, done=0, total=len(plan.changes), now=now)
    problem = "Something of what the file changes was changed since you looked at it. Send the file again."
    if plan.mistakes or plan.mark != row.mark:
        _give_up(session, row, batch, problem, now)
        return
    try:
        with session.begin_nested():
            apply_plan(session, actor, plan, now)
    except HomewardError as error:
        _give_up(session, row, batch, f"{error.message.rstrip('.')}. Send the file again.", now)
        return
    row.status = BULK.require(row.status, BulkStatus.APPLIED, "This file")
    row.applied_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.bulk.apply",
        subject_kind="bulk_file",
        subject_id=row.id,
        changes=dict(Counter(change.sheet for change in plan.changes)),
    )
    batches.finish(session, batch, now=now, result={"changes": len(plan.changes)}, leads_to=leads_to)


def apply_plan(session: Session, actor: Actor, plan: Plan, now: dt.datetime) -> None:
    """Do every change through its use case. Raises what it refuses: the caller undoes all of it."""
    for changes in _by_service(plan):
        _describe(session, actor, changes, now)
    prices = [
        NewPrice(
            change.service_id,
            change.given["band_id"],
            Itemised(**change.given["price"]),
            dt.date.fromisoformat(change.given["from_day"]),
        )
        for change in plan.changes
        if change.sheet == PRICES.name
    ]
    if prices:
        set_prices(session, actor=actor, prices=prices, now=now)


def check_services(session: Session, actor: Actor, groups: list[list[Change]], now: dt.datetime) -> list[Mistake]:
    """What the profile's own rules refuse, found by asking them: the changes of each service are made and undone."""
    mistakes: list[Mistake] = []
    for changes in groups:
        trial = session.begin_nested()
        try:
            _describe(session, actor, changes, now)
        except Invalid as error:
            for name, message in error.errors.items():
                blamed = next((change for change in changes if name in change.given), changes[0])
                mistakes.append(Mistake(blamed.sheet, blamed.line, COLUMN_OF.get(name, ""), message.rstrip(".")))
        finally:
            trial.rollback()
    return mistakes


def _describe(session: Session, actor: Actor, changes: list[Change], now: dt.datetime) -> None:
    """All that the sheets change of one service's profile, at once."""
    given: dict[str, Any] = {}
    for change in changes:
        given |= change.given
    describe_service(session, actor=actor, service_id=changes[0].service_id, now=now, **given)


def _by_service(plan: Plan) -> list[list[Change]]:
    """The changes of profiles and needs, service by service."""
    found: dict[str, list[Change]] = {}
    for change in plan.changes:
        if change.sheet in (SERVICES.name, NEEDS.name):
            found.setdefault(change.service_id, []).append(change)
    return list(found.values())


def _place(sheet: str) -> int:
    order = ("", SERVICES.name, NEEDS.name, PRICES.name)
    return order.index(sheet)


def _may(actor: Actor) -> None:
    actor.require(Permission.PRICE_WRITE)
    actor.require(Permission.APPLICATION_WRITE)


def _begin(
    session: Session, kind: str, title: str, row: BulkFile, actor: Actor, leads_to: str, now: dt.datetime
) -> Batch:
    return batches.begin(
        session,
        kind=kind,
        title=title[:200],
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        payload={"file_id": row.id, "leads_to": leads_to.replace("{id}", row.id)},
        now=now,
    )


def _at_work(
    session: Session, payload: Mapping[str, Any], now: dt.datetime
) -> tuple[Batch, int, BulkFile, Actor] | None:
    """The batch, its step, the file and whoever sent it; None where the step was done or that person has left."""
    found = batches.batch_of(session, payload)
    if found is None:
        return None
    batch, step = found
    row = session.get_one(BulkFile, batch.payload["file_id"])
    actor = actor_for(session, batch.person_id or "", row.organisation_id)
    try:
        if actor is None:
            raise Conflict("Whoever sent this file no longer works for the company.")
        _may(actor)
    except HomewardError as error:
        if row.status is BulkStatus.READING:
            row.plan = Plan(mistakes=[Mistake("", 0, "", error.message)]).to_dict()
        row.status = BULK.require(
            row.status, BulkStatus.FAULTY if row.status is BulkStatus.READING else BulkStatus.STALE, "This file"
        )
        batches.fail(session, batch, now=now, problem=error.message, leads_to=batch.payload["leads_to"])
        return None
    return batch, step, row, actor


def _give_up(session: Session, row: BulkFile, batch: Batch, problem: str, now: dt.datetime) -> None:
    row.status = BULK.require(row.status, BulkStatus.STALE, "This file")
    session.flush()
    batches.fail(session, batch, now=now, problem=problem, leads_to=batch.payload["leads_to"])
