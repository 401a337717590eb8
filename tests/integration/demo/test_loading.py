"""The demonstration is loaded through every gate, is the same for the same number, and its totals equal a recount."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import func, select, text

from app.core import audit, migrate
from app.core.database import transaction
from app.core.draws import seeded
from app.core.errors import Conflict
from app.demo.cast import CHILD_FAMILY
from app.demo.firms import invent
from app.demo.loading import DemoReport, load
from app.demo.stage import Stage
from app.offers.models import Evaluation, Offer
from app.offers.shortlist import recomputes
from app.panels.models import AuthorityShare
from app.placements.models import Award, Placement
from app.reporting.recount import recount_differences
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from app.wiring import Wiring, build
from config.settings import Settings
from providers.register.urn import is_demonstration
from tests.guards.demonstration import loaded_copy

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)

Loaded: TypeAlias = tuple[Wiring, DemoReport, dt.datetime]


def installation(folder: Path) -> Wiring:
    """An empty, migrated installation on SQLite."""
    settings = Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(folder)})
    migrate.upgrade(settings.database_url)
    return build(settings)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    # The market that the guards walk as well: one run of the tests loads it once.
    with loaded_copy(tmp_path_factory.mktemp("demo")) as found:
        yield found


def picture(wiring: Wiring) -> dict[str, Any]:
    """What people would see of a market: references, prices, places in the order, stages."""
    with transaction(wiring.sessions, read_only=True) as session:
        return {
            "requests": sorted(session.execute(select(PlacementRequest.reference, PlacementRequest.status)).all()),
            "offers": sorted(session.execute(select(Offer.reference, Offer.status, Offer.sealed_content != "")).all()),
            "awards": sorted(session.execute(select(Award.reference, Award.weekly_pence, Award.first_day)).all()),
            "hashes": sorted(session.scalars(select(Evaluation.hash))),
        }


def test_the_market_is_as_large_as_promised_and_its_audit_chain_is_whole(loaded: Loaded) -> None:
    wiring, report, _ = loaded
    assert (report.boroughs, report.providers, report.placements) == (12, 40, 70)
    assert report.requests == 130
    assert report.faults == ()
    with transaction(wiring.sessions, read_only=True) as session:
        assert audit.unsealed(session) == 0
        checked, faults = audit.verify(session)
    assert checked > 1000
    assert faults == []


def test_there_is_a_request_at_every_stage(loaded: Loaded) -> None:
    with transaction(loaded[0].sessions, read_only=True) as session:
        found = set(session.scalars(select(PlacementRequest.status).distinct()))
    assert found == set(RequestStatus)


def test_totals_equal_a_recount(loaded: Loaded) -> None:
    wiring, _, _ = loaded
    with transaction(wiring.sessions, read_only=True) as session:
        assert recount_differences(session, wiring.clock(session)) == []
        for award in session.scalars(select(Award)):
            paid = session.scalar(
                select(func.sum(AuthorityShare.weekly_pence)).where(AuthorityShare.authority_id == award.authority_id)
            )
            assert paid == award.weekly_pence
        for evaluation in session.scalars(select(Evaluation)):
            assert recomputes(evaluation)


def test_every_registration_is_in_the_range_that_ofsted_does_not_use(loaded: Loaded) -> None:
    with transaction(loaded[0].sessions, read_only=True) as session:
        urns = session.execute(text("SELECT urn FROM registration")).scalars().all()
    assert len(urns) >= 50
    assert all(is_demonstration(urn) for urn in urns)


def test_no_e_mail_names_a_child(loaded: Loaded) -> None:
    with transaction(loaded[0].sessions, read_only=True) as session:
        mails = session.execute(text("SELECT subject || text || html FROM outbox_message")).scalars().all()
    assert len(mails) > 1000
    assert not [mail for mail in mails if any(family in mail for family in CHILD_FAMILY)]


def test_loading_into_a_consortium_that_is_there_already_is_refused(loaded: Loaded) -> None:
    before = picture(loaded[0])
    with pytest.raises(Conflict):
        load(loaded[0], seed=2)
    assert picture(loaded[0]) == before


def test_the_same_number_gives_the_same_market(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> None:
    twin = installation(tmp_path_factory.mktemp("twin"))
    load(twin, seed=1, now=loaded[2])
    assert picture(twin) == picture(loaded[0])


def test_another_number_gives_other_firms(tmp_path: Path) -> None:
    wiring = installation(tmp_path)
    firms = []
    for seed in (1, 2, 1):
        with seeded(seed) as draw:
            firms.append([(firm.name, firm.rows) for firm in invent(Stage(wiring, draw, NOW))])
    assert firms[0] == firms[2] != firms[1]


def test_every_placement_waits_or_lives(loaded: Loaded) -> None:
    with transaction(loaded[0].sessions, read_only=True) as session:
        statuses = {status.value for status in session.scalars(select(Placement.status).distinct())}
    assert statuses == {"awaiting_start", "live"}
