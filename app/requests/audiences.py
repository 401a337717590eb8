"""What a provider sees of a request, by stage: 1 every one invited, 2 shortlisted, 3 awarded (F-25).

Stages 1 and 2 hold no name, date of birth, full postcode, NHS or pupil number. Only stage 3 reveals who a child is.
Which stage a provider is at, the offers room decides at each view. Several children of one request are "Child 1",
"Child 2" and so on, in the request's order, to everybody outside the borough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from app.requests.drafting import answers_each
from app.requests.drawers import erased_children
from app.requests.form import Audience, Raw, SectionDefinition, form
from app.requests.models import PlacementRequest, RequestChild
from app.requests.reach import AWARDED, INVITED, SHORTLISTED, Reach, reach_of_all
from app.requests.status import SIBLINGS_WORDS

ERASED = ("Record", "Erased")
Typed = Mapping[str, Raw]
Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class SectionView:
    """One titled list of labels and what they say. `name` is the section's and `position` the child's, 0 where it is
    about the whole request.
    """

    title: str
    rows: list[tuple[str, str]]
    name: str = ""
    position: int = 0


def provider_view(
    session: Session, *, vault: Vault, request: PlacementRequest, stage: int = INVITED, reach: Reach | None = None
) -> list[SectionView]:
    """The request as a provider at a stage reads it. Answers that were not given are left out.

    `reach` says how far the reader has come with each child (None: as far as `stage` with every one). Of a child with
    whom it has come nowhere it reads nothing.
    """
    if stage not in (INVITED, SHORTLISTED, AWARDED):
        raise ValueError("a stage is 1, 2 or 3")
    each = answers_each(session, vault=vault, request=request)
    reach = reach or reach_of_all(request, stage)
    views = _about(session, vault, request, each, reach)

    def rows(section: SectionDefinition, typed: Typed, position: int) -> Rows:
        return [
            (one.label, said)
            for one in section.fields
            if reach.sees(one.audience, position) and asked(one, typed) and (said := words_of(one, typed.get(one.name)))
        ]

    return views + [view for view in _sections(request, each, rows) if view.rows]


def borough_view(session: Session, *, vault: Vault, request: PlacementRequest) -> list[SectionView]:
    """Every answer of the form as the borough itself reads it; an answer that was not given is ""."""
    each = answers_each(session, vault=vault, request=request)
    gone = erased_children(session, request)

    def rows(section: SectionDefinition, typed: Typed, _position: int) -> Rows:
        return [(one.label, words_of(one, typed.get(one.name))) for one in section.fields if asked(one, typed)]

    erased = [SectionView(f"Child {position}", [ERASED], "", position) for position in sorted(gone)]
    sections = [one for one in _sections(request, each, rows) if one.position not in gone]
    return [*_group(request), *erased, *sections]


def postcode_sector(postcode: str) -> str:
    """The outward part and the first digit of the inward: "CR0 1" of "CR0 1EA"."""
    outward, _, inward = postcode.partition(" ")
    return f"{outward} {inward[:1]}".strip()


def child_title(request: PlacementRequest, position: int) -> str:
    """How a child among several is called without a name; "" where there is one."""
    return f"Child {position}" if len(request.children) > 1 else ""


def _sections(
    request: PlacementRequest, each: list[dict[str, Raw]], rows: Callable[[SectionDefinition, Typed, int], Rows]
) -> list[SectionView]:
    """The form's sections that are part of the request: for one child in the form's order; for several first what is
    said of all, then each child's own.
    """
    definition = form(request.form_version)
    asked_for = [section for section in definition.sections if section.is_asked(each[0])]
    if len(each) == 1:
        return [
            SectionView(one.title, rows(one, each[0], int(one.per_child)), one.name, int(one.per_child))
            for one in asked_for
        ]
    views = [SectionView(one.title, rows(one, each[0], 0), one.name, 0) for one in asked_for if not one.per_child]
    return views + [
        SectionView(f"Child {position}: {lower_first(one.title)}", rows(one, typed, position), one.name, position)
        for position, typed in enumerate(each, start=1)
        for one in asked_for
        if one.per_child
    ]


def lower_first(title: str) -> str:
    """A section's title after a colon."""
    return title[:1].lower() + title[1:]


def _group(request: PlacementRequest) -> list[SectionView]:
    """How many children there are and how they are to be placed; nothing of one child."""
    if len(request.children) == 1:
        return []
    said = [("Reference", request.reference), ("Children", str(len(request.children)))]
    return [SectionView("About the children", [*said, ("To be placed", SIBLINGS_WORDS[request.siblings])])]


def _about(
    session: Session, vault: Vault, request: PlacementRequest, each: list[dict[str, Raw]], reach: Reach
) -> list[SectionView]:
    """Who the children are, as far as a stage may know."""
    views, gone = _group(request), erased_children(session, request)
    for named, typed in zip(request.children, each, strict=True):
        stage = reach.at(named.position)
        if stage == 0:
            continue
        if named.position in gone:
            views.append(SectionView(f"About child {named.position}", [ERASED], "", named.position))
            continue
        identity = reveal(vault=vault, child=session.get_one(Child, named.child_id))
        rows = _child_rows(request, named, identity, typed, stage)
        if len(each) == 1:
            views.append(SectionView("About the child", [("Reference", request.reference), *rows]))
        else:
            views.append(SectionView(f"About child {named.position}", rows, "", named.position))
    return views


def _child_rows(
    request: PlacementRequest, named: RequestChild, identity: ChildIdentity, typed: Typed, stage: int
) -> Rows:
    weeks = named.age_weeks if request.submitted_at else None
    if weeks is None:
        weeks = _age_on_planned_start(identity, typed)
    rows = [
        ("Age on the first day", age_words(weeks) if weeks is not None else "Not known until the first day is entered"),
        ("Sex", SEXES[identity.sex]),
        ("Home postcode area", postcode_sector(identity.home_postcode)),
    ]
    if stage >= SHORTLISTED:
        rows.insert(0, ("Initials", identity.initials))
    if stage >= AWARDED:
        rows += [
            ("Name", identity.name),
            ("Date of birth", date_words(identity.date_of_birth)),
            ("Home postcode", identity.home_postcode),
            ("Ethnicity", ethnicity_words(identity.ethnicity)),
        ]
    return rows


def _age_on_planned_start(identity: ChildIdentity, typed: Typed) -> int | None:
    parts = typed.get("needed_from")
    if not isinstance(parts, dict):
        return None
    try:
        return age_weeks(identity.date_of_birth, read_date("", parts))
    except ValidationError:  # a draft may hold half a date
        return None


__all__ = [
    "AWARDED",
    "INVITED",
    "SHORTLISTED",
    "Audience",
    "SectionView",
    "borough_view",
    "child_title",
    "postcode_sector",
    "provider_view",
]
