"""A service's profile: one topic a page, what boroughs see of it, and copying it to other services."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid, NotFound
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choices
from app.web.forms import Form
from app.web.provider import bp
from app.web.provider.shown import ShownProfile, shown_profile
from app.web.provider.topics import LINES, TOPICS
from providers.passport.queries import own_claim
from providers.services.copying import COPIED, copy_profile
from providers.services.listing import services_to_copy_to
from providers.services.models import Service
from providers.services.profile import describe_service
from providers.services.queries import services_by_claim

EVERY = "every"


class CopyForm(Schema):
    """What is carried over, and to which services."""

    topics = Choices(
        "What to copy",
        choices=tuple((name, words) for name, (words, _) in COPIED.items()),
        missing="Choose what to copy",
    )
    to = Choices("Copy to", missing="Choose the services to copy to")


@bp.route("/services/<claim_id>/profile/<topic>", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def edit(claim_id: str, topic: str) -> ResponseReturnValue:
    """One topic: shown, and saved."""
    if topic not in TOPICS:
        raise NotFound("page")
    page = TOPICS[topic]
    with look() as view:
        service = profile_of(view, claim_id)
        shown = {"service": service, "topic": topic, "page": page, "title": page.title, "lines": LINES}
        values = {**page.values(view, service), "version": service.version}
        form = Form(page.form(view, service), values=values)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                describe_service(
                    doing.session,
                    actor=doing.actor,
                    service_id=service.id,
                    now=doing.now,
                    version=form.data["version"],
                    **page.changes(form.data),
                )
                return doing.go(url_for("provider.service", claim_id=claim_id), f"{page.title}: saved")
        except Invalid as error:
            form.refuse(error)
            if "coming" in error.errors:  # it is about the lines of later days together
                form.errors = {"more_1": error.errors["coming"]}
    return render_template("provider/edit.html", form=form, **shown), form.status


@bp.get("/services/<claim_id>/as-boroughs-see-it")
@permission(Permission.SERVICE_READ)
def preview(claim_id: str) -> ResponseReturnValue:
    """What a borough that looks for a home reads of the service."""
    with look() as view:
        found = _shown(view, claim_id)
        return render_template("provider/preview.html", shown=found, claim_id=claim_id)


@bp.route("/services/<claim_id>/copy", methods=["GET", "POST"])
@permission(Permission.APPLICATION_WRITE)
def copy(claim_id: str) -> ResponseReturnValue:
    """Carry the profile over to other services of the company."""
    with look() as view:
        service = profile_of(view, claim_id)
        others = services_to_copy_to(view.session, view.actor, service)
    every = [(EVERY, f"All {len(others)} other services")] if len(others) > 1 else []
    form = Form(CopyForm, choices={"to": [*every, *((one.id, one.name, f"URN {one.urn}") for one in others)]})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                to = [one.id for one in others] if EVERY in form.data["to"] else form.data["to"]
                count = copy_profile(
                    doing.session,
                    actor=doing.actor,
                    service_id=service.id,
                    to=to,
                    topics=form.data["topics"],
                    now=doing.now,
                )
                said = f"Copied to {count} service{'' if count == 1 else 's'}"
                return doing.go(url_for("provider.services"), said)
        except Invalid as error:
            form.refuse(error)
    return render_template("provider/copy.html", form=form, service=service, others=others), form.status


def profile_of(view: Act, claim_id: str) -> Service:
    """The service behind a claim of the actor's company. `NotFound` for any other and before it is confirmed."""
    own_claim(view.session, view.actor, claim_id)
    service = services_by_claim(view.session, [claim_id]).get(claim_id)
    if service is None:
        raise NotFound("service")
    return service


def _shown(view: Act, claim_id: str) -> ShownProfile:
    facts = own_claim(view.session, view.actor, claim_id)
    service = profile_of(view, claim_id)
    return shown_profile(view, service, facts.registration, local_date(view.now))
