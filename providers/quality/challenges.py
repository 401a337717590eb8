"""A company says that a fact behind its score is wrong; the hub answers, and both are kept.

An upheld challenge changes nothing by itself: whoever keeps the fact puts it right by a new row (the hub its contract
check, the borough its record, a commissioner the register), and the score follows from that.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.core import audit
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.files import Accepted, Store, keep
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind, Role
from notifications import messages
from notifications.outbox import queue
from providers.passport.models import Claim
from providers.passport.status import ClaimStatus
from providers.quality import links
from providers.quality.lines import Part
from providers.quality.models import QualityChallenge
from providers.quality.queries import Quality, latest_quality
from providers.quality.rule import INSPECTION_LABEL
from providers.quality.status import CHALLENGE, ChallengeStatus

WORDS_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class ChallengeFacts:
    """A challenge with the names behind it. `answered_by` is None while it is open."""

    challenge: QualityChallenge
    company: str
    made_by: str
    answered_by: str | None


def challenge_fact(
    session: Session,
    *,
    actor: Actor,
    store: Store,
    claim_id: str,
    fact: str,
    why: str,
    file: Accepted | None,
    now: dt.datetime,
    base_url: str,
) -> QualityChallenge:
    """Say that a line of the own score is wrong, with a file that shows it where there is one. `fact` is the line's key
    (`Quality.lines`).

    `Invalid` at `fact` or `why`; `Conflict` where that line is challenged already and not answered. The hub's
    commissioners are told.
    """
    actor.require(Permission.CHALLENGE_MAKE)
    claim = session.scalar(
        select(Claim).where(
            Claim.id == claim_id,
            Claim.organisation_id == actor.organisation_id,
            Claim.status == ClaimStatus.CONFIRMED,
        )
    )
    if claim is None:
        raise NotFound("service")
    score = latest_quality(session, claim.urn)
    line = line_of(score, fact)
    if score is None or line is None:
        raise Invalid("Choose which fact is wrong", field="fact")
    why = why.strip()
    if not why:
        raise Invalid("Enter what is wrong with it, and how you know", field="why")
    if len(why) > WORDS_LONGEST:
        raise Invalid(f"Your reasons must be {WORDS_LONGEST:,} characters or fewer", field="why")
    if file is not None:
        keep(session, store, file, now=now)
    challenge = QualityChallenge(
        urn=claim.urn,
        claim_id=claim.id,
        organisation_id=claim.organisation_id,
        score_id=score.id,
        fact=fact,
        fact_label=f"{_part_of(score, fact)}: {_lower_first(line.label)}"[:120] if "." in fact else line.label,
        fact_said=line.said,
        why=why,
        sha256=file.sha256 if file else None,
        file_name=file.name if file else None,
        made_by=actor.person_id,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(challenge)
    except IntegrityError:  # the database keeps one open challenge of a fact
        raise Conflict("Your company has challenged this already, and the hub has not answered yet.") from None
    audit.record(
        session,
        now=now,
        who=actor,
        act="quality.challenge.make",
        subject_kind="quality_challenge",
        subject_id=challenge.id,
        urn=claim.urn,
        fact=fact,
    )
    message = messages.challenge_made(f"URN {claim.urn}", links.challenge(base_url, challenge.id))
    for address in commissioners(session):
        queue(session, key=f"challenge.made:{challenge.id}:{address}", address=address, message=message, now=now)
    return challenge


def line_of(score: Quality | None, fact: str) -> Part | None:
    """The line of a score that a key names."""
    return dict(score.lines).get(fact) if score else None


def _part_of(score: Quality, fact: str) -> str:
    key = fact.partition(".")[0]
    return next((section.label for section in score.sections if section.key == key), INSPECTION_LABEL)


def _lower_first(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"


def answer_challenge(
    session: Session,
    *,
    actor: Actor,
    challenge_id: str,
    upheld: bool,
    answer: str,
    version: int,
    now: dt.datetime,
    base_url: str,
) -> QualityChallenge:
    """The hub's answer, with its reasons, once. Whoever made the challenge is told. `Stale` when it changed since
    `version`.
    """
    actor.require(Permission.CHALLENGE_ANSWER)
    challenge = session.get(QualityChallenge, challenge_id)
    if challenge is None:
        raise NotFound("challenge")
    if challenge.version != version:
        raise Stale("This challenge changed since you opened the page. Read it again and answer.")
    answer = answer.strip()
    if not answer:
        raise Invalid("Enter your reasons. The company will read them", field="answer")
    target = ChallengeStatus.UPHELD if upheld else ChallengeStatus.NOT_UPHELD
    challenge.status = CHALLENGE.require(challenge.status, target, "This challenge")
    challenge.answer, challenge.answered_by, challenge.answered_at = answer, actor.person_id, now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"quality.challenge.{'uphold' if upheld else 'refuse'}",
        subject_kind="quality_challenge",
        subject_id=challenge.id,
        urn=challenge.urn,
    )
    person = session.get_one(Person, challenge.made_by)
    message = messages.challenge_answered(f"URN {challenge.urn}", upheld, links.own_score(base_url, challenge.claim_id))
    queue(session, key=f"challenge.answered:{challenge.id}", address=person.email, message=message, now=now)
    return challenge


def commissioners(session: Session) -> list[str]:
    """The addresses of the hub's commissioners."""
    return list(
        session.scalars(
            select(Person.email)
            .join(Membership, Membership.person_id == Person.id)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(
                Organisation.kind == OrganisationKind.HUB,
                Membership.role == Role.COMMISSIONER,
                Membership.ended_at.is_(None),
                Person.left_at.is_(None),
            )
            .distinct()
            .order_by(Person.email)
        )
    )


def challenges_for_hub(
    session: Session, actor: Actor, *, limit: int = 25, offset: int = 0
) -> tuple[list[ChallengeFacts], int]:
    """Every challenge, those that wait first and among them the oldest, and how many there are in all."""
    actor.require(Permission.MARKET_READ)
    total = session.scalar(select(func.count()).select_from(QualityChallenge)) or 0
    waiting = (QualityChallenge.status != ChallengeStatus.OPEN, QualityChallenge.answered_at.desc())
    rows = _facts().order_by(*waiting, QualityChallenge.made_at, QualityChallenge.id).limit(limit).offset(offset)
    return _read(session, rows), total


def challenges_waiting(session: Session, actor: Actor) -> int:
    """How many challenges wait for the hub."""
    actor.require(Permission.MARKET_READ)
    return (
        session.scalar(
            select(func.count()).select_from(QualityChallenge).where(QualityChallenge.status == ChallengeStatus.OPEN)
        )
        or 0
    )


def challenge_for_hub(session: Session, actor: Actor, challenge_id: str) -> ChallengeFacts:
    """One challenge for the hub. `NotFound` otherwise."""
    actor.require(Permission.MARKET_READ)
    return _one(session, _facts().where(QualityChallenge.id == challenge_id))


def own_challenge(session: Session, actor: Actor, challenge_id: str) -> ChallengeFacts:
    """One challenge of the actor's company. `NotFound` for any other."""
    actor.require(Permission.SERVICE_READ)
    mine = QualityChallenge.organisation_id == actor.organisation_id
    return _one(session, _facts().where(QualityChallenge.id == challenge_id, mine))


def challenges_of(session: Session, urn: str, *, organisation_id: str | None = None) -> list[ChallengeFacts]:
    """Challenges of a registration's score, the latest first; of one company only where it is named. The caller has
    checked that the actor may see the registration.
    """
    rows = _facts().where(QualityChallenge.urn == urn)
    if organisation_id is not None:
        rows = rows.where(QualityChallenge.organisation_id == organisation_id)
    return _read(session, rows.order_by(QualityChallenge.made_at.desc(), QualityChallenge.id))


_Answerer = aliased(Person)


def _facts() -> Select[QualityChallenge, str, str, str]:
    return (
        select(QualityChallenge, Organisation.name, Person.name, _Answerer.name)
        .join(Organisation, Organisation.id == QualityChallenge.organisation_id)
        .join(Person, Person.id == QualityChallenge.made_by)
        .outerjoin(_Answerer, _Answerer.id == QualityChallenge.answered_by)
    )


def _read(session: Session, rows: Select[QualityChallenge, str, str, str]) -> list[ChallengeFacts]:
    return [ChallengeFacts(*row) for row in session.execute(rows)]


def _one(session: Session, rows: Select[QualityChallenge, str, str, str]) -> ChallengeFacts:
    found = _read(session, rows)
    if not found:
        raise NotFound("challenge")
    return found[0]
