"""Making, amending and withdrawing an offer until the deadline. Late is refused, and the refusal is kept (F-34)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.database import new_id
from app.core.errors import Conflict, NotFound, Stale
from app.core.references import new_reference
from app.identity.permissions import Actor, Permission
from app.offers.children import judged_children, needs_of, positions_of
from app.offers.content import OfferContent, checked, own_postcode
from app.offers.declining import take_back_decline
from app.offers.high_prices import with_explanation
from app.offers.invitations import invited_to, mark_seen
from app.offers.listed import against_list, listed_price
from app.offers.models import Evaluation, Offer
from app.offers.standing import may_take_part
from app.offers.status import OFFER, OfferStatus
from app.requests.models import PlacementRequest
from app.requests.prices.benchmark import expectation_of
from app.requests.status import RequestStatus
from providers.market.models import Lot
from providers.market.status import ServiceType
from providers.passport.expiry import standings_of
from providers.services.models import Service


@dataclass(frozen=True)
class Late:
    """An offer, or its withdrawal, that came after the deadline. Nothing of it is kept but that it was refused."""

    reference: str
    closed_at: dt.datetime

    @property
    def message(self) -> str:
        """What the provider is told."""
        return "The deadline has passed, so this was not accepted. The refusal has been recorded."


def submit_offer(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    service_id: str,
    content: OfferContent,
    now: dt.datetime,
    version: int | None = None,
    live_placements: int = 0,
    children: Iterable[int] | None = None,
) -> Offer | Late:
    """Offer a named service for a request, or change the offer it has in (`version` is then the one that was
    shown). `children` are the positions of those whom it is for, None standing for all; Invalid names them where the
    request does not allow an offer for these.

    What the company's own list says is worked out here again and sealed with the offer, whatever `content` says of it.
    An explanation of a high price stays with an offer that is changed, as long as its price is high (`high_prices`);
    `live_placements` is how many the company has with the consortium, for its discount.

    The content is sealed until the deadline. A late one is not an error but an answer, so that the refusal
    itself is committed.
    """
    actor.require(Permission.OFFER_WRITE)
    request, services = invited_to(session, actor=actor, request_id=request_id)
    service = next((one for one in services if one.id == service_id), None)
    if service is None:
        raise NotFound("service")
    if request.lot_id is None or not may_take_part(session, request=request, service_id=service_id):
        raise Conflict("This service is not enrolled on the lot today, so it cannot offer.")
    late = late_refusal(session, actor, request, now, "offers.offer.refuse_late")
    if late:
        return late
    key = judged_children(request, children)
    service_type = session.get_one(Lot, request.lot_id).service_type
    _must_hold_evidence(session, service, service_type, local_date(now))
    content = checked(
        content,
        needs=needs_of(request, key),
        today=local_date(now),
        service_type=service_type,
        own_place=own_postcode(service, service_type),
    )
    content = against_list(
        content,
        listed_price(
            session,
            request=request,
            service=service,
            live_placements=live_placements,
            today=local_date(now),
            children_key=key,
        ),
    )
    _confirm_place(session, service_id, len(positions_of(key)), now)
    offer = live_offer(session, request_id=request_id, service_id=service_id, children_key=key)
    if offer is None:
        if version is not None:
            raise Stale("This offer was withdrawn while you were looking at it.")
        offer = _new(actor, vault, request, service_id, key, now)
    elif version is None:
        raise Stale("Somebody in your company has sent an offer with this service. Open it to change it.")
    elif offer.version != version:
        raise Stale("Somebody in your company changed this offer while you were looking at it. Check it and try again.")
    elif offer.status is not OfferStatus.SUBMITTED:
        raise Conflict("This offer can no longer be changed.")
    before = unsealed_for_owner(vault=vault, offer=offer) if offer.sealed_content else None
    content = with_explanation(content, before, expectation_of(session, request_id))
    seal(offer, content, vault=vault, now=now)
    session.add(offer)
    try:
        session.flush()
    except IntegrityError as error:
        raise Stale(
            "Somebody in your company sent an offer with this service just now. Open it to change it."
        ) from error
    take_back_decline(session, request_id=request_id, service_id=service_id)
    mark_seen(session, actor=actor, request_id=request_id, now=now)
    audit.record(
        session,
        now=now,
        who=actor,
        act="offers.offer.submit" if version is None else "offers.offer.amend",
        subject_kind="offer",
        subject_id=offer.id,
    )
    return offer


def refuse_late(session: Session, *, actor: Actor, request_id: str, now: dt.datetime) -> Late | None:
    """The refusal of an offer that came too late, kept; None where the request still takes offers.

    For a company that has none in and so can no longer read what it offers for. Conflict where the request has ended.
    """
    actor.require(Permission.OFFER_WRITE)
    request, _ = invited_to(session, actor=actor, request_id=request_id)
    return late_refusal(session, actor, request, now, "offers.offer.refuse_late")


def evidence_bars(
    session: Session, services: Sequence[Service], service_type: ServiceType, on: dt.date
) -> dict[str, str]:
    """Why services of one company cannot offer on a day for want of current evidence, in words for the company, by
    service id. Those that can are not in it.

    An offer that is in already stays in, and can be withdrawn.
    """
    if not services:
        return {}
    claims = [service.claim_id for service in services]
    standings = standings_of(session, services[0].organisation_id, service_type, on, claims)
    return {one.id: refusal for one in services if (refusal := standings[one.claim_id].refusal)}


def _must_hold_evidence(session: Session, service: Service, service_type: ServiceType, on: dt.date) -> None:
    barred = evidence_bars(session, [service], service_type, on)
    if barred:
        raise Conflict(barred[service.id])


def _confirm_place(session: Session, service_id: str, places: int, now: dt.datetime) -> None:
    """Whoever offers a place confirms that it is there: the vacancy is as fresh as the offer.

    The service's version stays: a profile that a colleague has open is not made stale by it.
    """
    free = session.get_one(Service, service_id).places_free
    if free < places:
        has = "no free place" if free == 0 or places == 1 else f"{free} free, and the offer needs {places}"
        raise Conflict(f"This service has {has}. Update its places first, then offer.")
    session.execute(update(Service).where(Service.id == service_id).values(places_confirmed_at=now))


def _new(actor: Actor, vault: Vault, request: PlacementRequest, service_id: str, key: str, now: dt.datetime) -> Offer:
    return Offer(
        id=new_id(),
        reference=new_reference("OF"),
        request_id=request.id,
        service_id=service_id,
        organisation_id=actor.organisation_id,
        children_key=key,
        status=OfferStatus.SUBMITTED,
        submitted_by=actor.person_id,
        submitted_at=now,
        changed_at=now,
        wrapped_key=vault.new_data_key(),
        sealed_content="",
    )


def withdraw_offer(session: Session, *, actor: Actor, offer_id: str, version: int, now: dt.datetime) -> Offer | Late:
    """Take an offer back before the deadline."""
    actor.require(Permission.OFFER_WRITE)
    offer = own_offer(session, actor=actor, offer_id=offer_id)
    request = session.get_one(PlacementRequest, offer.request_id)
    late = late_refusal(session, actor, request, now, "offers.offer.refuse_late_withdrawal")
    if late:
        return late
    session.refresh(offer)
    if offer.version != version:
        raise Stale("Somebody in your company changed this offer while you were looking at it. Check it and try again.")
    offer.status = OFFER.require(offer.status, OfferStatus.WITHDRAWN, "The offer")
    offer.changed_at = now
    session.flush()
    audit.record(session, now=now, who=actor, act="offers.offer.withdraw", subject_kind="offer", subject_id=offer.id)
    return offer


def own_offer(session: Session, *, actor: Actor, offer_id: str) -> Offer:
    """An offer of the actor's own company, or NotFound."""
    offer = session.scalar(select(Offer).where(Offer.id == offer_id, Offer.organisation_id == actor.organisation_id))
    if offer is None:
        raise NotFound("offer")
    return offer


def live_offer(session: Session, *, request_id: str, service_id: str, children_key: str) -> Offer | None:
    """The offer that a service has in for some children of a request."""
    return session.scalar(
        select(Offer).where(
            Offer.request_id == request_id,
            Offer.service_id == service_id,
            Offer.children_key == children_key,
            Offer.status != OfferStatus.WITHDRAWN,
        )
    )


def seal(offer: Offer, content: OfferContent, *, vault: Vault, now: dt.datetime) -> None:
    """What the company wrote takes the place of what it wrote before, under the offer's own key."""
    offer.sealed_content = vault.open(offer.wrapped_key).encrypt(content.to_text(), context=f"offer.content:{offer.id}")
    offer.changed_at = now


def unsealed_for_owner(*, vault: Vault, offer: Offer) -> OfferContent:
    """What the company itself wrote; it may read its own offer at any time. The caller has loaded the offer as its
    owner.
    """
    text = vault.open(offer.wrapped_key).decrypt(offer.sealed_content, context=f"offer.content:{offer.id}")
    return OfferContent.from_text(text)


def late_refusal(session: Session, actor: Actor, request: PlacementRequest, now: dt.datetime, act: str) -> Late | None:
    """The answer to what came after the deadline, kept under the name of what was tried; None in time.

    Shares the request's row until this transaction ends, before any offer is touched: opening waits for an offer
    that came in time, and an offer that waited for the opening finds it done.
    """
    session.refresh(request, with_for_update={"read": True})
    if request.status is not RequestStatus.PUBLISHED or request.offers_close_at is None:
        raise Conflict("This request no longer takes offers.")
    opened = session.scalar(select(Evaluation.id).where(Evaluation.request_id == request.id))
    if now < request.offers_close_at and opened is None:
        return None
    audit.record(session, now=now, who=actor, act=act, subject_kind="request", subject_id=request.id)
    return Late(request.reference, request.offers_close_at)
