"""Explaining a high price: the company's answer until the deadline, the reminder before it, and what the borough and
the panel read beside the expected price once the offers are opened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.crypto import Vault
from app.core.errors import Conflict, Stale
from app.identity.permissions import Actor, Permission
from app.offers.content import OfferContent
from app.offers.high_prices import checked_explanation, is_high, waits_for_words
from app.offers.models import Offer
from app.offers.offering import Late, late_refusal, own_offer, seal, unsealed_for_owner
from app.offers.status import OfferStatus
from app.requests.events import DeadlineExtended, RequestPublished
from app.requests.models import PlacementRequest
from app.requests.prices.benchmark import expectation_of
from app.requests.prices.models import PriceExpectation, PriceTariff
from app.requests.prices.rules import Reason, price_rules_of
from app.requests.prices.tariff import tariff_words
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service

REMIND = "remind_to_explain"


@dataclass(frozen=True)
class Asked:
    """An offer whose price is to be explained: what its company wrote, and the reasons that it can tick. `explained`
    says whether it has.
    """

    offer: Offer
    content: OfferContent
    reasons: tuple[Reason, ...]

    @property
    def explained(self) -> bool:
        return self.content.explained

    @property
    def words(self) -> tuple[str, ...]:
        """The reasons that were ticked, in words."""
        return tuple(reason.words for reason in self.reasons if reason.code in self.content.price_reasons)


@dataclass(frozen=True)
class PriceBeside:
    """An opened offer's price beside the expected one: pence for each week of the year. `high` says that it was asked
    to explain itself; `reasons` and `words` are what it said.
    """

    offered_pence: int
    expected_pence: int
    comparables: int
    tariff: str
    high: bool
    reasons: tuple[str, ...]
    words: str

    @property
    def explained(self) -> bool:
        return bool(self.reasons or self.words)

    @property
    def difference_pence(self) -> int:
        """How much dearer the offer is; negative where it is cheaper."""
        return self.offered_pence - self.expected_pence


def asked_of(session: Session, *, actor: Actor, vault: Vault, offer_id: str) -> Asked | None:
    """Whether the actor's own company is asked to explain the price of an offer. None where it is not."""
    actor.require(Permission.OPPORTUNITY_READ)
    offer = own_offer(session, actor=actor, offer_id=offer_id)
    expectation = expectation_of(session, offer.request_id)
    content = unsealed_for_owner(vault=vault, offer=offer)
    if expectation is None or not is_high(content.payable_pence, expectation):
        return None
    return Asked(offer, content, price_rules_of(session, expectation.policy_version_id).reasons)


def explain_price(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    offer_id: str,
    reasons: Sequence[str],
    words: str,
    version: int,
    now: dt.datetime,
) -> Offer | Late:
    """Explain the price of one's own offer, or explain it anew, until the deadline. Sealed with the offer; kept in the
    record as any change of an offer, so that the record does not say which offers were asked.
    """
    actor.require(Permission.OFFER_WRITE)
    offer = own_offer(session, actor=actor, offer_id=offer_id)
    request = session.get_one(PlacementRequest, offer.request_id)
    late = late_refusal(session, actor, request, now, "offers.offer.refuse_late")
    if late:
        return late
    session.refresh(offer)
    if offer.version != version:
        raise Stale("Somebody in your company changed this offer while you were looking at it. Check it and try again.")
    asked = asked_of(session, actor=actor, vault=vault, offer_id=offer_id)
    if offer.status is not OfferStatus.SUBMITTED or asked is None:
        raise Conflict("The price of this offer needs no explanation.")
    ticked, said = checked_explanation(reasons, words, [reason.code for reason in asked.reasons])
    seal(offer, replace(asked.content, price_reasons=ticked, price_words=said), vault=vault, now=now)
    session.flush()
    audit.record(session, now=now, who=actor, act="offers.offer.amend", subject_kind="offer", subject_id=offer.id)
    return offer


def still_to_explain(
    session: Session, *, actor: Actor, vault: Vault, now: dt.datetime
) -> list[tuple[Offer, str, dt.datetime]]:
    """The actor's company's offers that are asked to explain their price and have not: each with its request's
    reference and deadline, the soonest first.
    """
    actor.require(Permission.OPPORTUNITY_READ)
    rows = session.execute(
        select(Offer, PlacementRequest.reference, PlacementRequest.offers_close_at, PriceExpectation)
        .join(PlacementRequest, PlacementRequest.id == Offer.request_id)
        .join(PriceExpectation, PriceExpectation.request_id == Offer.request_id)
        .where(
            Offer.organisation_id == actor.organisation_id,
            Offer.status == OfferStatus.SUBMITTED,
            PlacementRequest.status == RequestStatus.PUBLISHED,
            PlacementRequest.offers_close_at > now,
        )
        .order_by(PlacementRequest.offers_close_at, Offer.id)
    )
    return [
        (offer, reference, closes_at)
        for offer, reference, closes_at, expectation in rows
        if closes_at is not None and waits_for_words(unsealed_for_owner(vault=vault, offer=offer), expectation)
    ]


def plan_reminder(session: Session, event: RequestPublished | DeadlineExtended) -> None:
    """The reaction to a deadline: have those reminded who will not have explained a high price by then. Half the time
    is left to a deadline that is nearer than the policy's hours.
    """
    expectation = expectation_of(session, event.request_id)
    closes_at = session.get_one(PlacementRequest, event.request_id).offers_close_at
    if expectation is None or not expectation.explain or closes_at is None:
        return
    before = price_rules_of(session, expectation.policy_version_id).remind_before
    jobs.schedule(
        session,
        kind=REMIND,
        key=f"{event.request_id}:{closes_at.isoformat()}",
        payload={"request_id": event.request_id, "closes_at": closes_at.isoformat()},
        due_at=closes_at - min(before, (closes_at - event.now) / 2),
    )


def remind_to_explain(
    session: Session, *, vault: Vault, request_id: str, closes_at: dt.datetime, now: dt.datetime, base_url: str
) -> int:
    """The job before a deadline: write to each company whose high price is still unexplained, once. Returns how many
    there are. Nobody, where the deadline was moved since or has passed, or the request has ended.
    """
    request = session.get_one(PlacementRequest, request_id)
    if request.status is not RequestStatus.PUBLISHED or request.offers_close_at != closes_at or closes_at <= now:
        return 0
    expectation = expectation_of(session, request_id)
    rows = session.execute(
        select(Offer, Service.alert_email)
        .join(Service, Service.id == Offer.service_id)
        .where(Offer.request_id == request_id, Offer.status == OfferStatus.SUBMITTED)
        .order_by(Offer.id)
    )
    told = 0
    for offer, address in rows:
        if waits_for_words(unsealed_for_owner(vault=vault, offer=offer), expectation):
            link = f"{base_url}/provider/offers/{offer.id}/explain"
            message = messages.price_to_explain(request.reference, closes_at, link)
            key = f"offer.explain:{offer.id}:{closes_at.isoformat()}"
            queue(session, key=key, address=address, message=message, now=now)
            told += 1
    return told


def prices_beside(session: Session, *, actor: Actor, vault: Vault, request_id: str) -> dict[str, PriceBeside]:
    """For the borough's own request, each opened offer's price beside the expected one, by offer id. Empty where
    nothing was expected of the request.
    """
    actor.require(Permission.OFFER_READ)
    request_for(session, actor=actor, request_id=request_id)
    offers = session.scalars(select(Offer).where(Offer.request_id == request_id, Offer.opened_at.is_not(None)))
    found = {offer.id: price_beside(session, vault=vault, offer=offer) for offer in offers}
    return {offer_id: beside for offer_id, beside in found.items() if beside is not None}


def price_beside(session: Session, *, vault: Vault, offer: Offer) -> PriceBeside | None:
    """An opened offer's price beside the expected one; None where nothing was expected, or it is still sealed. The
    caller has found the offer within somebody's reach.
    """
    expectation = expectation_of(session, offer.request_id)
    if expectation is None or offer.opened_at is None:
        return None
    content = unsealed_for_owner(vault=vault, offer=offer)
    rules = price_rules_of(session, expectation.policy_version_id)
    return PriceBeside(
        offered_pence=offer.payable_pence,
        expected_pence=expectation.expected_pence,
        comparables=expectation.comparables,
        tariff=tariff_words(session.get_one(PriceTariff, expectation.tariff_id)),
        high=is_high(offer.payable_pence, expectation),
        reasons=rules.words_of(content.price_reasons),
        words=content.price_words,
    )
