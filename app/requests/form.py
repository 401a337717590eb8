"""The standard form as data: its sections and fields, who sees each, and what makes an answer required.

A version is a file of `config/forms/`. Pages, checks, drafts, the providers' view and the detector of identifying text
are all made from it, so that a question is described once. An old request keeps the version it was written with.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from app.core.errors import NotFound
from app.core.policies import SHIPPED

FORMS = Path(__file__).resolve().parents[2] / "config" / "forms"
CURRENT = "standard-1"
NOT_MEASURED = "not_measured"

Raw: TypeAlias = str | list[str] | dict[str, str]
"""An answer as it was typed: text or a code, several codes, or the day, month and year of a date."""

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
    """A field is asked exactly when another one has this answer."""

    field: str
    answer: str


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
    choices: tuple[Pick, ...] = ()
    when: When | None = None
    max_length: int | None = None
    least: int = 0
    most: int = 1_000_000
    width: int | str | None = None
    rows: int = 4
    inline: bool = False
    domain: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """The codes that an answer may have."""
        return frozenset(choice[0] for choice in self.choices)

    @property
    def is_free_text(self) -> bool:
        """Whether people write in it as they like, so that it may say who the child is."""
        return self.kind in ("text", "textarea")

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
            "optional": not self.required,
            "max_length": self.max_length,
            "rows": self.rows,
            "inline": self.inline,
        }


@dataclass(frozen=True)
class SectionDefinition:
    """One page of the form."""

    name: str
    title: str
    lead: str
    fields: tuple[FieldDefinition, ...]
    indicators: bool = False


@dataclass(frozen=True)
class FormDefinition:
    """One version of the form."""

    version: str
    title: str
    sections: tuple[SectionDefinition, ...]
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


@cache
def form(version: str = CURRENT) -> FormDefinition:
    """A version of the form. NotFound where it is not shipped."""
    path = FORMS / f"{version}.toml"
    if not version.replace("-", "").isalnum() or not path.is_file():
        raise NotFound("form", version=version)
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    sections = tuple(_section(section, raw) for section in raw["sections"])
    by_name = {one.name: one for section in sections for one in section.fields}
    if sum(len(section.fields) for section in sections) != len(by_name):
        raise ValueError(f"{path.name} names a field twice")
    for one in by_name.values():
        if one.when is not None and one.when.answer not in by_name[one.when.field].codes:
            raise ValueError(f"{path.name}: {one.name} waits for an answer that {one.when.field} cannot have")
    return FormDefinition(raw["version"], raw["title"], sections, by_name)


def _section(raw: Mapping[str, Any], whole: Mapping[str, Any]) -> SectionDefinition:
    name, indicators = raw["name"], bool(raw.get("indicators", False))
    measured = _indicators(name, whole["needs_measure"]) if indicators else ()
    asked = tuple(_field(name, one, whole["codes"]) for one in raw["fields"])
    return SectionDefinition(name, raw["title"], raw["lead"], measured + asked, indicators)


def _field(section: str, raw: Mapping[str, Any], codes: Mapping[str, Any]) -> FieldDefinition:
    rest = dict(raw)
    listed = codes[rest.pop("codes")] if "codes" in rest else rest.pop("choices", [])
    when = rest.pop("when", None)
    return FieldDefinition(
        section=section,
        audience=Audience(rest.pop("audience")),
        choices=tuple(tuple(choice) for choice in listed),
        when=When(when["field"], when["is"]) if when else None,
        **rest,
    )


def _indicators(section: str, file: str) -> tuple[FieldDefinition, ...]:
    """The 12 indicators of the needs measure that the form names, with its levels and "not measured" (F-57)."""
    measure = tomllib.loads((SHIPPED / file).read_text(encoding="utf-8"))
    levels = (*((code, words) for code, words in measure["levels"].items()), (NOT_MEASURED, "Not measured"))
    return tuple(
        FieldDefinition(
            name=f"need_{number}",
            section=section,
            label=indicator["label"],
            kind="radios",
            required=True,
            audience=Audience.INVITED,
            choices=levels,
            inline=True,
            domain=indicator["domain"],
        )
        for number, indicator in enumerate(measure["indicators"], start=1)
    )
