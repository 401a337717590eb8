"""A person's hands through HTTP: strict parsing, and forms sent as a browser without JavaScript does."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

NOT_READ = frozenset({"script", "style", "svg", "template", "head", "noscript"})
NOT_TYPED = frozenset({"hidden", "submit", "button", "radio", "checkbox", "image", "reset", "file"})


@dataclass(frozen=True)
class Answer:
    """What came back, after all redirects."""

    status: int
    address: str
    body: str
    is_page: bool


class Wire:
    """One browser without JavaScript: cookies, a page, and what has been typed into its forms."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._typed: dict[int, str | bool] = {}
        self._attached: dict[int, tuple[str, bytes]] = {}
        self._address = base_url
        self.status = 0
        self.source = ""
        self.posted = 0
        """How many forms this person has sent."""

    # Pages ---------------------------------------------------------------------------------------------------------

    def open(self, address: str) -> None:
        self._ask(urllib.request.Request(urllib.parse.urljoin(self.base_url, address)))

    def _ask(self, request: urllib.request.Request) -> None:
        self._take(self._send(request))

    def _send(self, request: urllib.request.Request) -> Answer:
        """One request and where it leads."""
        request.add_header("Accept-Language", "en-GB")
        if self.status:
            request.add_header("Referer", self._address)
        try:
            answer: Any = self._opener.open(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            body = answer.read().decode("utf-8")
            return Answer(answer.status, answer.url, body, answer.headers.get_content_type() == "text/html")

    def _take(self, answer: Answer) -> None:
        """What came is the page from now on."""
        self.status, self._address, self.source = answer.status, answer.address, answer.body
        if answer.is_page:
            self._parse()

    def _parse(self) -> None:
        builder = html5lib.getTreeBuilder("etree")
        try:
            self.tree: Element = html5lib.HTMLParser(builder, strict=True, namespaceHTMLElements=False).parse(
                self.source
            )
        except html5lib.html5parser.ParseError as fault:
            raise AssertionError(f"{self.path} is not valid HTML: {fault}") from fault
        self._parents = {child: parent for parent in self.tree.iter() for child in parent}
        self._labels = {
            label.get("for", ""): words_of(label) for label in self.tree.iter("label") if label.get("for") is not None
        }
        self._typed, self._attached = {}, {}

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self._address).path

    @property
    def text(self) -> str:
        return words_of(self.tree)

    def links(self) -> list[str]:
        return [words_of(one) for one in self.tree.iter("a") if one.get("href")]

    def buttons(self) -> list[str]:
        return [words_of(one) for one in self.tree.iter("button")]

    def folded(self) -> list[str]:
        return [words_of(one) for one in self.tree.iter("summary")]

    def unfold(self, summary: str) -> None:
        found = self.folded()
        assert any(named(one, summary) for one in found), self._lost("folded part", summary, found)

    def follow(self, link: str) -> None:
        found = {
            urllib.parse.urljoin(self._address, one.get("href", ""))
            for one in self._in_main("a")
            if one.get("href") and named(self._name(one), link)
        } or {
            urllib.parse.urljoin(self._address, one.get("href", ""))
            for one in self.tree.iter("a")
            if one.get("href") and named(self._name(one), link)
        }
        assert len(found) == 1, self._lost("link", link, self.links())
        self._ask(urllib.request.Request(found.pop()))

    # Forms ---------------------------------------------------------------------------------------------------------

    def fill(self, question: str, answer: str, within: str | None = None) -> None:
        among = set(self._group(within).iter()) if within else None
        found = [
            one
            for one in self._controls()
            if (among is None or one in among)
            and (one.tag == "textarea" or (one.tag == "input" and one.get("type", "text") not in NOT_TYPED))
            and named(self._name(one), question)
        ]
        assert len(found) == 1, self._lost("question", question, self._questions())
        self._typed[id(found[0])] = answer

    def fill_date(self, question: str, day: dt.date) -> None:
        group = self._group(question)
        for label, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            box = next(one for one in group.iter("input") if named(self._name(one), label))
            self._typed[id(box)] = str(value)

    def choose(self, question: str, *choices: str) -> None:
        group = self._group(question)
        boxes = [one for one in group.iter("input") if one.get("type") in ("radio", "checkbox")]
        for choice in choices:
            found = [one for one in boxes if named(self._name(one), choice)]
            assert len(found) == 1, self._lost("choice", choice, [self._name(one) for one in boxes])
            if found[0].get("type") == "radio":
                for other in boxes:
                    if other.get("name") == found[0].get("name"):
                        self._typed[id(other)] = False
            self._typed[id(found[0])] = True

    def tick(self, statement: str) -> None:
        found = [one for one in self._controls() if one.get("type") == "checkbox" and named(self._name(one), statement)]
        assert len(found) == 1, self._lost("box", statement, self._questions())
        self._typed[id(found[0])] = True

    def select(self, question: str, option: str) -> None:
        found = [one for one in self._controls() if one.tag == "select" and named(self._name(one), question)]
        assert len(found) == 1, self._lost("list", question, self._questions())
        options = {words_of(one): one.get("value", "") for one in found[0].iter("option")}
        fitting = [value for words, value in options.items() if named(words, option)]
        assert len(fitting) == 1, self._lost("option", option, list(options))
        self._typed[id(found[0])] = fitting[0]

    def attach(self, question: str, name: str, content: bytes) -> None:
        found = [one for one in self._controls() if one.get("type") == "file" and named(self._name(one), question)]
        assert len(found) == 1, self._lost("question", question, self._questions())
        self._attached[id(found[0])] = (name, content)

    def press(self, button: str, *, twice: bool = False) -> None:
        found = [one for one in self._in_main("button") if named(self._name(one), button)] or [
            one for one in self.tree.iter("button") if named(self._name(one), button)
        ]
        assert len(found) == 1, self._lost("button", button, self.buttons())
        form: Element | None = found[0]
        while form is not None and form.tag != "form":
            form = self._parents.get(form)
        assert form is not None, f"{button} on {self.path} is in no form"
        answers = [pair for one in form.iter() for pair in self._answers(one, found[0])]
        target = urllib.parse.urljoin(self._address, form.get("action") or self._address)
        if form.get("method", "get").lower() == "get":
            self._ask(urllib.request.Request(f"{target.partition('?')[0]}?{urllib.parse.urlencode(answers)}"))
            return
        body, kind = self._body(form, answers)
        assert any(name == "csrf_token" for name, _ in answers), f"{button} on {self.path} carries no token"
        times = 2 if twice else 1
        self.posted += times
        with ThreadPoolExecutor(times) as clicks:
            came = list(
                clicks.map(
                    lambda _: self._send(
                        urllib.request.Request(target, data=body, headers={"Content-Type": kind}, method="POST")
                    ),
                    range(times),
                )
            )
        places = {answer.address for answer in came}
        assert len(places) == 1, f"{button} on {self.path}, pressed twice at once, leads to {sorted(places)}"
        # A browser follows one answer only. Here both were followed, and what is said once stands on one of the pages.
        self._take(max(came, key=lambda answer: len(answer.body)))

    def _body(self, form: Element, answers: list[tuple[str, str]]) -> tuple[bytes, str]:
        """What a form sends, and as what: with files where it says so."""
        if form.get("enctype") != "multipart/form-data":
            return urllib.parse.urlencode(answers).encode(), "application/x-www-form-urlencoded"
        edge = secrets.token_hex(16)
        parts = [(f'name="{name}"', "", value.encode()) for name, value in answers]
        for one in form.iter("input"):
            if one.get("type") == "file":
                name, content = self._attached.get(id(one), ("", b""))
                kind = "\r\nContent-Type: application/octet-stream"
                parts.append((f'name="{one.get("name")}"; filename="{name}"', kind, content))
        body = b"".join(
            f"--{edge}\r\nContent-Disposition: form-data; {said}{kind}\r\n\r\n".encode() + content + b"\r\n"
            for said, kind, content in parts
        )
        return body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"

    def _answers(self, control: Element, pressed: Element) -> Iterator[tuple[str, str]]:
        """What one control contributes to its form when it is sent."""
        name = control.get("name")
        if name is None or control.get("disabled") is not None:
            return
        typed = self._typed.get(id(control))
        kind = control.get("type", "text")
        if control.tag == "textarea":
            text = typed if isinstance(typed, str) else "".join(control.itertext()).removeprefix("\n")
            yield name, re.sub(r"\r?\n", "\r\n", text)
        elif control.tag == "select":
            chosen = next((one for one in control.iter("option") if one.get("selected") is not None), None)
            first = next(control.iter("option"))
            yield name, typed if isinstance(typed, str) else (chosen if chosen is not None else first).get("value", "")
        elif control.tag == "input" and kind in ("radio", "checkbox"):
            if typed if typed is not None else control.get("checked") is not None:
                yield name, control.get("value", "on")
        elif control.tag == "input" and kind not in ("submit", "button", "image", "reset", "file"):
            yield name, typed if isinstance(typed, str) else control.get("value", "")
        elif control is pressed:
            yield name, control.get("value", "")

    def _in_main(self, tag: str) -> list[Element]:
        """What belongs to this page, before what stands on every page."""
        main = self.tree.find(".//main")
        return [] if main is None else list(main.iter(tag))

    def _controls(self) -> list[Element]:
        return [one for one in self.tree.iter() if one.tag in ("input", "textarea", "select") and one.get("name")]

    def _questions(self) -> list[str]:
        legends = [words_of(one) for one in self.tree.iter("legend")]
        return legends + [self._name(one) for one in self._controls() if one.get("type") != "hidden"]

    def _group(self, question: str) -> Element:
        found = [
            one
            for one in self.tree.iter("fieldset")
            for legend in one.findall("legend")  # its own: a question may stand inside another one's answer
            if named(words_of(legend), question)
        ]
        assert len(found) == 1, self._lost("question", question, self._questions())
        return found[0]

    def _name(self, element: Element) -> str:
        if element.get("aria-label"):
            return str(element.get("aria-label"))
        if element.tag in ("input", "textarea", "select"):
            return self._labels.get(element.get("id", ""), "")
        return words_of(element)

    def _lost(self, kind: str, name: str, there: list[str]) -> str:
        return lost(kind, name, there, self.path, self.status, self.text)


def lost(kind: str, name: str, there: list[str], path: str, status: int, text: str) -> str:
    """What to say when a page does not have one thing of a name."""
    listed = "\n  ".join(there) or "nothing"
    return f"no one {kind} {name!r} at {path} ({status}). There:\n  {listed}\nThe page: {text}"


def named(words: str, wanted: str) -> bool:
    """Whether an accessible name is the wanted one, or begins with it."""
    return words.casefold().startswith(wanted.casefold())


def words_of(element: Element) -> str:
    """The words in an element, in order, with single spaces."""
    return " ".join(" ".join(_texts(element)).split())


def _texts(element: Element) -> Iterator[str]:
    if element.tag in NOT_READ or callable(element.tag):
        return
    if element.text:
        yield element.text
    for child in element:
        yield from _texts(child)
        if child.tail:
            yield child.tail


__all__ = ["Wire", "lost", "named", "words_of"]
