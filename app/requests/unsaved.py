"""What somebody typed into a section and could not save, because they were no longer signed in: kept for them for some
hours, sealed like a saved section, and given back when they open that section again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from marshmallow import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.identity.permissions import Actor
from app.requests.answers import clean
from app.requests.drawers import drawer_of, seal_apart, unseal_apart
from app.requests.form import Raw, SectionDefinition, form
from app.requests.models import PlacementRequest
from app.requests.sections.models import RequestUnsaved
from app.requests.status import RequestStatus

FORGET_UNSAVED = "forget_unsaved"


@dataclass(frozen=True)
class Unsaved:
    """Answers as they were typed, the version of the section that they were typed over, and when."""

    answers: dict[str, Raw]
    version: int
    kept_at: dt.datetime


def keep_unsaved(
    session: Session,
    *,
    vault: Vault,
    person_id: str,
    request_id: str,
    section: str,
    position: int,
    version: int,
    read: Callable[[SectionDefinition], Mapping[str, object]],
    now: dt.datetime,
) -> bool:
    """Keep what a person typed into a section of a draft: `read` says what, of the section. The caller knows that the
    section was shown to that person. Returns False where there is no such draft any more. An answer that could not be
    saved either is left out.
    """
    request = session.get(PlacementRequest, request_id)
    if request is None or request.status is not RequestStatus.DRAFT:
        return False
    part = form(request.form_version).section(section)
    drawer = drawer_of(session, vault, request, part, position)
    _forget(session, person_id, request_id, section, drawer.position)
    until = now + dt.timedelta(hours=form(request.form_version).keep_unsaved_hours)
    session.add(
        RequestUnsaved(
            request_id=request_id,
            person_id=person_id,
            section=section,
            child_position=drawer.position,
            version_shown=version,
            sealed_answers=seal_apart(drawer, person_id, _kept(part, read(part))),
            kept_at=now,
            expires_at=until,
        )
    )
    session.flush()
    return True


def _kept(section: SectionDefinition, answers: Mapping[str, object]) -> dict[str, Raw]:
    kept = {}
    for one in section.fields:
        try:
            kept[one.name] = clean(one, answers.get(one.name))
        except ValidationError:
            continue
    return kept


def unsaved_of(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request: PlacementRequest,
    section: SectionDefinition,
    position: int,
    now: dt.datetime,
) -> Unsaved | None:
    """What the actor typed into a section and could not save, None where there is nothing or it is too old."""
    drawer = drawer_of(session, vault, request, section, position)
    row = session.scalar(
        select(RequestUnsaved).where(
            RequestUnsaved.request_id == request.id,
            RequestUnsaved.person_id == actor.person_id,
            RequestUnsaved.section == section.name,
            RequestUnsaved.child_position == drawer.position,
            RequestUnsaved.expires_at > now,
        )
    )
    if row is None:
        return None
    return Unsaved(unseal_apart(drawer, actor.person_id, row.sealed_answers), row.version_shown, row.kept_at)


def discard_unsaved(session: Session, *, actor: Actor, request_id: str, section: str, position: int) -> None:
    """Forget what the actor typed into a section: it was saved, or is not wanted. `position` is 0 for a section about
    all children.
    """
    _forget(session, actor.person_id, request_id, section, position)


def forget_unsaved(session: Session, *, now: dt.datetime) -> int:
    """Forget what nobody came back for. Returns how many."""
    gone = session.execute(delete(RequestUnsaved).where(RequestUnsaved.expires_at <= now).returning(RequestUnsaved.id))
    return len(gone.all())


def _forget(session: Session, person_id: str, request_id: str, section: str, position: int) -> None:
    session.execute(
        delete(RequestUnsaved).where(
            RequestUnsaved.request_id == request_id,
            RequestUnsaved.person_id == person_id,
            RequestUnsaved.section == section,
            RequestUnsaved.child_position == position,
        )
    )
