"""How the pages of accounts, people and the demonstration's one-click sign-in look: valid, accessible, narrow enough,
whole."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import html5lib
import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select
from werkzeug.serving import make_server

from app.core.database import transaction
from app.factory import create_app
from app.identity.invitations import invite
from app.identity.models import Membership, Person
from app.identity.permissions import Actor
from app.identity.resets import ask_for_reset
from app.identity.sign_up import sign_up_provider
from app.identity.status import OrganisationKind, Role
from config.settings import Settings
from notifications.models import OutboxMessage
from tests.databases import sqlite_template
from tests.factories.identity import make_actor, make_membership, make_organisation
from tests.factories.visitor import Visitor
from tests.looking import faults

BASE = "http://127.0.0.1"


@dataclass(frozen=True)
class Scene:
    """The application with somebody in it, and every page by who looks at it."""

    app: Flask
    pages: dict[str, list[str]]
    actors: dict[str, Actor]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("account")
    (folder / "homeward.db").write_bytes(sqlite_template().read_bytes())
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(folder)}), limits=False)
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        borough = make_organisation(session, name="Made-up North")
        administrator = make_actor(session, borough)
        hub = make_actor(session, make_organisation(session, OrganisationKind.HUB))
        agency = make_organisation(session, OrganisationKind.AGENCY)
        two = make_actor(session, borough, Role.TEAM_MANAGER, Role.PANEL_CHAIR)
        person = session.get_one(Person, two.person_id)
        make_membership(session, person, agency, Role.AGENCY_PANEL_MEMBER)
        for email in ("new.colleague.with.a.long.address@made-up-north.example.org", person.email):
            invite(session, actor=administrator, email=email, role=Role.DIRECTOR, now=now, base_url=BASE)
        sign_up_provider(
            session,
            company_name="Made-up Meadows Ltd",
            company_number="9912345",
            person_name="Jo Specimen",
            email="jo@example.org",
            now=now,
            base_url=BASE,
        )
        ask_for_reset(session, email=person.email, now=now, base_url=BASE)
        texts = session.scalars(select(OutboxMessage.text).order_by(OutboxMessage.id)).all()
        links = [found[1] for text in texts if (found := re.search(rf"{BASE}(/\S+/[\w-]{{43}})", text))]
        role = session.scalars(select(Membership.id).where(Membership.person_id == administrator.person_id)).one()
    pages = {
        "nobody": [
            "/sign-in",
            "/forgotten-password",
            "/forgotten-password/sent",
            "/sign-up",
            "/sign-up/sent",
            *links,
            "/invitation/wrong",
            "/reset-password/wrong",
            "/sign-up/wrong",
            "/demo/people",
        ],
        "two": ["/account", "/account/password", "/account/acting-for", *links],
        "administrator": ["/people/", "/people/invite", f"/people/{role}/end", "/account", "/account/acting-for"],
        "hub": ["/people/organisations", "/people/organisations/add", "/people/organisations/invite"],
    }
    yield Scene(app, pages, {"two": two, "administrator": administrator, "hub": hub})
    wiring.engine.dispose()


def visitors(scene: Scene) -> Iterator[tuple[str, Visitor, list[str]]]:
    for who, paths in scene.pages.items():
        visitor = Visitor(scene.app)
        yield who, visitor.be(scene.actors[who]) if who in scene.actors else visitor, paths


def test_every_page_is_valid_html_with_one_heading_and_a_title(scene: Scene) -> None:
    for who, visitor, paths in visitors(scene):
        for path in paths:
            page = visitor.get(path)
            assert page.status_code in (200, 410), f"{path} for {who}: {page.status}"
            html5lib.HTMLParser(strict=True).parse(page.text)
            assert len(re.findall(r"<h1[ >]", page.text)) == 1, path
            assert re.search(r"<title>[^<]+ – Homeward</title>", page.text), path
            assert 'action=""' not in page.text, path


def test_every_form_sent_empty_says_so_at_its_fields(scene: Scene) -> None:
    for who, visitor, paths in visitors(scene):
        for path in paths:
            page = visitor.get(path)
            if page.status_code != 200 or "novalidate" not in page.text or path == "/account/acting-for":
                continue
            refused = visitor.press(path)
            assert refused.status_code == 400, f"{path} for {who}"
            assert "<title>Error: " in refused.text
            html5lib.HTMLParser(strict=True).parse(refused.text)
            targets = re.findall(r'<a href="#([\w-]+)"', refused.text.partition("error-summary")[2])
            assert targets, path
            assert all(f'id="{target}"' in refused.text for target in targets), path


@pytest.mark.browser
def test_every_page_is_accessible_and_fits(scene: Scene, browser: Browser) -> None:
    server = make_server("127.0.0.1", 0, scene.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = f"http://127.0.0.1:{server.server_port}"
    wrong: list[str] = []
    try:
        for who, visitor, paths in visitors(scene):
            context = browser.new_context(base_url=host)
            cookie = visitor.client.get_cookie("homeward")
            if cookie is not None:
                context.add_cookies([{"name": "homeward", "value": cookie.value, "url": host}])
            page = context.new_page()
            for path in paths:
                page.goto(path)
                wrong += [f"{path} for {who}: {fault}" for fault in faults(page)]
            context.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not wrong, "\n".join(wrong)


def test_the_pages_are_looked_at_in_one_place(scene: Scene) -> None:
    """Every page of these blueprints that a browser can open stands in the list above."""
    opened = {scene.app.url_map.bind("localhost").match(path)[0] for paths in scene.pages.values() for path in paths}
    mine = {
        rule.endpoint
        for rule in scene.app.url_map.iter_rules()
        if rule.endpoint.startswith(("account.", "people.")) and "GET" in (rule.methods or set())
    }
    assert mine <= opened
