"""Finding a child again: by reference, by name however it is written, by date of birth. Nothing is searched in the
clear.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.children.indexes import birth_mark, name_marks
from app.children.models import Child
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.identity.permissions import Actor, Permission

MOST = 50
"""How many children one search shows: each of them is a view of that child's record."""


class Match(StrEnum):
    """How somebody was found."""

    NAME = "name"
    SOUND = "sound"
    BIRTH = "birth"


MATCH_WORDS: dict[Match, str] = {
    Match.NAME: "Exactly this name",
    Match.SOUND: "A name that sounds like it",
    Match.BIRTH: "This date of birth",
}


@dataclass(frozen=True)
class FoundChild:
    """A child who was found: the record that stands for them, how, and under which record's name where another was
    merged into it.
    """

    child: Child
    match: Match
    former: str | None


def search(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    given_name: str = "",
    family_name: str = "",
    date_of_birth: dt.date | None = None,
) -> list[FoundChild]:
    """Children of the actor's borough with this name or one that sounds like it, and born on this day where one is
    given; the surest first. At most `MOST`. Invalid where there is neither a whole name nor a date of birth.
    """
    actor.require(Permission.CHILD_READ)
    named = bool(given_name.strip() and family_name.strip())
    if not named and date_of_birth is None:
        raise Invalid("Enter a first and a last name, or a date of birth.", field="given_name")
    wanted: list[ColumnElement[bool]] = [Child.organisation_id == actor.organisation_id, Child.erased_at.is_(None)]
    name, sound = name_marks(session, vault, given_name, family_name) if named else ("", "")
    if named:
        wanted.append(or_(Child.name_index == name, Child.sound_index == sound))
    if date_of_birth is not None:
        wanted.append(Child.birth_index == birth_mark(session, vault, date_of_birth))
    rows = session.scalars(
        select(Child)
        .where(*wanted)
        .order_by((func.coalesce(Child.name_index, "") == name).desc(), Child.created_at.desc(), Child.id)
        .limit(MOST)
    ).all()
    kept_ids = [row.merged_into for row in rows if row.merged_into]
    kept = {one.id: one for one in session.scalars(select(Child).where(Child.id.in_(kept_ids)))}
    found: dict[str, FoundChild] = {}
    for row in rows:
        child = kept[row.merged_into] if row.merged_into else row
        match = Match.BIRTH if not named else Match.NAME if row.name_index == name else Match.SOUND
        found.setdefault(child.id, FoundChild(child, match, row.reference if row.merged_into else None))
    return list(found.values())


def find_children(session: Session, *, actor: Actor, vault: Vault, given_name: str, family_name: str) -> list[Child]:
    """Children of the actor's borough with exactly this name, whatever its case, accents and spaces, newest first."""
    found = search(session, actor=actor, vault=vault, given_name=given_name, family_name=family_name)
    return [one.child for one in found if one.match is Match.NAME]
