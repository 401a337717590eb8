"""Changing what a published request says while it is open: a draft of the change first, then for everybody at once.

What the form calls frozen cannot be changed: everybody competes on the same facts, so such a request is withdrawn and
published anew. The detector's open findings block a change as they block a publication. Everybody invited is told which
answers changed, by their labels; what they said before is kept, sealed, with the change. What is about one child stays
under that child's key throughout.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marshmallow import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import publish as tell
from app.identity.permissions import Actor, Permission
from app.requests.answers import asked, clean, judge_each, keyed, words_of
from app.requests.audiences import child_title, lower_first
from app.requests.changes import keep_change
from app.requests.drafting import same, saved_sections
from app.requests.drawers import Drawer, child_key, drawer_of, named_child
from app.requests.events import RequestAmended
from app.requests.extending import leave_enough, must_be_open
from app.requests.findings import open_findings
from app.requests.form import FieldDefinition, FormDefinition, Raw, SectionDefinition, form
from app.requests.models import PlacementRequest, RequestChange
from app.requests.moves import for_change, required_reason
from app.requests.route import route_on
from app.requests.sections.models import RequestAmendment
from app.requests.status import ChangeKind
from app.requests.texts import texts_of
from app.requests.ticks import keep_tick, ticks_of, what_is_unread

Place = tuple[str, int]
"""A section by its name, and the position of the child whom it is about; 0 where it is about all."""

Said = dict[Place, dict[str, Raw]]

APART = ":amendment"


@dataclass(frozen=True)
class Difference:
    """One answer that the draft changes: its question, of which child (0: of all), and what it said and would say, in
    words. `label` names the child among several by number.
    """

    field: FieldDefinition
    position: int
    label: str
    before: str
    after: str

    @property
    def key(self) -> str:
        """The answer's name among others, as gaps have it."""
        return keyed(self.field.name, self.position)


def changeable(
    definition: FormDefinition, section: SectionDefinition, known: Mapping[str, Raw]
) -> tuple[FieldDefinition, ...]:
    """The questions of a section whose answers may change while the request is open: those that are not frozen, and
    that the frozen answers do not rule out. `known` are all answers so far.
    """
    if not section.is_asked(known):
        return ()
    return tuple(
        one
        for one in section.fields
        if not one.frozen and all(when.holds(known) for when in one.conditions if definition.field(when.field).frozen)
    )


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
    position: int = 1,
) -> None:
    """Keep one section as it is to become, of the child at a position where it is about each; nobody is told yet.

    Invalid names the fields; Stale the answers that differ from these now; Conflict once the deadline has passed.
    NotFound for a section in which nothing may change. Answers that may not change stay as they are, whatever was
    typed.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=None)
    must_be_open(request, now)
    definition = form(request.form_version)
    drawer = drawer_of(session, vault, request, definition.section(section), position)
    said = says(session, vault=vault, request=request)
    place = (section, drawer.position)
    fields = changeable(definition, drawer.section, of_child(said, max(drawer.position, 1)))
    if not fields:
        raise NotFound("section of the form")
    kept = dict(said[place])
    errors: dict[str, str] = {}
    for one in fields:
        try:
            kept[one.name] = clean(one, typed.get(one.name))
        except ValidationError as error:
            errors[one.name] = str(error.messages[0])
    if errors:
        raise Invalid(errors)
    if request.version != version:
        stands = drafted(session, vault=vault, request=request).get(place, said[place])
        raise _stale(request, [one.label for one in fields if not same(stands.get(one.name), kept[one.name])])
    _keep(session, drawer, kept, actor, now)
    request.changed_at = now
    flag_modified(request, "changed_at")  # whoever has the draft open as well is told, and overwrites nothing
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.amendment.save",
        subject_kind="request",
        subject_id=request.id,
        section=section,
        child=drawer.position,
    )


def _stale(request: PlacementRequest, differ: list[str]) -> Stale:
    what = f"These answers now differ from yours: {'; '.join(differ)}." if differ else "Your answers are the same."
    return Stale(
        f"{request.reference} changed while you were looking at it. {what} Keep yours, or look at it again.",
        changed=differ,
        request_id=request.id,
    )


def _keep(session: Session, drawer: Drawer, answers: Mapping[str, Raw], actor: Actor, now: dt.datetime) -> None:
    row = session.scalar(
        select(RequestAmendment).where(
            RequestAmendment.request_id == drawer.request.id,
            RequestAmendment.section == drawer.section.name,
            RequestAmendment.child_position == drawer.position,
        )
    )
    if row is None:
        row = RequestAmendment(
            request_id=drawer.request.id, section=drawer.section.name, child_position=drawer.position
        )
        session.add(row)
    row.sealed_answers, row.saved_by, row.saved_at = drawer.seal(answers, APART), actor.person_id, now


def says(session: Session, *, vault: Vault, request: PlacementRequest) -> Said:
    """What every section says now, of each child where it is about each. The caller has loaded the request as its
    borough's and logs the view.
    """
    definition = form(request.form_version)
    return {
        (name, named.position if definition.section(name).per_child else 0): dict(saved.answers)
        for named in request.children
        for name, saved in saved_sections(session, vault=vault, request=request, position=named.position).items()
    }


def drafted(session: Session, *, vault: Vault, request: PlacementRequest) -> Said:
    """The sections as somebody is about to change them. As for `says`."""
    definition = form(request.form_version)
    rows = session.scalars(select(RequestAmendment).where(RequestAmendment.request_id == request.id))
    return {
        (row.section, row.child_position): drawer_of(
            session, vault, request, definition.section(row.section), row.child_position
        ).open(row.sealed_answers, APART)
        for row in rows
    }


def of_child(said: Said, position: int) -> dict[str, Raw]:
    """The answers about all and those of one child, by field."""
    return {
        name: raw for (_, about), answers in said.items() if about in (0, position) for name, raw in answers.items()
    }


def _of_each(request: PlacementRequest, said: Said) -> list[dict[str, Raw]]:
    return [of_child(said, named.position) for named in request.children]


def places(request: PlacementRequest, said: Said) -> list[tuple[SectionDefinition, int]]:
    """The sections in which something may change, each for every child where it is about each (0: about all), in the
    form's order; of several children first what is about all.
    """
    definition, several = form(request.form_version), len(request.children) > 1
    order = {one.name: number for number, one in enumerate(definition.sections)}
    return [
        (definition.section(name), position)
        for name, position in sorted(said, key=lambda at: (at[1] if several else 0, order[at[0]]))
        if changeable(definition, definition.section(name), of_child(said, max(position, 1)))
    ]


def differences(session: Session, *, vault: Vault, request: PlacementRequest) -> list[Difference]:
    """What the draft changes, in the order of the form; of several children first what is about all. As for `says`."""
    says_now = says(session, vault=vault, request=request)
    return _differences(request, says_now, drafted(session, vault=vault, request=request))


def _differences(request: PlacementRequest, says_now: Said, becomes: Said) -> list[Difference]:
    found = []
    for section, position in places(request, says_now):
        about = child_title(request, position) if position else ""
        before_it = says_now[(section.name, position)]
        for one in section.fields:
            before, after = before_it.get(one.name), becomes.get((section.name, position), before_it).get(one.name)
            if not same(before, after):
                label = f"{about}: {one.label}" if about else one.label
                found.append(Difference(one, position, label, words_of(one, before), words_of(one, after)))
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
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    reason: str,
    read: bool,
    version: int,
    now: dt.datetime,
) -> RequestChange:
    """Make the drafted change, and tell everybody invited which answers changed. The deadline is extended for all where
    the policy's least time is not left. `read`: the actor has read every text that providers would see changed, and
    says that none tells who the child is.

    Invalid names the fields that a whole form would refuse, `reason`, or `read` where a text waits for that; Conflict
    where nothing changes, where the new text points at the child (naming the questions), or once the deadline has
    passed.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    must_be_open(request, now)
    said = required_reason(reason, "Say why the request changes.")
    says_now = says(session, vault=vault, request=request)
    sections = drafted(session, vault=vault, request=request)
    changed = _differences(request, says_now, sections)
    if not changed:
        raise Conflict("Nothing differs from what the request says already.")
    becomes = _of_each(request, says_now | sections)
    _judge(request, _of_each(request, says_now), becomes, changed, local_date(now))
    definition = form(request.form_version)
    for (name, position), kept in sections.items():
        drawer = drawer_of(session, vault, request, definition.section(name), position)
        drawer.put(session, drawer.row(session), kept, actor=actor, now=now)
    session.flush()
    pointing = open_findings(session, vault=vault, request=request)
    if pointing:
        where = ", ".join(dict.fromkeys(one.label for one in pointing))
        raise Conflict(f"The new text points at who the child is. Take that out of: {where}.", findings=len(pointing))
    _tick(session, actor, vault, request, read, now)
    session.execute(delete(RequestAmendment).where(RequestAmendment.request_id == request.id))
    labels = tuple(
        one.label
        for one in changed
        if one.field.audience.sees(1) and asked(one.field, becomes[max(one.position, 1) - 1])
    )
    row = keep_change(
        session,
        request,
        ChangeKind.AMENDED,
        now=now,
        actor=actor,
        words=said,
        sealed_detail=_sealed_detail(session, vault, request, changed),
        labels=list(labels),
        told=bool(labels),
    )
    if labels:
        why = "The request changed, so that everybody has time to read it."
        leave_enough(session, request, route_on(session, local_date(now)), why=why, now=now, actor=actor)
        tell(session, RequestAmended(request.id, row.position, labels, now))
    return row


def _tick(
    session: Session, actor: Actor, vault: Vault, request: PlacementRequest, read: bool, now: dt.datetime
) -> None:
    """What providers see changed, a person has read, whatever the detector finds."""
    texts = texts_of(session, vault=vault, request=request)
    unread = what_is_unread(texts, ticks_of(session, request))
    if unread and not read:
        where = "; ".join(one.label for one in unread)
        raise Invalid(f"Read the changed texts and confirm that none says who the child is: {where}", field="read")
    for one in unread:
        keep_tick(session, actor=actor, request=request, text=one, now=now)


def _judge(
    request: PlacementRequest,
    before: Sequence[Mapping[str, Raw]],
    after: Sequence[Mapping[str, Raw]],
    changed: Sequence[Difference],
    today: dt.date,
) -> None:
    """Invalid where a whole form would refuse a changed answer, or lack one that another now asks for. What was so
    before, a planned day that has passed say, is nobody's fault.
    """
    definition = form(request.form_version)
    stood = {gap.key for gap in judge_each(definition, before, today)[1]} - {one.key for one in changed}
    wrong = {}
    for gap in judge_each(definition, after, today)[1]:
        if gap.key not in stood:
            about = child_title(request, gap.position) if gap.position else ""
            wrong[gap.key] = f"{about}: {lower_first(gap.message)}" if about else gap.message
    if wrong:
        raise Invalid(wrong)


def _sealed_detail(session: Session, vault: Vault, request: PlacementRequest, changed: Sequence[Difference]) -> str:
    """What answers said before and after, by position, each under the key of the child whom it is about."""
    detail = {}
    for position in sorted({one.position for one in changed}):
        child_id = named_child(request, max(position, 1)).child_id
        said = json.dumps([[one.field.name, one.before, one.after] for one in changed if one.position == position])
        key = child_key(session, vault, request, position)
        detail[str(position)] = key.encrypt(said, context=f"request.change:{request.id}:{child_id}")
    return json.dumps(detail)
