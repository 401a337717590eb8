"""What a provider gets of a request as files: what is attached for its stage, and a pack of all that it may read.

Which stage a company has reached is computed at each download, like at each view: what it fetched stays with it, and
what it has not fetched is closed with the request.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.crypto import Vault
from app.core.errors import NotFound
from app.core.files import Store
from app.core.models import Batch
from app.identity.permissions import Actor
from app.offers.invitations import Opportunity, opportunity_for, placed_in, reach_of
from app.offers.links import opportunity_link
from app.offers.models import Invitation, Offer
from app.offers.standing import may_take_part
from app.offers.status import OfferStatus
from app.requests.events import AttachmentAdded
from app.requests.form import Audience
from app.requests.models import PlacementRequest
from app.requests.papers.attaching import AttachmentLine, attached, content_of
from app.requests.papers.making import ask_for_reach, content_of_paper, paper_for
from app.requests.papers.models import Paper
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service


def files_for(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, now: dt.datetime
) -> tuple[Opportunity, list[AttachmentLine]]:
    """A request that the company may read, and what is attached for the stage that it has reached."""
    found = opportunity_for(session, actor=actor, request_id=request_id, now=now)
    return found, attached(session, vault=vault, request=found.request, reach=found.reach, now=now)


def file_for(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    store: Store,
    request_id: str,
    attachment_id: str,
    now: dt.datetime,
) -> tuple[Opportunity, tuple[str, str, bytes]]:
    """An attached file that the company may have now: (name, media type, content). NotFound for any other."""
    found = opportunity_for(session, actor=actor, request_id=request_id, now=now)
    file = content_of(
        session, vault=vault, store=store, request=found.request, attachment_id=attachment_id, reach=found.reach
    )
    return found, file


def ask_for_pack(
    session: Session, *, actor: Actor, request_id: str, leads_to: str, now: dt.datetime
) -> tuple[Paper, Batch]:
    """Have a pack made of what the company may read now."""
    found = opportunity_for(session, actor=actor, request_id=request_id, now=now)
    return ask_for_reach(session, actor=actor, request=found.request, reach=found.reach, leads_to=leads_to, now=now)


def pack_for(
    session: Session, *, actor: Actor, vault: Vault, store: Store, paper_id: str, now: dt.datetime
) -> tuple[Opportunity, tuple[str, str, bytes]]:
    """A pack that was made for the company, while it may still read what is in it. NotFound for any other."""
    paper = paper_for(session, actor=actor, paper_id=paper_id, now=now)
    if paper.request_id is None:
        raise NotFound("document")
    found = opportunity_for(session, actor=actor, request_id=paper.request_id, now=now)
    file = content_of_paper(session, vault=vault, store=store, paper=paper, actor=actor, reach=found.reach)
    return found, file


def tell_attachment(session: Session, event: AttachmentAdded, *, base_url: str) -> int:
    """Tell every service that was invited, may still take part and has reached the file's stage for the child whom it
    is about that there is a new file. Returns how many were told. Nothing about the file is said.
    """
    request = session.get_one(PlacementRequest, event.request_id)
    offers: dict[str, list[Offer]] = defaultdict(list)
    for offer in session.scalars(
        select(Offer).where(Offer.request_id == request.id, Offer.status != OfferStatus.WITHDRAWN)
    ):
        offers[offer.organisation_id].append(offer)
    placed = placed_in(session, request.id)
    told = 0
    for invitation, service in session.execute(
        select(Invitation, Service)
        .join(Service, Service.id == Invitation.service_id)
        .where(Invitation.request_id == request.id)
        .order_by(Service.id)
    ):
        own = offers[invitation.organisation_id]
        reached = reach_of(request, own, placed, event.now).sees(Audience(event.audience), event.child_position)
        takes_part = may_take_part(session, request=request, service_id=service.id)
        if not reached or not (takes_part or any(offer.service_id == service.id for offer in own)):
            continue
        queue(
            session,
            key=f"request.attachment:{request.id}:{event.audience}:{event.now.isoformat()}:{service.id}",
            address=service.alert_email,
            message=messages.attachment_added(request.reference, opportunity_link(base_url, request.id)),
            now=event.now,
        )
        told += 1
    return told
