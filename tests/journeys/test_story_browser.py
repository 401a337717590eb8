"""The whole story in Chromium, on SQLite: from a company's sign-up to what the hub sees of the money, each person in a
browser of their own.

The server is `homeward serve` as an operator starts it; it sends its own e-mails, and they arrive at a real server.
Everything in the story is clicked: see tests/journeys/story/.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from tests.databases import sqlite_template
from tests.journeys.story import ending, plot
from tests.journeys.story.browser import Browser
from tests.journeys.story.house import House
from tests.mail_server import MailServer


@pytest.mark.browser
def test_the_whole_story_in_a_browser_on_sqlite(browser: Chromium, mail_server: MailServer, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template(), tmp_path / "homeward.db")
    house = House(tmp_path, {"DATABASE_URL": f"sqlite:///{tmp_path / 'homeward.db'}", "SMTP_URL": mail_server.url})
    opened: list[Browser] = []

    def hands() -> Browser:
        opened.append(Browser(browser, house.base_url))
        return opened[-1]

    try:
        house.start("serve")
        house.wait_until_ready()
        plot.play(house, mail_server, hands)
        ending.check(house, mail_server)
        assert not [fault for one in opened for fault in one.faults]
    except AssertionError:
        print(*house.faults(), sep="\n")
        raise
    finally:
        for one in opened:
            one.close()
        house.stop()
