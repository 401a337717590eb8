"""From a preferred offer through the panel to a placement, over HTTP: the officer, the panel's people, the nominated
officer and the provider; and how their pages look.
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
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.children.models import ChildView
from app.core.database import transaction
from app.core.models import MovedClock
from app.factory import create_app
from app.identity.models import Person
from app.identity.passwords import Profile, hash_password
from app.identity.permissions import Actor
from app.panels.authorities import give_emergency_authority
from app.panels.models import PanelDecision, Referral
from app.panels.setting_up import payers_of
from app.placements.models import Placement
from app.tasks.models import Task
from app.wiring import Wiring
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import placements as factory
from tests.factories.identity import PASSWORD
from tests.factories.placements import Case
from tests.factories.visitor import Visitor
from tests.looking import faults

REASON = "Made-up reasons of the panel"


def application(tmp_path: Path, env: str) -> Flask:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": env, "DATA_DIR": str(tmp_path)})
    return create_app(settings, limits=False)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The demonstration's application, where people have no passwords that a visitor could know."""
    app = application(tmp_path, "demo")
    yield app
    app.extensions["homeward"].engine.dispose()


def move_clock(wiring: Wiring, to: dt.datetime) -> None:
    """Let it be that moment for the application."""
    with transaction(wiring.sessions) as session:
        session.merge(MovedClock(id=1, seconds=round((to - dt.datetime.now(dt.UTC)).total_seconds())))


class Hands:
    """Somebody with a form before them: opens a page and sends the form of it, with the version that it carries."""

    def __init__(self, app: Flask, actor: Actor) -> None:
        self.visitor = Visitor(app).be(actor)

    def see(self, path: str) -> str:
        page = self.visitor.get(path)
        assert page.status_code == 200, f"{path}: {page.status}"
        return self.visitor.text

    def send(self, path: str, to: str | None = None, **answers: str) -> str:
        opened = self.visitor.get(path)
        for name in ("version", "authority_id"):
            carried = re.search(rf'name="{name}" value="([^"]+)"', opened.text)
            if carried:
                answers.setdefault(name, carried[1])
        self.visitor.press(to or path, opened, follow=True, **answers)
        return self.visitor.text


def as_date(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def test_from_a_preferred_offer_to_a_child_who_has_moved_in(app: Flask) -> None:
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        case = factory.make_case(
            session, vault=wiring.vault, postcode=factory.ADJOINING, care=3_000_00, education=1_000_00
        )
        provider = case.scene.provider(case.scene.services[0])
        loser = case.scene.provider(case.scene.services[1])
    request_page = f"/borough/requests/{case.request_id}"

    move_clock(wiring, case.preferred_at)
    officer = Hands(app, case.officer)
    assert "Start the referral" in officer.see(f"{request_page}/panel")
    assert "There is no authority to award yet" in officer.see(f"{request_page}/award")
    assert "What the panel needs" in officer.send(f"{request_page}/panel")
    with transaction(wiring.sessions) as session:
        referral = f"/borough/referrals/{session.scalars(select(Referral.id)).one()}"
    case_page = f"/panel/cases/{referral.rsplit('/', 1)[1]}"

    assert "Enter when the professionals of all agencies met" in officer.see(f"{referral}/list")
    officer.send(f"{referral}/panel", panel_id=case.panel.id, **as_date("professionals_met_on", dt.date(2026, 12, 4)))
    explored = "Four made-up agencies were asked."
    officer.send(f"{referral}/case", case_for_placement="It meets the needs.", fostering_explored=explored)
    last_day = dt.date(2027, 6, 10)
    officer.send(f"{referral}/period", **as_date("first_day", case.meeting_on), **as_date("last_day", last_day))

    with transaction(wiring.sessions) as session:
        payers = [one.id for one in payers_of(session, organisation_id=case.borough.id)]
    care, health = (f"care_{payers.index(one.id)}" for one in (case.social_care, case.health))
    school = f"education_{payers.index(case.education.id)}"
    split = {care: "2000", health: "999.99", school: "1000"}
    assert "£0.01 short" in officer.send(f"{referral}/shares", check="yes", **split)
    assert "£0.01 short of its price of £3,000.00" in officer.send(f"{referral}/shares", **split)
    split[health] = "1000"
    assert "Say why it is split this way" in officer.send(f"{referral}/shares", **split)
    officer.send(f"{referral}/shares", split_reason="Half of it is therapy.", **split)
    assert "Health pays a share" in officer.see(referral)
    approved = as_date("health_approved_on", dt.date(2026, 12, 4))
    said = officer.send(f"{referral}/health", health_approved_by="A made-up executive", **approved)
    assert "Above £50,000 the approval must be its executive" in said
    executive = {"health_by_executive": "yes", "health_approved_by": "A made-up executive"}
    officer.send(f"{referral}/health", **executive, **approved)

    listing = officer.visitor.get(f"{referral}/list").text
    meeting = re.search(r'name="meeting_id" type="radio" value="([^"]+)"', listing)
    assert meeting
    assert "On the agenda" in officer.send(f"{referral}/list", meeting_id=meeting[1])
    assert "is with the panel" in officer.see(f"{referral}/list")

    administrator = Hands(app, case.administrator)
    assert case.panel.name in administrator.see("/panel/meetings")
    assert case.scene.services[0].name in administrator.see("/panel/cases")
    papers = administrator.see(case_page)
    compared = administrator.see(f"{case_page}/explanation")
    for said in ("Better match for the need that matters most", "Nearest to school"):
        assert said in papers
        assert said in compared
    for service in case.scene.services[:2]:
        assert service.name in compared, "the panel reads how all the offers were compared"
    assert "Zebedee" not in papers + compared
    days = {**as_date("first_day", case.meeting_on), **as_date("last_day", last_day)}
    terms = {"outcome": "approve", "reason": REASON, "lead_payer_id": case.social_care.id, **days}
    late = as_date("review_on", dt.date(2027, 6, 11))
    early = administrator.send(f"{case_page}/decision", **terms, **late)
    assert "has not been held yet" in early
    move_clock(wiring, case.meeting_at)
    administrator = Hands(app, case.administrator)
    said = administrator.send(f"{case_page}/decision", **terms, **late)
    assert "A residential placement is reviewed within 6 months of its first day" in said
    said = administrator.send(f"{case_page}/decision", **terms, **as_date("review_on", dt.date(2027, 6, 10)))
    assert "have been asked to sign" in said
    with transaction(wiring.sessions) as session:
        decision = f"/panel/decisions/{session.scalars(select(PanelDecision.id)).one()}"

    chair = Hands(app, case.chair)
    assert "Waiting for your signature" in chair.see("/panel/decisions")
    assert "Tick the box to sign" in chair.send(decision, capacity="chair")
    assert "You have signed" in chair.send(decision, capacity="chair", agree="yes")
    officer = Hands(app, case.officer)
    assert "There is no authority to award yet" in officer.see(f"{request_page}/award")
    assert case.health.name in officer.see(f"{request_page}/panel")
    for actor, payer in (
        (case.for_social_care, case.social_care),
        (case.for_education, case.education),
        (case.for_health, case.health),
    ):
        said = Hands(app, actor).send(decision, capacity=payer.id, agree="yes")
    assert "Everybody has signed" in said

    shown = officer.see(f"{request_page}/award")
    for words in (case.health.name, "£4,000.00", "What will happen"):
        assert words in shown
    said = officer.send(f"{request_page}/award")
    assert "Awarded" in said
    assert "A nominated officer must approve that" in said
    with transaction(wiring.sessions) as session:
        placement_id = session.scalars(select(Placement.id)).one()
        child_id = session.scalars(select(Placement.child_id)).one()
    placement = f"/borough/placements/{placement_id}"
    assert "The placement may not start yet" in officer.see(f"{placement}/start")
    nominated = Hands(app, case.nominated)
    said = nominated.send(f"{placement}/location", decision="give", reason="Nearest to school")
    assert "Notify the authority of the area in writing" in said
    officer.send(f"{placement}/notification", **as_date("notified_on", case.meeting_on))
    said = officer.send(f"{placement}/start", **as_date("started_on", case.meeting_on))
    assert "Live since 10 December 2026" in said
    assert "approval is needed" not in officer.see("/borough/tasks")

    company = Hands(app, provider)
    before = views(wiring, child_id)
    file = company.see(f"/provider/placements/{placement_id}")
    assert "Zebedee Testchild" in file
    assert views(wiring, child_id) == before + 1
    assert case.health.name not in file
    rival = Visitor(app).be(loser)
    assert rival.get(f"/provider/placements/{placement_id}").status_code == 404


def views(wiring: Wiring, child_id: str) -> int:
    with transaction(wiring.sessions) as session:
        return len(session.scalars(select(ChildView.id).where(ChildView.child_id == child_id)).all())


def test_outside_the_demonstration_a_signature_takes_the_password(tmp_path: Path) -> None:
    app = application(tmp_path, "test")
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        case = factory.make_approved(session, vault=wiring.vault)
        person = session.get_one(Person, case.chair.person_id)
        person.password_hash = hash_password(PASSWORD, Profile.CHEAP)
        decision = f"/panel/decisions/{case.decision.id}"
    move_clock(wiring, case.meeting_at)
    chair = Hands(app, case.chair)
    assert "That is not your password" in chair.send(decision, capacity="chair", password="otter kettle Vermilion 59")
    assert "Enter your password" in chair.send(decision, capacity="chair", agree="yes")
    assert "You have signed" in chair.send(decision, capacity="chair", password=PASSWORD)
    with transaction(wiring.sessions) as session:
        failed = session.get_one(Person, case.chair.person_id).failed_sign_ins
    assert failed == 0
    wiring.engine.dispose()


Pages = list[tuple[Actor, str]]


def pages_at_every_stage(app: Flask) -> Pages:
    """Every page of these rooms, with somebody who may open it; and it is the day of the panel."""
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        placed, placement = factory.make_placement(session, vault=wiring.vault, postcode=factory.ADJOINING)
        place = f"/borough/placements/{placement.id}"
        company = placed.scene.provider(placed.scene.services[0])
        found: Pages = [
            (placed.officer, "/borough/placements"),
            (placed.officer, "/borough/placements?status=ended"),
            (placed.officer, place),
            (placed.nominated, f"{place}/location"),
            (placed.officer, f"{place}/notification"),
            (placed.officer, f"{place}/location/again"),
            (placed.officer, f"{place}/start"),
            (placed.officer, "/borough/tasks"),
            (placed.officer, f"/borough/requests/{placed.request_id}/panel"),
            (placed.officer, f"/borough/requests/{placed.request_id}/award"),
            (company, "/provider/placements"),
            (company, f"/provider/placements/{placement.id}"),
        ]
        task = session.scalars(select(Task.id).where(Task.organisation_id == placed.borough.id)).first()
        found.append((placed.officer, f"/borough/tasks/{task}"))
        found += _pages_before_an_award(session, wiring)
        move_to = placed.awarded_at
    move_clock(wiring, move_to)
    return found


def _pages_before_an_award(session: Session, wiring: Wiring) -> Pages:
    made: dict[str, Any] = {"vault": wiring.vault}
    fresh: Case = factory.make_case(session, **made)
    request_page = f"/borough/requests/{fresh.request_id}"
    found: Pages = [
        (fresh.officer, f"{request_page}/panel"),
        (fresh.officer, f"{request_page}/award"),
        (fresh.officer, f"{request_page}/placement"),
        (fresh.director, f"{request_page}/panel"),
        (fresh.director, f"{request_page}/emergency"),
        (fresh.officer, "/borough/placements"),
        (fresh.officer, "/borough/tasks"),
        (fresh.chair, "/panel/cases"),
        (fresh.chair, "/panel/decisions"),
    ]
    begun = factory.make_case(session, education=500_00, **made)
    referral = f"/borough/referrals/{factory.refer(begun).id}"
    found += [(begun.officer, f"{referral}{end}") for end in ("", "/panel", "/case", "/period", "/health", "/shares")]
    found += [(begun.officer, f"{referral}/list"), (begun.manager, referral)]
    whole = factory.make_case(session, **made)
    found += [(whole.officer, f"/borough/referrals/{factory.complete(whole).id}{end}") for end in ("", "/list")]
    listed = factory.make_case(session, **made)
    factory.complete(listed)
    case_page = f"/panel/cases/{factory.list_case(listed).id}"
    found += [(listed.chair, "/panel/meetings"), (listed.chair, "/panel/cases"), (listed.chair, case_page)]
    found += [(listed.administrator, f"{case_page}/decision"), (listed.for_health, case_page)]
    found += [(listed.for_health, f"{case_page}/explanation")]
    approved = factory.make_approved(session, health=200_00, **made)
    decision = f"/panel/decisions/{approved.decision.id}"
    found += [(approved.chair, "/panel/decisions"), (approved.chair, decision), (approved.administrator, decision)]
    found += [(approved.officer, f"/borough/requests/{approved.request_id}/panel")]
    found += [(approved.officer, f"/borough/referrals/{approved.referral.id}")]
    ready, _ = factory.make_authorised(session, health=200_00, **made)
    found += [(ready.officer, f"/borough/requests/{ready.request_id}/{end}") for end in ("panel", "award")]
    urgent = factory.make_case(session, **made)
    authority = give_emergency_authority(
        urgent.session,
        actor=urgent.director,
        request_id=urgent.request_id,
        reason="Made-up emergency",
        given_at=urgent.preferred_at,
        now=urgent.preferred_at,
    )
    factory.award(urgent, authority, now=urgent.preferred_at)
    request_page = f"/borough/requests/{urgent.request_id}"
    return [*found, (urgent.officer, f"{request_page}/panel"), (urgent.officer, f"{request_page}/placement")]


def test_every_page_is_valid_html_with_one_heading_and_a_title(app: Flask) -> None:
    for actor, path in pages_at_every_stage(app):
        page = Visitor(app).be(actor).get(path)
        assert page.status_code == 200, f"{path} for {actor.roles}: {page.status}"
        html5lib.HTMLParser(strict=True).parse(page.text)
        assert len(re.findall(r"<h1[ >]", page.text)) == 1, path
        title = re.search(r"<title>\s*([^<]+?)\s*</title>", page.text)
        assert title, path
        assert title[1].endswith(" – Homeward")


@pytest.mark.browser
def test_every_page_is_accessible_and_fits(app: Flask, browser: Browser) -> None:
    looked_at = pages_at_every_stage(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    wrong: list[str] = []
    try:
        context = browser.new_context(base_url=host)
        page = context.new_page()
        for actor, path in looked_at:
            cookie = Visitor(app).be(actor).client.get_cookie("homeward")
            assert cookie is not None
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": host}])
            page.goto(path)
            wrong += [f"{path}: {fault}" for fault in faults(page)]
        context.close()
    finally:
        server.shutdown()
    assert wrong == []
