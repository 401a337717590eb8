"""Import a file of Ofsted's: read it, compare it with the register, write what is new in a few set-based statements,
tell the rooms above.

One act, in the caller's transaction: all of a file or nothing. What kind of file it is, its headings say.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import audit, events
from app.core.clock import local_date
from app.core.database import new_id
from app.core.errors import Invalid
from app.identity.permissions import Actor, Permission
from providers.register import leavers, premises
from providers.register.events import RegisterImported
from providers.register.headings import is_laid_out
from providers.register.models import RegisterImport
from providers.register.opening import Opened, open_register
from providers.register.prepared import Foresee, Prepared
from providers.register.provider_files import prepare_providers
from providers.register.report import ImportReport, report_on
from providers.register.rows import Progress, Remark
from providers.register.status import Coverage

_LOCK = 7146002


class OtherwiseThanShown(Exception):
    """The import would do something else than the preview that a person agreed to. Nothing was done."""


def import_register(
    session: Session,
    *,
    path: Path | BinaryIO | bytes,
    as_of: dt.date,
    now: dt.datetime,
    actor: Actor | None = None,
    dry_run: bool = False,
    skip_bad_rows: bool = False,
    coverage: Coverage | None = None,
    name: str | None = None,
    progress: Progress | None = None,
    foresee: Foresee | None = None,
    agreed: str | None = None,
) -> ImportReport:
    """Bring a file into the register, as at `as_of`, and say what that did (`ImportReport`): a list of providers, of
    inspections in a year, of premises of supported accommodation, or of leavers and joiners.

    `path` is a path, bytes or a stream of bytes (then `name` is what to call it). `actor` is None for the command line
    and jobs; a person needs `REGISTER_IMPORT`. `coverage` overrides what a provider file's columns suggest.
    `progress(done, total)` is called while reading (total None) and while writing. A dry run computes the same report
    and writes nothing. The same file again writes nothing. Files may come in any order (see comparing.py).

    `foresee` says what the rooms above would do about it, which the report then holds as `consequences`. `agreed` is
    the digest of a report that a person has agreed to: `OtherwiseThanShown` where this import would be another one.

    Raises `Invalid` for what is no such file, and for a date in the future. Where rows were rejected and
    `skip_bad_rows` is not set, nothing is written and the report says `refused`: callers look at it.

    Publishes `Regraded`, `RegistrationSuspended`, `RegistrationLeft` and, last, `RegisterImported`.
    """
    if actor is not None:
        actor.require(Permission.REGISTER_IMPORT)
    today = local_date(now)
    if as_of > today:
        raise Invalid("The date of the file is in the future.", field="as_of")
    opened = open_register(io.BytesIO(path) if isinstance(path, bytes) else path, name)
    session.flush()
    if session.get_bind().dialect.name == "postgresql" and not dry_run:
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    prepared = prepare(session, opened, as_of=as_of, today=today, coverage=coverage, progress=progress)
    _compare_with_earlier(session, prepared, as_of)
    consequences = foresee(session, prepared.changes) if foresee is not None else {}
    digest = prepared.digest(consequences)
    if agreed is not None and digest != agreed:
        raise OtherwiseThanShown
    refused = bool(prepared.sheet.rejected) and not skip_bad_rows
    again = prepared.writes_nothing and _imported_before(session, prepared, as_of)
    writes = not (dry_run or refused or again)
    import_id = new_id() if writes else None
    report = report_on(
        prepared,
        as_of,
        dry_run=dry_run,
        refused=refused,
        again=again,
        import_id=import_id,
        consequences=consequences,
        digest=digest,
    )
    if import_id is not None:
        prepared.write(session, progress)
        _keep(session, import_id, prepared, report, now, actor)
        for event in prepared.changes.events:
            events.publish(session, event)
        events.publish(session, RegisterImported(import_id, prepared.changed_urns))
    return report


def prepare(
    session: Session,
    opened: Opened,
    *,
    as_of: dt.date,
    today: dt.date,
    coverage: Coverage | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """What a file of any kind would do to the register."""
    if is_laid_out(opened, premises.LAYOUT):
        prepared = premises.prepare_premises(session, opened, as_of=as_of, progress=progress)
    elif is_laid_out(opened, leavers.LAYOUT):
        prepared = leavers.prepare_changes(session, opened, as_of=as_of, progress=progress)
    else:
        return prepare_providers(session, opened, as_of=as_of, today=today, coverage=coverage, progress=progress)
    said = prepared.sheet.says_as_of
    if said is not None and said != as_of:
        words = f"says that it is as at {said.day} {said:%B %Y}, which is not the date given"
        prepared.sheet.warnings.append(Remark(0, "", words))
    return prepared


def _compare_with_earlier(session: Session, prepared: Prepared, as_of: dt.date) -> None:
    """Which URNs the latest file of the same coverage and an earlier date listed and this one does not. A list of
    leavers or of visits misses nobody.
    """
    if prepared.coverage in (Coverage.LEAVERS_AND_JOINERS, Coverage.INSPECTIONS_IN_YEAR):
        return
    found = session.execute(
        select(RegisterImport.file_name, RegisterImport.urns)
        .where(RegisterImport.coverage == prepared.coverage, RegisterImport.as_of < as_of)
        .order_by(RegisterImport.as_of.desc(), RegisterImport.imported_at.desc(), RegisterImport.id)
        .limit(1)
    ).one_or_none()
    if found is not None:
        listed = set(prepared.urns)
        missing = [urn for urn in found.urns if urn not in listed]
        prepared.missing_against = found.file_name
        prepared.changes = replace(prepared.changes, missing=missing)


def _imported_before(session: Session, prepared: Prepared, as_of: dt.date) -> bool:
    found = session.scalar(
        select(RegisterImport.id)
        .where(
            RegisterImport.sha256 == prepared.sheet.sha256,
            RegisterImport.as_of == as_of,
            RegisterImport.coverage == prepared.coverage,
        )
        .limit(1)
    )
    return found is not None


def _keep(
    session: Session,
    import_id: str,
    prepared: Prepared,
    report: ImportReport,
    now: dt.datetime,
    actor: Actor | None,
) -> None:
    session.add(
        RegisterImport(
            id=import_id,
            file_name=prepared.sheet.file_name[:255],
            sha256=prepared.sheet.sha256,
            as_of=report.as_of,
            coverage=prepared.coverage,
            rows_read=report.rows_read,
            new=report.new,
            changed=report.changed,
            unchanged=report.unchanged,
            rejected=report.rejected,
            imported_at=now,
            imported_by=actor.person_id if actor else None,
            report=report.to_dict(),
            urns=prepared.urns,
        )
    )
    audit.record(
        session,
        now=now,
        who=actor,
        act="register.file.import",
        subject_kind="register_import",
        subject_id=import_id,
        sha256=report.sha256,
        as_of=report.as_of.isoformat(),
        rows_read=report.rows_read,
        new=report.new,
        changed=report.changed,
        rejected=report.rejected,
    )
