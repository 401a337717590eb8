"""Placements of the borough: the list, one placement's story and money, its location, its start, and confirming what an
emergency began.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.core.geography import authority as authority_of_area
from app.identity.permissions import Permission
from app.offers.models import Offer
from app.panels.authorities import usable_authority
from app.panels.funding import ELEMENT_WORDS
from app.panels.models import Authority
from app.panels.queries import person_names
from app.panels.status import AuthorityKind
from app.placements import location
from app.placements.confirming import confirm
from app.placements.costs import unauthorised
from app.placements.models import LocationApproval, Placement
from app.placements.outcomes import how_it_goes
from app.placements.queries import (
    cost_rows,
    list_placements,
    location_of,
    placement_for,
    placements_of_request,
    siblings_of,
)
from app.placements.starting import start as start_placement
from app.placements.status import APPROVAL, PLACEMENT, ApprovalNeeded, ApprovalStatus, PlacementStatus
from app.requests.models import PlacementRequest
from app.requests.queries import request_for
from app.requests.statute import Statute, far_in_statistics, statute_on
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.placement_story import next_step, why_located
from app.web.fields import Choice, DateField, Hidden, LongText
from app.web.forms import Form
from app.web.outcome_words import OUTCOME_WORDS
from app.web.tables import Column, Listing
from providers.services.models import Service

COLUMNS = (
    Column("reference", "Reference", sort=True),
    Column("service", "Service", sort=True),
    Column("status", "Status", sort=True),
    Column("location", "Location approval"),
    Column("start", "Start", sort=True),
    Column("end", "Approved until", sort=True),
    Column("price", "Price a week", numeric=True, sort=True),
)
COSTS = (
    Column("payer", "Payer"),
    Column("element", "Part"),
    Column("days", "Days"),
    Column("weekly", "A week", numeric=True),
    Column("spent", "To date", numeric=True),
    Column("committed", "Still to come", numeric=True),
)
STATUSES = tuple((status.value, PLACEMENT.words[status]) for status in PlacementStatus)


class Filter(Schema):
    """What the list is narrowed to."""

    status = Choice("Status", choices=STATUSES, kind="select", required=False)


class LocationForm(Schema):
    """Give or refuse the approval of a location."""

    version = Hidden(number=True)
    decision = Choice(
        "Decision",
        choices=(("give", "Give the approval"), ("refuse", "Refuse it", "The placement cannot start")),
        missing="Choose whether to give or refuse the approval",
    )
    reason = LongText(
        "Why?",
        hint="Why this location is, or is not, the most suitable for the child. Use no names",
        missing="Say why this location is, or is not, the most suitable for the child",
        max_length=2000,
        rows=5,
    )


class NotifyForm(Schema):
    """When the authority of the area was told, and consulted."""

    version = Hidden(number=True)
    notified_on = DateField(
        "When was the area's authority notified in writing?",
        called="The day on which the authority was notified",
        required=False,
    )
    consulted_on = DateField(
        "When was it consulted and given the care plan?",
        hint="Needed at a distance only",
        called="The day on which the authority was consulted",
        required=False,
    )


class AgainForm(Schema):
    """What has changed since a refusal."""

    version = Hidden(number=True)
    reason = LongText(
        "What has changed since?", missing="Say what has changed since the refusal", max_length=2000, rows=5
    )


class StartForm(Schema):
    """The day on which the child moved in."""

    version = Hidden(number=True)
    started_on = DateField(
        "On what day did the placement start?",
        hint="For example, 27 3 2027",
        missing="Enter the day on which the placement started",
        called="The day on which the placement started",
    )


class EmergencyStartForm(StartForm):
    """The same in an emergency, where a child may have moved before the location was approved."""

    late_approval_reason = LongText(
        "Why did the child move before the location was approved?",
        hint="Only where that was so. Use no names",
        required=False,
        max_length=1000,
        rows=3,
    )


@bp.get("/placements")
@permission(Permission.PLACEMENT_READ)
def placements() -> ResponseReturnValue:
    """The list of placements."""
    listing = Listing.read(request.args, COLUMNS, default="start", descending=True)
    filters = Form(Filter, filters=True)
    filters.parse(request.args)
    with look() as view:
        rows, total = list_placements(
            view.session,
            actor=view.actor,
            status=PlacementStatus(filters.data["status"]) if filters.data.get("status") else None,
            order=listing.order,
            descending=listing.descending,
            limit=listing.limit,
            offset=listing.offset,
        )
        listing.count(total)
        words = {"words": PLACEMENT.words, "approvals": APPROVAL.words}
        return render_template("borough/placements.html", listing=listing, rows=rows, filters=filters, **words)


@bp.get("/requests/<request_id>/placement")
@permission(Permission.PLACEMENT_READ)
def placement_of_request(request_id: str) -> ResponseReturnValue:
    """The placement that a request led to, or, where there are several or none, a page that says so."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        found = placements_of_request(view.session, actor=view.actor, request_id=request_id)
        position = {child.id: child.position for child in row.children}
        numbers = {one.id: position[one.award.request_child_id] for one in found}
        found = sorted(found, key=lambda one: numbers[one.id])
        page = {
            "numbers": numbers,
            "services": {one.id: view.session.get_one(Service, one.service_id).name for one in found},
        }
    if len(found) == 1 and row.places == 1:
        return redirect(url_for("borough.placement", placement_id=found[0].id))
    return render_template(
        "borough/placement_of_request.html", row=row, placements=found, words=PLACEMENT.words, **page
    )


@bp.get("/placements/<placement_id>")
@permission(Permission.PLACEMENT_READ)
def placement(placement_id: str) -> ResponseReturnValue:
    """One placement: what is next, where it is and why that needs approval, and what it costs whom."""
    with look() as view:
        row = placement_for(view.session, actor=view.actor, placement_id=placement_id)
        approval = location_of(view.session, row.award_id)
        today = local_date(view.now)
        current = view.session.get_one(Authority, row.award.authority_id)
        panel = usable_authority(view.session, actor=view.actor, offer_id=row.award.offer_id, on=today)
        emergency = current.kind is AuthorityKind.EMERGENCY
        waiting = panel if emergency and panel and panel.kind is AuthorityKind.PANEL else None
        return render_template(
            "borough/placement.html",
            row=row,
            next=next_step(row, approval, current, view.actor, today, waiting is not None),
            waiting=waiting,
            emergency=emergency,
            authority=current,
            today=today,
            outcomes=how_it_goes(view.session, row),
            outcome_words=OUTCOME_WORDS,
            **_about(view, row, approval),
            **_money(view, row, today),
        )


def _about(view: Act, row: Placement, approval: LocationApproval) -> dict[str, Any]:
    gss = approval.located_authority_gss
    statute = statute_on(view.session, local_date(view.now))
    offer = view.session.get_one(Offer, row.award.offer_id)
    of_request = view.session.get_one(PlacementRequest, row.award.request_id)
    return {
        "service": view.session.get_one(Service, row.service_id),
        "offer": offer,
        "of_request": of_request,
        "far": _far(statute, offer, of_request),
        "siblings": siblings_of(view.session, actor=view.actor, placements=[row]).get(row.id, ()),
        "approval": approval,
        "area": authority_of_area(gss).name if gss else "Not known",
        "why": why_located(approval),
        "class_words": statute.locations[approval.location_class].words,
        "needed": location.NEEDED_WORDS[approval.needed],
        "approval_words": APPROVAL.words,
        "words": PLACEMENT.words,
        "people": person_names(view.session, {row.award.awarded_by, approval.decided_by or ""}),
    }


def _far(statute: Statute, offer: Offer, of_request: PlacementRequest) -> str:
    """The mark of official statistics, which is not the law's distance (F-38). The home is rounded to 100 metres."""
    if offer.place_easting is None or offer.place_northing is None or of_request.origin_easting is None:
        return "Not known"
    dx = offer.place_easting - of_request.origin_easting
    dy = offer.place_northing - (of_request.origin_northing or 0)
    return "Yes, as official statistics count" if far_in_statistics(statute, dx, dy) else "No"


def _money(view: Act, row: Placement, today: dt.date) -> dict[str, Any]:
    lines = cost_rows(view.session, row, upto=today)
    over = unauthorised(
        row.award.weekly_pence,
        last_authorised=row.award.last_day,
        started_on=row.started_on,
        ended_on=row.ended_on,
        upto=today,
    )
    return {
        "costs": lines,
        "cost_listing": Listing.fixed(COSTS),
        "elements": ELEMENT_WORDS,
        "spent": sum(line.spent_pence for line in lines),
        "committed": sum(line.committed_pence for line in lines),
        "unauthorised": over,
    }


@bp.route("/placements/<placement_id>/location", methods=["GET", "POST"])
@permission(Permission.LOCATION_APPROVE, Permission.LOCATION_APPROVE_DISTANCE)
def placement_location(placement_id: str) -> ResponseReturnValue:
    """The nominated officer or the director gives or refuses the approval of a location."""
    return _of_location(placement_id, LocationForm, _decide, "borough/placement_location.html")


def _decide(doing: Act, approval: LocationApproval, data: dict[str, Any]) -> str:
    give = data["decision"] == "give"
    given: dict[str, Any] = {"reason": data["reason"], "version": data["version"], "now": doing.now}
    location.decide_location(doing.session, actor=doing.actor, approval_id=approval.id, give=give, **given)
    return "Location approved" if give else "Location refused"


@bp.route("/placements/<placement_id>/notification", methods=["GET", "POST"])
@permission(Permission.PLACEMENT_START)
def placement_notification(placement_id: str) -> ResponseReturnValue:
    """Record when the authority of the area was notified and consulted."""
    return _of_location(placement_id, NotifyForm, _notify, "borough/placement_notification.html")


def _notify(doing: Act, approval: LocationApproval, data: dict[str, Any]) -> str:
    location.record_notification(doing.session, actor=doing.actor, approval_id=approval.id, now=doing.now, **data)
    return "Notification recorded"


@bp.route("/placements/<placement_id>/location/again", methods=["GET", "POST"])
@permission(Permission.PLACEMENT_START)
def placement_location_again(placement_id: str) -> ResponseReturnValue:
    """Put a refused location to the approver once more."""
    return _of_location(placement_id, AgainForm, _ask_again, "borough/placement_location_again.html")


def _ask_again(doing: Act, approval: LocationApproval, data: dict[str, Any]) -> str:
    location.ask_again(doing.session, actor=doing.actor, approval_id=approval.id, now=doing.now, **data)
    return "Asked again"


def _of_location(placement_id: str, schema: type[Schema], use_case: Any, template: str) -> ResponseReturnValue:
    with look() as view:
        row = placement_for(view.session, actor=view.actor, placement_id=placement_id)
        approval = location_of(view.session, row.award_id)
        about = _about(view, row, approval)
        may_decide = view.actor.may(
            Permission.LOCATION_APPROVE_DISTANCE
            if approval.needed is ApprovalNeeded.DIRECTOR
            else Permission.LOCATION_APPROVE
        )
    values = {"notified_on": approval.authority_notified_on, "consulted_on": approval.authority_consulted_on}
    form = Form(schema, values=values | {"version": approval.version})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                placement_for(doing.session, actor=doing.actor, placement_id=placement_id)
                said = use_case(doing, approval, form.data)
                return doing.go(url_for("borough.placement", placement_id=placement_id), said)
        except Invalid as error:
            form.refuse(error)
    page = {"row": row, "form": form, "may_decide": may_decide, **about}
    return render_template(template, asked=approval.status is ApprovalStatus.ASKED, **page), form.status


@bp.route("/placements/<placement_id>/start", methods=["GET", "POST"])
@permission(Permission.PLACEMENT_START)
def placement_start(placement_id: str) -> ResponseReturnValue:
    """Record the day on which the child moved in."""
    with look() as view:
        row = placement_for(view.session, actor=view.actor, placement_id=placement_id)
        approval = location_of(view.session, row.award_id)
        emergency = location.began_in_emergency(view.session, row.award)
        suggested = min(max(local_date(view.now), row.award.first_day), row.award.last_day)
        refused = location.may_start(approval, emergency=emergency, started_on=suggested)
    schema = EmergencyStartForm if emergency else StartForm
    form = Form(schema, values={"version": row.version, "started_on": suggested})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                given: dict[str, Any] = {"actor": doing.actor, "placement_id": placement_id, "now": doing.now}
                start_placement(doing.session, **form.data, **given)
                return doing.go(url_for("borough.placement", placement_id=placement_id), "Start recorded")
        except Invalid as error:
            form.refuse(error)
    waiting = row.status is PlacementStatus.AWAITING_START
    page = {"row": row, "form": form, "refused": refused, "waiting": waiting}
    return render_template("borough/placement_start.html", **page), form.status


class ConfirmForm(Schema):
    """Under which authority of a panel a placement goes on."""

    version = Hidden(number=True)
    authority_id = Hidden()


@bp.post("/placements/<placement_id>/confirm")
@permission(Permission.AWARD_MAKE)
def placement_confirm(placement_id: str) -> ResponseReturnValue:
    """Let the panel's authority take the place of the emergency's."""
    with look() as view:
        placement_for(view.session, actor=view.actor, placement_id=placement_id)
    form = Form(ConfirmForm)
    if not form.parse(request.form):
        raise Invalid(form.errors)
    with act() as doing:
        confirm(doing.session, actor=doing.actor, placement_id=placement_id, now=doing.now, **form.data)
        return doing.go(url_for("borough.placement", placement_id=placement_id), "Confirmed under the panel's decision")
