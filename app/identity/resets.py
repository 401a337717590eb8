"""A forgotten password is replaced by whoever reads the mailbox; a known one by whoever knows it. Other sessions end
either way."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Invalid, NotFound
from app.core.tokens import new_token
from app.identity import lockout, mail, passwords
from app.identity.addresses import fold_email
from app.identity.models import PasswordReset, Person
from app.identity.permissions import Actor
from app.identity.queries import choices_of, person_by_email, reset_by_token, session_by_token
from app.identity.sign_in import confirm_password, end_sessions
from app.identity.times import MAIL_WINDOW, MAILS_IN_WINDOW, RESET_LASTS

WRONG = "Your current password is not right"


def ask_for_reset(session: Session, *, email: str, now: dt.datetime, base_url: str) -> None:
    """E-mail a link to choose a new password, if somebody with a role has this address. Says nothing either way."""
    person = person_by_email(session, fold_email(email))
    token, token_hash = new_token()
    if person is None or not choices_of(session, person.id):
        return
    lately = session.scalar(
        select(func.count())
        .select_from(PasswordReset)
        .where(PasswordReset.person_id == person.id, PasswordReset.created_at > now - MAIL_WINDOW)
    )
    if (lately or 0) >= MAILS_IN_WINDOW:
        return
    reset = PasswordReset(token_hash=token_hash, person_id=person.id, created_at=now, expires_at=now + RESET_LASTS)
    session.add(reset)
    session.flush()
    mail.send_reset(session, reset=reset, address=person.email, token=token, base_url=base_url, now=now)
    audit.record(session, now=now, who=None, act="identity.reset.ask", subject_kind="person", subject_id=person.id)


def reset_password(session: Session, *, token: str, password: str, now: dt.datetime) -> Person:
    """Choose a new password with a link. Ends every session, every other link and any lock-out. NotFound where the
    link is dead."""
    reset = reset_by_token(session, token, now)
    if reset is None:
        raise NotFound("link")
    session.refresh(reset, with_for_update=True)
    if reset.used_at is not None:
        raise NotFound("link")
    person = session.get_one(Person, reset.person_id)
    _replace(session, person, password, now)
    for link in session.scalars(
        select(PasswordReset).where(PasswordReset.person_id == person.id, PasswordReset.used_at.is_(None))
    ):
        link.used_at = now
    ended = end_sessions(session, person_id=person.id, now=now)
    audit.record(
        session,
        now=now,
        who=None,
        act="identity.password.reset",
        subject_kind="person",
        subject_id=person.id,
        sessions_ended=ended,
    )
    return person


def change_password(
    session: Session,
    *,
    actor: Actor,
    current: str,
    password: str,
    now: dt.datetime,
    token: str | None = None,
    network_address: str = "signed-in",
) -> str | None:
    """Change one's own password. Returns None once changed, or what to say where the current one is wrong: commit
    either way.

    Ends all sessions but the one with `token`. Raises Invalid, before anything is counted, for a new password that is
    not fit.
    """
    person = session.get_one(Person, actor.person_id)
    passwords.judge(password, name=person.name, email=person.email)
    if not confirm_password(session, actor=actor, password=current, now=now, network_address=network_address):
        return WRONG
    if current == password:
        raise Invalid("Choose a password that you do not use now", field="password")
    _replace(session, person, password, now)
    kept = session_by_token(session, token, now) if token else None
    ended = end_sessions(session, person_id=person.id, now=now, but=kept.id if kept else None)
    audit.record(
        session,
        now=now,
        who=actor,
        act="identity.password.change",
        subject_kind="person",
        subject_id=person.id,
        sessions_ended=ended,
    )
    return None


def _replace(session: Session, person: Person, password: str, now: dt.datetime) -> None:
    passwords.judge(password, name=person.name, email=person.email)
    person.password_hash = passwords.hash_password(password, passwords.profile_of(session))
    person.password_changed_at = now
    lockout.clear(person)
    session.flush()
