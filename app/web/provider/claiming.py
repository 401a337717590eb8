"""Claiming a service, a step a page: its URN, its postcode beside what the register says, a check, and what happens
next.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Invalid
from app.core.geography import current_gss, locate
from app.identity.permissions import Permission
from app.web.access import limited, permission
from app.web.acts import act, look
from app.web.fields import Hidden, Postcode, Text
from app.web.forms import Form
from app.web.provider import bp
from providers.passport.claims import claim_service, registration_to_claim, withdraw_claim
from providers.passport.kinds import RegistrationKind, kind_of
from providers.passport.queries import own_claim
from providers.register.status import provision_words


class UrnForm(Schema):
    """The registration to claim."""

    urn = Text(
        "Unique reference number (URN)",
        hint="On the certificate of registration. For example, SC123456 or 1234567",
        missing="Enter the URN",
        max_length=12,
        width=10,
        spellcheck=False,
    )


class PlaceForm(Schema):
    """Where the children live; where the office is, for a fostering agency."""

    postcode = Postcode("Postcode", hint="A full postcode, like CR0 1EA")


class SendForm(Schema):
    """What was checked, on its way."""

    postcode = Hidden()


@bp.route("/services/claim", methods=["GET", "POST"])
@permission(Permission.SERVICE_CLAIM)
@limited("60 per minute")
def claim() -> ResponseReturnValue:
    """Which registration."""
    form = Form(UrnForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with look() as view:
                urn = registration_to_claim(view.session, actor=view.actor, urn=form.data["urn"]).urn
            return redirect(url_for("provider.claim_place", urn=urn), 303)
        except Invalid as error:
            form.refuse(error)
    return render_template("provider/claim_urn.html", form=form), form.status


@bp.route("/services/claim/<urn>", methods=["GET", "POST"])
@permission(Permission.SERVICE_CLAIM)
def claim_place(urn: str) -> ResponseReturnValue:
    """What the register says, and the postcode that it may not say. A good postcode leads to the check."""
    form = Form(PlaceForm)
    place = None
    if request.method == "POST" and form.parse(request.form):
        place = locate(form.data["postcode"])
        if place is None:
            form.add_error("postcode", "Enter a full postcode that exists, like CR0 1EA")
    with look() as view:
        registration = registration_to_claim(view.session, actor=view.actor, urn=urn)
        shown: dict[str, Any] = {
            "registration": registration,
            "provision": provision_words(registration.provision_type),
            "office": kind_of(registration.provision_type) is RegistrationKind.FOSTERING,
        }
        if place is not None:
            gss = registration.local_authority_gss
            shown |= {
                "send": Form(SendForm, values={"postcode": place.postcode}),
                "place": place,
                "elsewhere": gss is not None and current_gss(gss) != place.authority_gss,
            }
            return render_template("provider/claim_check.html", **shown)
        return render_template("provider/claim_place.html", form=form, **shown), form.status


@bp.post("/services/claim/<urn>/send")
@permission(Permission.SERVICE_CLAIM)
def claim_send(urn: str) -> ResponseReturnValue:
    """Send the checked claim to the hub."""
    form = Form(SendForm)
    if not form.parse(request.form):
        return redirect(url_for("provider.claim_place", urn=urn), 303)
    with act() as doing:
        made = claim_service(doing.session, actor=doing.actor, urn=urn, postcode=form.data["postcode"], now=doing.now)
        return doing.go(url_for("provider.claimed", claim_id=made.id))


@bp.get("/services/<claim_id>/claimed")
@permission(Permission.SERVICE_CLAIM)
def claimed(claim_id: str) -> ResponseReturnValue:
    """Sent: what happens next."""
    with look() as view:
        return render_template("provider/claimed.html", facts=own_claim(view.session, view.actor, claim_id))


@bp.post("/services/<claim_id>/withdraw", endpoint="withdraw_claim")
@permission(Permission.SERVICE_CLAIM)
def withdraw(claim_id: str) -> ResponseReturnValue:
    """Take back a claim that the hub has not decided."""
    with act() as doing:
        withdraw_claim(doing.session, actor=doing.actor, claim_id=claim_id, now=doing.now)
        return doing.go(url_for("provider.services"), "Claim withdrawn")
