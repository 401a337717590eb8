"""The children of one request: brothers and sisters are added and taken off while it is a draft, with a plan for them
(section 22C(8)(c) of the Children Act 1989 prefers together), and answers are taken over from the first to another.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.records import child_by_reference, ids_of
from app.core import audit
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.files import Store, forget
from app.identity.permissions import Actor, Permission
from app.requests.drafting import draft_for_change, plan_for, without_draft
from app.requests.drawers import drawer_of, named_child
from app.requests.form import form
from app.requests.models import PlacementRequest, RequestChild
from app.requests.papers.models import Attachment
from app.requests.sections.models import RequestClearance, RequestSection, RequestTextRead, RequestUnsaved
from app.requests.status import Siblings

MOST = 8
FIRST = 1


def find_by_reference(session: Session, *, actor: Actor, reference: str) -> Child:
    """A child of the actor's borough by its whole reference, however it is spaced: after a merge, the record that was
    kept. Invalid where there is none, or it was erased.
    """
    actor.require(Permission.CHILD_READ)
    child = child_by_reference(session, actor=actor, reference=reference, field="child")
    if child.erased_at is not None:
        raise Invalid("There is no child with that reference. It looks like CH-7K4M2P.", field="child")
    return child


def add_child(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, child_id: str, now: dt.datetime
) -> RequestChild:
    """One more child of the actor's borough on a draft, after the others. Conflict where a draft names the child."""
    actor.require(Permission.REQUEST_WRITE)
    request = draft_for_change(session, actor=actor, request_id=request_id)
    known = set(ids_of(session, actor=actor, child_id=child_id))
    if any(one.child_id in known for one in request.children):
        raise Conflict("This child is on the request already.")
    if len(request.children) >= MOST:
        raise Conflict(f"A request can name {MOST} children at most.")
    child = without_draft(session, actor=actor, vault=vault, child_id=child_id)
    named = RequestChild(child_id=child.id, position=len(request.children) + 1)
    request.children.append(named)
    _count(request, request.siblings, now)
    session.flush()
    _record(session, actor, request, "requests.child.add", now, child_id=child.id)
    return named


def take_off_child(
    session: Session, *, actor: Actor, store: Store, request_id: str, child_id: str, now: dt.datetime
) -> PlacementRequest:
    """Take a child off a draft, with what was written about that child; those after move up. Conflict for the first,
    under whose key stands what is said of all.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = draft_for_change(session, actor=actor, request_id=request_id)
    named = next((one for one in request.children if one.child_id == child_id), None)
    if named is None:
        raise Conflict("This child is not on the request.")
    if named.position == FIRST:
        raise Conflict("The request was started for this child. Withdraw it, and start one for the other child.")
    request.children.remove(named)
    session.delete(named)
    session.flush()
    _close_up(session, store, request, named.position)
    _count(request, request.siblings, now)
    session.flush()
    _record(session, actor, request, "requests.child.take_off", now, child_id=child_id)
    return request


def _close_up(session: Session, store: Store, request: PlacementRequest, position: int) -> None:
    """Forget what was written about the child who stood at a position, with the files about that child, and move those
    after it up by one. Their sections' versions stay: nobody changed an answer.
    """
    _forget_files(session, store, request, position)
    for table in (RequestSection, RequestUnsaved, RequestClearance, RequestTextRead, Attachment):
        of_request = table.request_id == request.id
        session.execute(delete(table).where(of_request, table.child_position == position))
        for later in range(position + 1, len(request.children) + 2):
            moved = update(table).where(of_request, table.child_position == later).values(child_position=later - 1)
            session.execute(moved.execution_options(synchronize_session="fetch"))
    for one in request.children:
        if one.position > position:
            one.position -= 1
            session.flush()


def _forget_files(session: Session, store: Store, request: PlacementRequest, position: int) -> None:
    """Forget the files about the child at a position, what was removed before among them: they are sealed under that
    child's key, which the request no longer knows.
    """
    about = select(Attachment).where(Attachment.request_id == request.id, Attachment.child_position == position)
    for row in session.scalars(about).all():
        sha256 = row.sha256
        session.delete(row)
        session.flush()
        if sha256 is not None:
            forget(session, store, sha256)  # sealed with a nonce of its own, so no other row has this content


def plan_siblings(
    session: Session, *, actor: Actor, request_id: str, siblings: Siblings, now: dt.datetime
) -> PlacementRequest:
    """How the children of a draft are to be placed. Invalid for one child, or for no plan among several."""
    actor.require(Permission.REQUEST_WRITE)
    request = draft_for_change(session, actor=actor, request_id=request_id)
    if (siblings is Siblings.ALONE) != (len(request.children) == 1):
        raise Invalid("Choose how the children are to be placed.", field="siblings")
    _count(request, siblings, now)
    session.flush()
    _record(session, actor, request, "requests.siblings.plan", now, siblings=siblings.value)
    return request


def copy_from_first(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, position: int, now: dt.datetime
) -> list[str]:
    """Take over the first child's saved answers into those sections of another that nobody has begun. What was measured
    or said of one child is never copied. Returns the titles of the sections.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = draft_for_change(session, actor=actor, request_id=request_id)
    if position == FIRST:
        raise Conflict("The first child's answers are copied to the others, not to the first.")
    named_child(request, position)
    copied = []
    for section in form(request.form_version).sections:
        if not (section.per_child and section.copied):
            continue
        of_first = drawer_of(session, vault, request, section, FIRST)
        own = drawer_of(session, vault, request, section, position)
        row = of_first.row(session)
        if row is not None and own.row(session) is None:
            own.put(session, None, of_first.read(row), actor=actor, now=now)
            copied.append(section.title)
    request.changed_at = now
    session.flush()
    _record(session, actor, request, "requests.sections.copy", now, child=position, sections=len(copied))
    return copied


def _count(request: PlacementRequest, siblings: Siblings, now: dt.datetime) -> None:
    request.places = len(request.children)
    request.siblings = plan_for(request.places, siblings)
    request.changed_at = now


def _record(
    session: Session, actor: Actor, request: PlacementRequest, act: str, now: dt.datetime, **facts: object
) -> None:
    audit.record(session, now=now, who=actor, act=act, subject_kind="request", subject_id=request.id, **facts)
