"""Submitting a request, and a second person's approval within their limit. No single person can do everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.children.models import Child
from app.children.records import reveal
from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, NotAllowed
from app.core.events import publish
from app.core.geography import Place, locate
from app.identity.permissions import Actor, Permission
from app.identity.service_keys import people_behind
from app.identity.status import ROLE_WORDS, Role
from app.requests.comments import clean_comments, keep_comments
from app.requests.covering import Capacity, capacities
from app.requests.drafting import answers, answers_key
from app.requests.events import RequestReturned
from app.requests.findings import must_point_at_nobody
from app.requests.form import Raw
from app.requests.known import ask_in, surroundings
from app.requests.limits import (
    ApprovalRules,
    Ask,
    Limit,
    approval_rules,
    beyond,
    beyond_in_general,
    beyond_kind,
    roles_for,
    rules_by_id,
)
from app.requests.models import PlacementRequest, RequestApproval, RequestMove
from app.requests.moves import for_change, last_move, move, required_reason
from app.requests.status import REQUEST, ApprovalHow, RequestStatus
from providers.market.status import ServiceType

TWO_PEOPLE = (
    "You submitted this request, so somebody else must approve it. No single person can take a request to the market."
)
OWN_KEY = (
    "A key that you made submitted this request, so somebody else must approve it. No single person can take a request "
    "to the market."
)


@dataclass(frozen=True)
class Standing:
    """Where somebody stands to a request that waits for approval: in which role they may approve it, or why they may
    not, and who could.
    """

    rules: ApprovalRules
    ask: Ask
    capacity: Capacity | None
    why_not: tuple[str, ...]
    own: bool
    who_could: tuple[Role, ...]

    @property
    def limit(self) -> Limit | None:
        """The limit that applies to the one who approves."""
        return self.rules.limit(self.capacity.role) if self.capacity else None


def standing(session: Session, *, actor: Actor, vault: Vault, request: PlacementRequest, now: dt.datetime) -> Standing:
    """Whether the actor may approve a request, within whose limit, and why not. The caller has checked that they may
    read it.
    """
    return standing_of(session, person_id=actor.person_id, vault=vault, request=request, now=now)


def standing_of(
    session: Session, *, person_id: str, vault: Vault, request: PlacementRequest, now: dt.datetime
) -> Standing:
    """The same of anybody: of a manager who said yes by telephone."""
    today = local_date(now)
    rules = approval_rules(session, today)
    typed, home = known_of(session, vault=vault, request=request)
    ask = ask_in(surroundings(session, request.organisation_id, today), request, answers=typed, home=home)
    held = capacities(session, person_id, request.organisation_id, rules, today)
    writers = submitters(session, request)
    could = tuple(roles_for(rules, ask))
    if person_id in writers:
        return Standing(rules, ask, None, (_own(session, request, person_id),), True, could)
    fitting = [one for one in held if one.role in could and one.in_place_of not in writers]
    if fitting:
        return Standing(rules, ask, fitting[0], (), False, could)
    return Standing(rules, ask, None, tuple(_why_not(rules, ask, held, writers)), False, could)


def submitters(session: Session, request: PlacementRequest) -> frozenset[str]:
    """Who submitted a request, none of whom may approve it: where a key did, whoever made the key too."""
    submitted = last_move(session, request.id, RequestStatus.SUBMITTED)
    if submitted is None or submitted.person_id is None:
        return frozenset()
    return people_behind(session, [submitted.person_id])[submitted.person_id]


def _own(session: Session, request: PlacementRequest, person_id: str) -> str:
    """Why one of the submitters may not approve."""
    submitted = last_move(session, request.id, RequestStatus.SUBMITTED)
    return TWO_PEOPLE if submitted is not None and submitted.person_id == person_id else OWN_KEY


def known_of(session: Session, *, vault: Vault, request: PlacementRequest) -> tuple[dict[str, Raw], Place | None]:
    """What the form says and where the child's home is, for the rules: not for showing."""
    child = session.get_one(Child, request.children[0].child_id)
    return answers(session, vault=vault, request=request), locate(reveal(vault=vault, child=child).home_postcode)


def _why_not(rules: ApprovalRules, ask: Ask, held: Sequence[Capacity], writers: Collection[str]) -> Iterator[str]:
    """One sentence for the highest role of their own in which somebody approves, and for each whom they cover."""
    if not held:
        yield "You approve requests in no role of your own today, and stand in for nobody who does."
    highest = {one.in_place_of: one for one in reversed(held)}
    for one in (one for one in held if one is highest[one.in_place_of]):
        limit = rules.limit(one.role)
        place = f" in the place of {one.name}" if one.name else ""
        role = f"{ROLE_WORDS[one.role][:1].lower()}{ROLE_WORDS[one.role][1:]}"
        if limit is None:
            continue
        over = beyond(limit, ask)
        if over:
            yield f"It is beyond your limit as {role}{place}: {'; '.join(over)}."
        elif one.in_place_of in writers:
            yield f"{one.name} submitted this request, so nobody approves it in their place."


def require_within(found: Standing) -> Capacity:
    """The role in which the request is approved. NotAllowed says why there is none, and who could."""
    if found.capacity is None:
        raise NotAllowed(" ".join(found.why_not) + ("" if found.own else f" {who_could(found)}"))
    return found.capacity


def who_could(found: Standing) -> str:
    """Whose limit reaches the request, as a sentence."""
    if not found.who_could:
        return "Nobody's limit reaches it. Change the request, or ask for a new approval policy."
    several = [
        f"a {ROLE_WORDS[role].lower()}" if role is not Role.HEAD_OF_SERVICE else f"the {ROLE_WORDS[role]}"
        for role in found.who_could
    ]
    words = several[0] if len(several) == 1 else f"{', '.join(several[:-1])} or {several[-1]}"
    return f"{words[:1].upper()}{words[1:]} may approve it."


def approve(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, version: int, now: dt.datetime
) -> PlacementRequest:
    """A manager agrees, within their limit or that of somebody for whom they stand in, that the request may go to the
    market as it reads now. NotAllowed for whoever submitted it (by a key too), in the place of whoever did, and beyond
    the limit; Conflict while its text still points at the child.
    """
    actor.require(Permission.REQUEST_APPROVE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    if actor.person_id in submitters(session, request):
        raise NotAllowed(_own(session, request, actor.person_id))
    REQUEST.require(request.status, RequestStatus.APPROVED, f"Request {request.reference}")
    found = standing(session, actor=actor, vault=vault, request=request, now=now)
    capacity = require_within(found)
    must_point_at_nobody(
        session,
        vault=vault,
        request=request,
        otherwise="Say of each why it identifies nobody, or send the request back.",
    )
    request.approved_at = now
    reason = f"In the place of {capacity.name}" if capacity.name else None
    move(session, request, RequestStatus.APPROVED, now=now, actor=actor, reason=reason)
    keep_approval(session, request, found.rules, capacity, given_by=actor.person_id, actor=actor, given_at=now, now=now)
    return request


def keep_approval(
    session: Session,
    request: PlacementRequest,
    rules: ApprovalRules,
    capacity: Capacity,
    *,
    given_by: str,
    actor: Actor,
    given_at: dt.datetime,
    now: dt.datetime,
    confirm_by: dt.date | None = None,
) -> RequestApproval:
    """Keep whose approval the last move was, within which limit and in whose place."""
    made = last_move(session, request.id, RequestStatus.APPROVED)
    if made is None:
        raise Conflict(f"Request {request.reference} has not been approved.")
    kept = RequestApproval(
        request_id=request.id,
        move_position=made.position,
        how=ApprovalHow.PAGE if confirm_by is None else ApprovalHow.TELEPHONE,
        given_by=given_by,
        in_place_of=capacity.in_place_of,
        role=capacity.role,
        policy_version_id=rules.policy_version_id,
        given_at=given_at,
        recorded_by=actor.person_id,
        recorded_at=now,
        confirm_by=confirm_by,
    )
    session.add(kept)
    session.flush()
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.approval.give",
        subject_kind="request",
        subject_id=request.id,
        how=kept.how.value,
        given_by=given_by,
        in_place_of=capacity.in_place_of,
        role=capacity.role.value,
        policy_version_id=rules.policy_version_id,
    )
    return kept


def approval_of(session: Session, request_id: str) -> RequestApproval | None:
    """The approval that stands: the latest. None for a request that was approved before approvals were kept."""
    made = last_move(session, request_id, RequestStatus.APPROVED)
    return (
        session.scalar(
            select(RequestApproval).where(
                RequestApproval.request_id == request_id, RequestApproval.move_position == made.position
            )
        )
        if made
        else None
    )


def lot_not_covered(
    session: Session, request: PlacementRequest, service_type: ServiceType, today: dt.date
) -> str | None:
    """Why the approval of a request does not reach a lot, in words; None where it does. The limit is that of the role
    in which it was approved, as it stood then; the benchmark is today's.
    """
    kept, limit = _kept_within(session, request)
    if kept is None or limit is None:
        return None
    ask = ask_in(surroundings(session, request.organisation_id, today), request, also=[service_type])
    over = beyond_kind(limit, ask, service_type)
    return _not_covered(kept, "this lot", over) if over else None


def reach_not_covered(
    session: Session, *, vault: Vault, before: PlacementRequest, wider: PlacementRequest, today: dt.date
) -> str | None:
    """Why an approval that was carried over does not reach as far as the request now would; None where it does. Only
    what is wider than before counts: the rest was approved.
    """
    kept, limit = _kept_within(session, wider)
    if kept is None or limit is None:
        return None
    around = surroundings(session, wider.organisation_id, today)
    _, home = known_of(session, vault=vault, request=wider)
    stood = beyond_in_general(limit, ask_in(around, before, home=home))
    over = [one for one in beyond_in_general(limit, ask_in(around, wider, home=home)) if one not in stood]
    return _not_covered(kept, "the new limit of miles", over) if over else None


def _kept_within(session: Session, request: PlacementRequest) -> tuple[RequestApproval | None, Limit | None]:
    """The approval that stands and the limit within which it was given, as that stood then."""
    kept = approval_of(session, request.id)
    return kept, rules_by_id(session, kept.policy_version_id).limit(kept.role) if kept else None


def _not_covered(kept: RequestApproval, what: str, over: Sequence[str]) -> str:
    return (
        f"The request was approved within the limit of a {ROLE_WORDS[kept.role].lower()}, which {what} is beyond: "
        f"{'; '.join(over)}. Somebody with a higher limit must approve it first."
    )


def send_back(
    session: Session,
    *,
    actor: Actor,
    request_id: str,
    reason: str,
    version: int,
    now: dt.datetime,
    comments: Mapping[str, str] | None = None,
    vault: Vault | None = None,
) -> PlacementRequest:
    """Return a submitted or approved request to its writer as a draft, saying what must change: in general, for the
    story of the request, or of sections, sealed, for its writer. One of the two is needed. `vault` goes with comments.
    """
    actor.require(Permission.REQUEST_APPROVE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    said = clean_comments(request, comments or {})
    if said and vault is None:
        raise ValueError("comments are sealed: give the vault")
    if said and not reason.strip():
        count = "1 section" if len(said) == 1 else f"{len(said)} sections"
        reason = f"Comments on {count}"
    why = required_reason(reason, "Say what must change before it can be approved.")
    request.submitted_at = request.approved_at = None
    move(session, request, RequestStatus.DRAFT, now=now, actor=actor, reason=why)
    if said and vault is not None:
        key = answers_key(session, vault, request)
        keep_comments(session, request, said, key=key, by=actor.person_id, now=now)
    publish(session, RequestReturned(request.id, now))
    return request


def within_reach(session: Session, *, actor: Actor, requests: Iterable[PlacementRequest], now: dt.datetime) -> set[str]:
    """Which of some submitted requests the actor may approve, by what their typed columns say: for a list. The page of
    each decides exactly.
    """
    listed = list(requests)
    if not listed:
        return set()
    today = local_date(now)
    rules = approval_rules(session, today)
    held = capacities(session, actor.person_id, actor.organisation_id, rules, today)
    around = surroundings(session, actor.organisation_id, today)
    moves = session.execute(
        select(RequestMove.request_id, RequestMove.person_id)
        .where(
            RequestMove.request_id.in_([one.id for one in listed]),
            RequestMove.to_status == RequestStatus.SUBMITTED,
        )
        .order_by(RequestMove.position)
    )
    last: dict[str, str | None] = dict(moves.all())
    behind = people_behind(session, {one for one in last.values() if one is not None})
    found = set()
    for request in listed:
        writers = behind.get(last.get(request.id) or "", frozenset())
        reach = roles_for(rules, ask_in(around, request)) if actor.person_id not in writers else []
        if any(one.role in reach and one.in_place_of not in writers for one in held):
            found.add(request.id)
    return found
