"""A file that a commissioner uploads: kept, read and previewed, then imported whole or discarded.

The preview is the import's own report, with what every room would do about it, computed without writing. Whoever
confirms agrees to that report: an import that would do anything else by then is not done, and shows what it would do
now. Reading, previewing and importing are long work in steps (`app/core/batches`).
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit, batches
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.files import Accepted, FileMissing, Store, keep
from app.core.models import Batch
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from app.identity.queries import actor_for
from providers.register import links
from providers.register.importing import OtherwiseThanShown, import_register
from providers.register.models import RegisterImport, RegisterUpload
from providers.register.opening import open_register
from providers.register.prepared import Changes
from providers.register.report import ImportReport
from providers.register.status import UPLOAD, UploadStatus

PREVIEW, IMPORT = "register_preview", "register_import"
"""Kinds of long work."""

STEPS = 2
OPEN = (UploadStatus.READING, UploadStatus.READY, UploadStatus.UNREADABLE, UploadStatus.IMPORTING)

Foresight: TypeAlias = Callable[[Session, Changes, dt.datetime], dict[str, Any]]
"""What the rooms above would do at a moment."""


def upload_file(
    session: Session,
    *,
    actor: Actor,
    accepted: Accepted,
    store: Store,
    as_of: dt.date,
    skip_bad_rows: bool,
    now: dt.datetime,
) -> RegisterUpload:
    """Keep a file and begin to read it. `Invalid` at `as_of` for a date in the future."""
    actor.require(Permission.REGISTER_IMPORT)
    if as_of > local_date(now):
        raise Invalid("The date that the file speaks for must not be in the future", field="as_of")
    kept = keep(session, store, accepted, now=now)
    upload = RegisterUpload(
        file_name=accepted.name,
        sha256=kept.sha256,
        as_of=as_of,
        skip_bad_rows=skip_bad_rows,
        uploaded_by=actor.person_id,
        uploaded_at=now,
    )
    session.add(upload)
    session.flush()
    _begin(session, actor, upload, PREVIEW, f"Reading {upload.file_name}", now)
    _record(session, actor, upload, "upload", now)
    return upload


def compute_again(
    session: Session, *, actor: Actor, upload_id: str, version: int, skip_bad_rows: bool, now: dt.datetime
) -> RegisterUpload:
    """Preview a file anew: the register or the market has changed since, or its bad rows are to be skipped."""
    actor.require(Permission.REGISTER_IMPORT)
    upload = _upload(session, upload_id, version)
    upload.status = UPLOAD.require(upload.status, UploadStatus.READING, "This file")
    upload.skip_bad_rows = skip_bad_rows
    _begin(session, actor, upload, PREVIEW, f"Reading {upload.file_name}", now)
    return upload


def confirm(session: Session, *, actor: Actor, upload_id: str, version: int, now: dt.datetime) -> RegisterUpload:
    """Agree to the preview: the import begins. `Conflict` where nothing of the file would be imported."""
    actor.require(Permission.REGISTER_IMPORT)
    upload = _upload(session, upload_id, version)
    target = UPLOAD.require(upload.status, UploadStatus.IMPORTING, "This file")
    if (upload.preview or {}).get("refused"):
        raise Conflict("Rows of this file are rejected. Have them skipped, or correct the file and upload it again.")
    if (upload.preview or {}).get("again"):
        raise Conflict("This file tells nothing new, so there is nothing to import.")
    upload.status, upload.changed_at = target, None
    _begin(session, actor, upload, IMPORT, f"Importing {upload.file_name}", now)
    _record(session, actor, upload, "confirm", now)
    return upload


def discard(session: Session, *, actor: Actor, upload_id: str, version: int, now: dt.datetime) -> RegisterUpload:
    """Leave a file out. It stays in the list of who uploaded what; the register never heard of it."""
    actor.require(Permission.REGISTER_IMPORT)
    upload = _upload(session, upload_id, version)
    upload.status = UPLOAD.require(upload.status, UploadStatus.DISCARDED, "This file")
    upload.decided_by, upload.decided_at = actor.person_id, now
    session.flush()
    _record(session, actor, upload, "discard", now)
    return upload


def upload_for(session: Session, *, actor: Actor, upload_id: str) -> RegisterUpload:
    """An upload, for who may import. NotFound where there is none."""
    actor.require(Permission.REGISTER_IMPORT)
    found = session.get(RegisterUpload, upload_id.replace("\0", " "))
    if found is None:
        raise NotFound("file")
    return found


def open_uploads(session: Session, *, actor: Actor) -> list[tuple[RegisterUpload, str]]:
    """Files on their way into the register, the latest first, each with who uploaded it."""
    actor.require(Permission.REGISTER_READ)
    rows = session.execute(
        select(RegisterUpload, Person.name)
        .join(Person, Person.id == RegisterUpload.uploaded_by)
        .where(RegisterUpload.status.in_(OPEN))
        .order_by(RegisterUpload.uploaded_at.desc(), RegisterUpload.id)
    )
    return [(upload, name) for upload, name in rows]


def imported_since(session: Session, upload: RegisterUpload) -> int:
    """How many files were imported since the preview was computed: it may no longer hold."""
    if upload.computed_at is None:
        return 0
    later = select(func.count(RegisterImport.id)).where(RegisterImport.imported_at > upload.computed_at)
    return session.scalar(later) or 0


def work_on(session: Session, payload: Mapping[str, Any], now: dt.datetime, *, store: Store, ahead: Foresight) -> None:
    """The job of both kinds of long work: the first step opens the file, the second previews or imports it."""
    found = batches.batch_of(session, payload)
    if found is None:
        return
    batch, step = found
    upload = session.get_one(RegisterUpload, batch.payload["upload_id"])
    try:
        if step == 0:
            open_register(io.BytesIO(store.get(upload.sha256)), upload.file_name)
            batches.advance(session, batch, done=1, total=STEPS, now=now)
            batches.next_step(session, batch, now)
        elif batch.kind == PREVIEW:
            _preview(session, upload, store, ahead, now)
            batches.finish(session, batch, now=now, result={}, leads_to=links.upload(upload.id))
        else:
            _import(session, batch, upload, store, ahead, now)
    except (Invalid, FileMissing) as error:
        _cannot(session, batch, upload, error.message, now)


def _preview(session: Session, upload: RegisterUpload, store: Store, ahead: Foresight, now: dt.datetime) -> None:
    report = _run(session, upload, store, ahead, now, dry_run=True)
    upload.status = UPLOAD.require(upload.status, UploadStatus.READY, "This file")
    upload.preview, upload.digest, upload.computed_at = report.to_dict(), report.digest, now
    session.flush()


def _import(
    session: Session, batch: Batch, upload: RegisterUpload, store: Store, ahead: Foresight, now: dt.datetime
) -> None:
    actor = actor_for(session, batch.person_id or "", batch.organisation_id or "")
    if actor is None or not actor.may(Permission.REGISTER_IMPORT):
        raise Invalid("Whoever confirmed this file may no longer import files.")
    try:
        with session.begin_nested():  # what cannot be done is not done by halves
            report = _run(session, upload, store, ahead, now, agreed=upload.digest, actor=actor)
        done = report.written
    except OtherwiseThanShown:
        done = False
    if not done:
        _preview(session, upload, store, ahead, now)
        upload.changed_at = now
        batches.finish(session, batch, now=now, result={"done": False}, leads_to=links.upload(upload.id))
        return
    upload.status = UPLOAD.require(upload.status, UploadStatus.IMPORTED, "This file")
    upload.import_id, upload.decided_by, upload.decided_at = report.import_id, actor.person_id, now
    session.flush()
    result = {"done": True, "import_id": report.import_id}
    batches.finish(session, batch, now=now, result=result, leads_to=links.imported(str(report.import_id)))


def _run(
    session: Session,
    upload: RegisterUpload,
    store: Store,
    ahead: Foresight,
    now: dt.datetime,
    *,
    dry_run: bool = False,
    agreed: str | None = None,
    actor: Actor | None = None,
) -> ImportReport:
    return import_register(
        session,
        path=store.get(upload.sha256),
        name=upload.file_name,
        as_of=upload.as_of,
        now=now,
        actor=actor,
        dry_run=dry_run,
        skip_bad_rows=upload.skip_bad_rows,
        foresee=lambda session, changes: ahead(session, changes, now),
        agreed=agreed,
    )


def _cannot(session: Session, batch: Batch, upload: RegisterUpload, problem: str, now: dt.datetime) -> None:
    """End the work with what is wrong with the file, or with the wish to import it."""
    reading = upload.status is UploadStatus.READING
    upload.status = UPLOAD.require(
        upload.status, UploadStatus.UNREADABLE if reading else UploadStatus.READY, "This file"
    )
    upload.problem = problem[:1000]
    session.flush()
    batches.fail(session, batch, now=now, problem=problem, leads_to=links.upload(upload.id))


def _begin(session: Session, actor: Actor, upload: RegisterUpload, kind: str, title: str, now: dt.datetime) -> None:
    upload.problem = None
    batch = batches.begin(
        session,
        kind=kind,
        title=title,
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        payload={"upload_id": upload.id},
        now=now,
        total=STEPS,
    )
    upload.batch_id = batch.id
    session.flush()


def _upload(session: Session, upload_id: str, version: int) -> RegisterUpload:
    found = session.get(RegisterUpload, upload_id.replace("\0", " "))
    if found is None:
        raise NotFound("file")
    if found.version != version:
        raise Stale("This file moved on since you opened the page. Read the preview again and decide.")
    return found


def _record(session: Session, actor: Actor, upload: RegisterUpload, what: str, now: dt.datetime) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"register.upload.{what}",
        subject_kind="register_upload",
        subject_id=upload.id,
        sha256=upload.sha256,
        as_of=upload.as_of.isoformat(),
    )
