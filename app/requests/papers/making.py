"""Asking for a form or a pack, making it in a job that a page watches, fetching it while it is kept, forgetting it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit, batches
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.database import new_id
from app.core.errors import HomewardError, NotFound
from app.core.files import MEDIA_TYPES, Accepted, FileKind, Store, forget, keep, keep_sealed
from app.core.models import Batch
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.requests.audiences import borough_view, provider_view
from app.requests.drafting import answers_key
from app.requests.form import CURRENT, Audience, form
from app.requests.models import PlacementRequest
from app.requests.papers.attaching import attached, content_of
from app.requests.papers.content import PICTURES, Document, Picture, blank, filled, with_attachments
from app.requests.papers.models import Paper
from app.requests.papers.rules import document_rules
from app.requests.papers.status import FORMAT_WORDS, PAPER_WORDS, PaperFormat, PaperKind
from app.requests.papers.unchecked import BEFORE_AWARD
from app.requests.queries import request_for
from app.requests.reach import Reach, reach_of_all, read_reach

MAKE = "make_paper"


def ask_for_blank(
    session: Session, *, actor: Actor, format: PaperFormat, leads_to: str, now: dt.datetime
) -> tuple[Paper, Batch]:
    """Have a blank form of today's version made. `leads_to` is the page that offers it, with `{id}` for its id."""
    actor.require(Permission.REQUEST_READ)
    return _ask(session, actor, None, PaperKind.BLANK_FORM, format, Audience.BOROUGH, leads_to, now)


def ask_for_own(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    kind: PaperKind,
    format: PaperFormat,
    audience: Audience,
    leads_to: str,
    now: dt.datetime,
) -> tuple[Paper, Batch]:
    """Have the borough's own request made into a form, or a pack as an audience would get it. What says who the child
    is needs the permission to know.
    """
    actor.require(Permission.REQUEST_READ)
    request = request_for(session, actor=actor, request_id=request_id)
    if audience not in BEFORE_AWARD:
        actor.require(Permission.CHILD_READ)
    return _ask(session, actor, request, kind, format, audience, leads_to, now)


def ask_for_reach(
    session: Session, *, actor: Actor, request: PlacementRequest, reach: Reach, leads_to: str, now: dt.datetime
) -> tuple[Paper, Batch]:
    """Have a pack made for a provider. How far the provider has come, the offers room has found out just now."""
    audience = Audience(str(reach.furthest))
    return _ask(session, actor, request, PaperKind.PACK, PaperFormat.PDF, audience, leads_to, now, reach)


def _ask(
    session: Session,
    actor: Actor,
    request: PlacementRequest | None,
    kind: PaperKind,
    format: PaperFormat,
    audience: Audience,
    leads_to: str,
    now: dt.datetime,
    reach: Reach | None = None,
) -> tuple[Paper, Batch]:
    paper = Paper(
        id=new_id(),
        request_id=request.id if request else None,
        organisation_id=actor.organisation_id,
        form_version=request.form_version if request else CURRENT,
        kind=kind,
        format=format,
        audience=audience,
        reach=reach.stored() if reach else None,
        asked_by=actor.person_id,
        asked_at=now,
        expires_at=now + dt.timedelta(days=document_rules(session, local_date(now)).days_kept),
    )
    session.add(paper)
    session.flush()
    about = f" of {request.reference}" if request else ""
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.paper.ask",
        subject_kind="request" if request else "paper",
        subject_id=request.id if request else paper.id,
        kind=kind.value,
        format=format.value,
        audience=audience.value,
    )
    batch = batches.begin(
        session,
        kind=MAKE,
        title=f"{PAPER_WORDS[kind]}{about} as {FORMAT_WORDS[format]}",
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        payload={"paper_id": paper.id, "leads_to": leads_to.replace("{id}", paper.id)},
        now=now,
        total=1,
    )
    return paper, batch


def make_step(session: Session, payload: Mapping[str, Any], now: dt.datetime, *, vault: Vault, store: Store) -> None:
    """The job that makes a paper."""
    found = batches.batch_of(session, payload)
    if found is None:
        return
    batch, _ = found
    leads_to = batch.payload["leads_to"]
    paper = session.get_one(Paper, batch.payload["paper_id"])
    batches.advance(session, batch, done=0, total=1, now=now)
    try:
        paper.sha256 = _made(session, paper, vault=vault, store=store, now=now)
    except HomewardError as error:
        batches.fail(session, batch, now=now, problem=error.message, leads_to=leads_to)
        return
    paper.made_at = now
    session.flush()
    batches.finish(session, batch, now=now, result={}, leads_to=leads_to)


def _made(session: Session, paper: Paper, *, vault: Vault, store: Store, now: dt.datetime) -> str:
    today = local_date(now)
    if paper.request_id is None:
        council = session.get_one(Organisation, paper.organisation_id).name
        data = _written(blank(form(paper.form_version), council=council, on=today), paper.format)
        kind = FileKind(paper.format.value)
        accepted = Accepted(data, kind, f"blank-form.{kind.value}", hashlib.sha256(data).hexdigest())
        return keep(session, store, accepted, now=now).sha256
    request = session.get_one(PlacementRequest, paper.request_id)
    document = document_of(session, vault=vault, store=store, request=request, paper=paper, now=now)
    key = answers_key(session, vault, request)
    sealed = key.encrypt_bytes(_written(document, paper.format), context=f"paper:{paper.id}")
    return keep_sealed(session, store, sealed, now=now).sha256


def document_of(
    session: Session, *, vault: Vault, store: Store, request: PlacementRequest, paper: Paper, now: dt.datetime
) -> Document:
    """What stands in a paper of a request: what its audience sees of it, and for a pack what is attached for them."""
    council = session.get_one(Organisation, request.organisation_id).name
    reach = _reach(request, paper)
    if reach is None:
        sections = borough_view(session, vault=vault, request=request)
    else:
        sections = provider_view(session, vault=vault, request=request, reach=reach)
    document = filled(
        sections,
        title=f"Placement request {request.reference}",
        council=council,
        audience=paper.audience,
        on=local_date(now),
    )
    if paper.kind is not PaperKind.PACK:
        return document
    lines = attached(session, vault=vault, request=request, reach=reach, now=now)
    pictures = []
    for line in lines:
        if line.media_type in PICTURES:
            _, _, data = content_of(
                session, vault=vault, store=store, request=request, attachment_id=line.id, reach=reach
            )
            if _printable(data):
                pictures.append(Picture(line.title, data))
    return with_attachments(document, lines, pictures)


def _reach(request: PlacementRequest, paper: Paper) -> Reach | None:
    """How much of each child a paper says: what its provider had reached, or what the borough wants to see of a stage;
    None for the borough's own.
    """
    if paper.audience is Audience.BOROUGH:
        return None
    return reach_of_all(request, int(paper.audience.value)) if paper.reach is None else read_reach(paper.reach)


def is_covered(request: PlacementRequest, paper: Paper, reach: Reach) -> bool:
    """Whether a provider that has come so far may read a paper that was made for it, now."""
    made_for = _reach(request, paper)
    return made_for is not None and paper.audience.sees(reach.furthest) and reach.covers(made_for)


def _written(document: Document, format: PaperFormat) -> bytes:
    # The libraries are slow to load and large, and no page needs them.
    if format is PaperFormat.WORD:
        from app.requests.papers.word import word_file

        return word_file(document)
    from app.requests.papers.pdf import pdf_file

    return pdf_file(document)


def _printable(data: bytes) -> bool:
    from app.requests.papers.pdf import can_be_printed

    return can_be_printed(data)


def papers_of(session: Session, *, organisation_id: str, request_id: str | None, now: dt.datetime) -> list[Paper]:
    """What an organisation had made of a request (None: blank forms) and may still fetch, the newest first."""
    return list(
        session.scalars(
            select(Paper)
            .where(
                Paper.organisation_id == organisation_id,
                Paper.request_id == request_id if request_id else Paper.request_id.is_(None),
                Paper.sha256.is_not(None),
                Paper.expires_at > now,
            )
            .order_by(Paper.asked_at.desc(), Paper.id)
            .limit(20)
        )
    )


def paper_for(session: Session, *, actor: Actor, paper_id: str, now: dt.datetime) -> Paper:
    """A paper that was made for the actor's organisation and has not expired, or NotFound. What it says may need more:
    see `content_of_paper`.
    """
    paper = session.scalar(select(Paper).where(Paper.id == paper_id, Paper.organisation_id == actor.organisation_id))
    if paper is None or paper.sha256 is None or paper.expires_at <= now:
        raise NotFound("document")
    return paper


def may_have(actor: Actor, paper: Paper) -> bool:
    """Whether somebody of the request's borough may have a document: what may say who the child is needs the permission
    to know, and a blank form says it of nobody.
    """
    return paper.request_id is None or paper.audience in BEFORE_AWARD or actor.may(Permission.CHILD_READ)


def content_of_paper(
    session: Session, *, vault: Vault, store: Store, paper: Paper, actor: Actor, reach: Reach | None
) -> tuple[str, str, bytes]:
    """(name, media type, content). `reach` is how far the reader has come now, None for the request's own borough: what
    was made for a later stage of any child is not theirs to read, or no more. The caller logs the view.
    """
    if reach is None and not may_have(actor, paper):
        actor.require(Permission.CHILD_READ)
    if reach is None and paper.request_id is not None:
        request_for(session, actor=actor, request_id=paper.request_id)
    reference = "placement-request"
    data = store.get(paper.sha256 or "")
    if paper.request_id is not None:
        request = session.get_one(PlacementRequest, paper.request_id)
        reference = request.reference
        if reach is not None and not is_covered(request, paper, reach):
            raise NotFound("document")
        data = answers_key(session, vault, request).decrypt_bytes(data, context=f"paper:{paper.id}")
    told = "" if paper.audience is Audience.BOROUGH else f"-stage-{paper.audience.value}"
    name = f"{reference}-{paper.kind.value.replace('_', '-')}{told}.{paper.format.value}"
    return name, MEDIA_TYPES[FileKind(paper.format.value)], data


def forget_papers(session: Session, *, store: Store, now: dt.datetime) -> int:
    """Delete what has expired. Returns how many. For a daily job: what a failed run left is deleted by the next."""
    old = session.scalars(select(Paper).where(Paper.sha256.is_not(None), Paper.expires_at <= now)).all()
    for paper in old:
        sha256, paper.sha256 = paper.sha256, None
        session.flush()
        if not session.scalar(select(func.count(Paper.id)).where(Paper.sha256 == sha256)):  # a blank form may be shared
            forget(session, store, sha256 or "")
    return len(old)
