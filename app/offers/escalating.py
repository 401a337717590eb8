"""When the offers of a request are opened and there is none that can be taken: a manager decides, by a time.

It is opened again more widely, or closed as an unmet need; until then it stands on the desk and among the tasks.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.identity.models import Person
from app.identity.service_keys import reader_of_mail
from app.offers.children import all_positions, children_words, key_of, positions_of
from app.offers.events import ShortlistFrozen
from app.offers.models import Evaluation
from app.offers.sets import key_in, results_in
from app.requests.changes import keep_change
from app.requests.covering import Manager, managers_of
from app.requests.events import RequestWidened
from app.requests.limits import approval_rules
from app.requests.models import PlacementRequest
from app.requests.route import route_on
from app.requests.status import ChangeKind, Urgency
from app.requests.telling import whom_to_tell
from app.requests.unmet import escalation_key
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task
from notifications import messages
from notifications.outbox import queue

BASIS = "House rule: a child is not left without an answer when nobody offers (policy on the route to the market)"


def escalate(session: Session, event: ShortlistFrozen, *, base_url: str) -> bool:
    """The reaction to opened offers: where none of them can be taken for some child, a task with a due time for the
    managers and an e-mail to them and to whoever wrote the request. Returns whether it was so.
    """
    evaluation = session.get_one(Evaluation, event.evaluation_id)
    request = session.get_one(PlacementRequest, event.request_id)
    left = nobody_can_take(request, evaluation)
    if not left:
        return False
    route = route_on(session, local_date(event.now))
    due_at = route.decide_by(request.urgency or Urgency.PLANNED, event.now)
    request.escalated_at = event.now
    keep_change(session, request, ChangeKind.ESCALATED, now=event.now, offers=event.offers, due_at=due_at.isoformat())
    add_task(
        session,
        organisation_id=request.organisation_id,
        key=escalation_key(request.id),
        kind=TaskKind.ROUTE,
        title=f"Nobody can take {_whom(request, left)}: search wider, or close it as an unmet need",
        basis=BASIS,
        subject_kind="request_route",
        subject_id=request.id,
        due_on=local_date(due_at),
        due_at=due_at,
        now=event.now,
    )
    link = f"{base_url}/borough/requests/{request.id}"
    message = messages.nobody_offered(request.reference, due_at, link)
    for address in _managers_and_writer(session, request, event.now):
        queue(session, key=f"request.nobody:{request.id}:{address}", address=address, message=message, now=event.now)
    return True


def tell_widened(session: Session, event: RequestWidened, *, base_url: str) -> int:
    """Write to the managers that a request searches more widely than it was approved for. Returns to how many."""
    request = session.get_one(PlacementRequest, event.request_id)
    follower = session.get_one(PlacementRequest, event.follower_id)
    link = f"{base_url}/borough/requests/{follower.id}"
    message = messages.request_widened(follower.reference, request.reference, link)
    managers = _managers(session, request, event.now)
    for manager in managers:
        key = f"request.widened:{follower.id}:{manager.id}"
        queue(session, key=key, address=manager.email, message=message, now=event.now)
    return len(managers)


def nobody_can_take(request: PlacementRequest, evaluation: Evaluation) -> tuple[int, ...]:
    """The children of a request, by position, who are in no offer that passed every gate, whichever set it is for."""
    whole = all_positions(request)
    taken: set[int] = set()
    for result in results_in(evaluation.record):
        if any(candidate["eligible"] for candidate in result["candidates"]):
            key = key_in(result["request"])
            taken |= set(positions_of(key) if key else whole)
    return tuple(position for position in whole if position not in taken)


def _whom(request: PlacementRequest, left: tuple[int, ...]) -> str:
    if request.places == 1:
        return f"the child of {request.reference}"
    return f"{children_words(key_of(left), request.places)} of {request.reference}"


def _managers_and_writer(session: Session, request: PlacementRequest, now: dt.datetime) -> list[str]:
    writer = reader_of_mail(session, session.get_one(Person, request.created_by))
    return list(dict.fromkeys([*(one.email for one in _managers(session, request, now)), writer.email]))


def _managers(session: Session, request: PlacementRequest, now: dt.datetime) -> list[Manager]:
    """Those whom the request waited for when it was submitted, in whichever role the borough has them; where nobody
    else of them is left, everybody of the borough who approves.
    """
    asked = whom_to_tell(session, request, vault=None, now=now)
    return asked or managers_of(session, request.organisation_id, approval_rules(session, local_date(now)))
