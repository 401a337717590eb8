"""The hub's uplift desk: what companies ask, negotiated once for every borough."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app.core.clock import local_date
from app.core.errors import Invalid
from app.identity.permissions import Permission
from app.web.access import permission
from app.web.acts import act, look
from app.web.fields import Hidden, LongText
from app.web.forms import Form
from app.web.hub import bp
from app.web.per_cent import typed_rate
from app.web.tables import Listing
from app.web.uplifts.shown import (
    ROWS,
    WordsForm,
    field_of,
    figures_form,
    figures_of,
    handed_out,
    message_sent,
    words_of_uplifts,
)
from providers.services.uplifts import negotiating
from providers.services.uplifts.queries import file_for, open_uplifts, uplift_for
from providers.services.uplifts.queries import uplifts as all_uplifts


class RefuseForm(Schema):
    """Why not."""

    words = LongText(
        "Reasons",
        hint="The company and the boroughs read them",
        missing="Enter your reasons",
        max_length=4000,
        rows=5,
        count=True,
    )
    version = Hidden(number=True)


@bp.get("/uplifts")
@permission(Permission.MARKET_READ)
def uplifts() -> ResponseReturnValue:
    """Every uplift, the open ones first."""
    listing = Listing.read(request.args, ROWS, default="at", descending=True)
    with look() as view:
        rows, total = all_uplifts(view.session, view.actor, limit=listing.limit, offset=listing.offset)
        shown = {"listing": listing.count(total), "rows": rows, "waiting": open_uplifts(view.session, view.actor)}
        return render_template("hub/uplifts.html", **shown, **words_of_uplifts())


@bp.route("/uplifts/<uplift_id>", methods=["GET", "POST"])
@permission(Permission.MARKET_READ)
def uplift(uplift_id: str) -> ResponseReturnValue:
    """One uplift: what is asked and why, what boroughs say, and a message to the company."""
    form = Form(WordsForm)
    sent = message_sent(form, uplift_id, url_for("hub.uplift", uplift_id=uplift_id))
    if sent is not None:
        return sent
    with look() as view:
        facts = uplift_for(view.session, view.actor, uplift_id, local_date(view.now))
        shown = {"facts": facts, "form": form, "may_decide": view.actor.may(Permission.UPLIFT_DECIDE)}
        return render_template("hub/uplift.html", **shown, **words_of_uplifts()), form.status


@bp.route("/uplifts/<uplift_id>/figure", methods=["GET", "POST"])
@permission(Permission.UPLIFT_DECIDE)
def uplift_figure(uplift_id: str) -> ResponseReturnValue:
    """Put a figure for each lot, with reasons, for the company to accept."""
    with look() as view:
        facts = uplift_for(view.session, view.actor, uplift_id, local_date(view.now))
        values: dict[str, Any] = {field_of(line): typed_rate(line.offered_points) for line in facts.uplift.lines}
        values |= {
            "from_day": facts.uplift.offered_from or facts.uplift.requested_from,
            "version": facts.uplift.version,
        }
        form = figures_form(facts.lines, values=values, with_day=True, why="The company and the boroughs read them")
    if request.method == "POST" and form.parse(request.form):
        try:
            with act() as doing:
                negotiating.offer_figure(
                    doing.session,
                    actor=doing.actor,
                    uplift_id=uplift_id,
                    figures=figures_of(form.data, facts.uplift.lines),
                    from_day=form.data["from_day"],
                    words=form.data["words"],
                    version=form.data["version"],
                    now=doing.now,
                    base_url=doing.wiring.settings.base_url,
                )
                words = "It is agreed once the company accepts it."
                return doing.go(url_for("hub.uplift", uplift_id=uplift_id), words, heading="Figure put to the company")
        except Invalid as error:
            form.refuse(error)
    return render_template("hub/uplift_figure.html", form=form, facts=facts), form.status


@bp.route("/uplifts/<uplift_id>/refuse", methods=["GET", "POST"])
@permission(Permission.UPLIFT_DECIDE)
def uplift_refuse(uplift_id: str) -> ResponseReturnValue:
    """Refuse, with reasons: asks once."""
    form = Form(RefuseForm)
    if request.method == "POST" and form.parse(request.form):
        with act() as doing:
            negotiating.refuse(
                doing.session,
                actor=doing.actor,
                uplift_id=uplift_id,
                words=form.data["words"],
                version=form.data["version"],
                now=doing.now,
                base_url=doing.wiring.settings.base_url,
            )
            return doing.go(url_for("hub.uplift", uplift_id=uplift_id), "Uplift refused")
    with look() as view:
        facts = uplift_for(view.session, view.actor, uplift_id, local_date(view.now))
        if not form.errors:
            form.raw["version"] = str(facts.uplift.version)
        return render_template("hub/uplift_refuse.html", form=form, facts=facts), form.status


@bp.get("/uplifts/<uplift_id>/files/<uplift_file_id>")
@permission(Permission.MARKET_READ)
def uplift_file(uplift_id: str, uplift_file_id: str) -> ResponseReturnValue:
    """A file that the company sent."""
    with look() as view:
        return handed_out(view, file_for(view.session, view.actor, uplift_id, uplift_file_id))
