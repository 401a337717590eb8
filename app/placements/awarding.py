"""Awarding an offer: impossible without an authority that covers it. The domain checks time; the database checks
the rest (F-52).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotAllowed
from app.core.events import publish
from app.core.references import new_reference
from app.core.workdays import date_words
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.offers.children import children_in
from app.offers.models import Offer
from app.offers.queries import live_hold
from app.offers.settling import settle
from app.offers.standing import must_be_enrolled, must_not_be_disregarded
from app.offers.status import OfferStatus
from app.panels.approvals import lock_request
from app.panels.authorities import authority_for, emergency_task, had_a_part_in, shares_of_authority
from app.panels.models import Authority
from app.panels.referrals import weekly_price
from app.panels.status import AuthorityKind, AuthorityStatus
from app.placements import location
from app.placements.events import Awarded
from app.placements.models import Award, CostLine, Placement
from app.placements.status import AwardStatus
from app.requests.models import PlacementRequest, RequestChild
from app.requests.publication import mark_awarded
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from app.tasks.tasks import settle_task


def award(
    session: Session, *, actor: Actor, request_id: str, authority_id: str, now: dt.datetime, base_url: str
) -> list[Award]:
    """Award the preferred offer under an authority: one award and one placement for each child whom it is for. The
    request is awarded with the award that leaves no child of it without one.

    Nobody who had a part in the authority makes the award. Asks for the approval that the location needs, writes
    each payer's cost lines, tells the winner and the others. Conflict where the authority does not reach, where the
    service is suspended by now (F-14), where a child has an award already, or where another process was first.
    """
    actor.require(Permission.AWARD_MAKE)
    request = request_for(session, actor=actor, request_id=request_id)
    lock_request(session, request.id)  # the later of two awards waits here and then sees what the first one did
    if request.status is RequestStatus.AWARDED:
        raise Conflict("This request has been awarded already.")
    authority = authority_for(session, actor=actor, authority_id=authority_id)
    offer = session.get_one(Offer, authority.offer_id)
    if offer.request_id != request.id:
        raise Invalid("That authority is for another request.")
    require_in_force(authority, local_date(now))
    if actor.person_id in had_a_part_in(session, authority):
        raise NotAllowed("You had a part in giving this authority, so somebody else makes the award.")
    if offer.status is not OfferStatus.PREFERRED or live_hold(session, offer.id, now) is None:
        raise Conflict("The offer no longer holds its places. Prefer an offer again.")
    if offer.weekly_pence is None or request.lot_id is None:
        raise Conflict("The offer has not been opened.")
    must_be_enrolled(session, offer)
    must_not_be_disregarded(session, offer, local_date(now))
    covered = children_in(request, offer.children_key)
    if with_an_award(session, request.id) | {child.id for child in covered} >= {child.id for child in request.children}:
        mark_awarded(session, request_id=request.id, person_id=actor.person_id, now=now)
    awards = [_one(session, actor, request, child, offer, authority, now) for child in covered]
    settle(session, request_id=request.id, won_offer_id=offer.id, now=now, base_url=base_url)
    if authority.kind is AuthorityKind.PANEL:
        _answer_emergencies(session, actor, authority, now)
    return awards


def with_an_award(session: Session, request_id: str) -> set[str]:
    """The children of a request, by the id of their row there, who have an award that stands."""
    awards = select(Award.request_child_id).where(Award.request_id == request_id, Award.status != AwardStatus.VOID)
    return set(session.scalars(awards))


def _answer_emergencies(session: Session, actor: Actor, authority: Authority, now: dt.datetime) -> None:
    """The panel has decided what an emergency authority of the offer asked of it, though nobody used that one."""
    asked = session.scalars(
        select(Authority.id)
        .where(Authority.offer_id == authority.offer_id, Authority.kind == AuthorityKind.EMERGENCY)
        .order_by(Authority.recorded_at, Authority.id)
    )
    for emergency_id in asked:
        settle_task(session, actor=actor, key=emergency_task(emergency_id), evidence=authority.reason, now=now)


def require_in_force(authority: Authority, today: dt.date) -> None:
    """Conflict where an authority has been taken back, has lapsed or has ended."""
    if authority.status is not AuthorityStatus.LIVE:
        raise Conflict("That authority has been taken back.")
    if authority.lapses_on is not None and today > authority.lapses_on:
        raise Conflict(f"That emergency authority lapsed on {date_words(authority.lapses_on)}, the day of the panel.")
    if today > authority.last_day:
        raise Conflict(f"That authority ended on {date_words(authority.last_day)}.")


def _one(
    session: Session,
    actor: Actor,
    request: PlacementRequest,
    child: RequestChild,
    offer: Offer,
    authority: Authority,
    now: dt.datetime,
) -> Award:
    awarded = Award(
        reference=new_reference("AW"),
        organisation_id=actor.organisation_id,
        request_id=request.id,
        request_child_id=child.id,
        offer_id=offer.id,
        authority_id=authority.id,
        weekly_pence=weekly_price(offer),
        first_day=authority.first_day,
        last_day=authority.last_day,
        awarded_by=actor.person_id,
        awarded_at=now,
    )
    session.add(awarded)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(
            "The award was refused: the child has one already, or the authority does not cover it."
        ) from error
    placement = Placement(
        reference=new_reference("PL"),
        organisation_id=actor.organisation_id,
        award_id=awarded.id,
        child_id=child.child_id,
        service_id=offer.service_id,
        provider_id=offer.organisation_id,
        lot_id=request.lot_id or "",
        planned_start=awarded.first_day,
        planned_end=awarded.last_day,
        review_on=authority.review_on,
        created_at=now,
    )
    session.add(placement)
    session.flush()
    for share in shares_of_authority(session, authority.id):
        session.add(
            CostLine(
                placement_id=placement.id,
                payer_id=share.payer_id,
                authority_id=authority.id,
                element=share.element,
                weekly_pence=share.weekly_pence,
                first_day=awarded.first_day,
                last_day=awarded.last_day,
            )
        )
    session.flush()
    location.ask(
        session,
        actor=actor,
        award=awarded,
        placement_id=placement.id,
        placing_gss=session.scalar(select(Organisation.gss_code).where(Organisation.id == actor.organisation_id)),
        located_gss=offer.place_authority_gss,
        now=now,
    )
    audit.record(
        session,
        now=now,
        who=actor,
        act="placements.award.make",
        subject_kind="request",
        subject_id=request.id,
        award_id=awarded.id,
        offer_id=offer.id,
        authority_id=authority.id,
        authority_kind=AuthorityKind(authority.kind).value,
        weekly_pence=awarded.weekly_pence,
    )
    publish(session, Awarded(awarded.id, placement.id, now))
    return awarded
