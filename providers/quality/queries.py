"""Quality scores as they stood: at a moment for a ranking, latest for a page, in order for a history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.policies import Policy, by_id
from providers.quality.inspection import UNKNOWN_WORDS, Part, Unknown
from providers.quality.models import QualityScore


@dataclass(frozen=True, slots=True)
class Quality:
    """A score as computed, with the parts that add up to it. `score` None is unknown, with `unknown` in words."""

    id: str
    urn: str
    score: int | None
    parts: tuple[Part, ...]
    unknown: str | None
    inspected_on: dt.date | None
    computed_at: dt.datetime
    why: str
    policy_version_id: str

    @property
    def adds_up(self) -> bool:
        """Whether the parts add up to the score: true of every known score, or something is badly wrong."""
        return self.score is None or sum(part.points for part in self.parts) == self.score


def quality_at(session: Session, urn: str, moment: dt.datetime) -> int | None:
    """A registration's score as it stood at a moment (F-21); None where it was unknown or not yet computed."""
    return qualities_at(session, [urn], moment).get(urn)


def qualities_at(session: Session, urns: Iterable[str], moment: dt.datetime) -> dict[str, int | None]:
    """Scores of many registrations as they stood at a moment, in one query; a URN without a row is not in it."""
    latest = (
        select(
            QualityScore.urn,
            QualityScore.score,
            func.row_number()
            .over(partition_by=QualityScore.urn, order_by=(QualityScore.computed_at.desc(), QualityScore.id.desc()))
            .label("place"),
        )
        .where(QualityScore.urn.in_(list(urns)), QualityScore.computed_at <= moment)
        .subquery()
    )
    rows = session.execute(select(latest.c.urn, latest.c.score).where(latest.c.place == 1))
    return dict(rows.all())


def latest_quality(session: Session, urn: str) -> Quality | None:
    """The newest score of a registration; None where it was never scored."""
    found = history(session, urn, limit=1)
    return found[0] if found else None


def history(session: Session, urn: str, *, limit: int = 20) -> list[Quality]:
    """Scores of a registration, newest first. The caller has checked that the actor may see the registration."""
    rows = session.scalars(
        select(QualityScore)
        .where(QualityScore.urn == urn)
        .order_by(QualityScore.computed_at.desc(), QualityScore.id.desc())
        .limit(limit)
    )
    return [as_quality(row) for row in rows]


def policy_of(session: Session, quality: Quality) -> Policy:
    """The policy version that a score was computed with."""
    return by_id(session, quality.policy_version_id)


def as_quality(row: QualityScore) -> Quality:
    """A stored row with its parts read back."""
    said = row.parts
    unknown = said.get("unknown")
    inspected = said.get("inspected_on")
    return Quality(
        id=row.id,
        urn=row.urn,
        score=row.score,
        parts=tuple(Part(**part) for part in said.get("parts", ())),
        unknown=UNKNOWN_WORDS[Unknown(unknown)] if unknown else None,
        inspected_on=dt.date.fromisoformat(inspected) if inspected else None,
        computed_at=row.computed_at,
        why=row.why,
        policy_version_id=row.policy_version_id,
    )
