"""A person prefers one offer of the frozen shortlist, or a plan of several for brothers and sisters, with a reason also
for the first. Each offer holds its places.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, jobs, policies
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid
from app.identity.permissions import Actor, Permission
from app.offers import plans
from app.offers.children import positions_of
from app.offers.holds import expire_hold, held_places, live_hold, locked_request, locked_service, release
from app.offers.joint.queries import proposed_offers
from app.offers.joint.rules import REASON_CODE as JOINT_PROPOSAL
from app.offers.links import opportunity_link
from app.offers.models import Choice, Evaluation, Offer, PlaceHold
from app.offers.planning import Planning, planning_of
from app.offers.queries import evaluation_of
from app.offers.reasons import LONGEST_REASON, rules_on
from app.offers.shortlist import Standing, recomputes, standing_of
from app.offers.standing import must_be_enrolled, must_not_be_disregarded
from app.offers.status import OFFER, OfferStatus
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.status import RequestStatus, Siblings
from notifications import messages
from notifications.outbox import queue
from providers.services.models import Service

HOLDS = "holds"


def choose(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    offer_id: str,
    reason_code: str,
    reason: str,
    now: dt.datetime,
    base_url: str,
) -> Choice:
    """Prefer one eligible offer and hold its places until the policy's time. A change of mind releases the earlier
    hold.

    Conflict where the places are held by others by now. The reason, a code of the list in force and words, is asked for
    whatever the rank (`reasons`).
    """
    return choose_plan(
        session,
        actor=actor,
        request_id=request_id,
        offer_ids=[offer_id],
        reason_code=reason_code,
        reason=reason,
        now=now,
        base_url=base_url,
    )[0]


def choose_plan(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    offer_ids: Sequence[str],
    reason_code: str,
    reason: str,
    now: dt.datetime,
    base_url: str,
    apart_reason: str = "",
) -> list[Choice]:
    """Prefer the offers of one plan together, all or none, and hold the places of each. What was preferred before and
    is not in the plan is let go; what is in it goes on under the hold that it has.

    The law prefers brothers and sisters together (section 22C(8)(c) of the Children Act 1989): where one home could
    take all of them and the plan places them apart, Invalid at `apart_reason` without a reason for that. Invalid or
    Conflict as for one offer.
    """
    actor.require(Permission.SHORTLIST_DECIDE)
    request_for(session, actor=actor, request_id=request_id)
    request = locked_request(session, request_id)
    evaluation = evaluation_of(session, actor=actor, request_id=request_id)
    if request.status is not RequestStatus.PUBLISHED or evaluation is None:
        raise Conflict("There is no open shortlist to choose from.")
    if not recomputes(evaluation):
        raise Conflict("The shortlist no longer computes to what was frozen, so nothing can be decided on it.")
    standings = _standings(evaluation, offer_ids)
    said_apart = None
    if request.places > 1:
        planning = planning_of(session, request, evaluation)
        said_apart = _judge(request, planning, set(offer_ids), apart_reason)
        situation = planning.situation(offer_ids)
    else:
        situation = standings[offer_ids[0]].situation
    rules = rules_on(session, local_date(now))
    why = rules.judge(situation, reason_code, reason)
    if reason_code == JOINT_PROPOSAL and not proposed_offers(session, actor=actor, request_id=request_id).issuperset(
        offer_ids
    ):
        raise Invalid("The newest joint proposal does not give this child this offer", field="reason_code")
    chosen = session.scalars(
        select(Offer)
        .where(Offer.id.in_(standings), Offer.request_id == request_id)
        .order_by(Offer.service_id, Offer.id)
    ).all()
    for offer in chosen:
        must_be_enrolled(session, offer)
        must_not_be_disregarded(session, offer, local_date(now))
    before = session.scalars(
        select(Offer)
        .where(Offer.request_id == request_id, Offer.status == OfferStatus.PREFERRED)
        .order_by(Offer.service_id, Offer.id)
    ).all()
    kept = {offer.id for offer in before if offer in chosen and live_hold(session, offer.id, now)}
    if kept == set(standings) == {offer.id for offer in before}:
        several = len(kept) > 1
        raise Conflict(
            "This plan is already preferred and holds its places."
            if several
            else "This offer is already preferred and holds its places."
        )
    for offer in before:
        if offer.id not in kept:
            _let_go(session, offer, now, base_url)
    made = []
    for offer in chosen:
        if offer.id not in kept:
            _hold(session, request, offer, now, base_url)
        made.append(
            Choice(
                request_id=request_id,
                evaluation_id=evaluation.id,
                offer_id=offer.id,
                rank=standings[offer.id].rank or 0,
                reason=reason.strip(),
                reason_code=why.code,
                reason_policy_id=rules.policy_version_id,
                situation=situation,
                apart_reason=said_apart,
                chosen_by=actor.person_id,
                chosen_at=now,
            )
        )
    session.add_all(made)
    session.flush()
    for choice in made:
        audit.record(
            session,
            now=now,
            who=actor,
            act="offers.offer.prefer",
            subject_kind="request",
            subject_id=request_id,
            offer_id=choice.offer_id,
            choice_id=choice.id,
            rank=choice.rank,
            reason_code=why.code,
            reason_label=why.label,
            reason_policy=rules.version,
            situation=situation.value,
        )
    return made


def _standings(evaluation: Evaluation, offer_ids: Sequence[str]) -> dict[str, Standing]:
    """Where each offer of the plan stands. Invalid where one did not pass, or where there is none."""
    found = {offer_id: standing_of(evaluation, offer_id) for offer_id in offer_ids}
    passed = {offer_id: one for offer_id, one in found.items() if one is not None and one.rank is not None}
    if not passed or len(passed) < len(found):
        raise Invalid("Choose an offer that passed every rule.", field="offer_id")
    return passed


def _judge(request: PlacementRequest, planning: Planning, offer_ids: set[str], apart_reason: str) -> str | None:
    """Whether some offers are a plan for the children that are still to be placed, and why they are placed apart, where
    that has to be said.
    """
    options = [option for option in planning.options if option.offer_id in offer_ids]
    if len(options) < len(offer_ids):
        raise Conflict("An offer of this plan can no longer be chosen. Look at the plans again.")
    wrong = plans.fault(options, planning.children, request.siblings)
    if wrong:
        raise Invalid(wrong, field="offer_id")
    plan = plans.make_plan(options, planning.children)
    if request.siblings is not Siblings.PREFERRED or planning.found.together is None or plan.together:
        return None
    said = apart_reason.strip()
    if not said:
        raise Invalid(
            "One home could take all the children, and the law prefers them together. Say why they are placed apart.",
            field="apart_reason",
        )
    if len(said) > LONGEST_REASON:
        raise Invalid(f"Use {LONGEST_REASON:,} characters or fewer.", field="apart_reason")
    return said


def _hold(session: Session, request: PlacementRequest, offer: Offer, now: dt.datetime, base_url: str) -> None:
    """Make an offer the preferred one for its children, and hold a place for each of them."""
    service = locked_service(session, offer.service_id)
    held = held_places(session, [service.id], now=now, but_not=request.id).get(service.id, 0)
    held += _held_here(session, request.id, service.id, now)
    places = len(positions_of(offer.children_key))
    if service.places_free - held < places:
        raise Conflict("The places of this service are held for others now. Choose another offer, or ask the provider.")
    offer.status = OFFER.require(offer.status, OfferStatus.PREFERRED, "The offer")
    session.flush()
    days = int(policies.in_force(session, HOLDS, local_date(now)).content["days"])
    hold = PlaceHold(
        offer_id=offer.id,
        service_id=service.id,
        places=places,
        held_at=now,
        valid_until=now + dt.timedelta(days=days),
    )
    session.add(hold)
    session.flush()
    jobs.schedule(session, kind="expire_hold", key=hold.id, payload={"hold_id": hold.id}, due_at=hold.valid_until)
    queue(
        session,
        key=f"offer.preferred:{hold.id}",
        address=service.alert_email,
        message=messages.preferred_offer(request.reference, hold.valid_until, opportunity_link(base_url, request.id)),
        now=now,
    )


def _held_here(session: Session, request_id: str, service_id: str, now: dt.datetime) -> int:
    """How many places of a service the other offers of this plan hold already."""
    everybody = held_places(session, [service_id], now=now).get(service_id, 0)
    return everybody - held_places(session, [service_id], now=now, but_not=request_id).get(service_id, 0)


def _let_go(session: Session, offer: Offer, now: dt.datetime, base_url: str) -> None:
    hold = session.scalar(select(PlaceHold).where(PlaceHold.offer_id == offer.id, PlaceHold.released_at.is_(None)))
    if hold is not None and expire_hold(session, hold_id=hold.id, now=now, base_url=base_url):
        return
    if hold is not None:
        release(session, hold, reason="another_preferred", now=now)
        request = session.get_one(PlacementRequest, offer.request_id)
        queue(
            session,
            key=f"hold.released:{hold.id}",
            address=session.get_one(Service, hold.service_id).alert_email,
            message=messages.hold_released(request.reference, opportunity_link(base_url, request.id)),
            now=now,
        )
    offer.status = OFFER.require(offer.status, OfferStatus.SUBMITTED, "The offer")
    session.flush()
