"""The parts of a request's form: each section once, one about each child once for every child, with how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.core.clock import local_date
from app.requests import drafting
from app.requests.answers import Gap, asked, is_empty, judge_each, words_of
from app.requests.audiences import child_title, lower_first
from app.requests.form import FormDefinition, Raw, SectionDefinition, form
from app.requests.models import PlacementRequest
from app.web.acts import Act
from app.web.borough.section_form import target_of


@dataclass(frozen=True)
class Part:
    """One section of the form, of one child where it is about each. `known` are all answers that its conditions ask."""

    request_id: str
    section: SectionDefinition
    position: int
    title: str
    answers: Mapping[str, Raw]
    known: Mapping[str, Raw]
    version: int
    gaps: dict[str, str]

    def is_about(self, section: str, position: int) -> bool:
        """Whether it is this section, of this child where it is about one."""
        return self.section.name == section and self.position in (0, position)

    @property
    def wrong(self) -> dict[str, str]:
        """The gaps that are answers given and wrong, by field: not those that are merely missing."""
        return {name: said for name, said in self.gaps.items() if not is_empty(self.answers.get(name))}

    @property
    def is_done(self) -> bool:
        return bool(self.version) and not self.gaps

    @property
    def measured(self) -> bool:
        """Whether it holds the needs measure."""
        return self.section.indicators

    @property
    def href(self) -> str:
        return section_address(self.request_id, self.section.name, self.position)

    @property
    def status(self) -> str:
        wrong = len(self.wrong)
        missing = len(self.gaps) - wrong
        if not self.version:
            return "Not started"
        counts = [f"{wrong} to correct"] if wrong else []
        return ", ".join([*counts, *([f"{missing} to answer"] if missing else [])]) or "Completed"

    @property
    def tone(self) -> str:
        if not self.version:
            return "neutral"
        return "bad" if self.wrong else "warn" if self.gaps else "done"

    @property
    def item(self) -> dict[str, str]:
        """Its line of the task list."""
        return {"title": self.section.title, "href": self.href, "status": self.status, "tone": self.tone}

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What was answered, and in one line what was not."""
        fields = [one for one in self.section.fields if asked(one, self.known)]
        said = [(one.label, words_of(one, self.answers.get(one.name))) for one in fields]
        empty = [label for label, words in said if not words]
        return [one for one in said if one[1]] + ([("Left empty", "; ".join(empty))] if empty else [])


@dataclass(frozen=True)
class GapLine:
    """A gap as a link to its field."""

    message: str
    href: str


def section_address(request_id: str, section: str, position: int, **more: Any) -> str:
    """Where a section is written; of the first child, or about all, unless the position is another's."""
    child = position if position > 1 else None
    return url_for("borough.request_section", request_id=request_id, section=section, child=child, **more)


def parts_of(view: Act, row: PlacementRequest) -> tuple[list[Part], list[GapLine]]:
    """The parts of a request in their order, and every gap in it, each a link to its field."""
    definition = form(row.form_version)
    vault = view.wiring.vault
    saved = [
        drafting.saved_sections(view.session, vault=vault, request=row, position=one.position) for one in row.children
    ]
    known = [{name: raw for one in sections.values() for name, raw in one.answers.items()} for sections in saved]
    _, gaps = judge_each(definition, known, local_date(view.now))
    parts = [
        Part(
            request_id=row.id,
            section=section,
            position=position,
            title=_title(row, section, position),
            answers=saved[max(position, 1) - 1][section.name].answers,
            known=known[max(position, 1) - 1],
            version=saved[max(position, 1) - 1][section.name].version,
            gaps=_of(gaps, section, position),
        )
        for section, position in _order(definition, row, known[0])
    ]
    return parts, [_line(row, gap) for gap in gaps]


def _order(
    definition: FormDefinition, row: PlacementRequest, known: Mapping[str, Raw]
) -> list[tuple[SectionDefinition, int]]:
    """One child: the form's order. Several: what is about all, then each child's own."""
    asked_for = [section for section in definition.sections if section.is_asked(known)]
    if len(row.children) == 1:
        return [(one, 1 if one.per_child else 0) for one in asked_for]
    return [(one, 0) for one in asked_for if not one.per_child] + [
        (one, child.position) for child in row.children for one in asked_for if one.per_child
    ]


def _title(row: PlacementRequest, section: SectionDefinition, position: int) -> str:
    child = child_title(row, position) if position else ""
    return f"{child}: {lower_first(section.title)}" if child else section.title


def _of(gaps: list[Gap], section: SectionDefinition, position: int) -> dict[str, str]:
    return {
        gap.field.name: gap.message
        for gap in gaps
        if gap.field.section == section.name and gap.position in (0, position)
    }


def _line(row: PlacementRequest, gap: Gap) -> GapLine:
    child = child_title(row, gap.position) if gap.position else ""
    there = section_address(row.id, gap.field.section, gap.position, gaps=1)
    return GapLine(f"{child}: {lower_first(gap.message)}" if child else gap.message, f"{there}#{target_of(gap.field)}")
