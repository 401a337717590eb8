"""How fast a new year of Ofsted's comes into a large market: 10,000 registrations, each claimed and enrolled, with five
years of inspections, and a file of 10,000 rows of which a fifth tell something new. Under 10 seconds on either
database.

The reactions are the installation's own, so suspensions, e-mails, scores and the preview's consequences are all in it.
Each engine is measured in a process of its own.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = 10_000
YEARS = 5
LIMIT_SECONDS = 10.0
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
AS_OF = dt.date(2026, 9, 30)
GRADES = ("outstanding", "good", "good", "good", "requires_improvement")
WORDS = {
    "outstanding": "Outstanding",
    "good": "Good",
    "requires_improvement": "Requires improvement to be good",
    "inadequate": "Inadequate",
}


def figures(databases: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """One dict for the preview and one for the import on each engine. Seconds are of the whole transaction."""
    for engine, url in databases.items():
        command = [sys.executable, "-m", "tests.bench.register", url]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        for line in done.stdout.splitlines():
            figure: dict[str, Any] = json.loads(line)
            within = figure["seconds"] < LIMIT_SECONDS
            yield {"bench": "ofsted_new_year", "engine": engine, **figure, "within_limits": within}


def measure(url: str) -> None:
    """Fill a migrated, empty database, and print how long the preview and the import of a new year take."""
    from app.core.database import transaction
    from app.reporting.foresight import foresee
    from app.wiring import build
    from config.settings import Settings
    from providers.register.importing import import_register

    with tempfile.TemporaryDirectory(prefix="homeward-bench-") as folder:
        environment = {"HOMEWARD_ENV": "test", "DATABASE_URL": url, "DATA_DIR": folder}
        wiring = build(Settings.from_environment(environment))
        with transaction(wiring.sessions) as session:
            fill(session)
        content = file_of_the_new_year()
        for dry_run in (True, False):
            began, busy = time.perf_counter(), time.process_time()
            with transaction(wiring.sessions) as session:
                report = import_register(
                    session,
                    path=content,
                    name="new_year.csv",
                    as_of=AS_OF,
                    now=NOW,
                    dry_run=dry_run,
                    foresee=lambda session, changes: foresee(session, changes, now=NOW),
                )
            figure = {
                "step": "preview" if dry_run else "import",
                "rows": report.rows_read,
                "changed": report.changed,
                "regraded": report.regraded,
                "suspensions": len(report.consequences["suspensions"]),
                "inspections": SERVICES * YEARS,
                "seconds": round(time.perf_counter() - began, 2),
                "processor_seconds": round(time.process_time() - busy, 2),
            }
            print(json.dumps(figure), flush=True)
        wiring.engine.dispose()


def fill(session: Any) -> None:
    """The market as rows, in a few set-based statements: one company for every four services, all on one lot."""
    from sqlalchemy import insert

    from app.core.policies import load_shipped
    from app.identity.models import Organisation, Person
    from app.identity.status import OrganisationKind
    from providers.market.models import Lot, PurchasingSystem
    from providers.market.status import ProcurementMode, ServiceType, Strand
    from providers.passport.models import Claim, Enrolment, EnrolmentMove
    from providers.passport.status import ClaimStatus, EnrolmentStatus
    from providers.quality.scoring import rescore_all
    from providers.register.models import Inspection, RegisterImport, Registration
    from providers.register.status import Coverage, EventType, Grade, Source
    from providers.services.models import INDICATORS, Service

    load_shipped(session, NOW)
    day = dt.date(2025, 4, 1)
    system = PurchasingSystem(
        name="Made-up system",
        mode=ProcurementMode.PA23_LIGHT_TOUCH,
        begun_on=dt.date(2025, 3, 3),
        starts_on=day,
        ends_on=dt.date(2030, 3, 31),
        created_at=NOW,
    )
    session.add(system)
    session.flush()
    lot = Lot(
        system_id=system.id,
        name="Children's homes",
        strand=Strand.LOOKED_AFTER,
        service_type=ServiceType.RESIDENTIAL,
        opens_on=day,
        closes_on=system.ends_on,
    )
    person = Person(email="somebody@example.test", name="Somebody Made-up", created_at=NOW)
    session.add_all([lot, person])
    session.flush()
    companies = [
        {"id": f"o{number:05d}", "kind": OrganisationKind.PROVIDER, "name": f"Made-up company {number}",
         "created_at": NOW}
        for number in range(SERVICES // 4)
    ]  # fmt: skip
    session.execute(insert(Organisation), companies)
    urns = [urn_of(number) for number in range(SERVICES)]
    old = dt.date(2025, 9, 30)
    session.execute(
        insert(Registration),
        [
            {"urn": urn, "provision_type": "childrens_home", "owner": f"Made-up company {number // 4}",
             "registration_status": "active", "registered_on": dt.date(2019, 1, 15), "local_authority": "Croydon",
             "local_authority_gss": "E09000008", "region": "London", "sector": "Private", "places": 4,
             "short_breaks_only": False, "several_buildings": False, "source": Source.DEMONSTRATION,
             "first_seen": dt.date(2021, 9, 30), "last_seen": old,
             "facts_as_of": old, "facts_from": Coverage.EVERY_PROVIDER,
             "search_words": f"{urn.lower()} made-up company {number // 4} croydon"}
            for number, urn in enumerate(urns)
        ],
    )  # fmt: skip
    for year in range(YEARS):
        inspected = dt.date(2021 + year, 3, 1)
        session.execute(
            insert(Inspection),
            [
                {"id": f"i{year}{number:06d}", "urn": urn, "event_number": event_of(number, year),
                 "event_type": EventType.FULL, "event_label": "Full inspection", "inspected_on": inspected,
                 "published_on": inspected + dt.timedelta(days=30), "full_judgement": True,
                 "overall": Grade(grade_of(number)), "helped_protected": Grade(grade_of(number)),
                 "leaders_managers": Grade(grade_of(number)), "labels": {}, "contradictory": False,
                 "facts_as_of": old, "facts_from": Coverage.EVERY_PROVIDER}
                for number, urn in enumerate(urns)
            ],
        )  # fmt: skip
    people = {"made_by": person.id, "made_at": NOW, "decided_by": person.id, "decided_at": NOW}
    session.execute(
        insert(Claim),
        [
            {"id": f"c{number:06d}", "organisation_id": f"o{number // 4:05d}", "urn": urn, "postcode": "CR0 1EA",
             "status": ClaimStatus.CONFIRMED, "version": 2, **people}
            for number, urn in enumerate(urns)
        ],
    )  # fmt: skip
    session.execute(
        insert(Service),
        [
            {"id": f"s{number:06d}", "claim_id": f"c{number:06d}", "organisation_id": f"o{number // 4:05d}",
             "urn": urn, "name": f"Made-up home {number}", "alert_email": "alerts@example.test", "postcode": "CR0 1EA",
             "easting": 532000, "northing": 165000, "authority_gss": "E09000008", "min_age": 8, "max_age": 17,
             "sexes": ["F", "M"], "capability": [2] * INDICATORS, "evidence": ["declared"] * INDICATORS,
             "places_free": 1, "places_confirmed_at": NOW, "created_at": NOW, "version": 1}
            for number, urn in enumerate(urns)
        ],
    )  # fmt: skip
    session.execute(
        insert(Enrolment),
        [
            {"id": f"e{number:06d}", "claim_id": f"c{number:06d}", "lot_id": lot.id,
             "status": EnrolmentStatus.ENROLLED, "enrolled_at": NOW, "version": 1}
            for number in range(SERVICES)
        ],
    )  # fmt: skip
    session.execute(
        insert(EnrolmentMove),
        [
            {"id": f"m{number:06d}", "enrolment_id": f"e{number:06d}", "number": 1,
             "to_status": EnrolmentStatus.ENROLLED, "at": NOW, "reason": "Made for a measurement"}
            for number in range(SERVICES)
        ],
    )  # fmt: skip
    session.add(
        RegisterImport(
            file_name="old_year.csv", sha256="0" * 64, as_of=old, coverage=Coverage.EVERY_PROVIDER, rows_read=SERVICES,
            new=0, changed=0, unchanged=SERVICES, rejected=0, imported_at=NOW, report={}, urns=urns,
        )
    )  # fmt: skip
    session.flush()
    rescore_all(session, now=NOW - dt.timedelta(days=30), why="Made for a measurement")


def urn_of(number: int) -> str:
    """A URN of the range that Ofsted does not use."""
    return f"99{number:05d}"


def event_of(number: int, year: int) -> str:
    """The number of an inspection."""
    return str(10_000_000 + number * 10 + year)


def grade_of(number: int) -> str:
    """The grade on which a registration stands before the new year."""
    return GRADES[number % len(GRADES)]


def file_of_the_new_year() -> bytes:
    """A file of providers in which a fifth have another inspection: most another grade, one in fifty Inadequate."""
    from tests.factories.register import home, inspected, register_text

    rows = []
    for number in range(SERVICES):
        row = home(urn_of(number), Places="4", **{"Registration date": "15/01/2019"})
        row["Organisation which owns the provider"] = f"Made-up company {number // 4}"
        if number % 5 == 0:
            grade = "inadequate" if number % 250 == 0 else "requires_improvement"
            rows.append(
                inspected(row, WORDS[grade], on="02/03/2026", published="01/04/2026", number=event_of(number, YEARS))
            )
        else:
            day = dt.date(2021 + YEARS - 1, 3, 1)
            rows.append(
                inspected(
                    row,
                    WORDS[grade_of(number)],
                    on=f"{day:%d/%m/%Y}",
                    published=f"{day + dt.timedelta(days=30):%d/%m/%Y}",
                    number=event_of(number, YEARS - 1),
                )
            )
    return register_text(rows).encode("utf-8-sig")


if __name__ == "__main__":
    measure(sys.argv[1])
