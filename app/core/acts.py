"""A form is acted upon once: its key is spent in the same transaction as what it did."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.core.models import SpentFormKey


class SpentOtherwise(Invalid):
    """The key was spent by somebody else, or on something else."""


def begin(session: Session, *, key: str, person_id: str | None, endpoint: str, now: dt.datetime) -> str | None:
    """Spend a form's key. Returns where the first use led if it was spent before (by the same person on the same
    form), else None.

    Two clicks at once queue on the primary key: the second waits for the first transaction and then finds its row.
    """
    if not 8 <= len(key) <= 64:
        raise Invalid("This form has lost its key. Go back, reload the page and try again.")
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    inserted = session.execute(
        make(SpentFormKey)
        .values(key=key, person_id=person_id, endpoint=endpoint, location=None, spent_at=now)
        .on_conflict_do_nothing()
        .returning(SpentFormKey.key)
    ).scalar_one_or_none()
    if inserted is not None:
        return None
    spent = session.get(SpentFormKey, key)
    if spent is None or spent.person_id != person_id or spent.endpoint != endpoint:
        raise SpentOtherwise("This form was already used. Go back, reload the page and try again.")
    return spent.location or "/"


def led_to(session: Session, *, key: str, person_id: str | None, endpoint: str) -> str | None:
    """Where a form led that this person has sent to this page before; None for one that was not acted upon yet."""
    spent = session.get(SpentFormKey, key) if 8 <= len(key) <= 64 else None
    if spent is None or spent.person_id != person_id or spent.endpoint != endpoint:
        return None
    return spent.location


def finish(session: Session, *, key: str, location: str) -> None:
    """Remember where the act led."""
    spent = session.get_one(SpentFormKey, key)
    spent.location = location
    session.flush()
