"""Deciding a claim beside what the register says."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, validates_schema

from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, Hidden, LongText
from app.web.forms import Form
from app.web.hub import bp
from providers.passport.claims import decide_claim
from providers.passport.kinds import KIND_WORDS
from providers.passport.queries import claim_for_hub
from providers.passport.status import CLAIM, ClaimStatus
from providers.register.status import provision_words


class DecideClaimForm(Schema):
    """Confirm, or refuse with a reason."""

    decision = Choice(
        "Is this registration the company's own?",
        choices=(("confirm", "Yes, confirm the claim"), ("refuse", "No, refuse the claim")),
        missing="Choose whether to confirm or refuse the claim",
    )
    reason = LongText(
        "Reasons",
        hint="Needed for a refusal, and where the register names another owner. The company reads them",
        required=False,
        max_length=2000,
        rows=4,
    )
    version = Hidden(number=True)

    @validates_schema
    def _reasoned(self, data: dict[str, object], **_: object) -> None:
        if data.get("decision") == "refuse" and not data.get("reason"):
            raise ValidationError("Enter why you refuse the claim", "reason")


@bp.route("/claims/<claim_id>", methods=["GET", "POST"])
@permission(Permission.MARKET_READ)
def claim(claim_id: str) -> ResponseReturnValue:
    """The claim, the register's facts beside it, and the decision."""
    form = Form(DecideClaimForm)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                confirm = form.data["decision"] == "confirm"
                decide_claim(
                    doing.session,
                    actor=doing.actor,
                    claim_id=claim_id,
                    confirm=confirm,
                    reason=form.data["reason"],
                    now=doing.now,
                    version=form.data["version"],
                    base_url=doing.wiring.settings.base_url,
                )
                return doing.go(url_for("hub.market"), f"Claim {'confirmed' if confirm else 'refused'}")
        except Invalid as error:
            form.refuse(error)
    with look() as view:
        facts = claim_for_hub(view.session, view.actor, claim_id)
        if not form.errors:
            form.raw["version"] = str(facts.claim.version)
        return (
            render_template(
                "hub/claim.html",
                facts=facts,
                form=form,
                words=CLAIM.words,
                kind_words=KIND_WORDS,
                provision=provision_words(facts.registration.provision_type),
                decidable=facts.claim.status is ClaimStatus.PENDING and view.actor.may(Permission.CLAIM_DECIDE),
            ),
            form.status,
        )
