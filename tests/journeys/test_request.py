"""A request through HTTP, from a child's record to the market, by an officer and a manager; and how its pages look."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select, text
from werkzeug.serving import make_server

from app.children.models import ChildView
from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import OrganisationKind, Role
from app.requests import submitting
from app.requests.form import SectionDefinition, form
from app.requests.models import PlacementRequest
from app.requests.status import RequestStatus
from app.web import account, borough, hub, search
from app.web.hub import requests as hub_requests
from app.wiring import Wiring
from config.settings import Settings
from providers.market.status import ProcurementMode
from tests.databases import sqlite_template
from tests.factories import requests as factory
from tests.factories.identity import make_organisation
from tests.factories.visitor import Visitor
from tests.journeys.reading import tick_all
from tests.looking import faults


@dataclass(frozen=True)
class Scene:
    """The application, its people, and requests at every stage by what they are."""

    app: Flask
    wiring: Wiring
    people: dict[str, Actor]
    requests: dict[str, str]
    child: str
    lots: list[str]

    def visitor(self, who: str) -> Visitor:
        return Visitor(self.app).be(self.people[who])


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    app = create_app(settings, limits=False, audiences=[account.bp, borough.bp, hub.bp, search.bp])
    wiring = app.extensions["homeward"]
    assert hub_requests.requests
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        council = factory.make_borough(session, name="Madeup", short_code="MAD", now=now)
        officer = factory.make_actor(session, organisation=council, name="Olu Officer", now=now)
        manager = factory.make_actor(session, Role.TEAM_MANAGER, organisation=council, name="Mina Manager", now=now)
        director = factory.make_actor(session, Role.DIRECTOR, organisation=council, now=now)
        stranger = factory.make_actor(session, Role.TEAM_MANAGER, Role.PLACEMENT_OFFICER, now=now)
        office = make_organisation(session, OrganisationKind.HUB)
        commissioner = factory.make_actor(session, Role.COMMISSIONER, organisation=office, now=now)
        lots = [factory.make_lot(session, now=now), factory.make_lot(session, mode=ProcurementMode.PCR34, now=now)]
        for lot in lots:
            factory.join(session, council.id, lot, now=now)
        given = {"borough": council, "officer": officer, "manager": manager, "vault": wiring.vault, "now": now}
        child = factory.make_child(session, actor=officer, vault=wiring.vault, now=now)
        pointing = factory.request_answers(now=now, why_now="Zebedee's carer, of CR0 1EA, is retiring.")
        published = factory.make_published_request(session, lot=lots[0], child=child, **given)
        approved, _, _ = factory.make_approved_request(session, **given)
        draft = factory.make_draft(session, actor=officer, vault=wiring.vault, now=now)
        submitted = factory.make_draft(session, actor=officer, vault=wiring.vault, now=now, answers=pointing)
        submitting.submit(
            session, actor=officer, vault=wiring.vault, request_id=submitted.id, version=submitted.version, now=now
        )
        made = {"published": published.id, "approved": approved.id, "draft": draft.id, "submitted": submitted.id}
    people = {
        "officer": officer,
        "manager": manager,
        "director": director,
        "stranger": stranger,
        "commissioner": commissioner,
    }
    yield Scene(app, wiring, people, made, child.id, [lot.id for lot in lots])
    wiring.engine.dispose()


def pages(scene: Scene) -> dict[str, list[str]]:
    """Every page of these rooms, by who looks at it."""
    one = {name: f"/borough/requests/{request_id}" for name, request_id in scene.requests.items()}
    sections = [f"{one['draft']}/form/{section.name}" for section in asked_sections()]
    return {
        "officer": [
            "/borough/",
            "/borough/requests",
            "/borough/requests?status=draft&text=MAD",
            "/borough/children",
            "/borough/children/new",
            f"/borough/children/{scene.child}",
            f"/borough/children/{scene.child}/change",
            *one.values(),
            f"{one['draft']}/form",
            *sections,
            f"{sections[0]}?gaps=1",
            f"{one['draft']}/form/check",
            *(f"{one['submitted']}/provider-view?stage={stage}" for stage in (1, 2, 3)),
            *(f"{one[state]}/reading" for state in ("draft", "submitted", "published")),
            f"{one['approved']}/publish",
            f"{one['published']}/withdraw",
            f"{one['published']}/unplaced",
            "/find",
            "/find?reference=MAD-222222",
        ],
        "manager": ["/borough/", f"{one['submitted']}/decision"],
        "director": ["/borough/", one["published"]],
        "commissioner": ["/hub/requests", "/hub/requests?status=closed"],
    }


def test_every_page_is_valid_html_with_one_heading_and_a_title(scene: Scene) -> None:
    for who, paths in pages(scene).items():
        visitor = scene.visitor(who)
        for path in paths:
            page = visitor.get(path)
            assert page.status_code == (404 if "222222" in path else 200), f"{path} for {who}: {page.status}"
            html5lib.HTMLParser(strict=True).parse(page.text)
            assert len(re.findall(r"<h1[ >]", page.text)) == 1, path
            title = re.search(r"<title>\s*([^<]+?)\s*</title>", page.text)
            assert title, path
            assert title[1].endswith(" – Homeward")
            assert "Zebedee" not in title[1] + path


@pytest.mark.browser
def test_every_page_is_accessible_and_fits(scene: Scene, browser: Browser) -> None:
    server = make_server("127.0.0.1", 0, scene.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_port}"
    wrong: list[str] = []
    try:
        for who, paths in pages(scene).items():
            context = browser.new_context(base_url=host)
            cookie = scene.visitor(who).client.get_cookie("homeward")
            assert cookie is not None
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": host}])
            page = context.new_page()
            for path in paths:
                page.goto(path)
                wrong += [f"{path}: {fault}" for fault in faults(page)]
            context.close()
    finally:
        server.shutdown()
    assert wrong == []


def test_from_a_child_to_the_market(scene: Scene) -> None:
    """An officer records a child and writes a request; a manager sends it back, then approves; it is published."""
    officer, manager = scene.visitor("officer"), scene.visitor("manager")
    born = {"date_of_birth-day": "9", "date_of_birth-month": "4", "date_of_birth-year": "2013"}
    identity = {"given_name": "Xanthe", "family_name": "Madeup", **born, "sex": "F", "ethnicity": "NOBT"}
    assert officer.fill("/borough/children/new", **identity, home_postcode="nowhere").status_code == 400
    officer.fill("/borough/children/new", **identity, home_postcode="sm1 1aa")
    assert "Xanthe Madeup" in officer.text
    assert "SM1 1AA" in officer.text
    child = last_path(officer)
    officer.get("/borough/children")
    officer.press("/borough/children/find", given_name="XANTHE", family_name="madeup")
    assert child in officer.page.text  # type: ignore[union-attr]
    officer.get(child)
    officer.press(f"{child}/request")
    assert "0 of 13 sections completed" in officer.text
    path = last_path(officer).removesuffix("/form")

    assert officer.fill(f"{path}/form/check", version="0").status_code == 409
    submit(officer, path)
    assert "answers need attention before you can submit" in officer.text
    for section in asked_sections():
        officer.fill(
            f"{path}/form/{section.name}", version="0", **as_posted(section.name, why_now="Call Xanthe's aunt.")
        )
    assert "Check your answers" in officer.text
    assert "1 place to decide, 0 of 8 read" in officer.text
    submit(officer, path)
    assert "Submitted by Olu Officer" in officer.text
    assert officer.get(f"{path}/decision").status_code == 403

    decide(manager, path, decision="send_back")
    assert "Say what must change" in manager.text
    decide(manager, path, decision="send_back", reason="Take the name out")
    officer.get("/borough/")
    assert "Sent back" in officer.text
    section = f"{path}/form/reason"
    stale = officer.fill(section, version="0", **as_posted("reason"))
    assert stale.status_code == 409
    assert "Olu Officer saved this section after you opened it" in officer.text
    officer.fill(section, version="1", **as_posted("reason"))
    submit(officer, path)
    decide(manager, path, decision="approve")
    assert "not been read and ticked" in manager.text
    tick_all(officer, path)
    decide(manager, path, decision="approve")
    assert "Request approved" in manager.text

    soon = scene_now(scene) + dt.timedelta(days=5)
    answers = {"version": version_in(officer.get(f"{path}/publish").text), "offers_close_at": "17:00"}
    answers |= {f"offers_close_on-{part}": str(getattr(soon, part)) for part in ("day", "month", "year")}
    refused = officer.press(f"{path}/publish", lot_id=scene.lots[1], **answers)
    assert refused.status_code == 400
    assert "at least 10 days" in officer.text
    officer.press(f"{path}/publish", lot_id=scene.lots[0], **answers)
    assert "Request published" in officer.text
    assert "Open for offers" in officer.text
    with scene.wiring.sessions() as session:
        row = session.get_one(PlacementRequest, path.rsplit("/", 1)[1])
        assert row.status is RequestStatus.PUBLISHED
        seen = set(session.scalars(select(ChildView.what).where(ChildView.child_id == child.rsplit("/", 1)[1])))
        assert {"Found by name", f"{row.reference}: decision", f"{row.reference}: publish"} <= seen
        reference = row.reference
    assert last_path(officer) == path
    officer.get(f"/find?reference={reference.lower().replace('-', ' ')}")
    assert last_path(officer) == path


def test_a_section_with_wrong_answers_is_saved_and_shown_again(scene: Scene) -> None:
    """Wrong answers keep the writer on the page; what is merely missing does not."""
    officer = scene.visitor("officer")
    path = f"/borough/requests/{scene.requests['draft']}/form"
    section = f"{path}/key_information"
    past = as_posted("key_information", expected_weeks="a year", urgency="", needed_from=dt.date(2020, 2, 3))
    shown = officer.fill(section, version=version_in(officer.get(section).text), **past)
    assert shown.status_code == 200
    assert last_path(officer) == section
    assert "Saved, but 2 answers need changing" in officer.text
    assert "Section saved" not in officer.text
    assert "There is a problem" in officer.text
    assert 'href="#needed_from-day"' in shown.text
    assert 'href="#expected_weeks"' in shown.text
    assert 'href="#urgency"' not in shown.text
    assert 'value="a year"' in shown.text
    officer.get(path)
    assert "2 to correct, 1 to answer" in officer.text
    officer.fill(f"{section}?gaps=1", version=version_in(officer.get(section).text), **past | {"expected_weeks": "52"})
    assert "Saved, but 1 answer needs changing" in officer.text
    right = as_posted("key_information", urgency="")
    officer.press(f"{section}?gaps=1", version=version_in(officer.get(section).text), **right)
    assert last_path(officer) == f"{path}/check"
    officer.fill(section, version=version_in(officer.get(section).text), **right)
    assert "Section saved" in officer.text
    assert last_path(officer) == f"{path}/identity"
    officer.get(path)
    assert "1 to answer" in officer.text
    assert "to correct" not in officer.text


def test_what_cannot_be_logged_is_not_shown(scene: Scene) -> None:
    with scene.wiring.engine.begin() as connection:
        connection.execute(text("DROP TABLE child_view"))
    officer = scene.visitor("officer")
    one = f"/borough/requests/{scene.requests['draft']}"
    for path in (f"/borough/children/{scene.child}", one, f"{one}/form/reason", f"{one}/provider-view?stage=3"):
        assert officer.get(path).status_code >= 500
        assert "Zebedee" not in officer.text
        assert "foster carer" not in officer.text


def test_stage_3_is_for_those_who_may_read_children(scene: Scene) -> None:
    director = scene.visitor("director")
    path = f"/borough/requests/{scene.requests['published']}/provider-view"
    assert director.get(f"{path}?stage=2").status_code == 200
    assert "Awarded" not in director.text
    assert director.get(f"{path}?stage=3").status_code == 403


def test_another_borough_finds_nothing_here(scene: Scene) -> None:
    stranger = scene.visitor("stranger")
    for path in [*pages(scene)["officer"], *pages(scene)["manager"]]:
        if any(part in path for part in (scene.child, *scene.requests.values())):
            assert stranger.get(path).status_code == 404, path
            if not path.endswith((scene.child, *scene.requests.values(), "/form")) and "provider-view" not in path:
                stranger.get("/borough/children")
                sent = stranger.press(path, version="1", reason="Mine", decision="approve", **as_posted("reason"))
                assert sent.status_code in (400, 404), path
    with scene.wiring.sessions() as session:
        row = session.get_one(PlacementRequest, scene.requests["published"])
        assert row.status is RequestStatus.PUBLISHED
        assert (
            session.scalars(select(ChildView).where(ChildView.person_id == scene.people["stranger"].person_id)).all()
            == []
        )
        reference = row.reference
    assert stranger.get(f"/find?reference={reference}").status_code == 404


def asked_sections() -> list[SectionDefinition]:
    """The sections of a request for a looked-after child."""
    answers = factory.request_answers()
    return [section for section in form().sections if section.is_asked(answers)]


def as_posted(section: str, **replaced: str | dt.date) -> dict[str, str]:
    """A section's right answers as a browser sends them."""
    typed = factory.request_answers(now=dt.datetime.now(dt.UTC), **replaced)
    sent: dict[str, str] = {}
    for one in form().section(section).fields:
        raw = typed.get(one.name, "")
        if one.kind == "rows":
            sent[f"{one.name}-rows"] = "0"
        elif isinstance(raw, dict):
            sent |= {f"{one.name}-{part}": text for part, text in raw.items()}
        else:
            sent[one.name] = raw
    return sent


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def submit(visitor: Visitor, path: str) -> None:
    visitor.press(f"{path}/form/check", version=version_in(visitor.get(f"{path}/form/check").text))


def decide(visitor: Visitor, path: str, **answers: str) -> None:
    visitor.press(f"{path}/decision", version=version_in(visitor.get(f"{path}/decision").text), **answers)


def last_path(visitor: Visitor) -> str:
    assert visitor.page is not None
    return visitor.page.request.path


def scene_now(scene: Scene) -> dt.datetime:
    with scene.wiring.sessions() as session:
        return scene.wiring.clock(session)
