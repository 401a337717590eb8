"""The homes of a service: an agency's carer households, a home's several buildings, supported accommodation's premises.

Each has a code name that the company chooses, so that nobody outside learns who the carers are. More than three foster
children in a household need a ground that the law knows (F-28): all are brothers and sisters of each other, or the
council where the carer lives has exempted the carer for children that it names. We keep that there is an exemption,
and never the names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.geography import Place, locate
from app.identity.permissions import Actor, Permission
from providers.passport.kinds import RegistrationKind, kind_of
from providers.register.models import Registration
from providers.services.lists import Lists, lists_on
from providers.services.models import FOSTER_LIMIT, Home, Service
from providers.services.profile import OLDEST, SEXES, own_service
from providers.services.status import HOME, Exemption, HomeKind, HomeStatus

MOST_APPROVED = 60
LONGEST_NAME = 60

_KINDS: dict[RegistrationKind, HomeKind] = {
    RegistrationKind.FOSTERING: HomeKind.HOUSEHOLD,
    RegistrationKind.CHILDRENS_HOME: HomeKind.BUILDING,
    RegistrationKind.SCHOOL_CHILDRENS_HOME: HomeKind.BUILDING,
    RegistrationKind.SUPPORTED_ACCOMMODATION: HomeKind.PREMISES,
}


@dataclass(frozen=True, kw_only=True)
class HomeSaid:
    """What a company says of one home. `exempted_on` is the day of the council's exemption, where there is one."""

    code_name: str
    postcode: str
    min_age: int
    max_age: int
    sexes: Sequence[str]
    approved_for: int
    exemption: str | None = None
    exempted_on: dt.date | None = None
    solo: bool = False
    siblings: bool = False
    others: int = 0
    others_bands: Sequence[str] = ()
    adaptations: Sequence[str] = ()
    languages: Sequence[str] = ()
    pets: Sequence[str] = ()


def home_kind(kind: RegistrationKind) -> HomeKind | None:
    """What the homes of a registration are; None where it is one address and has none."""
    return _KINDS.get(kind)


def add_home(session: Session, *, actor: Actor, service_id: str, said: HomeSaid, now: dt.datetime) -> Home:
    """List a home of a service. `Invalid` names the fields."""
    service = own_service(session, actor, service_id)
    registration = session.get_one(Registration, service.urn)
    kind = home_kind(kind_of(registration.provision_type))
    if kind is None:
        raise Conflict("This registration is one address, so its homes are not listed.")
    home = Home(service_id=service.id, service=service, kind=kind, status=HomeStatus.AVAILABLE, created_at=now)
    _say(session, home, registration, said, now)
    session.add(home)
    session.flush()
    _record(session, actor, home, "add", now)
    return home


def change_home(
    session: Session, *, actor: Actor, service_id: str, home_id: str, said: HomeSaid, version: int, now: dt.datetime
) -> Home:
    """Change what is said of a home, which confirms it too."""
    home = _for_change(session, actor, service_id, home_id, version)
    _say(session, home, session.get_one(Registration, home.service.urn), said, now)
    session.flush()
    _record(session, actor, home, "change", now)
    return home


def move_home(
    session: Session,
    *,
    actor: Actor,
    service_id: str,
    home_id: str,
    status: HomeStatus,
    version: int,
    now: dt.datetime,
) -> Home:
    """Say that a home has room, is full or is closed."""
    home = _for_change(session, actor, service_id, home_id, version)
    home.status = HOME.require(home.status, status, f"Home {home.code_name}")
    home.confirmed_at = now
    session.flush()
    _record(session, actor, home, status.value, now)
    return home


def confirm_homes(session: Session, *, actor: Actor, service_id: str, now: dt.datetime) -> int:
    """Every home of a service that is not closed is still as it says. Returns how many."""
    service = own_service(session, actor, service_id)
    homes = [home for home in _homes(session, [service.id]) if home.status is not HomeStatus.CLOSED]
    for home in homes:
        home.confirmed_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="services.home.confirm",
        subject_kind="service",
        subject_id=service.id,
        homes=len(homes),
    )
    return len(homes)


def homes_of(session: Session, service_ids: Iterable[str]) -> dict[str, list[Home]]:
    """Homes by service, the open ones first, by code name. The caller has checked that the actor may see them."""
    found: dict[str, list[Home]] = {}
    for home in _homes(session, list(service_ids)):
        found.setdefault(home.service_id, []).append(home)
    return found


def own_home(session: Session, actor: Actor, service_id: str, home_id: str) -> Home:
    """A home of one of the actor's company's services. `NotFound` for any other."""
    actor.require(Permission.SERVICE_READ)
    home = session.scalar(
        select(Home)
        .join(Service)
        .where(Home.id == home_id, Home.service_id == service_id, Service.organisation_id == actor.organisation_id)
    )
    if home is None:
        raise NotFound("home")
    return home


def homes_to_offer(session: Session, actor: Actor, service_id: str) -> list[Home]:
    """The homes of the company's service in which a child could be placed now."""
    actor.require(Permission.OFFER_WRITE)
    return [
        home
        for home in _homes(session, [service_id])
        if home.service.organisation_id == actor.organisation_id and home.status is HomeStatus.AVAILABLE
    ]


def homes_due(homes: Iterable[Home], lists: Lists, now: dt.datetime) -> list[Home]:
    """Homes that are not closed and were not confirmed for longer than the policy says."""
    return [
        home for home in homes if home.status is not HomeStatus.CLOSED and home.confirmed_at + lists.home_holds < now
    ]


def _homes(session: Session, service_ids: Sequence[str]) -> list[Home]:
    rows = session.scalars(
        select(Home).where(Home.service_id.in_(service_ids)).order_by(Home.service_id, Home.code_name, Home.id)
    )
    return sorted(rows, key=lambda home: (home.service_id, home.status is HomeStatus.CLOSED))


def _for_change(session: Session, actor: Actor, service_id: str, home_id: str, version: int) -> Home:
    own_service(session, actor, service_id)
    home = own_home(session, actor, service_id, home_id)
    if home.version != version:
        raise Stale("This home changed since you opened the page. Read it again and save your changes.")
    return home


def _say(session: Session, home: Home, registration: Registration, said: HomeSaid, now: dt.datetime) -> None:
    """Set what is said, or raise `Invalid` with every field that is wrong."""
    lists = lists_on(session, local_date(now))
    place = locate(said.postcode)
    name = " ".join(said.code_name.split())
    errors: dict[str, str] = {}
    if not 0 < len(name) <= LONGEST_NAME:
        errors["code_name"] = f"Enter a code name of up to {LONGEST_NAME} characters"
    elif _taken(session, home, name):
        errors["code_name"] = "Another home of this service has this code name"
    if place is None:
        errors["postcode"] = "Enter a full postcode that exists, like CR0 1EA"
    errors |= _wrong_ages(registration, said)
    sexes = [sex for sex in SEXES if sex in said.sexes]
    if not sexes or set(said.sexes) - set(SEXES):
        errors["sexes"] = "Choose who can live there"
    if not 1 <= said.approved_for <= MOST_APPROVED:
        errors["approved_for"] = f"Enter a number between 1 and {MOST_APPROVED}"
    ground = _ground(home.kind, said, errors, local_date(now))
    if not 0 <= said.others <= MOST_APPROVED:
        errors["others"] = f"Enter a number between 0 and {MOST_APPROVED}"
    coded: dict[str, list[str]] = {}
    for column, wanted in (
        ("adaptations", "adaptations"),
        ("languages", "languages"),
        ("pets", "pets"),
        ("others_bands", "age_bands"),
    ):
        codes = lists.ordered(wanted, getattr(said, column))
        if codes is None:
            errors[column] = "Choose from the list"
        coded[column] = codes or []
    if said.others and not said.others_bands:
        errors["others_bands"] = "Choose how old the other children are"
    if errors or place is None:
        raise Invalid(errors)
    home.code_name, home.min_age, home.max_age, home.sexes = name, said.min_age, said.max_age, sexes
    _put(home, place)
    home.approved_for, home.exemption = said.approved_for, ground
    by_council = ground is Exemption.AUTHORITY
    home.exempted_by_gss = place.authority_gss if by_council else None
    home.exempted_on = said.exempted_on if by_council else None
    home.solo, home.siblings, home.others = said.solo, said.siblings, said.others
    home.adaptations, home.languages, home.pets = coded["adaptations"], coded["languages"], coded["pets"]
    home.others_bands = coded["others_bands"] if said.others else []
    home.confirmed_at = now


def _put(home: Home, place: Place) -> None:
    home.postcode, home.easting, home.northing = place.postcode, place.easting, place.northing
    home.authority_gss = place.authority_gss


def _ground(kind: HomeKind, said: HomeSaid, errors: dict[str, str], today: dt.date) -> Exemption | None:
    """The ground for more than three foster children (F-28); None where none is needed."""
    if kind is not HomeKind.HOUSEHOLD or said.approved_for <= FOSTER_LIMIT:
        return None
    if said.exemption not in {one.value for one in Exemption}:
        errors["exemption"] = f"More than {FOSTER_LIMIT} foster children need a ground. Choose which it is"
        return None
    ground = Exemption(said.exemption)
    if ground is Exemption.AUTHORITY and (said.exempted_on is None or said.exempted_on > today):
        errors["exempted_on"] = "Enter the day of the exemption, today or in the past"
    return ground


def _wrong_ages(registration: Registration, said: HomeSaid) -> dict[str, str]:
    if not 0 <= said.min_age <= OLDEST or not 0 <= said.max_age <= OLDEST:
        return {"min_age": f"Ages must be between 0 and {OLDEST}"}
    if said.max_age < said.min_age:
        return {"max_age": "The oldest age must be the same as or above the youngest"}
    if kind_of(registration.provision_type) is RegistrationKind.SUPPORTED_ACCOMMODATION and said.min_age < 16:
        return {"min_age": "Supported accommodation is for children of 16 and 17, so the youngest age must be 16 or 17"}
    return {}


def _taken(session: Session, home: Home, name: str) -> bool:
    with session.no_autoflush:
        other = session.scalar(select(Home.id).where(Home.service_id == home.service_id, Home.code_name == name))
    return other is not None and other != home.id


def _record(session: Session, actor: Actor, home: Home, what: str, now: dt.datetime) -> None:
    audit.record(session, now=now, who=actor, act=f"services.home.{what}", subject_kind="home", subject_id=home.id)
