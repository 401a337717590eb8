"""How often placements like one lasted, on pages: whoever decides for the borough reads it beside each offer once the
hub's policy turns it on, and nobody else does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from flask import Flask

from app.core import jobs
from app.core.database import transaction
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.status import OrganisationKind, Role
from app.placements.stability.fitting import FIT_STABILITY
from app.wiring import DAILY, Wiring
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import offers
from tests.factories.identity import make_actor, make_organisation
from tests.factories.stability import keep_model, turn_on
from tests.factories.visitor import Visitor

SAID = (
    "Placements like this: about 6 to 8 of 10 lasted half a year (n = 143 comparable placements). A pattern in past "
    "records, not a forecast for this child; it plays no part in the score or in who can be shortlisted."
)
ANYTHING = "lasted"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    site = create_app(settings, limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


def seen(visitor: Visitor, path: str) -> str:
    page = visitor.get(path)
    assert page.status_code == 200, f"{path}: {page.status}"
    html5lib.HTMLParser(strict=True).parse(page.text)
    return visitor.text


def test_only_who_decides_reads_how_often_placements_like_an_offers_lasted(site: Flask) -> None:
    """Of 143 placements 100 lasted: by Wilson at 90% .63 to .76, so 6 to 8 of 10."""
    wiring: Wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        hub = make_actor(session, make_organisation(session, OrganisationKind.HUB), Role.HUB_ADMINISTRATOR)
        scene = offers.make_scene(session, services=[{}, {}], vault=wiring.vault, now=now)
        one, other = (
            offers.offer(scene, service, care) for service, care in zip(scene.services, (4000_00, 4400_00), strict=True)
        )
        offers.open_offers(scene)
        later = scene.deadline + dt.timedelta(hours=1)
        session.merge(MovedClock(id=1, seconds=round((later - dt.datetime.now(dt.UTC)).total_seconds())))
        keep_model(session, now=now)
    officer, administrator = Visitor(site).be(scene.officer), Visitor(site).be(hub)
    shortlist = f"/borough/requests/{scene.request.id}/offers"
    off = seen(officer, shortlist)
    assert ANYTHING not in off
    assert "How often placements lasted" in seen(administrator, "/hub/policies")
    assert "Model 1" not in administrator.text

    with transaction(wiring.sessions) as session:
        turn_on(session, now=later)
        jobs.schedule(session, kind=FIT_STABILITY, key="a day", payload={}, due_at=later)
    handlers = {kind: wiring.job_handlers[kind] for kind in DAILY if kind == FIT_STABILITY}
    assert jobs.run_due(wiring.sessions, handlers, wiring.clock) == 1, "with nothing on record it finds nothing to fit"
    on = seen(officer, shortlist)
    assert on.count(SAID) == 2
    assert " ".join(on.replace(SAID, "").split()) == " ".join(off.split()), "nothing else of the page has changed"
    assert "Model 1, from 143 placements of which 43 ended early." in seen(administrator, "/hub/policies")
    for path in (f"{shortlist}/explanation", f"{shortlist}/{one.id}"):
        assert ANYTHING not in seen(officer, path), "not on paper for others either"
    for service, offer in zip(scene.services, (one, other), strict=True):
        provider = Visitor(site).be(scene.provider(service))
        for path in (f"/provider/offers/{offer.id}", "/provider/today"):
            assert ANYTHING not in seen(provider, path)
        assert provider.get(shortlist).status_code in (403, 404)

    with transaction(wiring.sessions) as session:
        turn_on(session, "3", now=later, least_placements=144)
    assert "is not said: not enough placements on record." in seen(officer, shortlist)
