"""What stands in a document, apart from how Word or PDF writes it: titles, tables of questions and answers, pictures.

It is made from the form's definition and from what an audience sees, so that a field added to the form is in every
document, for the right readers, by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.core.workdays import date_words
from app.requests.audiences import SectionView
from app.requests.form import Audience, FieldDefinition, FormDefinition
from app.requests.papers.attaching import AttachmentLine
from app.requests.typed import row_name

AUDIENCE_WORDS: Mapping[Audience, str] = {
    Audience.INVITED: "Stage 1: for every provider invited",
    Audience.SHORTLISTED: "Stage 2: for shortlisted providers",
    Audience.AWARDED: "Stage 3: for the provider that is awarded the placement",
    Audience.BOROUGH: "For the council alone",
}
MARKING = "Confidential"
PICTURES = frozenset({"image/png", "image/jpeg"})


@dataclass(frozen=True)
class Table:
    """Rows under headings. Every row is as wide as the headings."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """One headed part of a document."""

    title: str
    lead: str = ""
    table: Table | None = None


@dataclass(frozen=True)
class Picture:
    """An attached picture that is printed."""

    title: str
    data: bytes


@dataclass(frozen=True)
class Document:
    """A whole document. `council` and `marking` stand on every page."""

    title: str
    council: str
    readers: str
    made_on: dt.date
    parts: tuple[Part, ...]
    pictures: tuple[Picture, ...] = field(default_factory=tuple)
    marking: str = MARKING

    @property
    def made(self) -> str:
        """When it was made, as a sentence."""
        return f"Made on {date_words(self.made_on)} by {self.council} with Homeward."


def blank(definition: FormDefinition, *, council: str, on: dt.date) -> Document:
    """The form to be filled in by hand or in Word."""
    labels = {one.name: one for one in definition.fields}
    parts = tuple(
        Part(
            section.title,
            section.lead,
            Table(
                ("Question", "Answer"),
                tuple((_question(one, labels), _space(one)) for one in section.fields),
            ),
        )
        for section in definition.sections
    )
    return Document(f"{definition.title}: blank form", council, f"Form {definition.version}", on, parts)


def filled(sections: Sequence[SectionView], *, title: str, council: str, audience: Audience, on: dt.date) -> Document:
    """A request as an audience reads it."""
    parts = tuple(
        Part(
            one.title,
            "",
            Table(("Question", "Answer"), tuple((label, said or "Not answered") for label, said in one.rows)),
        )
        for one in sections
        if one.rows
    )
    return Document(title, council, AUDIENCE_WORDS[audience], on, parts)


def with_attachments(document: Document, lines: Sequence[AttachmentLine], pictures: Sequence[Picture]) -> Document:
    """The same with a list of what is attached for its readers, and the pictures among it."""
    if not lines:
        part = Part("Attached files", "Nothing is attached for these readers.")
    else:
        printed = {picture.title for picture in pictures}
        rows = tuple(
            (
                line.title,
                line.kind_words,
                size_words(line.size),
                "Printed below" if line.title in printed else "Read it beside this document in Homeward",
            )
            for line in lines
        )
        part = Part("Attached files", "", Table(("Title", "Kind", "Size", "Where it is"), rows))
    return Document(
        document.title,
        document.council,
        document.readers,
        document.made_on,
        (*document.parts, part),
        tuple(pictures),
        document.marking,
    )


def size_words(size: int) -> str:
    """A size as people say it."""
    if size < 1024 * 100:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / (1024 * 1024):.1f} MB"


def _question(one: FieldDefinition, labels: Mapping[str, FieldDefinition]) -> str:
    said = [one.label if one.may_be_needed else f"{one.label} (optional)"]
    if one.hint:
        said.append(one.hint)
    for when in one.conditions:
        if when.field in labels:
            other = labels[when.field]
            wanted = " or ".join(other.words(answer) for answer in when.answers)
            said.append(f"Only if the answer to “{other.label}” is {wanted}")
    return "\n".join(said)


def _space(one: FieldDefinition) -> str:
    return _SPACES.get(one.kind, _lines)(one)


def _boxes(one: FieldDefinition) -> str:
    return "\n".join(f"[  ] {choice[1]}" for choice in one.choices)


def _table_lines(one: FieldDefinition) -> str:
    """Three of several lines, each with its columns."""
    return "\n\n".join(
        "\n".join([row_name(one, number), *(f"{column.label}:" for column in one.columns)])
        for number in range(1, min(one.most_rows, 3) + 1)
    )


def _lines(one: FieldDefinition) -> str:
    return "\n" * max(1, one.rows if one.kind == "textarea" else 1)


_SPACES: Mapping[str, Callable[[FieldDefinition], str]] = {
    "radios": _boxes,
    "select": _boxes,
    "checkboxes": _boxes,
    "rows": _table_lines,
    "date": lambda _one: "Day          Month          Year",
}
"""What stands in the answer's cell of a blank form, by kind. A kind that is not here gets empty lines."""
