"""Taking an approved request to the market: the terms are frozen, the lot's services are told, the opening is due.

Closed for offers is never stored: it follows from the deadline. What people decide afterwards is.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.records import reveal
from app.core import audit, jobs
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid, NotFound, WrongMove
from app.core.events import publish as tell
from app.core.geography import locate
from app.identity.permissions import Actor, Permission
from app.requests.approval import lot_not_covered
from app.requests.changes import OPEN_OFFERS
from app.requests.deadlines import check_deadline
from app.requests.events import RequestPublished, RequestWithdrawn
from app.requests.findings import must_point_at_nobody
from app.requests.in_house import must_have_been_first
from app.requests.models import PlacementRequest
from app.requests.moves import for_change, move, required_reason
from app.requests.prices.benchmark import choose_benchmark, freeze_expectation
from app.requests.route import route_on
from app.requests.rules import evaluation_on
from app.requests.status import REQUEST, RequestStatus, Urgency
from app.requests.statute import not_lawful_for
from providers.market.clocks import mode_rules
from providers.market.models import Lot
from providers.market.queries import lots_of_borough
from providers.market.status import ServiceType

GRID = 100


def publish(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    lot_id: str,
    offers_close_at: dt.datetime,
    version: int,
    now: dt.datetime,
    plan: str = "",
    in_house_reason: str = "",
) -> PlacementRequest:
    """Publish an approved request to a lot in which the borough takes part today, in the waves of a plan of the route's
    policy (all at once, if none is named).

    Invalid blames `lot_id`, `plan`, `in_house_reason` where the borough's own services come first and no reason is
    given, or `offers_close_at`: a deadline lies ahead and leaves at least the mode's days (F-34: ten under regulation
    34). Conflict while the text still points at the child. Freezes weights, policy versions, benchmark, what the tariff
    expects and origin (rounded to 100 metres), publishes RequestPublished, and has the offers opened at the deadline.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    _require_from(request, RequestStatus.APPROVED)
    today = local_date(now)
    lot = _lot(session, request, lot_id, today)
    check_deadline(session, request, lot, offers_close_at, now)
    request.wave_plan = _plan(session, request, lot, plan, offers_close_at, now)
    must_have_been_first(session, request, actor, reason=in_house_reason, now=now)
    must_point_at_nobody(
        session, vault=vault, request=request, otherwise="A manager sends it back first, so that it can be changed."
    )
    _freeze(session, vault, request, lot, now)
    request.offers_close_at = offers_close_at
    request.published_at = now
    move(session, request, RequestStatus.PUBLISHED, now=now, actor=actor)
    jobs.schedule(session, kind=OPEN_OFFERS, key=request.id, payload={"request_id": request.id}, due_at=offers_close_at)
    tell(session, RequestPublished(request.id, now))
    return request


def _lot(session: Session, request: PlacementRequest, lot_id: str, today: dt.date) -> Lot:
    lot = next((one for one in lots_of_borough(session, request.organisation_id, today) if one.id == lot_id), None)
    if lot is None:
        raise Invalid("Choose a lot that is open and in which your council takes part.", field="lot_id")
    if lot.service_type is ServiceType.SUPPORT_PACKAGE:
        raise Invalid(
            "Support packages have no places to rank, so they are not bought by sealed offers. Choose another lot.",
            field="lot_id",
        )
    refused = not_lawful_for(session, request, lot.service_type, request.needed_from or today)
    if refused:
        raise Invalid(f"{refused} Choose another lot.", field="lot_id")
    beyond = lot_not_covered(session, request, lot.service_type, today)
    if beyond:
        raise Invalid(beyond, field="lot_id")
    return lot


def _plan(
    session: Session, request: PlacementRequest, lot: Lot, plan: str, closes_at: dt.datetime, now: dt.datetime
) -> str:
    """The code of the plan of waves. Where the mode invites everybody there are none: all are told at once."""
    today = local_date(now)
    route = route_on(session, today)
    chosen = route.plan(plan, lot.service_type)
    if not chosen.waits:
        return chosen.code
    if mode_rules(session, lot.system.mode, today).invite_everyone:
        raise Invalid(
            "This lot's rules invite every enrolled provider at the same time, so it knows no waves.", field="plan"
        )
    last = route.opens(chosen, request.urgency or Urgency.PLANNED, len(chosen.tiers), now)
    if last >= closes_at:
        raise Invalid(
            "The last wave would open after the deadline. Choose a later deadline, or tell everybody at once.",
            field="plan",
        )
    return chosen.code


def _freeze(session: Session, vault: Vault, request: PlacementRequest, lot: Lot, now: dt.datetime) -> None:
    """What offers are judged by. The benchmark is for the first child's age and needs, and stands for each child of a
    group: an offer's price is a price for each of its children, and one request has one benchmark, so that offers for
    different children of it can be compared. Distances count from the first child's home likewise.
    """
    rules = evaluation_on(session, lot.service_type, local_date(now))
    choice = choose_benchmark(
        session,
        service_type=lot.service_type,
        age_weeks=request.age_weeks or 0,
        needs=request.needs or [],
        starts_on=request.needed_from,
        now=now,
    )
    benchmark = choice.benchmark
    origin = origin_of(session, vault, request)
    if origin is None:
        raise Conflict("The child's home postcode is not on the map. Correct it in the child's record, then publish.")
    request.lot_id = lot.id
    request.weights = dict(rules.weights)
    request.evaluation_policy_id = rules.policy_version_id
    request.benchmark_pence = benchmark.weekly_pence if benchmark else None
    request.benchmark_policy_id = benchmark.policy_version_id if benchmark else None
    request.benchmark_source = benchmark.source if benchmark else None
    request.origin_easting, request.origin_northing = origin
    freeze_expectation(session, request, choice, now)


def origin_of(session: Session, vault: Vault, request: PlacementRequest) -> tuple[int, int] | None:
    """Where distances of a request count from: the (first) child's home to 100 metres, as frozen or as it would be.
    None where its postcode is not on the map.
    """
    if request.origin_easting is not None and request.origin_northing is not None:
        return request.origin_easting, request.origin_northing
    home = locate(reveal(vault=vault, child=session.get_one(Child, request.children[0].child_id)).home_postcode)
    return (rounded(home.easting), rounded(home.northing)) if home else None


def rounded(metres: int) -> int:
    """A grid coordinate to the nearest 100 metres, halves up, so that it is nobody's front door."""
    return (metres + GRID // 2) // GRID * GRID


def withdraw(
    session: Session, *, actor: Actor, request_id: str, reason: str, version: int, now: dt.datetime
) -> PlacementRequest:
    """The placement is no longer wanted. Ends a request at any stage before the award."""
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    said = required_reason(reason, "Say why the request is withdrawn.")
    was_public = request.status is RequestStatus.PUBLISHED
    move(session, request, RequestStatus.WITHDRAWN, now=now, actor=actor, reason=said)
    if was_public:
        tell(session, RequestWithdrawn(request.id, now))
    return request


def mark_awarded(session: Session, *, request_id: str, person_id: str, now: dt.datetime) -> PlacementRequest:
    """The placement was awarded (by the placements room, in the same transaction)."""
    request = _locked(session, request_id)
    move(session, request, RequestStatus.AWARDED, now=now, person_id=person_id)
    return request


def reopen(session: Session, *, request_id: str, person_id: str, reason: str, now: dt.datetime) -> PlacementRequest:
    """The award was made void: the request is published again, on the same terms and past the same deadline."""
    request = _locked(session, request_id)
    _require_from(request, RequestStatus.AWARDED)
    said = required_reason(reason, "Say why the award is void.")
    move(session, request, RequestStatus.PUBLISHED, now=now, person_id=person_id, reason=said)
    audit.record(
        session, now=now, who=None, act="requests.request.reopen", subject_kind="request", subject_id=request.id
    )
    return request


def _require_from(request: PlacementRequest, before: RequestStatus) -> None:
    """Two roads lead to published, from approved and back from awarded; each act knows only its own."""
    if request.status is not before:
        raise WrongMove(
            f"Request {request.reference} is {REQUEST.words[request.status].lower()}, "
            f"so it cannot become {REQUEST.words[RequestStatus.PUBLISHED].lower()}.",
            now=request.status.value,
            then=RequestStatus.PUBLISHED.value,
        )


def _locked(session: Session, request_id: str) -> PlacementRequest:
    request = session.get(PlacementRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None:
        raise NotFound("request")
    return request


def is_closed(request: PlacementRequest, now: dt.datetime) -> bool:
    """Whether the deadline for offers has passed. A request that was never published is not closed."""
    return request.offers_close_at is not None and request.offers_close_at <= now


def has_closed(session: Session, request_id: str, now: dt.datetime) -> bool:
    """Whether the deadline of a request has passed by now, wherever it was moved to."""
    return is_closed(session.get_one(PlacementRequest, request_id), now)


def public_state(request: PlacementRequest, now: dt.datetime) -> str:
    """What providers are told of a request's state. Raises NotFound for one that was never published."""
    if request.published_at is None:
        raise NotFound("request")
    if request.status is RequestStatus.PUBLISHED:
        return "Closed for offers" if is_closed(request, now) else "Open for offers"
    return {
        RequestStatus.AWARDED: "Awarded",
        RequestStatus.UNPLACED: "Closed without a placement",
        RequestStatus.WITHDRAWN: "Withdrawn",
    }[request.status]
