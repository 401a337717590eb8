"""Computing quality scores: the facts as they stand, the policy in force, the pure rule, and a row that stays.

Rows are appended and never edited, so that a shortlist can show the score that it used (F-21); what stands now is kept
beside them (`QualityCurrent`) in the same transaction. A score is computed again when one of its facts changes, when
the register was imported, and for the whole market by a run in steps (running.py), because an inspection grows older
and a policy comes into force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.database import new_id
from app.core.errors import NotFound
from app.core.policies import by_id, in_force
from providers.passport.events import ApplicationDecided, ClaimConfirmed, EvidenceChanged, ServiceEnrolled
from providers.passport.models import Claim
from providers.passport.queries import is_live, live_urns
from providers.quality.events import ComplianceRecorded, OutcomeRecorded
from providers.quality.gathering import CHUNK, Known, as_outcomes, gather, lot_placements
from providers.quality.models import QualityCurrent, QualityRun, QualityScore
from providers.quality.rule import QualityPolicy, Whole, score_whole
from providers.quality.service_level import LotMeans, means_of
from providers.register.events import InspectionRecorded, JudgementResolved, RegisterImported
from providers.register.models import Registration

POLICY = "quality"


@dataclass(frozen=True, slots=True)
class Ruler:
    """All by which scores of one day are computed alike: the policy version and the lots' means."""

    policy_version_id: str
    policy: QualityPolicy
    means: LotMeans
    on: dt.date

    def whole(self, known: Known) -> Whole:
        """The score of one registration."""
        return score_whole(self.policy, known.facts, self.means, self.on)


@dataclass(frozen=True, slots=True)
class Standing:
    """The score that stands: its row's number, and what makes another one of it."""

    number: int
    said: tuple[object, ...]


def ruler_on(session: Session, on: dt.date) -> Ruler:
    """The policy in force on a day with the lots as they stand. `Invalid` where none is in force."""
    policy = in_force(session, POLICY, on)
    rule = QualityPolicy.read(policy.content)
    return _ruler(policy.id, rule, lot_placements(session, rule.service, on), on)


def ruler_of(session: Session, policy_version_id: str, lots: Sequence[Sequence[Any]], on: dt.date) -> Ruler:
    """A version of the policy with lots that were kept (`lot_placements`)."""
    return _ruler(policy_version_id, QualityPolicy.read(by_id(session, policy_version_id).content), lots, on)


def _ruler(policy_version_id: str, rule: QualityPolicy, lots: Sequence[Sequence[Any]], on: dt.date) -> Ruler:
    means = means_of(rule.service, as_outcomes(lots)) if rule.service else {}
    return Ruler(policy_version_id, rule, means, on)


def score_registration(session: Session, urn: str, *, now: dt.datetime, why: str) -> QualityScore:
    """Compute one registration's score under the policy in force and append it. `why` says what caused it, in up to
    60 characters.
    """
    if session.get(Registration, urn) is None:
        raise NotFound("registration")
    _beside_runs(session)
    ruler = ruler_on(session, local_date(now))
    (row,) = rows_of(ruler, gather(session, [urn], ruler.on), standing(session, [urn]), now=now, why=why)
    append(session, [row])
    return session.get_one(QualityScore, row["id"])


def rescore_all(session: Session, *, now: dt.datetime, why: str, urns: Iterable[str] | None = None) -> int:
    """Compute again the scores of every registration that somebody claims or holds (or of `urns`) and append those
    that changed.

    Returns how many rows were appended. A fixed number of statements for each thousand.
    """
    wanted = sorted(set(live_urns(session) if urns is None else urns))
    if not wanted:
        return 0
    _beside_runs(session)
    ruler = ruler_on(session, local_date(now))
    appended = 0
    for start in range(0, len(wanted), CHUNK):
        rows = changed_rows(session, ruler, wanted[start : start + CHUNK], now=now, why=why)
        append(session, rows)
        appended += len(rows)
    return appended


def _beside_runs(session: Session) -> None:
    """Let no run be completed between the reading of what stands and the end of this transaction: a run that waits for
    it sees its rows and computes those registrations once more.
    """
    under_way = select(QualityRun.id).where(QualityRun.completed_at.is_(None), QualityRun.abandoned_at.is_(None))
    session.execute(under_way.with_for_update(read=True)).all()


def changed_rows(
    session: Session, ruler: Ruler, urns: list[str], *, now: dt.datetime, why: str, run_id: str | None = None
) -> list[dict[str, Any]]:
    """The rows to append for those of up to a thousand registrations whose score is another one than stands."""
    before = standing(session, urns)
    rows = rows_of(ruler, gather(session, urns, ruler.on), before, now=now, why=why, run_id=run_id)
    return [row for row in rows if row["urn"] not in before or said(row) != before[row["urn"]].said]


def append(session: Session, rows: list[dict[str, Any]]) -> None:
    """Append rows of no run, which stand at once."""
    if not rows:
        return
    session.execute(insert(QualityScore), rows)
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(QualityCurrent)
    kept = {name: statement.excluded[name] for name in ("score", "score_id", "number", "computed_at")}
    session.execute(
        statement.on_conflict_do_update(index_elements=[QualityCurrent.urn], set_=kept),
        [
            {
                "urn": row["urn"],
                "score": row["score"],
                "score_id": row["id"],
                "number": row["number"],
                "computed_at": row["computed_at"],
            }
            for row in rows
        ],
    )


def rows_of(
    ruler: Ruler,
    known: dict[str, Known],
    before: dict[str, Standing],
    *,
    now: dt.datetime,
    why: str,
    run_id: str | None = None,
) -> list[dict[str, Any]]:
    """One row for each registration, in order of their URNs."""
    return [
        {
            "id": new_id(),
            "urn": urn,
            "score": (whole := ruler.whole(facts)).score,
            "parts": _parts(whole, facts),
            "policy_version_id": ruler.policy_version_id,
            "why": why[:60],
            "computed_at": now,
            "run_id": run_id,
            "number": before[urn].number + 1 if urn in before else 1,
        }
        for urn, facts in sorted(known.items())
    ]


def standing(session: Session, urns: list[str]) -> dict[str, Standing]:
    """What stands of registrations now."""
    rows = session.execute(
        select(
            QualityCurrent.urn,
            QualityCurrent.number,
            QualityScore.score,
            QualityScore.parts,
            QualityScore.policy_version_id,
        )
        .join(QualityScore, QualityScore.id == QualityCurrent.score_id)
        .where(QualityCurrent.urn.in_(urns))
    )
    return {
        urn: Standing(number, said({"score": score, "parts": parts, "policy_version_id": version}))
        for urn, number, score, parts, version in rows
    }


def said(row: dict[str, Any]) -> tuple[object, ...]:
    """What makes a score another one: points, what they rest on, or policy. A month more in the words of an
    inspection's age does not, nor does a lot's mean that moves no point.
    """
    parts = row["parts"]
    lines = [*parts["parts"], *(line for section in parts.get("sections", ()) for line in section["lines"])]
    points = tuple((line["key"], line["points"], line.get("basis", "")) for line in lines)
    return (row["score"], points, parts["unknown"], parts.get("inspection_id"), row["policy_version_id"])


def _parts(whole: Whole, known: Known) -> dict[str, Any]:
    return {
        "parts": [part.stored() for part in whole.parts],
        "sections": [section.stored() for section in whole.sections],
        "unknown": whole.unknown.value if whole.unknown else None,
        "ended": whole.ended.value if whole.ended else None,
        "inspected_on": known.inspected_on.isoformat() if known.inspected_on else None,
        "inspection_id": known.inspection_id,
    }


def score_on_claim(session: Session, event: ClaimConfirmed) -> QualityScore:
    """The reaction to a confirmed claim: the registration has a score from its first day."""
    return score_registration(session, event.urn, now=event.at, why="Claim confirmed")


def rescore_on_judgement(session: Session, event: JudgementResolved | InspectionRecorded, *, now: dt.datetime) -> int:
    """The reaction to a new or a resolved judgement, for a registration that somebody claims or holds."""
    why = "Judgement resolved" if isinstance(event, JudgementResolved) else "New judgement"
    return _rescore_live(session, event.urn, now, why)


def rescore_on_import(session: Session, event: RegisterImported, *, now: dt.datetime) -> int:
    """The reaction to an import of the register: whatever it changed, the scores follow."""
    changed = None if event.changed is None else set(live_urns(session)).intersection(event.changed)
    return rescore_all(session, now=now, why="Register imported", urns=changed)


def rescore_on_evidence(session: Session, event: EvidenceChanged) -> int:
    """The reaction to evidence given or withdrawn: of one service, or of every service of the company."""
    mine = select(Claim.urn).where(Claim.organisation_id == event.organisation_id)
    if event.claim_id is not None:
        mine = mine.where(Claim.id == event.claim_id)
    urns = [urn for urn in session.scalars(mine) if is_live(session, urn)]
    return rescore_all(session, now=event.at, why="Evidence changed", urns=urns)


def rescore_on_lot(session: Session, event: ApplicationDecided | ServiceEnrolled) -> int:
    """The reaction to a decided application, whose marks count, and to an enrolment, whose lot requires evidence."""
    why = "Application decided" if isinstance(event, ApplicationDecided) else "Enrolled on a lot"
    return _rescore_live(session, event.urn, event.at, why)


def rescore_on_outcome(session: Session, event: OutcomeRecorded) -> int:
    """The reaction to a borough's record of a placement."""
    return _rescore_live(session, event.urn, event.at, "Outcome recorded")


def rescore_on_compliance(session: Session, event: ComplianceRecorded) -> int:
    """The reaction to a contract check."""
    return _rescore_live(session, event.urn, event.at, "Contract check recorded")


def _rescore_live(session: Session, urn: str, now: dt.datetime, why: str) -> int:
    return rescore_all(session, now=now, why=why, urns=[urn]) if is_live(session, urn) else 0
