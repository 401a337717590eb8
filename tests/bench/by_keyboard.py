"""How many pages, fields and key presses take a prepared referral to the market with the keyboard alone: the officer
who checks and submits, the manager who approves, the officer who publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from app.core.migrate import upgrade
from tests import chromium
from tests.keyboard import prepared, publish_by_keyboard


def figures(folder: Path) -> Iterator[dict[str, Any]]:
    """One line."""
    folder.mkdir(exist_ok=True)
    upgrade(f"sqlite:///{folder / 'homeward.db'}")
    with prepared(folder) as scene, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.chromium_path()), args=list(chromium.FLAGS))
        counts = publish_by_keyboard(scene, browser)
        browser.close()
    yield {"bench": "published_by_keyboard", **asdict(counts)}
