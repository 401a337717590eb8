"""A person with a keyboard alone: takes a prepared referral to the market and counts pages, fields and key presses.

The same walk is a test (tests/journeys/test_by_keyboard.py) and a figure (`python -m tests.bench keyboard`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import Role
from config.settings import Settings
from tests.factories import requests as factory
from tests.factories.visitor import Visitor

FAR = 150
"""Presses of the Tab key after which nobody would look any further."""

_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || !one.matches('a, button, input, select, textarea, summary')) return '';
  const words = one.labels && one.labels.length ? one.labels[0].innerText : one.innerText || one.value || '';
  return words.replace(/\\s+/g, ' ').trim();
}"""


@dataclass
class Counts:
    """What a walk took."""

    pages: int = 0
    fields: int = 0
    keys: int = 0


@dataclass
class Keyboard:
    """One page under one person's hands, without a mouse."""

    page: Page
    counts: Counts = field(default_factory=Counts)

    def open(self, path: str) -> None:
        """Where the walk begins: the one address that is not reached by a key."""
        self.page.goto(path)
        self._loaded()

    def _loaded(self) -> None:
        self.page.wait_for_load_state("load")
        self.counts.pages += 1
        self.press("Tab")
        if self.page.evaluate(_FOCUSED).startswith("Skip to main content"):
            self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        for key in keys:
            self.page.keyboard.press(key)
            self.counts.keys += 1

    def reach(self, words: str) -> None:
        """Press Tab until what has the focus says these words."""
        met = []
        for _ in range(FAR):
            said = self.page.evaluate(_FOCUSED)
            if words.casefold() in said.casefold():
                return
            met.append(said)
            self.press("Tab")
        raise AssertionError(f"{words!r} cannot be reached on {self.page.url}: {met}")

    def follow(self, words: str) -> None:
        """Reach a link or a button that leads to a page, and press it."""
        self.reach(words)
        with self.page.expect_navigation():
            self.press("Enter")
        self._loaded()

    def choose(self, words: str) -> None:
        """Reach a group of radios and move to one of them."""
        self.reach_group(words)
        self.counts.fields += 1

    def reach_group(self, words: str) -> None:
        """Tab to the group in which a radio stands, then arrows to it; space where it is the first and not chosen."""
        target = self.page.get_by_label(words, exact=False).first
        name = target.get_attribute("name")
        for _ in range(FAR):
            if self.page.evaluate("() => document.activeElement.name || ''") == name:
                break
            self.press("Tab")
        for _ in range(20):
            if target.is_checked():
                return
            here = self.page.evaluate(_FOCUSED)
            self.press("Space" if words.casefold() in here.casefold() else "ArrowDown")
        raise AssertionError(f"{words!r} cannot be chosen")


@dataclass(frozen=True)
class Scene:
    """An application with a draft whose answers are all there, and the two people whom it needs."""

    app: Flask
    host: str
    officer: Actor
    manager: Actor
    reference: str
    lot: str
    draft: str

    def context_of(self, browser: Browser, who: Actor) -> BrowserContext:
        """A browser in which somebody is signed in."""
        context = browser.new_context(base_url=self.host, locale="en-GB", timezone_id="Europe/London")
        cookie = Visitor(self.app).be(who).client.get_cookie("homeward")
        assert cookie is not None
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.host}])
        return context


@contextmanager
def prepared(folder: Path) -> Iterator[Scene]:
    """The scene, served from a folder whose database is migrated."""
    app = create_app(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(folder)}), limits=False)
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        council = factory.make_borough(session, name="Madeup", short_code="MAD", now=now)
        officer = factory.make_actor(session, organisation=council, name="Olu Officer", now=now)
        manager = factory.make_actor(session, Role.TEAM_MANAGER, organisation=council, name="Mina Manager", now=now)
        lot = factory.make_lot(session, now=now)
        factory.join(session, council.id, lot, now=now)
        draft = factory.make_draft(
            session, actor=officer, vault=wiring.vault, now=now, answers=factory.request_answers(now=now)
        )
        made = (officer, manager, draft.reference, lot.name, draft.id)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Scene(app, f"http://127.0.0.1:{server.server_port}", *made)
    finally:
        server.shutdown()
        wiring.engine.dispose()


def publish_by_keyboard(scene: Scene, browser: Browser) -> Counts:
    """The officer reads what providers will see, checks and submits, a manager approves, the officer publishes: each
    from their desk.
    """
    counts = Counts()
    pages: dict[str, Any] = {}
    for who in (scene.officer, scene.manager):
        pages[who.person_id] = Keyboard(scene.context_of(browser, who).new_page(), counts)
    officer, manager = pages[scene.officer.person_id], pages[scene.manager.person_id]

    officer.open("/borough/")
    officer.follow(scene.reference)
    officer.follow("Check what providers will read")
    for _ in range(officer.page.get_by_role("checkbox").count()):
        officer.reach("I have read this")
        officer.press("Space", "Tab")
        counts.fields += 1
    officer.follow("Save")
    officer.follow("Check and submit")
    officer.reach("Go to submit")
    officer.press("Enter")
    officer.follow("Submit for approval")

    manager.open("/borough/")
    manager.follow(scene.reference)
    manager.choose("Approve")
    manager.follow("Save decision")

    officer.open("/borough/")
    officer.follow(f"Publish: {scene.reference}")
    officer.choose(scene.lot)
    officer.follow("Publish the request")
    assert "Open for offers" in officer.page.locator("main").inner_text()
    for one in pages.values():
        one.page.context.close()
    return counts
