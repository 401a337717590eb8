"""Free places confirmed from a weekly e-mail, without signing in: looked at, changed, confirmed once, and then over."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import transaction
from app.core.models import AuditEntry, LinkToken
from app.factory import create_app
from app.wiring import Wiring, build
from config.settings import Settings
from notifications.models import OutboxMessage
from providers.services.models import Service
from tests.databases import sqlite_template
from tests.factories import providers as factory
from tests.factories.identity import make_organisation
from tests.factories.visitor import Visitor

WEEK = dt.timedelta(days=8)


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    (tmp_path / "homeward.db").write_bytes(sqlite_template().read_bytes())
    wiring = build(Settings.from_environment({"HOMEWARD_ENV": "test", "DATA_DIR": str(tmp_path)}))
    yield wiring
    wiring.engine.dispose()


@pytest.fixture
def app(wiring: Wiring) -> Flask:
    return create_app(wiring.settings, wiring=wiring, limits=False)


@pytest.fixture
def links(wiring: Wiring) -> list[str]:
    """The links of this week's e-mail about two houses: for both, for the first, for the second."""
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        lot = factory.make_system_and_lots(session, now).residential
        company = make_organisation(session, name="Made-up Meadows Ltd")
        for name in ("House A", "House B"):
            factory.make_enrolled_service(
                session,
                lot=lot,
                name=name,
                organisation=company,
                now=now - WEEK,
                alert_email="places@example.test",
            )
        monday = now - dt.timedelta(days=now.weekday()) + dt.timedelta(days=7)
        for day in (monday, monday, monday + dt.timedelta(days=1)):
            wiring.job_handlers["vacancy_mail"](session, {}, day)
        message = session.scalars(select(OutboxMessage)).one()
        found = re.findall(r"(/confirm-places/\S+)", message.text)
    assert len(found) == 3
    return found


def places(wiring: Wiring) -> dict[str, tuple[int, bool]]:
    """Free places of each service, and whether they were confirmed just now."""
    with transaction(wiring.sessions) as session:
        now = wiring.clock(session)
        return {
            service.name: (service.places_free, now - (service.places_confirmed_at or now - WEEK) < WEEK / 2)
            for service in session.scalars(select(Service))
        }


def field_of(page: str) -> list[str]:
    return re.findall(r'name="(places_[^"]+)"', page)


def test_opening_a_link_shows_and_its_button_confirms_once(app: Flask, wiring: Wiring, links: list[str]) -> None:
    both, first, _ = links
    somebody = Visitor(app)
    before = places(wiring)
    for _ in range(3):  # a scanner, a phone and a person
        page = somebody.get(first)
        assert page.status_code == 200
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert places(wiring) == before == {"House A": (2, False), "House B": (2, False)}
    assert "House A" in somebody.text
    assert "House B" not in somebody.text
    assert "CR0" not in somebody.text
    (name,) = field_of(page.text)
    assert somebody.press(first, page, **{name: "lots"}).status_code == 400
    assert "must be a whole number" in somebody.text
    somebody.press(first, page, **{name: "1"})
    assert "Thank you" in somebody.text
    assert places(wiring) == {"House A": (1, True), "House B": (2, False)}
    page = somebody.get(both)
    somebody.press(both, page, **dict.fromkeys(field_of(page.text), "0"))
    assert places(wiring) == {"House A": (0, True), "House B": (0, True)}
    with transaction(wiring.sessions) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.act == "services.vacancy.confirm")).all()
        assert [(entry.person_id, entry.facts["by"]) for entry in entries] == [(None, "link")] * 2


def test_a_used_a_wrong_and_an_old_link_are_gone_with_a_way_in(app: Flask, wiring: Wiring, links: list[str]) -> None:
    somebody = Visitor(app)
    page = somebody.get(links[1])
    form = dict.fromkeys(field_of(page.text), "1")
    somebody.press(links[1], page, **form)
    with transaction(wiring.sessions) as session:
        for link in session.scalars(select(LinkToken).where(LinkToken.used_at.is_(None))):
            link.expires_at = wiring.clock(session)
    for link in (*links, "/confirm-places/wrong", f"{links[2]}x"):
        assert somebody.get(link).status_code == 410, link
        assert "This link no longer works" in somebody.text
        assert "/sign-in?next=/provider/vacancies" in somebody.page.text  # type: ignore[union-attr]
    tokens = somebody.get("/sign-in")
    assert somebody.press(links[2], tokens, **form).status_code == 410
    assert places(wiring)["House B"] == (2, False)
