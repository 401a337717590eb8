"""Exempting a suspended service for one request: who was exempted and why, giving an exemption, and taking it back."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Conflict, Invalid, Stale
from app.identity.permissions import Permission
from app.offers.exemptions import (
    LONGEST,
    could_be_exempted,
    exemption_for,
    exemption_given,
    exemptions_of,
    give_exemption,
    withdraw_exemption,
)
from app.requests.queries import request_for
from app.requests.status import RequestStatus
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.borough.request_story import tabs
from app.web.fields import Choice, Hidden, LongText
from app.web.forms import Form


class ExemptionForm(Schema):
    """Which service, why, and on what conditions."""

    service = Choice("Which service?", missing="Choose a service that an inspection has suspended")
    reason = LongText(
        "Why may it take part in spite of the judgement?",
        hint="Use no names. This is kept, and is shown with its offer and to the panel",
        missing="Enter why this service may take part in spite of the judgement",
        max_length=LONGEST,
        rows=5,
    )
    conditions = LongText(
        "On what conditions?",
        hint="For example visits, staffing, and who checks them",
        missing="Enter the conditions on which it may take part",
        max_length=LONGEST,
        rows=4,
    )


class WithdrawForm(Schema):
    """Why an exemption is taken back."""

    reason = LongText("Why do you withdraw it?", missing="Enter why you withdraw it", max_length=LONGEST, rows=4)
    version = Hidden(number=True)


@bp.get("/requests/<request_id>/exemptions")
@permission(Permission.OFFER_READ)
def exemptions(request_id: str) -> ResponseReturnValue:
    """Every exemption given for a request, with its reasons and conditions."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        own = url_for("borough.exemptions", request_id=row.id)
        return render_template(
            "borough/exemptions.html",
            row=row,
            tabs=[(text, href, href == own) for text, href, _ in tabs(row, view.actor)],
            given=exemptions_of(view.session, actor=view.actor, request_id=request_id),
            may_give=view.actor.may(Permission.EXEMPTION_GIVE) and row.status is RequestStatus.PUBLISHED,
        )


@bp.route("/requests/<request_id>/exemptions/new", methods=["GET", "POST"])
@permission(Permission.EXEMPTION_GIVE)
def exemption_new(request_id: str) -> ResponseReturnValue:
    """Exempt a service for this request."""
    with look() as view:
        row = request_for(view.session, actor=view.actor, request_id=request_id)
        services = could_be_exempted(view.session, actor=view.actor, request_id=request_id)
    choices = [(one.service.id, f"{one.service.name}, {one.company}", one.against) for one in services]
    form = Form(ExemptionForm, choices={"service": choices})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                give_exemption(
                    doing.session,
                    actor=doing.actor,
                    request_id=request_id,
                    service_id=form.data["service"],
                    reason=form.data["reason"],
                    conditions=form.data["conditions"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                there = url_for("borough.exemptions", request_id=request_id)
                return doing.go(there, "It may take part in this request, and in no other.", heading="Service exempted")
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.add_error("service", error.message)
    return render_template("borough/exemption_new.html", form=form, row=row, services=services), form.status


@bp.route("/exemptions/<exemption_id>/withdraw", methods=["GET", "POST"])
@permission(Permission.EXEMPTION_GIVE)
def exemption_withdraw(exemption_id: str) -> ResponseReturnValue:
    """Take an exemption back."""
    form = Form(WithdrawForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                done = withdraw_exemption(
                    doing.session, actor=doing.actor, exemption_id=exemption_id, now=doing.now, **form.data
                )
                there = url_for("borough.exemptions", request_id=done.request_id)
                return doing.go(there, "The exemption is withdrawn")
        except Stale:
            raise
        except (Invalid, Conflict) as error:
            form.refuse(error)
    with look() as view:
        found = exemption_for(view.session, actor=view.actor, exemption_id=exemption_id)
        given = exemption_given(view.session, found)
        if not form.errors:
            form.raw["version"] = str(found.version)
        row = request_for(view.session, actor=view.actor, request_id=found.request_id)
        return render_template("borough/exemption_withdraw.html", form=form, given=given, row=row), form.status
