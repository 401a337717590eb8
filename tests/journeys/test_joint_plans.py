"""Sharing places between boroughs, over HTTP: the hub has it worked out, each borough reads its own, and one acts."""

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

from app.core.database import transaction
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.offers.models import Offer
from app.offers.status import OfferStatus
from app.worker import tick
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import offers as made
from tests.factories.identity import make_actor, make_organisation
from tests.factories.offers import Scene
from tests.factories.requests import make_borough
from tests.factories.visitor import Visitor

PAGE = "/borough/requests/joint"
HUBS = "/hub/requests/joint"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    site = create_app(settings, limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


def read(visitor: Visitor, path: str) -> str:
    """A page that is valid HTML, in words."""
    page = visitor.get(path)
    assert page.status_code == 200, f"{path}: {page.status}"
    html5lib.HTMLParser(strict=True).parse(page.text)
    return visitor.text


def rivals(site: Flask) -> tuple[Scene, Scene, Actor]:
    """Requests of two boroughs with offers of the same two services, one place each, opened. The second is asked more
    in the second house than the first is, so the first is the one to give way.
    """
    wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        alike: dict[str, Any] = {"places": 1, "min_age": 0, "max_age": 17}
        first = made.make_scene(
            session,
            services=[{**alike, "name": "Alphahouse"}, {**alike, "name": "Betahouse"}],
            vault=wiring.vault,
            now=now,
        )
        other = make_borough(session, name="Madeup Otherborough", now=now)
        second = made.make_request_in(
            session, lot=first.lot, services=first.services, vault=wiring.vault, now=now, borough=other
        )
        for scene, dearer in ((first, 5_000_00), (second, 6_000_00)):
            for service, care in zip(first.services, (4_000_00, dearer), strict=True):
                made.offer(scene, service, care)
        for scene in (first, second):
            made.open_offers(scene)
        hub = make_actor(session, make_organisation(session, OrganisationKind.HUB), Role.COMMISSIONER)
        session.merge(MovedClock(id=1, seconds=round((first.deadline - now + dt.timedelta(hours=1)).total_seconds())))
        return first, second, hub


def test_boroughs_share_two_places_and_one_acts_on_its_own_child(site: Flask) -> None:
    first, second, commissioner = rivals(site)
    hub, ours, theirs = (Visitor(site).be(actor) for actor in (commissioner, first.officer, second.officer))
    assert "No proposal has been worked out yet" in read(hub, HUBS)
    assert "No proposal has been worked out yet" in read(ours, PAGE)

    assert hub.page is not None
    hub.get(HUBS)
    hub.press(f"{HUBS}/again", hub.page)
    tick(site.extensions["homeward"])
    words = read(hub, HUBS)
    for said in (first.request.reference, second.request.reference, "2 of 2", "Madeup Otherborough", "Gives up"):
        assert said in words
    assert "Zebedee" not in words
    assert "Proposal 1" in read(hub, f"{HUBS}/earlier")

    own = read(ours, PAGE)
    assert "Gives up" in own
    assert "another borough's request" in own
    assert first.request.reference in own
    for hidden in (second.request.reference, "Madeup Otherborough"):
        assert hidden not in own
        assert first.request.reference not in read(theirs, PAGE)
    (act,) = re.findall(rf'href="({PAGE}/[^"]+)"', ours.get(PAGE).text)
    assert theirs.get(act).status_code == 404, "nobody acts for another borough"
    assert hub.get(act).status_code == 403

    form = ours.get(act)
    assert form.status_code == 200
    (chosen,) = re.findall(r'<input[^>]*name="offer"[^>]*checked[^>]*>', form.text)
    with transaction(site.extensions["homeward"].sessions) as session:
        beta = session.scalars(
            select(Offer.id).where(Offer.request_id == first.request.id, Offer.service_id == first.services[1].id)
        ).one()
    assert beta in chosen
    ours.press(
        f"/borough/requests/{first.request.id}/offers/choice",
        form,
        offer=beta,
        reason_code=made.REASON,
        reason="So that both children have a place now: the other home has one place only.",
    )
    assert "Offer preferred" in ours.text
    with transaction(site.extensions["homeward"].sessions) as session:
        assert session.get_one(Offer, beta).status is OfferStatus.PREFERRED
    assert "Something has changed since this was made" in read(theirs, PAGE)
    assert "1 request was decided or ended" in read(hub, HUBS)
