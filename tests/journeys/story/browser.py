"""A person's hands in Chromium: roles and labels, as somebody who listens to the page would find them."""

from __future__ import annotations

import datetime as dt
import re
import urllib.parse
from collections.abc import Callable
from typing import Literal

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Error, FilePayload, Locator, Page, Response

from tests.journeys.story.wire import lost

PATIENCE = 20_000
"""Milliseconds that a thing may take to appear: far more than it takes, so that a busy machine fails no story."""

READABLE = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement;
    if (!holder.closest('script,style,svg,template,noscript') && holder.checkVisibility()) {
      words.push(walk.currentNode.data);
    }
  }
  return words.join(' ').replace(/\\s+/g, ' ').trim();
}"""


class Browser:
    """One browser of one person, with its own cookies."""

    def __init__(self, chromium: Chromium, base_url: str, *, width: int = 1280) -> None:
        self.base_url = base_url
        self.context = chromium.new_context(base_url=base_url, viewport={"width": width, "height": 900})
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        """What scripts complained about."""
        self._status = 0
        self.page.on("response", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.path}: {error}"))

    def _note(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._status = response.status

    def open(self, address: str) -> None:
        self.page.goto(address)

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.page.url).path

    @property
    def text(self) -> str:
        return str(self.page.evaluate(READABLE))

    @property
    def source(self) -> str:
        return self.page.content()

    @property
    def status(self) -> int:
        return self._status

    def links(self) -> list[str]:
        return [" ".join(one.split()) for one in self.page.get_by_role("link").all_text_contents()]

    def buttons(self) -> list[str]:
        return [" ".join(one.split()) for one in self.page.get_by_role("button").all_text_contents()]

    def follow(self, link: str) -> None:
        found = self._first_in_main("link", link)

        def go() -> None:
            addresses = {one.get_attribute("href") for one in found.all()}
            with self.page.expect_navigation():
                (found.first if len(addresses) == 1 else found).click()

        self._try(go, "link", link)

    def fill(self, question: str, answer: str, within: str | None = None) -> None:
        where = self._group(within) if within else self.page.get_by_role("main")
        # A box with suggestions is a combobox to whoever reads the page aloud.
        boxes = (
            where.get_by_role("textbox", name=begins(question))
            .or_(where.locator("input[list]").and_(self.page.get_by_label(begins(question))))
            .or_(where.locator("input[type=password]").and_(self.page.get_by_label(begins(question))))
        )
        self._try(lambda: boxes.fill(answer), "question", question)

    def fill_date(self, question: str, day: dt.date) -> None:
        group = self._group(question)

        def write() -> None:
            for label, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
                group.get_by_label(label).fill(str(value))

        self._try(write, "question", question)

    def choose(self, question: str, *choices: str) -> None:
        group = self._group(question)
        for choice in choices:
            box = group.get_by_role("radio", name=begins(choice)).or_(
                group.get_by_role("checkbox", name=begins(choice))
            )
            self._try(box.check, "choice", f"{question}: {choice}")

    def tick(self, statement: str) -> None:
        self._try(self.page.get_by_role("checkbox", name=begins(statement)).check, "box", statement)

    def select(self, question: str, option: str) -> None:
        box = self.page.get_by_role("combobox", name=begins(question))

        def pick() -> None:
            said = [" ".join(one.split()) for one in box.locator("option").all_text_contents()]
            fitting = [one for one in said if one.casefold().startswith(option.casefold())]
            assert len(fitting) == 1, f"{option!r} is no one option of {said}"
            box.select_option(label=fitting[0])

        self._try(pick, "list", question)

    def attach(self, question: str, name: str, content: bytes) -> None:
        box = self.page.locator("input[type=file]").and_(self.page.get_by_label(begins(question)))
        file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self._try(lambda: box.set_input_files(file), "question", question)

    def press(self, button: str, *, twice: bool = False) -> None:
        found = self._first_in_main("button", button)

        def click() -> None:
            with self.page.expect_navigation():
                found.dblclick(no_wait_after=True) if twice else found.click()
            self.page.wait_for_load_state()

        self._try(click, "button", button)

    def folded(self) -> list[str]:
        return [" ".join(one.split()) for one in self.page.locator("summary").all_text_contents()]

    def unfold(self, summary: str) -> None:
        found = self.page.locator("summary").filter(has_text=begins(summary))
        self._try(found.click, "folded part", summary)

    def close(self) -> None:
        """Go away."""
        self.context.close()

    def _first_in_main(self, role: Literal["link", "button"], name: str) -> Locator:
        """What belongs to this page, before what stands on every page. A link that looks like a button says so."""
        main = self.page.get_by_role("main")
        for where in (main, self.page.locator("body")):
            found = where.get_by_role(role, name=begins(name))
            if role == "link":
                found = found.or_(where.locator("a").and_(where.get_by_role("button", name=begins(name))))
            if found.count():
                break
        return found

    def _group(self, question: str) -> Locator:
        return self.page.get_by_role("group", name=begins(question))

    def _try(self, does: Callable[[], object], kind: str, name: str) -> None:
        try:
            does()
        except Error as fault:
            self.page.wait_for_load_state()  # the page may be on its way still, and then nothing can be listed
            there = self.links() if kind == "link" else self.buttons() if kind == "button" else self._questions()
            said = lost(kind, name, there, self.path, self.status, self.text)
            raise AssertionError(f"{said}\n{str(fault)[:600]}") from fault

    def _questions(self) -> list[str]:
        labels = self.page.locator("legend, label").all_text_contents()
        return [" ".join(one.split()) for one in labels]


def begins(name: str) -> re.Pattern[str]:
    """An accessible name that begins with these words."""
    return re.compile(rf"^\s*{re.escape(name)}", re.IGNORECASE)
