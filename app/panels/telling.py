"""E-mails that a panel's decisions cause."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.identity.models import Person
from app.offers.models import Choice, Offer
from app.offers.status import OfferStatus
from app.panels.decisions import outstanding
from app.panels.events import AuthorityGiven, DecisionRecorded
from app.panels.models import Authority, PanelDecision, PanelSeat, Referral
from app.requests.models import PlacementRequest
from notifications import messages
from notifications.outbox import queue


def ask_for_signatures(session: Session, event: DecisionRecorded, *, base_url: str) -> int:
    """Write to the chair and to whoever sits for a paying payer that a decision waits for their signature. Returns
    to how many.
    """
    decision = session.get_one(PanelDecision, event.decision_id)
    lacking = outstanding(session, decision)
    if not lacking:
        return 0
    referral = session.get_one(Referral, decision.referral_id)
    today = local_date(event.now)
    payers = [payer.id for payer in lacking if payer is not None]
    signers = session.scalars(
        select(Person)
        .join(PanelSeat, PanelSeat.person_id == Person.id)
        .where(
            PanelSeat.panel_id == referral.panel_id,
            or_(PanelSeat.is_chair, PanelSeat.payer_id.in_(payers)),
            PanelSeat.first_day <= today,
            or_(PanelSeat.last_day.is_(None), PanelSeat.last_day >= today),
            Person.left_at.is_(None),
        )
        .distinct()
        .order_by(Person.id)
    ).all()
    message = messages.panel_signature_needed(referral.reference, f"{base_url}/panel/decisions/{decision.id}")
    for person in signers:
        queue(
            session,
            key=f"decision.sign:{decision.id}:{person.id}",
            address=person.email,
            message=message,
            now=event.now,
        )
    return len(signers)


def tell_authority(session: Session, event: AuthorityGiven, *, base_url: str) -> int:
    """Write to whoever wrote the referral, or, in an emergency, preferred the offer, that an award can be made. Returns
    to how many.
    """
    authority = session.get_one(Authority, event.authority_id)
    offer = session.get_one(Offer, authority.offer_id)
    request = session.get_one(PlacementRequest, offer.request_id)
    if authority.decision_id is not None:
        writer_id = session.get_one(PanelDecision, authority.decision_id).referral.created_by
    else:
        writer_id = session.scalars(
            select(Choice.chosen_by)
            .where(Choice.offer_id == offer.id)
            .order_by(Choice.chosen_at.desc(), Choice.id)
            .limit(1)
        ).one()
    writer = session.get_one(Person, writer_id)
    if writer.left_at is not None:
        return 0
    which = f"?offer={offer.id}" if request.places > 1 else ""
    page = "placement" if offer.status is OfferStatus.WON else f"award{which}"
    queue(
        session,
        key=f"authority.given:{authority.id}",
        address=writer.email,
        message=messages.authority_given(request.reference, f"{base_url}/borough/requests/{request.id}/{page}"),
        now=event.now,
    )
    return 1
