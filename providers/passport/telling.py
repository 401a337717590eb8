"""The e-mail to a company whose service is suspended, reinstated or removed: what, on which lot, on what basis and why.

A reaction to the three events: `app/wiring.py` gives it the public address.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.models import Organisation, Person
from notifications import messages
from notifications.outbox import queue
from providers.market.models import Lot
from providers.passport import links
from providers.passport.events import EnrolmentReinstated, EnrolmentRemoved, EnrolmentSuspended
from providers.passport.models import Claim, EnrolmentMove


def tell_company(
    session: Session, event: EnrolmentSuspended | EnrolmentReinstated | EnrolmentRemoved, *, base_url: str
) -> None:
    """Write to the company's own address, or where it gave none to whoever claimed the registration."""
    move = session.scalars(
        select(EnrolmentMove)
        .where(EnrolmentMove.enrolment_id == event.enrolment_id)
        .order_by(EnrolmentMove.number.desc())
        .limit(1)
    ).one()
    claim = session.get_one(Claim, event.claim_id)
    message = messages.enrolment_moved(
        move.to_status.value,
        event.urn,
        session.get_one(Lot, event.lot_id).name,
        move.basis or "",
        [move.reason],
        links.service(base_url, claim.id),
    )
    queue(
        session,
        key=f"enrolment.{move.to_status.value}:{event.enrolment_id}:{move.number}",
        address=address_of(session, claim),
        message=message,
        now=event.at,
    )


def address_of(session: Session, claim: Claim) -> str:
    """Where what concerns a claimed registration is written to: the company's own address, or where it gave none that
    of whoever claimed it.
    """
    company = session.get_one(Organisation, claim.organisation_id)
    return company.alert_email or session.get_one(Person, claim.made_by).email
