"""Reads of who is who: the actor behind a session, the people of one's organisation, one's own sessions, links that
still work."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from app.core.errors import Conflict
from app.core.tokens import token_hash
from app.identity.addresses import fold_email
from app.identity.models import Invitation, Membership, Organisation, PasswordReset, Person, SignInSession, SignUp
from app.identity.permissions import Actor, Permission, permissions_of
from app.identity.status import ADMINISTRATOR_OF, OrganisationKind, Role
from app.identity.times import IDLE

STORY = (
    Role.PROVIDER_ADMINISTRATOR,
    Role.PROVIDER_STAFF,
    Role.COMMISSIONER,
    Role.HUB_ADMINISTRATOR,
    Role.PLACEMENT_OFFICER,
    Role.TEAM_MANAGER,
    Role.SERVICE_MANAGER,
    Role.PANEL_ADMINISTRATOR,
    Role.PANEL_CHAIR,
    Role.PANEL_MEMBER,
    Role.AGENCY_PANEL_MEMBER,
    Role.HEAD_OF_SERVICE,
    Role.NOMINATED_OFFICER,
    Role.DIRECTOR,
    Role.FINANCE_OFFICER,
    Role.BOROUGH_ADMINISTRATOR,
    Role.AGENCY_ADMINISTRATOR,
)
"""Roles in the order in which they appear in the story of one placement."""


@dataclass(frozen=True)
class Choice:
    """An organisation that a person may act for, and as what."""

    organisation_id: str
    organisation_name: str
    kind: OrganisationKind
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class Member:
    """One role of one person, as the people page lists it."""

    membership_id: str
    person_id: str
    name: str
    email: str
    role: Role
    since: dt.datetime
    last_signed_in: dt.datetime | None


@dataclass(frozen=True)
class DemoPerson:
    """Somebody whom the demonstration lets one be."""

    membership_id: str
    name: str
    role: Role
    organisation_name: str
    organisation_kind: OrganisationKind


@dataclass(frozen=True)
class OrganisationLine:
    """An organisation as the hub administrator lists it: how many people it has, and whether somebody manages them."""

    id: str
    kind: OrganisationKind
    name: str
    people: int
    administrators: int
    in_house_of: str | None = None
    """The name of the borough whose own services this provider runs."""


def actor_for(session: Session, person_id: str, organisation_id: str) -> Actor | None:
    """The person acting for the organisation, with all that their live roles there give; None where they hold none."""
    rows = session.execute(
        select(Person.name, Organisation.name, Organisation.kind, Membership.role)
        .select_from(Membership)
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.person_id == person_id,
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
        )
        .order_by(Membership.role)
    ).all()
    if not rows:
        return None
    roles = frozenset(row[3] for row in rows)
    return Actor(
        person_id=person_id,
        person_name=rows[0][0],
        organisation_id=organisation_id,
        organisation_name=rows[0][1],
        organisation_kind=rows[0][2],
        roles=roles,
        permissions=permissions_of(roles),
    )


def session_by_token(session: Session, token: str, now: dt.datetime) -> SignInSession | None:
    """The live session of a token: not ended, not idle too long, not past its last moment."""
    row = session.scalar(select(SignInSession).where(SignInSession.token_hash == token_hash(token)))
    if row is None or row.ended_at is not None or now >= row.ends_at or now - row.last_seen_at >= IDLE:
        return None
    return row


def actor_for_session(session: Session, token: str, now: dt.datetime) -> Actor | None:
    """Who is signed in with this token and for whom they act; None once the session or the last role there has
    ended."""
    row = session_by_token(session, token, now)
    if row is None or row.organisation_id is None:
        return None
    return actor_for(session, row.person_id, row.organisation_id)


def choices_of(session: Session, person_id: str) -> tuple[Choice, ...]:
    """The organisations that a person may act for, by name."""
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.kind, Membership.role)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .order_by(Organisation.name, Organisation.id)
    ).all()
    found: dict[str, tuple[str, OrganisationKind, list[Role]]] = {}
    for organisation_id, name, kind, role in rows:
        found.setdefault(organisation_id, (name, kind, []))[2].append(role)
    return tuple(
        Choice(organisation_id, name, kind, tuple(sorted(roles, key=STORY.index)))
        for organisation_id, (name, kind, roles) in found.items()
    )


def own_person(session: Session, actor: Actor) -> Person:
    """The actor's own account."""
    return session.get_one(Person, actor.person_id)


def actor_who_may(session: Session, email: str, permission: Permission) -> Actor:
    """The person with an address, acting for the one organisation in which they may do something; for the console.
    Conflict where there is none, or more than one.
    """
    person = person_by_email(session, fold_email(email))
    choices = choices_of(session, person.id) if person is not None else ()
    actors = [actor_for(session, person.id, one.organisation_id) for one in choices] if person is not None else []
    found = [actor for actor in actors if actor is not None and actor.may(permission)]
    if not found:
        raise Conflict(f"Nobody with the address {email} may do this.")
    if len(found) > 1:
        raise Conflict(f"{email} may do this for more than one organisation: use the pages.")
    return found[0]


def person_by_email(session: Session, email: str) -> Person | None:
    """The person with a folded address. For use cases; no page may show whether there is one."""
    return session.scalar(select(Person).where(Person.email == email))


def can_sign_in(session: Session, person: Person | None) -> bool:
    """Whether there is somebody here who has a password and a role to use it for. Only then may "sign in first" be
    asked."""
    return person is not None and person.password_hash is not None and bool(choices_of(session, person.id))


def own_sessions(session: Session, actor: Actor, now: dt.datetime) -> list[SignInSession]:
    """The actor's live sessions, the one used last first."""
    rows = session.scalars(
        select(SignInSession)
        .where(
            SignInSession.person_id == actor.person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.ends_at > now,
            SignInSession.last_seen_at > now - IDLE,
        )
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id)
    )
    return list(rows)


def people_of(session: Session, actor: Actor, *, limit: int = 200, offset: int = 0) -> list[Member]:
    """The live roles in the actor's organisation, by person's name and role."""
    actor.require(Permission.PEOPLE_MANAGE)
    last = (
        select(func.max(SignInSession.started_at))
        .where(
            SignInSession.person_id == Membership.person_id,
            SignInSession.organisation_id == Membership.organisation_id,
        )
        .correlate(Membership)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Membership.id, Person.id, Person.name, Person.email, Membership.role, Membership.started_at, last)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == actor.organisation_id, Membership.ended_at.is_(None))
        .order_by(Person.name, Person.id, Membership.role)
        .limit(limit)
        .offset(offset)
    )
    return [Member(*row) for row in rows]


def count_people(session: Session, actor: Actor) -> int:
    """How many live roles `people_of` lists in all."""
    actor.require(Permission.PEOPLE_MANAGE)
    return (
        session.scalar(
            select(func.count())
            .select_from(Membership)
            .where(Membership.organisation_id == actor.organisation_id, Membership.ended_at.is_(None))
        )
        or 0
    )


def live_membership(session: Session, membership_id: str) -> Membership | None:
    """A role that is still held, whoever's it is."""
    return session.scalar(
        select(Membership)
        .join(Membership.person)
        .join(Membership.organisation)
        .options(contains_eager(Membership.person), contains_eager(Membership.organisation))
        .where(Membership.id == membership_id, Membership.ended_at.is_(None))
    )


def membership_within_reach(session: Session, actor: Actor, membership_id: str) -> Membership | None:
    """A live role in the actor's own organisation."""
    actor.require(Permission.PEOPLE_MANAGE)
    membership = live_membership(session, membership_id)
    return membership if membership and membership.organisation_id == actor.organisation_id else None


def open_invitations(session: Session, actor: Actor, now: dt.datetime) -> list[Invitation]:
    """Invitations to the actor's organisation, and those that the hub's administrator sent to others, that still
    wait; newest first."""
    actor.require(Permission.PEOPLE_MANAGE)
    rows = session.scalars(
        select(Invitation)
        .join(Invitation.organisation)
        .options(contains_eager(Invitation.organisation))
        .where(
            _invitations_of(actor),
            Invitation.accepted_at.is_(None),
            Invitation.cancelled_at.is_(None),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.created_at.desc(), Invitation.id)
    )
    return list(rows)


def invitation_within_reach(session: Session, actor: Actor, invitation_id: str) -> Invitation | None:
    """An invitation that this administrator may cancel."""
    actor.require(Permission.PEOPLE_MANAGE)
    return session.scalar(select(Invitation).where(Invitation.id == invitation_id, _invitations_of(actor)))


def _invitations_of(actor: Actor) -> ColumnElement[bool]:
    own = Invitation.organisation_id == actor.organisation_id
    if actor.may(Permission.ORGANISATION_MANAGE):
        return own | Invitation.role.in_(ADMINISTRATOR_OF.values())
    return own


def invitation_by_token(session: Session, token: str, now: dt.datetime) -> Invitation | None:
    """The invitation behind a link, while it can be accepted."""
    row = session.scalar(select(Invitation).where(Invitation.token_hash == token_hash(token)))
    if row is None or row.accepted_at or row.cancelled_at or now >= row.expires_at:
        return None
    return row


def sign_up_by_token(session: Session, token: str, now: dt.datetime) -> SignUp | None:
    """The sign-up behind a link, while it can be confirmed."""
    row = session.scalar(select(SignUp).where(SignUp.token_hash == token_hash(token)))
    return None if row is None or row.confirmed_at or now >= row.expires_at else row


def reset_by_token(session: Session, token: str, now: dt.datetime) -> PasswordReset | None:
    """The reset behind a link, while it can be used."""
    row = session.scalar(select(PasswordReset).where(PasswordReset.token_hash == token_hash(token)))
    return None if row is None or row.used_at or now >= row.expires_at else row


def organisations(session: Session, actor: Actor) -> list[OrganisationLine]:
    """Every organisation of the consortium, by kind and name, for the hub's administrator."""
    actor.require(Permission.ORGANISATION_MANAGE)
    borough = aliased(Organisation)
    rows = session.execute(
        select(
            Organisation.id,
            Organisation.kind,
            Organisation.name,
            func.count(func.distinct(Membership.person_id)),
            func.count(func.distinct(Membership.person_id)).filter(Membership.role.in_(ADMINISTRATOR_OF.values())),
            borough.name,
        )
        .outerjoin(borough, borough.id == Organisation.in_house_of)
        .outerjoin(Membership, (Membership.organisation_id == Organisation.id) & Membership.ended_at.is_(None))
        .group_by(Organisation.id, Organisation.kind, Organisation.name, borough.name)
        .order_by(Organisation.kind, Organisation.name)
    )
    return [OrganisationLine(*row) for row in rows]


def demo_people(session: Session) -> list[DemoPerson]:
    """One person of each role in each organisation, in the order of the story, then by organisation. For the
    demonstration only."""
    rows = session.execute(
        select(Membership.id, Person.name, Membership.role, Organisation.name, Organisation.kind, Organisation.id)
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.ended_at.is_(None))
        .order_by(Organisation.name, Organisation.id, Person.name, Membership.id)
    )
    first: dict[tuple[str, Role], DemoPerson] = {}
    for membership_id, name, role, organisation, kind, organisation_id in rows:
        first.setdefault((organisation_id, role), DemoPerson(membership_id, name, role, organisation, kind))
    return sorted(first.values(), key=lambda one: STORY.index(one.role))


def person_name(session: Session, person_id: str | None) -> str:
    """What somebody is called, for the story of a thing that the reader may see."""
    return session.scalar(select(Person.name).where(Person.id == person_id)) or "Homeward"


def hub_name(session: Session) -> str | None:
    """What the consortium is called: the name of its hub. None before it is founded."""
    return session.scalar(select(Organisation.name).where(Organisation.kind == OrganisationKind.HUB))
