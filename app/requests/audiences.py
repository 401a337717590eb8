"""What a provider sees of a request, by stage: 1 every one invited, 2 shortlisted, 3 awarded (F-25).

Stages 1 and 2 hold no name, date of birth, full postcode, NHS or pupil number. Only stage 3 reveals who the child is.
Which stage a provider is at, the offers room decides at each view.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from app.children.ages import age_weeks, age_words
from app.children.codes import ethnicity_words
from app.children.models import Child
from app.children.records import SEXES, ChildIdentity, reveal
from app.core.crypto import Vault
from app.core.workdays import date_words
from app.requests.answers import asked, read_date, words_of
from app.requests.drafting import answers
from app.requests.form import Audience, Raw, SectionDefinition, form
from app.requests.models import PlacementRequest, RequestChild

INVITED, SHORTLISTED, AWARDED = 1, 2, 3


@dataclass(frozen=True)
class SectionView:
    """One titled list of labels and what they say."""

    title: str
    rows: list[tuple[str, str]]


def provider_view(
    session: Session, *, vault: Vault, request: PlacementRequest, stage: int, only: Collection[int] | None = None
) -> list[SectionView]:
    """The request as a provider at a stage reads it. Answers that were not given are left out.

    `only` are the positions of the children for whom the reader is at that stage (None: all of them): of the others it
    reads what every one invited does.
    """
    if stage not in (INVITED, SHORTLISTED, AWARDED):
        raise ValueError("a stage is 1, 2 or 3")
    typed = answers(session, vault=vault, request=request)
    views = []
    for named in request.children:
        identity = reveal(vault=vault, child=session.get_one(Child, named.child_id))
        title = "About the child" if len(request.children) == 1 else f"About child {named.position}"
        at = stage if only is None or named.position in only else INVITED
        views.append(SectionView(title, _child_rows(request, named, identity, typed, at)))
    for section in form(request.form_version).sections:
        rows = _section_rows(section, typed, stage)
        if rows:
            views.append(SectionView(section.title, rows))
    return views


def borough_view(session: Session, *, vault: Vault, request: PlacementRequest) -> list[SectionView]:
    """Every answer of the form as the borough itself reads it; an answer that was not given is ""."""
    typed = answers(session, vault=vault, request=request)
    return [
        SectionView(
            section.title,
            [(one.label, words_of(one, typed.get(one.name))) for one in section.fields if asked(one, typed)],
        )
        for section in form(request.form_version).sections
    ]


def postcode_sector(postcode: str) -> str:
    """The outward part and the first digit of the inward: "CR0 1" of "CR0 1EA"."""
    outward, _, inward = postcode.partition(" ")
    return f"{outward} {inward[:1]}".strip()


def _child_rows(
    request: PlacementRequest, named: RequestChild, identity: ChildIdentity, typed: dict[str, Raw], stage: int
) -> list[tuple[str, str]]:
    weeks = request.age_weeks if named.position == 1 else named.age_weeks
    if weeks is None:
        weeks = _age_on_planned_start(identity, typed)
    rows = [
        ("Reference", request.reference),
        ("Age on the first day", age_words(weeks) if weeks is not None else "Not known until the first day is entered"),
        ("Sex", SEXES[identity.sex]),
        ("Home postcode area", postcode_sector(identity.home_postcode)),
    ]
    if stage >= SHORTLISTED:
        rows.insert(1, ("Initials", identity.initials))
    if stage >= AWARDED:
        rows += [
            ("Name", identity.name),
            ("Date of birth", date_words(identity.date_of_birth)),
            ("Home postcode", identity.home_postcode),
            ("Ethnicity", ethnicity_words(identity.ethnicity)),
        ]
    return rows


def _age_on_planned_start(identity: ChildIdentity, typed: dict[str, Raw]) -> int | None:
    parts = typed.get("needed_from")
    if not isinstance(parts, dict):
        return None
    try:
        return age_weeks(identity.date_of_birth, read_date("", parts))
    except ValidationError:  # a draft may hold half a date
        return None


def _section_rows(section: SectionDefinition, typed: dict[str, Raw], stage: int) -> list[tuple[str, str]]:
    rows = []
    for one in section.fields:
        said = words_of(one, typed.get(one.name)) if asked(one, typed) and one.audience.sees(stage) else ""
        if said:
            rows.append((one.label, said))
    return rows


__all__ = ["Audience", "SectionView", "borough_view", "postcode_sector", "provider_view"]
