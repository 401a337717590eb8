"""Placements on record as the fitting reads them: what the frozen shortlist said when each was decided, and how long it
lasted. Nothing of it says who a child or a provider is.

Only placements of one child count: brothers and sisters in one home stay or move together, so each would count several
times over, and the shortlist of a group is about the group.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.children.ages import years_of
from app.core.clock import local_date
from app.offers.models import Evaluation
from app.offers.sets import candidate_in
from app.placements.models import Award, Placement
from app.placements.status import AwardStatus, PlacementStatus
from app.requests.models import PlacementRequest
from matching.fit.stability import Facts, PastPlacement, Rules, lasted_horizon
from providers.quality.models import ServiceOutcome
from providers.quality.status import Ending, OutcomeKind

BEGUN = (PlacementStatus.LIVE, PlacementStatus.ENDED)
DAY = dt.timedelta(days=1)
MILLION = 1_000_000


@dataclass(frozen=True)
class History:
    """Placements that say whether they lasted, and the rules by which they do."""

    rows: tuple[PastPlacement, ...]
    rules: Rules
    as_of: dt.date

    @property
    def hash(self) -> str:
        """SHA-256 of the rows, in whatever order they were read, and of the rules. The day is not in it: a model of the
        same placements is the same on any day.
        """
        rows = sorted(json.dumps(_said(row), sort_keys=True) for row in self.rows)
        return hashlib.sha256(json.dumps([rows, asdict(self.rules)], sort_keys=True).encode()).hexdigest()

    @property
    def ended_early(self) -> int:
        return sum(row.broke_down for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, for the process that fits."""
        return {
            "rows": [_said(row) for row in self.rows],
            "rules": asdict(self.rules),
            "as_of": self.as_of.isoformat(),
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> History:
        """What `to_dict` wrote."""
        return cls(
            tuple(_read(row) for row in said["rows"]), Rules(**said["rules"]), dt.date.fromisoformat(said["as_of"])
        )


def history_of(session: Session, rules: Rules, today: dt.date) -> History:
    """The placements that count by a day. What came after the horizon is cut off: it says nothing more."""
    horizon = dt.timedelta(weeks=rules.horizon_weeks)
    endings, begun = _endings(session), begun_by_child(session)
    rows = session.execute(
        select(Placement, Award.offer_id, Evaluation.record, Evaluation.frozen_at)
        .join(Award, Award.id == Placement.award_id)
        .join(PlacementRequest, PlacementRequest.id == Award.request_id)
        .join(Evaluation, Evaluation.request_id == Award.request_id)
        .where(
            Placement.status.in_(BEGUN),
            Placement.started_on <= today - horizon,
            Award.status != AwardStatus.VOID,
            PlacementRequest.places == 1,
        )
        .order_by(Placement.started_on, Placement.id)
        .execution_options(yield_per=100)
    )
    found = []
    for placement, offer_id, record, frozen_at in rows:
        facts = facts_in(record, offer_id, earlier_in(begun, placement.child_id, local_date(frozen_at)))
        if facts is None or placement.started_on is None:
            continue
        until, broke_down = _end(placement, endings.get(placement.reference), today)
        cut = placement.started_on + horizon
        row = PastPlacement(facts, placement.started_on, min(until, cut), broke_down and until < cut)
        if lasted_horizon(row, rules.horizon_weeks, today) is not None:
            found.append(row)
    return History(tuple(found), rules, today)


def facts_in(record: Mapping[str, Any], offer_id: str, earlier: int) -> Facts | None:
    """What a frozen shortlist for one child says of one offer; None where the offer was not compared."""
    found = candidate_in(record, offer_id)
    if found is None:
        return None
    candidate, result = found
    request = next(one for one in record["market"]["requests"] if one["id"] == result["request"])
    parts, flags = candidate["parts"], candidate["flags"]
    return Facts(
        kind=request["lots"][0],
        age_years=years_of(request["age_weeks"]),
        needs=tuple(request["needs"]),
        fit=_share(parts["needs"]),
        distance=None if "distance_unknown" in flags else _share(parts["practical"]),
        quality=None if "quality_unknown" in flags else _share(parts["quality"]),
        urgency=request["urgency"],
        earlier=earlier,
    )


def begun_by_child(session: Session, child_id: str | None = None) -> dict[str, list[dt.date]]:
    """On which days placements of each child on record began, in order; of one child where it is named."""
    query = select(Placement.child_id, Placement.started_on).where(Placement.status.in_(BEGUN))
    if child_id is not None:
        query = query.where(Placement.child_id == child_id)
    found: dict[str, list[dt.date]] = {}
    for one, began in session.execute(query.order_by(Placement.started_on)):
        if began is not None:
            found.setdefault(one, []).append(began)
    return found


def earlier_in(begun: Mapping[str, Sequence[dt.date]], child_id: str, decided_on: dt.date) -> int:
    """How many placements of a child had begun before a day."""
    return bisect_left(begun.get(child_id, ()), decided_on)


def _endings(session: Session) -> dict[str, ServiceOutcome]:
    """The ending of each placement as it stands: the latest edition of what its borough said."""
    later = aliased(ServiceOutcome)
    rows = session.scalars(
        select(ServiceOutcome)
        .outerjoin(later, later.corrects == ServiceOutcome.id)
        .where(ServiceOutcome.kind == OutcomeKind.ENDING, later.id.is_(None))
        .order_by(ServiceOutcome.recorded_at, ServiceOutcome.id)
    )
    return {one.placement_reference: one for one in rows}


def _end(placement: Placement, ending: ServiceOutcome | None, today: dt.date) -> tuple[dt.date, bool]:
    """Until when the record says that a placement went on, and whether it broke down then. Nobody having said that it
    ended, it went on through the last day that was awarded.
    """
    if ending is not None and ending.happened_on <= today:
        return ending.happened_on, ending.ending is Ending.UNPLANNED
    return placement.ended_on or min(today, placement.planned_end + DAY), False


def _share(millionths: int | None) -> float | None:
    return None if millionths is None else millionths / MILLION


def _said(row: PastPlacement) -> dict[str, Any]:
    return {
        "facts": asdict(row.facts),
        "started_on": row.started_on.isoformat(),
        "until": row.until.isoformat(),
        "broke_down": row.broke_down,
    }


def _read(said: Mapping[str, Any]) -> PastPlacement:
    facts = Facts(**{**said["facts"], "needs": tuple(said["facts"]["needs"])})
    return PastPlacement(
        facts, dt.date.fromisoformat(said["started_on"]), dt.date.fromisoformat(said["until"]), said["broke_down"]
    )
