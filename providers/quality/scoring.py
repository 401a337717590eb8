"""Computing quality scores: the register's judgement that counts, the policy in force, the pure rule, and a row that
stays.

Rows are appended and never edited, so that a shortlist can show the score that it used (F-21). A score is computed
again when a judgement arrives, when the register was imported, and by a nightly job, because an inspection grows
older.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.database import new_id
from app.core.errors import NotFound
from app.core.policies import in_force
from providers.passport.events import ClaimConfirmed
from providers.passport.judged import in_doubt, judgements_by_urn
from providers.passport.kinds import kind_of
from providers.passport.queries import is_live, live_urns
from providers.quality.inspection import Framework, Inspection, InspectionPolicy, Scored, score
from providers.quality.models import QualityScore
from providers.register.events import InspectionRecorded, JudgementResolved, RegisterImported, Regraded
from providers.register.judgements import Judgement, latest_graded
from providers.register.models import Registration
from providers.register.status import GRADE_WORDS

POLICY = "quality"
INPUTS = (("overall", "overall"), ("protected", "helped_protected"), ("leaders", "leaders_managers"))


def score_registration(session: Session, urn: str, *, now: dt.datetime, why: str) -> QualityScore:
    """Compute one registration's score under the policy in force and append it. `why` says what caused it, in up to
    60 characters.
    """
    if session.get(Registration, urn) is None:
        raise NotFound("registration")
    row = _rows(session, [urn], now=now, why=why)[0]
    found = QualityScore(**row)
    session.add(found)
    session.flush()
    return found


def rescore_all(session: Session, *, now: dt.datetime, why: str, urns: Iterable[str] | None = None) -> int:
    """Compute again the scores of every registration that somebody claims or holds (or of `urns`) and append those
    that changed.

    Returns how many rows were appended. Three queries and one insert, whatever their number.
    """
    wanted = sorted(set(live_urns(session) if urns is None else urns))
    if not wanted:
        return 0
    before = _standing(session, wanted)
    changed = [row for row in _rows(session, wanted, now=now, why=why) if _said(row) != before.get(row["urn"])]
    if changed:
        session.execute(insert(QualityScore), changed)
    return len(changed)


def score_on_claim(session: Session, event: ClaimConfirmed) -> QualityScore:
    """The reaction to a confirmed claim: the registration has a score from its first day."""
    return score_registration(session, event.urn, now=event.at, why="Claim confirmed")


def rescore_on_judgement(
    session: Session, event: Regraded | JudgementResolved | InspectionRecorded, *, now: dt.datetime
) -> int:
    """The reaction to a new or a resolved judgement, for a registration that somebody claims or holds."""
    if not is_live(session, event.urn):
        return 0
    return rescore_all(
        session,
        now=now,
        why="Judgement resolved" if isinstance(event, JudgementResolved) else "New judgement",
        urns=[event.urn],
    )


def rescore_on_import(session: Session, event: RegisterImported, *, now: dt.datetime) -> int:
    """The reaction to an import of the register: whatever it changed, the scores follow."""
    changed = None if event.changed is None else set(live_urns(session)).intersection(event.changed)
    return rescore_all(session, now=now, why="Register imported", urns=changed)


def inspection_of(judgements: list[Judgement], on: dt.date) -> Inspection | None:
    """What the pure rule needs of a registration's history on a day. None where it was not yet inspected (F-13)."""
    counting = latest_graded(judgements, on)
    doubt = in_doubt(judgements, on)
    if counting is None:
        return Inspection(framework=Framework.FOUR_GRADES, inspected_on=on, contradictory=True) if doubt else None
    if counting.result is None:  # a school's standards or report card, which no grade is made of (F-17)
        return Inspection(framework=Framework.REPORT_CARD, inspected_on=counting.inspected_on, contradictory=doubt)
    if counting.overall is None:
        return Inspection(
            framework=Framework.SUPPORTED_OUTCOME,
            inspected_on=counting.inspected_on,
            outcome=str(counting.supported_outcome),
            contradictory=doubt,
            words={"outcome": counting.label("supported_outcome") or ""},
        )
    values = {ours: getattr(counting, theirs) for ours, theirs in INPUTS}
    labels = {ours: counting.label(theirs) or "" for ours, theirs in INPUTS}
    if counting.overall is not counting.overall_as_published:  # a person limited it after a contradiction (F-10)
        labels["overall"] = f"{GRADE_WORDS[counting.overall]}, as resolved; published as {labels['overall']}"
    return Inspection(
        framework=Framework.FOUR_GRADES,
        inspected_on=counting.inspected_on,
        contradictory=doubt,
        words=labels,
        **{ours: value.value if value is not None else None for ours, value in values.items()},
    )


def _rows(session: Session, urns: list[str], *, now: dt.datetime, why: str) -> list[dict[str, Any]]:
    on = local_date(now)
    policy = in_force(session, POLICY, on)
    rule = InspectionPolicy.read(policy.content)
    kinds = dict(
        session.execute(select(Registration.urn, Registration.provision_type).where(Registration.urn.in_(urns))).all()
    )
    judged = judgements_by_urn(session, urns)
    rows = []
    for urn in urns:
        judgements = judged.get(urn, [])
        inspection = inspection_of(judgements, on)
        scored = score(rule, kind_of(kinds[urn]).value, inspection, on)
        counting = latest_graded(judgements, on)
        rows.append(
            {
                "id": new_id(),
                "urn": urn,
                "score": scored.score,
                "parts": _parts(scored, counting),
                "policy_version_id": policy.id,
                "why": why[:60],
                "computed_at": now,
            }
        )
    return rows


def _parts(scored: Scored, counting: Judgement | None) -> dict[str, Any]:
    return {
        "parts": [asdict(part) for part in scored.parts],
        "unknown": scored.unknown.value if scored.unknown else None,
        "inspected_on": counting.inspected_on.isoformat() if counting else None,
        "inspection_id": counting.inspection_id if counting else None,
    }


def _said(row: dict[str, Any]) -> tuple[object, ...]:
    """What makes a score another one: points, judgement or policy. A month more in the words of its age does not."""
    points = tuple((part["key"], part["points"]) for part in row["parts"]["parts"])
    return (row["score"], points, row["parts"]["unknown"], row["parts"].get("inspection_id"), row["policy_version_id"])


def _standing(session: Session, urns: list[str]) -> dict[str, tuple[object, ...]]:
    newest = func.row_number().over(
        partition_by=QualityScore.urn, order_by=(QualityScore.computed_at.desc(), QualityScore.id.desc())
    )
    ranked = select(QualityScore.id, newest.label("place")).where(QualityScore.urn.in_(urns)).subquery()
    rows = session.scalars(select(QualityScore).join(ranked, ranked.c.id == QualityScore.id).where(ranked.c.place == 1))
    return {
        row.urn: _said({"score": row.score, "parts": row.parts, "policy_version_id": row.policy_version_id})
        for row in rows
    }
