"""How a request ends without an award: withdrawn, opened again more widely, or closed as a need that was not met."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import LONDON, local_date
from app.core.errors import Conflict, Invalid, Stale, WrongMove
from app.identity.permissions import Permission
from app.offers.widening import open_wider
from app.requests import deadlines, publication
from app.requests.models import PlacementRequest
from app.requests.route import route_on
from app.requests.unmet import mark_unplaced
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.borough import bp
from app.web.borough.request_form import open_request
from app.web.borough.request_publish import TIMES, moment
from app.web.fields import Choice, DateField, Hidden, LongText, Tick, WholeNumber
from app.web.forms import Form
from providers.market.queries import lots_of_borough
from providers.market.status import ServiceType


class EndForm(Schema):
    """Why a request is withdrawn."""

    version = Hidden(number=True)
    reason = LongText("Why?", hint="Do not use names", missing="Say why the request ends", max_length=2000, rows=4)


class UnmetForm(Schema):
    """Why the need was not met: a code that adds up across requests, and words."""

    version = Hidden(number=True)
    code = Choice("Why was the need not met?", missing="Choose why the need was not met")
    words = LongText(
        "In words",
        hint="What was tried, and what would have helped. Do not use names",
        required=False,
        max_length=1500,
        rows=4,
    )


class WiderForm(Schema):
    """What is wider than before, and until when."""

    version = Hidden(number=True)
    lot_id = Choice("Lot", missing="Choose a lot")
    left_out_too = Tick("Tell the services that were left out for reasons on which people may agree")
    max_miles = WholeNumber(
        "Limit of miles", hint="Leave it empty for no limit", required=False, least=1, most=500, width=4
    )
    reason = LongText(
        "Why is this right for the child?",
        hint="Do not use names",
        missing="Say why the search is widened",
        max_length=1500,
        rows=3,
    )
    closes_on = DateField("Last day for offers", missing="Enter the last day for offers")
    closes_at = Choice("Time", choices=TIMES, kind="select", missing="Choose the time at which offers close")


@bp.route("/requests/<request_id>/withdraw", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_withdraw(request_id: str) -> ResponseReturnValue:
    """Withdraw a request, with a reason."""
    form = Form(EndForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                given = {"request_id": request_id, "now": doing.now, **form.data}
                publication.withdraw(doing.session, actor=doing.actor, **given)
                return doing.go(url_for("borough.request", request_id=request_id), "Request withdrawn")
        except Invalid as error:
            form.refuse(error)
    return _end_page(request_id, form, "withdraw")


@bp.route("/requests/<request_id>/unplaced", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_unplaced(request_id: str) -> ResponseReturnValue:
    """Close a request as a need that was not met, with a code."""
    with look() as view:
        codes = route_on(view.session, local_date(view.now)).unmet_codes
    form = Form(UnmetForm, choices={"code": [(one.code, one.words) for one in codes]})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                given = {"request_id": request_id, "now": doing.now, **form.data}
                mark_unplaced(doing.session, actor=doing.actor, **given)
                back = url_for("borough.request", request_id=request_id)
                return doing.go(back, "Request closed without a placement")
        except Invalid as error:
            form.refuse(error)
    return _end_page(request_id, form, "unplaced")


def _end_page(request_id: str, form: Form, how: str) -> ResponseReturnValue:
    with look() as view:
        row, _ = open_request(view, request_id, how)
        form.raw["version"] = form.raw["version"] or str(row.version)
        return render_template("borough/request_end.html", row=row, form=form, how=how), form.status


@bp.route("/requests/<request_id>/wider", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_wider(request_id: str) -> ResponseReturnValue:
    """Open the request again more widely, in one act."""
    with look() as view:
        row, _ = open_request(view, request_id, "search wider")
        form = _wider_form(view, row)
    if request.method == "POST" and form.parse(request.form):
        data = dict(form.data)
        data["offers_close_at"] = moment(data.pop("closes_on"), data.pop("closes_at"))
        try:
            with act() as doing:
                given = {"request_id": request_id, "now": doing.now, **data}
                given |= {"vault": doing.wiring.vault, "store": doing.wiring.files}
                made = open_wider(doing.session, actor=doing.actor, **given)
                return doing.go(url_for("borough.request", request_id=made.id), f"Published as {made.reference}")
        except (Stale, WrongMove):
            raise
        except (Conflict, Invalid) as error:
            form.refuse(error)
            if "offers_close_at" in getattr(error, "errors", {}):
                form.add_error("closes_on", form.errors.pop("", error.message))
    return render_template("borough/request_wider.html", row=row, form=form), form.status


def _wider_form(view: Act, row: PlacementRequest) -> Form:
    lots = [
        lot
        for lot in lots_of_borough(view.session, row.organisation_id, local_date(view.now))
        if lot.service_type is not ServiceType.SUPPORT_PACKAGE
    ]
    values: dict[str, Any] = {"version": row.version, "lot_id": row.lot_id, "max_miles": row.max_miles}
    same = next((lot for lot in lots if lot.id == row.lot_id), None)
    if same is not None:
        last = deadlines.proposal(view.session, same, row.urgency, view.now).closes_at.astimezone(LONDON)
        values |= {"closes_on": last.date(), "closes_at": f"{last.hour:02}:{last.minute:02}"}
    picks = [(lot.id, lot.name, "The lot it was published to" if lot is same else lot.system.name) for lot in lots]
    return Form(WiderForm, values=values, choices={"lot_id": picks})
