"""What must hold for every page, whoever reads it: valid HTML, one heading, nothing inline, and words for people."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

import app.wiring  # noqa: F401 - brings every table
from app.core.database import Base, Word

SNAKE = re.compile(r"(?<![\w/.@#=?&-])[a-z]+(?:_[a-z0-9]+)+(?![\w/@.=-])")
"""A word of the code's and not of the field's, such as awaiting_start."""

ESCAPED = re.compile(r"&(?:lt|gt|amp|quot|nbsp|#\d+);|</?(?:p|div|span|strong|br|a|b|li|em|script)\b[^>]*>")
"""Markup that was escaped once too often, so that people read it."""

CODE = re.compile(
    r"StrEnum|<app\.|<class |object at 0x|datetime\.|Decimal\(|Markup\(|Undefined|\bnan\b|\{\{|\}\}|\{%|%\}|"
    r"(?:£|\bby |\bto |\bon |\bfrom |\bof |\bat )None\b(?! known)|\bNone (?:a week|weeks|places|years|of)\b|\[\]|\{\}"
)
"""Python that shows through."""

SILENT = frozenset({"script", "style", "template", "head", "title", "noscript", "code"})


class Page:
    """One page, parsed strictly: `faults` says what is wrong with it."""

    def __init__(self, source: str) -> None:
        self.source = source
        builder = html5lib.getTreeBuilder("etree")
        parser = html5lib.HTMLParser(builder, namespaceHTMLElements=False)
        self.tree: Element = parser.parse(source)
        self.errors = [f"line {at[0]}: {code} {facts}" for at, code, facts in parser.errors]

    @property
    def title(self) -> str:
        """What stands in the browser's tab."""
        found = self.tree.find(".//title")
        return "".join(found.itertext()).strip() if found is not None else ""

    @property
    def text(self) -> str:
        """What can be read."""
        return " ".join(" ".join(_texts(self.tree)).split())

    def links(self) -> list[str]:
        """Where the page leads, in its order."""
        return [one.get("href", "") for one in self.tree.iter("a") if one.get("href")]

    def faults(self) -> list[str]:
        """Everything that is wrong with this page, in words."""
        return [
            *(f"not valid HTML: {error}" for error in self.errors),
            *self._headings(),
            *self._inline(),
            *self._ids(),
            *self._tables(),
            *self._words(),
        ]

    def _headings(self) -> Iterator[str]:
        if not self.title:
            yield "no title"
        headings = ["".join(one.itertext()).strip() for one in self.tree.iter("h1")]
        if len(headings) != 1:
            yield f"{len(headings)} h1: {headings}"
        elif not headings[0]:
            yield "an empty h1"

    def _inline(self) -> Iterator[str]:
        for one in self.tree.iter():
            if callable(one.tag):
                continue
            if one.tag == "style" or one.get("style") is not None:
                yield f"inline style on {one.tag}"
            if one.tag == "script" and not one.get("src") and not one.get("nonce"):
                yield "inline script without a nonce"
            yield from (f"{name} on {one.tag}" for name in one.attrib if name.startswith("on"))
            yield from (
                f"{name}={value!r} on {one.tag}"
                for name, value in one.items()
                if name in ("href", "action", "value", "datetime", "for", "id", "src")
                and (value == "None" or "/None" in value or value.startswith("javascript:"))
            )

    def _ids(self) -> Iterator[str]:
        ids = Counter(one.get("id") for one in self.tree.iter() if one.get("id"))
        yield from (f"id {name} stands {times} times" for name, times in ids.items() if times > 1)
        for one in self.tree.iter("label"):
            if one.get("for") not in ids:
                yield f"label {''.join(one.itertext()).strip()!r} is for nothing"
        for one in self.tree.iter("a"):
            to = one.get("href") or ""
            if to.startswith("#") and to != "#" and to[1:] not in ids:
                yield f"link to {to}, which is not there"
        for one in self.tree.iter():
            for name in ("aria-describedby", "aria-labelledby"):
                missing = [part for part in (one.get(name) or "").split() if part not in ids]
                if missing:
                    yield f"{name} names {missing}, which are not there"

    def _tables(self) -> Iterator[str]:
        for table in self.tree.iter("table"):
            if table.find("caption") is None:
                yield "a table without a caption"
            if any(one.get("scope") is None for one in table.iter("th")):
                yield "a table's header without a scope"
        for image in self.tree.iter("img"):
            if image.get("alt") is None:
                yield "a picture without words"

    def _words(self) -> Iterator[str]:
        text = self.text
        for what, pattern in (("a word of the code", SNAKE), ("escaped twice", ESCAPED), ("code", CODE)):
            for found in sorted({match[0] for match in pattern.finditer(text)}):
                yield f"{what}: {found!r}"
        for one in self.tree.iter():
            if "govuk-tag" in (one.get("class") or "").split():
                said = "".join(one.itertext()).strip()
                if not said or not (said[0].isupper() or said[0].isdigit() or said[0] == "£"):
                    yield f"a tag that says {said!r}"
        for one in self.tree.iter():
            if one.tag in ("td", "dd", "option", "strong") and not len(one) and (one.text or "").strip() in codes():
                yield f"a code where words belong: {(one.text or '').strip()!r}"
        for one in self.tree.iter("button"):
            if not "".join(one.itertext()).strip() and not one.get("aria-label"):
                yield "a button without a name"
        for one in self.tree.iter("a"):
            if one.get("href") and not "".join(one.itertext()).strip() and not one.get("aria-label"):
                yield f"a link without words to {one.get('href')}"


@functools.cache
def codes() -> frozenset[str]:
    """Every value of every enumeration of the product's tables, in the code's spelling."""
    known = {
        word.value
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Word)
        for word in column.type.words
        if not word.value.isdigit()  # a stage is a number to people too
    }
    assert "submitted" in known
    return frozenset(known)


def _texts(element: Element) -> Iterator[str]:
    if callable(element.tag) or element.tag in SILENT:
        return
    if element.text:
        yield element.text
    for child in element:
        yield from _texts(child)
        if child.tail:
            yield child.tail
