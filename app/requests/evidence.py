"""How a duty of the law was met, written down at the request: sealed under the child's key, and never overwritten."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.crypto import DataKey, Vault
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from app.requests.drafting import answers, answers_key
from app.requests.models import PlacementRequest, RequestEvidence
from app.requests.moves import for_change, what_it_is
from app.requests.status import RequestStatus
from app.requests.statute import statute_on

LONGEST = 4000
FOSTERING = "fostering_explored"
OPEN = (RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.APPROVED, RequestStatus.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was written down about a duty last, by whom and when."""

    words: str
    by: str
    at: dt.datetime


def record_evidence(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    duty: str,
    words: str,
    version: int,
    now: dt.datetime,
) -> RequestEvidence:
    """Write down how a duty was met. What was written before stays; the newest counts. NotFound for a duty that asks
    for nothing in writing; Conflict once the request has ended or is awarded.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    asked = next((one for one in statute_on(session, local_date(now)).duties if one.code == duty), None)
    if asked is None or not asked.evidence:
        raise NotFound("duty")
    if request.status not in OPEN:
        raise Conflict(f"{request.reference} is {what_it_is(request)}, so nothing is added to it.")
    said = words.strip()
    if not said:
        raise Invalid(f"Enter an answer to “{asked.evidence}”", field="words")
    if len(said) > LONGEST:
        raise Invalid(f"The answer must be {LONGEST:,} characters or fewer.", field="words")
    before = session.scalar(
        select(func.max(RequestEvidence.position)).where(
            RequestEvidence.request_id == request.id, RequestEvidence.duty == duty
        )
    )
    kept = RequestEvidence(
        request_id=request.id,
        duty=duty,
        position=(before or 0) + 1,
        sealed_words=answers_key(session, vault, request).encrypt(said, context=evidence_context(request.id, duty)),
        recorded_by=actor.person_id,
        recorded_at=now,
    )
    session.add(kept)
    request.changed_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.evidence.record",
        subject_kind="request",
        subject_id=request.id,
        duty=duty,
    )
    return kept


def fostering_words(session: Session, *, vault: Vault, request: PlacementRequest) -> str:
    """How fostering was explored, as the form or the evidence of the request says, for the panel's referral (F-29).

    The caller has checked that the person may know, and logs the view.
    """
    key = answers_key(session, vault, request)
    kept = evidence_of(session, key=key, request_id=request.id).get(FOSTERING)
    typed = answers(session, vault=vault, request=request).get(FOSTERING)
    return kept.words if kept else typed if isinstance(typed, str) else ""


def evidence_of(session: Session, *, key: DataKey, request_id: str) -> dict[str, Evidence]:
    """The newest evidence of each duty, by its code. The caller has checked that the person may know."""
    rows = session.execute(
        select(RequestEvidence, Person.name)
        .join(Person, Person.id == RequestEvidence.recorded_by)
        .where(RequestEvidence.request_id == request_id)
        .order_by(RequestEvidence.position)
    )
    return {
        one.duty: Evidence(
            key.decrypt(one.sealed_words, context=evidence_context(request_id, one.duty)), name, one.recorded_at
        )
        for one, name in rows
    }


def evidence_context(request_id: str, duty: str) -> str:
    """What the words about a duty are bound to."""
    return f"request.evidence.{duty}:{request_id}"
