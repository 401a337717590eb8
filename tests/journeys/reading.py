"""Reading what providers will see, as somebody does on the page: its marks, places and ticks."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.factories.visitor import Visitor


def shown(page: str) -> dict[str, Any]:
    """What the page sends back of itself: the mark of each text, and its places."""
    marks = re.findall(r'name="(seen-[^"]+)" value="([^"]+)"', page)
    return {**dict(marks), "place": re.findall(r'name="place" value="([^"]+)"', page)}


def boxes(page: str) -> list[str]:
    """The texts that can be ticked."""
    return [html.unescape(one) for one in re.findall(r'name="tick" type="checkbox" value="([^"]+)"', page)]


def tick_all(visitor: Visitor, path: str) -> None:
    """Tick every text of the request at a path."""
    page = visitor.get(f"{path}/reading").text
    visitor.press(f"{path}/reading", **shown(page), tick=boxes(page))
    assert "ticked as read" in visitor.text
