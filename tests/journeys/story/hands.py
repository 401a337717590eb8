"""What a person does with a page, by the words on it: the same in a browser and through HTTP.

Names of links, buttons, questions and choices are their accessible names, or the beginnings of them.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Hands(Protocol):
    """Somebody at one browser of their own."""

    def open(self, address: str) -> None:
        """Go to a path of the site, or to a whole address out of an e-mail."""

    @property
    def path(self) -> str:
        """Where this browser is, without the host and the query."""

    @property
    def text(self) -> str:
        """What can be read on the page, with single spaces."""

    @property
    def source(self) -> str:
        """The page as it was sent."""

    @property
    def status(self) -> int:
        """The status of the last page."""

    def follow(self, link: str) -> None:
        """Go where a link leads."""

    def fill(self, question: str, answer: str, within: str | None = None) -> None:
        """Type an answer over what is there. `within` names the group of questions where the same stands in several."""

    def fill_date(self, question: str, day: dt.date) -> None:
        """Type a day into its three boxes."""

    def choose(self, question: str, *choices: str) -> None:
        """Choose one of several radios, or tick boxes, of a question."""

    def tick(self, statement: str) -> None:
        """Tick a box that stands alone."""

    def select(self, question: str, option: str) -> None:
        """Choose from a drop-down list."""

    def attach(self, question: str, name: str, content: bytes) -> None:
        """Choose a file for a question, as from one's own machine."""

    def press(self, button: str, *, twice: bool = False) -> None:
        """Press a button. `twice`: as somebody does whose page is slow."""

    def unfold(self, summary: str) -> None:
        """Open a part of the page that is folded away."""

    def buttons(self) -> list[str]:
        """The buttons that can be pressed."""

    def links(self) -> list[str]:
        """The links that can be followed."""

    def folded(self) -> list[str]:
        """The parts of the page that can be folded away."""
