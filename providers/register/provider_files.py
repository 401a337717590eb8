"""Files of providers and of inspections: compared with the register, and written in a few set-based statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from providers.register.comparing import Columns, Left, Plan, compare
from providers.register.models import Inspection, Registration, RegistrationChange
from providers.register.opening import Opened
from providers.register.prepared import Changes, Prepared
from providers.register.reading import ReadResult, count_by_type, read_opened
from providers.register.rows import Progress, Remark
from providers.register.status import ChangeKind, Coverage, provision_words
from providers.register.urn import is_demonstration

_BATCH = 1000


def prepare_providers(
    session: Session,
    opened: Opened,
    *,
    as_of: dt.date,
    today: dt.date,
    coverage: Coverage | None,
    progress: Progress | None,
) -> Prepared:
    """What a file of providers or of inspections would do. `coverage` overrides what its columns suggest."""
    result = read_opened(opened, progress)
    if coverage is not None:
        result.coverage = coverage
    _remark_on_dates(result, as_of)
    urns = list(dict.fromkeys(row.urn for row in result.rows))
    plan = compare(
        result,
        as_of=as_of,
        today=today,
        registrations=registrations_by_urn(session, urns),
        inspections=_inspections(session, urns),
        left=newest_left(session, urns),
    )
    in_doubt = [
        one["urn"]
        for one in (*plan.inspections_to_insert, *plan.inspections_to_update)
        if one["contradictory"] and one["resolution"] is None
    ]
    types = sorted(count_by_type(result).items(), key=lambda item: (-item[1], item[0]))
    return Prepared(
        sheet=result,
        coverage=result.coverage,
        urns=urns,
        new=plan.new,
        changed=plan.changed,
        unchanged=plan.unchanged,
        changes=Changes(plan.regraded, plan.judged_again, plan.suspended, contradictory=in_doubt),
        writes_nothing=plan.writes_nothing,
        touched=_touched(plan),
        changed_urns=tuple(plan.changed_urns),
        write=lambda session, progress: _write(session, plan, as_of, result.coverage, progress),
        inspections_new=len(plan.inspections_to_insert),
        inspections_corrected=plan.inspections_corrected,
        by_provision_type={provision_words(kind): count for kind, count in types},
    )


def _touched(plan: Plan) -> list[str]:
    registrations = [row["urn"] for row in (*plan.registrations_to_insert, *plan.registrations_to_update)]
    inspections = [
        f"{row['urn']} {row['event_number']} {row['inspected_on']}"
        for row in (*plan.inspections_to_insert, *plan.inspections_to_update)
    ]
    return [*registrations, *inspections, str(len(plan.registrations_seen_again) + len(plan.inspections_seen_again))]


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


def pieces(items: Sequence[Any]) -> Iterator[list[Any]]:
    """A long list in pieces that one statement can hold."""
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def mappings(session: Session, query: Select[Any]) -> Iterator[Columns]:
    """Rows as plain dicts, for many of them: the names are looked up once."""
    result = session.execute(query)
    names = list(result.keys())
    return (dict(zip(names, row, strict=True)) for row in result)


def registrations_by_urn(session: Session, urns: Sequence[str]) -> dict[str, Columns]:
    """The register's rows of these URNs, as mappings."""
    found: dict[str, Columns] = {}
    for batch in pieces(urns):
        for row in mappings(session, select(Registration.__table__).where(Registration.urn.in_(batch))):
            found[row["urn"]] = row
    return found


def _inspections(session: Session, urns: Sequence[str]) -> dict[str, list[Columns]]:
    found: dict[str, list[Columns]] = {}
    for batch in pieces(urns):
        query = select(Inspection.__table__).where(Inspection.urn.in_(batch)).order_by(Inspection.id)
        for row in mappings(session, query):
            found.setdefault(row["urn"], []).append(row)
    return found


def newest_left(session: Session, urns: Sequence[str]) -> dict[str, Left]:
    """What the newest list of leavers with each URN says of it; a URN that never left is not in it."""
    change = RegistrationChange
    newest = func.row_number().over(partition_by=change.urn, order_by=change.as_of.desc()).label("place")
    found: dict[str, Left] = {}
    for batch in pieces(urns):
        ranked = (
            select(change.urn, change.as_of, change.happened_on, change.registration_status, newest)
            .where(change.urn.in_(batch), change.kind == ChangeKind.LEFT)
            .subquery()
        )
        for row in session.execute(select(ranked).where(ranked.c.place == 1)):
            found[row.urn] = Left(row.as_of, row.happened_on, row.registration_status)
    return found


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
        for batch in pieces(rows):
            session.execute(statement, batch)
            done += len(batch)
            if progress is not None:
                progress(done, total)
    seen_again = (
        update(Registration)
        .where(Registration.urn.in_(bindparam("keys", expanding=True)))
        .values(last_seen=as_of, facts_as_of=as_of, facts_from=coverage),
        update(Inspection)
        .where(Inspection.id.in_(bindparam("keys", expanding=True)))
        .values(facts_as_of=as_of, facts_from=coverage),
    )
    for again, keys in zip(seen_again, (plan.registrations_seen_again, plan.inspections_seen_again), strict=True):
        for batch in pieces(keys):
            session.execute(again.execution_options(synchronize_session=False), {"keys": batch})
    for held in list(session.identity_map.values()):
        if isinstance(held, (Registration, Inspection)):
            session.expire(held)
