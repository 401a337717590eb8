"""Why an application is not decided before offers on its lot are opened, and a borough's own service put on a lot."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import NotFound
from app.identity.models import Organisation
from app.identity.permissions import Permission
from app.requests.joining import REASON_LONGEST, knows_exception, overtaken, record_exception
from app.web.access import permission
from app.web.acts import Act, look
from app.web.fields import Choice, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.hub.systems import answered
from providers.passport.in_house import enrol_in_house, in_house_names, lots_to_enrol_on
from providers.passport.queries import application_for_hub, claim_for_hub


class ExceptionForm(Schema):
    """The exceptional complexity."""

    reason = LongText(
        "What makes it too complex to decide in time?",
        hint="Kept with the application and with each request. Staff time alone is no such reason",
        missing="Enter what makes this too complex to decide in time",
        max_length=REASON_LONGEST,
        rows=5,
    )


class InHouseForm(Schema):
    """A lot and the reason."""

    lot_id = Choice("Lot", missing="Choose a lot")
    reason = LongText(
        "Why is it enrolled?",
        hint="Kept with the enrolment. The borough's people can read it",
        missing="Enter why this service is enrolled",
        max_length=2000,
        rows=4,
    )


@bp.route("/applications/<application_id>/exception", methods=["GET", "POST"])
@permission(Permission.APPLICATION_DECIDE)
def joining_exception(application_id: str) -> ResponseReturnValue:
    """Record the exception of section 34 for the requests that overtake an application."""
    form = Form(ExceptionForm)

    def use(doing: Act) -> Any:
        return record_exception(
            doing.session, actor=doing.actor, application_id=application_id, now=doing.now, **form.data
        )

    done = answered(form, use, lambda _: url_for("hub.market"), "The exception is recorded")
    if done is not None:
        return done
    with look() as view:
        facts = application_for_hub(view.session, view.actor, application_id, local_date(view.now))
        return (
            render_template(
                "hub/joining_exception.html",
                form=form,
                facts=facts,
                requests=overtaken(view.session, view.actor, view.now).get(application_id, []),
                allowed=knows_exception(facts.lot),
            ),
            form.status,
        )


@bp.route("/claims/<claim_id>/in-house", methods=["GET", "POST"])
@permission(Permission.APPLICATION_DECIDE)
def enrol_in_house_service(claim_id: str) -> ResponseReturnValue:
    """Put a borough's own service on a lot, outside the competition."""
    with look() as view:
        facts = claim_for_hub(view.session, view.actor, claim_id)
        borough = in_house_names(view.session).get(facts.claim.organisation_id)
        if borough is None:
            raise NotFound("in-house service")
        lots = lots_to_enrol_on(view.session, view.actor, facts.claim, local_date(view.now))
        company = view.session.get_one(Organisation, facts.claim.organisation_id)
    form = Form(InHouseForm, choices={"lot_id": [(lot.id, lot.name) for lot in lots]})

    def use(doing: Act) -> Any:
        return enrol_in_house(doing.session, actor=doing.actor, claim_id=claim_id, now=doing.now, **form.data)

    there = url_for("hub.provider", organisation_id=company.id)
    done = answered(form, use, lambda _: there, "Enrolled, outside the competition")
    if done is not None:
        return done
    shown = {"facts": facts, "borough": borough, "lots": lots, "there": there}
    return render_template("hub/enrol_in_house.html", form=form, **shown), form.status
