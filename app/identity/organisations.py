"""Organisations come in: boroughs, agencies and the hub are founded by the consortium, provider companies sign
themselves up."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Conflict, Invalid
from app.identity import lockout, passwords
from app.identity.addresses import read_company_number, read_email, read_name
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor, Permission
from app.identity.status import OrganisationKind, Role


def found_organisation(
    session: Session,
    *,
    actor: Actor | None,
    kind: OrganisationKind,
    name: str,
    now: dt.datetime,
    short_code: str | None = None,
    gss_code: str | None = None,
    company_number: str | None = None,
    alert_email: str | None = None,
    in_house_of: str | None = None,
) -> Organisation:
    """A new organisation. `actor` None is the operator at the console; anybody else needs `hub:organisation:manage`.
    `in_house_of` is the borough whose own services this provider runs, outside the competition.

    Raises Invalid for what is malformed and Conflict for a name, code or company number that another organisation has.
    """
    if actor is not None:
        actor.require(Permission.ORGANISATION_MANAGE)
    if in_house_of is not None:
        _must_be_of_a_borough(session, kind, in_house_of)
    organisation = Organisation(
        kind=kind,
        name=read_name(name, "name", "the organisation's name"),
        short_code=short_code.strip().upper() if short_code else None,
        gss_code=gss_code.strip().upper() if gss_code else None,
        company_number=read_company_number(company_number) if company_number else None,
        alert_email=read_email(alert_email, "alert_email") if alert_email else None,
        in_house_of=in_house_of,
        created_at=now,
    )
    for field in ("name", "short_code", "gss_code", "company_number"):
        value = getattr(organisation, field)
        if value and session.scalar(select(Organisation.id).where(getattr(Organisation, field) == value)):
            raise Conflict(f"Another organisation has the {field.replace('_', ' ')} {value}.", field=field)
    if kind is OrganisationKind.HUB and session.scalar(
        select(Organisation.id).where(Organisation.kind == OrganisationKind.HUB)
    ):
        raise Conflict("This consortium already has its hub.", field="kind")
    session.add(organisation)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="identity.organisation.found",
        subject_kind="organisation",
        subject_id=organisation.id,
        kind=kind.value,
        name=organisation.name,
        in_house_of=in_house_of,
    )
    return organisation


def _must_be_of_a_borough(session: Session, kind: OrganisationKind, borough_id: str) -> None:
    """Invalid at `in_house_of` unless a borough and a provider meet."""
    if kind is not OrganisationKind.PROVIDER:
        raise Invalid("Only a provider can be a borough's own", field="in_house_of")
    borough = session.get(Organisation, borough_id)
    if borough is None or borough.kind is not OrganisationKind.BOROUGH:
        raise Invalid("Choose the borough whose services these are", field="in_house_of")


def add_person(session: Session, *, email: str, name: str, password_hash: str | None, now: dt.datetime) -> Person:
    """A person who can sign in once they hold a role. The caller has shown that the address is theirs."""
    person = Person(
        email=read_email(email),
        name=read_name(name, "name", "your full name"),
        password_hash=password_hash,
        password_changed_at=now if password_hash else None,
        failed_sign_ins=0,
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person


def let_in(
    session: Session,
    person: Person | None,
    *,
    email: str,
    name: str,
    password: str,
    now: dt.datetime,
    others: tuple[str, ...] = (),
) -> Person:
    """Somebody new, or somebody who cannot sign in, with the name and the password that they chose behind a link to
    their mailbox."""
    name = read_name(name, "name", "your full name")
    passwords.judge(password, name=name, email=email, others=others)
    hashed = passwords.hash_password(password, passwords.profile_of(session))
    if person is None:
        return add_person(session, email=email, name=name, password_hash=hashed, now=now)
    person.name, person.password_hash, person.password_changed_at = name, hashed, now
    lockout.clear(person)
    session.flush()
    return person


def give_role(
    session: Session, *, person: Person, organisation: Organisation, role: Role, now: dt.datetime, by: Actor | None
) -> Membership:
    """A role from now on. Somebody who had left is back. The caller has shown who may give it."""
    membership = Membership(person_id=person.id, organisation_id=organisation.id, role=role, started_at=now)
    membership.person, membership.organisation = person, organisation
    person.left_at = None
    session.add(membership)
    session.flush()
    audit.record(
        session,
        now=now,
        who=by,
        act="identity.membership.start",
        subject_kind="membership",
        subject_id=membership.id,
        person=person.id,
        organisation=organisation.id,
        role=role.value,
    )
    return membership
