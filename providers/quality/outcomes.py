"""What becomes of placements: a borough says it, the provider may reply, and both stay side by side.

The room of placements calls `record_outcome` for a placement of the borough that has started; nothing here knows a
child.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import publish
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from notifications import messages
from notifications.outbox import queue
from providers.market.status import ServiceType
from providers.passport.claims import LIVE
from providers.passport.models import Claim
from providers.passport.telling import address_of
from providers.quality import links
from providers.quality.events import OutcomeRecorded
from providers.quality.models import OutcomeReply, ServiceOutcome
from providers.quality.status import Ending, OutcomeKind, Progress

WORDS_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a borough says at a moment of a placement. None is not said; never nought."""

    kind: OutcomeKind
    happened_on: dt.date
    progress: Progress | None = None
    ending: Ending | None = None
    started_on_day: bool | None = None
    reports_on_time: bool | None = None
    feedback: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """A record of a placement with who made it, the provider's reply, and whether a later row corrects it."""

    outcome: ServiceOutcome
    borough: str
    who: str
    reply: OutcomeReply | None
    corrected: bool


def record_outcome(
    session: Session,
    *,
    actor: Actor,
    urn: str,
    service_type: ServiceType,
    placement_reference: str,
    provider_id: str,
    started_on: dt.date,
    said: Said,
    now: dt.datetime,
    base_url: str,
) -> ServiceOutcome:
    """Record how a placement goes or how it ended. `Invalid` at the field to blame; `Conflict` where that moment was
    recorded already, or where the placement's ending was.

    Tells the company, which may reply. Publishes `OutcomeRecorded`, which the score answers.
    """
    actor.require(Permission.OUTCOME_RECORD)
    _check(said, started_on, local_date(now))
    ended = next((one.outcome for one in outcomes_of(session, placement_reference) if _is_ending(one)), None)
    if ended is not None and (said.kind is OutcomeKind.ENDING or said.happened_on > ended.happened_on):
        raise Conflict("The ending of this placement was recorded already. Correct that record if it is wrong.")
    outcome = _row(actor, urn, service_type, placement_reference, provider_id, said, now)
    return _add(session, actor, outcome, now, base_url)


def _is_ending(facts: OutcomeFacts) -> bool:
    return facts.outcome.kind is OutcomeKind.ENDING and not facts.corrected


def correct_outcome(
    session: Session,
    *,
    actor: Actor,
    outcome_id: str,
    started_on: dt.date,
    said: Said,
    why: str,
    now: dt.datetime,
    base_url: str,
) -> ServiceOutcome:
    """Put an own borough's record right by a new row, with the reason. The old one stays and counts no longer."""
    actor.require(Permission.OUTCOME_RECORD)
    before = outcome_for(session, actor, outcome_id)
    why = why.strip()
    errors: dict[str, str] = {} if why else {"why": "Enter what was wrong"}
    _check(said, started_on, local_date(now), errors)
    if said.kind is not before.kind:
        raise Invalid("A review is corrected by a review, and an ending by an ending")
    outcome = _row(actor, before.urn, before.service_type, before.placement_reference, before.provider_id, said, now)
    outcome.edition, outcome.corrects, outcome.why = before.edition + 1, before.id, why[:WORDS_LONGEST]
    return _add(session, actor, outcome, now, base_url)


def reply_to_outcome(session: Session, *, actor: Actor, outcome_id: str, words: str, now: dt.datetime) -> OutcomeReply:
    """The company's word on what a borough said of a placement with it, once. It stands beside the record."""
    actor.require(Permission.CHALLENGE_MAKE)
    outcome = outcome_for(session, actor, outcome_id)
    words = words.strip()
    if not words:
        raise Invalid("Enter your reply", field="words")
    if len(words) > WORDS_LONGEST:
        raise Invalid(f"Your reply must be {WORDS_LONGEST:,} characters or fewer", field="words")
    reply = OutcomeReply(outcome_id=outcome.id, words=words, made_by=actor.person_id, made_at=now)
    try:
        with session.begin_nested():
            session.add(reply)
    except IntegrityError:  # the database keeps one reply to each record
        raise Conflict("Your company has replied to this already.") from None
    audit.record(
        session,
        now=now,
        who=actor,
        act="quality.outcome.reply",
        subject_kind="service_outcome",
        subject_id=outcome.id,
        urn=outcome.urn,
    )
    return reply


def outcome_for(session: Session, actor: Actor, outcome_id: str) -> ServiceOutcome:
    """A record that the actor's own borough made, or that is of a placement with the actor's own company. `NotFound`
    for any other.
    """
    found = session.get(ServiceOutcome, outcome_id)
    if found is None or actor.organisation_id not in (found.organisation_id, found.provider_id):
        raise NotFound("record")
    return found


def outcomes_of(session: Session, placement_reference: str) -> list[OutcomeFacts]:
    """What was said of one placement, the latest first. The caller has checked that the actor may see the placement."""
    return _facts(session, ServiceOutcome.placement_reference == placement_reference)


def outcomes_with(session: Session, actor: Actor, urn: str) -> list[OutcomeFacts]:
    """What was said of placements under a registration with the actor's own company, the latest first."""
    actor.require(Permission.SERVICE_READ)
    return _facts(session, (ServiceOutcome.urn == urn) & (ServiceOutcome.provider_id == actor.organisation_id))


def unanswered(outcomes: Iterable[OutcomeFacts]) -> int:
    """How many records have no reply."""
    return sum(one.reply is None and not one.corrected for one in outcomes)


def _facts(session: Session, where: object) -> list[OutcomeFacts]:
    later = aliased(ServiceOutcome)
    rows = session.execute(
        select(ServiceOutcome, Organisation.name, Person.name, OutcomeReply, later.id)
        .join(Organisation, Organisation.id == ServiceOutcome.organisation_id)
        .join(Person, Person.id == ServiceOutcome.recorded_by)
        .outerjoin(OutcomeReply, OutcomeReply.outcome_id == ServiceOutcome.id)
        .outerjoin(later, later.corrects == ServiceOutcome.id)
        .where(where)  # type: ignore[arg-type]
        .order_by(ServiceOutcome.happened_on.desc(), ServiceOutcome.recorded_at.desc(), ServiceOutcome.id)
    )
    return [
        OutcomeFacts(outcome, borough, who, reply, after is not None) for outcome, borough, who, reply, after in rows
    ]


def _check(said: Said, started_on: dt.date, today: dt.date, errors: dict[str, str] | None = None) -> None:
    errors = errors or {}
    if not started_on <= said.happened_on <= today:
        errors["happened_on"] = "The day must be between the start of the placement and today"
    if (said.kind is OutcomeKind.ENDING) != (said.ending is not None):
        errors["ending"] = (
            "Choose whether the placement ended as planned"
            if said.ending is None
            else "Say how it ended only where the placement has ended"
        )
    if said.feedback is not None and not 1 <= said.feedback <= 5:
        errors["feedback"] = "What you say of the provider must be from 1 to 5"
    if len(said.words.strip()) > WORDS_LONGEST:
        errors["words"] = f"Your words must be {WORDS_LONGEST:,} characters or fewer"
    measures = (said.progress, said.ending, said.started_on_day, said.reports_on_time, said.feedback)
    if not errors and all(measure is None for measure in measures):
        errors["progress"] = "Answer at least one of the questions"
    if errors:
        raise Invalid(errors)


def _row(
    actor: Actor,
    urn: str,
    service_type: ServiceType,
    placement_reference: str,
    provider_id: str,
    said: Said,
    now: dt.datetime,
) -> ServiceOutcome:
    return ServiceOutcome(
        urn=urn,
        service_type=service_type,
        placement_reference=placement_reference,
        organisation_id=actor.organisation_id,
        provider_id=provider_id,
        kind=said.kind,
        happened_on=said.happened_on,
        progress=said.progress,
        ending=said.ending,
        started_on_day=said.started_on_day,
        reports_on_time=said.reports_on_time,
        feedback=said.feedback,
        words=said.words.strip(),
        recorded_by=actor.person_id,
        recorded_at=now,
        edition=1,
    )


def _add(session: Session, actor: Actor, outcome: ServiceOutcome, now: dt.datetime, base_url: str) -> ServiceOutcome:
    try:
        with session.begin_nested():
            session.add(outcome)
    except IntegrityError:  # the database keeps one record of each moment, and one correction of each record
        if outcome.corrects:
            raise Conflict("This record was corrected already. Correct the latest one.") from None
        raise Invalid(
            "How it went on that day was recorded already. Correct that record", field="happened_on"
        ) from None
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"quality.outcome.{'correct' if outcome.corrects else 'record'}",
        subject_kind="service_outcome",
        subject_id=outcome.id,
        urn=outcome.urn,
        placement=outcome.placement_reference,
        kind=outcome.kind.value,
    )
    claim = session.scalars(
        select(Claim)
        .where(Claim.urn == outcome.urn, Claim.organisation_id == outcome.provider_id)
        .order_by(Claim.status.in_(LIVE).desc(), Claim.made_at.desc())
        .limit(1)
    ).one_or_none()
    if claim is not None:
        address = address_of(session, claim)
        message = messages.outcome_recorded(outcome.placement_reference, links.reply(base_url, outcome.id))
        queue(session, key=f"outcome.recorded:{outcome.id}", address=address, message=message, now=now)
    publish(session, OutcomeRecorded(outcome.id, outcome.urn, now))
    return outcome
