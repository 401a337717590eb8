"""Links in e-mails that let whoever holds them do one thing once, without signing in.

A link carries a random secret of which the table keeps the hash only. It is for one purpose and one subject, ends at
a time, and is spent by the act that it allows, in the same transaction: looking at it changes nothing, so a mail
scanner that opens every link does no harm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.models import LinkToken
from app.core.tokens import new_token, token_hash


class DeadLink(Conflict):
    """The link is wrong, has ended or was used. Says no more than that: nobody learns which."""

    def __init__(self) -> None:
        super().__init__("This link no longer works.")


def make_link(
    session: Session,
    *,
    purpose: str,
    subject_id: str,
    payload: Mapping[str, Any],
    expires_at: dt.datetime,
    now: dt.datetime,
) -> str:
    """Write a link and return its secret, which nobody can read again. `purpose` is a word that only the pages of one
    act know; `payload` holds ids and never names.
    """
    token, hashed = new_token()
    session.add(
        LinkToken(
            token_hash=hashed,
            purpose=purpose,
            subject_id=subject_id,
            payload=dict(payload),
            created_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return token


def read_link(session: Session, *, purpose: str, token: str, now: dt.datetime) -> LinkToken:
    """The link behind a secret, to show what it would do. Raises `DeadLink`."""
    found = session.scalar(select(LinkToken).where(LinkToken.token_hash == token_hash(token)))
    if found is None or found.purpose != purpose or found.used_at is not None or found.expires_at <= now:
        raise DeadLink
    return found


def spend_link(session: Session, *, purpose: str, token: str, now: dt.datetime) -> LinkToken:
    """The link, spent in this transaction. Of two that come at once the second raises `DeadLink`."""
    found = read_link(session, purpose=purpose, token=token, now=now)
    session.refresh(found, with_for_update=True)
    if found.used_at is not None:
        raise DeadLink
    found.used_at = now
    session.flush()
    return found
