"""The eyes of the browser tests: they see what is wrong where something is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.looking import faults

GOOD = "<!DOCTYPE html><html lang='en'><head><title>T</title></head><body><main><h1>A</h1>{}</main></body></html>"


@pytest.mark.browser
def test_a_fault_of_either_kind_is_seen_and_a_good_page_has_none(page: Page) -> None:
    page.set_content(GOOD.format("<p>Fine.</p>"))
    assert faults(page) == []
    page.set_content(GOOD.format("<img src='x.png' width='10' height='10'><div style='width: 500px'>Wide.</div>"))
    found = faults(page)
    assert [fault.split(":")[0] for fault in found] == ["image-alt", "image-alt", "wider than 360 pixels"]
