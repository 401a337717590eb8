"""How long the hub's and a borough's provider lists take over 10,000 services with five years of history,
on each engine.

The market is written set-based, in a few statements, as no person could; the pages are then asked for through the
application's test client. Milliseconds are of the whole request; the figure is the median of several.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, event, func, insert, select, text

from app.core.database import Base, new_id, transaction
from app.core.policies import in_force, load_shipped
from app.factory import create_app
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor
from app.identity.queries import actor_for
from app.identity.status import OrganisationKind, Role
from app.wiring import build
from config.settings import Settings
from providers.market.models import Lot, Participation, PurchasingSystem
from providers.market.status import ProcurementMode, ServiceType, Strand
from providers.passport.models import Claim, Enrolment, EnrolmentMove
from providers.quality.models import QualityScore
from providers.register.models import Inspection, Registration
from providers.register.status import Coverage, EventType, Grade, ProvisionType, Source
from providers.services.models import Service
from tests.factories.visitor import Visitor

SERVICES = 10_000
LIMIT_MS = 50.0
RUNS = 15
YEARS = 5

LOTS = (
    ("Fostering", Strand.LOOKED_AFTER, ServiceType.FOSTERING, ProvisionType.FOSTERING_AGENCY),
    ("Children's homes", Strand.LOOKED_AFTER, ServiceType.RESIDENTIAL, ProvisionType.CHILDRENS_HOME),
    ("Special schools, day", Strand.SEND, ServiceType.NMI_DAY, ProvisionType.SPECIAL_SCHOOL),
)
GRADES = (Grade.OUTSTANDING, *[Grade.GOOD] * 6, *[Grade.REQUIRES_IMPROVEMENT] * 2, Grade.INADEQUATE)
AREAS = tuple(f"E090000{number:02d}" for number in range(1, 34))


def figures(addresses: Mapping[str, str], folder: Path) -> Iterator[dict[str, Any]]:
    """One figure for the writing of the market and one for each page, on each engine.

    `processor_ms` is of this process: on PostgreSQL the server's own work comes on top.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for engine, url in addresses.items():
        settings = Settings.from_environment(
            {"HOMEWARD_ENV": "test", "DATABASE_URL": url, "DATA_DIR": str(folder / engine)}
        )
        wiring = build(settings)
        began = time.perf_counter()
        hub, borough = make_market(wiring.engine, wiring.sessions, SERVICES)
        yield {"bench": "providers_write", "engine": engine, "seconds": round(time.perf_counter() - began, 1)}
        app = create_app(settings, wiring=wiring, limits=False)
        visitors = {"hub": Visitor(app).be(hub), "borough": Visitor(app).be(borough)}
        for who, path in PAGES:
            yield {"bench": "providers_page", "engine": engine, "services": SERVICES} | time_page(
                wiring.engine, visitors[who], path
            )
        wiring.engine.dispose()


PAGES = (
    ("hub", "/hub/services"),
    ("hub", "/hub/services?page=200"),
    ("hub", "/hub/services?search=lodge+77"),
    ("hub", "/hub/services?judgement=good"),
    ("hub", "/hub/services?judgement=inadequate"),
    ("hub", "/hub/services?quality=75"),
    ("hub", "/hub/services?quality=unknown"),
    ("hub", "/hub/services?places=stale&kind=childrens_home"),
    ("hub", "/hub/services?authority=E09000008&standing=enrolled"),
    ("hub", "/hub/services?sort=quality&direction=descending"),
    ("hub", "/hub/providers"),
    ("hub", "/hub/providers?sort=suspended&direction=descending"),
    ("borough", "/borough/providers"),
    ("borough", "/borough/providers?judgement=good"),
)


def time_page(engine: Engine, visitor: Visitor, path: str) -> dict[str, Any]:
    """What a page takes, whole, and how many queries."""
    visitor.get(path, follow=False)
    taken, busy = [], []
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    for _ in range(RUNS):
        began, worked = time.perf_counter(), time.process_time()
        page = visitor.get(path, follow=False)
        taken.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    event.remove(engine, "before_cursor_execute", note)
    median = statistics.median(taken)
    return {
        "path": path,
        "status": page.status_code,
        "queries": round(len(statements) / RUNS),
        "min_ms": round(min(taken), 1),
        "median_ms": round(median, 1),
        "max_ms": round(max(taken), 1),
        "processor_ms": round(statistics.median(busy), 1),
        "within_limits": page.status_code == 200 and median < LIMIT_MS,
    }


def make_market(
    engine: Engine, sessions: Any, services: int, *, years: int = YEARS, into: tuple[Actor, Actor] | None = None
) -> tuple[Actor, Actor]:
    """A market of so many services and a tenth as many companies. Returns a commissioner and a borough's officer; with
    `into`, those that an earlier call returned, more is added to their market.
    """
    if into is not None:
        return _add(engine, sessions, services, years, into)
    draw = random.Random(1)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    people = (new_id(), new_id())
    places = (new_id(), new_id())
    with transaction(sessions) as session:
        load_shipped(session, now)
        policy_id = in_force(session, "quality", now.date()).id
    with engine.begin() as connection:
        _people(connection, people, places, now)
        lots = _lots(connection, places[1], now)
        companies = _companies(connection, services // 10, now)
        _services(connection, draw, services, companies, lots, people[0], policy_id, now, years)
        connection.execute(text("ANALYZE"))
    with transaction(sessions, read_only=True) as session:
        hub, borough = (actor_for(session, *pair) for pair in zip(people, places, strict=True))
        assert hub is not None
        assert borough is not None
        return hub, borough


def found_market(engine: Engine, sessions: Any) -> tuple[Actor, list[str]]:
    """A borough's officer and the lots in which the borough takes part, without any provider."""
    _, officer = make_market(engine, sessions, 0)
    with transaction(sessions, read_only=True) as session:
        return officer, list(session.scalars(select(Participation.lot_id).order_by(Participation.lot_id)))


def _add(engine: Engine, sessions: Any, services: int, years: int, into: tuple[Actor, Actor]) -> tuple[Actor, Actor]:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with transaction(sessions, read_only=True) as session:
        policy_id = in_force(session, "quality", now.date()).id
        names = dict(session.execute(select(Lot.name, Lot.id)).all())
    with engine.begin() as connection:
        companies = _companies(connection, services // 10, now, first=100_000)
        lots = [names[name] for name, *_ in LOTS]
        _services(connection, random.Random(2), services, companies, lots, into[0].person_id, policy_id, now, years)
    return into


def put(connection: Connection, model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows in bulk."""
    rows = list(rows)
    for start in range(0, len(rows), 5000):
        connection.execute(insert(model.__table__), rows[start : start + 5000])  # type: ignore[arg-type]


def _people(connection: Connection, people: tuple[str, str], places: tuple[str, str], now: dt.datetime) -> None:
    names = ("Made-up Hub", "Made-up Borough")
    kinds = (OrganisationKind.HUB, OrganisationKind.BOROUGH)
    roles = (Role.COMMISSIONER, Role.PLACEMENT_OFFICER)
    put(
        connection,
        Organisation,
        (
            {"id": id_, "kind": kind, "name": name, "created_at": now}
            for id_, kind, name in zip(places, kinds, names, strict=True)
        ),
    )
    put(
        connection,
        Person,
        (
            {
                "id": id_,
                "email": f"{id_.lower()}@example.test",
                "name": "Avery Example",
                "failed_sign_ins": 0,
                "created_at": now,
            }
            for id_ in people
        ),
    )
    put(
        connection,
        Membership,
        (
            {"id": new_id(), "person_id": person, "organisation_id": place, "role": role, "started_at": now}
            for person, place, role in zip(people, places, roles, strict=True)
        ),
    )


def _lots(connection: Connection, borough: str, now: dt.datetime) -> list[str]:
    system = new_id()
    starts, ends = dt.date(2024, 4, 1), now.date() + dt.timedelta(days=700)
    put(
        connection,
        PurchasingSystem,
        [
            {
                "id": system,
                "name": "Made-up system",
                "mode": ProcurementMode.PCR_LIGHT_TOUCH,
                "begun_on": dt.date(2024, 1, 15),
                "starts_on": starts,
                "ends_on": ends,
                "conditions": "",
                "created_at": now,
                "version": 1,
            }
        ],
    )
    lots = [new_id() for _ in LOTS]
    put(
        connection,
        Lot,
        (
            {
                "id": id_,
                "system_id": system,
                "name": name,
                "strand": strand,
                "service_type": service_type,
                "opens_on": starts,
                "closes_on": ends,
                "version": 1,
            }
            for id_, (name, strand, service_type, _) in zip(lots, LOTS, strict=True)
        ),
    )
    put(
        connection,
        Participation,
        ({"id": new_id(), "lot_id": lot, "organisation_id": borough, "first_day": starts} for lot in lots[:2]),
    )
    return lots


def _companies(connection: Connection, count: int, now: dt.datetime, *, first: int = 0) -> list[str]:
    companies = [new_id() for _ in range(count)]
    put(
        connection,
        Organisation,
        (
            {"id": id_, "kind": OrganisationKind.PROVIDER, "name": f"Made-up Company {number} Ltd", "created_at": now}
            for number, id_ in enumerate(companies, start=first)
        ),
    )
    return companies


def _services(
    connection: Connection,
    draw: random.Random,
    count: int,
    companies: list[str],
    lots: list[str],
    person_id: str,
    policy_id: str,
    now: dt.datetime,
    years: int,
) -> None:
    today = now.date()
    first = 9_000_000 + (connection.scalar(select(func.count()).select_from(Registration)) or 0)
    rows: dict[type[Base], list[dict[str, Any]]] = {
        model: [] for model in (Registration, Claim, Service, Enrolment, EnrolmentMove, Inspection, QualityScore)
    }
    for number in range(count):
        urn, company, claim = f"{first + number}", companies[number % len(companies)], new_id()
        which = draw.choices((0, 1, 2), (2, 6, 2))[0]
        rows[Registration].append(_registration(urn, LOTS[which][3], number, today))
        rows[Claim].append(
            {
                "id": claim,
                "organisation_id": company,
                "urn": urn,
                "postcode": "CR0 1EA",
                "status": "confirmed",
                "made_by": person_id,
                "made_at": now,
                "decided_at": now,
                "version": 1,
            }
        )
        confirmed = draw.choice((None, now - dt.timedelta(days=2), now - dt.timedelta(days=200)))
        rows[Service].append(_service(claim, company, urn, number, draw.choice(AREAS), confirmed, now))
        for lot in {lots[which], draw.choice(lots)}:
            status = draw.choices(("enrolled", "suspended", "removed"), (90, 7, 3))[0]
            enrolment = new_id()
            rows[Enrolment].append(
                {"id": enrolment, "claim_id": claim, "lot_id": lot, "status": status, "enrolled_at": now, "version": 1}
            )
            rows[EnrolmentMove].append(
                {"id": new_id(), "enrolment_id": enrolment, "number": 1, "to_status": status, "at": now, "reason": "-"}
            )
        inspected = draw.random() > 0.08
        for year in range(years) if inspected else ():
            day = today - dt.timedelta(days=365 * year + draw.randrange(300) + 5)
            rows[Inspection].append(_inspection(urn, f"{number:06d}{year}", day, EventType.FULL, draw.choice(GRADES)))
            rows[Inspection].append(_inspection(urn, f"{number:06d}{year}9", day, EventType.MONITORING, None))
        for step in range(years * 2):
            score = draw.randrange(20, 96) if inspected else None
            rows[QualityScore].append(
                {
                    "id": new_id(),
                    "urn": urn,
                    "score": score,
                    "parts": {"parts": [], "unknown": None if inspected else "not_inspected", "inspected_on": None},
                    "policy_version_id": policy_id,
                    "why": "Made up",
                    "computed_at": now - dt.timedelta(days=180 * step + 1),
                }
            )
    for model, made in rows.items():
        put(connection, model, made)


def _registration(urn: str, provision: ProvisionType, number: int, today: dt.date) -> dict[str, Any]:
    return {
        "urn": urn,
        "provision_type": provision.value,
        "name": None,
        "owner": f"Made-up Company {number} Ltd",
        "registration_status": "active",
        "places": 4,
        "short_breaks_only": False,
        "several_buildings": False,
        "source": Source.DEMONSTRATION,
        "first_seen": today,
        "last_seen": today,
        "facts_as_of": today,
        "facts_from": Coverage.EVERY_PROVIDER,
        "search_words": urn,
    }


def _service(
    claim: str, company: str, urn: str, number: int, area: str, confirmed: dt.datetime | None, now: dt.datetime
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "claim_id": claim,
        "organisation_id": company,
        "urn": urn,
        "name": f"Made-up Lodge {number}",
        "alert_email": "alerts@example.test",
        "postcode": "CR0 1EA",
        "authority_gss": area,
        "min_age": 8,
        "max_age": 17,
        "sexes": ["F", "M"],
        "capability": [2] * 12,
        "evidence": ["declared"] * 12,
        "places_free": 2,
        "places_confirmed_at": confirmed,
        "created_at": now,
        "version": 1,
    }


def _inspection(urn: str, number: str, day: dt.date, kind: EventType, grade: Grade | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "urn": urn,
        "event_number": number,
        "event_type": kind,
        "event_label": "Made up",
        "inspected_on": day,
        "published_on": day,
        "full_judgement": grade is not None,
        "overall": grade,
        "helped_protected": grade,
        "leaders_managers": grade,
        "labels": {},
        "contradictory": False,
        "facts_as_of": day,
        "facts_from": Coverage.EVERY_PROVIDER,
    }
