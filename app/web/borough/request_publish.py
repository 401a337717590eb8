"""Publishing a request: the terms of each lot, who would be told and who not and why, and agreements to less time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import LONDON, local_date
from app.core.errors import Invalid, NotFound
from app.core.workdays import clock_words, deadline_words
from app.identity.permissions import Permission
from app.offers.candidates import Candidate, Candidates, candidates_of
from app.offers.including import include, leave_out, preview
from app.reporting.exports import csv_of
from app.requests import deadlines, findings, publication
from app.requests.drafting import answers
from app.requests.in_house import InHouse, asked_in_house, state_of
from app.requests.models import PlacementRequest
from app.requests.prices.benchmark import choose_benchmark
from app.requests.redaction import FINDING_WORDS
from app.requests.route import ALL_AT_ONCE, route_on
from app.requests.rules import evaluation_on
from app.requests.status import RequestStatus, Urgency
from app.web.access import may, permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.funnel_actions import told_actions
from app.web.borough.request_form import open_request
from app.web.explaining.funnels import funnel_view
from app.web.fields import Choice, DateField, Hidden, LongText, Text
from app.web.forms import Form
from app.web.tables import Column, Listing
from providers.market.models import Lot
from providers.market.queries import lots_of_borough
from providers.market.status import ServiceType

TIMES = tuple(
    (f"{half // 2:02}:{half % 2 * 30:02}", clock_words(dt.time(half // 2, half % 2 * 30))) for half in range(1, 48)
)
TERMS = (
    Column("lot", "Lot"),
    Column("told", "Services told", numeric=True),
    Column("weights", "Price, quality, needs, practical"),
    Column("benchmark", "Benchmark a week", numeric=True),
    Column("earliest", "Earliest deadline"),
)
SERVICES = (
    Column("provider", "Provider", sort=True),
    Column("service", "Service", sort=True),
    Column("told", "Told", sort=True),
    Column("miles", "Distance", sort=True, numeric=True),
    Column("needs", "Needs met", sort=True, numeric=True),
    Column("why", "Why", sort=False),
)
HEADINGS = (
    "Provider",
    "Service",
    "URN",
    "Told",
    "Wave",
    "Miles",
    "Needs met (%)",
    "Why not, or what stands against it",
)


class PublishForm(Schema):
    """To which lot, in which order, and until when; and why not in house, where the council's own come first."""

    version = Hidden(number=True)
    lot_id = Choice("Lot", missing="Choose a lot")
    plan = Choice("In which order are services told?", required=False, optional=False)
    offers_close_on = DateField(
        "Last day for offers", hint="For example, 27 3 2027", missing="Enter the last day for offers"
    )
    offers_close_at = Choice("Time", choices=TIMES, kind="select", missing="Choose the time at which offers close")
    in_house_reason = LongText(
        "Why not leave it to the council's own services?",
        hint="Only if you do not wait for them, or do not take the place that they have. Do not use names",
        required=False,
        max_length=2000,
        rows=3,
    )


class IncludeForm(Schema):
    """Which service is told all the same, and why."""

    version = Hidden(number=True)
    service_id = Choice("Which service should be told all the same?", kind="select", missing="Choose a service")
    reason = LongText(
        "Why?",
        hint="It is kept with the request. Do not use names",
        missing="Enter the reason",
        max_length=2000,
        rows=3,
    )


class AgreementForm(Schema):
    """Who agreed, for which company, to which deadline, and when."""

    version = Hidden(number=True)
    organisation_id = Choice("Company", kind="select", missing="Choose a company")
    closes_on = DateField("Last day for offers that it agreed to", missing="Enter the last day for offers")
    closes_at = Choice("Time", choices=TIMES, kind="select", missing="Choose the time at which offers close")
    agreed_by = Text("Who agreed for the company?", missing="Enter who agreed for the company", max_length=200)
    agreed_on = DateField("When?", missing="Enter when it agreed")


class Versioned(Schema):
    """The version that the page was shown with."""

    version = Hidden(number=True)


def sent_version() -> int:
    """The version that a button sends along; 0, which is none, where it sends nothing that can be read."""
    form = Form(Versioned)
    return int(form.data["version"]) if form.parse(request.form) else 0


def moment(day: dt.date, time: str) -> dt.datetime:
    """A day and a time in London, as a moment."""
    return dt.datetime.combine(day, dt.time.fromisoformat(time), LONDON).astimezone(dt.UTC)


@bp.route("/requests/<request_id>/publish", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_publish(request_id: str) -> ResponseReturnValue:
    """Choose the lot, the order and the deadline, seeing what will be frozen and how many services will be told."""
    with look() as view:
        row, _ = open_request(view, request_id, "publish")
        page = _publish_page(view, row)
    form = _publish_form(row, page)
    if request.method == "POST" and not page["pointed"] and form.parse(request.form):
        data = form.data
        try:
            with act() as doing:
                publication.publish(
                    doing.session,
                    actor=doing.actor,
                    vault=doing.wiring.vault,
                    request_id=request_id,
                    lot_id=data["lot_id"],
                    offers_close_at=moment(data["offers_close_on"], data["offers_close_at"]),
                    version=data["version"],
                    now=doing.now,
                    plan=data["plan"] or "",
                    in_house_reason=data["in_house_reason"] or "",
                )
                return doing.go(url_for("borough.request", request_id=request_id), "Request published")
        except Invalid as error:
            form.refuse(error)
            if "offers_close_at" in form.errors:
                form.errors["offers_close_on"] = form.errors.pop("offers_close_at")
    return render_template("borough/request_publish.html", form=form, listing=Listing.fixed(TERMS), **page), form.status


def _publish_page(view: Act, row: PlacementRequest) -> dict[str, Any]:
    route = route_on(view.session, local_date(view.now))
    asked = asked_in_house(view.session, row)
    approved = row.status is RequestStatus.APPROVED
    same_day = row.urgency is Urgency.SAME_DAY
    reason = answers(view.session, vault=view.wiring.vault, request=row).get("same_day_reason") if same_day else ""
    return {
        "row": row,
        "terms": _terms(view, row) if approved else [],
        "pointed": findings.open_findings(view.session, vault=view.wiring.vault, request=row),
        "kinds": FINDING_WORDS,
        "asked": asked,
        "in_house": state_of(row, asked, view.now) if approved else InHouse.NOBODY,
        "plans": route.plans(ServiceType.RESIDENTIAL),
        "same_day": same_day,
        "same_day_reason": reason,
        "office": route.is_office_hours(view.now),
        "tariff": may("public.tariff", view.actor),
    }


def _publish_form(row: PlacementRequest, page: dict[str, Any]) -> Form:
    terms, values = page["terms"], {"version": row.version, "plan": ALL_AT_ONCE}
    if terms:
        first = min(one["usual"] for one in terms).astimezone(LONDON)
        values |= {"offers_close_on": first.date(), "offers_close_at": f"{first.hour:02}:{first.minute:02}"}
    picks = [(one["lot"].id, one["lot"].name, one["hint"]) for one in terms]
    plans = [(plan.code, plan.words, plan.hint) for plan in page["plans"]]
    return Form(PublishForm, values=values, choices={"lot_id": picks, "plan": plans})


def _terms(view: Act, row: PlacementRequest) -> list[dict[str, Any]]:
    """Each lot that the borough may publish to today: what would be frozen there and who would be told."""
    today = local_date(view.now)
    found = []
    for lot in lots_of_borough(view.session, row.organisation_id, today):
        if lot.service_type is ServiceType.SUPPORT_PACKAGE:
            continue  # compared by people: it has no places to rank
        proposed = deadlines.proposal(view.session, lot, row.urgency, view.now)
        who = candidates_of(view.session, request=row, lot=lot, now=view.now, vault=view.wiring.vault)
        told, of = len(who.invited), len(who.all)
        found.append(
            {
                "lot": lot,
                "told": told,
                "left_out": of - told,
                "weights": evaluation_on(view.session, lot.service_type, today).weights,
                "choice": choose_benchmark(
                    view.session,
                    service_type=lot.service_type,
                    age_weeks=row.age_weeks or 0,
                    needs=row.needs or [],
                    starts_on=row.needed_from,
                    now=view.now,
                ),
                "earliest": proposed.earliest,
                "usual": proposed.closes_at,
                "agree": proposed.earliest is not None,
                "hint": f"{lot.system.name}. {told} enrolled {'service' if told == 1 else 'services'} would be told"
                f"{f', {of - told} left out' if of > told else ''}. "
                f"Usual deadline: {deadline_words(proposed.closes_at, view.now)}",
            }
        )
    return found


@bp.route("/requests/<request_id>/publish/<lot_id>/services", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_invited(request_id: str, lot_id: str) -> ResponseReturnValue:
    """Every enrolled service of a lot: told or not, in which wave, and every reason; and including one all the same."""
    plan = request.values.get("plan", ALL_AT_ONCE)
    with look() as view:
        row, _ = open_request(view, request_id, "who would be told")
        found = _preview(view, request_id, lot_id, plan)
    can = [one for one in found.all if one.can_be_included and not one.invited]
    picks = [(one.service.service_id, f"{one.service.name}, {one.service.organisation_name}") for one in can]
    form = Form(IncludeForm, values={"version": row.version}, choices={"service_id": picks})
    if request.method == "POST" and form.parse(request.form):
        given: dict[str, Any] = {"request_id": request_id, "lot_id": lot_id}
        try:
            with act() as doing:
                vault = doing.wiring.vault
                include(doing.session, actor=doing.actor, vault=vault, now=doing.now, **given, **form.data)
                return doing.go(url_for("borough.request_invited", plan=plan, **given), "The service will be told")
        except Invalid as error:
            form.refuse(error)
    page = _invited_page(row, found, form, plan)
    with look() as view:
        actions = told_actions(view, row, "#tell" if page["may_include"] else None)
        page["funnel"] = funnel_view(found.funnel, ("service", "services"), actions)
    return render_template("borough/request_invited.html", **page), form.status


def _preview(view: Act, request_id: str, lot_id: str, plan: str) -> Candidates:
    try:
        given: dict[str, Any] = {"request_id": request_id, "lot_id": lot_id, "now": view.now, "plan": plan}
        return preview(view.session, actor=view.actor, vault=view.wiring.vault, **given)
    except Invalid as error:  # a plan that no policy has
        raise NotFound("plan") from error


def _invited_page(row: PlacementRequest, found: Candidates, form: Form, plan: str) -> dict[str, Any]:
    listing = Listing.read(request.args, SERVICES, default="told")
    listing.limit = 0
    orders: dict[str, Any] = {
        "provider": lambda one: one.service.organisation_name.casefold(),
        "service": lambda one: one.service.name.casefold(),
        "told": lambda one: (not one.invited, one.tier, one.service.organisation_name.casefold()),
        "miles": lambda one: (one.miles is None, _number(one.miles)),
        "needs": lambda one: one.needs,
    }
    rows = sorted(found.all, key=orders[listing.order], reverse=listing.descending)
    return {
        "row": row,
        "found": found,
        "rows": rows,
        "listing": listing.count(len(rows)),
        "form": form,
        "plan": plan,
        "wave": _waves(found),
        "may_include": bool(form.views["service_id"].choices)
        and row.status is RequestStatus.APPROVED
        and not found.everyone,
    }


def _number(words: str | None) -> float:
    return float(words.split()[0].replace(",", "")) if words else 0.0


def _waves(found: Candidates) -> dict[int, int]:
    """The number of the wave of each tier in which somebody is told."""
    return {tier: number for number, tier in enumerate(found.tiers, start=1)}


@bp.post("/requests/<request_id>/publish/<lot_id>/leave-out")
@permission(Permission.REQUEST_WRITE)
def request_leave_out(request_id: str, lot_id: str) -> ResponseReturnValue:
    """Take an inclusion back."""
    with act() as doing:
        leave_out(
            doing.session,
            actor=doing.actor,
            request_id=request_id,
            lot_id=lot_id,
            service_id=request.form.get("service_id", ""),
            version=sent_version(),
            now=doing.now,
        )
        back = url_for("borough.request_invited", request_id=request_id, lot_id=lot_id)
        return doing.go(back, "The service will not be told")


@bp.get("/requests/<request_id>/publish/<lot_id>/services.csv")
@permission(Permission.REQUEST_WRITE)
def request_invited_csv(request_id: str, lot_id: str) -> Response:
    """The same as a file."""
    with look() as view:
        row, _ = open_request(view, request_id, "who would be told, as a file")
        found = _preview(view, request_id, lot_id, request.args.get("plan", ALL_AT_ONCE))
    waves = _waves(found)
    content = csv_of(HEADINGS, [_line(one, waves) for one in found.all])
    name = f"{row.reference.lower()}-services.csv"
    return Response(content, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _line(one: Candidate, waves: dict[int, int]) -> list[str | int | None]:
    why = [*one.reasons, *([f"Included: {one.included}"] if one.included else [])]
    return [
        one.service.organisation_name,
        one.service.name,
        one.service.urn,
        "Yes" if one.invited else "No",
        waves.get(one.tier) if one.invited else None,
        one.miles.split()[0] if one.miles else None,
        one.needs // 10_000,
        " ".join(why),
    ]


@bp.route("/requests/<request_id>/publish/<lot_id>/agreements", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_agreements(request_id: str, lot_id: str) -> ResponseReturnValue:
    """Who agreed to a deadline that leaves less than the mode's days, and who has not yet."""
    with look() as view:
        row, _ = open_request(view, request_id, "agreements to a deadline")
        lot = _lot(view, row, lot_id)
        people = deadlines.candidates_to_agree(view.session, row, lot, view.now)
    picks = [(one.organisation_id, one.name) for one in people]
    form = Form(AgreementForm, values=_last_agreed(people, row), choices={"organisation_id": picks})
    if request.method == "POST" and form.parse(request.form):
        data = dict(form.data)
        data["closes_at"] = moment(data.pop("closes_on"), data["closes_at"])
        try:
            with act() as doing:
                given: dict[str, Any] = {"request_id": request_id, "lot_id": lot_id, "now": doing.now}
                deadlines.record_agreement(doing.session, actor=doing.actor, **given, **data)
                here = url_for("borough.request_agreements", request_id=request_id, lot_id=lot_id)
                return doing.go(here, "Agreement recorded")
        except Invalid as error:
            form.refuse(error)
    return render_template("borough/request_agreements.html", row=row, lot=lot, people=people, form=form), form.status


def _lot(view: Act, row: PlacementRequest, lot_id: str) -> Lot:
    lots = lots_of_borough(view.session, row.organisation_id, local_date(view.now))
    lot = next((one for one in lots if one.id == lot_id), None)
    if lot is None:
        raise NotFound("lot")
    return lot


def _last_agreed(people: list[deadlines.Candidate], row: PlacementRequest) -> dict[str, Any]:
    """The deadline that was last agreed to, because all must agree to the same one."""
    rows = sorted((agreed for one in people for agreed, _ in one.agreed), key=lambda one: one.recorded_at)
    values: dict[str, Any] = {"version": row.version}
    if rows:
        last = rows[-1].closes_at.astimezone(LONDON)
        values |= {"closes_on": last.date(), "closes_at": f"{last.hour:02}:{last.minute:02}"}
    return values
