"""From an act to what its reader gets: a commit, the delivery behind it, and the mailbox where the demonstration
shows it.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from app.core.database import Base, transaction
from app.factory import create_app
from app.web import demo
from app.wiring import Wiring, build
from app.worker import Ticker, after_commit_kick, install_kick
from config.settings import Settings
from notifications import messages, outbox
from notifications.models import OutboxMessage
from tests.looking import faults, unfold

LINK = "https://homeward.example/provider/opportunities/made-up-1?from=e-mail&way=" + "long-" * 20


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[Wiring]:
    wiring = build(Settings.from_environment({"HOMEWARD_ENV": "demo", "DATA_DIR": str(tmp_path)}))
    Base.metadata.create_all(wiring.engine)
    yield wiring
    wiring.engine.dispose()


@pytest.fixture
def app(wiring: Wiring) -> Flask:
    return create_app(wiring.settings, wiring=wiring, audiences=[demo.bp])


def alert(wiring: Wiring, count: int = 1) -> None:
    """What publishing a request does at its end: an e-mail to each service, in one transaction."""
    now = dt.datetime.now(dt.UTC)
    with transaction(wiring.sessions) as session:
        for number in range(1, count + 1):
            message = messages.request_alert(f"CRO-{number:06}", "Children's homes", now + dt.timedelta(days=3), LINK)
            written_at = now + dt.timedelta(seconds=number - count)
            address = f"home{number}@provider.example"
            outbox.queue(session, key=f"alert:{number}", address=address, message=message, now=written_at)


def test_an_alert_is_in_the_mailbox_within_seconds_and_its_reader_can_follow_it(app: Flask, wiring: Wiring) -> None:
    install_kick(wiring.sessions, after_commit_kick(wiring))
    ticker = Ticker(wiring, every=600)
    ticker.start()
    client = app.test_client()
    try:
        assert "No emails yet." in client.get("/demo/mailbox").text
        alert(wiring)
        deadline = time.monotonic() + 10
        while "Sent" not in (listed := client.get("/demo/mailbox?address=home1@").text):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        ticker.stop()
    opened = re.search(r'href="(/demo/mailbox/[\w-]+)">New request CRO-000001: offer by', listed)
    assert opened is not None
    page = client.get(opened[1]).text
    assert "Read request CRO-000001 and offer or decline by" in page
    assert f'href="{LINK.replace("&", "&amp;")}"' in page
    assert client.get("/demo/mailbox?address=somebody.else").text.count("No email to this address yet.") == 1


def test_the_mailbox_is_valid_html_and_shows_the_newest_first(app: Flask, wiring: Wiring) -> None:
    alert(wiring, 30)
    client = app.test_client()
    first = client.get("/demo/mailbox").text
    html5lib.HTMLParser(strict=True).parse(first)
    assert "Showing 1 to 25 of 30 emails" in first
    assert first.index("CRO-000030") < first.index("CRO-000006")
    assert "CRO-000005" not in first
    assert "CRO-000005" in client.get("/demo/mailbox?page=2").text
    opened = re.search(r"/demo/mailbox/[\w-]+", first)
    assert opened is not None
    html5lib.HTMLParser(strict=True).parse(client.get(opened[0]).text)
    assert client.get("/demo/mailbox/nothing").status_code == 404


def test_what_a_message_says_is_text_on_the_page(app: Flask, wiring: Wiring) -> None:
    with transaction(wiring.sessions) as session:
        message = messages.application_decided("<b>Homes</b>", False, ["<script>alert(1)</script>"], LINK)
        now = dt.datetime.now(dt.UTC)
        row = outbox.queue(session, key="one", address="home@provider.example", message=message, now=now)
        assert isinstance(row, OutboxMessage)
        path = f"/demo/mailbox/{row.id}"
    page = app.test_client().get(path).text
    assert "<script>alert" not in page
    assert "<b>Homes" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_there_is_no_mailbox_outside_the_demonstration() -> None:
    from app.web.blueprints import AUDIENCES

    assert "demo" not in AUDIENCES


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_the_mailbox_fits_and_has_no_accessibility_fault(browser: Browser, server: str, wiring: Wiring) -> None:
    alert(wiring, 30)
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server}/demo/mailbox")
    assert faults(page) == []
    page.get_by_role("link", name="New request CRO-000030").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("New request CRO-000030")
    unfold(page)
    assert faults(page) == []
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    context.close()
