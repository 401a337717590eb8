"""The redaction desk through HTTP: places are decided, texts ticked, and nothing half done; a manager sees it all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.database import transaction
from app.factory import create_app
from app.identity.permissions import Actor
from app.identity.status import Role
from app.requests import drafting, submitting
from app.requests.models import PlacementRequest
from app.web import account, borough
from config.settings import Settings
from tests.databases import sqlite_template
from tests.factories import requests as factory
from tests.factories.visitor import Visitor
from tests.journeys.reading import boxes, shown, tick_all


@dataclass(frozen=True)
class Desk:
    """An officer, a manager and a stranger, and a draft whose texts point at the child in three places."""

    officer: Visitor
    manager: Visitor
    stranger: Visitor
    writer: Actor
    path: str

    def submit(self) -> None:
        wiring = self.officer.app.extensions["homeward"]
        with transaction(wiring.sessions) as session:
            row = session.get_one(PlacementRequest, self.path.rsplit("/", 1)[1])
            act = {"actor": self.writer, "vault": wiring.vault, "request_id": row.id, "now": wiring.clock(session)}
            submitting.submit(session, version=row.version, **act)

    def said(self, field: str) -> object:
        wiring = self.officer.app.extensions["homeward"]
        with wiring.sessions() as session:
            row = session.get_one(PlacementRequest, self.path.rsplit("/", 1)[1])
            return drafting.answers(session, vault=wiring.vault, request=row)[field]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    settings = Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)})
    app = create_app(settings, limits=False, audiences=[account.bp, borough.bp])
    wiring = app.extensions["homeward"]
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        factory.load_policies(session, now)
        council = factory.make_borough(session, name="Madeup", short_code="MAD", now=now)
        officer = factory.make_actor(session, organisation=council, name="Olu Officer", now=now)
        manager = factory.make_actor(session, Role.TEAM_MANAGER, organisation=council, now=now)
        stranger = factory.make_actor(session, Role.PLACEMENT_OFFICER, now=now)
        typed = factory.request_answers(
            now=now, enjoys="Plays with Zebedee.", own_words="I live at CR0 1EA.", why_now="Zebedee must move."
        )
        request = factory.make_draft(session, actor=officer, vault=wiring.vault, now=now, answers=typed)
        path = f"/borough/requests/{request.id}"
    people = [Visitor(app).be(actor) for actor in (officer, manager, stranger)]
    yield Desk(*people, officer, path)
    wiring.engine.dispose()


def test_places_are_decided_and_texts_ticked_before_a_manager_approves(desk: Desk) -> None:
    officer, manager, page_at = desk.officer, desk.manager, f"{desk.path}/reading"
    officer.get(f"{desk.path}/form")
    assert "Check what providers will read 3 places to decide, 0 of 8 read" in officer.text
    page = officer.get(page_at).text
    hidden = shown(page)
    moving, enjoys, lives = hidden["place"]
    assert (moving[:9], enjoys[:8], lives[:11]) == ("0-why_now", "1-enjoys", "1-own_words")
    assert "<mark>Zebedee</mark>" in page
    assert "It then reads: Must move." in officer.text
    assert "Also in 1 other place with the same words" in officer.text

    chosen = {f"choice-{moving}": "generalise", f"replacement-{moving}": "the child", f"choice-{lives}": "keep"}
    refused = officer.press(page_at, **hidden, **chosen, tick=["1-own_words"])
    assert refused.status_code == 400
    assert f'href="#reason-{lives}"' in refused.text
    assert 'value="the child"' in refused.text  # what was typed and chosen is kept
    assert desk.said("why_now") == "Zebedee must move."
    chosen |= {f"reason-{lives}": "A shop of that name", f"everywhere-{moving}": "yes"}
    officer.press(page_at, **hidden, **chosen, tick=["1-own_words"])
    assert "3 places decided, 1 text ticked as read. Read what changed, then tick it" in officer.text
    assert (desk.said("why_now"), desk.said("enjoys")) == ("The child must move.", "Plays with the child.")

    stale = officer.press(page_at, **hidden, tick=["0-why_now", "0-preferred_area"])
    assert stale.status_code == 409
    assert "This text changed after you opened the page" in officer.text
    assert 'value="0-preferred_area" checked' in stale.text
    first = re.findall(r'name="decision" value="([^"]+)"', officer.get(page_at).text)
    assert len(first) == 3
    assert desk.stranger.get(page_at).status_code == 404
    desk.stranger.get("/borough/children")
    assert desk.stranger.press(page_at, **hidden, tick=["0-why_now"]).status_code == 404
    desk.stranger.get("/borough/children")
    assert desk.stranger.press(f"{desk.path}/put-back", decision=first[0]).status_code == 404

    desk.submit()
    decision = f"{desk.path}/decision"
    manager.get(decision)
    assert "7 texts that providers will see have not been read" in manager.text
    manager.press(decision, version=version_in(manager), decision="approve")
    assert "7 texts that providers see have not been read and ticked. An officer ticks each" in manager.text
    tick_all(officer, desk.path)
    assert "8 of 8 read" in officer.text
    assert boxes(officer.get(page_at).text) == []
    manager.get(decision)
    assert "Why it identifies nobody: A shop of that name" in manager.text
    assert "Before: Zebedee must move. After: The child must move. Olu Officer" in manager.text
    assert "read by Olu Officer" in manager.text
    manager.press(decision, version=version_in(manager), decision="approve")
    assert "Request approved" in manager.text
    officer.get("/borough/children")
    assert officer.press(page_at, **hidden, tick=["0-why_now"]).status_code == 409
    assert "can no longer be changed or ticked" in officer.text


def test_the_full_form_stands_beside_what_each_stage_sees(desk: Desk) -> None:
    """F-25: each answer is aligned with what a provider sees of it, and says who sees it."""
    officer, path = desk.officer, f"{desk.path}/provider-view"

    def row(stage: int, label: str) -> list[str]:
        page = officer.get(f"{path}?stage={stage}").text
        found = re.search(rf'<th scope="row"[^>]*>{re.escape(label)}</th>(.*?)</tr>', page, re.DOTALL)
        assert found, label
        return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", found[1], re.DOTALL)]

    journey, hidden = "The child came into care eight months ago.", "Not shown at this stage"
    label = "What has been the journey into and through care?"
    assert row(1, label) == [journey, hidden, "Shortlisted providers"]
    assert row(2, label) == [journey, journey, "Shortlisted providers"]
    assert row(2, "Name") == ["Zebedee Testchild", hidden, "The provider that is awarded the placement"]
    assert row(3, "Name") == ["Zebedee Testchild", "Zebedee Testchild", "The provider that is awarded the placement"]
    assert row(3, "Category of need") == ["Abuse or neglect (N1)", hidden, "Nobody outside the council"]
    assert row(1, "Preferred area") == ["South London", "South London", "Everyone invited"]


def version_in(visitor: Visitor) -> str:
    assert visitor.page is not None
    found = re.search(r'name="version" value="(\d+)"', visitor.page.text)
    assert found
    return found[1]
