"""An approval that a manager gave by telephone, where minutes count: a colleague writes down who said yes and when, and
the manager confirms it by the next working day, or says that it was not so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from app.core.events import publish
from app.core.workdays import add_working_days, deadline_words
from app.identity.models import Person
from app.identity.permissions import Actor, Permission
from app.requests.approval import approval_of, keep_approval, require_within, standing_of, submitters
from app.requests.carrying import copy_of
from app.requests.covering import Manager, managers_of
from app.requests.events import ApprovalTelephoned, RequestReturned
from app.requests.findings import must_point_at_nobody
from app.requests.limits import URGENCY_WORDS, ApprovalRules, approval_rules
from app.requests.models import PlacementRequest, RequestApproval
from app.requests.moves import for_change, last_move, move, required_reason
from app.requests.status import REQUEST, ApprovalHow, RequestStatus
from app.tasks.models import TaskKind
from app.tasks.tasks import add_task, settle_task


@dataclass(frozen=True, slots=True)
class Telephoned:
    """An approval by telephone with its request and the names of its people."""

    approval: RequestApproval
    request: PlacementRequest
    manager: str
    recorder: str


def why_no_telephone(
    rules: ApprovalRules, request: PlacementRequest, *, person_id: str, writers: Collection[str]
) -> str | None:
    """Why somebody may not write down an approval by telephone of a request, or None where they may."""
    phone = rules.telephone
    if not phone.allowed:
        return "Your approval policy takes no approvals by telephone."
    if request.urgency not in phone.urgencies:
        words = " or ".join(URGENCY_WORDS[one] for one in sorted(phone.urgencies))
        return f"Approval by telephone is for {words} requests only."
    if person_id in writers and not phone.submitter_may_record:
        return "You submitted this request, so a colleague writes down that a manager approved it by telephone."
    return None


def may_telephone(session: Session, *, actor: Actor, request: PlacementRequest, now: dt.datetime) -> bool:
    """Whether the actor may write down an approval by telephone of a request now."""
    if request.status is not RequestStatus.SUBMITTED or not actor.may(Permission.REQUEST_WRITE):
        return False
    rules = approval_rules(session, local_date(now))
    return why_no_telephone(rules, request, person_id=actor.person_id, writers=submitters(session, request)) is None


def who_telephones(session: Session, *, actor: Actor, now: dt.datetime) -> list[Manager]:
    """The borough's managers but the actor: what each may approve is decided when one is named."""
    rules = approval_rules(session, local_date(now))
    return [one for one in managers_of(session, actor.organisation_id, rules) if one.id != actor.person_id]


def record_telephoned(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    request_id: str,
    manager_id: str,
    given_at: dt.datetime,
    version: int,
    now: dt.datetime,
) -> RequestApproval:
    """Write down that a manager approved a submitted request by telephone at a time. The manager must be one who could
    have approved it on its page. Leaves the manager a task to confirm it by the next working day, and tells them.

    Invalid blames `manager_id` or `given_at`; NotAllowed and Conflict as when a manager approves.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    rules = approval_rules(session, local_date(now))
    refused = why_no_telephone(rules, request, person_id=actor.person_id, writers=submitters(session, request))
    if refused:
        raise NotAllowed(refused)
    REQUEST.require(request.status, RequestStatus.APPROVED, f"Request {request.reference}")
    manager = next((one for one in who_telephones(session, actor=actor, now=now) if one.id == manager_id), None)
    if manager is None:
        raise Invalid("Choose the manager who approved it by telephone.", field="manager_id")
    if given_at > now:
        raise Invalid("The time of the call must not be in the future.", field="given_at")
    if request.submitted_at is not None and given_at < request.submitted_at.replace(second=0, microsecond=0):
        raise Invalid(
            "The call must be after the request was submitted: a manager approves what it says.", field="given_at"
        )
    found = standing_of(session, person_id=manager.id, vault=vault, request=request, now=now)
    if found.capacity is None:
        why = " ".join(one.replace("You submitted", f"{manager.name} submitted") for one in found.why_not)
        why = why.replace("that you made", "that they made")
        raise Invalid(
            f"{manager.name} may not approve this request. {why.replace('your limit', 'their limit')}",
            field="manager_id",
        )
    capacity = require_within(found)
    must_point_at_nobody(session, vault=vault, request=request, otherwise="Say of each why it identifies nobody first.")
    request.approved_at = now
    place = f", in the place of {capacity.name}" if capacity.name else ""
    reason = f"By telephone by {manager.name}{place}, {deadline_words(given_at, now)}"
    move(session, request, RequestStatus.APPROVED, now=now, actor=actor, reason=reason)
    confirm_by = add_working_days(local_date(now), rules.telephone.confirm_within_working_days)
    kept = keep_approval(
        session,
        request,
        found.rules,
        capacity,
        given_by=manager.id,
        actor=actor,
        given_at=given_at,
        now=now,
        confirm_by=confirm_by,
    )
    _ask_to_confirm(session, request, kept, confirm_by, now)
    publish(session, ApprovalTelephoned(kept.id, now))
    return kept


def _ask_to_confirm(
    session: Session, request: PlacementRequest, kept: RequestApproval, confirm_by: dt.date, now: dt.datetime
) -> None:
    """Leave the manager a task to say whether they gave an approval by telephone."""
    manager = session.get_one(Person, kept.given_by)
    add_task(
        session,
        organisation_id=request.organisation_id,
        key=_task(kept),
        kind=TaskKind.APPROVAL,
        title=f"{manager.name}: confirm the approval of {request.reference} by telephone",
        basis="The borough's approval policy",
        subject_kind="request_approval",
        subject_id=kept.id,
        due_on=confirm_by,
        now=now,
    )


def carry_approval(
    session: Session, *, actor: Actor, source: PlacementRequest, target: PlacementRequest, now: dt.datetime
) -> RequestApproval | None:
    """The approval that stands of one request as that of its follow-on, whose last move to approved it is: by whom, in
    whose place and within which limit stay. One by telephone that waits to be confirmed is confirmed of the follow-on.
    Conflict where the manager said that they did not give it. None where none was kept.
    """
    kept, made = approval_of(session, source.id), last_move(session, target.id, RequestStatus.APPROVED)
    if kept is None or made is None:
        return None
    if kept.denied_at is not None:
        raise Conflict(
            f"The manager said that they did not approve {source.reference} by telephone, so it is not opened again. "
            "Close it, and have a new request approved."
        )
    carried = copy_of(kept, request_id=target.id, move_position=made.position)
    session.add(carried)
    session.flush()
    if carried.confirm_by is not None and carried.confirmed_at is None:
        settle_task(session, actor=actor, key=_task(kept), evidence=f"Carried over to {target.reference}", now=now)
        _ask_to_confirm(session, target, carried, carried.confirm_by, now)
    return carried


def answer_telephoned(
    session: Session, *, actor: Actor, approval_id: str, confirm: bool, reason: str, version: int, now: dt.datetime
) -> RequestApproval:
    """The manager confirms that they gave an approval by telephone, or says, with a reason, that they did not. Denied,
    a request that is not on the market yet becomes a draft again; one that is leaves a task to decide on it at once.
    """
    actor.require(Permission.REQUEST_APPROVE)
    kept = _own(session, actor, approval_id)
    request = for_change(session, actor=actor, request_id=kept.request_id, version=None)
    session.refresh(kept, with_for_update=True)
    if kept.given_by != actor.person_id:
        raise NotAllowed("Only the manager who is said to have approved it can say whether they did.")
    if kept.confirmed_at is not None or kept.denied_at is not None:
        raise Conflict("You have answered this already.")
    if kept.version != version:
        raise Stale("This approval changed while you were looking at it. Look at it again.")
    if confirm:
        kept.confirmed_at = now
        said = "Confirmed by the manager."
    else:
        said = required_reason(reason, "Say what happened instead.")
        kept.denied_at, kept.denial_reason = now, said
    session.flush()
    settle_task(session, actor=actor, key=_task(kept), evidence=said if confirm else f"Denied: {said}", now=now)
    audit.record(
        session,
        now=now,
        who=actor,
        act=f"requests.approval.{'confirm' if confirm else 'deny'}",
        subject_kind="request",
        subject_id=request.id,
        approval_id=kept.id,
    )
    latest = last_move(session, request.id, RequestStatus.APPROVED)
    if not confirm and latest is not None and latest.position == kept.move_position:
        _undo(session, actor, request, kept, said, now)
    return kept


def _undo(
    session: Session, actor: Actor, request: PlacementRequest, kept: RequestApproval, said: str, now: dt.datetime
) -> None:
    """What follows from an approval that nobody gave."""
    if request.status is RequestStatus.APPROVED:
        request.submitted_at = request.approved_at = None
        why = f"The approval by telephone was denied: {said}"[:2000]
        move(session, request, RequestStatus.DRAFT, now=now, actor=actor, reason=why)
        publish(session, RequestReturned(request.id, now))
    elif request.status in (RequestStatus.PUBLISHED, RequestStatus.AWARDED):
        add_task(
            session,
            organisation_id=request.organisation_id,
            key=f"approval-denied:{kept.id}",
            kind=TaskKind.APPROVAL,
            title=f"Decide on {request.reference}: it went to the market on an approval that was denied",
            basis="The borough's approval policy",
            subject_kind="published_request",
            subject_id=request.id,
            due_on=local_date(now),
            now=now,
        )


def telephoned_of(session: Session, request_id: str) -> RequestApproval | None:
    """The approval that stands of a request within reach, where it was given by telephone."""
    kept = approval_of(session, request_id)
    return kept if kept is not None and kept.how is ApprovalHow.TELEPHONE else None


def telephoned(session: Session, *, actor: Actor, approval_id: str) -> Telephoned:
    """An approval by telephone of the actor's own borough, or NotFound."""
    kept = _own(session, actor, approval_id)
    return Telephoned(
        kept,
        session.get_one(PlacementRequest, kept.request_id),
        session.get_one(Person, kept.given_by).name,
        session.get_one(Person, kept.recorded_by).name,
    )


def _own(session: Session, actor: Actor, approval_id: str) -> RequestApproval:
    kept = session.scalar(
        select(RequestApproval)
        .join(PlacementRequest, PlacementRequest.id == RequestApproval.request_id)
        .where(
            RequestApproval.id == approval_id,
            RequestApproval.how == ApprovalHow.TELEPHONE,
            PlacementRequest.organisation_id == actor.organisation_id,
        )
    )
    if kept is None:
        raise NotFound("approval")
    return kept


def _task(kept: RequestApproval) -> str:
    return f"approval-telephone:{kept.id}"
