"""Changing what a published request says while it is open: a draft of the change first, then for everybody at once.

What was frozen cannot be changed: everybody competes on the same facts, so such a request is withdrawn and published
anew. The detector's open findings block a change as they block a publication. Everybody invited is told which answers
changed, by their labels; what they said before is kept, sealed, with the change.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from marshmallow import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.events import publish as tell
from app.identity.permissions import Actor, Permission
from app.requests.answers import asked, clean, is_empty, judge, words_of
from app.requests.carrying import write_section
from app.requests.changes import keep_change
from app.requests.drafting import answers, answers_key, saved_sections
from app.requests.events import RequestAmended
from app.requests.extending import leave_enough, must_be_open
from app.requests.findings import open_findings
from app.requests.form import FieldDefinition, Raw, form
from app.requests.models import PlacementRequest, RequestAmendment, RequestChange
from app.requests.moves import for_change, required_reason
from app.requests.route import route_on
from app.requests.status import ChangeKind

FROZEN_ANSWERS = frozenset(
    {
        "urgency",
        "same_day_reason",
        "referral_date",
        "needed_from",
        "expected_weeks",
        "looked_after",
        "max_miles",
        "siblings_placed",
        "areas_ruled_out",
        "exclude_authorities",
        "adaptations",
        "language_required",
        "solo",
    }
)
"""Answers from which the facts were written that are frozen at publication, beside the measured needs."""


@dataclass(frozen=True)
class Difference:
    """One answer that the draft changes: its question, and what it said and would say, in words."""

    field: FieldDefinition
    before: str
    after: str


def may_change(definition: FieldDefinition) -> bool:
    """Whether an answer may change while the request is open: those behind the frozen facts may not."""
    return definition.name not in FROZEN_ANSWERS and not definition.name.startswith("need_")


def draft_change(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    section: str,
    typed: Mapping[str, object],
    version: int,
    now: dt.datetime,
) -> None:
    """Keep one section as it is to become; nobody is told yet. Invalid names the fields; Conflict once the deadline has
    passed. Answers that may not change stay as they are, whatever was typed.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    must_be_open(request, now)
    definition = form(request.form_version).section(section)
    kept = dict(saved_sections(session, vault=vault, request=request)[section].answers)
    errors: dict[str, str] = {}
    for one in definition.fields:
        if not may_change(one):
            continue
        try:
            kept[one.name] = clean(one, typed.get(one.name))
        except ValidationError as error:
            errors[one.name] = str(error.messages[0])
    if errors:
        raise Invalid(errors)
    sealed = answers_key(session, vault, request).encrypt(json.dumps(kept), context=_context(request.id, section))
    row = session.scalar(
        select(RequestAmendment).where(RequestAmendment.request_id == request.id, RequestAmendment.section == section)
    )
    if row is None:
        row = RequestAmendment(request_id=request.id, section=section)
        session.add(row)
    row.sealed_answers, row.saved_by, row.saved_at = sealed, actor.person_id, now
    request.changed_at = now  # whoever has the draft open as well is told, and overwrites nothing
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.amendment.save",
        subject_kind="request",
        subject_id=request.id,
        section=section,
    )


def drafted(session: Session, *, vault: Vault, request: PlacementRequest) -> dict[str, dict[str, Raw]]:
    """The sections as somebody is about to change them, by name. The caller has loaded the request as its borough's and
    logs the view.
    """
    key = answers_key(session, vault, request)
    rows = session.scalars(select(RequestAmendment).where(RequestAmendment.request_id == request.id))
    return {
        row.section: json.loads(key.decrypt(row.sealed_answers, context=_context(request.id, row.section)))
        for row in rows
    }


def differences(session: Session, *, vault: Vault, request: PlacementRequest) -> list[Difference]:
    """What the draft changes, in the order of the form. As for `drafted`."""
    now_said = answers(session, vault=vault, request=request)
    becomes = dict(now_said)
    for section in drafted(session, vault=vault, request=request).values():
        becomes |= section
    found = []
    for one in form(request.form_version).fields:
        before, after = now_said.get(one.name), becomes.get(one.name)
        if (before != after) and not (is_empty(before) and is_empty(after)):
            found.append(Difference(one, words_of(one, before), words_of(one, after)))
    return found


def drop_change(session: Session, *, actor: Actor, request_id: str, version: int, now: dt.datetime) -> None:
    """Forget the draft: nothing changes and nobody is told."""
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    session.execute(delete(RequestAmendment).where(RequestAmendment.request_id == request.id))
    audit.record(
        session, now=now, who=actor, act="requests.amendment.drop", subject_kind="request", subject_id=request.id
    )


def amend(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, reason: str, version: int, now: dt.datetime
) -> RequestChange:
    """Make the drafted change, and tell everybody invited which answers changed. The deadline is extended for all where
    the policy's least time is not left.

    Invalid names the fields that a whole form would refuse, or `reason`; Conflict where nothing changes, where the new
    text points at the child (naming the questions), or once the deadline has passed.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    must_be_open(request, now)
    said = required_reason(reason, "Say why the request changes.")
    changed = differences(session, vault=vault, request=request)
    if not changed:
        raise Conflict("Nothing differs from what the request says already.")
    sections = drafted(session, vault=vault, request=request)
    becomes = answers(session, vault=vault, request=request)
    for section in sections.values():
        becomes |= section
    names = {one.field.name for one in changed}
    gaps = judge(form(request.form_version), becomes, local_date(now)).errors
    if wrong := {name: gaps[name] for name in gaps if name in names}:
        raise Invalid(wrong)
    for name, kept in sections.items():
        write_section(session, vault=vault, request=request, section=name, answers=kept, actor=actor, now=now)
    pointing = open_findings(session, vault=vault, request=request)
    if pointing:
        where = ", ".join(dict.fromkeys(one.label for one in pointing))
        raise Conflict(f"The new text points at who the child is. Take that out of: {where}.", findings=len(pointing))
    session.execute(delete(RequestAmendment).where(RequestAmendment.request_id == request.id))
    labels = tuple(one.field.label for one in changed if one.field.audience.sees(1) and asked(one.field, becomes))
    detail = json.dumps([[one.field.name, one.before, one.after] for one in changed])
    key = answers_key(session, vault, request)
    row = keep_change(
        session,
        request,
        ChangeKind.AMENDED,
        now=now,
        actor=actor,
        words=said,
        sealed_detail=key.encrypt(detail, context=f"request.change:{request.id}"),
        labels=list(labels),
        told=bool(labels),
    )
    if labels:
        why = "The request changed, so that everybody has time to read it."
        leave_enough(session, request, route_on(session, local_date(now)), why=why, now=now, actor=actor)
        tell(session, RequestAmended(request.id, row.position, labels, now))
    return row


def _context(request_id: str, section: str) -> str:
    return f"request.amendment.{section}:{request_id}"
