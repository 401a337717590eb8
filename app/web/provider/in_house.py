"""What a council asks its own services before it asks the market: the questions, and one with the redacted request."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.requests.audiences import INVITED, provider_view
from app.requests.in_house import answer_for_own, own_ask, own_ask_line, own_asks
from app.requests.route import route_on, words_of_code
from app.web.access import permission
from app.web.acts import act, look
from app.web.in_house_form import answer_form, answered
from app.web.provider import bp
from app.web.records import shown
from app.web.tables import Column, Listing

COLUMNS = (
    Column("request", "Request"),
    Column("service", "Service"),
    Column("until", "Answer by"),
    Column("answer", "Answer"),
)


@bp.get("/in-house")
@permission(Permission.OPPORTUNITY_READ)
def in_house() -> ResponseReturnValue:
    """What the council asks its own services now."""
    with look() as view:
        rows = own_asks(view.session, actor=view.actor)
        return render_template("provider/in_house.html", rows=rows, listing=Listing.fixed(COLUMNS))


@bp.route("/in-house/<ask_id>", methods=["GET", "POST"])
@permission(Permission.OPPORTUNITY_READ)
def in_house_ask(ask_id: str) -> ResponseReturnValue:
    """One question with the redacted request. Every look at it is written down first."""
    with look() as view:
        ask = own_ask(view.session, actor=view.actor, ask_id=ask_id)
        today = local_date(view.now)
        route = route_on(view.session, today)
        form = answer_form(route, ask, today)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                answer_for_own(doing.session, actor=doing.actor, ask_id=ask_id, now=doing.now, **answered(form))
                return doing.go(url_for("provider.in_house_ask", ask_id=ask_id), "Answer sent to the council")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        one = own_ask_line(view.session, actor=view.actor, ask_id=ask_id)
        for child in one.request.children:
            shown(view.wiring, view.actor, child.child_id, f"Request {one.request.reference}, asked in house")
        sections = provider_view(view.session, vault=view.wiring.vault, request=one.request, stage=INVITED)
        page = {"one": one, "sections": sections, "code": words_of_code(route.in_house_codes, one.ask.code)}
        may_answer = view.actor.may(Permission.OFFER_WRITE)
        return render_template("provider/in_house_ask.html", form=form, may_answer=may_answer, **page), form.status
