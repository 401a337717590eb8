"""E-mails about a request inside its borough: to managers when one waits, to its writer when it comes back.

They are reactions: `app/wiring.py` gives them the public address. No message says anything about the child.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.models import Membership, Person
from app.identity.service_keys import reader_of_mail
from app.identity.status import Role
from app.requests.events import RequestReturned, RequestSubmitted
from app.requests.models import PlacementRequest
from app.requests.moves import last_move
from app.requests.status import RequestStatus
from notifications import messages
from notifications.outbox import queue


def tell_managers(session: Session, event: RequestSubmitted, *, base_url: str) -> int:
    """Write to each team manager of the borough but the one who submitted it. Returns to how many."""
    request = session.get_one(PlacementRequest, event.request_id)
    submitted = last_move(session, request.id, RequestStatus.SUBMITTED)
    managers = session.scalars(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == request.organisation_id,
            Membership.role == Role.TEAM_MANAGER,
            Membership.ended_at.is_(None),
            Person.left_at.is_(None),
            Person.id != (submitted.person_id if submitted else None),
        )
        .order_by(Person.id)
    ).all()
    message = messages.request_awaiting_approval(
        request.reference, f"{base_url}/borough/requests/{request.id}/decision"
    )
    for manager in managers:
        key = f"request.submitted:{request.id}:{event.now.isoformat()}:{manager.id}"
        queue(session, key=key, address=manager.email, message=message, now=event.now)
    return len(managers)


def tell_writer(session: Session, event: RequestReturned, *, base_url: str) -> None:
    """Write to whoever started the request that it came back; for a key of a case system, to whoever made it."""
    request = session.get_one(PlacementRequest, event.request_id)
    writer = reader_of_mail(session, session.get_one(Person, request.created_by))
    message = messages.request_returned(request.reference, f"{base_url}/borough/requests/{request.id}")
    key = f"request.returned:{request.id}:{event.now.isoformat()}"
    queue(session, key=key, address=writer.email, message=message, now=event.now)
