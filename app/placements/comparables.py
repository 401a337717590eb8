"""Placements on record as the fitting of prices reads them: what was bought, for what age and needs, from when, at
which price. Nothing of it says who a child or a provider is.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.ages import years_of
from app.placements.models import Award, Placement
from app.placements.status import AwardStatus, PlacementStatus
from app.requests.models import PlacementRequest, RequestChild
from providers.market.models import Lot

INDICATORS = 12
HEADINGS = ("placement_type", "age_years", *(f"n{i}" for i in range(1, INDICATORS + 1)), "start_date", "pence_week")


@dataclass(frozen=True)
class PastPlacement:
    """One placement: age in whole years on the planned first day, 12 needs as they stood when it was decided (None: not
    measured), and pence a week over a year of 52 weeks (F-32).
    """

    placement_type: str
    age_years: int
    needs: tuple[int | None, ...]
    started_on: dt.date
    weekly_pence: int

    @property
    def cells(self) -> list[str]:
        """The row of a HISTORY file."""
        needs = ["" if need is None else str(need) for need in self.needs]
        return [self.placement_type, str(self.age_years), *needs, self.started_on.isoformat(), str(self.weekly_pence)]


@dataclass(frozen=True)
class History:
    """Every placement on record, in an order that depends on nothing but what it says."""

    rows: tuple[PastPlacement, ...]

    @classmethod
    def of(cls, rows: Iterable[PastPlacement]) -> History:
        return cls(tuple(sorted(rows, key=lambda row: (row.started_on, row.cells))))

    @classmethod
    def read(cls, text: str) -> History:
        """The history that `text` wrote."""
        _, *lines = csv.reader(io.StringIO(text))
        return cls(tuple(_read(line) for line in lines))

    @property
    def text(self) -> str:
        """A HISTORY file."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(row.cells for row in self.rows)
        return out.getvalue()

    @property
    def hash(self) -> str:
        """SHA-256 of the file: the same placements have the same, in whatever order they were written down."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def first_start(self) -> dt.date:
        return self.rows[0].started_on

    @property
    def last_start(self) -> dt.date:
        return self.rows[-1].started_on

    @property
    def by_type(self) -> dict[str, list[PastPlacement]]:
        """The placements of each kind."""
        found: dict[str, list[PastPlacement]] = {}
        for row in self.rows:
            found.setdefault(row.placement_type, []).append(row)
        return found


def _read(cells: list[str]) -> PastPlacement:
    kind, age, *needs, started_on, pence = cells
    levels = tuple(int(need) if need else None for need in needs)
    return PastPlacement(kind, int(age), levels, dt.date.fromisoformat(started_on), int(pence))


def history_of(session: Session, today: dt.date) -> History:
    """Every placement that has begun by a day under an award that is not void. The price is the one that was awarded:
    later uplifts are not what a placement like it is offered at.
    """
    rows = session.execute(
        select(
            Lot.service_type,
            Placement.started_on,
            Award.weekly_pence,
            RequestChild.position,
            RequestChild.age_weeks.label("child_age"),
            RequestChild.needs.label("child_needs"),
            PlacementRequest.age_weeks,
            PlacementRequest.needs,
        )
        .join(Award, Award.id == Placement.award_id)
        .join(RequestChild, RequestChild.id == Award.request_child_id)
        .join(PlacementRequest, PlacementRequest.id == Award.request_id)
        .join(Lot, Lot.id == Placement.lot_id)
        .where(
            Placement.status.in_([PlacementStatus.LIVE, PlacementStatus.ENDED]),
            Placement.started_on <= today,
            Award.status != AwardStatus.VOID,
        )
    )
    found = []
    for row in rows:
        # The request's own columns are the first child's, and stand for a child of whom nothing was written.
        own = row.position > 1 and row.child_age is not None
        needs = (row.child_needs if own else row.needs) or [None] * INDICATORS
        age = (row.child_age if own else row.age_weeks) or 0
        found.append(
            PastPlacement(row.service_type.value, years_of(age), tuple(needs), row.started_on, row.weekly_pence)
        )
    return History.of(found)
