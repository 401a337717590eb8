"""The standard form as data: its sections and fields, who sees each, and what makes an answer required.

A version is a file of `config/forms/`. Pages, checks, drafts, the providers' view, the programming interface and the
detector of identifying text are all made from it, so that a question is described once. An old request keeps the
version it was written with.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from app.core.errors import NotFound
from app.core.geography import authorities
from app.core.policies import SHIPPED
from app.requests.definitions import (
    NOT_MEASURED,
    TODAY,
    Audience,
    Cell,
    FieldDefinition,
    FormDefinition,
    Pick,
    Raw,
    Row,
    SectionDefinition,
    When,
)

FORMS = Path(__file__).resolve().parents[2] / "config" / "forms"
CURRENT = "standard-2"
KINDS = frozenset({"text", "textarea", "date", "number", "radios", "select", "checkboxes", "picks", "postcode", "rows"})


@cache
def form(version: str = CURRENT) -> FormDefinition:
    """A version of the form. NotFound where it is not shipped; ValueError where the file contradicts itself."""
    path = FORMS / f"{version}.toml"
    if not version.replace("-", "").isalnum() or not path.is_file():
        raise NotFound("form", version=version)
    return _read(path)


def _read(path: Path) -> FormDefinition:
    """A version of the form out of its file. ValueError says what in it contradicts itself."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    codes = {name: _choices(listed) for name, listed in raw["codes"].items()}
    sections = tuple(_section(section, codes, raw["needs_measure"]) for section in raw["sections"])
    by_name = {one.name: one for section in sections for one in section.fields}
    if sum(len(section.fields) for section in sections) != len(by_name):
        raise ValueError(f"{path.name} names a field twice")
    _check(path.name, sections, by_name)
    whole = tuple(_with_conditions(section, by_name, sections) for section in sections)
    return FormDefinition(
        raw["version"],
        raw["title"],
        whole,
        int(raw.get("keep_unsaved_hours", 24)),
        {one.name: one for section in whole for one in section.fields},
    )


def _choices(listed: Any) -> tuple[Pick, ...]:
    """A code list: written out, out of a policy's file, or our table of England's authorities."""
    if isinstance(listed, Mapping):
        if "policy" in listed:
            content = tomllib.loads((SHIPPED / listed["policy"]).read_text(encoding="utf-8"))
            return tuple((one["code"], one["words"]) for one in content[listed["list"]])
        english = [(one.gss, one.name) for one in authorities() if one.gss.startswith("E")]
        return tuple(sorted(english, key=lambda one: one[1]))
    return tuple(tuple(choice) for choice in listed)


def _section(raw: Mapping[str, Any], codes: Mapping[str, tuple[Pick, ...]], measure: str) -> SectionDefinition:
    name, indicators = raw["name"], bool(raw.get("indicators", False))
    measured = _indicators(name, measure) if indicators else ()
    asked = tuple(_field(name, one, codes) for one in raw["fields"])
    return SectionDefinition(
        name=name,
        title=raw["title"],
        lead=raw["lead"],
        fields=measured + asked,
        indicators=indicators,
        per_child=bool(raw.get("per_child", False)),
        copied=bool(raw.get("copied", True)),
        when=_when(raw.get("when")),
    )


def _when(raw: Mapping[str, Any] | None) -> When | None:
    if raw is None:
        return None
    answers = raw["is"]
    return When(raw["field"], (answers,) if isinstance(answers, str) else tuple(answers))


def _field(
    section: str,
    raw: Mapping[str, Any],
    codes: Mapping[str, tuple[Pick, ...]],
    audience: Audience | None = None,
) -> FieldDefinition:
    rest = dict(raw)
    listed = codes[rest.pop("codes")] if "codes" in rest else _choices(rest.pop("choices", []))
    own = audience or Audience(rest.pop("audience"))
    columns = tuple(_field(section, one, codes, own) for one in rest.pop("columns", []))
    when, required_when = _when(rest.pop("when", None)), _when(rest.pop("required_when", None))
    return FieldDefinition(
        section=section,
        audience=own,
        choices=listed,
        when=when,
        conditions=(when,) if when else (),
        required_when=required_when,
        columns=columns,
        **rest,
    )


def _indicators(section: str, file: str) -> tuple[FieldDefinition, ...]:
    """The 12 indicators of the needs measure that the form names: its levels, each described where the measure does,
    and "not measured" (F-57).
    """
    measure = tomllib.loads((SHIPPED / file).read_text(encoding="utf-8"))
    return tuple(
        FieldDefinition(
            name=f"need_{number}",
            section=section,
            label=indicator["label"],
            kind="radios",
            required=True,
            audience=Audience.INVITED,
            choices=_levels(measure["levels"], indicator.get("describe", ())),
            inline="describe" not in indicator,
            compact=True,
            group=indicator["domain"],
            domain=indicator["domain"],
            frozen=True,
        )
        for number, indicator in enumerate(measure["indicators"], start=1)
    )


def _levels(levels: Mapping[str, str], described: Iterable[str]) -> tuple[Pick, ...]:
    said = dict(zip(levels, described, strict=False))
    picks = [(code, words, said[code]) if code in said else (code, words) for code, words in levels.items()]
    return (*picks, (NOT_MEASURED, "Not measured"))


def _check(file: str, sections: Iterable[SectionDefinition], by_name: Mapping[str, FieldDefinition]) -> None:
    """ValueError for what a version of the form may not say."""
    waits = [(one.name, when, by_name) for one in by_name.values() for when in (one.when, one.required_when)]
    waits += [(section.name, section.when, by_name) for section in sections]
    for one in by_name.values():
        columns = {column.name: column for column in one.columns}
        waits += [(f"{one.name}.{column.name}", column.when, columns) for column in one.columns]
        if (one.kind == "rows") != bool(one.columns) or one.kind not in KINDS:
            raise ValueError(f"{file}: {one.name} is of no kind that the form knows")
        if any(other not in ("", TODAY, *by_name) for other in (one.not_before, one.not_after, one.needed_with)):
            raise ValueError(f"{file}: {one.name} is held against a field that is not there")
    for name, when, among in waits:
        if when is not None and (when.field not in among or not set(when.answers) <= among[when.field].codes):
            raise ValueError(f"{file}: {name} waits for an answer that {when.field} cannot have")


def _with_conditions(
    section: SectionDefinition, by_name: Mapping[str, FieldDefinition], sections: Iterable[SectionDefinition]
) -> SectionDefinition:
    """The section, each of whose fields knows all that must hold for it to be asked."""
    of_section = {one.name: one.when for one in sections}

    def all_of(one: FieldDefinition, seen: tuple[str, ...] = ()) -> tuple[When, ...]:
        if one.name in seen:
            raise ValueError(f"{one.name} waits for itself")
        above = of_section[one.section]
        found = (above,) if above else ()
        if one.when:
            found = (*all_of(by_name[one.when.field], (*seen, one.name)), *found, one.when)
        return tuple(dict.fromkeys(found))

    return replace(section, fields=tuple(replace(one, conditions=all_of(one)) for one in section.fields))


__all__ = [
    "CURRENT",
    "FORMS",
    "NOT_MEASURED",
    "Audience",
    "Cell",
    "FieldDefinition",
    "FormDefinition",
    "Raw",
    "Row",
    "SectionDefinition",
    "When",
    "form",
]
