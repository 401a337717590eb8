"""What the detector points at in the texts of a request, and that nothing is approved or published while a place is
open or a text unread.

A place is settled by changing the text, or by saying why it identifies nobody (`deciding.py`); that word is kept for
the same words in the same question of the same child, so that an edit elsewhere does not ask again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.links import siblings_known
from app.children.models import Child
from app.children.records import reveal
from app.core.crypto import Vault
from app.core.errors import Conflict
from app.requests.clearances import clearances, opened
from app.requests.detector import DetectorUnavailable, read_texts
from app.requests.drafting import answers_each
from app.requests.form import Raw
from app.requests.models import PlacementRequest
from app.requests.papers.unchecked import unchecked_attachments
from app.requests.redaction import FindingKind, KnownNames
from app.requests.rewording import Place
from app.requests.status import FindingChoice, RequestStatus
from app.requests.texts import FieldText, texts_of
from app.requests.ticks import ticks_of, what_is_unread

AROUND = 40
BEFORE_PUBLICATION = (RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.APPROVED)
BEFORE_APPROVAL = (RequestStatus.DRAFT, RequestStatus.SUBMITTED)
"""What a manager has approved is read by the market as the manager read it."""

SCHOOLS = ("school_name", "consulted.school")
"""The questions, and columns of questions, whose answers are names of schools."""


@dataclass(frozen=True)
class Pointed(Place):
    """A place in a text that points at the child. `words` stand there; `reason` says why they identify nobody, None
    while nobody has. `position` is the child's, 0 where the text is about all.
    """

    position: int
    field: str
    path: str
    section: str
    label: str
    kind: FindingKind
    words: str
    before: str
    after: str
    reason: str | None

    @property
    def key(self) -> str:
        """What it is called in a form."""
        return f"{self.position}-{self.path}-{self.start}-{self.end}"

    @property
    def text_key(self) -> str:
        """The key of the text in which it stands."""
        return f"{self.position}-{self.field}"


class ReadingState(NamedTuple):
    """How far the texts of a request are read: how many of how many, and how many places are open (None where the
    detector does not answer).
    """

    done: int
    total: int
    open: int | None

    @property
    def is_done(self) -> bool:
        return self.done == self.total and self.open == 0


def known_names(session: Session, *, vault: Vault, request: PlacementRequest) -> KnownNames:
    """What the records and the form know of the children of a request and of their recorded brothers and sisters. No
    towns: alone they identify nobody.
    """
    named = [one.child_id for one in request.children]
    children = list(session.scalars(select(Child).where(Child.id.in_(named)).order_by(Child.reference)))
    siblings = [one for one in siblings_known(session, child_ids=named) if one.id not in named]
    identities = [reveal(vault=vault, child=child) for child in (*children, *siblings)]
    names = [name for one in identities for name in (one.given_name, one.family_name)]
    schools = {name for typed in answers_each(session, vault=vault, request=request) for name in _schools(typed)}
    births: list[dt.date] = [one.date_of_birth for one in identities]
    return KnownNames(
        names=tuple(dict.fromkeys(names)), schools=tuple(sorted(schools)), dates_of_birth=tuple(dict.fromkeys(births))
    )


def _schools(typed: Mapping[str, Raw]) -> Iterator[str]:
    for path in SCHOOLS:
        name, _, column = path.partition(".")
        raw = typed.get(name)
        said = [raw] if not column else [one.get(column) for one in raw or () if isinstance(one, dict)]
        yield from (one for one in said if isinstance(one, str) and one)


def findings(
    session: Session, *, vault: Vault, request: PlacementRequest, texts: Sequence[FieldText] | None = None
) -> list[Pointed]:
    """Every place that points at a child in what providers see before the award, settled or not, in reading order.
    `DetectorUnavailable` where nobody can say.
    """
    read = texts_of(session, vault=vault, request=request) if texts is None else texts
    cells = [(text, cell) for text in read for cell in text.cells]
    known = known_names(session, vault=vault, request=request)
    kept = _kept(session, vault, request)
    return [
        Pointed(
            start=place.start,
            end=place.end,
            position=text.position,
            field=text.definition.name,
            path=cell.path,
            section=text.definition.section,
            label=f"{text.label}, {cell.label}" if cell.label else text.label,
            kind=place.kind,
            words=(words := cell.text[place.start : place.end]),
            before=("…" if place.start > AROUND else "") + cell.text[max(0, place.start - AROUND) : place.start],
            after=cell.text[place.end : place.end + AROUND] + ("…" if place.end + AROUND < len(cell.text) else ""),
            reason=kept.get((text.position, text.definition.name, words)),
        )
        for (text, cell), places in zip(cells, read_texts([cell.text for _, cell in cells], known), strict=True)
        for place in places
    ]


def _kept(session: Session, vault: Vault, request: PlacementRequest) -> dict[tuple[int, str, str], str]:
    """Why words identify nobody, by the question of a child where they stand."""
    return {
        (row.child_position, row.field.partition(".")[0], said.words): said.reason
        for row in clearances(session, request)
        if row.choice is FindingChoice.KEEP and row.undone_at is None
        for said in [opened(session, vault, request, row)]
    }


def open_findings(session: Session, *, vault: Vault, request: PlacementRequest) -> list[Pointed]:
    """Those about which nobody has decided yet. None may be left when a request is approved or published."""
    return [one for one in findings(session, vault=vault, request=request) if one.reason is None]


def reading_state(session: Session, *, vault: Vault, request: PlacementRequest) -> ReadingState:
    """How far the texts are read, for a list of what is still to do. It says so where the detector does not answer."""
    texts = texts_of(session, vault=vault, request=request)
    unread = len(what_is_unread(texts, ticks_of(session, request)))
    try:
        pointed = findings(session, vault=vault, request=request, texts=texts)
    except DetectorUnavailable:
        return ReadingState(len(texts) - unread, len(texts), None)
    return ReadingState(len(texts) - unread, len(texts), sum(one.reason is None for one in pointed))


def must_point_at_nobody(session: Session, *, vault: Vault, request: PlacementRequest, otherwise: str) -> None:
    """Conflict while a place in the texts is open, or a text or a file was not read, with how many; `otherwise` says
    what to do. Nothing skips it: an emergency needs it as much.
    """
    texts = texts_of(session, vault=vault, request=request)
    left = sum(one.reason is None for one in findings(session, vault=vault, request=request, texts=texts))
    unread = len(what_is_unread(texts, ticks_of(session, request)))
    said = []
    if left:
        places = "place" if left == 1 else "places"
        said.append(f"The text still points at who the child is, in {left} {places}. {otherwise}")
    if unread:
        has = "text that providers see has" if unread == 1 else "texts that providers see have"
        can_tick = request.status in BEFORE_APPROVAL
        does = "An officer ticks each under “Check what providers will read”." if can_tick else otherwise
        said.append(f"{unread} {has} not been read and ticked. {does}")
    files = len(unchecked_attachments(session, request_id=request.id))
    if files:
        has = "file that providers see has" if files == 1 else "files that providers see have"
        said.append(f"{files} {has} not been looked through. An officer ticks each under “Files and documents”.")
    if said:
        raise Conflict(" ".join(dict.fromkeys(said)), findings=left, unread=unread)
