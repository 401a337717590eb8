"""The council's own services before the market: who is asked, what they said, and placing the child with one."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.offers.in_house import place_with_own, why_not_asked
from app.requests.in_house import InHouse, ask_for_borough, asked_in_house, record_answer, state_of
from app.requests.route import route_on, words_of_code
from app.requests.status import RequestStatus
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.borough.request_form import open_request
from app.web.fields import Choice, DateField, Hidden
from app.web.forms import Form
from app.web.in_house_form import answer_form, answered
from app.web.tables import Column, Listing

ASKED = (
    Column("service", "Service"),
    Column("answer", "Answer"),
    Column("when", "When"),
    Column("record", "Record an answer", hidden_label=True),
)


class PlaceForm(Schema):
    """With which of those that can, and from when."""

    version = Hidden(number=True)
    ask_id = Choice("Service", missing="Choose a service")
    first_day = DateField("First day", missing="Enter the first day")


@bp.route("/requests/<request_id>/in-house", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def request_in_house(request_id: str) -> ResponseReturnValue:
    """What each of the council's own services said, and placing the child with one that can."""
    with look() as view:
        row, _ = open_request(view, request_id, "in house")
        asked = asked_in_house(view.session, row)
        waiting = row.status is RequestStatus.APPROVED
        codes = route_on(view.session, local_date(view.now)).in_house_codes
        why_not = why_not_asked(view.session, row, vault=view.wiring.vault, now=view.now) if waiting else []
        state = state_of(row, asked, view.now)
    can = [one for one in asked if one.ask.can_take]
    picks = [(one.ask.id, one.service) for one in can]
    values = {"version": row.version, "first_day": can[0].ask.can_from if can else None}
    form = Form(
        PlaceForm, values=values | {"ask_id": picks[0][0] if len(picks) == 1 else None}, choices={"ask_id": picks}
    )
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                given = {"request_id": request_id, "now": doing.now, **form.data}
                place_with_own(doing.session, actor=doing.actor, vault=doing.wiring.vault, **given)
                return doing.go(url_for("borough.request", request_id=request_id), "Placed in house")
        except Invalid as error:
            form.refuse(error)
    page = {"row": row, "asked": asked, "form": form, "why_not": why_not, "waiting": waiting, "codes": codes}
    page |= {"may_place": waiting and state is InHouse.CAN, "words_of_code": words_of_code, "state": state}
    return render_template("borough/request_in_house.html", listing=Listing.fixed(ASKED), **page), form.status


@bp.route("/in-house/<ask_id>", methods=["GET", "POST"])
@permission(Permission.REQUEST_WRITE)
def in_house_answer(ask_id: str) -> ResponseReturnValue:
    """An officer writes down what one of the council's own services said."""
    with look() as view:
        ask, row, service = ask_for_borough(view.session, actor=view.actor, ask_id=ask_id)
        today = local_date(view.now)
        form = answer_form(route_on(view.session, today), ask, today)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                record_answer(doing.session, actor=doing.actor, ask_id=ask_id, now=doing.now, **answered(form))
                return doing.go(url_for("borough.request_in_house", request_id=row.id), "Answer recorded")
        except Invalid as error:
            form.refuse(error)
    return render_template("borough/in_house_answer.html", row=row, service=service, form=form), form.status
