"""Expected prices through HTTP: a worker fits the tariff, anybody reads it, an officer sees which benchmark is frozen
and why, a provider whose price is far above it explains, and the officer and the panel read both.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select

from app.core import jobs
from app.core.database import transaction
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.identity.status import Role
from app.offers.models import Offer
from app.placements.fitting import FIT_PRICES
from app.requests.models import PlacementRequest
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import offers, placements
from tests.factories.offers import Scene
from tests.factories.providers import make_enrolled_service
from tests.factories.reporting import SpendMarket
from tests.factories.requests import include_services, join, make_actor, make_approved_request
from tests.factories.visitor import Visitor

ASKED = "above what placements like this usually cost"
WEEK = dt.timedelta(days=7)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    site = create_app(settings, limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


class Town:
    """Thirty placements at £4,000 a week on record, and an approved request on their lot."""

    def __init__(self, site: Flask) -> None:
        self.site, self.wiring = site, site.extensions["homeward"]
        with transaction(self.wiring.sessions) as session:
            self.now = self.wiring.clock(session)
            market = SpendMarket.make(session, lots=2, now=self.now)
            for i in range(30):
                day = self.now.date() - (40 - i) * WEEK
                market.place(first_day=day, last_day=day + 52 * WEEK, weekly=400_000, lot=1, started_on=day)
            market.write(session)
            self.lot = market.lots[1]
            services = [make_enrolled_service(session, lot=self.lot, now=self.now) for _ in range(2)]
            officer = make_actor(session, Role.PLACEMENT_OFFICER, now=self.now)
            request, officer, _ = make_approved_request(session, officer=officer, vault=self.wiring.vault, now=self.now)
            join(session, request.organisation_id, self.lot, now=self.now)
            include_services(session, request, self.lot, [one.id for one in services], officer, self.now)
            people = {one.organisation_id: offers.somebody_of(session, one) for one in services}
            self.scene = Scene(session, self.wiring.vault, self.now, self.lot, request, officer, services, people)

    def be(self, actor: Actor) -> Visitor:
        return Visitor(self.site).be(actor)

    def move_clock(self, to: dt.datetime) -> None:
        with transaction(self.wiring.sessions) as session:
            session.merge(MovedClock(id=1, seconds=round((to - dt.datetime.now(dt.UTC)).total_seconds())))

    def work(self) -> None:
        """What a worker does of today's fitting, in a process of its own."""
        with transaction(self.wiring.sessions) as session:
            now = self.wiring.clock(session)
            jobs.schedule(session, kind=FIT_PRICES, key=now.date().isoformat(), payload={}, due_at=now)
        faults: list[Exception] = []
        handlers = {FIT_PRICES: self.wiring.job_handlers[FIT_PRICES]}
        jobs.run_due(self.wiring.sessions, handlers, self.wiring.clock, on_fault=lambda _, e: faults.append(e))
        assert faults == []


def seen(visitor: Visitor, path: str) -> str:
    page = visitor.get(path)
    assert page.status_code == 200, f"{path}: {page.status}"
    html5lib.HTMLParser(strict=True).parse(page.text)
    return visitor.text


def typed(scene: Scene, price: str, **replaced: str) -> dict[str, Any]:
    start = scene.now + dt.timedelta(days=30)
    return {
        "care_pence": price,
        "can_start_on-day": str(start.day),
        "can_start_on-month": str(start.month),
        "can_start_on-year": str(start.year),
        **{f"need_{n}": f"Our plan {n}" for n, score in enumerate(scene.request.needs or [], start=1) if score},
        **replaced,
    }


def published_by(officer: Visitor, path: str, lot_id: str) -> None:
    """Publish as the page proposes it."""
    page = officer.get(f"{path}/publish").text
    answers = {
        f"offers_close_on-{part}": found[1]
        for part in ("day", "month", "year")
        if (found := re.search(rf'name="offers_close_on-{part}"[^>]*value="(\d+)"', page))
    }
    time = re.search(r'value="(\d\d:\d\d)" selected', page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert time
    assert version
    officer.press(f"{path}/publish", lot_id=lot_id, version=version[1], offers_close_at=time[1], **answers)
    assert "Request published" in officer.text


def test_from_placements_on_record_to_a_price_that_explains_itself_before_the_panel(site: Flask) -> None:
    town = Town(site)
    scene = town.scene
    anybody = Visitor(site)
    assert "Insufficient comparable placements" in seen(anybody, "/expected-prices")
    town.work()
    said = seen(anybody, "/expected-prices")
    for words in ("Version 1", "30 comparable placements", "£4,000.00", "Supported accommodation for 16 and 17"):
        assert words in said
    for secret in ("P80", "P90", "p90", "4,000.00 a week expected"):
        assert secret not in said
    assert "/expected-prices" in anybody.get("/scoring").text
    file = anybody.get("/expected-prices.csv").text
    assert "Children's homes,30,Price without needs" in file
    assert "Children's homes,30,Multiplier" in file

    officer, path = town.be(scene.officer), f"/borough/requests/{scene.request.id}"
    said = seen(officer, f"{path}/publish")
    assert "from 30 comparable placements" in said
    assert "The tariff has enough comparable placements." in said
    published_by(officer, path, town.lot.id)
    with transaction(town.wiring.sessions) as session:
        row = session.get_one(PlacementRequest, scene.request.id)
        assert row.benchmark_pence == 400_000
        deadline = row.offers_close_at
    assert deadline is not None

    provider = town.be(scene.provider(scene.services[0]))
    here = f"/provider/opportunities/{scene.request.id}/offer"
    provider.fill(here, **typed(scene, "4800"))
    assert "Check your offer" in provider.text
    assert ASKED not in provider.text, "only what is sent is told: the line is not to be felt for"
    provider.press(here, step="submit", **typed(scene, "4800"))
    assert "Offer sent" in provider.text
    assert ASKED in provider.text
    assert "4,000" not in provider.text
    with transaction(town.wiring.sessions) as session:
        offer_id = session.scalars(select(Offer.id).where(Offer.request_id == scene.request.id)).one()
    own = f"/provider/offers/{offer_id}"
    assert "Explain the price of your offer" in seen(provider, "/provider/today")
    seen(provider, f"{own}/explain")
    version = re.search(r'name="version" value="(\d+)"', provider.page.text if provider.page else "")
    assert version
    provider.press(f"{own}/explain", reasons=["other"], words="", version=version[1])
    assert "Say what the other reason is" in provider.text
    provider.press(f"{own}/explain", reasons=["staffing"], words="Two awake at night", version=version[1])
    assert "Price explained" in provider.text
    assert "Two awake at night" in seen(provider, own)
    assert "Explain the price of your offer" not in seen(provider, "/provider/today")

    rival = town.be(scene.provider(scene.services[1]))
    assert rival.get(f"{own}/explain").status_code == 404
    rival.press(here, rival.get(here), step="submit", **typed(scene, "4000"))
    assert "Offer sent" in rival.text
    assert ASKED not in rival.text, "at what such placements cost nobody is asked"
    assert "Two awake" not in seen(officer, f"{path}/offers")

    town.move_clock(deadline + dt.timedelta(hours=1))
    officer = town.be(scene.officer)
    officer.press(f"{path}/offers/open", officer.get(f"{path}/offers"))
    for page in (f"{path}/offers", f"{path}/offers/{offer_id}"):
        said = seen(officer, page)
        assert "£4,000.00 a week expected, £4,800.00 offered: £800.00 above" in said
        assert "Staffing ratio Two awake at night" in said

    with transaction(town.wiring.sessions) as session:
        scene.session, scene.request = session, session.get_one(PlacementRequest, scene.request.id)
        chosen = session.get_one(Offer, offer_id)
        preferred_at = deadline + dt.timedelta(hours=2)
        offers.prefer(scene, chosen, now=preferred_at)
        borough = session.get_one(Organisation, scene.request.organisation_id)
        case = placements.found_panel_for(session, scene, chosen, borough, preferred_at, 2, 9_001)
        first_day = (scene.now + dt.timedelta(days=30)).date()
        placements.complete(case, first_day=first_day, last_day=first_day + 26 * WEEK)
        referral = placements.list_case(case)
        paper = f"/panel/cases/{referral.id}"
    said = seen(town.be(case.chair), paper)
    for words in ("£4,000.00 a week; the offer is £800.00 above it", "Staffing ratio", "Two awake at night"):
        assert words in said
