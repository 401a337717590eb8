"""A prepared referral to the market with the keyboard alone, and a connection that is lost while somebody types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.core.database import transaction
from app.requests import drafting
from app.requests.models import PlacementRequest
from app.requests.texts import texts_of
from tests.databases import sqlite_template
from tests.keyboard import Scene, prepared, publish_by_keyboard

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("keyboard")
    (folder / "homeward.db").write_bytes(sqlite_template().read_bytes())
    with prepared(folder) as made:
        yield made


def saved(scene: Scene, field: str) -> object:
    wiring = scene.app.extensions["homeward"]
    with transaction(wiring.sessions, read_only=True) as session:
        row = session.get_one(PlacementRequest, scene.draft)
        return drafting.answers(session, vault=wiring.vault, request=row).get(field)


def texts(scene: Scene) -> int:
    """How many texts providers see."""
    wiring = scene.app.extensions["homeward"]
    with transaction(wiring.sessions, read_only=True) as session:
        return len(texts_of(session, vault=wiring.vault, request=session.get_one(PlacementRequest, scene.draft)))


def test_a_lost_connection_loses_nothing_that_was_typed(scene: Scene, browser: Browser) -> None:
    """Sending fails: the page stays. The page itself is lost: the tab gives the words back. Saved: it forgets them."""
    context = scene.context_of(browser, scene.officer)
    page = context.new_page()
    page.goto(f"/borough/requests/{scene.draft}/form/contact")
    kept = "() => Object.keys(sessionStorage).filter(one => one.startsWith('homeward-unsaved')).length"
    page.get_by_label("Contact arrangements").fill("Every Tuesday after school")
    context.set_offline(True)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no connection, so nothing was sent")
    expect(page.get_by_label("Contact arrangements")).to_have_value("Every Tuesday after school")
    assert saved(scene, "contact") == ""

    context.set_offline(False)
    page.goto(f"/borough/requests/{scene.draft}/form/contact")
    expect(page.get_by_label("Contact arrangements")).to_have_value("")
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_label("Contact arrangements")).to_have_value("Every Tuesday after school")
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/form/wishes")
    assert saved(scene, "contact") == "Every Tuesday after school"
    assert page.evaluate(kept) == 0

    page.get_by_label("What do they want to happen?").fill("Something else")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate(kept) == 0, "on a shared machine nothing is left behind"
    context.close()


def test_a_prepared_referral_is_published_with_the_keyboard_alone(scene: Scene, browser: Browser) -> None:
    counts = publish_by_keyboard(scene, browser)
    assert counts.fields == 2 + texts(scene)  # a lot, a decision, and each text that is read
    assert counts.pages <= 14
    assert counts.keys <= 150
