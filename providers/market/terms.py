"""What joining a purchasing system means: its conditions, its fees, its rounds, and the notices that announced it.

A system is established once, by its notice; in the modes that fix them its conditions are then final (F-6). Fees are
refused where the mode forbids them (F-5), rounds where the mode is open at any time (F-1). The database holds all
three.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.workdays import date_words
from app.identity.permissions import Actor, Permission
from providers.market.models import ApplicationRound, MarketNotice, PurchasingSystem
from providers.market.rules import ESTABLISHED_BY, FIXES_CONDITIONS, IN_ROUNDS, NOTICES_OF, fee_problems
from providers.market.status import MODE_WORDS, NOTICE_WORDS, NoticeKind

CONDITIONS_LONGEST = 8000
REFERENCE_LONGEST = 60


def write_conditions(
    session: Session, *, actor: Actor, system_id: str, conditions: str, version: int, now: dt.datetime
) -> PurchasingSystem:
    """Write the conditions of membership. `Conflict` once the system is established in a mode that fixes them (F-6)."""
    actor.require(Permission.MARKET_MANAGE)
    system = _system(session, system_id, version)
    if system.established_on is not None and system.mode in FIXES_CONDITIONS:
        raise Conflict(
            f"This system was established on {date_words(system.established_on)}. Its conditions of membership cannot "
            "be changed while it lasts."
        )
    conditions = conditions.strip()
    if not conditions:
        raise Invalid("Enter what a provider must meet to become and to stay a member", field="conditions")
    if len(conditions) > CONDITIONS_LONGEST:
        raise Invalid(f"The conditions must be {CONDITIONS_LONGEST:,} characters or fewer", field="conditions")
    system.conditions = conditions
    session.flush()
    _keep(session, actor, "market.system.conditions", system, now, conditions=conditions)
    return system


def set_fees(
    session: Session,
    *,
    actor: Actor,
    system_id: str,
    membership_fee_pence: int | None,
    award_fee_pence: int | None,
    version: int,
    now: dt.datetime,
) -> PurchasingSystem:
    """What a provider pays, in pence; None for nothing. `Invalid` at the field that the mode forbids (F-5)."""
    actor.require(Permission.MARKET_MANAGE)
    system = _system(session, system_id, version)
    problems = fee_problems(system.mode, membership_fee_pence=membership_fee_pence, award_fee_pence=award_fee_pence)
    if problems:
        raise Invalid(problems)
    system.membership_fee_pence, system.award_fee_pence = membership_fee_pence, award_fee_pence
    session.flush()
    _keep(
        session,
        actor,
        "market.system.fees",
        system,
        now,
        membership_fee_pence=membership_fee_pence,
        award_fee_pence=award_fee_pence,
    )
    return system


def establish(
    session: Session,
    *,
    actor: Actor,
    system_id: str,
    established_on: dt.date,
    reference: str,
    version: int,
    now: dt.datetime,
) -> PurchasingSystem:
    """Record that a system is established, with the reference of the notice that says so. Once and for all.

    `Invalid` names the field: a day in the future or before the procurement began, no reference. `Conflict` where it
    is established already, or has no conditions although its mode fixes them from then on.
    """
    actor.require(Permission.MARKET_MANAGE)
    system = _system(session, system_id, version)
    if system.established_on is not None:
        raise Conflict(f"This system was already established on {date_words(system.established_on)}.")
    if system.mode in FIXES_CONDITIONS and not system.conditions:
        raise Conflict("Write the conditions of membership first: they cannot be changed once it is established.")
    if established_on > local_date(now):
        raise Invalid("The day must be today or in the past", field="established_on")
    if established_on < system.begun_on:
        begun = date_words(system.begun_on)
        raise Invalid(f"The day must be on or after {begun}, when the procurement began", field="established_on")
    kind = ESTABLISHED_BY[system.mode]
    system.established_on = established_on
    session.flush()
    _notice(session, actor, system, kind, reference, established_on, now)
    _keep(session, actor, "market.system.establish", system, now, established_on=established_on.isoformat())
    return system


def record_notice(
    session: Session,
    *,
    actor: Actor,
    system_id: str,
    kind: NoticeKind,
    reference: str,
    published_on: dt.date,
    now: dt.datetime,
) -> MarketNotice:
    """Keep a notice that was published about a system. The notice of its establishment is recorded by `establish`.

    `Invalid` names the field: a notice of another law, one that is kept already, a day in the future.
    """
    actor.require(Permission.MARKET_MANAGE)
    system = system_by_id(session, system_id)
    if kind not in NOTICES_OF[system.mode]:
        raise Invalid(f"A {NOTICE_WORDS[kind]} is none of this kind of system", field="kind")
    if kind is ESTABLISHED_BY[system.mode] and system.established_on is None:
        raise Invalid("Record this notice by establishing the system", field="kind")
    if published_on > local_date(now):
        raise Invalid("The day must be today or in the past", field="published_on")
    notice = _notice(session, actor, system, kind, reference, published_on, now)
    _keep(session, actor, "market.system.notice", system, now, kind=kind.value, reference=notice.reference)
    return notice


def add_round(
    session: Session, *, actor: Actor, system_id: str, opens_on: dt.date, closes_on: dt.date, now: dt.datetime
) -> ApplicationRound:
    """A round in which a light-touch system takes applications, both days included. From the first one on, it takes
    them in its rounds only (F-1).

    `Conflict` in a mode that is open at any time; `Invalid` at the day that is past, out of order or another round's.
    """
    actor.require(Permission.MARKET_MANAGE)
    system = system_by_id(session, system_id)
    if system.mode not in IN_ROUNDS:
        raise Conflict(f"{MODE_WORDS[system.mode]}: it takes applications at any time, so it can have no rounds.")
    errors: dict[str, str] = {}
    if opens_on < local_date(now):
        errors["opens_on"] = "A round is announced before it opens, so it can open today at the earliest"
    if closes_on < opens_on:
        errors["closes_on"] = "The round must close on or after the day it opens"
    if opens_on < system.starts_on or closes_on > system.ends_on:
        errors.setdefault("opens_on", "A round must lie within the days of its system")
    for other in session.scalars(select(ApplicationRound).where(ApplicationRound.system_id == system_id)):
        if opens_on <= other.closes_on and other.opens_on <= closes_on:
            span = f"{date_words(other.opens_on)} to {date_words(other.closes_on)}"
            errors.setdefault("opens_on", f"There is already a round from {span}")
    if errors:
        raise Invalid(errors)
    made = ApplicationRound(system_id=system.id, mode=system.mode, opens_on=opens_on, closes_on=closes_on)
    session.add(made)
    session.flush()
    days = {"opens_on": opens_on.isoformat(), "closes_on": closes_on.isoformat()}
    _keep(session, actor, "market.round.add", system, now, **days)
    return made


def remove_round(session: Session, *, actor: Actor, round_id: str, now: dt.datetime) -> str:
    """Take back a round that has not opened. Answers with the system's id. `Conflict` for one that has."""
    actor.require(Permission.MARKET_MANAGE)
    found = session.get(ApplicationRound, round_id)
    if found is None:
        raise NotFound("round")
    if found.opens_on <= local_date(now):
        raise Conflict("This round has opened, so it stays on the record.")
    system = system_by_id(session, found.system_id)
    _keep(session, actor, "market.round.remove", system, now, opens_on=found.opens_on.isoformat())
    session.delete(found)
    session.flush()
    return system.id


def system_by_id(session: Session, system_id: str) -> PurchasingSystem:
    """A system. `NotFound` otherwise. Systems are public."""
    system = session.get(PurchasingSystem, system_id)
    if system is None:
        raise NotFound("purchasing system")
    return system


def _system(session: Session, system_id: str, version: int) -> PurchasingSystem:
    system = system_by_id(session, system_id)
    if system.version != version:
        raise Stale("This system changed since you opened the page. Look again, then change it.")
    return system


def _notice(
    session: Session,
    actor: Actor,
    system: PurchasingSystem,
    kind: NoticeKind,
    reference: str,
    published_on: dt.date,
    now: dt.datetime,
) -> MarketNotice:
    reference = " ".join(reference.split())
    if not reference:
        raise Invalid("Enter the reference under which the notice was published", field="reference")
    if len(reference) > REFERENCE_LONGEST:
        raise Invalid(f"The reference must be {REFERENCE_LONGEST} characters or fewer", field="reference")
    kept = select(MarketNotice.id).where(
        MarketNotice.system_id == system.id, MarketNotice.kind == kind, MarketNotice.reference == reference
    )
    if session.scalar(kept) is not None:
        raise Invalid("This notice is kept already", field="reference")
    notice = MarketNotice(
        system_id=system.id,
        kind=kind,
        reference=reference,
        published_on=published_on,
        recorded_by=actor.person_id,
        recorded_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def _keep(
    session: Session, actor: Actor, act: str, system: PurchasingSystem, now: dt.datetime, **facts: object
) -> None:
    audit.record(session, now=now, who=actor, act=act, subject_kind="purchasing_system", subject_id=system.id, **facts)
