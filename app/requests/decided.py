"""What was decided about each place that pointed at a child, by whom and why: for the writer, who may put it back, and
for the manager who approves.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.core.crypto import Vault
from app.identity.models import Person
from app.requests.audiences import child_title, lower_first
from app.requests.clearances import opened
from app.requests.deciding import CHANGES, text_at
from app.requests.findings import BEFORE_APPROVAL
from app.requests.form import form
from app.requests.models import PlacementRequest
from app.requests.redaction import FINDING_WORDS, FindingKind
from app.requests.rewording import sentence, where_changed
from app.requests.sections.models import RequestClearance
from app.requests.status import CHOICE_WORDS, FindingChoice, RequestStatus


@dataclass(frozen=True)
class Decided:
    """A decision in words. `before` and `after` are the sentence as it was and as it became, "" where it was kept."""

    id: str
    label: str
    kind: str
    choice: FindingChoice
    choice_words: str
    words: str
    reason: str
    before: str
    after: str
    by: str
    at: dt.datetime
    undone_by: str | None
    undone_at: dt.datetime | None
    may_be_put_back: bool


def decisions_of(session: Session, *, vault: Vault, request: PlacementRequest) -> list[Decided]:
    """Every decision about a request, the latest first. The caller has checked that the person may know."""
    again = aliased(Person)
    rows = session.execute(
        select(RequestClearance, Person.name, again.name)
        .join(Person, Person.id == RequestClearance.cleared_by)
        .outerjoin(again, again.id == RequestClearance.undone_by)
        .where(RequestClearance.request_id == request.id)
        .order_by(RequestClearance.cleared_at.desc(), RequestClearance.id.desc())
    )
    return [_decided(session, vault, request, row, by, undone_by) for row, by, undone_by in rows]


def _decided(
    session: Session, vault: Vault, request: PlacementRequest, row: RequestClearance, by: str, undone_by: str | None
) -> Decided:
    said = opened(session, vault, request, row)
    definition = form(request.form_version).field(row.field.partition(".")[0])
    title = child_title(request, row.child_position) if row.child_position else ""
    changed = row.choice in CHANGES
    at = where_changed(said.before, said.after)
    return Decided(
        id=row.id,
        label=f"{title}: {lower_first(definition.label)}" if title else definition.label,
        kind=FINDING_WORDS[FindingKind(row.kind)],
        choice=row.choice,
        choice_words=CHOICE_WORDS[row.choice],
        words=said.words,
        reason=said.reason,
        before=sentence(said.before, at, at) if changed else "",
        after=sentence(said.after, at, at) if changed else "",
        by=by,
        at=row.cleared_at,
        undone_by=undone_by,
        undone_at=row.undone_at,
        may_be_put_back=_may_be_put_back(session, vault, request, row, said.after),
    )


def _may_be_put_back(
    session: Session, vault: Vault, request: PlacementRequest, row: RequestClearance, after: str
) -> bool:
    if row.undone_at is not None:
        return False
    if row.choice is FindingChoice.KEEP:
        return request.status in BEFORE_APPROVAL
    return request.status is RequestStatus.DRAFT and text_at(session, vault, request, row) == after
