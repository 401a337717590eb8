"""Quality scores as they stood: at a moment for a ranking, latest for a page, in order for a history.

A row of a run stands from the moment at which its run was completed; of a run that is under way or was abandoned it
never stood. Lists of what stands now read `QualityCurrent`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.errors import NotFound
from app.core.policies import Policy, by_id
from providers.quality.gathering import gather
from providers.quality.inspection import FINDING_WORDS, UNKNOWN_WORDS, Finding, Unknown
from providers.quality.lines import Part
from providers.quality.models import QualityCurrent, QualityRun, QualityScore
from providers.quality.raising import Raise, what_would_raise
from providers.quality.rule import INSPECTION_LABEL, Section
from providers.quality.scoring import ruler_on

STOOD_FROM = case((QualityScore.run_id.is_(None), QualityScore.computed_at), else_=QualityRun.completed_at)
STANDS = or_(QualityScore.run_id.is_(None), QualityRun.completed_at.is_not(None))
# A registration's rows are counted, so the order does not hang on which of two moments a clock shows first.
NEWEST_FIRST = (
    func.coalesce(QualityScore.number, 0).desc(),
    STOOD_FROM.desc(),
    QualityScore.computed_at.desc(),
    QualityScore.id.desc(),
)


@dataclass(frozen=True, slots=True)
class Quality:
    """A score as computed, with the parts that add up to it. `score` None is unknown, with `unknown` in words.

    `sections` are the parts with their own additions; a score of a policy with one part has none. `computed_at` is the
    moment from which it stands.
    """

    id: str
    urn: str
    score: int | None
    parts: tuple[Part, ...]
    sections: tuple[Section, ...]
    unknown: str | None
    ended: str | None
    inspected_on: dt.date | None
    computed_at: dt.datetime
    why: str
    policy_version_id: str

    @property
    def adds_up(self) -> bool:
        """Whether the parts add up to the score: true of every known score, or something is badly wrong."""
        return self.score is None or sum(part.points for part in self.parts) == self.score

    @property
    def lines(self) -> list[tuple[str, Part]]:
        """Every line behind the score, with its key over all parts: what a company may challenge."""
        sections = self.sections or (Section("inspection", INSPECTION_LABEL, 0, None, None, 0, self.parts),)
        return [(key, line) for section in sections for key, line in _lines(section, self.unknown)]


def _lines(section: Section, unknown: str | None) -> list[tuple[str, Part]]:
    if not section.lines:  # what is not known may be known after all
        return [(section.key, Part(section.key, section.label, section.words or unknown or "", 0, 0, known=False))]
    return [(f"{section.key}.{line.key}", line) for line in section.lines]


def quality_at(session: Session, urn: str, moment: dt.datetime) -> int | None:
    """A registration's score as it stood at a moment (F-21); None where it was unknown or not yet computed."""
    return qualities_at(session, [urn], moment).get(urn)


def qualities_at(session: Session, urns: Iterable[str], moment: dt.datetime) -> dict[str, int | None]:
    """Scores of many registrations as they stood at a moment, in one query; a URN without a row is not in it."""
    latest = (
        select(
            QualityScore.urn,
            QualityScore.score,
            func.row_number().over(partition_by=QualityScore.urn, order_by=NEWEST_FIRST).label("place"),
        )
        .outerjoin(QualityRun, QualityRun.id == QualityScore.run_id)
        .where(QualityScore.urn.in_(list(urns)), STANDS, moment >= STOOD_FROM)
        .subquery()
    )
    rows = session.execute(select(latest.c.urn, latest.c.score).where(latest.c.place == 1))
    return dict(rows.all())


def qualities_now(session: Session, urns: Iterable[str]) -> dict[str, int | None]:
    """Scores of many registrations as they stand now, whatever their history; one that was never scored is not in
    it.
    """
    rows = session.execute(select(QualityCurrent.urn, QualityCurrent.score).where(QualityCurrent.urn.in_(list(urns))))
    return dict(rows.all())


def latest_quality(session: Session, urn: str) -> Quality | None:
    """The newest score of a registration; None where it was never scored."""
    found = history(session, urn, limit=1)
    return found[0] if found else None


def history(session: Session, urn: str, *, limit: int = 20) -> list[Quality]:
    """Scores of a registration, newest first. The caller has checked that the actor may see the registration."""
    rows = session.execute(_standing_rows().where(QualityScore.urn == urn).order_by(*NEWEST_FIRST).limit(limit))
    return [as_quality(row, stood_from) for row, stood_from in rows]


def score_of(session: Session, urn: str, score_id: str) -> Quality:
    """One score of a registration, whenever it stood. `NotFound` for another's."""
    found = session.execute(_standing_rows().where(QualityScore.urn == urn, QualityScore.id == score_id)).one_or_none()
    if found is None:
        raise NotFound("score")
    return as_quality(*found)


def raises_of(session: Session, urn: str, now: dt.datetime) -> list[Raise]:
    """What would raise a registration's score as it stands now, the most first."""
    ruler = ruler_on(session, local_date(now))
    known = gather(session, [urn], ruler.on).get(urn)
    return what_would_raise(ruler.policy, known.facts, ruler.means, ruler.on) if known else []


def policy_of(session: Session, quality: Quality) -> Policy:
    """The policy version that a score was computed with."""
    return by_id(session, quality.policy_version_id)


def as_quality(row: QualityScore, stood_from: dt.datetime | None = None) -> Quality:
    """A stored row with its parts read back."""
    said = row.parts
    unknown, ended = said.get("unknown"), said.get("ended")
    inspected = said.get("inspected_on")
    return Quality(
        id=row.id,
        urn=row.urn,
        score=row.score,
        parts=tuple(Part(**part) for part in said.get("parts", ())),
        sections=tuple(_section(section) for section in said.get("sections", ())),
        unknown=UNKNOWN_WORDS[Unknown(unknown)] if unknown else None,
        ended=FINDING_WORDS[Finding(ended)] if ended else None,
        inspected_on=dt.date.fromisoformat(inspected) if inspected else None,
        computed_at=stood_from or row.computed_at,
        why=row.why,
        policy_version_id=row.policy_version_id,
    )


def _section(said: dict[str, Any]) -> Section:
    return Section(**{**said, "lines": tuple(Part(**line) for line in said["lines"])})


def _standing_rows() -> Select[QualityScore, dt.datetime]:
    stood_from: Any = STOOD_FROM
    return select(QualityScore, stood_from).outerjoin(QualityRun, QualityRun.id == QualityScore.run_id).where(STANDS)
