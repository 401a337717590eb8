"""A company claims a registration by its URN; the hub confirms or refuses.

The register holds no address of a children's home, so the company types the home's full postcode. Where the register
does publish one, a difference is shown to the hub (`ClaimFacts.postcode_differs`), who decides. One company holds a
registration at a time; whoever comes second is told that, and never by whom.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Invalid, NotFound, Stale
from app.core.events import publish
from app.core.geography import locate
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from notifications import messages
from notifications.outbox import queue
from providers.passport import links
from providers.passport.events import ClaimConfirmed
from providers.passport.models import Claim
from providers.passport.owners import other_owner
from providers.passport.status import CLAIM, ClaimStatus
from providers.register.models import Registration
from providers.register.queries import find_registration
from providers.register.urn import URN_WORDS, clean_urn

LIVE = (ClaimStatus.PENDING, ClaimStatus.CONFIRMED)


def registration_to_claim(session: Session, *, actor: Actor, urn: str) -> Registration:
    """The registration behind a URN that this company could claim. `Invalid` at `urn` says why not: shape, not in the
    register, taken.
    """
    actor.require(Permission.SERVICE_CLAIM)
    cleaned = clean_urn(urn)
    if cleaned is None:
        raise Invalid(f"Enter a URN as on the certificate: {URN_WORDS}", field="urn")
    urn = cleaned
    registration = find_registration(session, urn)
    if registration is None:
        raise Invalid(
            f"URN {urn} is not in the register that we hold. Check the certificate, or ask the hub to add it",
            field="urn",
        )
    holder = session.scalar(select(Claim.organisation_id).where(Claim.urn == urn, Claim.status.in_(LIVE)))
    if holder == actor.organisation_id:
        raise Invalid(f"Your company has already claimed URN {urn}", field="urn")
    if holder is not None:
        raise _taken(urn)
    return registration


def claim_service(session: Session, *, actor: Actor, urn: str, postcode: str, now: dt.datetime) -> Claim:
    """Claim a registration; it waits for the hub. `Invalid` at `urn` or `postcode`.

    `postcode` is the full postcode of where children live (of the office, for a fostering agency).
    """
    registration = registration_to_claim(session, actor=actor, urn=urn)
    place = locate(postcode)
    if place is None:
        raise Invalid("Enter a full postcode that exists, like CR0 1EA", field="postcode")
    claim = Claim(
        organisation_id=actor.organisation_id,
        urn=registration.urn,
        postcode=place.postcode,
        made_by=actor.person_id,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(claim)
    except IntegrityError:  # somebody else was first, a moment ago
        raise _taken(registration.urn) from None
    audit.record(
        session,
        now=now,
        who=actor,
        act="passport.claim.make",
        subject_kind="claim",
        subject_id=claim.id,
        urn=claim.urn,
    )
    return claim


def withdraw_claim(session: Session, *, actor: Actor, claim_id: str, now: dt.datetime) -> Claim:
    """The company takes back a claim that the hub has not decided."""
    actor.require(Permission.SERVICE_CLAIM)
    claim = session.scalar(select(Claim).where(Claim.id == claim_id, Claim.organisation_id == actor.organisation_id))
    if claim is None:
        raise NotFound("claim")
    claim.status = CLAIM.require(claim.status, ClaimStatus.WITHDRAWN, "This claim")
    claim.decided_at = now
    session.flush()
    audit.record(session, now=now, who=actor, act="passport.claim.withdraw", subject_kind="claim", subject_id=claim.id)
    return claim


def decide_claim(
    session: Session,
    *,
    actor: Actor,
    claim_id: str,
    confirm: bool,
    reason: str,
    now: dt.datetime,
    version: int,
    base_url: str,
) -> Claim:
    """The hub confirms a claim, or refuses it with a reason (`Invalid` at `reason` without one). `Stale` when it
    changed since `version`. Where the register names another owner, a confirmation needs its reason too.

    The person who made the claim is told by e-mail. Confirmation publishes `ClaimConfirmed`, on which the service's
    profile is made.
    """
    actor.require(Permission.CLAIM_DECIDE)
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound("claim")
    reason = reason.strip()
    settle_claim(session, actor=actor, claim=claim, confirm=confirm, reason=reason, now=now, version=version)
    tell_decided(session, claim, confirm=confirm, reason=reason, now=now, base_url=base_url)
    return claim


def settle_claim(
    session: Session, *, actor: Actor, claim: Claim, confirm: bool, reason: str, now: dt.datetime, version: int
) -> None:
    """The decision itself, without its e-mail. The caller has checked that the actor may decide."""
    if claim.version != version:
        raise Stale("This claim changed since you opened the page. Read it again and decide.")
    if not confirm and not reason:
        raise Invalid("Enter why you refuse the claim, in words that the company can act on", field="reason")
    registration = session.get_one(Registration, claim.urn)
    company = session.get_one(Organisation, claim.organisation_id).name
    if confirm and not reason and other_owner(registration, company):
        raise Invalid("The register names another owner. Enter how you know that it is this company's", field="reason")
    target = ClaimStatus.CONFIRMED if confirm else ClaimStatus.REFUSED
    claim.status = CLAIM.require(claim.status, target, "This claim")
    claim.decided_by, claim.decided_at, claim.reason = actor.person_id, now, reason or None
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"passport.claim.{'confirm' if confirm else 'refuse'}",
        subject_kind="claim",
        subject_id=claim.id,
        urn=claim.urn,
    )
    if confirm:
        publish(session, ClaimConfirmed(claim.id, claim.urn, claim.organisation_id, now))


def tell_decided(
    session: Session, claim: Claim, *, confirm: bool, reason: str, now: dt.datetime, base_url: str
) -> None:
    """The e-mail to whoever made a claim."""
    person = session.get_one(Person, claim.made_by)
    message = messages.claim_decided(f"URN {claim.urn}", confirm, [reason] if reason else [], links.services(base_url))
    queue(session, key=f"claim.decided:{claim.id}", address=person.email, message=message, now=now)


def _taken(urn: str) -> Invalid:
    return Invalid(
        f"URN {urn} has already been claimed by another company. If it is yours, ask the hub to look into it",
        field="urn",
    )
