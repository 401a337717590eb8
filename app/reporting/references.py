"""What a reference names, for whoever may see it: the search box of every page. Out of reach is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, null, or_, select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.core.references import normalise_reference
from app.identity.permissions import Actor, Permission
from app.offers.models import Invitation, Offer
from app.offers.status import OfferStatus
from app.panels.models import Referral
from app.placements.models import Award, Placement
from app.requests.models import PlacementRequest

P = Permission


@dataclass(frozen=True)
class Found:
    """A thing by its reference. `kind` is child, request, opportunity, offer, referral, award or placement;
    `request_id` is the request that it belongs to, where it does.
    """

    kind: str
    id: str
    reference: str
    request_id: str | None = None


def find(session: Session, *, actor: Actor, typed: str) -> Found | None:
    """The one thing with this reference that the actor may see, whatever case, spaces and dashes were typed. None
    where there is none within reach; it is not said whether there is one elsewhere.
    """
    reference = normalise_reference(typed)
    if reference is None:
        return None
    for kind, query in _within_reach(actor, reference):
        row = session.execute(query.limit(1)).one_or_none()
        if row is not None:
            return Found(kind, row[0], reference, row[1])
    return None


def _within_reach(actor: Actor, reference: str) -> list[tuple[str, Select[str, Any]]]:
    own = actor.organisation_id
    found: list[tuple[str, Select[str, Any]]] = []

    def add(kind: str, permissions: tuple[Permission, ...], query: Select[str, Any]) -> None:
        if any(actor.may(permission) for permission in permissions):
            found.append((kind, query))

    request, offer = PlacementRequest, Offer
    add(
        "request",
        (P.REQUEST_READ,),
        select(request.id, request.id).where(request.reference == reference, request.organisation_id == own),
    )
    add(
        "child",
        (P.CHILD_READ, P.CHILD_ERASE),
        select(Child.id, null()).where(Child.reference == reference, Child.organisation_id == own),
    )
    add(
        "opportunity",
        (P.OPPORTUNITY_READ,),
        select(request.id, request.id)
        .join(Invitation, Invitation.request_id == request.id)
        .where(request.reference == reference, Invitation.organisation_id == own),
    )
    add(
        "offer",
        (P.OFFER_READ, P.OPPORTUNITY_READ),
        select(offer.id, offer.request_id)
        .join(request, request.id == offer.request_id)
        .where(
            offer.reference == reference,
            # A borough knows of an offer once it is opened; a provider of its own at any time.
            or_(
                offer.organisation_id == own,
                and_(
                    request.organisation_id == own, offer.opened_at.is_not(None), offer.status != OfferStatus.WITHDRAWN
                ),
            ),
        ),
    )
    add(
        "referral",
        (P.REFERRAL_WRITE, P.PANEL_READ, P.REQUEST_READ),
        select(Referral.id, Referral.request_id).where(
            Referral.reference == reference, Referral.organisation_id == own
        ),
    )
    add(
        "award",
        (P.PLACEMENT_READ,),
        select(Award.id, Award.request_id).where(Award.reference == reference, Award.organisation_id == own),
    )
    add(
        "placement",
        (P.PLACEMENT_READ, P.PROVIDER_PLACEMENT_READ),
        select(Placement.id, Award.request_id)
        .join(Award, Award.id == Placement.award_id)
        .where(
            Placement.reference == reference,
            or_(Placement.organisation_id == own, Placement.provider_id == own),
        ),
    )
    return found
