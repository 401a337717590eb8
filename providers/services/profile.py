"""A service's profile: who it takes, which needs it meets, how many places are free, where alerts go.

Made from what the register knows when a claim is confirmed, completed by the company one topic at a time. What a
service says of itself is `declared`; only evidence that somebody saw raises it. Free places carry the moment at which
they were last confirmed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Invalid, NotFound, Stale
from app.core.geography import locate
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from notifications.outbox import is_address
from providers.passport.events import ClaimConfirmed
from providers.passport.kinds import KIND_WORDS, RegistrationKind, kind_of
from providers.passport.models import Claim
from providers.register.models import Registration
from providers.services.models import HIGHEST_LEVEL, INDICATORS, Service

DECLARED = "declared"
SEXES = ("F", "M")
OLDEST = 25


def create_service(session: Session, event: ClaimConfirmed) -> Service:
    """The reaction to a confirmed claim: a profile with what the register and the claim know. Ages, sexes and needs
    are left to the company.
    """
    claim = session.get_one(Claim, event.claim_id)
    registration = session.get_one(Registration, claim.urn)
    organisation = session.get_one(Organisation, claim.organisation_id)
    claimant = session.get_one(Person, claim.made_by)
    kind = kind_of(registration.provision_type)
    place = locate(claim.postcode)
    if place is None:
        raise Invalid(f"{claim.postcode} is not a postcode that we can find", field="postcode")
    # A fostering agency's office is not where a child would live, so it has no place on the map (F-36's distances
    # wait for the household).
    lives_there = kind is not RegistrationKind.FOSTERING
    service = Service(
        claim=claim,
        claim_id=claim.id,
        organisation_id=claim.organisation_id,
        urn=claim.urn,
        name=(registration.name or f"{KIND_WORDS[kind]} {claim.urn}")[:200],
        alert_email=organisation.alert_email or claimant.email,
        postcode=claim.postcode,
        easting=place.easting if lives_there else None,
        northing=place.northing if lives_there else None,
        authority_gss=place.authority_gss,
        min_age=16 if kind is RegistrationKind.SUPPORTED_ACCOMMODATION else 0,
        max_age=17,
        sexes=[],
        capability=[],
        evidence=[],
        places_free=0,
        created_at=event.at,
    )
    session.add(service)
    session.flush()
    audit.record(
        session,
        now=event.at,
        who=None,
        act="services.service.create",
        subject_kind="service",
        subject_id=service.id,
        urn=claim.urn,
    )
    return service


def describe_service(
    session: Session,
    *,
    actor: Actor,
    service_id: str,
    now: dt.datetime,
    version: int | None = None,
    name: str | None = None,
    alert_email: str | None = None,
    min_age: int | None = None,
    max_age: int | None = None,
    sexes: Sequence[str] | None = None,
    capability: Sequence[int] | None = None,
    places: int | None = None,
) -> Service:
    """Change the topics that are given and leave the others. `capability`: 12 levels, 0 to 3, in the order of the
    needs measure.

    `places` confirms the free places too. `Invalid` names the fields; `Stale` when `version` is given and is not the
    service's.
    """
    service = own_service(session, actor, service_id)
    if version is not None and service.version != version:
        raise Stale("This service changed since you opened the page. Read it again and save your changes.")
    registration = session.get_one(Registration, service.urn)
    errors: dict[str, str] = {}
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = " ".join(name.split())
        if not 0 < len(changes["name"]) <= 200:
            errors["name"] = "Enter a name of up to 200 characters"
    if alert_email is not None:
        changes["alert_email"] = alert_email.strip()
        if not is_address(changes["alert_email"]):
            errors["alert_email"] = "Enter an email address in the correct format, like name@example.com"
    if min_age is not None or max_age is not None:
        changes["min_age"] = service.min_age if min_age is None else min_age
        changes["max_age"] = service.max_age if max_age is None else max_age
        errors |= _wrong_ages(registration, changes["min_age"], changes["max_age"])
    if sexes is not None:
        changes["sexes"] = [sex for sex in SEXES if sex in sexes]
        if not changes["sexes"] or set(sexes) - set(SEXES):
            errors["sexes"] = "Choose who the service takes"
    if capability is not None:
        changes["capability"] = list(capability)
        if len(capability) != INDICATORS or not all(0 <= level <= HIGHEST_LEVEL for level in capability):
            errors["capability"] = "Choose a level for each of the 12 needs"
        else:
            changes["evidence"] = _evidence_kept(service, changes["capability"])
    if places is not None:
        changes |= {"places_free": places, "places_confirmed_at": now}
        errors |= _wrong_places(registration, places)
    if errors:
        raise Invalid(errors)
    for column, value in changes.items():
        setattr(service, column, value)
    session.flush()
    given = {"name": name, "alert_email": alert_email, "ages": max_age, "sexes": sexes, "needs": capability}
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.service.describe",
        subject_kind="service",
        subject_id=service.id,
        topics=[topic for topic, value in (given | {"places": places}).items() if value is not None],
    )
    return service


def confirm_places(session: Session, *, actor: Actor, service_id: str, places: int, now: dt.datetime) -> Service:
    """Say how many places are free now. They go stale unless confirmed again; the matcher asks for the moment."""
    return describe_service(session, actor=actor, service_id=service_id, now=now, places=places)


def own_service(session: Session, actor: Actor, service_id: str) -> Service:
    """A service of the actor's own company, to be changed. `NotFound` for any other."""
    actor.require(Permission.APPLICATION_WRITE)
    service = session.scalar(
        select(Service).where(Service.id == service_id, Service.organisation_id == actor.organisation_id)
    )
    if service is None:
        raise NotFound("service")
    return service


def missing_topics(service: Service) -> list[str]:
    """What the company still has to say before the service can apply to a lot, in words; nothing missing is an empty
    list.
    """
    missing = []
    if not service.sexes:
        missing.append("who you take")
    if len(service.capability) != INDICATORS:
        missing.append("needs you meet")
    if service.places_confirmed_at is None:
        missing.append("free places")
    return missing


def _evidence_kept(service: Service, levels: list[int]) -> list[str]:
    """A changed level is a new claim about oneself: evidence for the old one does not carry over."""
    before = list(zip(service.capability, service.evidence, strict=True))
    return [before[i][1] if i < len(before) and before[i][0] == level else DECLARED for i, level in enumerate(levels)]


def _wrong_ages(registration: Registration, youngest: int, oldest: int) -> dict[str, str]:
    if not 0 <= youngest <= OLDEST or not 0 <= oldest <= OLDEST:
        return {"min_age": f"Ages must be between 0 and {OLDEST}"}
    if oldest < youngest:
        return {"max_age": "The oldest age must be the same as or above the youngest"}
    if kind_of(registration.provision_type) is RegistrationKind.SUPPORTED_ACCOMMODATION and youngest < 16:
        return {"min_age": "Supported accommodation is for children of 16 and 17, so the youngest age must be 16 or 17"}
    return {}


def _wrong_places(registration: Registration, places: int) -> dict[str, str]:
    if places < 0:
        return {"places": "Free places must be 0 or more"}
    registered = registration.places
    if registered is not None and places > registered:
        return {"places": f"The service is registered for {registered}, so no more than {registered} can be free"}
    return {}
