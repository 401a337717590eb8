"""The three e-mails of this room, queued with what caused them. None holds a word that a stranger typed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.identity import links
from app.identity.models import Invitation, PasswordReset, SignUp
from app.identity.status import ROLE_WORDS
from notifications import messages, outbox


def send_invitation(session: Session, *, invitation: Invitation, token: str, base_url: str, now: dt.datetime) -> None:
    """A role in an organisation is offered."""
    message = messages.invitation(
        invitation.organisation.name,
        ROLE_WORDS[invitation.role].lower(),
        links.invitation(base_url, token),
        invitation.expires_at,
    )
    outbox.queue(
        session, key=f"identity.invitation:{invitation.id}", address=invitation.email, message=message, now=now
    )


def send_sign_up(session: Session, *, sign_up: SignUp, token: str, base_url: str, now: dt.datetime) -> None:
    """A company asked to come in; the name that was typed is not repeated, so that the form cannot carry a stranger's
    message."""
    message = messages.sign_up(links.sign_up(base_url, token), sign_up.expires_at)
    outbox.queue(session, key=f"identity.sign_up:{sign_up.id}", address=sign_up.email, message=message, now=now)


def send_reset(
    session: Session, *, reset: PasswordReset, address: str, token: str, base_url: str, now: dt.datetime
) -> None:
    """Somebody asked to choose a new password."""
    message = messages.password_reset(links.reset(base_url, token), reset.expires_at)
    outbox.queue(session, key=f"identity.reset:{reset.id}", address=address, message=message, now=now)
