"""What the pure rule needs of many registrations at once: a fixed number of queries, whatever their number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from app.core.clock import local_date
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.passport.claims import LIVE
from providers.passport.dossier import Shown, asks_the_same, shown_by_company
from providers.passport.judged import in_doubt, judgements_by_urn
from providers.passport.kinds import kind_of
from providers.passport.models import Application, Claim, Enrolment
from providers.passport.questions import Question, selection_by_id, selection_or_none
from providers.passport.status import ApplicationStatus, EnrolmentStatus
from providers.quality.inspection import Framework, Inspection
from providers.quality.models import ComplianceCheck, ServiceOutcome
from providers.quality.rule import Facts
from providers.quality.service_level import Outcome, ServicePolicy
from providers.quality.strategic import Check, Item, Strategic
from providers.register.judgements import Judgement, latest_graded
from providers.register.models import Registration
from providers.register.status import GRADE_WORDS, fold

INPUTS = (("overall", "overall"), ("protected", "helped_protected"), ("leaders", "leaders_managers"))
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of one registration, and which inspection they rest on."""

    facts: Facts
    inspection_id: str | None
    inspected_on: dt.date | None


def gather(session: Session, urns: Sequence[str], on: dt.date) -> dict[str, Known]:
    """The facts of registrations as they stand on a day. A URN that is not in the register is not in it."""
    found: dict[str, Known] = {}
    questions = _Questions(session, on)
    for start in range(0, len(urns), CHUNK):
        found |= _gather(session, list(urns[start : start + CHUNK]), on, questions)
    return found


def lot_placements(session: Session, policy: ServicePolicy | None, on: dt.date) -> list[list[Any]]:
    """The placements behind the lots' means on a day: alike ones together with how many they are, as plain values
    that a run keeps. Empty for a policy of one part.
    """
    if policy is None:
        return []
    row = ServiceOutcome
    newest = _newest(row.happened_on <= on)
    says = (row.service_type, row.progress, row.ending, row.started_on_day, row.reports_on_time, row.feedback)
    counted = session.execute(
        select(*says, func.count())
        .where(row.id.in_(select(newest.c.id).where(newest.c.place == 1)), row.happened_on > policy.since(on))
        .group_by(*says)
        .order_by(*says)
    )
    return [
        [service_type.value, progress and progress.value, ending and ending.value, started, reports, feedback, count]
        for service_type, progress, ending, started, reports, feedback, count in counted
    ]


def as_outcomes(kept: Iterable[Sequence[Any]]) -> Iterator[tuple[Outcome, int]]:
    """What `lot_placements` gave, as the pure rule takes it."""
    for service_type, progress, ending, started, reports, feedback, count in kept:
        yield Outcome("", dt.date.min, service_type, progress, ending, started, reports, feedback), count


def inspection_of(judgements: list[Judgement], on: dt.date) -> Inspection | None:
    """What the pure rule needs of a registration's history on a day. None where it was not yet inspected (F-13)."""
    counting = latest_graded(judgements, on)
    doubt = in_doubt(judgements, on)
    if counting is None:
        return Inspection(framework=Framework.FOUR_GRADES, inspected_on=on, contradictory=True) if doubt else None
    said: dict[str, Any] = {
        "inspected_on": counting.inspected_on,
        "contradictory": doubt,
        "standards_met": counting.standards_met,
        "safeguarding_met": counting.safeguarding_met,
    }
    if counting.overall is not None:
        values = {ours: getattr(counting, theirs) for ours, theirs in INPUTS}
        labels = {ours: counting.label(theirs) or "" for ours, theirs in INPUTS}
        if counting.overall is not counting.overall_as_published:  # a person limited it after a contradiction (F-10)
            labels["overall"] = f"{GRADE_WORDS[counting.overall]}, as resolved; published as {labels['overall']}"
        grades: dict[str, Any] = {ours: value.value if value is not None else None for ours, value in values.items()}
        return Inspection(framework=Framework.FOUR_GRADES, words=labels, **grades, **said)
    if counting.supported_outcome is not None:
        words = {"outcome": counting.label("supported_outcome") or ""}
        outcome = counting.supported_outcome.value
        return Inspection(framework=Framework.SUPPORTED_OUTCOME, outcome=outcome, words=words, **said)
    if counting.report_card:
        card = {_words(area): _code(word) for area, word in counting.report_card.items()}
        return Inspection(framework=Framework.REPORT_CARD, card=card, **said)
    return Inspection(framework=Framework.STANDARDS, **said)


def _words(area: str) -> str:
    return str(area).replace("_", " ").capitalize()


def _code(word: object) -> str:
    return fold(str(word)).replace(" ", "_")


class _Questions:
    """The evidence that each kind of lot requires on a day; nothing where no selection policy is in force."""

    def __init__(self, session: Session, on: dt.date) -> None:
        self.session = session
        self.selection = selection_or_none(session, on)
        self.known: dict[frozenset[ServiceType], dict[str, Question]] = {}

    def required(self, lots: Iterable[ServiceType]) -> dict[str, Question]:
        """The questions of all these lots together, by key."""
        asked = frozenset(lots)
        if asked not in self.known:
            self.known[asked] = {one.key: one for lot in sorted(asked) for one in self._of(lot)}
        return self.known[asked]

    def answered_by(self, question: Question, shown: Shown | None) -> bool:
        """Whether something was shown for a question that asked then what it asks now."""
        if shown is None:
            return False
        version = shown.policy_version_id
        return version is None or asks_the_same(question, selection_by_id(self.session, version).question(question.key))

    def _of(self, lot: ServiceType) -> tuple[Question, ...]:
        return self.selection.evidence_for(lot) if self.selection else ()


def _gather(session: Session, urns: list[str], on: dt.date, questions: _Questions) -> dict[str, Known]:
    kinds: dict[str, str] = dict(
        session.execute(select(Registration.urn, Registration.provision_type).where(Registration.urn.in_(urns))).all()
    )
    judged = judgements_by_urn(session, urns)
    claims = {
        row.urn: (row.id, row.organisation_id)
        for row in session.execute(
            select(Claim.urn, Claim.id, Claim.organisation_id).where(Claim.urn.in_(urns), Claim.status.in_(LIVE))
        )
    }
    claim_ids = [claim_id for claim_id, _ in claims.values()]
    marks, lots = _marks(session, claim_ids), _lots(session, claim_ids)
    shown = shown_by_company(session, sorted({organisation_id for _, organisation_id in claims.values()}))
    checks, outcomes = _checks(session, urns, on), _outcomes(session, urns, on)
    found = {}
    for urn, provision_type in kinds.items():
        judgements = judged.get(urn, [])
        counting = latest_graded(judgements, on)
        claim_id, organisation_id = claims.get(urn, ("", ""))
        mark, marked_on = marks.get(claim_id, (None, None))
        on_lots = lots.get(claim_id)
        evidence = _items(questions, on_lots, shown.get(organisation_id, ()), claim_id) if on_lots else None
        facts = Facts(
            kind=kind_of(provision_type).value,
            inspection=inspection_of(judgements, on),
            strategic=Strategic(mark, marked_on, tuple(checks.get(urn, ())), evidence),
            outcomes=tuple(outcomes.get(urn, ())),
        )
        found[urn] = Known(
            facts, counting.inspection_id if counting else None, counting.inspected_on if counting else None
        )
    return found


def _marks(session: Session, claim_ids: list[str]) -> dict[str, tuple[int | None, dt.date | None]]:
    rows = session.execute(
        select(Application.claim_id, Application.marks_per_cent, Application.decided_at)
        .where(Application.claim_id.in_(claim_ids), Application.status == ApplicationStatus.APPROVED)
        .order_by(Application.claim_id, Application.decided_at, Application.id)
    )
    # The latest comes last and stays.
    return {claim_id: (marks, local_date(decided_at) if decided_at else None) for claim_id, marks, decided_at in rows}


def _lots(session: Session, claim_ids: list[str]) -> dict[str, set[ServiceType]]:
    found: dict[str, set[ServiceType]] = {}
    rows = session.execute(
        select(Enrolment.claim_id, Lot.service_type)
        .join(Lot, Lot.id == Enrolment.lot_id)
        .where(Enrolment.claim_id.in_(claim_ids), Enrolment.status != EnrolmentStatus.REMOVED)
    )
    for claim_id, service_type in rows:
        found.setdefault(claim_id, set()).add(service_type)
    return found


def _items(
    questions: _Questions, lots: Iterable[ServiceType], shown: Iterable[Shown], claim_id: str
) -> tuple[Item, ...]:
    given = {one.question: one for one in shown if one.claim_id is None or one.claim_id == claim_id}
    items = []
    for key, question in questions.required(lots).items():
        one = given.get(key)
        holds = questions.answered_by(question, one)
        items.append(Item(key, question.label, holds, one.last_day if one and holds else None))
    return tuple(items)


def _checks(session: Session, urns: list[str], on: dt.date) -> dict[str, list[Check]]:
    later = aliased(ComplianceCheck)
    rows = session.execute(
        select(ComplianceCheck.urn, ComplianceCheck.checked_on, ComplianceCheck.rating)
        .where(
            ComplianceCheck.urn.in_(urns),
            ComplianceCheck.checked_on <= on,
            ~select(later.id).where(later.corrects == ComplianceCheck.id).exists(),
        )
        .order_by(ComplianceCheck.checked_on, ComplianceCheck.recorded_at, ComplianceCheck.id)
    )
    found: dict[str, list[Check]] = {}
    for urn, checked_on, rating in rows:
        found.setdefault(urn, []).append(Check(checked_on, rating.value))
    return found


def _newest(*where: ColumnElement[bool]) -> Any:
    """Records that nobody corrected, with their place among those of their placement, the newest first."""
    row, later = ServiceOutcome, aliased(ServiceOutcome)
    place = func.row_number().over(
        partition_by=row.placement_reference, order_by=(row.happened_on.desc(), row.recorded_at.desc(), row.id.desc())
    )
    return (
        select(row.id, place.label("place"))
        .where(*where, ~select(later.id).where(later.corrects == row.id).exists())
        .subquery()
    )


def _outcomes(session: Session, urns: list[str], on: dt.date) -> dict[str, list[Outcome]]:
    row = ServiceOutcome
    newest = _newest(row.urn.in_(urns), row.happened_on <= on)
    rows = session.execute(
        select(
            row.urn,
            row.placement_reference,
            row.happened_on,
            row.service_type,
            row.progress,
            row.ending,
            row.started_on_day,
            row.reports_on_time,
            row.feedback,
        )
        .join(newest, newest.c.id == row.id)
        .where(newest.c.place == 1)
        .order_by(row.urn, row.happened_on, row.placement_reference)
    )
    found: dict[str, list[Outcome]] = {}
    for urn, placement, happened_on, service_type, progress, ending, started, reports, feedback in rows:
        found.setdefault(urn, []).append(
            Outcome(
                placement,
                happened_on,
                service_type.value,
                progress and progress.value,
                ending and ending.value,
                started,
                reports,
                feedback,
            )
        )
    return found
