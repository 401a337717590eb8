"""Submitting a request: the whole form is judged, and what matching needs of it becomes columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.children.ages import age_weeks
from app.children.models import Child
from app.children.needs import history, measure_needs
from app.children.records import reveal
from app.core.clock import local_date
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.events import publish
from app.core.geography import locate
from app.identity.models import Organisation
from app.identity.permissions import Actor, Permission
from app.requests.answers import Gap, judge_each, scores_of
from app.requests.drafting import answers_each, plan_for
from app.requests.events import RequestSubmitted
from app.requests.form import form
from app.requests.models import PlacementRequest
from app.requests.moves import for_change, move
from app.requests.status import REQUEST, RequestStatus, Siblings, Urgency

Values = Mapping[str, Any]


def submit(
    session: Session, *, actor: Actor, vault: Vault, request_id: str, version: int, now: dt.datetime
) -> PlacementRequest:
    """Send a draft to a manager. The whole form is judged for every child: Invalid maps each gap, by its `key`, to its
    message (F-22, F-23). Writes the typed columns, each child's age on the planned first day, and a needs measure of
    today for each.
    """
    actor.require(Permission.REQUEST_WRITE)
    request = for_change(session, actor=actor, request_id=request_id, version=version)
    REQUEST.require(request.status, RequestStatus.SUBMITTED, f"Request {request.reference}")
    each, gaps = judged(session, vault=vault, request=request, today=local_date(now))
    if gaps:
        raise Invalid({one.key: one.message for one in gaps})
    _write_columns(session, vault, request, each)
    _measure(session, actor, request, now)
    request.submitted_at = now
    move(session, request, RequestStatus.SUBMITTED, now=now, actor=actor)
    publish(session, RequestSubmitted(request.id, now))
    return request


def judged(
    session: Session, *, vault: Vault, request: PlacementRequest, today: dt.date
) -> tuple[list[dict[str, Any]], list[Gap]]:
    """What the form says of each child, and every gap in it. The caller has checked that the person may know."""
    each = answers_each(session, vault=vault, request=request)
    return judge_each(form(request.form_version), each, today)


def _write_columns(session: Session, vault: Vault, request: PlacementRequest, each: Sequence[Values]) -> None:
    """The request's own columns are the first child's, or what all children have in common."""
    shared = each[0]
    _write_children(session, vault, request, each)
    first = request.children[0]
    request.age_weeks, request.sex, request.needs = first.age_weeks, first.sex, first.needs
    request.urgency = Urgency(shared["urgency"])
    request.needed_from = shared["needed_from"]
    request.expected_weeks = shared["expected_weeks"]
    request.looked_after = any(values["looked_after"] == "yes" for values in each)
    request.max_miles = shared["max_miles"]
    request.places = len(request.children)
    request.siblings = plan_for(request.places, Siblings(request.siblings))
    request.exclude_authorities = list(shared.get("exclude_authorities") or ()) or None
    needed = {code for values in each for code in values.get("adaptations") or ()}
    request.adaptations = sorted(needed) or None
    request.language_required = shared.get("language_required")
    request.solo = shared.get("solo") == "yes"
    home = locate(reveal(vault=vault, child=session.get_one(Child, first.child_id)).home_postcode)
    borough = session.get_one(Organisation, request.organisation_id)
    request.home_authority_gss = home.authority_gss if home else borough.gss_code


def _write_children(session: Session, vault: Vault, request: PlacementRequest, each: Sequence[Values]) -> None:
    """Each child's sex, needs and age to the week on the planned first day (F-24)."""
    for named, values in zip(request.children, each, strict=True):
        child = session.get_one(Child, named.child_id)
        born, needed_from = reveal(vault=vault, child=child).date_of_birth, values["needed_from"]
        if needed_from < born:
            raise Invalid("The placement cannot be needed before the child is born.", field="needed_from")
        named.age_weeks, named.sex, named.needs = age_weeks(born, needed_from), child.sex, scores_of(values)


def _measure(session: Session, actor: Actor, request: PlacementRequest, now: dt.datetime) -> None:
    """Keep each child's needs as a measure of the child, unless the latest one is of today and says the same."""
    today = local_date(now)
    for named in request.children:
        scores = named.needs or []
        before = history(session, actor=actor, child_id=named.child_id)
        if not before or before[-1].measured_on != today or before[-1].scores != scores:
            measure_needs(session, actor=actor, child_id=named.child_id, scores=scores, measured_on=today, now=now)
