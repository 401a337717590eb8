"""A registration's quality score: the addition with all its inputs, the scores before it, and its contract checks."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Conflict, Invalid, NotFound
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Choice, DateField, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.scores import score_page
from app.web.tables import Column, Listing
from providers.passport.queries import is_live
from providers.quality.challenges import challenges_of
from providers.quality.compliance import check_for_hub, checks_of, record_check
from providers.quality.models import ComplianceCheck
from providers.quality.status import CHALLENGE, COMPLIANCE_WORDS, ComplianceRating
from providers.register.queries import judgement_history

CHECKS = (
    Column("day", "Checked on"),
    Column("rating", "Rating"),
    Column("words", "What was found"),
    Column("who", "Recorded by"),
    Column("act", "What to do", hidden_label=True),
)


class CheckForm(Schema):
    """A contract check."""

    checked_on = DateField("When was the contract checked?", called="The day of the check")
    rating = Choice(
        "How is the contract kept?",
        hint="The contract's words. They are not Ofsted's grades",
        choices=tuple((rating.value, words) for rating, words in COMPLIANCE_WORDS.items()),
        missing="Choose how the contract is kept",
    )
    words = LongText(
        "What was found?",
        hint="The provider reads it. Use no names of children",
        missing="Enter what was found. The provider reads it",
        max_length=2000,
        rows=5,
    )


@bp.get("/quality/<urn>")
@permission(Permission.MARKET_READ)
def quality(urn: str) -> ResponseReturnValue:
    """The newest score, or an earlier one, with its parts, inputs and history."""
    with look() as view:
        page = score_page(view, urn)
        if page is None:
            raise NotFound("quality score")
        return render_template(
            "hub/quality.html",
            urn=urn,
            page=page,
            judgements=judgement_history(view.session, urn),
            checks=checks_of(view.session, urn),
            check_listing=Listing.fixed(CHECKS),
            check_words=COMPLIANCE_WORDS,
            challenges=challenges_of(view.session, urn),
            challenge_words=CHALLENGE.words,
            challenge_file=lambda challenge_id: url_for("hub.challenge_file", challenge_id=challenge_id),
            challenge_href=lambda challenge_id: url_for("hub.challenge", challenge_id=challenge_id),
            may_record=view.actor.may(Permission.COMPLIANCE_RECORD) and is_live(view.session, urn),
        )


@bp.route("/quality/<urn>/check", methods=["GET", "POST"])
@permission(Permission.COMPLIANCE_RECORD)
def record_compliance(urn: str) -> ResponseReturnValue:
    """Record how a registration's contract is kept."""
    with look() as view:
        if not is_live(view.session, urn):
            raise NotFound("registration")
        today = local_date(view.now)
    return _check(urn, {"checked_on": today}, None)


@bp.route("/checks/<check_id>/correct", methods=["GET", "POST"])
@permission(Permission.COMPLIANCE_RECORD)
def correct_compliance(check_id: str) -> ResponseReturnValue:
    """Put a contract check right by a new row; the old one stays and counts no longer."""
    with look() as view:
        check = check_for_hub(view.session, view.actor, check_id)
    return _check(check.urn, {"checked_on": check.checked_on, "rating": check.rating, "words": check.words}, check)


def _check(urn: str, values: dict[str, Any], corrects: ComplianceCheck | None) -> ResponseReturnValue:
    form = Form(CheckForm, values=values)
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                record_check(
                    doing.session,
                    actor=doing.actor,
                    urn=urn,
                    checked_on=form.data["checked_on"],
                    rating=ComplianceRating(form.data["rating"]),
                    words=form.data["words"],
                    now=doing.now,
                    corrects=corrects.id if corrects else None,
                )
                said = "Check corrected, and the score follows" if corrects else "Check recorded, and the score follows"
                return doing.go(url_for("hub.quality", urn=urn), said)
        except (Invalid, Conflict) as error:
            form.refuse(error)
    return render_template("hub/compliance.html", form=form, urn=urn, corrects=corrects), form.status
