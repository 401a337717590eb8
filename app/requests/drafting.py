"""Writing a request: starting a draft for a child and saving its sections, each sealed under the child's own key."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
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
from app.requests.answers import clean
from app.requests.form import CURRENT, Raw, form
from app.requests.models import PlacementRequest, RequestChild, RequestSection
from app.requests.moves import for_change, keep_move, what_it_is
from app.requests.status import RequestStatus

ANY_PREFIX = "REQ"


@dataclass(frozen=True)
class SavedSection:
    """One section as it stands: its answers as typed, its version (0 where it was never saved), who saved it, when."""

    answers: dict[str, Raw]
    version: int
    saved_by: str | None
    saved_at: dt.datetime | None


def start_draft(session: Session, *, actor: Actor, vault: Vault, child_id: str, now: dt.datetime) -> PlacementRequest:
    """An empty request for a child of the actor's borough. A child has one draft at a time: Conflict names the other.

    KeyDestroyedError where the child's record was erased.
    """
    actor.require(Permission.REQUEST_WRITE)
    child = for_writing(session, actor=actor, child_id=child_id)  # two people starting at once take turns
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
    request = PlacementRequest(
        reference=_reference(session, actor.organisation_id),
        organisation_id=actor.organisation_id,
        form_version=CURRENT,
        status=RequestStatus.DRAFT,
        created_by=actor.person_id,
        created_at=now,
        changed_at=now,
    )
    request.children.append(RequestChild(child_id=child.id, position=1))
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
    )
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
) -> RequestSection:
    """Keep one section's answers as typed. `version` is that of the section when the page was shown, 0 for none.

    Invalid names fields with a code that the form does not have, or with text that cannot be kept (F-26). Stale says
    who saved the section meanwhile and which answers differ. Conflict once the request is no draft.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=None)
    if request.status is not RequestStatus.DRAFT:
        raise Conflict(f"{request.reference} is {what_it_is(request)}, so its answers cannot be changed.")
    definition = form(request.form_version).section(section)
    cleaned, errors = {}, {}
    for one in definition.fields:
        try:
            cleaned[one.name] = clean(one, answers.get(one.name))
        except ValidationError as error:
            errors[one.name] = str(error.messages[0])
    if errors:
        raise Invalid(errors)
    key = answers_key(session, vault, request)
    row = session.scalar(
        select(RequestSection).where(RequestSection.request_id == request.id, RequestSection.section == section)
    )
    if (row.version if row else 0) != version:
        raise _stale(session, key, request, section, row, cleaned, now)
    sealed = key.encrypt(json.dumps(cleaned), context=_context(request.id, section))
    if row is None:
        row = RequestSection(request_id=request.id, section=section, sealed_answers=sealed, saved_by=actor.person_id)
        session.add(row)
    row.sealed_answers, row.saved_by, row.saved_at = sealed, actor.person_id, now
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
    )
    return row


def _stale(
    session: Session,
    key: DataKey,
    request: PlacementRequest,
    section: str,
    row: RequestSection | None,
    typed: Mapping[str, Raw],
    now: dt.datetime,
) -> Stale:
    stored = _opened(key, request.id, row) if row else {}
    differ = [
        one.label
        for one in form(request.form_version).section(section).fields
        if (stored.get(one.name) or "") != (typed.get(one.name) or "")
    ]
    who = session.get(Person, row.saved_by) if row else None
    by = f"{who.name} saved this section on {deadline_words(row.saved_at, now)}" if who and row else "It was saved"
    changed = f" These answers now differ from yours: {'; '.join(differ)}." if differ else " Your answers are the same."
    return Stale(f"{by}, after you opened it.{changed}", changed=differ)


def answers(session: Session, *, vault: Vault, request: PlacementRequest) -> dict[str, Raw]:
    """Every answer as typed, by field. The caller has checked that the person may know, and logs the view."""
    return {
        name: raw
        for section in saved_sections(session, vault=vault, request=request).values()
        for name, raw in section.answers.items()
    }


def saved_sections(session: Session, *, vault: Vault, request: PlacementRequest) -> dict[str, SavedSection]:
    """Each section of the form as it stands, in the form's order. What `answers` says of the caller holds here."""
    key = answers_key(session, vault, request)
    rows = {
        row.section: (row, name)
        for row, name in session.execute(
            select(RequestSection, Person.name)
            .join(Person, Person.id == RequestSection.saved_by)
            .where(RequestSection.request_id == request.id)
            .order_by(RequestSection.section)
        )
    }
    found: dict[str, SavedSection] = {}
    for section in form(request.form_version).sections:
        row, name = rows.get(section.name, (None, None))
        if row is None:
            found[section.name] = SavedSection({}, 0, None, None)
        else:
            found[section.name] = SavedSection(_opened(key, request.id, row), row.version, name, row.saved_at)
    return found


def answers_key(session: Session, vault: Vault, request: PlacementRequest) -> DataKey:
    """The data key of the (first) child, under which the answers are sealed. KeyDestroyedError after erasure."""
    return vault.open(session.get_one(Child, request.children[0].child_id).wrapped_key)


def _opened(key: DataKey, request_id: str, row: RequestSection) -> dict[str, Raw]:
    opened: dict[str, Raw] = json.loads(key.decrypt(row.sealed_answers, context=_context(request_id, row.section)))
    return opened


def _context(request_id: str, section: str) -> str:
    return f"request.{section}:{request_id}"


def _reference(session: Session, organisation_id: str) -> str:
    code = session.scalar(select(Organisation.short_code).where(Organisation.id == organisation_id)) or ""
    prefix = code if re.fullmatch(r"[A-Z]{2,4}", code) else ANY_PREFIX
    while True:
        reference = new_reference(prefix)
        if session.scalar(select(PlacementRequest.id).where(PlacementRequest.reference == reference)) is None:
            return reference
