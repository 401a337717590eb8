"""A role ends when somebody leaves it. The row stays, because what they did stays; their sessions for that
organisation end at once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Conflict, NotFound
from app.identity.models import Membership, Organisation, Person
from app.identity.permissions import Actor
from app.identity.queries import choices_of, membership_within_reach
from app.identity.sign_in import end_sessions
from app.identity.status import ADMINISTRATOR_OF


def leave(session: Session, *, actor: Actor, membership_id: str, now: dt.datetime) -> Membership:
    """End a role in the actor's organisation. NotFound out of reach; Conflict for its last administrator."""
    if membership_within_reach(session, actor, membership_id) is None:
        raise NotFound("person")
    # Two administrators who end each other at once queue here, so that one of them stays.
    organisation = session.get_one(Organisation, actor.organisation_id, with_for_update=True)
    membership = membership_within_reach(session, actor, membership_id)
    if membership is None:
        raise NotFound("person")
    if membership.role is ADMINISTRATOR_OF[organisation.kind] and _administrators(session, organisation) <= 1:
        raise Conflict(
            f"{membership.person.name} is the last administrator of {organisation.name}. "
            "Invite another administrator first."
        )
    membership.ended_at = now
    session.flush()
    ended = end_sessions(session, person_id=membership.person_id, now=now, organisation_id=organisation.id)
    if not choices_of(session, membership.person_id):
        session.get_one(Person, membership.person_id).left_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="identity.membership.end",
        subject_kind="membership",
        subject_id=membership.id,
        person=membership.person_id,
        role=membership.role.value,
        sessions_ended=ended,
    )
    return membership


def _administrators(session: Session, organisation: Organisation) -> int:
    return (
        session.scalar(
            select(func.count(func.distinct(Membership.person_id))).where(
                Membership.organisation_id == organisation.id,
                Membership.role == ADMINISTRATOR_OF[organisation.kind],
                Membership.ended_at.is_(None),
            )
        )
        or 0
    )
