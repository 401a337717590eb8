"""What a version of the standard form is made of: sections, fields, choices, audiences and conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from app.core.errors import NotFound

NOT_MEASURED = "not_measured"
TODAY = "today"

Cell: TypeAlias = str | list[str] | dict[str, str]
"""One answer as it was typed: text or a code, several codes, or the day, month and year of a date."""

Row: TypeAlias = dict[str, Cell]
"""One line of a question that is asked several times, by its columns."""

Raw: TypeAlias = Cell | list[Row]
"""An answer as it was typed, of any kind of question."""

Pick: TypeAlias = tuple[str, ...]
"""A choice: its code, its words and perhaps a hint."""


class Audience(StrEnum):
    """Who may see a field: from stage 1 (every provider invited), 2 (shortlisted) or 3 (awarded) on; or the borough."""

    INVITED = "1"
    SHORTLISTED = "2"
    AWARDED = "3"
    BOROUGH = "borough"

    def sees(self, stage: int) -> bool:
        """Whether a provider at a stage (1, 2 or 3) may see a field of this audience."""
        return self is not Audience.BOROUGH and int(self.value) <= stage


@dataclass(frozen=True)
class When:
    """Something is asked exactly when another field has one of these answers."""

    field: str
    answers: tuple[str, ...]

    @property
    def answer(self) -> str:
        """The first of the answers."""
        return self.answers[0]

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Whether it is so, given the answers so far: typed or judged."""
        given = answers.get(self.field)
        return bool(set(given) & set(self.answers)) if isinstance(given, list) else given in self.answers


@dataclass(frozen=True)
class FieldDefinition:
    """One question of the form."""

    name: str
    section: str
    label: str
    kind: str
    required: bool
    audience: Audience
    hint: str = ""
    help: str = ""
    choices: tuple[Pick, ...] = ()
    when: When | None = None
    conditions: tuple[When, ...] = ()
    """All that must hold for it to be asked: its own `when`, that of the field it waits for, and the section's."""
    required_when: When | None = None
    needed_with: str = ""
    max_length: int | None = None
    least: int = 0
    most: int = 1_000_000
    not_before: str = ""
    not_after: str = ""
    pattern: str = ""
    pattern_says: str = ""
    on_map: bool = False
    bands: str = ""
    columns: tuple[FieldDefinition, ...] = ()
    most_rows: int = 1
    row_label: str = ""
    width: int | str | None = None
    rows: int = 4
    inline: bool = False
    compact: bool = False
    group: str = ""
    domain: str = ""
    frozen: bool = False
    """Whether the answer stays as it is once the request is published: offers are compared by it."""

    @property
    def codes(self) -> frozenset[str]:
        """The codes that an answer may have."""
        return frozenset(choice[0] for choice in self.choices)

    @property
    def is_free_text(self) -> bool:
        """Whether people write in it as they like, so that it may say who the child is."""
        return self.kind in ("text", "textarea")

    @property
    def takes_several(self) -> bool:
        """Whether an answer is a list of codes."""
        return self.kind in ("checkboxes", "picks")

    @property
    def may_be_needed(self) -> bool:
        """Whether leaving it empty can be a gap."""
        return self.required or self.required_when is not None or bool(self.needed_with)

    def column(self, name: str) -> FieldDefinition:
        """A column of a question that is asked several times. KeyError where it has none."""
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)

    def words(self, code: str) -> str:
        """What people see for a code."""
        return next((choice[1] for choice in self.choices if choice[0] == code), code)

    def looks(self) -> dict[str, Any]:
        """The definition for the page's own rendering."""
        return {
            "name": self.name,
            "kind": self.kind,
            "label": self.label,
            "hint": self.hint,
            "choices": self.choices,
            "width": self.width,
            "optional": not self.may_be_needed,
            "max_length": self.max_length,
            "rows": self.rows,
            "inline": self.inline,
        }


@dataclass(frozen=True)
class SectionDefinition:
    """One page of the form. `per_child`: answered for each child of a request, else once for all of them; `copied`: its
    answers may be taken over from one child to another.
    """

    name: str
    title: str
    lead: str
    fields: tuple[FieldDefinition, ...]
    indicators: bool = False
    per_child: bool = False
    copied: bool = True
    when: When | None = None

    def is_asked(self, answers: Mapping[str, Any]) -> bool:
        """Whether the page is part of a request, given its answers so far."""
        return self.when is None or self.when.holds(answers)


@dataclass(frozen=True)
class FormDefinition:
    """One version of the form."""

    version: str
    title: str
    sections: tuple[SectionDefinition, ...]
    keep_unsaved_hours: int = 24
    _by_name: Mapping[str, FieldDefinition] = field(default_factory=dict, repr=False, compare=False)

    def section(self, name: str) -> SectionDefinition:
        """A section, or NotFound."""
        for one in self.sections:
            if one.name == name:
                return one
        raise NotFound("section of the form")

    @property
    def fields(self) -> tuple[FieldDefinition, ...]:
        """Every question in the order of the form."""
        return tuple(self._by_name.values())

    def field(self, name: str) -> FieldDefinition:
        """A question by its name. KeyError where the form has none."""
        return self._by_name[name]

    def has(self, name: str) -> bool:
        """Whether the form has a question of this name."""
        return name in self._by_name
