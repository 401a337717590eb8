"""How the level of each need is known: declared, evidenced by the company, verified by the hub at a visit, and when the
company last said that it still holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.files import Accepted, Store, keep
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from providers.services.lists import Lists
from providers.services.models import INDICATORS, CapabilityProof, Service
from providers.services.profile import own_service
from providers.services.status import EvidenceLevel

LONGEST = 2000


@dataclass(frozen=True)
class Need:
    """One indicator of a service: its number from 1, its level, how it is known, when it was last said to hold, and
    whether that is too long ago.
    """

    number: int
    level: int
    evidence: EvidenceLevel
    confirmed_on: dt.date | None
    stale: bool


@dataclass(frozen=True)
class Proof:
    """A proof with the name of whoever gave it."""

    row: CapabilityProof
    who: str


def needs_of(service: Service, lists: Lists, today: dt.date) -> list[Need]:
    """The 12 indicators as they stand; empty until the company has said them."""
    days = [*service.needs_confirmed_on, *[""] * INDICATORS]
    found = []
    for place, (level, evidence) in enumerate(zip(service.capability, service.evidence, strict=True)):
        day = dt.date.fromisoformat(days[place]) if days[place] else None
        stale = day is None or day + lists.needs_hold < today
        found.append(Need(place + 1, level, EvidenceLevel(evidence), day, stale))
    return found


def needs_hold_until(service: Service, lists: Lists) -> dt.date | None:
    """The last day on which the oldest word about a need holds; None where one was never confirmed."""
    days = service.needs_confirmed_on
    if len(days) < len(service.capability) or not days:
        return None
    return dt.date.fromisoformat(min(days)) + lists.needs_hold


def needs_due(service: Service, lists: Lists, today: dt.date) -> bool:
    """Whether it is time to ask the company for its needs again."""
    if not service.capability:
        return False  # asked for as a topic that is missing
    until = needs_hold_until(service, lists)
    return until is None or until - lists.remind <= today


def confirm_needs(session: Session, *, actor: Actor, service_id: str, version: int, now: dt.datetime) -> Service:
    """All 12 levels still hold as they stand. Evidence stays what it is."""
    service = own_service(session, actor, service_id)
    _fresh(service, version)
    if len(service.capability) != INDICATORS:
        raise Conflict("Say which needs the service meets first.")
    service.needs_confirmed_on = [local_date(now).isoformat()] * INDICATORS
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.needs.confirm",
        subject_kind="service",
        subject_id=service.id,
    )
    return service


def give_evidence(
    session: Session,
    *,
    actor: Actor,
    service_id: str,
    indicator: int,
    words: str,
    accepted: Accepted | None,
    store: Store,
    version: int,
    now: dt.datetime,
) -> CapabilityProof:
    """The company shows how it meets a need at the level that it declares, in words and perhaps a file. A level that
    the hub has verified stays verified.
    """
    service = own_service(session, actor, service_id)
    _fresh(service, version)
    level = _level(service, indicator)
    if level == 0:
        raise Conflict("The service says that it does not meet this need. Change the level first.")
    proof = _proof(service, actor, indicator, EvidenceLevel.EVIDENCED, _said(words, "Say what shows it"), now)
    if accepted is not None:
        proof.sha256, proof.file_name = keep(session, store, accepted, now=now).sha256, accepted.name
    session.add(proof)
    if service.evidence[indicator - 1] == EvidenceLevel.DECLARED:
        _set(service, indicator, EvidenceLevel.EVIDENCED)
    session.flush()
    _record(session, actor, proof, now)
    return proof


def record_visit(
    session: Session,
    *,
    actor: Actor,
    service_id: str,
    indicator: int,
    seen: bool,
    visited_on: dt.date,
    words: str,
    version: int,
    now: dt.datetime,
) -> CapabilityProof:
    """The hub says what it saw of one need at a monitoring visit: the level is verified, or it was not seen and is the
    company's word again.
    """
    actor.require(Permission.COMPLIANCE_RECORD)
    service = session.get(Service, service_id)
    if service is None:
        raise NotFound("service")
    _fresh(service, version)
    _level(service, indicator)
    if visited_on > local_date(now):
        raise Invalid("The day of the visit must be today or in the past", field="visited_on")
    shows = EvidenceLevel.VERIFIED if seen else EvidenceLevel.DECLARED
    proof = _proof(service, actor, indicator, shows, _said(words, "Say what you saw"), now)
    proof.visited_on = visited_on
    if not seen:
        for one in session.scalars(
            select(CapabilityProof).where(
                CapabilityProof.service_id == service.id,
                CapabilityProof.indicator == indicator,
                CapabilityProof.taken_back_at.is_(None),
            )
        ):
            one.taken_back_at = now
    session.add(proof)
    _set(service, indicator, shows)
    session.flush()
    _record(session, actor, proof, now)
    return proof


def proofs_of(session: Session, service_id: str, indicator: int | None = None) -> list[Proof]:
    """What was shown of a service's needs, newest first. The caller has checked that the actor may see it."""
    which = CapabilityProof.service_id == service_id
    rows = session.execute(
        select(CapabilityProof, Person.name)
        .join(Person, Person.id == CapabilityProof.given_by)
        .where(which, *([CapabilityProof.indicator == indicator] if indicator else []))
        .order_by(CapabilityProof.given_at.desc(), CapabilityProof.id)
    )
    return [Proof(row, who) for row, who in rows]


def proof_file(session: Session, *, actor: Actor, proof_id: str) -> CapabilityProof:
    """A proof that has a file: of the actor's own company, or any for the hub. `NotFound` otherwise."""
    which = select(CapabilityProof).join(Service).where(CapabilityProof.id == proof_id)
    if not actor.may(Permission.MARKET_READ):
        actor.require(Permission.SERVICE_READ)
        which = which.where(Service.organisation_id == actor.organisation_id)
    found = session.scalar(which)
    if found is None or found.sha256 is None:
        raise NotFound("file")
    return found


def indicator_number(text: str) -> int:
    """The number of an indicator out of an address. `NotFound` for any other word."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:3]) <= INDICATORS:
        raise NotFound("need")
    return int(text[:3])


def counted(needs: Iterable[Need]) -> dict[EvidenceLevel, int]:
    """How many needs that are met at all are known in which way."""
    found = dict.fromkeys(EvidenceLevel, 0)
    for need in needs:
        if need.level:
            found[need.evidence] += 1
    return found


def _proof(
    service: Service, actor: Actor, indicator: int, shows: EvidenceLevel, words: str, now: dt.datetime
) -> CapabilityProof:
    return CapabilityProof(
        service_id=service.id,
        indicator=indicator,
        level=service.capability[indicator - 1],
        shows=shows,
        words=words,
        given_by=actor.person_id,
        given_at=now,
    )


def _record(session: Session, actor: Actor, proof: CapabilityProof, now: dt.datetime) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.needs.visit" if proof.visited_on else "services.needs.evidence",
        subject_kind="service",
        subject_id=proof.service_id,
        proof=proof.id,
        indicator=proof.indicator,
        level=proof.level,
        shows=proof.shows.value,
    )


def _set(service: Service, indicator: int, evidence: EvidenceLevel) -> None:
    service.evidence = [
        evidence.value if number == indicator else before for number, before in enumerate(service.evidence, start=1)
    ]


def _level(service: Service, indicator: int) -> int:
    if len(service.capability) != INDICATORS or not 1 <= indicator <= INDICATORS:
        raise NotFound("need")
    return service.capability[indicator - 1]


def _fresh(service: Service, version: int) -> None:
    if service.version != version:
        raise Stale("This service changed since you opened the page. Read it again and save your changes.")


def _said(words: str, missing: str) -> str:
    said = words.strip()
    if not said:
        raise Invalid(missing, field="words")
    if len(said) > LONGEST:
        raise Invalid(f"Use {LONGEST:,} characters or fewer", field="words")
    return said
