"""The table of reactions as the installation really has it, and what makes an installation not ready."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core import jobs
from app.core.database import transaction
from app.core.models import Job
from app.panels.authorities import give_emergency_authority
from app.placements.confirming import confirm
from app.placements.models import Placement
from app.reporting.models import SpendLine
from app.reporting.recount import recount_differences
from app.wiring import FAILING_AFTER, Wiring, build, reactions
from config.settings import Settings
from tests.factories import placements as factory

ROOT = Path(__file__).resolve().parents[2]

UNANSWERED: dict[str, str] = {}
"""Events that no other room needs to answer, and why."""


@pytest.fixture
def wiring(database_url: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build(
        Settings.from_environment({"HOMEWARD_ENV": "test", "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)})
    )
    yield made
    made.engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_event_of_every_room_is_answered_or_said_to_need_no_answer(wiring: Wiring) -> None:
    events = set()
    for file in sorted([*ROOT.glob("app/*/events.py"), *ROOT.glob("providers/*/events.py")]):
        module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for name, found in inspect.getmembers(module, inspect.isclass):
            if found.__module__ == module.__name__ and is_dataclass(found):
                events.add(name)
    answered = {event.__name__ for event in reactions(wiring)}
    assert events - answered == set(UNANSWERED)
    assert answered <= events


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_work_of_each_day_bears_an_installation_that_nobody_has_founded_yet(wiring: Wiring) -> None:
    """Processes start before `consortium init` loads the policies: nothing is there to do, and nothing is a fault."""
    with transaction(wiring.sessions) as session:
        for kind in wiring.daily:
            wiring.job_handlers[kind](session, {}, dt.datetime(2026, 11, 24, 3, tzinfo=dt.UTC))


def test_what_a_panel_takes_over_from_an_emergency_is_counted_at_once(wiring: Wiring) -> None:
    """Spend pages show a confirmed emergency as authorised, from the act that confirms it."""
    with transaction(wiring.sessions) as session:
        case = factory.make_case(session, vault=wiring.vault)
        emergency = give_emergency_authority(
            session,
            actor=case.director,
            request_id=case.request_id,
            reason="Made-up emergency",
            given_at=case.preferred_at,
            now=case.preferred_at,
        )
        (made,) = factory.award(case, emergency, now=case.preferred_at)
        factory.complete(case, first_day=made.first_day)
        factory.list_case(case)
        factory.decide(case)
        panel = factory.sign_all(case)
        placement = session.scalars(select(Placement)).one()
        later = case.awarded_at + dt.timedelta(days=30)
        assert recount_differences(session, later) == []
        before = len(session.scalars(select(SpendLine)).all())
        confirm(
            session,
            actor=case.officer,
            placement_id=placement.id,
            authority_id=panel.id,
            version=placement.version,
            now=case.awarded_at,
        )
        assert len(session.scalars(select(SpendLine)).all()) > before
        assert recount_differences(session, later) == []


def test_a_job_that_keeps_failing_makes_the_installation_not_ready(wiring: Wiring) -> None:
    assert wiring.readiness() == {"database": True, "migrations": True, "outbox": True, "jobs": True}
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    with transaction(wiring.sessions) as session:
        jobs.schedule(session, kind="open_offers", key="made-up", payload={"request_id": "none"}, due_at=moment)
    for attempts, ready in ((FAILING_AFTER - 1, True), (FAILING_AFTER, False)):
        with transaction(wiring.sessions) as session:
            session.scalars(select(Job)).one().attempts = attempts
        assert wiring.readiness()["jobs"] is ready
