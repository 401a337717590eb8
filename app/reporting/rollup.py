"""Keeping the rollups: what an award or a start changes is counted in the same transaction, once, however often it is
told.

`bring_up_to_date` takes away what a placement counted for and adds what it counts for now; `rebuild` does it for all.
What an uplift avoided is kept in the same way, in a table of its own that no saving against benchmarks ever reads.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core import audit
from app.panels.models import Payer
from app.placements.costs import Line
from app.placements.events import Awarded, PlacementConfirmed, PlacementStarted
from app.placements.models import Award, CostLine, Placement
from app.placements.status import AwardStatus, PlacementStatus
from app.reporting.lines import Cell, Counted, Stay, Sums, counted, last_authorised_day, months_of
from app.reporting.models import SavingBasis, SpendLine, SpendMonth, UpliftBasis
from app.requests.models import PlacementRequest
from providers.services.events import UpliftAgreed
from providers.services.uplifts.queries import AgreedLine, agreed_lines

BATCH = 500
"""Placements that are recounted at a time, so that memory does not grow with the history."""


def on_awarded(session: Session, event: Awarded) -> None:
    """A placement is awaited: its cost is committed from the planned start."""
    bring_up_to_date(session, event.placement_id)


def on_started(session: Session, event: PlacementStarted) -> None:
    """The child has moved in: what was planned is owed from the actual start."""
    bring_up_to_date(session, event.placement_id)


def on_confirmed(session: Session, event: PlacementConfirmed) -> None:
    """What an emergency began, a panel has taken over: its days and prices may reach further now."""
    bring_up_to_date(session, event.placement_id)


def on_uplift_agreed(session: Session, event: UpliftAgreed) -> None:
    """What the company's placements would have cost more is avoided from the day of the figure on."""
    session.flush()
    lines = agreed_lines(session, uplift_id=event.uplift_id)
    ids = session.scalars(
        select(Placement.id).where(
            Placement.provider_id == event.organisation_id,
            Placement.lot_id.in_(event.lot_ids),
            Placement.status.in_([PlacementStatus.LIVE, PlacementStatus.ENDED]),
        )
    ).all()
    session.execute(delete(UpliftBasis).where(UpliftBasis.uplift_line_id.in_([line.line_id for line in lines])))
    for start in range(0, len(ids), BATCH):
        rows = session.execute(_awards(ids[start : start + BATCH])).all()
        _keep_uplifts(session, rows, lines)


def bring_up_to_date(session: Session, placement_id: str) -> None:
    """Count one placement as it stands now. Doing it twice changes nothing."""
    session.flush()
    session.execute(select(Placement.id).where(Placement.id == placement_id).with_for_update())
    before = session.execute(_kept().where(SpendLine.placement_id == placement_id)).all()
    change: dict[Cell, Sums] = defaultdict(Sums)
    for row in before:
        for month, sums in months_of(_counted_of(row)).items():
            change[Cell(row.organisation_id, row.lot_id, row.payer_kind, month)] += -sums
    session.execute(delete(SpendLine).where(SpendLine.placement_id == placement_id))
    session.execute(delete(SavingBasis).where(SavingBasis.placement_id == placement_id))
    session.execute(delete(UpliftBasis).where(UpliftBasis.placement_id == placement_id))
    for cell, sums in _write(session, [placement_id]).items():
        change[cell] += sums
    _add(session, change)


def rebuild(session: Session, now: dt.datetime) -> int:
    """Count everything again from the placements. Returns how many placements were read.

    What is kept does not depend on `now`, which is when it was done. Acts that would change a rollup wait for the end.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE spend_line IN EXCLUSIVE MODE"))
    for table in (SpendLine, SavingBasis, UpliftBasis, SpendMonth):
        session.execute(delete(table))
    ids = session.scalars(select(Placement.id).order_by(Placement.id)).all()
    cells: dict[Cell, Sums] = defaultdict(Sums)
    for start in range(0, len(ids), BATCH):
        for cell, sums in _write(session, ids[start : start + BATCH]).items():
            cells[cell] += sums
    _add(session, cells)
    audit.record(
        session,
        now=now,
        who=None,
        act="reporting.rollup.rebuild",
        subject_kind="rollup",
        subject_id="spend",
        placements=len(ids),
    )
    return len(ids)


def _write(session: Session, placement_ids: Sequence[str]) -> dict[Cell, Sums]:
    """Keep the lines and the saving basis of placements; what they come to, by cell."""
    cells: dict[Cell, Sums] = defaultdict(Sums)
    lines: list[dict[str, Any]] = []
    for rows in _by_placement(session.execute(_as_it_stands(placement_ids)).all()).values():
        last = last_authorised_day(_line(row) for row in rows)
        for row in rows:
            line = counted(_line(row), _stay(row), last_authorised=last) if last else None
            if line is None:
                continue
            lines.append(_spend_line(row, line))
            for month, sums in months_of(line).items():
                cells[Cell(row.organisation_id, row.lot_id, row.payer_kind, month)] += sums
    awards = session.execute(_awards(placement_ids)).all()
    bases = [basis for row in awards if (basis := _saving_basis(row)) is not None]
    if lines:
        session.execute(insert(SpendLine), lines)
    if bases:
        session.execute(insert(SavingBasis), bases)
    if awards:
        _keep_uplifts(session, awards, agreed_lines(session, companies=[row.provider_id for row in awards]))
    return cells


def _as_it_stands(placement_ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            CostLine.id.label("cost_line_id"),
            CostLine.payer_id,
            CostLine.weekly_pence,
            CostLine.first_day,
            CostLine.last_day,
            Payer.kind.label("payer_kind"),
            Placement.id.label("placement_id"),
            Placement.organisation_id,
            Placement.lot_id,
            Placement.status,
            Placement.planned_start,
            Placement.started_on,
            Placement.ended_on,
        )
        .join(Placement, Placement.id == CostLine.placement_id)
        .join(Award, Award.id == Placement.award_id)
        .join(Payer, Payer.id == CostLine.payer_id)
        .where(Placement.id.in_(placement_ids), Award.status == AwardStatus.LIVE)
        .order_by(Placement.id, CostLine.id)
    )


def _awards(placement_ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Placement.id.label("placement_id"),
            Placement.reference,
            Placement.organisation_id,
            Placement.lot_id,
            Placement.provider_id,
            Placement.status,
            Placement.planned_start,
            Placement.started_on,
            Placement.ended_on,
            Award.weekly_pence,
            Award.first_day,
            Award.last_day,
            PlacementRequest.benchmark_pence,
            PlacementRequest.benchmark_source,
        )
        .join(Award, Award.id == Placement.award_id)
        .join(PlacementRequest, PlacementRequest.id == Award.request_id)
        .where(
            Placement.id.in_(placement_ids),
            Award.status == AwardStatus.LIVE,
            Placement.status.in_([PlacementStatus.LIVE, PlacementStatus.ENDED]),
        )
        .order_by(Placement.id)
    )


def _by_placement(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.placement_id].append(row)
    return found


def _line(row: Any) -> Line:
    return Line("", row.weekly_pence, row.first_day, row.last_day)


def _stay(row: Any) -> Stay:
    return Stay(row.status, row.planned_start, row.started_on, row.ended_on)


def _spend_line(row: Any, line: Counted) -> dict[str, Any]:
    return {
        "cost_line_id": row.cost_line_id,
        "placement_id": row.placement_id,
        "organisation_id": row.organisation_id,
        "lot_id": row.lot_id,
        "payer_kind": row.payer_kind,
        "weekly_pence": line.weekly_pence,
        "first_number": line.first_day.toordinal(),
        "last_number": line.last_day.toordinal(),
        "started": line.started,
        "goes_on": line.goes_on,
        "left_number": line.left_on.toordinal() if line.left_on else None,
    }


def _saving_basis(row: Any) -> dict[str, Any] | None:
    days = counted(_line(row), _stay(row), last_authorised=row.last_day)
    if days is None:
        return None
    return {
        "placement_id": row.placement_id,
        "reference": row.reference,
        "organisation_id": row.organisation_id,
        "lot_id": row.lot_id,
        "weekly_pence": row.weekly_pence,
        "benchmark_pence": row.benchmark_pence,
        "benchmark_source": row.benchmark_source,
        "first_number": days.first_day.toordinal(),
        "last_number": days.last_day.toordinal(),
    }


def _keep_uplifts(session: Session, awards: Iterable[Any], lines: Sequence[AgreedLine]) -> None:
    """A row for each placement that was running when an agreed uplift of its company on its lot took effect."""
    by_list: dict[tuple[str, str], list[AgreedLine]] = defaultdict(list)
    for line in lines:
        by_list[line.organisation_id, line.lot_id].append(line)
    found = [
        basis
        for row in awards
        for line in by_list.get((row.provider_id, row.lot_id), ())
        if (basis := _uplift_basis(row, line)) is not None
    ]
    if found:
        session.execute(insert(UpliftBasis), found)


def _uplift_basis(row: Any, line: AgreedLine) -> dict[str, Any] | None:
    days = counted(_line(row), _stay(row), last_authorised=row.last_day)
    begins = line.from_day
    if days is None or days.first_day > begins or days.last_day < begins:
        return None  # it began at the new prices, or had ended
    return {
        "uplift_line_id": line.line_id,
        "placement_id": row.placement_id,
        "reference": row.reference,
        "organisation_id": row.organisation_id,
        "lot_id": row.lot_id,
        "provider_id": row.provider_id,
        "weekly_pence": row.weekly_pence,
        "requested_points": line.requested_points,
        "agreed_points": line.agreed_points,
        "first_number": begins.toordinal(),
        "last_number": days.last_day.toordinal(),
    }


def _kept() -> Select[*tuple[Any, ...]]:
    return select(
        SpendLine.organisation_id,
        SpendLine.lot_id,
        SpendLine.payer_kind,
        SpendLine.weekly_pence,
        SpendLine.first_number,
        SpendLine.last_number,
        SpendLine.started,
        SpendLine.goes_on,
        SpendLine.left_number,
    )


def _counted_of(row: Any) -> Counted:
    return Counted(
        weekly_pence=row.weekly_pence,
        first_day=dt.date.fromordinal(row.first_number),
        last_day=dt.date.fromordinal(row.last_number),
        started=row.started,
        goes_on=row.goes_on,
        left_on=dt.date.fromordinal(row.left_number) if row.left_number else None,
    )


def _add(session: Session, change: Mapping[Cell, Sums]) -> None:
    """Add to the months, always in the same order, so that two transactions queue and never cross."""
    cells = [cell for cell in sorted(change) if change[cell] != Sums()]
    if not cells:
        return
    months = SpendMonth.__table__.c
    keys = [
        {
            "organisation_id": cell.organisation_id,
            "lot_id": cell.lot_id,
            "payer_kind": cell.payer_kind,
            "month": cell.month,
        }
        for cell in cells
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    empty = {"started_pence": 0, "planned_pence": 0, "unauthorised_pence": 0}
    session.execute(dialect.insert(SpendMonth).on_conflict_do_nothing(), [{**key, **empty} for key in keys])
    adding = (
        update(SpendMonth)
        .where(*(months[name] == bindparam(f"at_{name}") for name in keys[0]))
        .values(
            started_pence=months.started_pence + bindparam("more_started"),
            planned_pence=months.planned_pence + bindparam("more_planned"),
            unauthorised_pence=months.unauthorised_pence + bindparam("more_unauthorised"),
        )
    )
    session.connection().execute(
        adding,
        [
            {
                **{f"at_{name}": value for name, value in key.items()},
                "more_started": change[cell].started,
                "more_planned": change[cell].planned,
                "more_unauthorised": change[cell].unauthorised,
            }
            for cell, key in zip(cells, keys, strict=True)
        ],
    )
