"""What the detector points at in a request's texts, and what people decided about each place.

A place is settled by editing the text, or by saying why it identifies nobody; that word is kept, sealed, for the same
words in the same field, so that an edit elsewhere does not ask again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.records import reveal
from app.core import audit
from app.core.crypto import DataKey, Vault
from app.core.errors import Conflict, Stale
from app.identity.permissions import Actor, Permission
from app.requests.detector import read_texts
from app.requests.drafting import answers, answers_key
from app.requests.form import Audience, Raw, form
from app.requests.models import PlacementRequest, RequestClearance
from app.requests.moves import for_change, required_reason
from app.requests.redaction import FindingKind, KnownNames
from app.requests.status import RequestStatus

AROUND = 40
BEFORE_PUBLICATION = (RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.APPROVED)
BEFORE_APPROVAL = (RequestStatus.DRAFT, RequestStatus.SUBMITTED)
"""What a manager has approved is read by the market as the manager read it."""


@dataclass(frozen=True)
class Pointed:
    """A place in the text that points at the child. `words` stand there; `reason` says why they identify nobody."""

    field: str
    section: str
    label: str
    kind: FindingKind
    start: int
    end: int
    words: str
    before: str
    after: str
    reason: str | None


def known_names(session: Session, *, vault: Vault, request: PlacementRequest, typed: dict[str, Raw]) -> KnownNames:
    """What the record and the form know of the children of a request."""
    names: list[str] = []
    born: dt.date | None = None
    for child in session.scalars(select(Child).where(Child.id.in_([one.child_id for one in request.children]))):
        identity = reveal(vault=vault, child=child)
        names += [identity.given_name, identity.family_name]
        born = identity.date_of_birth
    school = typed.get("school_name")
    return KnownNames(tuple(names), (school,) if isinstance(school, str) and school else (), born)


def findings(session: Session, *, vault: Vault, request: PlacementRequest) -> list[Pointed]:
    """Every place that points at the child in what providers see before the award, settled or not, in form order."""
    typed = answers(session, vault=vault, request=request)
    known = known_names(session, vault=vault, request=request, typed=typed)
    settled = _settled(session, answers_key(session, vault, request), request)
    definition = form(request.form_version)
    found: list[Pointed] = []
    read = [
        (one, text)
        for one in definition.fields
        if one.is_free_text
        and one.audience not in (Audience.AWARDED, Audience.BOROUGH)
        and isinstance(text := typed.get(one.name), str)
    ]
    for (one, text), places in zip(read, read_texts([text for _, text in read], known), strict=True):
        for place in places:
            words = text[place.start : place.end]
            found.append(
                Pointed(
                    field=one.name,
                    section=one.section,
                    label=one.label,
                    kind=place.kind,
                    start=place.start,
                    end=place.end,
                    words=words,
                    before=("…" if place.start > AROUND else "") + text[max(0, place.start - AROUND) : place.start],
                    after=text[place.end : place.end + AROUND] + ("…" if place.end + AROUND < len(text) else ""),
                    reason=settled.get((one.name, place.kind.value, words)),
                )
            )
    return found


def open_findings(session: Session, *, vault: Vault, request: PlacementRequest) -> list[Pointed]:
    """Those about which nobody has decided yet. None may be left when a request is approved or published."""
    return [one for one in findings(session, vault=vault, request=request) if one.reason is None]


def must_point_at_nobody(session: Session, *, vault: Vault, request: PlacementRequest, otherwise: str) -> None:
    """Conflict while a place in the text is open, with how many there are; `otherwise` says what to do about it."""
    left = len(open_findings(session, vault=vault, request=request))
    if left:
        raise Conflict(
            f"The text still points at who the child is, in {left} {'place' if left == 1 else 'places'}. {otherwise}",
            findings=left,
        )


def mark_not_identifying(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    field: str,
    start: int,
    end: int,
    reason: str,
    version: int,
    now: dt.datetime,
) -> Pointed:
    """Say why the words at a place of a field identify nobody. Stale where they are no longer there; Conflict once a
    manager has approved the request: whoever publishes it does not decide alone what the market reads.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    if request.status not in BEFORE_APPROVAL:
        raise Conflict("What a manager has approved can no longer be marked. A manager can send the request back.")
    said = required_reason(reason, "Say why these words identify nobody.")
    place = next(
        (
            one
            for one in findings(session, vault=vault, request=request)
            if (one.field, one.start, one.end) == (field, start, end)
        ),
        None,
    )
    if place is None:
        raise Stale("The text has changed. Look at what it says now.")
    key = answers_key(session, vault, request)
    clearance = RequestClearance(
        request_id=request.id,
        field=field,
        kind=place.kind.value,
        sealed_words=key.encrypt(place.words, context=f"clearance.words:{request.id}"),
        sealed_reason=key.encrypt(said, context=f"clearance.reason:{request.id}"),
        cleared_by=actor.person_id,
        cleared_at=now,
    )
    session.add(clearance)
    request.changed_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.finding.settle",
        subject_kind="request",
        subject_id=request.id,
        field=field,
        kind=place.kind.value,
    )
    return place


def _settled(session: Session, key: DataKey, request: PlacementRequest) -> dict[tuple[str, str, str], str]:
    rows = session.scalars(
        select(RequestClearance)
        .where(RequestClearance.request_id == request.id)
        .order_by(RequestClearance.cleared_at, RequestClearance.id)
    )
    return {
        (row.field, row.kind, key.decrypt(row.sealed_words, context=f"clearance.words:{request.id}")): key.decrypt(
            row.sealed_reason, context=f"clearance.reason:{request.id}"
        )
        for row in rows
    }
