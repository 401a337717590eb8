"""Two people on one section: whoever saves second sees both answers side by side, where they differ, and says of each
which one stands. Nothing is overwritten and nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core.errors import Stale
from app.requests import drafting
from app.requests.answers import words_of
from app.requests.form import FieldDefinition, Raw, SectionDefinition
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.web.acts import Act
from app.web.borough.request_parts import section_address
from app.web.borough.section_form import LESS, MORE, Question, SectionForm

DIFFERS = "differs"
THEIRS, MINE = "theirs", "mine"


@dataclass(frozen=True)
class Difference:
    """One answer that two people gave differently: theirs, ours, and the question to change ours in."""

    field: FieldDefinition
    theirs: str
    mine: str
    question: Question
    choice: str


@dataclass(frozen=True)
class Settling:
    """What is to be settled: who saved when, where answers differ, and those of ours that say the same."""

    by: str
    at: Any
    version: int
    differences: list[Difference]
    same: list[Question]
    back: str
    errors: dict[str, str]

    def error_links(self) -> list[dict[str, str]]:
        """The error summary."""
        return [{"text": message, "href": f"#settle-{name}"} for name, message in self.errors.items()]

    @property
    def has_lines(self) -> bool:
        return any(one.field.kind in ("rows", "picks") for one in self.differences)


def settling(
    view: Act,
    row: PlacementRequest,
    part: SectionDefinition,
    position: int,
    typed: Mapping[str, Raw],
    posted: MultiDict[str, str],
) -> Settling:
    """Both answers side by side, where they differ. What was settled already stays so; what was asked and was not is
    asked again.
    """
    saved = drafting.saved_sections(view.session, vault=view.wiring.vault, request=row, position=position)[part.name]
    form = SectionForm(part, typed, typed)
    for question in form.questions.values():
        question.under.clear()  # each stands for itself here: one may differ while the other does not
    again = not (posted.get(MORE) or posted.get(LESS))
    differ = [one for one in part.fields if not drafting.same(saved.answers.get(one.name), typed.get(one.name))]
    return Settling(
        by=saved.saved_by or "Somebody",
        at=saved.saved_at,
        version=saved.version,
        differences=[
            Difference(
                one,
                words_of(one, saved.answers.get(one.name)),
                words_of(one, typed.get(one.name)),
                form.questions[one.name],
                posted.get(f"settle-{one.name}", ""),
            )
            for one in differ
        ],
        same=[question for question in form.questions.values() if question.definition not in differ],
        back=section_address(row.id, part.name, position),
        errors={
            one.name: f"Say which answer to “{one.label}” stands"
            for one in differ
            if again and one.name in posted.getlist(DIFFERS) and posted.get(f"settle-{one.name}") not in (THEIRS, MINE)
        },
    )


def settled(
    doing: Act,
    request_id: str,
    part: SectionDefinition,
    position: int,
    typed: dict[str, Raw],
    posted: MultiDict[str, str],
) -> dict[str, Raw]:
    """What is to be saved: as typed, but theirs for every answer of which that was said. Stale where one of those that
    differ was not settled, so that the page asks again.
    """
    differ = [one for one in part.fields if one.name in posted.getlist(DIFFERS)]
    if not differ:
        return typed
    row = request_for(doing.session, actor=doing.actor, request_id=request_id)
    saved = drafting.saved_sections(doing.session, vault=doing.wiring.vault, request=row, position=position)[part.name]
    for one in differ:
        choice = posted.get(f"settle-{one.name}")
        if choice not in (THEIRS, MINE):
            raise Stale("Say of each answer which one stands.")
        if choice == THEIRS:
            typed[one.name] = saved.answers.get(one.name, "")
    return typed
