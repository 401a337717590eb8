"""What is said about an uplift, in the order in which it was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.identity.permissions import Actor
from providers.services.uplifts.models import Uplift, UpliftEntry
from providers.services.uplifts.status import EntryKind

LONGEST_WORDS = 4000


def said(
    session: Session,
    uplift: Uplift,
    kind: EntryKind,
    *,
    actor: Actor,
    words: str,
    now: dt.datetime,
    figures: Mapping[str, int] | None = None,
    from_day: dt.date | None = None,
) -> UpliftEntry:
    """Keep one entry. Who changes an uplift holds its row, so that entries are numbered one after the other."""
    last = session.scalar(select(func.max(UpliftEntry.number)).where(UpliftEntry.uplift_id == uplift.id)) or 0
    entry = UpliftEntry(
        uplift_id=uplift.id,
        number=last + 1,
        kind=kind,
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        words=words,
        figures=dict(figures) if figures is not None else None,
        from_day=from_day,
        at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def checked_words(words: str, missing: str, field: str = "words") -> str:
    """What somebody wrote, if it is something and not too long; `Invalid` at the field otherwise."""
    words = words.strip()
    if not words:
        raise Invalid(missing, field=field)
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"Use {LONGEST_WORDS:,} characters or fewer", field=field)
    return words
