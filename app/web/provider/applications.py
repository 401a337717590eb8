"""Applying to a lot, and what became of it."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, LongText
from app.web.forms import Form
from app.web.provider import bp
from providers.market.clocks import mode_rules
from providers.market.queries import boroughs_by_lot, open_lots
from providers.market.status import MODE_WORDS
from providers.passport.applications import STATEMENT_LONGEST, withdraw_application
from providers.passport.kinds import fits
from providers.passport.queries import applications_of_claims, enrolments_of_claims, own_application, own_claim
from providers.passport.status import APPLICATION, ApplicationStatus, EnrolmentStatus
from providers.services.applying import apply_to_lot
from providers.services.models import Service
from providers.services.profile import missing_topics
from providers.services.queries import services_by_claim


class ApplyForm(Schema):
    """Which lot, and why this service belongs on it."""

    lot = Choice("Lot", choices=(), missing="Choose the lot to apply to")
    statement = LongText(
        "What the service offers",
        hint="How it works with children, who works there, and what makes it right for this lot. Name no child",
        missing="Enter what the service offers",
        max_length=STATEMENT_LONGEST,
        rows=10,
        count=True,
    )


@bp.route("/services/<claim_id>/apply", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def apply(claim_id: str) -> ResponseReturnValue:
    """Apply to one of the open lots that this registration fits."""
    with look() as view:
        service = _service(view, claim_id)
        service_id, choices = service.id, _choices(view, claim_id)
    form = Form(ApplyForm, choices={"lot": choices})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                made = apply_to_lot(
                    doing.session,
                    actor=doing.actor,
                    service_id=service_id,
                    lot_id=form.data["lot"],
                    statement=form.data["statement"],
                    now=doing.now,
                )
                return doing.go(url_for("provider.application", application_id=made.id), "Application sent")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        service = _service(view, claim_id)
        shown = {"service": service, "form": form, "choices": choices, "missing": missing_topics(service)}
        return render_template("provider/apply.html", **shown), form.status


@bp.get("/applications/<application_id>")
@permission(Permission.SERVICE_READ)
def application(application_id: str) -> ResponseReturnValue:
    """One application: where it stands and by when it is decided."""
    with look() as view:
        facts = own_application(view.session, view.actor, application_id, local_date(view.now))
        received = local_date(facts.application.submitted_at)
        return render_template(
            "provider/application.html",
            facts=facts,
            service=services_by_claim(view.session, [facts.claim.id]).get(facts.claim.id),
            rules=mode_rules(view.session, facts.lot.system.mode, received),
            words=APPLICATION.words,
            mode_words=MODE_WORDS,
            may_edit=view.actor.may(Permission.APPLICATION_WRITE),
        )


@bp.post("/applications/<application_id>/withdraw", endpoint="withdraw_application")
@permission(Permission.APPLICATION_WRITE)
def withdraw(application_id: str) -> ResponseReturnValue:
    """Take back an application that the hub has not decided."""
    with act() as doing:
        withdraw_application(doing.session, actor=doing.actor, application_id=application_id, now=doing.now)
        return doing.go(url_for("provider.application", application_id=application_id), "Application withdrawn")


def _service(view: Act, claim_id: str) -> Service:
    own_claim(view.session, view.actor, claim_id)
    service = services_by_claim(view.session, [claim_id]).get(claim_id)
    if service is None:
        raise NotFound("service")
    return service


def _choices(view: Act, claim_id: str) -> list[tuple[str, str, str]]:
    """Open lots that fit, without those the service is on or waits for."""
    today = local_date(view.now)
    kind = own_claim(view.session, view.actor, claim_id).kind
    taken = {
        one.lot.id
        for one in enrolments_of_claims(view.session, [claim_id])[claim_id]
        if one.enrolment.status is not EnrolmentStatus.REMOVED
    } | {
        one.lot.id
        for one in applications_of_claims(view.session, [claim_id], today)
        if one.application.status is ApplicationStatus.SUBMITTED
    }
    boroughs = boroughs_by_lot(view.session, today)
    return [
        (lot.id, f"{lot.name}, {lot.system.name}", _buyers(boroughs.get(lot.id, [])))
        for lot in open_lots(view.session, today)
        if fits(kind, lot.service_type) and lot.id not in taken
    ]


def _buyers(names: list[str]) -> str:
    return f"Boroughs: {', '.join(names)}" if names else "No borough takes part yet"
