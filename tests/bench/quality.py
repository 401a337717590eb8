"""How fast the scores of 10,000 services are worked out anew after a change of the policy: under 10 seconds on either
database, in steps, with five years of inspections and a history of scores behind each; and how fast those that stand
are read.

The market is written as rows: what is measured begins with the run. Seconds are of all steps, commits included;
`processor_seconds` (of this process) tell slow work from a busy machine.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.database import Sessions, build_engine, build_sessions, new_id, transaction
from app.core.policies import load_shipped
from app.identity.models import Organisation
from app.identity.status import OrganisationKind, Role
from providers.market.status import ServiceType
from providers.passport.models import Application, Claim, Enrolment
from providers.passport.status import ApplicationStatus, ClaimStatus, EnrolmentStatus
from providers.quality import changing, running
from providers.quality.changing import numbers_of, propose
from providers.quality.models import ComplianceCheck, QualityCurrent, QualityScore, ServiceOutcome
from providers.quality.queries import latest_quality, qualities_at, qualities_now
from providers.quality.running import begin_run
from providers.quality.scoring import rescore_all
from providers.quality.status import ComplianceRating, OutcomeKind, Progress
from providers.register.models import Inspection, Registration
from providers.register.status import Coverage, EventType, Grade, ProvisionType, Source
from tests.factories.identity import make_actor, make_organisation
from tests.factories.providers import make_system_and_lots

SERVICES = 10_000
COMPANIES = 1_000
INSPECTIONS = 5
OLD_SCORES = 8
OUTCOMES = 3
LIMIT_SECONDS = 10.0
NOW = dt.datetime(2026, 11, 28, 9, 0, tzinfo=dt.UTC)
GRADES = (Grade.OUTSTANDING, Grade.GOOD, Grade.GOOD, Grade.REQUIRES_IMPROVEMENT)


def figures(databases: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """A dict for each figure and engine. `databases` maps an engine's name to the address of a migrated database."""
    for engine_name, url in databases.items():
        engine = build_engine(url)
        sessions = build_sessions(engine)
        with transaction(sessions) as session:
            _market(session)
        yield {"bench": "quality", "engine": engine_name, **_run(sessions)}
        yield {"bench": "quality_reading", "engine": engine_name, **_read(sessions)}
        yield {"bench": "quality_preview", "engine": engine_name, **_preview(sessions)}
        yield {"bench": "quality_import", "engine": engine_name, **_unchanged(sessions)}
        engine.dispose()


def _run(sessions: Sessions) -> dict[str, Any]:
    """The policy of three parts has come into force; every old score is of the one before."""
    began, busy = time.perf_counter(), time.process_time()
    with transaction(sessions) as session:
        begin_run(session, why="Measured", now=NOW)
    steps = jobs.run_due(sessions, {running.KIND: running.run_step}, lambda _: NOW)
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    with transaction(sessions, read_only=True) as session:
        changed = session.scalar(select(func.count()).where(QualityCurrent.computed_at == NOW)) or 0
    return {
        "services": SERVICES,
        "changed": changed,
        "steps": steps,
        "seconds": round(seconds, 2),
        "processor_seconds": round(busy, 2),
        "within_limits": seconds < LIMIT_SECONDS and changed == SERVICES,
    }


def _read(sessions: Sessions) -> dict[str, Any]:
    """What stands of all of them, of the 200 of a lot at a moment, and of one with its parts."""
    found: dict[str, Any] = {}
    with transaction(sessions, read_only=True) as session:
        urns = list(session.scalars(select(QualityCurrent.urn).order_by(QualityCurrent.urn)))
        for name, ask in (
            ("page_of_25_ms", lambda: qualities_now(session, urns[:25])),
            ("all_now_ms", lambda: qualities_now(session, urns)),
            ("lot_of_200_at_a_moment_ms", lambda: qualities_at(session, urns[:200], NOW)),
            ("one_with_its_parts_ms", lambda: latest_quality(session, urns[77])),
        ):
            began = time.perf_counter()
            ask()
            found[name] = round((time.perf_counter() - began) * 1000, 1)
    return found


def _preview(sessions: Sessions) -> dict[str, Any]:
    """What other weights would do to all of them, worked out under both versions."""
    with transaction(sessions) as session:
        hub = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.HUB)).one()
        actor = make_actor(session, hub, Role.COMMISSIONER)
        policy = running.in_force(session, "quality", NOW.date())
        changed = {
            number.path: number.value + (10 if number.path[1] == "service" else -5)
            for number in numbers_of(policy.content)
            if number.path[0] == "weights"
        }
        began = time.perf_counter()
        propose(session, actor=actor, based_on_id=policy.id, changed=changed, why="Measured", now=NOW)
    jobs.run_due(sessions, {changing.KIND: changing.preview_step}, lambda _: NOW)
    return {"services": SERVICES, "seconds": round(time.perf_counter() - began, 2)}


def _unchanged(sessions: Sessions) -> dict[str, Any]:
    """The reaction to an import of the register that changed nothing: every score compared in one transaction."""
    began = time.perf_counter()
    with transaction(sessions) as session:
        appended = rescore_all(session, now=NOW + dt.timedelta(hours=1), why="Measured")
    return {"services": SERVICES, "appended": appended, "seconds": round(time.perf_counter() - began, 2)}


def _market(session: Session) -> None:
    draw = random.Random(1)
    load_shipped(session, NOW)
    hub = make_organisation(session, OrganisationKind.HUB)
    person = make_actor(session, hub, Role.COMMISSIONER).person_id
    borough = make_organisation(session, OrganisationKind.BOROUGH)
    lot = make_system_and_lots(session, NOW).residential
    companies = [make_organisation(session, OrganisationKind.PROVIDER).id for _ in range(COMPANIES)]
    urns = [f"99{number:05d}" for number in range(SERVICES)]
    claims = [
        {
            "id": new_id(),
            "organisation_id": companies[number % COMPANIES],
            "urn": urn,
            "postcode": "CR0 1EA",
            "status": ClaimStatus.CONFIRMED,
            "made_by": person,
            "made_at": NOW,
            "decided_at": NOW,
            "version": 1,
        }
        for number, urn in enumerate(urns)
    ]
    session.execute(insert(Registration), [_registration(urn) for urn in urns])
    session.execute(insert(Inspection), [_inspection(draw, urn, year) for urn in urns for year in range(INSPECTIONS)])
    session.execute(insert(Claim), claims)
    session.execute(
        insert(Enrolment),
        [
            {
                "id": new_id(),
                "claim_id": claim["id"],
                "lot_id": lot.id,
                "status": EnrolmentStatus.ENROLLED,
                "enrolled_at": NOW,
                "version": 1,
            }
            for claim in claims
        ],
    )
    session.execute(insert(Application), [_application(draw, claim, lot.id, person) for claim in claims])
    session.execute(insert(ComplianceCheck), [_check(draw, urn, person) for urn in urns])
    session.execute(
        insert(ServiceOutcome),
        [
            _outcome(draw, urn, number * OUTCOMES + place, borough.id, companies[number % COMPANIES], person)
            for number, urn in enumerate(urns)
            for place in range(OUTCOMES)
        ],
    )
    _old_scores(session, urns)


def _registration(urn: str) -> dict[str, Any]:
    day = dt.date(2026, 3, 31)
    return {
        "urn": urn,
        "provision_type": ProvisionType.CHILDRENS_HOME.value,
        "owner": "Sample Owner Ltd",
        "registration_status": "active",
        "short_breaks_only": False,
        "several_buildings": False,
        "source": Source.DEMONSTRATION,
        "first_seen": day,
        "last_seen": day,
        "facts_as_of": day,
        "facts_from": Coverage.EVERY_PROVIDER,
        "search_words": urn,
    }


def _inspection(draw: random.Random, urn: str, year: int) -> dict[str, Any]:
    day = dt.date(2022 + year, draw.randrange(1, 11), draw.randrange(1, 28))
    grade = draw.choice(GRADES)
    return {
        "id": new_id(),
        "urn": urn,
        "event_number": f"{int(urn) * 10 + year}",
        "event_type": EventType.FULL,
        "event_label": "Full inspection",
        "inspected_on": day,
        "published_on": day,
        "full_judgement": True,
        "overall": grade,
        "helped_protected": grade,
        "leaders_managers": grade,
        "labels": {},
        "contradictory": False,
        "facts_as_of": day,
        "facts_from": Coverage.EVERY_PROVIDER,
    }


def _application(draw: random.Random, claim: dict[str, Any], lot_id: str, person: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "claim_id": claim["id"],
        "lot_id": lot_id,
        "status": ApplicationStatus.APPROVED,
        "statement": "Made up",
        "submitted_by": person,
        "submitted_at": NOW,
        "due_on": NOW.date(),
        "decided_by": person,
        "decided_at": NOW,
        "reason": "Made up",
        "marks_per_cent": draw.randrange(60, 100),
        "version": 1,
    }


def _check(draw: random.Random, urn: str, person: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "urn": urn,
        "checked_on": dt.date(2026, draw.randrange(1, 11), 5),
        "rating": draw.choice(list(ComplianceRating)),
        "words": "Made up",
        "recorded_by": person,
        "recorded_at": NOW,
    }


def _outcome(
    draw: random.Random, urn: str, number: int, borough_id: str, company_id: str, person: str
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "urn": urn,
        "service_type": ServiceType.RESIDENTIAL,
        "placement_reference": f"PL-{number:06d}",
        "organisation_id": borough_id,
        "provider_id": company_id,
        "kind": OutcomeKind.REVIEW,
        "happened_on": dt.date(2026, draw.randrange(1, 11), 9),
        "progress": draw.choice(list(Progress)),
        "started_on_day": draw.random() < 0.9,
        "reports_on_time": draw.random() < 0.8,
        "feedback": draw.randrange(1, 6),
        "words": "",
        "recorded_by": person,
        "recorded_at": NOW,
        "edition": 1,
    }


def _old_scores(session: Session, urns: list[str]) -> None:
    policy = running.in_force(session, "quality", dt.date(2026, 1, 1))
    rows = [
        {
            "id": new_id(),
            "urn": urn,
            "score": 70,
            "parts": {"parts": [], "unknown": None, "inspected_on": None},
            "policy_version_id": policy.id,
            "why": "Made up",
            "computed_at": NOW - dt.timedelta(days=200 * (OLD_SCORES - number)),
            "number": number + 1,
        }
        for urn in urns
        for number in range(OLD_SCORES)
    ]
    session.execute(insert(QualityScore), rows)
    session.execute(
        insert(QualityCurrent),
        [
            {
                "urn": row["urn"],
                "score": 70,
                "score_id": row["id"],
                "number": OLD_SCORES,
                "computed_at": row["computed_at"],
            }
            for row in rows
            if row["number"] == OLD_SCORES
        ],
    )
