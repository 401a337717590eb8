"""Submitting a request, and a second person's approval. No single person can do everything."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from app.children.ages import age_weeks
from app.children.models import Child
from app.children.needs import history, measure_needs
from app.children.records import reveal
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Invalid, NotAllowed
from app.core.events import publish
from app.core.geography import locate
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.requests.answers import judge, scores_of
from app.requests.drafting import answers
from app.requests.events import RequestReturned, RequestSubmitted
from app.requests.findings import must_point_at_nobody
from app.requests.form import form
from app.requests.models import PlacementRequest
from app.requests.moves import for_change, last_move, move, required_reason
from app.requests.status import REQUEST, RequestStatus, Urgency

TWO_PEOPLE = (
    "You submitted this request, so somebody else must approve it. No single person can take a request to the market."
)


def submit(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, version: int, now: dt.datetime
) -> PlacementRequest:
    """Send a draft to a manager. The whole form is judged: Invalid maps each field with a gap to its message (F-22,
    F-23). Writes the typed columns, the child's age on the planned first day and a needs measure of today.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    REQUEST.require(request.status, RequestStatus.SUBMITTED, f"Request {request.reference}")
    judged = judge(form(request.form_version), answers(session, vault=vault, request=request), local_date(now))
    if judged.errors:
        raise Invalid(judged.errors)
    _write_columns(session, vault, request, judged.values)
    _measure(session, actor, request, now)
    request.submitted_at = now
    move(session, request, RequestStatus.SUBMITTED, now=now, actor=actor)
    publish(session, RequestSubmitted(request.id, now))
    return request


def _write_columns(session: Session, vault: Vault, request: PlacementRequest, values: dict[str, Any]) -> None:
    child = session.get_one(Child, request.children[0].child_id)
    identity = reveal(vault=vault, child=child)
    needed_from: dt.date = values["needed_from"]
    if needed_from < identity.date_of_birth:
        raise Invalid("The placement cannot be needed before the child is born.", field="needed_from")
    home = locate(identity.home_postcode)
    request.urgency = Urgency(values["urgency"])
    request.needed_from = needed_from
    request.expected_weeks = values["expected_weeks"]
    request.age_weeks = age_weeks(identity.date_of_birth, needed_from)
    request.sex = child.sex
    request.needs = scores_of(values)
    request.looked_after = values["looked_after"] == "yes"
    request.max_miles = values["max_miles"]
    request.places = len(request.children)
    named = request.children[0]
    named.age_weeks, named.sex, named.needs = request.age_weeks, request.sex, request.needs
    borough = session.get_one(Organisation, request.organisation_id)
    request.home_authority_gss = home.authority_gss if home else borough.gss_code


def _measure(session: Session, actor: Actor, request: PlacementRequest, now: dt.datetime) -> None:
    """Keep the needs as a measure of the child, unless the latest one is of today and says the same."""
    child_id, today, scores = request.children[0].child_id, local_date(now), request.needs or []
    before = history(session, actor=actor, child_id=child_id)
    if not before or before[-1].measured_on != today or before[-1].scores != scores:
        measure_needs(session, actor=actor, child_id=child_id, scores=scores, measured_on=today, now=now)


def approve(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, version: int, now: dt.datetime
) -> PlacementRequest:
    """A manager agrees that the request may go to the market as it reads now. NotAllowed for whoever submitted it;
    Conflict while its text still points at the child.
    """
    actor.require(Permission.REQUEST_APPROVE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    submitted = last_move(session, request.id, RequestStatus.SUBMITTED)
    if submitted is not None and submitted.person_id == actor.person_id:
        raise NotAllowed(TWO_PEOPLE)
    REQUEST.require(request.status, RequestStatus.APPROVED, f"Request {request.reference}")
    must_point_at_nobody(
        session,
        vault=vault,
        request=request,
        otherwise="Say of each why it identifies nobody, or send the request back.",
    )
    request.approved_at = now
    move(session, request, RequestStatus.APPROVED, now=now, actor=actor)
    return request


def send_back(
    session: Session, *, actor: Actor, request_id: str, reason: str, version: int, now: dt.datetime
) -> PlacementRequest:
    """Return a submitted or approved request to its writer as a draft, saying what must change."""
    actor.require(Permission.REQUEST_APPROVE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    said = required_reason(reason, "Say what must change before it can be approved.")
    request.submitted_at = request.approved_at = None
    move(session, request, RequestStatus.DRAFT, now=now, actor=actor, reason=said)
    publish(session, RequestReturned(request.id, now))
    return request
