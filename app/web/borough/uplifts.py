"""Uplifts that the hub negotiates for the borough: where each stands, and what the borough tells the hub."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.borough import bp
from app.web.fields import LongText
from app.web.forms import Form
from app.web.tables import Listing
from app.web.uplifts.shown import ROWS, words_of_uplifts
from providers.services.uplifts.negotiating import comment
from providers.services.uplifts.queries import uplift_for
from providers.services.uplifts.queries import uplifts as uplifts_here


class CommentForm(Schema):
    """What the hub should know."""

    words = LongText(
        "What should the hub know?",
        hint="The hub and the other boroughs read it. The company does not. Name no child",
        missing="Enter what the hub should know",
        max_length=4000,
        rows=4,
        count=True,
    )


@bp.get("/uplifts")
@permission(Permission.PROVIDER_READ)
def uplifts() -> ResponseReturnValue:
    """Uplifts on lots that the borough takes part in."""
    listing = Listing.read(request.args, ROWS, default="at", descending=True)
    with look() as view:
        rows, total = uplifts_here(view.session, view.actor, limit=listing.limit, offset=listing.offset)
        return render_template("borough/uplifts.html", listing=listing.count(total), rows=rows, **words_of_uplifts())


@bp.route("/uplifts/<uplift_id>", methods=["GET", "POST"])
@permission(Permission.PROVIDER_READ)
def uplift(uplift_id: str) -> ResponseReturnValue:
    """One uplift and its story, and a word to the hub."""
    form = Form(CommentForm)
    if request.method == "POST" and form.parse(request.form):
        with act() as doing:
            comment(doing.session, actor=doing.actor, uplift_id=uplift_id, words=form.data["words"], now=doing.now)
            return doing.go(url_for("borough.uplift", uplift_id=uplift_id), "The hub has been told")
    with look() as view:
        facts = uplift_for(view.session, view.actor, uplift_id, local_date(view.now))
        return render_template("borough/uplift.html", facts=facts, form=form, **words_of_uplifts()), form.status
