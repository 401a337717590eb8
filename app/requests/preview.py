"""The full form beside what a provider sees of it at a stage, question by question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.requests.audiences import AWARDED, INVITED, SHORTLISTED, SectionView, borough_view, provider_view
from app.requests.form import Audience, form
from app.requests.models import PlacementRequest

AUDIENCE_WORDS: Mapping[Audience, str] = {
    Audience.INVITED: "Everyone invited",
    Audience.SHORTLISTED: "Shortlisted providers",
    Audience.AWARDED: "The provider that is awarded the placement",
    Audience.BOROUGH: "Nobody outside the council",
}
_FROM_STAGE = {INVITED: Audience.INVITED, SHORTLISTED: Audience.SHORTLISTED, AWARDED: Audience.AWARDED}


@dataclass(frozen=True)
class Beside:
    """A question: what was answered, what the provider sees of it (None where it is not shown), and who sees it."""

    label: str
    full: str
    seen: str | None
    audience: str


@dataclass(frozen=True)
class SectionBeside:
    """A titled list of questions in both forms."""

    title: str
    rows: list[Beside]


def side_by_side(
    session: Session, *, vault: Vault, request: PlacementRequest, stage: int, knows: int
) -> list[SectionBeside]:
    """The form as the council has it beside what a provider sees at a stage. Of who the child is, the full side says as
    much as stage `knows` does: what the reader may know themselves.
    """
    stages = range(INVITED, knows + 1)
    views = {one: provider_view(session, vault=vault, request=request, stage=one) for one in stages}
    about = [one for one in views[knows] if not one.name]
    seen = _rows(views[stage])
    first = {label: one for one in reversed(stages) for label in _labels_about(views[one])}
    found = [
        SectionBeside(
            one.title,
            [
                Beside(label, said, seen.get((one.title, label)), AUDIENCE_WORDS[_FROM_STAGE[first[one.title, label]]])
                for label, said in one.rows
            ],
        )
        for one in about
    ]
    definition = form(request.form_version)
    for one in borough_view(session, vault=vault, request=request):
        if not one.name:  # who the children are stands above already
            continue
        audiences = {asked.label: asked.audience for asked in definition.section(one.name).fields}
        rows = [
            Beside(label, said, seen.get((one.title, label)), AUDIENCE_WORDS[audiences[label]])
            for label, said in one.rows
        ]
        found.append(SectionBeside(one.title, rows))
    return found


def _rows(views: list[SectionView]) -> dict[tuple[str, str], str]:
    return {(view.title, label): said for view in views for label, said in view.rows}


def _labels_about(views: list[SectionView]) -> list[tuple[str, str]]:
    return [(view.title, label) for view in views if not view.name for label, _ in view.rows]
