"""One section of the standard form on a page: its questions in their groups, what was typed, and messages.

A question that waits for an answer to another on the same page is shown under that answer, where it is asked; without
scripts it stands there all the same and says when it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core.errors import HomewardError, Invalid
from app.requests.answers import needed
from app.requests.form import FieldDefinition, Raw, SectionDefinition
from app.web.fields import DATE_PARTS, FieldView
from app.web.fields import Raw as Posted
from app.web.forms import read_raw

MORE, LESS = "more", "less"


@dataclass
class Question:
    """One question on the page, with those that wait for each of its answers."""

    definition: FieldDefinition
    view: FieldView
    raw: Any
    error: str | None = None
    under: dict[str, list[Question]] = field(default_factory=dict)
    lines: list[list[Question]] = field(default_factory=list)

    @property
    def row_word(self) -> str:
        """What one line is called inside a sentence."""
        return (self.definition.row_label or "answer").lower()

    @property
    def is_full(self) -> bool:
        """Whether no further line can be added."""
        return len(self.lines or self.raw) >= self.definition.most_rows


class SectionForm:
    """One section on a page. It has the shape of a `Form`: the layout reads its errors."""

    def __init__(self, section: SectionDefinition, typed: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        """`typed` are the section's answers, `known` those of the whole form, which say what is needed."""
        self.section = section
        self.errors: dict[str, str] = {}
        answers = {**known, **typed}
        self.questions = {one.name: _question(one, typed.get(one.name), answers) for one in section.fields}
        self.groups = self._grouped()

    def _grouped(self) -> list[tuple[str, list[Question]]]:
        """The questions under their headings; those that are shown under an answer are not listed again."""
        groups: list[tuple[str, list[Question]]] = []
        for name, question in self.questions.items():
            above = self._above(question.definition)
            if above is not None:
                for code in question.definition.when.answers if question.definition.when else ():
                    above.under.setdefault(code, []).append(question)
                continue
            if not groups or groups[-1][0] != question.definition.group:
                groups.append((question.definition.group, []))
            groups[-1][1].append(self.questions[name])
        return groups

    def _above(self, one: FieldDefinition) -> Question | None:
        """The radios under one of whose answers a question is shown; None where it stands for itself."""
        if one.when is None or len(one.when.answers) > 1:
            return None
        above = self.questions.get(one.when.field)
        if above is None or above.definition.kind != "radios" or above.definition.when is not None:
            return None
        return above

    @property
    def has_lines(self) -> bool:
        """Whether buttons stand on the page that do something else than saving."""
        return any(one.definition.kind in ("rows", "picks") for one in self.questions.values())

    def show(self, errors: Mapping[str, str]) -> None:
        """Messages at their questions, in the order of the page."""
        self.errors = {name: errors[name] for name in self.questions if name in errors}
        elsewhere = [message for name, message in errors.items() if name not in self.questions]
        if elsewhere:
            self.errors[""] = elsewhere[0]
        for name, question in self.questions.items():
            question.error = self.errors.get(name)

    def refuse(self, error: HomewardError) -> None:
        """Show the domain's refusal at the fields that it blames."""
        self.show(error.errors if isinstance(error, Invalid) else {"": error.message})

    def error_links(self) -> list[dict[str, str]]:
        """The error summary."""
        return [
            {"text": message, "href": f"#{target_of(self.questions[name].definition, self.questions[name].raw)}"}
            if name
            else {"text": message, "href": "#main-content"}
            for name, message in self.errors.items()
        ]


def target_of(one: FieldDefinition, raw: Any = None) -> str:
    """The id of the first input of a question: where a link to a gap leads."""
    if one.kind == "date":
        return f"{one.name}-day"
    if one.kind == "picks":
        return f"{one.name}-1"
    if one.kind == "rows" and raw:
        return f"{one.name}-1-{one.columns[0].name}"
    return one.name


def _question(one: FieldDefinition, typed: Any, answers: Mapping[str, Any]) -> Question:
    view = FieldView.of({**one.looks(), "optional": not needed(one, answers)})
    if one.kind == "rows":
        lines = [_line(one, number, row) for number, row in enumerate(typed or [], start=1)]
        return Question(one, view, typed or [], lines=lines)
    if one.kind == "picks":
        return Question(one, view, list(typed or []) or [""])
    if view.kind == "date":
        return Question(one, view, {part: str((typed or {}).get(part, "")) for part in DATE_PARTS})
    return Question(one, view, typed if typed is not None else [] if view.kind == "checkboxes" else "")


def _line(one: FieldDefinition, number: int, row: Mapping[str, Any]) -> list[Question]:
    """The columns of one line as questions of their own, named by the line."""
    made = []
    for column in one.columns:
        question = _question(column, row.get(column.name), row)
        made.append(replace(question, view=replace(question.view, name=line_name(one, number, column))))
    return made


def line_name(one: FieldDefinition, number: int, column: FieldDefinition) -> str:
    """How a column of a line is named in what a browser posts."""
    return f"{one.name}-{number}-{column.name}"


def read_section(section: SectionDefinition, posted: MultiDict[str, str]) -> dict[str, Raw]:
    """Every answer of a section as a browser posted it. Empty lines stay: `clean` leaves them out when it is saved."""
    return {one.name: _read(one, posted) for one in section.fields}


def _read(one: FieldDefinition, posted: MultiDict[str, str]) -> Raw:
    if one.kind == "picks":
        return posted.getlist(one.name)
    if one.kind != "rows":
        return read_raw(FieldView.of(one.looks()), posted)
    given = posted.get(f"{one.name}-rows", "0")
    count = min(int(given), one.most_rows) if given.isdecimal() and len(given) < 4 else 0
    lines: list[dict[str, Posted]] = []
    for number in range(1, count + 1):
        views = {
            column.name: replace(FieldView.of(column.looks()), name=line_name(one, number, column))
            for column in one.columns
        }
        lines.append({name: read_raw(view, posted) for name, view in views.items()})
    return lines


def with_lines(section: SectionDefinition, posted: MultiDict[str, str]) -> dict[str, Raw] | None:
    """What was posted with a line more or less, where a button for that was pressed; None where it was not. Nothing
    else that was typed changes.
    """
    more, less = posted.get(MORE, ""), posted.get(LESS, "")
    if not more and not less:
        return None
    typed = read_section(section, posted)
    name, _, number = less.rpartition("-")
    for one in section.fields:
        lines: Any = typed[one.name]
        if one.kind in ("rows", "picks") and one.name == more and len(lines) < one.most_rows:
            lines.append({} if one.kind == "rows" else "")
        if one.kind in ("rows", "picks") and one.name == name and number.isdecimal() and len(number) < 4:
            del lines[int(number) - 1 : int(number)]
    return typed
