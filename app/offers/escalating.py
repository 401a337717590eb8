"""When the offers of a request are opened and there is none that can be taken: a manager decides, by a time.

It is opened again more widely, or closed as an unmet need; until then it stands on the desk and among the tasks.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local_date
from app.identity.models import Membership, Person
from app.identity.status import Role
from app.offers.events import ShortlistFrozen
from app.offers.models import Evaluation
from app.requests.changes import keep_change
from app.requests.events import RequestWidened
from app.requests.models import PlacementRequest
from app.requests.route import route_on
from app.requests.status import ChangeKind, Urgency
from app.requests.unmet import escalation_key
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task
from notifications import messages
from notifications.outbox import queue

BASIS = "House rule: a child is not left without an answer when nobody offers (policy on the route to the market)"


def escalate(session: Session, event: ShortlistFrozen, *, base_url: str) -> bool:
    """The reaction to opened offers: where none of them can be taken, a task with a due time for the managers and an
    e-mail to them and to whoever wrote the request. Returns whether it was so.
    """
    evaluation = session.get_one(Evaluation, event.evaluation_id)
    candidates = evaluation.record["result"]["requests"][0]["candidates"]
    if any(candidate["eligible"] for candidate in candidates):
        return False
    request = session.get_one(PlacementRequest, event.request_id)
    route = route_on(session, local_date(event.now))
    due_at = route.decide_by(request.urgency or Urgency.PLANNED, event.now)
    request.escalated_at = event.now
    keep_change(session, request, ChangeKind.ESCALATED, now=event.now, offers=event.offers, due_at=due_at.isoformat())
    add_task(
        session,
        organisation_id=request.organisation_id,
        key=escalation_key(request.id),
        kind=TaskKind.ROUTE,
        title=f"Nobody can take the child of {request.reference}: search wider, or close it as an unmet need",
        basis=BASIS,
        subject_kind="request_route",
        subject_id=request.id,
        due_on=local_date(due_at),
        due_at=due_at,
        now=event.now,
    )
    link = f"{base_url}/borough/requests/{request.id}"
    message = messages.nobody_offered(request.reference, due_at, link)
    for address in _managers_and_writer(session, request):
        queue(session, key=f"request.nobody:{request.id}:{address}", address=address, message=message, now=event.now)
    return True


def tell_widened(session: Session, event: RequestWidened, *, base_url: str) -> int:
    """Write to the managers that a request searches more widely than it was approved for. Returns to how many."""
    request = session.get_one(PlacementRequest, event.request_id)
    follower = session.get_one(PlacementRequest, event.follower_id)
    link = f"{base_url}/borough/requests/{follower.id}"
    message = messages.request_widened(follower.reference, request.reference, link)
    managers = _managers(session, request)
    for manager in managers:
        key = f"request.widened:{follower.id}:{manager.id}"
        queue(session, key=key, address=manager.email, message=message, now=event.now)
    return len(managers)


def _managers_and_writer(session: Session, request: PlacementRequest) -> list[str]:
    people = [*_managers(session, request), session.get_one(Person, request.created_by)]
    return list(dict.fromkeys(one.email for one in people))


def _managers(session: Session, request: PlacementRequest) -> list[Person]:
    return list(
        session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id == request.organisation_id,
                Membership.role == Role.TEAM_MANAGER,
                Membership.ended_at.is_(None),
                Person.left_at.is_(None),
            )
            .order_by(Person.id)
        )
    )
