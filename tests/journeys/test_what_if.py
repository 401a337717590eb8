"""A commissioner tries other weights on past shortlists, over HTTP: what the pages show, to whom, and that the database
is the same afterwards to the last byte of every row.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import html5lib
import pytest
from flask import Flask

from app.core.database import transaction
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.status import OrganisationKind, Role
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import offers as made
from tests.factories.identity import make_actor, make_organisation
from tests.factories.requests import make_actor as make_officer
from tests.factories.visitor import Visitor

SERVICES = ({"name": "=Cheaphouse", "quality": 60}, {"name": "Goodhouse", "quality": 90})
QUALITY_ALONE = {"price": "0", "quality": "100", "needs": "0", "practical": "0"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    site = create_app(settings, limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


def dumped(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "homeward.db")) as connection:
        return list(connection.iterdump())


def test_a_commissioner_sees_another_winner_under_other_weights_and_nothing_is_written(
    site: Flask, tmp_path: Path
) -> None:
    wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        scene = made.make_scene(session, services=SERVICES, vault=wiring.vault, now=wiring.clock(session))
        hub = make_actor(session, make_organisation(session, OrganisationKind.HUB, "Made-up Hub"), Role.COMMISSIONER)
        borough = session.get_one(Organisation, scene.request.organisation_id)
        finance = make_officer(session, Role.FINANCE_OFFICER, organisation=borough)
        neighbour = make_officer(session, Role.FINANCE_OFFICER)
    with transaction(wiring.sessions) as session:
        scene.session = session
        scene.request = session.merge(scene.request)
        for service, weekly in zip(scene.services, (3_000_00, 5_600_00), strict=True):
            made.offer(scene, service, weekly)
        made.open_offers(scene)
        moved = scene.deadline + dt.timedelta(hours=1) - dt.datetime.now(dt.UTC)
        session.merge(MovedClock(id=1, seconds=round(moved.total_seconds())))
        reference = scene.request.reference
    eyes = {name: Visitor(site).be(actor) for name, actor in (("hub", hub), ("own", finance), ("other", neighbour))}
    before = dumped(tmp_path)

    commissioner = eyes["hub"]
    assert 'href="/hub/what-if"' in commissioner.get("/hub/spend").text
    page = commissioner.get("/hub/what-if")
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert "Price 30%, quality 30%, needs 30%, practical fit 10%: the weights in force now" in commissioner.text
    assert "0 of 1 would have had another first offer" in commissioner.text

    asked = urlencode({"service": "residential", "period": "12-months", **QUALITY_ALONE})
    page = commissioner.get(f"/hub/what-if?{asked}")
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert page.status_code == 200
    assert "1 of 1 would have had another first offer" in commissioner.text
    # £5,600 less £3,000, for 52 weeks, of 52 x £3,000.
    assert "£135,200 more" in commissioner.text
    assert "86.7% of the £156,000 a year of the 1 first offer as shortlisted" in commissioner.text
    for said in (reference, "=Cheaphouse", "Goodhouse", "+£2,600", "60 to 90", "might have priced differently"):
        assert said in commissioner.text, said
    (line,) = csv.DictReader(io.StringIO(commissioner.get(f"/hub/what-if.csv?{asked}").text.removeprefix("\ufeff")))
    assert (line["As shortlisted: service"], line["Under these weights: service"]) == ("'=Cheaphouse", "Goodhouse")
    assert (line["As shortlisted: pounds a year"], line["Under these weights: pounds a year"]) == (
        "156000.00",
        "291200.00",
    )

    wrong = commissioner.get(f"/hub/what-if?{asked}&tie_band=lots".replace("price=0", "price=12"))
    assert wrong.status_code == 400
    assert "Tie band in points must be a number of points, like 0.5" in commissioner.text
    wrong = commissioner.get(f"/hub/what-if?{asked}".replace("price=0", "price=12"))
    html5lib.HTMLParser(strict=True).parse(wrong.text)
    assert wrong.status_code == 400
    assert "The four weights must add up to 100. These add up to 112" in commissioner.text
    assert 'href="#price"' in wrong.text
    assert 'value="12"' in wrong.text
    assert "would have had another first offer" not in commissioner.text

    eyes["own"].get(f"/borough/what-if?{asked}")
    assert "1 of 1 would have had another first offer" in eyes["own"].text
    eyes["other"].get(f"/borough/what-if?{asked}&borough={borough.id}")
    assert "No shortlist has been frozen yet" in eyes["other"].text
    assert reference not in eyes["other"].text
    assert eyes["own"].get(f"/hub/what-if?{asked}").status_code == 403
    assert dumped(tmp_path) == before
