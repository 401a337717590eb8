"""Signing in and out: sessions that can be ended from here, and answers that tell a stranger nothing about who has an
account.

Source: OWASP ASVS 5, chapters 6 and 7. Times: 30 minutes idle, 12 hours in all.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import NotAllowed, NotFound
from app.core.tokens import new_token
from app.identity import lockout, passwords
from app.identity.addresses import email_hash, fold_email
from app.identity.models import Organisation, Person, SignInSession
from app.identity.permissions import Actor
from app.identity.queries import Choice, actor_for, choices_of, live_membership, session_by_token
from app.identity.times import ABSOLUTE, TOUCH_EVERY

REFUSED = (
    "The email address or the password is not right. After 5 wrong tries an account takes no password for "
    "15 minutes or longer; you can choose a new password instead"
)
DEMONSTRATION_PASSWORD = "made up kettle otter"  # noqa: S105 - it guards made-up people on one machine
"""What the demonstration's people type where a page asks once more who is there. It is printed on the page that lists
them."""

NETWORK_REFUSED = "Too many sign-ins from your network have failed. Wait 15 minutes and try again"


@dataclass(frozen=True)
class SignedIn:
    """A fresh session: the token for the cookie, for whom the person acts now, and for whom they could."""

    token: str
    actor: Actor
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class SignInRefused:
    """A sign-in that failed. It is a result and not an error, so that the failure is committed and counts."""

    message: str


def sign_in(
    session: Session, *, email: str, password: str, network_address: str, now: dt.datetime
) -> SignedIn | SignInRefused:
    """Check a password and open a session, for the organisation last acted for.

    The same message and the same work whether the account is unknown, locked, has left or has another password.
    """
    email = fold_email(email)
    lockout.queue_guesses(session, email=email, network_address=network_address)
    if lockout.network_is_locked(session, network_address, now):
        return SignInRefused(NETWORK_REFUSED)
    person = session.scalar(select(Person).where(Person.email == email))
    profile = passwords.profile_of(session)
    matches = passwords.verify(person.password_hash if person else None, password, profile)
    if person is None or not matches or lockout.is_locked(person, now) or not choices_of(session, person.id):
        lock = lockout.count_failure(session, email=email, person=person, network_address=network_address, now=now)
        audit.record(
            session,
            now=now,
            who=None,
            act="identity.sign_in.refuse",
            subject_kind="person" if person else "address",
            subject_id=person.id if person else email_hash(email)[:40],
            locked_minutes=int(lock.total_seconds() // 60) if lock else 0,
        )
        return SignInRefused(REFUSED)
    if person.password_hash and passwords.wants_rehash(person.password_hash, profile):
        person.password_hash = passwords.hash_password(password, profile)
    lockout.clear(person)
    return open_session(session, person_id=person.id, now=now)


def open_session(session: Session, *, person_id: str, now: dt.datetime, organisation_id: str | None = None) -> SignedIn:
    """A new session with a new token for somebody whose identity was shown. NotAllowed where they hold no role
    (there)."""
    choices = choices_of(session, person_id)
    wanted = organisation_id or _last_acted_for(session, person_id)
    ids = [choice.organisation_id for choice in choices]
    if not ids or (organisation_id and organisation_id not in ids):
        raise NotAllowed("This account has no role here any more.")
    acting_for = wanted if wanted in ids else ids[0]
    token, token_hash = new_token()
    row = SignInSession(
        token_hash=token_hash,
        person_id=person_id,
        organisation_id=acting_for,
        started_at=now,
        last_seen_at=now,
        ends_at=now + ABSOLUTE,
    )
    session.add(row)
    session.flush()
    actor = _must(actor_for(session, person_id, acting_for))
    audit.record(
        session, now=now, who=actor, act="identity.session.start", subject_kind="sign_in_session", subject_id=row.id
    )
    return SignedIn(token, actor, choices)


def sign_out(session: Session, *, actor: Actor, token: str, now: dt.datetime) -> None:
    """End this browser's session. Doing it twice is no error."""
    row = session_by_token(session, token, now)
    if row is not None and row.person_id == actor.person_id:
        row.ended_at = now
        session.flush()
        audit.record(
            session, now=now, who=actor, act="identity.session.end", subject_kind="sign_in_session", subject_id=row.id
        )


def sign_out_everywhere(session: Session, *, actor: Actor, now: dt.datetime, keep: str | None = None) -> int:
    """End all the person's sessions but the one whose token is `keep`. Returns how many ended."""
    kept = session_by_token(session, keep, now) if keep else None
    ended = end_sessions(session, person_id=actor.person_id, now=now, but=kept.id if kept else None)
    audit.record(
        session,
        now=now,
        who=actor,
        act="identity.session.end_all",
        subject_kind="person",
        subject_id=actor.person_id,
        ended=ended,
    )
    return ended


def end_sessions(
    session: Session, *, person_id: str, now: dt.datetime, organisation_id: str | None = None, but: str | None = None
) -> int:
    """End the live sessions of a person (only those for one organisation, if named; not the one with the id `but`).
    Returns how many."""
    query = select(SignInSession).where(SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
    if organisation_id is not None:
        query = query.where(SignInSession.organisation_id == organisation_id)
    rows = [row for row in session.scalars(query.order_by(SignInSession.id)) if row.id != but]
    for row in rows:
        row.ended_at = now
    session.flush()
    return len(rows)


def switch_organisation(
    session: Session, *, actor: Actor, token: str, organisation_id: str, now: dt.datetime
) -> SignedIn:
    """Act for another organisation from now on, under a new token. NotFound where the person holds no role there."""
    row = session_by_token(session, token, now)
    other = actor_for(session, actor.person_id, organisation_id)
    if row is None or row.person_id != actor.person_id or other is None:
        raise NotFound("organisation")
    fresh, row.token_hash = new_token()
    row.organisation_id = organisation_id
    row.last_seen_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=other,
        act="identity.session.switch",
        subject_kind="sign_in_session",
        subject_id=row.id,
        left=actor.organisation_id,
    )
    return SignedIn(fresh, other, choices_of(session, actor.person_id))


def touch(session: Session, *, token: str, now: dt.datetime) -> bool:
    """Note that the session is in use, at most once a minute. Returns whether anything was written."""
    row = session_by_token(session, token, now)
    if row is None or now - row.last_seen_at < TOUCH_EVERY:
        return False
    session.execute(update(SignInSession).where(SignInSession.id == row.id).values(last_seen_at=now))
    return True


def confirm_password(
    session: Session, *, actor: Actor, password: str, now: dt.datetime, network_address: str = "signed-in"
) -> bool:
    """Ask once more who is there, before something is signed. A wrong password counts towards lock-out: commit either
    way.

    Returns whether the password is right. While the account is locked, even the right one is not taken.
    """
    person = session.get_one(Person, actor.person_id)
    lockout.queue_guesses(session, email=person.email, network_address=network_address)
    session.refresh(person)
    matches = passwords.verify(person.password_hash, password, passwords.profile_of(session))
    right = matches and not lockout.is_locked(person, now)
    if right:
        lockout.clear(person)
        session.flush()
    else:
        lockout.count_failure(session, email=person.email, person=person, network_address=network_address, now=now)
    audit.record(
        session,
        now=now,
        who=actor,
        act="identity.password.confirm" if right else "identity.password.mistake",
        subject_kind="person",
        subject_id=person.id,
    )
    return right


def demonstration_sign_in(session: Session, *, membership_id: str, now: dt.datetime) -> SignedIn:
    """Sign in as one of the made-up people of the demonstration, without a password (who has none gets the known
    one). Only a demonstration registers the page that asks."""
    membership = live_membership(session, membership_id)
    if membership is None:
        raise NotFound("person")
    if membership.person.password_hash is None:
        profile = passwords.profile_of(session)
        membership.person.password_hash = passwords.hash_password(DEMONSTRATION_PASSWORD, profile)
        membership.person.password_changed_at = now
        session.flush()
    return open_session(session, person_id=membership.person_id, now=now, organisation_id=membership.organisation_id)


def _last_acted_for(session: Session, person_id: str) -> str | None:
    return session.scalar(
        select(SignInSession.organisation_id)
        .join(Organisation, Organisation.id == SignInSession.organisation_id)
        .where(SignInSession.person_id == person_id)
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id)
        .limit(1)
    )


def _must(actor: Actor | None) -> Actor:
    if actor is None:
        raise NotAllowed("This account has no role here any more.")
    return actor
