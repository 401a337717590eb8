"""Files that nobody has looked through yet for what says who the child is: a request waits for that."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.requests.form import Audience
from app.requests.papers.models import Attachment

BEFORE_AWARD = (Audience.INVITED, Audience.SHORTLISTED)
"""Whoever sees a file for these must not learn who the child is."""


def unchecked_attachments(session: Session, *, request_id: str) -> list[Attachment]:
    """Files that providers would get before award and that nobody has read yet: publishing waits for them."""
    return list(
        session.scalars(
            select(Attachment)
            .where(
                Attachment.request_id == request_id,
                Attachment.audience.in_(BEFORE_AWARD),
                Attachment.removed_at.is_(None),
                Attachment.checked_at.is_(None),
            )
            .order_by(Attachment.added_at, Attachment.id)
        )
    )
