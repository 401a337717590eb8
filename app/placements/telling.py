"""E-mails that an award causes in the borough."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.models import Membership, Person
from app.identity.status import Role
from app.placements.events import Awarded
from app.placements.models import Award, LocationApproval
from app.placements.status import ApprovalNeeded, ApprovalStatus
from notifications import messages
from notifications.outbox import queue

WHO = {
    ApprovalNeeded.NOMINATED_OFFICER: (Role.NOMINATED_OFFICER, Role.DIRECTOR),
    ApprovalNeeded.DIRECTOR: (Role.DIRECTOR,),
}


def ask_for_location_approval(session: Session, event: Awarded, *, base_url: str) -> int:
    """Write to whoever may approve the location of a new placement, where it needs that. Returns to how many."""
    award = session.get_one(Award, event.award_id)
    approval = session.scalars(select(LocationApproval).where(LocationApproval.award_id == award.id)).one()
    if approval.status is not ApprovalStatus.ASKED:
        return 0
    approvers = session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == award.organisation_id,
            Membership.role.in_(WHO[approval.needed]),
            Membership.ended_at.is_(None),
            Person.left_at.is_(None),
        )
        .distinct()
        .order_by(Person.id)
    ).all()
    message = messages.location_approval_needed(
        award.reference, f"{base_url}/borough/placements/{event.placement_id}", award.first_day
    )
    for person in approvers:
        queue(
            session,
            key=f"location.ask:{award.id}:{person.id}",
            address=person.email,
            message=message,
            now=event.now,
        )
    return len(approvers)
