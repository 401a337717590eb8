"""Keys with which a borough's own systems use the API. A key is a person of its own without a password or a role: what
it does is written down under its name, and it can do no more than its scope, which never holds a decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.core import audit
from app.core.clock import LONDON
from app.core.database import new_id
from app.core.errors import Conflict, Invalid, NotFound
from app.core.tokens import new_token, token_hash
from app.identity.addresses import read_name
from app.identity.models import Organisation, Person, ServiceKey
from app.identity.permissions import Actor, Permission

PREFIX = "hw_"
"""What a key begins with, so that one that leaks can be recognised by a scanner of leaks."""

LONGEST_DAYS = 366
NOTE_EVERY = dt.timedelta(minutes=10)
"""Use is written down at most this often."""

SCOPES: dict[Permission, str] = {
    Permission.REQUEST_READ: "Read requests",
    Permission.REQUEST_WRITE: "Write drafts of requests and submit them",
    Permission.CHILD_READ: "Find children and read who they are",
    Permission.CHILD_WRITE: "Record children",
}
"""What a key may be given. To approve, publish, choose or award needs a person."""


@dataclass(frozen=True)
class KeyLine:
    """One key as its page lists it."""

    id: str
    name: str
    scope: tuple[str, ...]
    created_by: str
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def state(self, now: dt.datetime) -> str:
        """Works, expired or revoked."""
        if self.revoked_at is not None:
            return "Revoked"
        return "Works" if now < self.expires_at else "Expired"


def make_key(
    session: Session, *, actor: Actor, name: str, scope: Collection[str], expires_on: dt.date, now: dt.datetime
) -> tuple[ServiceKey, str]:
    """A new key and its secret, which is not stored and cannot be shown again. It works through its last day.

    Invalid at `name`, `scope` or `expires_on`.
    """
    actor.require(Permission.KEY_MANAGE)
    name = read_name(name, "name", "a name for the key", 80)
    chosen = [one.value for one in SCOPES if one.value in scope]
    ends = dt.datetime.combine(expires_on + dt.timedelta(days=1), dt.time(), LONDON).astimezone(dt.UTC)
    if not chosen or set(scope) - set(chosen):
        raise Invalid("Choose what the key may do", field="scope")
    if ends <= now:
        raise Invalid("The last day must be today or later", field="expires_on")
    if ends > now + dt.timedelta(days=LONGEST_DAYS + 1):
        raise Invalid("A key works for at most a year. Make a new one then", field="expires_on")
    secret, _ = new_token()
    key_id = new_id()
    person = Person(email=f"service-key:{key_id}", name=name, created_at=now)  # no address: nobody writes or signs in
    session.add(person)
    session.flush()
    row = ServiceKey(
        id=key_id,
        organisation_id=actor.organisation_id,
        person_id=person.id,
        name=name,
        token_hash=token_hash(PREFIX + secret),
        scope=chosen,
        created_by=actor.person_id,
        created_at=now,
        expires_at=ends,
    )
    session.add(row)
    session.flush()
    _record(session, actor, "make", row, now, scope=chosen, expires_on=expires_on.isoformat())
    return row, PREFIX + secret


def revoke_key(session: Session, *, actor: Actor, key_id: str, now: dt.datetime) -> ServiceKey:
    """End a key at once. Conflict where it has ended."""
    actor.require(Permission.KEY_MANAGE)
    row = key_for(session, actor=actor, key_id=key_id)
    session.refresh(row, with_for_update=True)
    if row.revoked_at is not None:
        raise Conflict("This key was revoked already.")
    row.revoked_at, row.revoked_by = now, actor.person_id
    session.get_one(Person, row.person_id).left_at = now
    session.flush()
    _record(session, actor, "revoke", row, now)
    return row


def key_for(session: Session, *, actor: Actor, key_id: str) -> ServiceKey:
    """A key of the actor's organisation, or NotFound."""
    actor.require(Permission.KEY_MANAGE)
    row = session.scalar(
        select(ServiceKey).where(ServiceKey.id == key_id, ServiceKey.organisation_id == actor.organisation_id)
    )
    if row is None:
        raise NotFound("key")
    return row


def keys_of(session: Session, *, actor: Actor, limit: int = 100) -> list[KeyLine]:
    """The keys of the actor's organisation, the newest first."""
    actor.require(Permission.KEY_MANAGE)
    maker = aliased(Person)
    rows = session.execute(
        select(ServiceKey, maker.name)
        .join(maker, maker.id == ServiceKey.created_by)
        .where(ServiceKey.organisation_id == actor.organisation_id)
        .order_by(ServiceKey.created_at.desc(), ServiceKey.id)
        .limit(limit)
    )
    return [
        KeyLine(
            row.id,
            row.name,
            tuple(SCOPES.get(Permission(one), one) for one in row.scope),
            maker_name,
            row.created_at,
            row.expires_at,
            row.last_used_at,
            row.revoked_at,
        )
        for row, maker_name in rows
    ]


def actor_of_key(session: Session, secret: str, now: dt.datetime) -> tuple[Actor, bool] | None:
    """Who comes with this key, and whether its use is to be noted again; None for one that does not work."""
    if not secret.startswith(PREFIX):
        return None
    found = session.execute(
        select(ServiceKey, Organisation)
        .join(Organisation, Organisation.id == ServiceKey.organisation_id)
        .where(ServiceKey.token_hash == token_hash(secret))
    ).one_or_none()
    if found is None:
        return None
    row, organisation = found
    if row.revoked_at is not None or now >= row.expires_at:
        return None
    allowed = {permission.value: permission for permission in SCOPES}
    actor = Actor(
        person_id=row.person_id,
        person_name=row.name,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        organisation_kind=organisation.kind,
        roles=frozenset(),
        permissions=frozenset(allowed[one] for one in row.scope if one in allowed),
    )
    return actor, row.last_used_at is None or now - row.last_used_at >= NOTE_EVERY


def note_use(session: Session, *, person_id: str, now: dt.datetime) -> None:
    """Write down that a key is in use."""
    row = session.scalar(select(ServiceKey).where(ServiceKey.person_id == person_id))
    if row is not None and (row.last_used_at is None or row.last_used_at < now):
        row.last_used_at = now
        session.flush()


def reader_of_mail(session: Session, person: Person) -> Person:
    """Who reads what is written to a person: for a key, whoever made it."""
    maker = session.scalar(select(ServiceKey.created_by).where(ServiceKey.person_id == person.id))
    return session.get_one(Person, maker) if maker is not None else person


def people_behind(session: Session, person_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Who has acted where each of these people did: they themselves and, for a key, whoever made it, for they had its
    secret. For rules that want two people.
    """
    makers = dict(
        session.execute(
            select(ServiceKey.person_id, ServiceKey.created_by).where(ServiceKey.person_id.in_(person_ids))
        ).all()
    )
    return {one: frozenset({one, makers.get(one, one)}) for one in person_ids}


def _record(session: Session, actor: Actor, act: str, row: ServiceKey, now: dt.datetime, **facts: object) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"identity.service_key.{act}",
        subject_kind="service_key",
        subject_id=row.id,
        name=row.name,
        **facts,
    )
