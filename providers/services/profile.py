"""A service's profile: who it takes, which needs it meets, what it is like, how many places are free, where alerts go.

Made from what the register knows when a claim is confirmed, completed by the company one topic at a time. What a
service says of itself is `declared`; only evidence that somebody saw raises it. Free places carry the moment at which
they were last confirmed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypedDict

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from typing_extensions import Unpack

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Invalid, NotFound, Stale
from app.core.geography import locate
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from notifications.outbox import is_address
from providers.passport.events import ClaimConfirmed
from providers.passport.kinds import KIND_WORDS, RegistrationKind, kind_of
from providers.passport.models import Claim
from providers.register.models import MAX_PLACES, Registration
from providers.services.lists import Lists, lists_on
from providers.services.models import HIGHEST_LEVEL, INDICATORS, CapabilityProof, Home, Service
from providers.services.status import EvidenceLevel, Setting
from providers.services.vacancies import Coming, Free, stand, wrong_free

DECLARED = EvidenceLevel.DECLARED.value
SEXES = ("F", "M")
OLDEST = 25
CODED = ("specialisms", "languages", "faiths", "cultures", "adaptations", "pets")
"""Topics that are a list of codes; each is also the name of its column and of its list in the policy."""


class Topics(TypedDict, total=False):
    """What a company says of a service. A topic that is left out, or None, stays as it is.

    `capability`: 12 levels, 0 to 3, in the order of the needs measure. `places` confirms the free places of now and
    `coming` those of later days.
    """

    name: str | None
    alert_email: str | None
    min_age: int | None
    max_age: int | None
    sexes: Sequence[str] | None
    capability: Sequence[int] | None
    places: int | None
    coming: Sequence[Coming] | None
    registered_min_age: int | None
    registered_max_age: int | None
    registered_places: int | None
    setting: str | None
    education_on_site: bool | None
    specialisms: Sequence[str] | None
    languages: Sequence[str] | None
    faiths: Sequence[str] | None
    cultures: Sequence[str] | None
    adaptations: Sequence[str] | None
    pets: Sequence[str] | None


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
        needs_confirmed_on=[],
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
    **topics: Unpack[Topics],
) -> Service:
    """Change the topics that are given and leave the others.

    `Invalid` names the fields; `Stale` when `version` is given and is not the service's.
    """
    service = own_service(session, actor, service_id)
    if version is not None and service.version != version:
        raise Stale("This service changed since you opened the page. Read it again and save your changes.")
    registration = session.get_one(Registration, service.urn)
    homes = session.scalars(select(Home).where(Home.service_id == service.id)).all() if topics.get("coming") else ()
    changes, errors = profile_changes(
        service, registration, topics, lists=lists_on(session, local_date(now)), now=now, homes=homes
    )
    if errors:
        raise Invalid(errors)
    apply_changes(session, service, topics, changes, now=now, person_id=actor.person_id)
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.service.describe",
        subject_kind="service",
        subject_id=service.id,
        topics=[topic for topic, value in topics.items() if value is not None],
    )
    return service


def profile_changes(
    service: Service,
    registration: Registration,
    topics: Topics,
    *,
    lists: Lists,
    now: dt.datetime,
    homes: Sequence[Home] = (),
) -> tuple[dict[str, Any], dict[str, str]]:
    """(what would be set by column, what is wrong by topic) if a company said this of its service. Changes nothing,
    so that many rows can be shown before they are saved.
    """
    said = {name: value for name, value in topics.items() if value is not None}
    changes: dict[str, Any] = {}
    errors: dict[str, str] = {}
    if "name" in said:
        changes["name"] = " ".join(str(said["name"]).split())
        if not 0 < len(changes["name"]) <= 200:
            errors["name"] = "Enter a name of up to 200 characters"
    if "alert_email" in said:
        changes["alert_email"] = str(said["alert_email"]).strip()
        if not is_address(changes["alert_email"]):
            errors["alert_email"] = "Enter an email address in the correct format, like name@example.com"
    errors |= _take_ages(service, registration, said, changes)
    if "sexes" in said:
        given = list(topics["sexes"] or ())
        changes["sexes"] = [sex for sex in SEXES if sex in given]
        if not changes["sexes"] or set(given) - set(SEXES):
            errors["sexes"] = "Choose who the service takes"
    if "capability" in said:
        levels = list(topics["capability"] or ())
        changes["capability"] = levels
        if len(levels) != INDICATORS or not all(0 <= level <= HIGHEST_LEVEL for level in levels):
            errors["capability"] = "Choose a level for each of the 12 needs"
        else:
            changes["evidence"] = evidence_kept(service, levels)
            changes["needs_confirmed_on"] = [local_date(now).isoformat()] * INDICATORS
    if "setting" in said:
        if said["setting"] in {one.value for one in Setting}:
            changes["setting"] = Setting(str(said["setting"]))
        else:
            errors["setting"] = "Choose whether children live there solo or in a group"
    if "education_on_site" in said:
        changes["education_on_site"] = bool(said["education_on_site"])
    for name in CODED:
        if name in said:
            codes = lists.ordered(name, said[name])  # type: ignore[arg-type]  # these topics are lists of codes
            changes[name] = codes
            if codes is None:
                errors[name] = "Choose from the list"
    if "places" in said:
        free = Free(int(topics["places"] or 0), topics.get("coming"))
        errors |= wrong_free(service, registration, free, homes=homes, now=now)
    return changes, errors


def apply_changes(
    session: Session, service: Service, topics: Topics, changes: dict[str, Any], *, now: dt.datetime, person_id: str
) -> None:
    """Set what `profile_changes` found right. The caller records who did it."""
    if "capability" in changes:
        _take_back(session, service, changes["capability"], now)
    for column, value in changes.items():
        setattr(service, column, value)
    places = topics.get("places")
    if places is not None:
        stand(session, {service.id: Free(places, topics.get("coming"))}, [service], now=now, person_id=person_id)
    session.flush()


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


def evidence_kept(service: Service, levels: list[int]) -> list[str]:
    """A changed level is a new claim about oneself: evidence for the old one does not carry over."""
    before = list(zip(service.capability, service.evidence, strict=True))
    return [before[i][1] if i < len(before) and before[i][0] == level else DECLARED for i, level in enumerate(levels)]


def _take_back(session: Session, service: Service, levels: list[int], now: dt.datetime) -> None:
    """What showed an old level no longer counts."""
    before = service.capability
    changed = [n for n, level in enumerate(levels, start=1) if n > len(before) or before[n - 1] != level]
    session.execute(
        update(CapabilityProof)
        .where(
            CapabilityProof.service_id == service.id,
            CapabilityProof.indicator.in_(changed),
            CapabilityProof.taken_back_at.is_(None),
        )
        .values(taken_back_at=now)
        .execution_options(synchronize_session=False)
    )


def _take_ages(
    service: Service, registration: Registration, said: dict[str, Any], changes: dict[str, Any]
) -> dict[str, str]:
    """Ages that the service takes, and those of its certificate, one inside the other."""
    errors: dict[str, str] = {}
    for name in ("registered_min_age", "registered_max_age", "registered_places"):
        if name in said:
            changes[name] = said[name]
    youngest, oldest = (
        changes.get(name, getattr(service, name)) for name in ("registered_min_age", "registered_max_age")
    )
    if "registered_places" in changes and not 1 <= changes["registered_places"] <= MAX_PLACES:
        errors["registered_places"] = "Registered places must be 1 or more"
    if "registered_min_age" in changes or "registered_max_age" in changes:
        if youngest is None or oldest is None:
            errors["registered_min_age"] = "Enter both ages as on the certificate"
            return errors
        errors |= _wrong_ages(registration, youngest, oldest, at="registered_")
    if "min_age" in said or "max_age" in said:
        changes["min_age"] = said.get("min_age", service.min_age)
        changes["max_age"] = said.get("max_age", service.max_age)
        errors |= _wrong_ages(registration, changes["min_age"], changes["max_age"])
        asked = ("min_age", "max_age")
    elif "registered_min_age" in changes and service.sexes:  # ages before that are only the register's guess
        asked = ("registered_min_age", "registered_max_age")
    else:
        return errors
    if not errors and youngest is not None and oldest is not None:
        takes = changes.get("min_age", service.min_age), changes.get("max_age", service.max_age)
        limits = f"The certificate is for ages {youngest} to {oldest}, and the service takes {takes[0]} to {takes[1]}"
        if takes[0] < youngest:
            errors[asked[0]] = limits
        elif takes[1] > oldest:
            errors[asked[1]] = limits
    return errors


def _wrong_ages(registration: Registration, youngest: int, oldest: int, at: str = "") -> dict[str, str]:
    if not 0 <= youngest <= OLDEST or not 0 <= oldest <= OLDEST:
        return {f"{at}min_age": f"Ages must be between 0 and {OLDEST}"}
    if oldest < youngest:
        return {f"{at}max_age": "The oldest age must be the same as or above the youngest"}
    if kind_of(registration.provision_type) is RegistrationKind.SUPPORTED_ACCOMMODATION and youngest < 16:
        return {
            f"{at}min_age": "Supported accommodation is for children of 16 and 17, so the youngest age must be 16 or 17"
        }
    return {}
