"""The free text of a request that providers see before an award, and so what a person reads before it is published.

Who may be told what, the form's definition says; here it is put to the answers of each child, once, for the detector
and for the person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.requests.answers import asked
from app.requests.audiences import child_title, lower_first
from app.requests.drafting import answers_each
from app.requests.drawers import drawer_of
from app.requests.form import Audience, FieldDefinition, Raw, SectionDefinition, form
from app.requests.models import PlacementRequest

BEFORE_AWARD = (Audience.INVITED, Audience.SHORTLISTED)


@dataclass(frozen=True)
class Cell:
    """One text: the answer to a question, or a column of one of its lines. `path` says which: "why_now", or
    "consulted.2.notes" for the second line.
    """

    path: str
    label: str
    text: str
    definition: FieldDefinition


@dataclass(frozen=True)
class FieldText:
    """What was written to one question, of one child where it is about each. `position` is 0 where it is about all;
    `fingerprint` tells whether it is still the same text, and nothing else.
    """

    position: int
    definition: FieldDefinition
    title: str
    cells: tuple[Cell, ...]
    fingerprint: str

    @property
    def key(self) -> str:
        """What it is called in forms and addresses."""
        return f"{self.position}-{self.definition.name}"

    @property
    def label(self) -> str:
        """The question, with the child where there are several."""
        return f"{self.title}: {lower_first(self.definition.label)}" if self.title else self.definition.label


def texts_of(session: Session, *, vault: Vault, request: PlacementRequest) -> list[FieldText]:
    """Every text that somebody may see before the award, in the order in which a request is read; none that is empty or
    not asked. The caller has checked that the person may know, and logs the view.
    """
    each = answers_each(session, vault=vault, request=request)
    found = []
    for section, position in _order(request, each[0]):
        typed = each[max(position, 1) - 1]
        drawer = drawer_of(session, vault, request, section, max(position, 1))
        for one in section.fields:
            if one.audience not in BEFORE_AWARD or not asked(one, typed):
                continue
            cells = tuple(_cells(one, typed.get(one.name)))
            if cells:
                mark = drawer.key.fingerprint(
                    json.dumps([[cell.path, cell.text] for cell in cells]), context=f"{drawer.context}:{one.name}"
                )
                found.append(FieldText(position, one, child_title(request, position) if position else "", cells, mark))
    return found


def _order(request: PlacementRequest, known: Mapping[str, Raw]) -> list[tuple[SectionDefinition, int]]:
    """One child: the form's order. Several: what is about all, then each child's own."""
    sections = [one for one in form(request.form_version).sections if one.is_asked(known)]
    if len(request.children) == 1:
        return [(one, 1 if one.per_child else 0) for one in sections]
    shared = [(one, 0) for one in sections if not one.per_child]
    return shared + [(one, child.position) for child in request.children for one in sections if one.per_child]


def _cells(one: FieldDefinition, raw: Raw | None) -> Iterator[Cell]:
    if one.is_free_text and isinstance(raw, str) and raw:
        yield Cell(one.name, "", raw, one)
    if not one.columns or not isinstance(raw, list):
        return
    for number, line in enumerate(raw, start=1):
        for column in one.columns:
            text = line.get(column.name) if isinstance(line, Mapping) else None
            if column.is_free_text and isinstance(text, str) and text:
                label = f"{one.row_label or 'Line'} {number}: {lower_first(column.label)}"
                yield Cell(f"{one.name}.{number}.{column.name}", label, text, column)


def put_text(answers: Mapping[str, Raw], path: str, text: str) -> dict[str, Raw]:
    """The answers with another text at a path."""
    changed = dict(answers)
    name, _, inside = path.partition(".")
    if not inside:
        changed[name] = text
        return changed
    number, _, column = inside.partition(".")
    lines = [dict(line) for line in changed[name] if isinstance(line, Mapping)]
    lines[int(number) - 1][column] = text
    changed[name] = lines
    return changed
