"""Showing evidence: a file with the last day on which it holds, for a question about the company or one of its
services.

A newer file takes over from the one before; nothing is overwritten. Who may have a file is said by the row that points
to it: the company itself and the hub.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import publish
from app.core.files import MEGABYTE, Accepted, Store, keep
from app.core.models import StoredFile
from app.core.workdays import date_words
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from providers.passport.events import EvidenceChanged
from providers.passport.models import Claim, Evidence
from providers.passport.questions import AnswerKind, Question, Scope, Selection, selection_on
from providers.passport.status import ClaimStatus


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One file that was shown, with who added it and who withdrew it."""

    evidence: Evidence
    size: int
    added_by: str
    withdrawn_by: str | None


def add_evidence(
    session: Session,
    *,
    actor: Actor,
    store: Store,
    accepted: Accepted,
    question: str,
    last_day: dt.date | None,
    now: dt.datetime,
    claim_id: str | None = None,
) -> Evidence:
    """Show a file for a question; it counts from now on. `last_day` must be given where the question's evidence
    expires.

    `claim_id` names the service where the question is about one. `NotFound` for a question that is not in force or
    another company's service, `Invalid` at `last_day` or `file`.
    """
    actor.require(Permission.PASSPORT_WRITE)
    today = local_date(now)
    selection = selection_on(session, today)
    asked = evidence_question(selection, question, claim_id=claim_id)
    if claim_id is not None:
        _own_claim(session, actor, claim_id)
    last_day = _checked_day(selection, asked, last_day, today)
    _must_fit(session, selection, actor.organisation_id, accepted)
    kept = keep(session, store, accepted, now=now)
    row = Evidence(
        organisation_id=actor.organisation_id,
        claim_id=claim_id,
        question=asked.key,
        policy_version_id=selection.policy_version_id,
        sha256=kept.sha256,
        file_name=accepted.name,
        last_day=last_day,
        added_by=actor.person_id,
        added_at=now,
        stands=False,
    )
    session.add(row)
    session.flush()
    try:
        _settle(session, row)
    except IntegrityError as error:  # a colleague did the same a moment ago
        raise Stale("Somebody in your company showed a file for this question just now.") from error
    audit.record(
        session,
        now=now,
        who=actor,
        act="passport.evidence.add",
        subject_kind="evidence",
        subject_id=row.id,
        question=asked.key,
        claim_id=claim_id,
        sha256=kept.sha256,
        last_day=None if last_day is None else last_day.isoformat(),
    )
    publish(session, EvidenceChanged(actor.organisation_id, claim_id, asked.key, now))
    return row


def withdraw_evidence(session: Session, *, actor: Actor, evidence_id: str, now: dt.datetime) -> Evidence:
    """Take back a file that was shown by mistake. The one before it counts again; the row and its content stay."""
    actor.require(Permission.PASSPORT_WRITE)
    row = own_evidence(session, actor, evidence_id)
    if row.withdrawn_at is not None:
        raise Conflict("This file has been withdrawn already.")
    row.withdrawn_by, row.withdrawn_at = actor.person_id, now
    session.flush()
    _settle(session, row)
    audit.record(
        session,
        now=now,
        who=actor,
        act="passport.evidence.withdraw",
        subject_kind="evidence",
        subject_id=row.id,
        question=row.question,
    )
    publish(session, EvidenceChanged(row.organisation_id, row.claim_id, row.question, now))
    return row


def own_evidence(session: Session, actor: Actor, evidence_id: str) -> Evidence:
    """A file that the actor's own company showed. `NotFound` for any other."""
    actor.require(Permission.PASSPORT_READ)
    row = session.scalar(
        select(Evidence).where(Evidence.id == evidence_id, Evidence.organisation_id == actor.organisation_id)
    )
    if row is None:
        raise NotFound("file")
    return row


def evidence_for_hub(session: Session, actor: Actor, evidence_id: str) -> Evidence:
    """A file that any company showed, for the hub. `NotFound` where there is none."""
    actor.require(Permission.MARKET_READ)
    row = session.get(Evidence, evidence_id)
    if row is None:
        raise NotFound("file")
    return row


def media_type_of(session: Session, evidence: Evidence) -> str:
    """What its content is."""
    return session.get_one(StoredFile, evidence.sha256).media_type


def evidence_question(selection: Selection, key: str, *, claim_id: str | None = None) -> Question:
    """A question that asks for a file about the company or, with `claim_id`, about a service. `NotFound` for others."""
    question = selection.question(key)
    if question is None or question.kind is not AnswerKind.EVIDENCE:
        raise NotFound("question")
    if (selection.scope_of(question) is Scope.SERVICE) != (claim_id is not None):
        raise NotFound("question")
    return question


def files_shown(
    session: Session, organisation_id: str, *, question: str | None = None, claim_id: str | None = None
) -> list[EvidenceLine]:
    """What a company has shown, latest first: for one question (and service), or all of it. The caller has checked that
    the actor may see the company.
    """
    adder, taker = aliased(Person), aliased(Person)
    rows = (
        select(Evidence, StoredFile.size, adder.name, taker.name)
        .join(StoredFile, StoredFile.sha256 == Evidence.sha256)
        .join(adder, adder.id == Evidence.added_by)
        .outerjoin(taker, taker.id == Evidence.withdrawn_by)
        .where(Evidence.organisation_id == organisation_id)
        .order_by(Evidence.added_at.desc(), Evidence.id.desc())
    )
    if question is not None:
        rows = rows.where(Evidence.question == question, Evidence.claim_id.is_not_distinct_from(claim_id))
    return [EvidenceLine(*row) for row in session.execute(rows)]


def _settle(session: Session, row: Evidence) -> None:
    """Let the right row stand for a question: the newest that was not withdrawn, else the one withdrawn last."""
    same = (
        Evidence.organisation_id == row.organisation_id,
        Evidence.question == row.question,
        Evidence.claim_id.is_not_distinct_from(row.claim_id),
    )
    stands = session.scalars(
        select(Evidence.id)
        .where(*same)
        .order_by(
            case((Evidence.withdrawn_at.is_(None), 0), else_=1),
            Evidence.withdrawn_at.desc(),
            Evidence.added_at.desc(),
            Evidence.id.desc(),
        )
        .limit(1)
    ).one()
    session.execute(update(Evidence).where(*same, Evidence.stands, Evidence.id != stands).values(stands=False))
    session.execute(update(Evidence).where(Evidence.id == stands).values(stands=True))


def _own_claim(session: Session, actor: Actor, claim_id: str) -> Claim:
    claim = session.scalar(
        select(Claim).where(
            Claim.id == claim_id,
            Claim.organisation_id == actor.organisation_id,
            Claim.status == ClaimStatus.CONFIRMED,
        )
    )
    if claim is None:
        raise NotFound("service")
    return claim


def _checked_day(selection: Selection, asked: Question, last_day: dt.date | None, today: dt.date) -> dt.date | None:
    if not asked.expires:
        return None
    if last_day is None:
        raise Invalid("Enter the last day on which it holds", field="last_day")
    if last_day < today:
        raise Invalid(
            f"The last day was {date_words(last_day)}. Show one that is in date: today or later", field="last_day"
        )
    if selection.most_years is not None and last_day > today + dt.timedelta(days=366 * selection.most_years):
        raise Invalid(f"The last day must be within the next {selection.most_years} years", field="last_day")
    return last_day


def _must_fit(session: Session, selection: Selection, organisation_id: str, accepted: Accepted) -> None:
    """A company may not fill the store: so many files and so many megabytes, the same content counted once."""
    own = select(Evidence.sha256).where(Evidence.organisation_id == organisation_id)
    files = session.scalar(select(func.count()).select_from(own.subquery())) or 0
    if selection.most_files is not None and files >= selection.most_files:
        raise Invalid(
            f"Your company has shown {files} files, which is as many as there may be. Ask the hub for help",
            field="file",
        )
    if selection.most_megabytes is None:
        return
    others = own.where(Evidence.sha256 != accepted.sha256)
    size = session.scalar(select(func.sum(StoredFile.size)).where(StoredFile.sha256.in_(others))) or 0
    if size + accepted.size > selection.most_megabytes * MEGABYTE:
        raise Invalid(
            f"With this file your company's evidence would be larger than {selection.most_megabytes} MB in all. "
            "Ask the hub for help",
            field="file",
        )
