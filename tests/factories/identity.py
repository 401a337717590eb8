"""Organisations, people and roles for tests: made up, and looking it. Each writes what it needs and flushes."""

from __future__ import annotations

import datetime as dt
import itertools

from sqlalchemy.orm import Session

from app.identity import passwords
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor, permissions_of
from app.identity.queries import actor_for
from app.identity.sign_in import SignedIn, open_session
from app.identity.status import ADMINISTRATOR_OF, OrganisationKind, Role
from tests.remembering import remembered

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
PASSWORD = "otter kettle Vermilion 58"

_numbers = itertools.count(1)


@remembered
def make_organisation(
    session: Session, kind: OrganisationKind = OrganisationKind.BOROUGH, name: str | None = None
) -> Organisation:
    """An organisation with a made-up name."""
    number = next(_numbers)
    row = Organisation(
        kind=kind,
        name=name or f"Made-up {kind.value} {number}",
        short_code=f"X{number}"[:8] if kind is OrganisationKind.BOROUGH else None,
        alert_email=f"alerts{number}@example.org",
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row


@remembered
def make_person(
    session: Session, name: str | None = None, email: str | None = None, password: str | None = PASSWORD
) -> Person:
    """A person who signs in with `PASSWORD`, hashed cheaply; `password=None` for one who never chose any."""
    number = next(_numbers)
    row = Person(
        email=email or f"person{number}@example.org",
        name=name or f"Avery Example {number}",
        password_hash=passwords.hash_password(password, passwords.Profile.CHEAP) if password else None,
        password_changed_at=NOW if password else None,
        failed_sign_ins=0,
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row


@remembered
def make_membership(session: Session, person: Person, organisation: Organisation, role: Role) -> Membership:
    """A role that is held since `NOW`."""
    row = Membership(person_id=person.id, organisation_id=organisation.id, role=role, started_at=NOW)
    row.person, row.organisation = person, organisation
    session.add(row)
    session.flush()
    return row


@remembered
def make_actor(session: Session, organisation: Organisation, *roles: Role, name: str | None = None) -> Actor:
    """A new person with roles in an organisation (its administrator, if none is named), acting for it."""
    person = make_person(session, name)
    for role in roles or (ADMINISTRATOR_OF[organisation.kind],):
        make_membership(session, person, organisation, role)
    actor = actor_for(session, person.id, organisation.id)
    assert actor is not None
    return actor


def make_signed_in(session: Session, actor: Actor, now: dt.datetime = NOW) -> SignedIn:
    """A live session of an actor, with its token."""
    return open_session(session, person_id=actor.person_id, now=now, organisation_id=actor.organisation_id)


def actor_of(kind: OrganisationKind, *roles: Role) -> Actor:
    """An actor who stands in no database, for rules that need none."""
    held = frozenset(roles)
    return Actor("p" * 22, "Avery Example", "o" * 22, f"Made-up {kind.value}", kind, held, permissions_of(held))
