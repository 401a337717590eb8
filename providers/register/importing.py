"""Import a register file: read it, compare it with the register, write what is new in a few set-based statements,
tell the rooms above.

One act, in the caller's transaction: all of a file or nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from app.core import audit, events
from app.core.clock import local_date
from app.core.database import new_id
from app.core.errors import Invalid
from app.identity.permissions import Actor, Permission
from providers.register.comparing import Columns, Plan, compare
from providers.register.events import RegisterImported
from providers.register.models import Inspection, RegisterImport, Registration
from providers.register.reading import Progress, ReadResult, Remark, count_by_type, read_register
from providers.register.report import DETAIL, ImportReport
from providers.register.status import Coverage, provision_words
from providers.register.urn import is_demonstration

_BATCH = 1000
_LOCK = 7146002


def import_register(
    session: Session,
    *,
    path: Path | BinaryIO,
    as_of: dt.date,
    now: dt.datetime,
    actor: Actor | None = None,
    dry_run: bool = False,
    skip_bad_rows: bool = False,
    coverage: Coverage | None = None,
    name: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Bring a file of providers or of inspections into the register, as at `as_of`, and say what that did
    (`ImportReport`).

    `path` is a path or a stream of bytes (then `name` is what to call it). `actor` is None for the command line and
    jobs; a person needs `REGISTER_RESOLVE`. `coverage` overrides what the file's columns suggest. `progress(done,
    total)` is called while reading (total None) and while writing. A dry run computes the same report and writes
    nothing. The same file again writes nothing. Files may come in any order (see comparing.py).

    Raises `Invalid` for what is no such file, and for a date in the future. Where rows were rejected and
    `skip_bad_rows` is not set, nothing is written and the report says `refused`: callers look at it.

    Publishes `Regraded`, `RegistrationSuspended` and, last, `RegisterImported`.
    """
    if actor is not None:
        actor.require(Permission.REGISTER_RESOLVE)
    today = local_date(now)
    if as_of > today:
        raise Invalid("The date of the file is in the future.", field="as_of")
    result = read_register(path, name=name, progress=progress)
    if coverage is not None:
        result.coverage = coverage
    _remark_on_dates(result, as_of)
    session.flush()
    if session.get_bind().dialect.name == "postgresql" and not dry_run:
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    urns = list(dict.fromkeys(row.urn for row in result.rows))
    plan = compare(
        result,
        as_of=as_of,
        today=today,
        registrations=_registrations(session, urns),
        inspections=_inspections(session, urns),
    )
    earlier = _earlier(session, result.coverage, as_of)
    refused = bool(result.rejected) and not skip_bad_rows
    again = plan.writes_nothing and _imported_before(session, result, as_of)
    writes = not (dry_run or refused or again)
    import_id = new_id() if writes else None
    report = _report(result, plan, as_of, earlier, dry_run=dry_run, refused=refused, import_id=import_id)
    if writes and import_id is not None:
        _write(session, plan, as_of, result.coverage, progress)
        _keep(session, import_id, result, report, urns, now, actor)
        for regraded in plan.regraded:
            events.publish(session, regraded)
        for suspended in plan.suspended:
            events.publish(session, suspended)
        events.publish(session, RegisterImported(import_id))
    return report


def _remark_on_dates(result: ReadResult, as_of: dt.date) -> None:
    if result.says_as_of is not None and result.says_as_of != as_of:
        said = f"{result.says_as_of.day} {result.says_as_of:%B %Y}"
        result.warnings.append(Remark(0, "", f"says that it is as at {said}, which is not the date given"))
    late = [row for row in result.rows if any(visit.inspected_on > as_of for visit in row.inspections)]
    if late:
        said = f"has inspections after its own date ({len(late):,} rows); check the date given"
        result.warnings.append(Remark(late[0].line, "", said))
    made_up = [row for row in result.rows if is_demonstration(row.urn)]
    if made_up:
        said = f"has URNs of the range kept for demonstrations ({len(made_up):,} rows)"
        result.warnings.append(Remark(made_up[0].line, "", said))


def _batches(items: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _registrations(session: Session, urns: Sequence[str]) -> dict[str, Columns]:
    found: dict[str, Columns] = {}
    for batch in _batches(urns):
        for row in session.execute(select(Registration.__table__).where(Registration.urn.in_(batch))):
            found[row.urn] = dict(row._mapping)
    return found


def _inspections(session: Session, urns: Sequence[str]) -> dict[str, list[Columns]]:
    found: dict[str, list[Columns]] = {}
    for batch in _batches(urns):
        query = select(Inspection.__table__).where(Inspection.urn.in_(batch)).order_by(Inspection.id)
        for row in session.execute(query):
            found.setdefault(row.urn, []).append(dict(row._mapping))
    return found


def _earlier(session: Session, coverage: Coverage, as_of: dt.date) -> tuple[str, list[str]] | None:
    """The name and the URNs of the latest file of the same coverage and an earlier date."""
    found = session.execute(
        select(RegisterImport.file_name, RegisterImport.urns)
        .where(RegisterImport.coverage == coverage, RegisterImport.as_of < as_of)
        .order_by(RegisterImport.as_of.desc(), RegisterImport.imported_at.desc(), RegisterImport.id)
        .limit(1)
    ).one_or_none()
    return None if found is None else (found.file_name, found.urns)


def _imported_before(session: Session, result: ReadResult, as_of: dt.date) -> bool:
    found = session.scalar(
        select(RegisterImport.id)
        .where(
            RegisterImport.sha256 == result.sha256,
            RegisterImport.as_of == as_of,
            RegisterImport.coverage == result.coverage,
        )
        .limit(1)
    )
    return found is not None


def _write(session: Session, plan: Plan, as_of: dt.date, coverage: Coverage, progress: Progress | None) -> None:
    steps: list[tuple[Any, list[Columns]]] = [
        (insert(Registration), plan.registrations_to_insert),
        (update(Registration), plan.registrations_to_update),
        (insert(Inspection), plan.inspections_to_insert),
        (update(Inspection), plan.inspections_to_update),
    ]
    total = sum(len(rows) for _, rows in steps)
    done = 0
    for statement, rows in steps:
        for batch in _batches(rows):
            session.execute(statement, batch)
            done += len(batch)
            if progress is not None:
                progress(done, total)
    seen_again = (
        update(Inspection)
        .where(Inspection.id.in_(bindparam("ids", expanding=True)))
        .values(facts_as_of=as_of, facts_from=coverage)
        .execution_options(synchronize_session=False)
    )
    for batch in _batches(plan.inspections_seen_again):
        session.execute(seen_again, {"ids": batch})
    for held in list(session.identity_map.values()):
        if isinstance(held, (Registration, Inspection)):
            session.expire(held)


def _keep(
    session: Session,
    import_id: str,
    result: ReadResult,
    report: ImportReport,
    urns: list[str],
    now: dt.datetime,
    actor: Actor | None,
) -> None:
    session.add(
        RegisterImport(
            id=import_id,
            file_name=result.file_name[:255],
            sha256=result.sha256,
            as_of=report.as_of,
            coverage=result.coverage,
            rows_read=report.rows_read,
            new=report.new,
            changed=report.changed,
            unchanged=report.unchanged,
            rejected=report.rejected,
            imported_at=now,
            imported_by=actor.person_id if actor else None,
            report=report.to_dict(),
            urns=urns,
        )
    )
    audit.record(
        session,
        now=now,
        who=actor,
        act="register.file.import",
        subject_kind="register_import",
        subject_id=import_id,
        sha256=result.sha256,
        as_of=report.as_of.isoformat(),
        rows_read=report.rows_read,
        new=report.new,
        changed=report.changed,
        rejected=report.rejected,
    )


def _report(
    result: ReadResult,
    plan: Plan,
    as_of: dt.date,
    earlier: tuple[str, list[str]] | None,
    *,
    dry_run: bool,
    refused: bool,
    import_id: str | None,
) -> ImportReport:
    listed = {row.urn for row in result.rows}
    missing = None if earlier is None else [urn for urn in earlier[1] if urn not in listed]
    regraded = [one for one in plan.regraded if one.before is not None and one.before is not one.after]
    in_doubt = [
        one["urn"]
        for one in (*plan.inspections_to_insert, *plan.inspections_to_update)
        if one["contradictory"] and one["resolution"] is None
    ]
    types = sorted(count_by_type(result).items(), key=lambda item: (-item[1], item[0]))
    return ImportReport(
        file_name=result.file_name,
        sha256=result.sha256,
        as_of=as_of,
        coverage=result.coverage,
        dry_run=dry_run,
        refused=refused,
        written=import_id is not None,
        import_id=import_id,
        rows_read=result.rows_read,
        new=plan.new,
        changed=plan.changed,
        unchanged=plan.unchanged,
        rejected=len(result.rejected),
        regraded=len(regraded),
        first_graded=sum(one.before is None for one in plan.regraded),
        suspended=len(plan.suspended),
        missing=None if missing is None else len(missing),
        missing_against=None if earlier is None else earlier[0],
        inspections_new=len(plan.inspections_to_insert),
        inspections_corrected=plan.inspections_corrected,
        contradictory=len(in_doubt),
        warnings=len(result.warnings),
        by_provision_type={provision_words(kind): count for kind, count in types},
        details={
            "rejected": [remark.to_dict() for remark in result.rejected[:DETAIL]],
            "warnings": [remark.to_dict() for remark in result.warnings[:DETAIL]],
            "regraded": [{"urn": one.urn, "before": one.before, "after": one.after} for one in regraded[:DETAIL]],
            "suspended": [one.urn for one in plan.suspended[:DETAIL]],
            "missing": (missing or [])[:DETAIL],
            "contradictory": in_doubt[:DETAIL],
        },
    )
