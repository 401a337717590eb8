"""Explaining the price of an offer that is above what such placements usually cost, until the deadline."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.offers.content import LONGEST_TEXT
from app.offers.explaining import Asked, asked_of, explain_price
from app.offers.offering import Late
from app.offers.queries import own_offer_line
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choices, Hidden, LongText
from app.web.forms import Form
from app.web.provider import bp
from app.web.rendering import flash_notice


class ExplainForm(Schema):
    """Reasons from the policy's list, and words."""

    reasons = Choices("What makes the price higher?", hint="Choose all that apply", required=False, optional=False)
    words = LongText(
        "In your own words",
        hint="What is bought with the difference, and how much each part costs. Use no names",
        required=False,
        optional=False,
        max_length=LONGEST_TEXT,
        rows=6,
        count=True,
    )
    version = Hidden(number=True)


@bp.route("/offers/<offer_id>/explain", methods=["GET", "POST"])
@permission(Permission.OFFER_WRITE)
def offer_explain(offer_id: str) -> ResponseReturnValue:
    """Say why the price is high. An offer that is not asked leads back to itself."""
    here = url_for("provider.offer", offer_id=offer_id)
    with look() as view:
        line = own_offer_line(view.session, actor=view.actor, offer_id=offer_id)
        asked = asked_of(view.session, actor=view.actor, vault=view.wiring.vault, offer_id=offer_id)
    form = _form(asked)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                given: dict[str, Any] = {"offer_id": offer_id, "vault": doing.wiring.vault, "now": doing.now}
                outcome = explain_price(doing.session, actor=doing.actor, **given, **form.data)
                if isinstance(outcome, Late):
                    flash_notice(outcome.message)
                    return doing.go(here)
                return doing.go(here, "It is sealed with your offer until the deadline.", heading="Price explained")
        except Invalid as error:
            form.refuse(error)
    if asked is None:
        return redirect(here)
    return render_template("provider/offer_explain.html", line=line, asked=asked, form=form), form.status


def _form(asked: Asked | None) -> Form:
    reasons = [(one.code, one.words, one.hint) for one in asked.reasons] if asked else []
    values = (
        {
            "reasons": list(asked.content.price_reasons),
            "words": asked.content.price_words,
            "version": asked.offer.version,
        }
        if asked
        else {}
    )
    return Form(ExplainForm, values=values, choices={"reasons": reasons})
