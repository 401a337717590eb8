"""What a manager wants changed, section by section: shown to the writer at each, settled when the section is saved
again, kept for the history. The words may speak of the child, so they are sealed under the child's key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from app.core.crypto import DataKey
from app.core.errors import Invalid
from app.identity.models import Person
from app.requests.form import form
from app.requests.models import PlacementRequest
from app.requests.sections.models import RequestComment

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as people read it. `settled_at` is None while it waits for the section to be saved again."""

    section: str
    title: str
    words: str
    by: str
    at: dt.datetime
    settled_by: str | None
    settled_at: dt.datetime | None


def clean_comments(request: PlacementRequest, typed: Mapping[str, str]) -> dict[str, str]:
    """The comments that say something, by section. NotFound for a section that the form does not have; Invalid names
    the field `comment_<section>` of one that is too long.
    """
    definition = form(request.form_version)
    said = {definition.section(name).name: words.strip() for name, words in typed.items() if words.strip()}
    wrong = {
        f"comment_{name}": f"The comment must be {LONGEST:,} characters or fewer."
        for name, words in said.items()
        if len(words) > LONGEST
    }
    if wrong:
        raise Invalid(wrong)
    return said


def keep_comments(
    session: Session, request: PlacementRequest, comments: Mapping[str, str], *, key: DataKey, by: str, now: dt.datetime
) -> None:
    """Keep the comments of one return."""
    for section, words in comments.items():
        sealed = key.encrypt(words, context=_context(request.id))
        session.add(
            RequestComment(request_id=request.id, section=section, sealed_words=sealed, made_by=by, made_at=now)
        )
    session.flush()


def settle_comments(session: Session, *, request_id: str, section: str, by: str, now: dt.datetime) -> None:
    """A section was saved again: what was said about it before is answered."""
    session.execute(
        update(RequestComment)
        .where(
            RequestComment.request_id == request_id,
            RequestComment.section == section,
            RequestComment.settled_at.is_(None),
        )
        .values(settled_by=by, settled_at=now)
    )


def comments_of(session: Session, *, key: DataKey, request: PlacementRequest) -> list[Comment]:
    """Every comment on a request, open ones first, in the form's order, the newest first. The caller has checked that
    the person may know, and logs the view.
    """
    definition = form(request.form_version)
    order = {one.name: number for number, one in enumerate(definition.sections)}
    made, settled = aliased(Person), aliased(Person)
    rows = session.execute(
        select(RequestComment, made.name, settled.name)
        .join(made, made.id == RequestComment.made_by)
        .outerjoin(settled, settled.id == RequestComment.settled_by)
        .where(RequestComment.request_id == request.id)
        .order_by(RequestComment.made_at.desc(), RequestComment.id)
    )
    found = [
        Comment(
            section=one.section,
            title=definition.section(one.section).title,
            words=key.decrypt(one.sealed_words, context=_context(request.id)),
            by=by,
            at=one.made_at,
            settled_by=settled_by,
            settled_at=one.settled_at,
        )
        for one, by, settled_by in rows
    ]
    return sorted(found, key=lambda one: (one.settled_at is not None, order[one.section]))


def _context(request_id: str) -> str:
    return f"request.comment:{request_id}"
