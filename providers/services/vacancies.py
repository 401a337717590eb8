"""Free places by date: how many now, and how many more from a day.

What somebody confirms is kept as rows, each for a day. `Service.places_free` is the figure of now by which children
are matched and is changed in the same transaction; when a later day comes, its places are added to it (`roll`), which
is no confirmation: `places_confirmed_at` stays what a person said.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Invalid
from app.core.workdays import date_words
from app.identity.permissions import Actor
from providers.register.models import Registration
from providers.services.models import Home, Service, Vacancy
from providers.services.status import HOME, HomeStatus

FURTHEST = dt.timedelta(days=366)


@dataclass(frozen=True)
class Coming:
    """Places that will be free from a later day, in one home of the service or, without one, in the service."""

    places: int
    from_day: dt.date
    home_id: str | None = None


@dataclass(frozen=True)
class Free:
    """What somebody says is free: how many now, and what is to come. `coming` None leaves that as it stands."""

    places: int
    coming: Sequence[Coming] | None = None


def registered_places(service: Service, registration: Registration) -> int | None:
    """How many children the registration allows: as the register says, else the certificate; None: unknown."""
    return registration.places if registration.places is not None else service.registered_places


def wrong_free(
    service: Service, registration: Registration, free: Free, *, homes: Iterable[Home], now: dt.datetime
) -> dict[str, str]:
    """What cannot be true of it, at `places` and `coming`; nothing wrong is empty. `homes` are the service's."""
    most = registered_places(service, registration)
    if free.places < 0:
        return {"places": "Free places must be 0 or more"}
    if most is not None and free.places > most:
        return {"places": f"The service is registered for {most}, so no more than {most} can be free"}
    today = local_date(now)
    open_homes = {home.id for home in homes if home.status is not HomeStatus.CLOSED}
    for one in free.coming or ():
        if one.places < 1:
            return {"coming": "Enter how many more places will be free, 1 or more"}
        if not today < one.from_day <= today + FURTHEST:
            return {"coming": "Places to come must be from a day after today and within a year"}
        if one.home_id is not None and one.home_id not in open_homes:
            return {"coming": "Choose one of the service's own homes that is not closed"}
    to_come = sum(one.places for one in free.coming or ())
    if most is not None and free.places + to_come > most:
        return {"coming": f"The service is registered for {most}, so no more than {most} can be free in all"}
    return {}


def stand(
    session: Session,
    said: Mapping[str, Free],
    services: Iterable[Service],
    *,
    now: dt.datetime,
    person_id: str | None,
    link_id: str | None = None,
) -> None:
    """Let what was said of some services stand in place of what was said before. The caller has checked it."""
    today = local_date(now)
    rows: list[Vacancy] = []
    again = [service_id for service_id, free in said.items() if free.coming is not None]
    live = Vacancy.ended_at.is_(None)
    for which in (
        (Vacancy.service_id.in_(list(said)), Vacancy.from_day <= today),
        (Vacancy.service_id.in_(again),),
    ):
        session.execute(
            update(Vacancy).where(live, *which).values(ended_at=now).execution_options(synchronize_session=False)
        )
    for service in services:
        free = said[service.id]
        service.places_free, service.places_confirmed_at = free.places, now
        days: Counter[tuple[dt.date, str | None]] = Counter()
        for one in free.coming or ():
            days[one.from_day, one.home_id] += one.places
        for (day, home_id), places in ((((today, None), free.places)), *days.items()):
            rows.append(
                Vacancy(
                    service_id=service.id,
                    home_id=home_id,
                    places=places,
                    from_day=day,
                    confirmed_at=now,
                    confirmed_by=person_id,
                    link_id=link_id,
                    rolled_at=now if day == today else None,
                )
            )
    session.add_all(rows)
    session.flush()


def to_come(session: Session, service_ids: Iterable[str]) -> dict[str, list[Vacancy]]:
    """What was said of later days, by service and day. The caller has checked who may see it."""
    found: dict[str, list[Vacancy]] = {}
    for row in session.scalars(
        select(Vacancy)
        .where(Vacancy.service_id.in_(list(service_ids)), Vacancy.ended_at.is_(None), Vacancy.rolled_at.is_(None))
        .order_by(Vacancy.service_id, Vacancy.from_day, Vacancy.id)
    ):
        found.setdefault(row.service_id, []).append(row)
    return found


def free_words(places: int, coming: Iterable[Vacancy | Coming]) -> str:
    """1 now, 2 more from 12 January 2027; none now."""
    parts = [f"{places or 'none'} now", *(f"{one.places} more from {date_words(one.from_day)}" for one in coming)]
    return ", ".join(parts)


def roll(session: Session, now: dt.datetime) -> int:
    """Add the places of days that have come to what is free now. Returns how many rows there were. Bears being run
    again: a row is counted once.
    """
    due = session.scalars(
        select(Vacancy)
        .where(Vacancy.ended_at.is_(None), Vacancy.rolled_at.is_(None), Vacancy.from_day <= local_date(now))
        .order_by(Vacancy.service_id, Vacancy.from_day, Vacancy.id)
        .with_for_update()
    ).all()
    services = {
        service.id: (service, registration)
        for service, registration in session.execute(
            select(Service, Registration)
            .join(Registration, Registration.urn == Service.urn)
            .where(Service.id.in_({row.service_id for row in due}))
            .with_for_update(of=Service)
            .execution_options(populate_existing=True)
        )
    }
    for row in due:
        service, registration = services[row.service_id]
        most = registered_places(service, registration)
        whole = service.places_free + row.places
        service.places_free = whole if most is None else max(service.places_free, min(whole, most))
        row.rolled_at = now
        _open_home(session, row)
        audit.record(
            session,
            now=now,
            who=None,
            act="services.vacancy.roll",
            subject_kind="service",
            subject_id=service.id,
            places=row.places,
        )
    session.flush()
    return len(due)


def _open_home(session: Session, row: Vacancy) -> None:
    """A full home has room on the day for which that was said."""
    home = session.get(Home, row.home_id) if row.home_id else None
    if home is not None and home.status is HomeStatus.FULL:
        home.status = HOME.require(home.status, HomeStatus.AVAILABLE, "This home")


def confirm_vacancies(
    session: Session, said: Mapping[str, Free], *, actor: Actor | None, now: dt.datetime, link_id: str | None = None
) -> list[Service]:
    """Check and let stand what was said of some services, in a constant number of questions. The caller has checked
    that they are the company's. `actor` None: by a link. `Invalid` at `places_<service id>`.
    """
    rows = session.execute(
        select(Service, Registration)
        .join(Registration, Registration.urn == Service.urn)
        .where(Service.id.in_(list(said)))
        .order_by(Service.name, Service.id)
    ).all()
    homes: dict[str, list[Home]] = {}
    if any(free.coming for free in said.values()):
        for home in session.scalars(select(Home).where(Home.service_id.in_(list(said)))):
            homes.setdefault(home.service_id, []).append(home)
    errors: dict[str, str] = {}
    for service, registration in rows:
        wrong = wrong_free(service, registration, said[service.id], homes=homes.get(service.id, ()), now=now)
        errors |= {f"{field}_{service.id}": f"{service.name}: {_lower(words)}" for field, words in wrong.items()}
    if errors:
        raise Invalid(errors)
    services = [service for service, _ in rows]
    stand(session, said, services, now=now, person_id=actor.person_id if actor else None, link_id=link_id)
    companies: dict[str, list[Service]] = {}
    for service in services:
        companies.setdefault(service.organisation_id, []).append(service)
    for organisation_id, theirs in companies.items():
        audit.record(
            session,
            now=now,
            who=actor,
            act="services.vacancy.confirm",
            subject_kind="organisation",
            subject_id=organisation_id,
            by="person" if actor else "link",
            places={service.id: service.places_free for service in theirs},
        )
    return services


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
