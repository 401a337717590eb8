"""Files that people attach to a request, each for an audience, by the stage at which a provider may have it (F-25).

The content is encrypted under the child's own key before it leaves for the store, so that erasing the child leaves
bytes that nobody can read; titles and names of files are sealed likewise. A file for providers before award is looked
at by a person, who says that it identifies nobody, before the request is published.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from app.children.models import Child
from app.core import audit
from app.core.clock import local_date
from app.core.crypto import DataKey, Vault
from app.core.database import new_id
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.events import publish
from app.core.files import MEDIA_TYPES, Accepted, Store, forget, keep_sealed
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from app.requests.drawers import erased_children
from app.requests.events import AttachmentAdded
from app.requests.form import Audience
from app.requests.models import PlacementRequest
from app.requests.moves import for_change
from app.requests.papers.models import Attachment
from app.requests.papers.rules import document_rules
from app.requests.papers.unchecked import BEFORE_AWARD
from app.requests.queries import request_for
from app.requests.reach import Reach
from app.requests.status import RequestStatus

OPEN = (RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.APPROVED, RequestStatus.PUBLISHED)
READ_BY_PROVIDERS = (RequestStatus.PUBLISHED, RequestStatus.AWARDED)
LONGEST_TITLE = 120


@dataclass(frozen=True)
class AttachmentLine:
    """One attached file as a page lists it. `about` is 0 for all children, else the one child's position."""

    id: str
    about: int
    kind: str
    kind_words: str
    audience: Audience
    title: str
    name: str
    media_type: str
    size: int
    added_by: str
    added_at: dt.datetime
    checked_at: dt.datetime | None
    removed_at: dt.datetime | None
    version: int

    @property
    def must_be_checked(self) -> bool:
        """Whether a person must still say that it identifies nobody."""
        return self.removed_at is None and self.audience in BEFORE_AWARD and self.checked_at is None


def attach(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    store: Store,
    request_id: str,
    accepted: Accepted,
    title: str,
    kind: str,
    audience: str,
    child_position: int,
    checked: bool,
    now: dt.datetime,
) -> Attachment:
    """Attach a file that was accepted and scanned. `checked`: the person has read it and it identifies nobody, which a
    published or awarded request demands at once of whatever goes to providers before award.

    Invalid at `title`, `kind`, `audience`, `child_position`, `checked` or `file`; Conflict once the request has ended.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=None)
    if request.status not in (*OPEN, RequestStatus.AWARDED):
        raise Conflict(f"{request.reference} has ended, so nothing can be attached to it.")
    _check(session, request, accepted, title, kind, audience, child_position, checked, now)
    child = _child(session, request, child_position)
    key = vault.open(child.wrapped_key)
    row = Attachment(
        id=new_id(),
        request_id=request.id,
        child_position=child_position,
        kind=kind,
        audience=Audience(audience),
        media_type=MEDIA_TYPES[accepted.kind],
        size=accepted.size,
        sealed_title="",
        sealed_name="",
        added_by=actor.person_id,
        added_at=now,
        checked_by=actor.person_id if checked else None,
        checked_at=now if checked else None,
    )
    row.sealed_title = key.encrypt(title.strip(), context=f"attachment.title:{row.id}")
    row.sealed_name = key.encrypt(accepted.name, context=f"attachment.name:{row.id}")
    sealed = key.encrypt_bytes(accepted.data, context=f"attachment.content:{row.id}")
    row.sha256 = keep_sealed(session, store, sealed, now=now).sha256
    session.add(row)
    session.flush()
    _record(session, actor, "attach", request, row, now)
    if request.status in READ_BY_PROVIDERS and row.audience is not Audience.BOROUGH:
        publish(session, AttachmentAdded(request.id, row.audience.value, child_position, now))
    return row


def _check(
    session: Session,
    request: PlacementRequest,
    accepted: Accepted,
    title: str,
    kind: str,
    audience: str,
    child_position: int,
    checked: bool,
    now: dt.datetime,
) -> None:
    rules = document_rules(session, local_date(now))
    errors: dict[str, str] = {}
    if not title.strip():
        errors["title"] = "Enter a title"
    elif len(title.strip()) > LONGEST_TITLE:
        errors["title"] = f"The title must be {LONGEST_TITLE} characters or fewer"
    if kind not in {one[0] for one in rules.kinds}:
        errors["kind"] = "Choose what kind of file it is"
    if audience not in set(Audience):
        errors["audience"] = "Choose who may see it"
    if not 0 <= child_position <= len(request.children):
        errors["child_position"] = "Choose whom it is about"
    if accepted.size > rules.most_bytes:
        errors["file"] = f"The file must be smaller than {rules.most_bytes // (1024 * 1024)} MB"
    live = session.scalar(
        select(func.count(Attachment.id)).where(Attachment.request_id == request.id, Attachment.removed_at.is_(None))
    )
    if (live or 0) >= rules.most_attachments:
        errors["file"] = f"A request can have {rules.most_attachments} files. Remove one first"
    public = request.status in (RequestStatus.APPROVED, *READ_BY_PROVIDERS)
    if public and audience in set(BEFORE_AWARD) and not checked:
        errors["checked"] = "Read the file and confirm that it identifies nobody: providers would see it at once"
    if errors:
        raise Invalid(errors)


def mark_checked(
    session: Session, *, actor: Actor, request_id: str, attachment_id: str, version: int, now: dt.datetime
) -> Attachment:
    """Say that one has read a file and that it identifies nobody."""
    actor.require(Permission.REQUEST_WRITE)
    request, row = _for_change(session, actor, request_id, attachment_id, version)
    if row.checked_at is None:
        row.checked_by, row.checked_at = actor.person_id, now
        session.flush()
        _record(session, actor, "check", request, row, now)
    return row


def remove(
    session: Session,
    *,
    actor: Actor,
    store: Store,
    request_id: str,
    attachment_id: str,
    version: int,
    now: dt.datetime,
) -> Attachment:
    """Take a file away. That it was there, from when until when and by whom, stays; its content is forgotten."""
    actor.require(Permission.REQUEST_WRITE)
    request, row = _for_change(session, actor, request_id, attachment_id, version)
    sha256, row.sha256 = row.sha256, None
    row.removed_by, row.removed_at = actor.person_id, now
    session.flush()
    if sha256 is not None:
        forget(session, store, sha256)  # sealed with a nonce of its own, so no other row has this content
    _record(session, actor, "remove", request, row, now)
    return row


def attachments_of(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, now: dt.datetime, removed: bool = False
) -> list[AttachmentLine]:
    """What is attached to the borough's own request and the actor may have, the oldest first; with `removed`, what
    was taken away too.
    """
    actor.require(Permission.REQUEST_READ)
    request = request_for(session, actor=actor, request_id=request_id)
    own = own_audience(actor)
    return attached(session, vault=vault, request=request, reach=None, now=now, removed=removed, own=own)


def own_audience(actor: Actor) -> Audience:
    """As which audience somebody of the request's borough has its files: what may say who the child is needs the
    permission to know.
    """
    return Audience.BOROUGH if actor.may(Permission.CHILD_READ) else Audience.SHORTLISTED


def attached(
    session: Session,
    *,
    vault: Vault,
    request: PlacementRequest,
    reach: Reach | None,
    now: dt.datetime,
    removed: bool = False,
    own: Audience = Audience.BOROUGH,
) -> list[AttachmentLine]:
    """What a reader who has come so far may have of a request, None standing for its own borough, which has it as
    `own_audience` says. The caller has checked how far that is, and logs the view.
    """
    rules = document_rules(session, local_date(now))
    query = (
        select(Attachment, Person.name)
        .join(Person, Person.id == Attachment.added_by)
        .where(Attachment.request_id == request.id, _within(request, reach, own))
        .order_by(Attachment.added_at, Attachment.id)
    )
    if not removed:
        query = query.where(Attachment.removed_at.is_(None))
    keys: dict[int, DataKey] = {}
    gone = erased_children(session, request)
    lines = []
    for row, name in session.execute(query):
        position = row.child_position
        if max(position, 1) in gone:
            continue
        if position not in keys:
            keys[position] = vault.open(_child(session, request, position).wrapped_key)
        key = keys[position]
        lines.append(
            AttachmentLine(
                id=row.id,
                about=position,
                kind=row.kind,
                kind_words=rules.words(row.kind),
                audience=row.audience,
                title=key.decrypt(row.sealed_title, context=f"attachment.title:{row.id}"),
                name=key.decrypt(row.sealed_name, context=f"attachment.name:{row.id}"),
                media_type=row.media_type,
                size=row.size,
                added_by=name,
                added_at=row.added_at,
                checked_at=row.checked_at,
                removed_at=row.removed_at,
                version=row.version,
            )
        )
    return lines


def _within(request: PlacementRequest, reach: Reach | None, own: Audience) -> ColumnElement[bool]:
    """What a reader may have, by whom a file is about; before award, of what somebody has looked through alone."""
    if reach is None:
        return true() if own is Audience.BOROUGH else Attachment.audience.in_(BEFORE_AWARD)
    return and_(
        or_(Attachment.audience.not_in(BEFORE_AWARD), Attachment.checked_at.is_not(None)),
        or_(
            false(),
            *(
                and_(
                    Attachment.child_position == position,
                    Attachment.audience.in_([one for one in Audience if reach.sees(one, position)]),
                )
                for position in (0, *(child.position for child in request.children))
            ),
        ),
    )


def content_of(
    session: Session,
    *,
    vault: Vault,
    store: Store,
    request: PlacementRequest,
    attachment_id: str,
    reach: Reach | None,
    own: Audience = Audience.BOROUGH,
) -> tuple[str, str, bytes]:
    """(name, media type, content) of a file that a reader may have (see `attached`), or NotFound. How far the reader
    has come, the caller has checked, and logs the view. KeyDestroyedError after erasure of the child.
    """
    row = session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id,
            Attachment.request_id == request.id,
            Attachment.removed_at.is_(None),
            _within(request, reach, own),
        )
    )
    if row is None or row.sha256 is None:
        raise NotFound("file")
    key = vault.open(_child(session, request, row.child_position).wrapped_key)
    name = key.decrypt(row.sealed_name, context=f"attachment.name:{row.id}")
    data = key.decrypt_bytes(store.get(row.sha256), context=f"attachment.content:{row.id}")
    return name, row.media_type, data


def _for_change(
    session: Session, actor: Actor, request_id: str, attachment_id: str, version: int
) -> tuple[PlacementRequest, Attachment]:
    request = for_change(session, actor=actor, request_id=request_id, version=None)
    row = session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id, Attachment.request_id == request.id, Attachment.removed_at.is_(None)
        )
    )
    if row is None:
        raise NotFound("file")
    if row.version != version:
        raise Stale("Somebody else changed this file's entry after you opened it. Look at it again before you go on.")
    return request, row


def _child(session: Session, request: PlacementRequest, position: int) -> Child:
    """Whose key seals: the child whom the file is about, the first one where it is about all."""
    named = next((one for one in request.children if one.position == max(position, 1)), None)
    if named is None:
        raise NotFound("child")
    return session.get_one(Child, named.child_id)


def _record(
    session: Session, actor: Actor, act: str, request: PlacementRequest, row: Attachment, now: dt.datetime
) -> None:
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"requests.attachment.{act}",
        subject_kind="request",
        subject_id=request.id,
        reference=request.reference,
        attachment_id=row.id,
        kind=row.kind,
        audience=row.audience.value,
    )
