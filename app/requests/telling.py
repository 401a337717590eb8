"""E-mails about a request inside its borough: to managers when one waits, to its writer when it comes back.

They are reactions: `app/wiring.py` gives them the public address. No message says anything about the child.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.core.crypto import Vault
from app.identity.models import Person
from app.identity.service_keys import reader_of_mail
from app.requests.approval import known_of, submitters
from app.requests.covering import Manager, managers_of, standing_in_for
from app.requests.events import ApprovalTelephoned, CoverNamed, RequestReturned, RequestSubmitted
from app.requests.known import ask_in, surroundings
from app.requests.limits import approval_rules, roles_for
from app.requests.models import ApprovalCover, PlacementRequest, RequestApproval
from notifications import messages
from notifications.outbox import queue


def tell_managers(session: Session, event: RequestSubmitted, *, base_url: str, vault: Vault | None = None) -> int:
    """Write to each manager of the lowest role whose limit reaches the request, and to whoever stands in for one of
    them today; never to the one who submitted it. Without the vault, what the form states is left out of account.
    Returns to how many.
    """
    request = session.get_one(PlacementRequest, event.request_id)
    managers = whom_to_tell(session, request, vault=vault, now=event.now)
    message = messages.request_awaiting_approval(
        request.reference, f"{base_url}/borough/requests/{request.id}/decision"
    )
    for manager in managers:
        key = f"request.submitted:{request.id}:{event.now.isoformat()}:{manager.id}"
        queue(session, key=key, address=manager.email, message=message, now=event.now)
    return len(managers)


def whom_to_tell(
    session: Session, request: PlacementRequest, *, vault: Vault | None, now: dt.datetime
) -> list[Manager]:
    """The managers whom a request waits for, by name."""
    today = local_date(now)
    rules = approval_rules(session, today)
    typed, home = known_of(session, vault=vault, request=request) if vault else (None, None)
    ask = ask_in(surroundings(session, request.organisation_id, today), request, answers=typed, home=home)
    writers = submitters(session, request)
    everybody = {one.id: one for one in managers_of(session, request.organisation_id, rules)}
    for role in roles_for(rules, ask):
        those = {one.id for one in everybody.values() if role in one.roles and one.id not in writers}
        those |= set(standing_in_for(session, request.organisation_id, those, today).values()) - writers
        if those:
            return [one for one in everybody.values() if one.id in those]
    return []


def tell_writer(session: Session, event: RequestReturned, *, base_url: str) -> None:
    """Write to whoever started the request that it came back; for a key of a case system, to whoever made it."""
    request = session.get_one(PlacementRequest, event.request_id)
    writer = reader_of_mail(session, session.get_one(Person, request.created_by))
    message = messages.request_returned(request.reference, f"{base_url}/borough/requests/{request.id}")
    key = f"request.returned:{request.id}:{event.now.isoformat()}"
    queue(session, key=key, address=writer.email, message=message, now=event.now)


def tell_telephoned(session: Session, event: ApprovalTelephoned, *, base_url: str) -> None:
    """Write to the manager who is said to have approved by telephone: confirm it, or say that it was not so."""
    kept = session.get_one(RequestApproval, event.approval_id)
    request = session.get_one(PlacementRequest, kept.request_id)
    manager = session.get_one(Person, kept.given_by)
    message = messages.approval_to_confirm(
        request.reference, kept.confirm_by or local_date(event.now), f"{base_url}/borough/approvals/{kept.id}"
    )
    queue(session, key=f"approval.telephone:{kept.id}", address=manager.email, message=message, now=event.now)


def tell_covering(session: Session, event: CoverNamed, *, base_url: str) -> None:
    """Write to whoever was named to approve in another's place."""
    cover = session.get_one(ApprovalCover, event.cover_id)
    away, covering = session.get_one(Person, cover.covered_id), session.get_one(Person, cover.covering_id)
    message = messages.cover_named(away.name, cover.first_day, cover.last_day, f"{base_url}/borough/cover")
    queue(session, key=f"cover.named:{cover.id}", address=covering.email, message=message, now=event.now)
