"""Looking at a page in Chromium: what axe objects to, and whether it fits a desk and a phone.

axe is asked for violations alone, and a page is loaded once for all widths: what it passes is of no interest here, and
telling it takes most of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDTHS = (1280, 360)
HEIGHT = 800
_ASK = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map(one => ({
    id: one.id, help: one.help, nodes: one.nodes.slice(0, 2).map(node => node.html.slice(0, 160)),
  }));
}"""
_UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true })"
_TOO_WIDE = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  return [...document.body.querySelectorAll('*')]
    .filter(one => one.getBoundingClientRect().right > most + 1)
    .slice(-3).map(one => one.tagName + '.' + one.className);
}"""


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands now, a sentence for each rule."""
    if not page.evaluate("typeof window.axe !== 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(_ASK)
    return [f"{one['id']}: {one['help']}: {one['nodes']}" for one in found]


def unfold(page: Page) -> None:
    """Open everything that is folded away."""
    page.evaluate(_UNFOLD)


def too_wide(page: Page) -> list[str]:
    """What stands out to the right of the page as wide as it is now; nothing is an empty list."""
    out: list[str] = page.evaluate(_TOO_WIDE)
    return [f"wider than {page.evaluate('window.innerWidth')} pixels: {out}"] if out else []


def faults(page: Page, *, widths: Sequence[int] = WIDTHS) -> list[str]:
    """Violations and what does not fit, at each width in turn."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{fault} (at {width})" for fault in violations(page)]
        found += too_wide(page)
    return found
