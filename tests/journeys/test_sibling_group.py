"""A planned move for three brothers and sisters, over HTTP: offers for all and for some, the plans, the panel, the
award, and the placements; and how the pages of a group look.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select
from werkzeug.serving import make_server

from app.children.models import ChildView
from app.core.database import transaction
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.models import Organisation
from app.identity.permissions import Actor
from app.offers.models import Offer
from app.panels.models import Referral
from app.placements.models import Placement
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import placements
from tests.factories.offers import DAYS_OPEN, REASON, Scene, open_offers
from tests.factories.siblings import authorise, make_group, offer
from tests.factories.visitor import Visitor
from tests.looking import faults

ROOMY: dict[str, Any] = {"min_age": 0, "max_age": 17, "places": 3}
NAMES = ("Alderhouse", "Birchhouse", "Cedarhouse", "Doughouse")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    site = create_app(settings, limits=False)
    yield site
    site.extensions["homeward"].engine.dispose()


@pytest.fixture
def scene(site: Flask) -> Scene:
    """The request, published just now, with four services that were told: the last takes nobody under 8."""
    wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        services = [{**ROOMY, "name": name} for name in NAMES]
        services[3]["min_age"] = 8
        return make_group(session, services=services, vault=wiring.vault, now=wiring.clock(session))


def move_clock(site: Flask, to: dt.datetime) -> None:
    with transaction(site.extensions["homeward"].sessions) as session:
        session.merge(MovedClock(id=1, seconds=round((to - dt.datetime.now(dt.UTC)).total_seconds())))


def see(site: Flask, actor: Actor, path: str) -> str:
    """A page as somebody reads it: valid HTML, with one heading."""
    visitor = Visitor(site).be(actor)
    page = visitor.get(path)
    assert page.status_code == 200, f"{path}: {page.status}"
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert len(re.findall(r"<h1[ >]", page.text)) == 1, path
    return visitor.text


def send_offer(site: Flask, scene: Scene, number: int, children: str, care: str) -> str:
    """Whom the offer is for is asked first; then it is written and sent. Returns the form that was filled in."""
    visitor = Visitor(site).be(scene.provider(scene.services[number]))
    new = f"/provider/opportunities/{scene.request.id}/offer"
    visitor.get(new)
    assert "Whom is the offer for?" in visitor.text
    asked = "&".join(f"children={child}" for child in children.split(","))
    address = f"{new}?service={scene.services[number].id}&asked=yes&{asked}"
    form = visitor.get(address)
    written = visitor.text
    start = scene.deadline.date()
    answers = {
        "care_pence": care,
        "can_start_on-day": str(start.day),
        "can_start_on-month": str(start.month),
        "can_start_on-year": str(start.year),
        **dict.fromkeys(re.findall(r'name="(need_\d+)"', form.text), "A made-up plan"),
    }
    visitor.press(address, form, step="submit", **answers)
    assert "Offer sent" in visitor.text
    return written


def test_a_planned_move_for_three_brothers_and_sisters(site: Flask, scene: Scene) -> None:
    wiring = site.extensions["homeward"]
    alder, birch, cedar, _ = (scene.provider(service) for service in scene.services)
    opportunity = f"/provider/opportunities/{scene.request.id}"
    own = f"/borough/requests/{scene.request.id}"

    told = see(site, alder, opportunity)
    for words in ("Child 2: girl, 9 years", "Child 3: boy, 6 years", "together if possible, apart if not"):
        assert words in told
    assert "Sibling2" not in told
    nobody = Visitor(site).be(alder)
    nobody.get(f"{opportunity}/offer?service={scene.services[0].id}&asked=yes")
    assert "Choose whom the offer is for" in nobody.text
    written = send_offer(site, scene, 0, "1,2,3", "5000")
    assert "Alderhouse, for all three children" in written
    assert "Each level is the highest of the children" in written
    assert "for Child 1 and Child 2" in send_offer(site, scene, 1, "1,2", "3500")
    send_offer(site, scene, 1, "1", "3600")
    send_offer(site, scene, 2, "3", "2500")
    send_offer(site, scene, 3, "3", "1900")
    send_offer(site, scene, 2, "1", "3000")
    assert "for Child 1" in see(site, cedar, "/provider/offers")

    move_clock(site, scene.deadline + dt.timedelta(minutes=30))
    officer = Visitor(site).be(scene.officer)
    sealed = officer.get(f"{own}/offers")
    officer.press(f"{own}/offers/open", sealed)
    page = see(site, scene.officer, f"{own}/offers")
    with transaction(site.extensions["homeward"].sessions) as session:
        looks = select(ChildView.child_id).where(ChildView.what == f"Shortlist for {scene.request.reference}")
        assert set(session.scalars(looks)) == {one.child_id for one in scene.request.children}, "of each"
    for words in (
        "Offers for all three children",
        "Offers for Child 1 and Child 2",
        "The service takes ages 8 to 17; the request is for age 6.",
        "0 of 3 placed",
        "Together",
    ):
        assert words in page
    assert "Alderhouse : Child 1, Child 2 and Child 3" in page
    assert "Birchhouse : Child 1 and Child 2 Cedarhouse : Child 3" in page
    for column in ("price", "score", "together", "left"):
        see(site, scene.officer, f"{own}/offers?sort={column}&direction=descending")

    with transaction(wiring.sessions) as session:
        sent = {
            (offer.service_id, offer.children_key): offer.id
            for offer in session.scalars(select(Offer).where(Offer.request_id == scene.request.id))
        }
    pair, third = sent[scene.services[1].id, "1,2"], sent[scene.services[2].id, "3"]
    shortlist = officer.get(f"{own}/offers")
    assert f'value="{pair}+{third}"' in shortlist.text
    apart = {"plan": f"{pair}+{third}", "reason_code": REASON, "reason": "They know the area"}
    refused = officer.press(f"{own}/offers/plan", shortlist, **apart)
    assert refused.status_code == 400
    assert "Say why they are placed apart" in officer.text
    assert "They know the area" in refused.text
    officer.press(f"{own}/offers/plan", refused, apart_reason="The eldest needs the school nearby", **apart)
    assert "Plan preferred" in officer.text
    assert "Every child has a home that is held or awarded" in officer.text
    assert "Why apart" in officer.text

    case_of = placements_of(site, scene, pair)
    assert "Start the referral" in see(site, scene.officer, f"{own}/panel")
    officer.fill(f"{own}/panel", follow=True, offer=pair)
    assert "What the panel needs" in officer.text
    assert "Child 1 and Child 2" in officer.text
    with transaction(wiring.sessions) as session:
        case_of.scene.session = session
        for offer_id in (pair, third):
            authorise(case_of, session.get_one(Offer, offer_id))
        referral = session.scalars(select(Referral.id).where(Referral.offer_id == pair)).one()
    move_clock(site, case_of.meeting_at)
    papers = see(site, case_of.chair, f"/panel/cases/{referral}")
    for words in ("Child 1 and Child 2", "The eldest needs the school nearby", "£7,000.00 for Child 1 and Child 2"):
        assert words in papers

    assert "goes to panel and is awarded by itself" in see(site, scene.officer, f"{own}/panel?offer={third}")
    assert "The request stays open for its other children" in award(site, scene, pair)
    officer = Visitor(site).be(scene.officer)
    officer.get(f"{own}/placement")
    assert "2 of 3 children placed. The others have none yet." in officer.text
    assert "2 of 3 children placed" in see(site, scene.officer, own)
    assert "2 of 3 placed" in see(site, scene.officer, "/borough/")
    with transaction(wiring.sessions) as session:
        assert session.get_one(PlacementRequest, scene.request.id).status is RequestStatus.PUBLISHED
        placed = session.scalars(select(Placement).order_by(Placement.id)).all()
        children = {child.id: child.position for child in session.get_one(PlacementRequest, scene.request.id).children}
        second = next(one for one in placed if children[one.award.request_child_id] == 2)
        youngest = session.get_one(PlacementRequest, scene.request.id).children[2].child_id
        before = len(session.scalars(select(ChildView.id).where(ChildView.child_id == youngest)).all())
    listed = see(site, scene.officer, "/borough/placements")
    assert listed.count("With PL-") == 2

    # Each company reads what is its own: who the children are that it takes, and nothing of the third.
    file = see(site, birch, f"/provider/placements/{second.id}")
    assert "Sibling2 Testchild" in file
    assert "Zebedee" not in file
    assert "Sibling3" not in file
    with transaction(wiring.sessions) as session:
        assert len(session.scalars(select(ChildView.id).where(ChildView.child_id == youngest)).all()) > before
    won = see(site, birch, opportunity)
    assert "Sibling2 Testchild" in won
    assert "Sibling3" not in won
    assert Visitor(site).be(alder).get(opportunity).status_code == 404
    lost = see(site, alder, f"/provider/offers/{sent[scene.services[0].id, '1,2,3']}")
    assert "Your score" in lost
    assert "Birchhouse" not in lost
    assert "Plans for the children who are still to be placed" in see(site, scene.officer, f"{own}/offers")

    # The last award ends the request, and the losers' access with it.
    award(site, scene, third)
    with transaction(wiring.sessions) as session:
        assert session.get_one(PlacementRequest, scene.request.id).status is RequestStatus.AWARDED
    assert "Every child is placed" in see(site, scene.officer, f"{own}/offers")
    page = see(site, scene.officer, f"{own}/placement")
    assert "a placement for each of its children" in page
    for words in ("child 1, Birchhouse", "child 2, Birchhouse", "child 3, Cedarhouse"):
        assert words in page
    assert see(site, scene.officer, "/borough/placements").count("With PL-") == 3
    won = see(site, cedar, opportunity)
    assert "Sibling3 Testchild" in won
    assert "Zebedee" not in won  # an offer of its own for the eldest was lost


@pytest.mark.browser
def test_the_pages_of_a_group_are_accessible_and_fit(site: Flask, browser: Browser) -> None:
    wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        before = now - dt.timedelta(days=DAYS_OPEN + 1)
        past = make_group(session, services=[ROOMY, ROOMY], vault=wiring.vault, now=before)
        for number, children in ((0, "1,2,3"), (1, "1,2"), (1, "3")):
            offer(past, number, children)
        open_offers(past)
        open_still = make_group(session, services=[ROOMY], vault=wiring.vault, now=now)
        company = open_still.provider(open_still.services[0])
    opportunity = f"/provider/opportunities/{open_still.request.id}"
    server = make_server("127.0.0.1", 0, site, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    try:
        page = browser.new_context(base_url=host).new_page()
        for actor, path in (
            (past.officer, f"/borough/requests/{past.request.id}/offers"),
            (company, opportunity),
            (company, f"{opportunity}/offer?asked=yes"),
        ):
            cookie = Visitor(site).be(actor).client.get_cookie("homeward")
            assert cookie is not None
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": host}])
            page.goto(path)
            assert faults(page) == [], path
        page.context.close()
    finally:
        server.shutdown()


def award(site: Flask, scene: Scene, offer_id: str) -> str:
    """Award an offer under its authority. Returns what the page says before."""
    officer = Visitor(site).be(scene.officer)
    address = f"/borough/requests/{scene.request.id}/award?offer={offer_id}"
    opened = officer.get(address)
    said = officer.text
    authority = re.search(r'name="authority_id" value="([^"]+)"', opened.text)
    assert authority
    officer.press(address, opened, authority_id=authority[1])
    assert "Awarded" in officer.text
    return said


def placements_of(site: Flask, scene: Scene, offer_id: str) -> placements.Case:
    """A panel for the request's borough, founded a moment after the choice."""
    wiring = site.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        scene.session = session
        return placements.found_panel_for(
            session,
            scene,
            session.get_one(Offer, offer_id),
            session.get_one(Organisation, scene.request.organisation_id),
            scene.deadline + dt.timedelta(hours=1),
            2,
            910,
        )
