"""A request that nobody could take is opened again more widely: a follow-on that carries everything over in one act."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.files import Store
from app.core.references import new_reference
from app.identity.permissions import Actor
from app.requests.approval import reach_not_covered
from app.requests.carrying import carry_answers, copy_of
from app.requests.models import PlacementRequest
from app.requests.moves import keep_move, last_move
from app.requests.papers.carrying import carry_attachments
from app.requests.publication import is_closed
from app.requests.status import RequestStatus
from app.requests.telephone import carry_approval

CARRIED = (
    "organisation_id",
    "form_version",
    "urgency",
    "needed_from",
    "expected_weeks",
    "age_weeks",
    "sex",
    "needs",
    "looked_after",
    "max_miles",
    "places",
    "home_authority_gss",
    "siblings",
    "exclude_authorities",
    "adaptations",
    "language_required",
    "solo",
    "submitted_at",
    "approved_at",
)
"""What was written at submission and approved: it goes over as it is."""


def must_be_over(request: PlacementRequest, now: dt.datetime) -> None:
    """Conflict unless a request is published and its deadline has passed."""
    if request.status is not RequestStatus.PUBLISHED or not is_closed(request, now):
        raise Conflict("Only a request whose deadline has passed can be opened again more widely.")


def follow_on(
    session: Session,
    *,
    actor: Actor,
    vault: Vault,
    store: Store,
    request: PlacementRequest,
    max_miles: int | None,
    now: dt.datetime,
) -> PlacementRequest:
    """The follower of a locked request, approved like it: children, answers, files, what people said of the text, the
    evidence of duties and the approval with its limit are carried over. `max_miles` is its limit; None for none.

    Invalid at `max_miles` where that would be narrower, or beyond what the approval covers.
    """
    if request.max_miles is None and max_miles is not None:
        raise Invalid("The request has no limit of miles, so this would be narrower.", field="max_miles")
    if request.max_miles is not None and max_miles is not None and max_miles < request.max_miles:
        raise Invalid(f"The limit is {request.max_miles} miles now. Enter more, to search wider.", field="max_miles")
    follower = PlacementRequest(
        reference=new_reference(request.reference.partition("-")[0]),
        status=RequestStatus.APPROVED,
        created_by=actor.person_id,
        created_at=now,
        changed_at=now,
        follows_id=request.id,
        **{name: getattr(request, name) for name in CARRIED},
    )
    follower.max_miles = max_miles
    session.add(follower)
    session.flush()
    session.add_all(copy_of(one, request_id=follower.id) for one in request.children)
    session.flush()
    session.refresh(follower, ["children"])
    miles = {"max_miles": "" if max_miles is None else str(max_miles)} if max_miles != request.max_miles else {}
    carry_answers(session, vault=vault, source=request, target=follower, replaced=miles, actor=actor, now=now)
    carry_attachments(session, vault=vault, store=store, source=request, target=follower, now=now)
    keep_move(
        session,
        follower.id,
        RequestStatus.DRAFT,
        now=now,
        person_id=actor.person_id,
        reason=f"Follows {request.reference}, for which nobody could be found.",
    )
    for status in (RequestStatus.SUBMITTED, RequestStatus.APPROVED):
        before = last_move(session, request.id, status)
        person_id = before.person_id if before else None
        reason = f"Carried over from {request.reference}."
        keep_move(session, follower.id, status, now=now, person_id=person_id, reason=reason)
    carry_approval(session, actor=actor, source=request, target=follower, now=now)
    beyond = reach_not_covered(session, vault=vault, before=request, wider=follower, today=local_date(now))
    if beyond:
        raise Invalid(beyond, field="max_miles")
    audit.record(
        session,
        now=now,
        who=actor,
        act="requests.request.follow",
        subject_kind="request",
        subject_id=follower.id,
        reference=follower.reference,
        follows=request.id,
    )
    return follower
