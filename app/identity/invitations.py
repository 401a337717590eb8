"""A role is promised by e-mail and taken up with a link that works once. Nobody invites themselves, and roles fit the
organisation."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.core.tokens import new_token
from app.identity import mail
from app.identity.addresses import read_email
from app.identity.models import Invitation, Membership, Organisation, Person
from app.identity.organisations import give_role, let_in
from app.identity.permissions import Actor, Permission
from app.identity.queries import actor_for, can_sign_in, invitation_by_token, invitation_within_reach, person_by_email
from app.identity.status import ADMINISTRATOR_OF, ROLE_WORDS, ROLES_OF, OrganisationKind, Role
from app.identity.times import INVITATION_LASTS


def roles_to_give(actor: Actor, kind: OrganisationKind | None = None) -> tuple[Role, ...]:
    """The roles that the actor may invite people to in an organisation of a kind (their own, if none is named)."""
    if kind is None or kind is actor.organisation_kind:
        return ROLES_OF[actor.organisation_kind]
    return (ADMINISTRATOR_OF[kind],) if actor.may(Permission.ORGANISATION_MANAGE) else ()


def invite(
    session: Session,
    *,
    actor: Actor,
    email: str,
    role: Role,
    now: dt.datetime,
    base_url: str,
    organisation_id: str | None = None,
) -> Invitation:
    """Invite an address to a role in the actor's organisation; a hub administrator also invites another
    organisation's administrator.

    NotFound for an organisation out of reach; Invalid for a role that does not fit it, an address that already holds
    the role, or the actor's own address. An earlier open invitation to the same role is replaced.
    """
    actor.require(Permission.PEOPLE_MANAGE)
    organisation = session.get(Organisation, organisation_id or actor.organisation_id)
    own = organisation is not None and organisation.id == actor.organisation_id
    if organisation is None or not (own or actor.may(Permission.ORGANISATION_MANAGE)):
        raise NotFound("organisation")
    if role not in ROLES_OF[organisation.kind]:
        raise Invalid("Choose a role of this kind of organisation", field="role")
    if not own and role is not ADMINISTRATOR_OF[organisation.kind]:
        raise Invalid("You can only invite the administrator of another organisation", field="role")
    email = read_email(email)
    if email == session.get_one(Person, actor.person_id).email:
        raise Invalid("You cannot invite yourself. Ask another administrator to give you the role", field="email")
    return _write(session, actor=actor, organisation=organisation, email=email, role=role, now=now, base_url=base_url)


def first_administrator(
    session: Session, *, email: str, organisation_name: str, now: dt.datetime, base_url: str, role: Role | None = None
) -> Invitation:
    """Invite somebody from the console of the installation, by default as administrator. NotFound for an unknown
    organisation."""
    organisation = session.scalar(
        select(Organisation).where(
            (Organisation.name == organisation_name) | (Organisation.short_code == organisation_name.upper())
        )
    )
    if organisation is None:
        raise NotFound("organisation", name=organisation_name)
    role = role or ADMINISTRATOR_OF[organisation.kind]
    if role not in ROLES_OF[organisation.kind]:
        raise Invalid(f"{ROLE_WORDS[role]} is not a role of {organisation.name}", field="role")
    email = read_email(email)
    return _write(session, actor=None, organisation=organisation, email=email, role=role, now=now, base_url=base_url)


def _write(
    session: Session,
    *,
    actor: Actor | None,
    organisation: Organisation,
    email: str,
    role: Role,
    now: dt.datetime,
    base_url: str,
) -> Invitation:
    person = person_by_email(session, email)
    if person is not None and _holds(session, person.id, organisation.id, role):
        raise Invalid("This person already has that role here", field="email")
    for earlier in session.scalars(
        select(Invitation).where(
            Invitation.email == email,
            Invitation.organisation_id == organisation.id,
            Invitation.role == role,
            Invitation.accepted_at.is_(None),
            Invitation.cancelled_at.is_(None),
        )
    ):
        earlier.cancelled_at = now
    token, token_hash = new_token()
    invitation = Invitation(
        token_hash=token_hash,
        email=email,
        organisation_id=organisation.id,
        role=role,
        invited_by=actor.person_id if actor else None,
        created_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    invitation.organisation = organisation
    session.add(invitation)
    session.flush()
    mail.send_invitation(session, invitation=invitation, token=token, base_url=base_url, now=now)
    audit.record(
        session,
        now=now,
        who=actor,
        act="identity.invitation.send",
        subject_kind="invitation",
        subject_id=invitation.id,
        organisation=organisation.id,
        role=role.value,
    )
    return invitation


def cancel_invitation(session: Session, *, actor: Actor, invitation_id: str, now: dt.datetime) -> Invitation:
    """Make an invitation's link useless. NotFound out of reach; Conflict once it was accepted or cancelled."""
    invitation = invitation_within_reach(session, actor, invitation_id)
    if invitation is None:
        raise NotFound("invitation")
    if invitation.accepted_at or invitation.cancelled_at:
        raise Conflict("This invitation was already accepted or cancelled.")
    invitation.cancelled_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="identity.invitation.cancel",
        subject_kind="invitation",
        subject_id=invitation.id,
    )
    return invitation


def accept_invitation(
    session: Session,
    *,
    token: str,
    now: dt.datetime,
    name: str | None = None,
    password: str | None = None,
    actor: Actor | None = None,
) -> Membership:
    """Take up an invitation. Somebody new gives a name and a password; somebody known must be signed in as the person
    invited.

    Raises NotFound for a link that no longer works, NotAllowed where somebody known is not signed in (or another is).
    """
    invitation = invitation_by_token(session, token, now)
    if invitation is None:
        raise NotFound("invitation")
    session.refresh(invitation, with_for_update=True)
    if invitation.accepted_at is not None:
        raise NotFound("invitation")
    person = person_by_email(session, invitation.email)
    if person is not None and can_sign_in(session, person):
        if actor is None or actor.person_id != person.id:
            raise NotAllowed("Sign in as the person who was invited, then accept.")
    elif actor is not None:
        raise NotAllowed("You are signed in as somebody else. Sign out, then accept.")
    else:
        person = let_in(session, person, email=invitation.email, name=name or "", password=password or "", now=now)
    invitation.accepted_at = now
    organisation = session.get_one(Organisation, invitation.organisation_id)
    held = _holds(session, person.id, organisation.id, invitation.role)
    membership = held or give_role(
        session, person=person, organisation=organisation, role=invitation.role, now=now, by=actor
    )
    audit.record(
        session,
        now=now,
        who=actor_for(session, person.id, organisation.id),
        act="identity.invitation.accept",
        subject_kind="invitation",
        subject_id=invitation.id,
        person=person.id,
    )
    return membership


def _holds(session: Session, person_id: str, organisation_id: str, role: Role) -> Membership | None:
    return session.scalar(
        select(Membership).where(
            Membership.person_id == person_id,
            Membership.organisation_id == organisation_id,
            Membership.role == role,
            Membership.ended_at.is_(None),
        )
    )
