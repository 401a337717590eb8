"""Guessing is slowed twice: an account locks after five wrong passwords in a row, a network address after twenty in a
quarter of an hour.

Both are counted in the database, so that they hold across processes, and a locked account answers as a wrong password
does, so that nobody learns from it who has an account. Source: OWASP ASVS 5, chapter 6; NCSC password guidance.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.identity.addresses import email_hash
from app.identity.models import FailedSignIn, Person

TRIES = 5
FIRST_LOCK = dt.timedelta(minutes=15)
LONGEST_LOCK = dt.timedelta(hours=8)
NETWORK_TRIES = 20
NETWORK_WINDOW = dt.timedelta(minutes=15)
KEPT = dt.timedelta(days=30)


def lock_after(failures: int) -> dt.timedelta | None:
    """How long an account locks at its n-th wrong password in a row: at 5 for 15 minutes, at 10 for 30, doubling up
    to 8 hours."""
    if failures < TRIES or failures % TRIES:
        return None
    doublings = min(failures // TRIES - 1, 10)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def queue_guesses(session: Session, *, email: str, network_address: str) -> None:
    """Let guesses at one account, and from one address, pass one by one, so that many at once are counted as many.

    On SQLite the writing transaction already does that. Locks are taken in one order (account, then address), so they
    cannot cross.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for what in (f"account {email_hash(email)}", f"network {network_address}"):
        number = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def is_locked(person: Person, now: dt.datetime) -> bool:
    """Whether the account takes no password just now, not even the right one."""
    return person.locked_until is not None and now < person.locked_until


def network_is_locked(session: Session, network_address: str, now: dt.datetime) -> bool:
    """Whether too many sign-ins failed from this address lately."""
    failures = session.scalar(
        select(func.count())
        .select_from(FailedSignIn)
        .where(FailedSignIn.network_address == network_address, FailedSignIn.at > now - NETWORK_WINDOW)
    )
    return (failures or 0) >= NETWORK_TRIES


def count_failure(
    session: Session, *, email: str, person: Person | None, network_address: str, now: dt.datetime
) -> dt.timedelta | None:
    """Write a failure down. Returns for how long the account is now locked, if this was the try too many."""
    session.add(FailedSignIn(email_hash=email_hash(email), network_address=network_address[:45], at=now))
    lock = None
    if person is not None and not is_locked(person, now):
        person.failed_sign_ins += 1
        lock = lock_after(person.failed_sign_ins)
        if lock is not None:
            person.locked_until = now + lock
    session.flush()
    return lock


def forget(session: Session, now: dt.datetime) -> int:
    """Delete failures older than 30 days: they no longer count, and a network address is personal data. Returns how
    many."""
    old = session.execute(delete(FailedSignIn).where(FailedSignIn.at < now - KEPT).returning(FailedSignIn.id)).all()
    return len(old)


def clear(person: Person) -> None:
    """Forget the wrong passwords of an account, once the right one or a reset has shown whose it is."""
    person.failed_sign_ins = 0
    person.locked_until = None
