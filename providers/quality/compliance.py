"""Contract checks: how a registration's contract is kept, in the contract's own words and never in Ofsted's."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import publish
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from providers.passport.queries import is_live
from providers.quality.events import ComplianceRecorded
from providers.quality.models import ComplianceCheck
from providers.quality.status import ComplianceRating

WORDS_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """A contract check, who recorded it, and whether a later row corrects it."""

    check: ComplianceCheck
    who: str
    corrected: bool


def record_check(
    session: Session,
    *,
    actor: Actor,
    urn: str,
    checked_on: dt.date,
    rating: ComplianceRating,
    words: str,
    now: dt.datetime,
    corrects: str | None = None,
) -> ComplianceCheck:
    """Record a contract check of a registration that somebody holds, or, with `corrects`, put an earlier one right.

    `Invalid` at `checked_on` or `words`; `Conflict` where that one was corrected already. Publishes
    `ComplianceRecorded`, which the score answers.
    """
    actor.require(Permission.COMPLIANCE_RECORD)
    if not is_live(session, urn):
        raise NotFound("registration")
    if corrects is not None and session.get_one(ComplianceCheck, corrects).urn != urn:
        raise NotFound("contract check")
    errors: dict[str, str] = {}
    if checked_on > local_date(now):
        errors["checked_on"] = "The day of the check must be today or in the past"
    words = words.strip()
    if not words:
        errors["words"] = "Enter what was found. The provider reads it"
    elif len(words) > WORDS_LONGEST:
        errors["words"] = f"What was found must be {WORDS_LONGEST:,} characters or fewer"
    if errors:
        raise Invalid(errors)
    check = ComplianceCheck(
        urn=urn,
        checked_on=checked_on,
        rating=rating,
        words=words,
        recorded_by=actor.person_id,
        recorded_at=now,
        corrects=corrects,
    )
    try:
        with session.begin_nested():
            session.add(check)
    except IntegrityError:  # the database keeps one correction of each row
        raise Conflict("This check was corrected already. Correct the latest one.") from None
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"quality.compliance.{'correct' if corrects else 'record'}",
        subject_kind="compliance_check",
        subject_id=check.id,
        urn=urn,
        rating=rating.value,
        corrects=corrects,
    )
    publish(session, ComplianceRecorded(check.id, urn, now))
    return check


def check_for_hub(session: Session, actor: Actor, check_id: str) -> ComplianceCheck:
    """One check, for the hub. `NotFound` otherwise."""
    actor.require(Permission.COMPLIANCE_RECORD)
    found = session.get(ComplianceCheck, check_id)
    if found is None:
        raise NotFound("check")
    return found


def checks_of(session: Session, urn: str) -> list[CheckFacts]:
    """Every check of a registration, the latest first, corrected ones too. The caller has checked that the actor may
    see the registration.
    """
    rows = session.execute(
        select(ComplianceCheck, Person.name)
        .join(Person, Person.id == ComplianceCheck.recorded_by)
        .where(ComplianceCheck.urn == urn)
        .order_by(ComplianceCheck.checked_on.desc(), ComplianceCheck.recorded_at.desc(), ComplianceCheck.id)
    ).all()
    corrected = {check.corrects for check, _ in rows}
    return [CheckFacts(check, who, check.id in corrected) for check, who in rows]
