"""Writing a request: starting a draft for children and saving its sections, each sealed under a child's own key."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.records import for_writing, ids_of
from app.core import audit
from app.core.crypto import DataKey, Vault
from app.core.errors import Conflict, Invalid, Stale
from app.core.references import new_reference
from app.core.workdays import deadline_words
from app.identity.models import Organisation, Person
from app.identity.permissions import Actor, Permission
from app.requests.answers import clean, is_empty
from app.requests.comments import settle_comments
from app.requests.drawers import Drawer, drawer_of, erased_children, named_child
from app.requests.form import CURRENT, Raw, form
from app.requests.models import PlacementRequest, RequestChild
from app.requests.moves import for_change, keep_move, what_it_is
from app.requests.sections.models import RequestSection
from app.requests.status import RequestStatus, Siblings

ANY_PREFIX = "REQ"


@dataclass(frozen=True)
class SavedSection:
    """One section as it stands: its answers as typed, its version (0 where it was never saved), who saved it, when."""

    answers: dict[str, Raw]
    version: int
    saved_by: str | None
    saved_at: dt.datetime | None


def start_draft(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    now: dt.datetime,
    child_id: str = "",
    child_ids: Sequence[str] = (),
    siblings: Siblings = Siblings.PREFERRED,
) -> PlacementRequest:
    """An empty request for one child of the actor's borough, or for several, in this order, with a plan for them. A
    child has one draft at a time: Conflict names the other. Invalid where no child is named, or one twice.

    KeyDestroyedError where a child's record was erased.
    """
    actor.require(Permission.REQUEST_WRITE)
    wanted = list(child_ids) or [child_id]
    named = [without_draft(session, actor=actor, vault=vault, child_id=one).id for one in wanted]
    if len(set(named)) != len(named):
        raise Invalid("Each child can be named once.", field="child")
    request = PlacementRequest(
        reference=_reference(session, actor.organisation_id),
        organisation_id=actor.organisation_id,
        form_version=CURRENT,
        status=RequestStatus.DRAFT,
        created_by=actor.person_id,
        created_at=now,
        changed_at=now,
        places=len(named),
        siblings=plan_for(len(named), siblings),
    )
    request.children += [RequestChild(child_id=one, position=number) for number, one in enumerate(named, start=1)]
    session.add(request)
    session.flush()
    keep_move(session, request.id, RequestStatus.DRAFT, now=now, person_id=actor.person_id, reason=None)
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.request.start",
        subject_kind="request",
        subject_id=request.id,
        reference=request.reference,
        children=len(wanted),
    )
    return request


def plan_for(children: int, siblings: Siblings) -> Siblings:
    """The plan of a request: one child is alone; several are not."""
    if children == 1:
        return Siblings.ALONE
    return Siblings.PREFERRED if siblings is Siblings.ALONE else siblings


def without_draft(session: Session, *, actor: Actor, vault: Vault, child_id: str) -> Child:
    """A child of the actor's borough whom no draft names yet, locked: two people starting at once take turns."""
    child = for_writing(session, actor=actor, child_id=child_id)
    vault.open(child.wrapped_key)
    other = session.scalar(
        select(PlacementRequest.reference)
        .join(RequestChild)
        .where(
            RequestChild.child_id.in_(ids_of(session, actor=actor, child_id=child.id)),
            PlacementRequest.status == RequestStatus.DRAFT,
        )
        .order_by(PlacementRequest.created_at)
        .limit(1)
    )
    if other:
        raise Conflict(f"There is already a draft for this child: {other}. Go on with that one, or withdraw it first.")
    return child


def draft_for_change(session: Session, *, actor: Actor, request_id: str) -> PlacementRequest:
    """The borough's own draft, locked. Conflict once it is no longer one."""
    request = for_change(session, actor=actor, request_id=request_id, version=None)
    if request.status is not RequestStatus.DRAFT:
        raise Conflict(f"{request.reference} is {what_it_is(request)}, so its answers cannot be changed.")
    return request


def save_section(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    section: str,
    answers: Mapping[str, object],
    version: int,
    now: dt.datetime,
    position: int = 1,
) -> RequestSection:
    """Keep the answers of one section of a draft, as typed. `version` is the one that the page was shown with, 0 for a
    section never saved; `position` is the child's, in a section that is about each child, and else means nothing.

    Invalid for a code that the form does not know (F-26). Stale where somebody else saved the section since: it names
    them, and every answer that now differs from these, and nothing is overwritten. Conflict once the request is no
    longer a draft.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = draft_for_change(session, actor=actor, request_id=request_id)
    part = form(request.form_version).section(section)
    cleaned, errors = {}, {}
    for one in part.fields:
        try:
            cleaned[one.name] = clean(one, answers.get(one.name))
        except ValidationError as error:
            errors[one.name] = str(error.messages[0])
    if errors:
        raise Invalid(errors)
    drawer = drawer_of(session, vault, request, part, position)
    row = drawer.row(session)
    if (row.version if row else 0) != version:
        raise _stale(session, drawer, row, cleaned, now)
    row = drawer.put(session, row, cleaned, actor=actor, now=now)
    settle_comments(session, request_id=request.id, section=section, by=actor.person_id, now=now)
    request.changed_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.section.save",
        subject_kind="request",
        subject_id=request.id,
        section=section,
        child=drawer.position,
    )
    return row


def _stale(
    session: Session, drawer: Drawer, row: RequestSection | None, typed: Mapping[str, Raw], now: dt.datetime
) -> Stale:
    stored = drawer.read(row) if row else {}
    differ = [one for one in drawer.section.fields if not same(stored.get(one.name), typed.get(one.name))]
    who = session.get(Person, row.saved_by) if row else None
    by = f"{who.name} saved this section on {deadline_words(row.saved_at, now)}" if who and row else "It was saved"
    labels = [one.label for one in differ]
    changed = f" These answers now differ from yours: {'; '.join(labels)}." if differ else " Your answers are the same."
    return Stale(
        f"{by}, after you opened it.{changed}",
        changed=labels,
        fields=[one.name for one in differ],
        by=who.name if who else None,
    )


def same(one: Raw | None, other: Raw | None) -> bool:
    """Whether two typed answers say the same; nothing is nothing, however it is written."""
    return (is_empty(one) and is_empty(other)) or one == other


def answers(session: Session, *, vault: Vault, request: PlacementRequest) -> dict[str, Raw]:
    """Every answer as typed, by field: those for all children, and the first child's own. The caller has checked that
    the person may know, and logs the view.
    """
    return answers_of(session, vault=vault, request=request, position=1)


def answers_of(session: Session, *, vault: Vault, request: PlacementRequest, position: int) -> dict[str, Raw]:
    """The answers for all children and those of the one at a position. What `answers` says of the caller holds here."""
    return _answers_of(saved_sections(session, vault=vault, request=request, position=position))


def answers_each(session: Session, *, vault: Vault, request: PlacementRequest) -> list[dict[str, Raw]]:
    """`answers_of` each child, in the request's order. Of a group of which one child's record is erased, the others are
    read on: what was sealed under the erased key, with the first child's also what is about all, is not there.
    """
    gone = erased_children(session, request)
    return [
        {}
        if one.position in gone
        else _answers_of(saved_sections(session, vault=vault, request=request, position=one.position, gone=gone))
        for one in request.children
    ]


def _answers_of(saved: Mapping[str, SavedSection]) -> dict[str, Raw]:
    return {name: raw for section in saved.values() for name, raw in section.answers.items()}


def saved_sections(
    session: Session,
    *,
    vault: Vault,
    request: PlacementRequest,
    position: int = 1,
    gone: Collection[int] = (),
) -> dict[str, SavedSection]:
    """Each section of the form as it stands for a child, in the form's order. What is sealed under the keys of the
    children who are `gone` is left out. What `answers` says of the caller holds here.
    """
    named = named_child(request, position)
    # Held, so that each section's key finds its child at hand and asks the database no more.
    held = [session.get_one(Child, one.child_id) for one in (request.children[0], named)]
    rows = {
        (row.section, row.child_position): (row, name)
        for row, name in session.execute(
            select(RequestSection, Person.name)
            .join(Person, Person.id == RequestSection.saved_by)
            .where(RequestSection.request_id == request.id, RequestSection.child_position.in_((0, named.position)))
            .order_by(RequestSection.section)
        )
    }
    found: dict[str, SavedSection] = {}
    for section in form(request.form_version).sections:
        row, name = rows.get((section.name, named.position if section.per_child else 0), (None, None))
        if row is None or (named.position if section.per_child else 1) in gone:
            found[section.name] = SavedSection({}, 0, None, None)
        else:
            opened = drawer_of(session, vault, request, section, position).read(row)
            found[section.name] = SavedSection(opened, row.version, name, row.saved_at)
    held.clear()
    return found


def answers_key(session: Session, vault: Vault, request: PlacementRequest) -> DataKey:
    """The data key of the first child, under which the answers for all are sealed. KeyDestroyedError after erasure."""
    return vault.open(session.get_one(Child, request.children[0].child_id).wrapped_key)


def _reference(session: Session, organisation_id: str) -> str:
    code = session.scalar(select(Organisation.short_code).where(Organisation.id == organisation_id)) or ""
    prefix = code if re.fullmatch(r"[A-Z]{2,4}", code) else ANY_PREFIX
    while True:
        reference = new_reference(prefix)
        if session.scalar(select(PlacementRequest.id).where(PlacementRequest.reference == reference)) is None:
            return reference
