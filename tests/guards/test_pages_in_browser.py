"""Every page of the product in Chromium: nothing that axe objects to, fits a phone, and works without JavaScript.

Of each endpoint the fullest page that anybody was shown in the walk (tests/guards/walking.py) is opened once, as that
person, with everything that is folded away unfolded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from werkzeug.serving import make_server

from app.core.database import transaction
from app.demo.stage import PASSWORD
from app.identity.models import Person
from app.identity.permissions import Actor
from app.identity.status import Role
from tests.guards.demonstration import Market, market
from tests.guards.walking import Seen, leave_doubt, visitor_of, walk
from tests.looking import too_wide, unfold, violations

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}

pytestmark = pytest.mark.browser


@dataclass
class Doors:
    """The market on a server, and a browser for each person who is asked for."""

    place: Market
    base_url: str
    browser: Browser
    contexts: dict[str, Page] = field(default_factory=dict)

    def page_of(self, actor: Actor | None) -> Page:
        """A page in the browser of somebody who is signed in (None: a visitor)."""
        key = f"{actor.person_id} {actor.organisation_id}" if actor else ""
        if key not in self.contexts:
            self.contexts[key] = self.context_of(actor).new_page()
        return self.contexts[key]

    def context_of(self, actor: Actor | None, *, scripts: bool = True) -> BrowserContext:
        """A browser of somebody's own."""
        context = self.browser.new_context(base_url=self.base_url, viewport=DESK, java_script_enabled=scripts)
        if actor is not None:
            cookie = visitor_of(self.place, actor).client.get_cookie("homeward")
            assert cookie is not None
            context.add_cookies([{"name": "homeward", "value": cookie.value, "url": self.base_url}])
        return context


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    return walk(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Doors]:
    with market(tmp_path_factory.mktemp("market")) as place:
        leave_doubt(place)
        server = make_server("127.0.0.1", 0, place.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        opened = Doors(place, f"http://127.0.0.1:{server.server_port}", browser)
        try:
            yield opened
        finally:
            for page in opened.contexts.values():
                page.context.close()
            server.shutdown()
            thread.join()
            server.server_close()


def fullest(seen: list[Seen]) -> list[Seen]:
    """Of each endpoint the page with most on it, those of one person together."""
    best: dict[str, Seen] = {}
    for page in seen:
        if page.status == 200 and len(page.source) > len(best[page.endpoint].source if page.endpoint in best else ""):
            best[page.endpoint] = page
    return sorted(best.values(), key=lambda page: (page.role or "", page.actor.person_id if page.actor else ""))


def test_every_page_is_accessible_and_fits_a_phone(doors: Doors, seen: list[Seen]) -> None:
    pages = fullest(seen)
    assert len(pages) > 80
    faults = []
    for one in pages:
        page = doors.page_of(one.actor)
        page.set_viewport_size(DESK)
        answer = page.goto(one.path)
        assert answer is not None
        if answer.status != 200:
            faults.append(f"{one.endpoint} ({one.words}): {answer.status}")
            continue
        unfold(page)
        found = violations(page)
        page.set_viewport_size(PHONE)
        found += too_wide(page)
        faults += [f"{one.endpoint} ({one.words}): {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def email_of(place: Market, actor: Actor) -> str:
    """The address with which somebody signs in."""
    with transaction(place.wiring.sessions, read_only=True) as session:
        return session.get_one(Person, actor.person_id).email


def test_pages_work_without_scripts(doors: Doors) -> None:
    """A person signs in, finds the way by links alone, and is told what is wrong with a form that was sent empty."""
    context = doors.context_of(None, scripts=False)
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter your email address")
    page.get_by_label("Email address").fill(email_of(doors.place, doors.place.people[Role.PLACEMENT_OFFICER]))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What must I do now?")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Requests").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Requests")
    page.goto("/borough/children/new")
    page.get_by_role("button", name="Record the child").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("There is a problem")
    summary.get_by_role("link", name="Enter first name").click()
    expect(page).to_have_url(f"{doors.base_url}/borough/children/new#given_name")
    expect(page.get_by_label("First name")).to_be_visible()
    context.close()


def test_the_menu_of_a_phone_opens_and_the_error_summary_takes_the_focus(doors: Doors) -> None:
    """With scripts the same pages do a little more, by keyboard alone."""
    page = doors.page_of(doors.place.people[Role.PLACEMENT_OFFICER])
    page.set_viewport_size(PHONE)
    page.goto("/borough/children/new")
    menu = page.get_by_role("button", name="Menu")
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.press("Enter")
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Requests")).to_be_visible()
    page.get_by_role("button", name="Record the child").press("Enter")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="Enter first name").press("Enter")
    expect(page.get_by_label("First name")).to_be_focused()
