"""Lists of requests that a person keeps under a name of their own, for the organisation that they act for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, Invalid, NotFound
from app.identity.permissions import Actor, Permission
from app.requests.models import SavedView

MOST = 20
NAME_LONGEST = 60


def keep_view(session: Session, *, actor: Actor, name: str, asked: Mapping[str, str], now: dt.datetime) -> SavedView:
    """Keep what a list is narrowed to. The same name again means the new list. Invalid at `name`; Conflict past 20."""
    actor.require(Permission.REQUEST_READ)
    name = " ".join(name.split())
    if not name:
        raise Invalid("Enter a name for this list.", field="name")
    if len(name) > NAME_LONGEST:
        raise Invalid(f"The name must be {NAME_LONGEST} characters or fewer.", field="name")
    kept = views_of(session, actor=actor)
    view = next((one for one in kept if one.name.casefold() == name.casefold()), None)
    if view is None:
        if len(kept) >= MOST:
            raise Conflict(f"You keep {MOST} lists already. Remove one first.")
        view = SavedView(person_id=actor.person_id, organisation_id=actor.organisation_id, name=name)
        session.add(view)
    view.asked = {key: value for key, value in asked.items() if value}
    view.kept_at = now
    session.flush()
    return view


def drop_view(session: Session, *, actor: Actor, view_id: str) -> str:
    """Keep a list no more. Returns its name. NotFound for anybody else's."""
    actor.require(Permission.REQUEST_READ)
    view = session.scalar(select(SavedView).where(SavedView.id == view_id, *_own(actor)))
    if view is None:
        raise NotFound("saved list")
    name = view.name
    session.delete(view)
    session.flush()
    return name


def views_of(session: Session, *, actor: Actor) -> list[SavedView]:
    """The lists that this person keeps here, by name."""
    return list(
        session.scalars(
            select(SavedView).where(*_own(actor)).order_by(func.lower(SavedView.name), SavedView.id).limit(MOST)
        )
    )


def _own(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (SavedView.person_id == actor.person_id, SavedView.organisation_id == actor.organisation_id)
