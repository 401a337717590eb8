"""Deciding about what the detector points at, and ticking texts as read: several at once, and nothing half done.

Taking words out or making them more general changes the saved answer, as if it had been written anew; that can be put
back while the request is a draft. Keeping them needs a reason. Every decision is for a text as it was shown: its
fingerprint comes with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.identity.permissions import Actor, Permission
from app.requests.answers import clean
from app.requests.clearances import Opened, opened, seal
from app.requests.drafting import save_section, saved_sections
from app.requests.findings import BEFORE_APPROVAL, Pointed, findings
from app.requests.form import form
from app.requests.models import PlacementRequest
from app.requests.moves import for_change
from app.requests.rewording import from_the_end, instead, without
from app.requests.sections.models import RequestClearance
from app.requests.status import FindingChoice, RequestStatus
from app.requests.texts import Cell, FieldText, put_text, texts_of
from app.requests.ticks import keep_tick

CHANGES = (FindingChoice.REMOVE, FindingChoice.GENERALISE)
LONGEST_REASON = 500
LONGEST_REPLACEMENT = 100
NO_LONGER = "What a manager has approved can no longer be changed or ticked. A manager can send the request back."


@dataclass(frozen=True)
class Decision:
    """What is to be done about the words at a place (`Pointed.key`); `everywhere`: and about the same words at every
    other open place. `choice` is None where nobody chose.
    """

    place: str
    choice: FindingChoice | None
    replacement: str = ""
    reason: str = ""
    everywhere: bool = False


@dataclass(frozen=True)
class Checked:
    """What came of it: how many places are settled, the labels of the texts that changed, and how many were ticked."""

    settled: int
    changed: tuple[str, ...]
    ticked: int


@dataclass(frozen=True)
class _Rewording:
    """One change of a text: of which place, from which wording to which."""

    place: Pointed
    choice: FindingChoice
    before: str
    after: str


def check_texts(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    decisions: Sequence[Decision],
    ticks: Iterable[str],
    seen: Mapping[str, str],
    now: dt.datetime,
) -> Checked:
    """Decide about places and tick texts, all of it or nothing. `ticks` are keys of texts, `seen` the fingerprint of
    each text as it was shown.

    Stale names the texts (`texts`) that are no longer as they were shown. Invalid blames `choice-…`, `replacement-…` or
    `reason-…` of a place, or `tick-…` of a text. Conflict once a manager has approved the request: whoever publishes it
    does not decide alone what the market reads. A text that is changed here is not ticked: nobody has read it yet.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=None)
    if request.status not in BEFORE_APPROVAL:
        raise Conflict(NO_LONGER)
    texts = {one.key: one for one in texts_of(session, vault=vault, request=request)}
    pointed = findings(session, vault=vault, request=request, texts=list(texts.values()))
    still_open = {one.key: one for one in pointed if one.reason is None}
    wanted = list(ticks)
    touched = {_text_of(one.place) for one in decisions} | set(wanted)
    _must_be_as_shown(texts, still_open, decisions, touched, seen)
    errors = _faults(request, still_open, decisions)
    everything = _everywhere(still_open, decisions)
    rewordings, refused = _reworded(texts, still_open, everything)
    _must_be_as_shown(texts, still_open, (), {one.place.text_key for one in rewordings}, seen)
    changed = {one.place.text_key for one in rewordings}
    kept = [one for one in everything if one.choice is FindingChoice.KEEP]
    ticked = [texts[key] for key in wanted if key not in changed]
    errors |= refused | _too_early(ticked, still_open, {one.place for one in kept})
    if not decisions and not wanted:
        errors[""] = "Decide about a marked place, or tick a text that you have read."
    if errors:
        raise Invalid(errors)
    for one in kept:
        _keep(session, actor, vault, request, still_open[one.place], one.reason.strip(), now)
    _save(session, actor, vault, request, rewordings, now)
    for text in ticked:
        keep_tick(session, actor=actor, request=request, text=text, now=now)
    request.changed_at = now
    session.flush()
    labels = tuple(text.label for key, text in texts.items() if key in changed)
    return Checked(len(kept) + len(rewordings), labels, len(ticked))


def _text_of(place: str) -> str:
    """The key of the text in which a place stands, out of the place's own."""
    position, path, *_ = place.split("-")
    return f"{position}-{path.partition('.')[0]}"


def _must_be_as_shown(
    texts: Mapping[str, FieldText],
    still_open: Mapping[str, Pointed],
    decisions: Sequence[Decision],
    touched: Iterable[str],
    seen: Mapping[str, str],
) -> None:
    """Stale where a text changed since the page was shown, or where somebody has decided about a place meanwhile."""
    gone = {key for key in touched if key not in texts or texts[key].fingerprint != seen.get(key)}
    gone |= {_text_of(one.place) for one in decisions if one.place not in still_open}
    if gone:
        labels = [texts[key].label for key in sorted(gone) if key in texts]
        named = f": {'; '.join(labels)}" if labels else ""
        raise Stale(f"The text changed after you opened this page{named}. Read it as it is now.", texts=sorted(gone))


def _faults(
    request: PlacementRequest, still_open: Mapping[str, Pointed], decisions: Sequence[Decision]
) -> dict[str, str]:
    """What is wrong with each decision for itself."""
    errors = {}
    for one in decisions:
        place = still_open[one.place]
        if one.choice is None:
            errors[f"choice-{one.place}"] = f"Choose what to do about “{place.words}”"
        elif one.choice in CHANGES and request.status is not RequestStatus.DRAFT:
            errors[f"choice-{one.place}"] = "The text can only be changed in a draft. A manager can send it back"
        elif one.choice is FindingChoice.GENERALISE:
            words = one.replacement.strip()
            if not words:
                errors[f"replacement-{one.place}"] = f"Enter what to write instead of “{place.words}”"
            elif words.casefold() == place.words.casefold():
                errors[f"replacement-{one.place}"] = "Enter other words than those that identify"
            elif len(words) > LONGEST_REPLACEMENT:
                errors[f"replacement-{one.place}"] = f"Use {LONGEST_REPLACEMENT} characters or fewer"
        elif one.choice is FindingChoice.KEEP:
            if not one.reason.strip():
                errors[f"reason-{one.place}"] = f"Say why “{place.words}” identifies nobody"
            elif len(one.reason) > LONGEST_REASON:
                errors[f"reason-{one.place}"] = f"The reason must be {LONGEST_REASON} characters or fewer"
    return errors


def _everywhere(still_open: Mapping[str, Pointed], decisions: Sequence[Decision]) -> list[Decision]:
    """The decisions, with those about the same words elsewhere. Where two speak of one place, its own comes first."""
    found = {one.place: one for one in decisions}
    for one in decisions:
        if one.everywhere:
            for other in same_words(still_open.values(), still_open[one.place]):
                found.setdefault(other.key, replace(one, place=other.key, everywhere=False))
    return list(found.values())


def same_words(places: Iterable[Pointed], one: Pointed) -> list[Pointed]:
    """The other open places where the same words stand, however they are written."""
    words = one.words.casefold()
    return [
        other for other in places if other.reason is None and other.key != one.key and other.words.casefold() == words
    ]


def _reworded(
    texts: Mapping[str, FieldText], still_open: Mapping[str, Pointed], decisions: Sequence[Decision]
) -> tuple[list[_Rewording], dict[str, str]]:
    """Each change of a text in the order in which it is made, and what the form would refuse."""
    by_place = {one.place: one for one in decisions if one.choice in CHANGES}
    made: list[_Rewording] = []
    errors: dict[str, str] = {}
    for text in texts.values():
        for cell in text.cells:
            places = [still_open[key] for key in by_place if _stands_in(still_open[key], text, cell)]
            now = cell.text
            for place in from_the_end(places):
                decision, before = by_place[place.key], now
                if decision.choice is FindingChoice.REMOVE:
                    now = without(now, place.start, place.end)
                else:
                    now = instead(now, place.start, place.end, decision.replacement.strip())
                made.append(_Rewording(place, decision.choice or FindingChoice.REMOVE, before, now))
            try:
                clean(cell.definition, now)
            except ValidationError as error:
                errors |= {f"replacement-{one.key}": str(error.messages[0]) for one in places[:1]}
    return made, errors


def _stands_in(place: Pointed, text: FieldText, cell: Cell) -> bool:
    return (place.position, place.path) == (text.position, cell.path)


def _too_early(ticked: Sequence[FieldText], still_open: Mapping[str, Pointed], kept: set[str]) -> dict[str, str]:
    """A text is read when nothing in it is left to decide."""
    waiting = {one.text_key for one in still_open.values() if one.key not in kept}
    return {
        f"tick-{text.key}": "Decide about each marked place in this text, then tick it"
        for text in ticked
        if text.key in waiting
    }


def _keep(
    session: Session,
    actor: Actor,
    vault: Vault,
    request: PlacementRequest,
    place: Pointed,
    reason: str,
    now: dt.datetime,
) -> None:
    row = _row(actor, request, place, FindingChoice.KEEP, now)
    seal(session, vault, request, row, Opened(place.words, reason))
    session.add(row)
    _record(session, actor, request, row, "requests.finding.settle", now)


def _save(
    session: Session,
    actor: Actor,
    vault: Vault,
    request: PlacementRequest,
    rewordings: Sequence[_Rewording],
    now: dt.datetime,
) -> None:
    """Save every section that changes once, and keep of each change both wordings."""
    by_section: dict[tuple[str, int], list[_Rewording]] = {}
    for one in rewordings:
        by_section.setdefault((one.place.section, one.place.position), []).append(one)
    for (section, position), made in by_section.items():
        _save_section(
            session, actor, vault, request, section, position, [(one.place.path, one.after) for one in made], now
        )
        for one in made:
            row = _row(actor, request, one.place, one.choice, now)
            seal(session, vault, request, row, Opened(one.place.words, "", one.before, one.after))
            session.add(row)
            _record(session, actor, request, row, "requests.finding.settle", now)


def _save_section(
    session: Session,
    actor: Actor,
    vault: Vault,
    request: PlacementRequest,
    section: str,
    position: int,
    texts: Iterable[tuple[str, str]],
    now: dt.datetime,
) -> None:
    at = max(position, 1)
    saved = saved_sections(session, vault=vault, request=request, position=at)[section]
    answers = dict(saved.answers)
    for path, text in texts:
        answers = put_text(answers, path, text)
    save_section(
        session,
        actor=actor,
        vault=vault,
        request_id=request.id,
        section=section,
        answers=answers,
        version=saved.version,
        now=now,
        position=at,
    )


def put_back(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, clearance_id: str, now: dt.datetime
) -> RequestClearance:
    """Take a decision back: the text is as it was before it, or the words are open again.

    NotFound for a decision that is not of this request; Conflict once it was taken back, or once the request is no
    draft (words that were kept can be opened until a manager approves). Stale where the text changed since: then what
    was written after would be lost.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=None)
    row = session.scalar(
        select(RequestClearance).where(RequestClearance.id == clearance_id, RequestClearance.request_id == request.id)
    )
    if row is None:
        raise NotFound("decision")
    if row.undone_at is not None:
        raise Conflict("This was put back already.")
    may_be = (RequestStatus.DRAFT,) if row.choice in CHANGES else BEFORE_APPROVAL
    if request.status not in may_be:
        raise Conflict("A text can be put back only while the request is a draft. A manager can send it back.")
    if row.choice in CHANGES:
        said = opened(session, vault, request, row)
        now_there = text_at(session, vault, request, row)
        if now_there != said.after:
            raise Stale("The text changed after this. Put later changes back first, or write it anew in its section.")
        section = form(request.form_version).field(row.field.partition(".")[0]).section
        _save_section(session, actor, vault, request, section, row.child_position, [(row.field, said.before)], now)
    row.undone_by, row.undone_at = actor.person_id, now
    request.changed_at = now
    _record(session, actor, request, row, "requests.finding.put_back", now)
    return row


def text_at(session: Session, vault: Vault, request: PlacementRequest, row: RequestClearance) -> str | None:
    """What stands now where a decision was made; None where there is no such line any more."""
    name, _, inside = row.field.partition(".")
    section = form(request.form_version).field(name).section
    at = max(row.child_position, 1)
    raw = saved_sections(session, vault=vault, request=request, position=at)[section].answers.get(name)
    if not inside:
        return raw if isinstance(raw, str) else ""
    number, _, column = inside.partition(".")
    line = raw[int(number) - 1] if isinstance(raw, list) and int(number) <= len(raw) else None
    text = line.get(column) if isinstance(line, dict) else None
    return text if isinstance(text, str) else None


def _row(
    actor: Actor, request: PlacementRequest, place: Pointed, choice: FindingChoice, now: dt.datetime
) -> RequestClearance:
    return RequestClearance(
        request_id=request.id,
        child_position=place.position,
        field=place.path,
        kind=place.kind.value,
        choice=choice,
        cleared_by=actor.person_id,
        cleared_at=now,
    )


def _record(
    session: Session, actor: Actor, request: PlacementRequest, row: RequestClearance, act: str, now: dt.datetime
) -> None:
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act=act,
        subject_kind="request",
        subject_id=request.id,
        field=row.field,
        kind=row.kind,
        choice=row.choice.value,
        child=row.child_position,
    )
