"""A provider company signs itself up: it says who it is, shows that the address is its own, and then is an
organisation with one administrator.

Nothing that a stranger types is answered with what is known here; only who reads the mailbox learns that a company is
already in.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Conflict, NotAllowed, NotFound
from app.core.tokens import new_token
from app.identity import mail
from app.identity.addresses import read_company_number, read_email, read_name
from app.identity.models import Membership, Organisation, SignUp
from app.identity.organisations import found_organisation, give_role, let_in
from app.identity.permissions import Actor
from app.identity.queries import can_sign_in, person_by_email, sign_up_by_token
from app.identity.status import OrganisationKind, Role
from app.identity.times import MAIL_WINDOW, MAILS_IN_WINDOW, SIGN_UP_LASTS

ALREADY_IN = (
    "A company with this number is already in Homeward. Ask its administrator to invite you, "
    "or write to the consortium if you do not know who that is."
)


def sign_up_provider(
    session: Session,
    *,
    company_name: str,
    company_number: str,
    person_name: str,
    email: str,
    now: dt.datetime,
    base_url: str,
) -> SignUp | None:
    """Keep what a company says and e-mail it a link. None, silently, where the address was sent too many links lately.

    Raises Invalid for what is malformed, and for nothing else: what is known here is not told.
    """
    row = SignUp(
        company_name=read_name(company_name, "company_name", "the company's name", longest=150),
        company_number=read_company_number(company_number),
        person_name=read_name(person_name, "person_name", "your full name"),
        email=read_email(email),
        created_at=now,
        expires_at=now + SIGN_UP_LASTS,
    )
    lately = session.scalar(
        select(func.count()).select_from(SignUp).where(SignUp.email == row.email, SignUp.created_at > now - MAIL_WINDOW)
    )
    if (lately or 0) >= MAILS_IN_WINDOW:
        return None
    token, row.token_hash = new_token()
    session.add(row)
    session.flush()
    mail.send_sign_up(session, sign_up=row, token=token, base_url=base_url, now=now)
    audit.record(
        session,
        now=now,
        who=None,
        act="identity.sign_up.ask",
        subject_kind="sign_up",
        subject_id=row.id,
        company_number=row.company_number,
    )
    return row


def company_is_in(session: Session, company_number: str) -> bool:
    """Whether an organisation has this company number. For pages behind a link from an e-mail only."""
    return session.scalar(select(Organisation.id).where(Organisation.company_number == company_number)) is not None


def confirm_sign_up(
    session: Session, *, token: str, now: dt.datetime, password: str | None = None, actor: Actor | None = None
) -> Membership:
    """Turn a sign-up into a provider with its first administrator. Somebody new chooses a password; somebody known is
    signed in.

    NotFound where the link is dead, Conflict where the company is already in, NotAllowed where somebody known is not
    signed in.
    """
    row = sign_up_by_token(session, token, now)
    if row is None:
        raise NotFound("link")
    session.refresh(row, with_for_update=True)
    if row.confirmed_at is not None:
        raise NotFound("link")
    if company_is_in(session, row.company_number):
        raise Conflict(ALREADY_IN)
    person = person_by_email(session, row.email)
    if person is not None and can_sign_in(session, person):
        if actor is None or actor.person_id != person.id:
            raise NotAllowed("You already have an account. Sign in, then open the link again.")
    elif actor is not None:
        raise NotAllowed("You are signed in as somebody else. Sign out, then open the link again.")
    else:
        person = let_in(
            session,
            person,
            email=row.email,
            name=row.person_name,
            password=password or "",
            now=now,
            others=(row.company_name,),
        )
    row.confirmed_at = now
    taken = session.scalar(select(Organisation.id).where(Organisation.name == row.company_name))
    provider = found_organisation(
        session,
        actor=None,
        kind=OrganisationKind.PROVIDER,
        name=f"{row.company_name} ({row.company_number})" if taken else row.company_name,
        company_number=row.company_number,
        alert_email=row.email,
        now=now,
    )
    membership = give_role(
        session, person=person, organisation=provider, role=Role.PROVIDER_ADMINISTRATOR, now=now, by=actor
    )
    audit.record(
        session,
        now=now,
        who=None,
        act="identity.sign_up.confirm",
        subject_kind="sign_up",
        subject_id=row.id,
        organisation=provider.id,
        person=person.id,
    )
    return membership
