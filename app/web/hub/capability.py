"""A service's profile for the hub, and what it saw of a need at a monitoring visit."""

from __future__ import annotations

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid, NotFound, Stale
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import Act, act, look
from app.web.fields import Choice, DateField, Hidden, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.provider.needs import media_type_of
from app.web.provider.shown import ShownProfile, shown_profile
from app.web.tables import Column, Listing
from app.web.uploads import attachment
from providers.passport.queries import claim_for_hub
from providers.services.needs import LONGEST, indicator_number, proof_file, proofs_of, record_visit
from providers.services.queries import services_by_claim
from providers.services.shown import home_words
from providers.services.status import EVIDENCE_WORDS, HOME, LEVEL_WORDS

HOMES = (
    Column("name", "Code name"),
    Column("where", "Postcode"),
    Column("takes", "Who can live there"),
    Column("status", "Status"),
)


class VisitForm(Schema):
    """What was seen, when, and why we say so."""

    seen = Choice(
        "Does the service meet this need at the level that it declares?",
        choices=(("yes", "Yes, we saw it"), ("no", "No, or we could not see it")),
        missing="Choose whether the service meets this need",
    )
    visited_on = DateField("Day of the visit", hint="For example, 27 3 2026", missing="Enter the day of the visit")
    words = LongText(
        "What you saw",
        hint="The company reads it. Name no child",
        missing="Say what you saw",
        max_length=LONGEST,
        rows=5,
    )
    version = Hidden(number=True)


@bp.get("/services/<claim_id>/profile")
@permission(Permission.MARKET_READ)
def service_profile(claim_id: str) -> ResponseReturnValue:
    """All that the company says of a service, with its homes and how each need is known."""
    with look() as view:
        shown, company = _profile(view, claim_id)
        return render_template(
            "hub/service_profile.html",
            shown=shown,
            company=company,
            claim_id=claim_id,
            listing=Listing.fixed(HOMES),
            home_words=home_words,
            status_words=HOME.words,
            level_words=LEVEL_WORDS,
            evidence_words=EVIDENCE_WORDS,
            may_verify=view.actor.may(Permission.COMPLIANCE_RECORD),
        )


@bp.route("/services/<claim_id>/needs/<indicator>", methods=["GET", "POST"])
@permission(Permission.COMPLIANCE_RECORD)
def visit(claim_id: str, indicator: str) -> ResponseReturnValue:
    """One need of a service: what the company showed, and what the hub saw."""
    number = indicator_number(indicator)
    with look() as view:
        shown, _ = _profile(view, claim_id)
        service = shown.service
        found = next((pair for pair in shown.needs if pair[0].number == number), None)
        if found is None:
            raise NotFound("need")
        proofs = proofs_of(view.session, service.id, number)
    form = Form(VisitForm, values={"version": service.version})
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                record_visit(
                    doing.session,
                    actor=doing.actor,
                    service_id=service.id,
                    indicator=number,
                    seen=form.data["seen"] == "yes",
                    visited_on=form.data["visited_on"],
                    words=form.data["words"],
                    version=form.data["version"],
                    now=doing.now,
                )
                return doing.go(url_for("hub.service_profile", claim_id=claim_id), "Visit recorded")
        except Stale:
            raise
        except Invalid as error:
            form.refuse(error)
    return (
        render_template(
            "hub/visit.html",
            form=form,
            shown=shown,
            claim_id=claim_id,
            need=found[0],
            held=found[1],
            proofs=proofs,
            level_words=LEVEL_WORDS,
            evidence_words=EVIDENCE_WORDS,
        ),
        form.status,
    )


@bp.get("/services/<claim_id>/needs/evidence/<proof_id>")
@permission(Permission.MARKET_READ)
def need_file(claim_id: str, proof_id: str) -> Response:
    """The file that a company showed, as a download."""
    with look() as view:
        claim_for_hub(view.session, view.actor, claim_id)
        proof = proof_file(view.session, actor=view.actor, proof_id=proof_id)
        data, name = view.wiring.files.get(proof.sha256 or ""), proof.file_name or "evidence"
    return attachment(data, name=name, media_type=media_type_of(name))


def _profile(view: Act, claim_id: str) -> tuple[ShownProfile, str]:
    facts = claim_for_hub(view.session, view.actor, claim_id)
    service = services_by_claim(view.session, [claim_id]).get(claim_id)
    if service is None:
        raise NotFound("service")
    shown = shown_profile(view, service, facts.registration, local_date(view.now))
    return shown, facts.organisation_name
